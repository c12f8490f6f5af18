"""Whatever a stranger asks of people's selectors does not exist for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plimsoll.kernel.errors import NotFound
from plimsoll.people import selectors
from plimsoll.people.actors import Actor
from tests import personas

ASKED: dict[str, Callable[[Actor, int], Any]] = {
    "members_of": selectors.members_of,
    "tokens_of": selectors.tokens_of,
    "comments_on": lambda actor, program: selectors.comments_on(actor, program, "RSK-1"),
    "program_named": lambda actor, program: selectors.program_named(actor, "halyard"),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_stranger_and_a_wrong_program_are_answered_alike(ship: personas.Crew, name: str) -> None:
    ask = ASKED[name]
    with pytest.raises(NotFound) as stranger:
        ask(ship.actor("mallory"), ship.program.pk)
    assert ask(ship.actor("odile"), ship.program.pk) is not None
    assert "Halyard" not in stranger.value.sentence
    if name != "program_named":
        with pytest.raises(NotFound) as nowhere:
            ask(ship.actor("mallory"), ship.program.pk + 999)
        assert nowhere.value.sentence == stranger.value.sentence


def test_a_stranger_has_no_programs_and_no_views(ship: personas.Crew) -> None:
    mallory = ship.actor("mallory")
    assert selectors.programs_of(mallory) == []
    assert selectors.saved_views(mallory, ship.program.pk, "risks") == []
