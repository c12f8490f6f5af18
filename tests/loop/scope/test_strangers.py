"""Whatever a stranger asks of scope does not exist for them; nobody reads another program's records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel import clock
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.scope import selectors, services
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from tests.voyages import Voyage


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    """With one of everything."""
    dev, system = sloop.crew.actor("dev"), sloop.system.pk
    services.answer_many(actor=dev, system_id=system, answers={"K1": "language", "A1": "unknown"})
    services.register_asset(actor=dev, system_id=system, kind="model", name="Sorter", digest="a" * 64)
    return sloop


def row(voyage: Voyage) -> selectors.SystemRow:
    return selectors.system_by_id(voyage.crew.actor("odile"), voyage.system.pk)


def asset(voyage: Voyage) -> selectors.AssetRow:
    return selectors.asset_by_ref(voyage.crew.actor("odile"), voyage.program_id, "AST-1")


READ: dict[str, Callable[[Actor, Voyage], Any]] = {
    "systems_of": lambda a, v: selectors.systems_of(a, v.program_id),
    "system_choices": lambda a, v: selectors.system_choices(a, v.program_id),
    "system_by_ref": lambda a, v: selectors.system_by_ref(a, v.program_id, "SYS-1"),
    "system_by_id": lambda a, v: selectors.system_by_id(a, v.system.pk),
    "scope_sheet": lambda a, v: selectors.scope_sheet(a, row(v), now=clock.now()),
    "scope_sheets": lambda a, v: selectors.scope_sheets(a, [row(v)], now=clock.now()),
    "versions_of": lambda a, v: selectors.versions_of(a, row(v)),
    "scope_diff": lambda a, v: selectors.scope_diff(a, row(v), 0, 1),
    "assumptions_of": lambda a, v: selectors.assumptions_of(a, v.program_id, now=clock.now()),
    "assumption_by_ref": lambda a, v: selectors.assumption_by_ref(a, v.program_id, "ASM-1", now=clock.now()),
    "assets_of": lambda a, v: selectors.assets_of(a, v.program_id),
    "asset_by_ref": lambda a, v: selectors.asset_by_ref(a, v.program_id, "AST-1"),
    "law_sheet": lambda a, v: selectors.law_sheet(a, row(v), as_of=clock.today()),
    "law_sheets": lambda a, v: selectors.law_sheets(a, [row(v)], as_of=clock.today()),
    "editions_of": lambda a, v: selectors.editions_of(a, v.program_id),
    "editions_in_force": lambda a, v: selectors.editions_in_force(a, v.program_id),
    "edition_named": lambda a, v: selectors.edition_named(a, v.program_id, "nist-csf", ""),
    "preview_framework": lambda a, v: selectors.preview_framework(
        a, v.program_id, selectors.edition_named(v.crew.actor("odile"), v.program_id, "nist-csf", "")
    ),
    "asset_versions": lambda a, v: selectors.asset_versions(a, v.program_id, asset(v)),
}
WRITE: dict[str, Callable[[Actor, Voyage], Any]] = {
    "describe_system": lambda a, v: services.describe_system(
        actor=a, program_id=v.program_id, name="x", sentence="x", owner_id=None
    ),
    "change_system": lambda a, v: services.change_system(actor=a, system_id=v.system.pk, sentence="x"),
    "answer": lambda a, v: services.answer(actor=a, system_id=v.system.pk, question="Z9", value="x"),
    "assume": lambda a, v: services.assume(
        actor=a, system_id=v.system.pk, question="A1", policy=Policy.BLOCK_AT_GATE
    ),
    "replace_asset": lambda a, v: services.replace_asset(actor=a, asset_id=asset(v).id, digest="x"),
    "register_asset": lambda a, v: services.register_asset(
        actor=a, system_id=v.system.pk, kind="x", name="x"
    ),
}
NOT_ASKED_BY_PEOPLE = {
    "watched_assets": "the worker's list of files, of all programs",
    "question": "the question set is the same for everybody",
    "sheet_document": "writes down a sheet that somebody was allowed to read",
    "framework_text": "writes down a framework that somebody was allowed to read",
    "clauses_in": "reads from a framework that somebody was allowed to read",
    "must_see": "is itself the refusal",
    "number_of": "reads a ref",
}


def test_every_selector_of_scope_is_asked_here_or_exempt_with_a_reason() -> None:
    functions = {name for name in selectors.__all__ if name[0].islower()}
    assert functions - set(READ) == set(NOT_ASKED_BY_PEOPLE)


@pytest.mark.parametrize("name", READ)
def test_a_stranger_reads_nothing_and_learns_nothing(sloop: Voyage, name: str) -> None:
    assert READ[name](sloop.crew.actor("odile"), sloop)
    with pytest.raises(NotFound) as refused:
        READ[name](sloop.crew.actor("mallory"), sloop)
    assert refused.value.message in ("There is no such program.", "There is no such system.")
    assert not refused.value.data


@pytest.mark.parametrize("name", WRITE)
def test_a_stranger_is_told_that_there_is_nothing_before_anything_is_looked_at(
    sloop: Voyage, name: str
) -> None:
    with pytest.raises(NotFound) as refused:
        WRITE[name](sloop.crew.actor("mallory"), sloop)
    assert refused.value.message in (
        "There is no such program.",
        "There is no such system.",
        "There is no such asset.",
    )


def test_a_ref_of_another_program_names_nothing_here(sloop: Voyage) -> None:
    dev = sloop.crew.users["dev"]
    other = people.open_program(actor=sloop.crew.actor("dev"), name="Other")
    actor = Voyage(crew=sloop.crew, system=sloop.system).crew.actor("dev")
    assert dev.pk == actor.user_id
    for ask in (
        lambda: selectors.system_by_ref(actor, other.pk, "SYS-1"),
        lambda: selectors.asset_by_ref(actor, other.pk, "AST-1"),
        lambda: selectors.assumption_by_ref(actor, other.pk, "ASM-1", now=clock.now()),
    ):
        with pytest.raises(NotFound, match="in this program"):
            ask()
    assert selectors.assets_of(actor, other.pk, system_ids=[sloop.system.pk]) == []
