from __future__ import annotations

import re

import pytest

from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.models import Entry

STAGES = {"people", "scope", "plan", "prove", "decide", "watch", "respond", "report"}


@pytest.mark.parametrize("kind", EventKind)
def test_a_kind_is_stage_thing_and_past_participle(kind: EventKind) -> None:
    assert re.fullmatch(r"[a-z]+(:[a-z]+){2}", kind.value)
    stage, _, happened = kind.value.split(":")
    assert stage in STAGES
    assert happened.endswith("ed") or happened in {"frozen", "made", "met", "ran", "withdrawn", "written"}


@pytest.mark.parametrize("kind", EventKind)
def test_a_kind_fits_into_its_column(kind: EventKind) -> None:
    assert len(kind.value) <= (Entry._meta.get_field("kind").max_length or 0)


def test_no_kind_has_two_names() -> None:
    assert len({kind.value for kind in EventKind}) == len(EventKind.__members__)


def test_an_event_holds_no_details_unless_given() -> None:
    event = Event(kind=EventKind.RISK_RAISED, index=0, subject="halyard/RSK-1", program_id=None)
    assert event.details == {}
