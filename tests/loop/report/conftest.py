"""A program with something on every line of its brief, and the day on which it is read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plimsoll.kernel.clock import frozen_at
from tests.loop.report.busy import LATER, make_busy
from tests.voyages import Voyage, once


@pytest.fixture
def busy(transactional_db: None, request: pytest.FixtureRequest) -> Iterator[Voyage]:
    voyage = once("busy", lambda: make_busy(request.getfixturevalue("bosun")))
    with frozen_at(LATER):
        yield voyage
