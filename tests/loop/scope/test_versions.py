from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from plimsoll.adapters.catalog import load_catalog
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import Answer, Assumption, ScopeVersion
from tests.voyages import BOSUN, Voyage


def answer(voyage: Voyage, answers: dict[str, object], who: str = "dev", **more: Any) -> int:
    return services.answer_many(
        actor=voyage.crew.actor(who), system_id=voyage.system.pk, answers=answers, **more
    )


def row(voyage: Voyage) -> selectors.SystemRow:
    return selectors.system_by_id(voyage.crew.actor("odile"), voyage.system.pk)


def versions(voyage: Voyage) -> list[selectors.VersionRow]:
    return selectors.versions_of(voyage.crew.actor("odile"), row(voyage))


def diff(voyage: Voyage, before: int, after: int) -> Any:
    return selectors.scope_diff(voyage.crew.actor("odile"), row(voyage), before, after)


def test_each_change_is_a_version_with_the_answers_as_they_stood(sloop: Voyage) -> None:
    answer(sloop, {"K1": "language"})
    with clock.frozen_at(clock.now() + timedelta(days=1)):
        answer(sloop, {"A1": "write"}, who="cal")
        answer(sloop, {"K1": "unknown"})
    found = versions(sloop)
    assert [(v.number, v.made_by, dict(v.answers)) for v in found] == [
        (3, "Dev Rao", {"A1": "write"}),
        (2, "Cal Weiss", {"K1": "language", "A1": "write"}),
        (1, "Dev Rao", {"K1": "language"}),
    ]
    assert [v.digest for v in found] == [digest_value(dict(v.answers)) for v in found]
    assert found[0].made_at - found[2].made_at == timedelta(days=1)
    assert str(ScopeVersion.objects.get(number=2)) == "version 2"


def test_a_version_names_the_catalog_it_was_made_with(sloop: Voyage) -> None:
    answer(sloop, {"K1": "language"})
    catalog = load_catalog()
    assert ScopeVersion.objects.get().catalog_version == (
        f"plimsoll-core {catalog.question_set.version}, "
        f"requirements {catalog.editions['requirements.yaml'].version}"
    )


def test_the_digest_is_of_the_answers_and_not_of_their_order_or_time(sloop: Voyage) -> None:
    answer(sloop, {"K1": "language", "A1": "write"})
    answer(sloop, {"A1": "none"})
    with clock.frozen_at(clock.now() + timedelta(days=9)):
        answer(sloop, {"A1": "write", "K1": "language"}, who="cal")
    third, second, first = versions(sloop)
    assert first.digest == third.digest != second.digest


def test_versions_of_different_systems_count_by_themselves(sloop: Voyage) -> None:
    other = services.describe_system(
        actor=sloop.crew.actor("tess"),
        program_id=sloop.program_id,
        name="Keel",
        sentence="x",
        owner_id=sloop.crew.id("dev"),
    )
    answer(sloop, {"K1": "language"})
    assert answer(Voyage(crew=sloop.crew, system=other), {"K1": "tabular"}) == 1
    assert answer(sloop, {"A1": "none"}) == 2


# ------------------------------------------------------------ undo


def test_an_answer_is_undone_by_answering_as_before(sloop: Voyage) -> None:
    answer(sloop, {**BOSUN, "A1": "read"})
    before = row(sloop), versions(sloop)[0]
    answer(sloop, {"A1": "write"})
    services.answer(
        actor=sloop.crew.actor("dev"),
        system_id=sloop.system.pk,
        question="A1",
        value="read",
        expected="write",
    )
    newest = versions(sloop)[0]
    assert (newest.number, newest.digest) == (3, before[1].digest)
    assert diff(sloop, 1, 3).moves == ()
    assert diff(sloop, 1, 3).answers == ()
    assert diff(sloop, 1, 2).moves != ()


def test_an_unknown_is_undone_back_to_the_answer_and_its_assumption_is_closed(sloop: Voyage) -> None:
    answer(sloop, {"A1": "write"})
    answer(sloop, {"A1": "unknown"})
    answer(sloop, {"A1": "write"})
    assert versions(sloop)[0].digest == versions(sloop)[2].digest
    assert Assumption.objects.get().state == "confirmed"


def test_not_applicable_is_undone_with_its_reason(sloop: Voyage) -> None:
    answer(sloop, {"A1": {"not_applicable": "business_priority"}})
    old = Answer.objects.get()
    answer(sloop, {"A1": "write"})
    services.answer(
        actor=sloop.crew.actor("dev"),
        system_id=sloop.system.pk,
        question="A1",
        value=old.value,
        reason=old.reason,
    )
    again = Answer.objects.get()
    assert (again.value, again.reason) == ("not_applicable", "business_priority")
    assert versions(sloop)[0].digest == versions(sloop)[2].digest


def test_an_answer_to_a_question_that_was_open_is_undone_to_unknown(sloop: Voyage) -> None:
    answer(sloop, {**BOSUN})
    answer(sloop, {"A1": "write"})
    answer(sloop, {"A1": "unknown"})
    assert versions(sloop)[0].digest == versions(sloop)[2].digest
    assert Assumption.objects.get().question == "A1"


# ------------------------------------------------------------ what changed


def test_the_difference_names_answers_and_what_they_moved(sloop: Voyage) -> None:
    answer(sloop, {**BOSUN})
    answer(sloop, {"A1": "write", "D2": "no"})
    found = diff(sloop, 1, 2)
    assert found.answers == (("D2", None, "no"), ("A1", None, "write"))
    assert {(m.id, m.words) for m in found.moves} == {
        ("tool-allow-list", ("open", "certain")),
        ("incident-tabletop", ("open", "certain")),
        ("retrieval-authorisation", ("open", "out")),
        ("cross-tenant-test", ("open", "out")),
    }
    assert {m.id for m in found.now_certain} == {"tool-allow-list", "incident-tabletop"}
    assert {m.id for m in found.removed} == {"retrieval-authorisation", "cross-tenant-test"}
    back = diff(sloop, 2, 1)
    assert {m.id for m in back.now_open} == {"tool-allow-list", "incident-tabletop"}
    assert {m.id for m in back.added} == {"retrieval-authorisation", "cross-tenant-test"}


def test_version_0_is_the_empty_scope(sloop: Voyage) -> None:
    answer(sloop, {**BOSUN})
    found = diff(sloop, 0, 1)
    assert {code: after for code, _, after in found.answers} == BOSUN
    assert all(before is None for _, before, _ in found.answers)
    assert diff(sloop, 0, 0).moves == ()


def test_a_version_compared_with_itself_changed_nothing(sloop: Voyage) -> None:
    answer(sloop, {**BOSUN})
    assert (diff(sloop, 1, 1).answers, diff(sloop, 1, 1).moves) == ((), ())


@pytest.mark.parametrize(("before", "after", "missing"), [(1, 9, 9), (7, 1, 7), (-1, 1, -1)])
def test_a_version_that_is_not_there_is_named(sloop: Voyage, before: int, after: int, missing: int) -> None:
    answer(sloop, {"K1": "language"})
    with pytest.raises(NotFound) as refused:
        diff(sloop, before, after)
    assert refused.value.message == f"Sloop has no scope version {missing}."


def test_a_version_with_a_question_that_the_catalog_has_no_more_can_still_be_compared(
    sloop: Voyage,
) -> None:
    answer(sloop, {"K1": "language"})
    first = ScopeVersion.objects.get()
    ScopeVersion.objects.create(
        system=sloop.system,
        number=2,
        catalog_version="of long ago",
        answers={"K1": "language", "Z9": "yes"},
        digest="0" * 64,
        made_by=first.made_by,
        made_at=first.made_at,
    )
    assert diff(sloop, 1, 2).answers == ()


# ------------------------------------------------------------ the sheet


def test_the_sheet_knows_its_version_and_counts_from_nothing(sloop: Voyage) -> None:
    def sheet() -> selectors.ScopeSheet:
        return selectors.scope_sheet(sloop.crew.actor("odile"), row(sloop), now=clock.now())

    empty = sheet()
    assert (empty.version, empty.values, empty.assumptions, empty.open_assumptions) == (0, {}, (), {})
    assert len(empty.unknowns) == len(load_catalog().question_set.questions)
    answer(sloop, {"K1": "language"})
    answer(sloop, {"K1": "tabular"})
    assert sheet().version == 2


def test_an_answer_that_is_no_option_any_more_counts_as_unknown(sloop: Voyage) -> None:
    answer(sloop, {"K1": "language"})
    Answer.objects.update(value="quantum")
    found = selectors.scope_sheet(sloop.crew.actor("odile"), row(sloop), now=clock.now())
    assert "K1" in {u.question for u in found.unknowns}


def test_sheets_of_many_systems_are_read_in_three_queries(
    sloop: Voyage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    answer(sloop, {"K1": "language", "A1": "unknown"})
    for number in range(5):
        made = services.describe_system(
            actor=sloop.crew.actor("tess"),
            program_id=sloop.program_id,
            name=f"System {number}",
            sentence="x",
            owner_id=sloop.crew.id("dev"),
        )
        answer(Voyage(crew=sloop.crew, system=made), {"K1": "tabular", "D1": "unknown"})
    actor = sloop.crew.actor("odile")
    systems = selectors.systems_of(actor, sloop.program_id)
    with django_assert_num_queries(3):
        sheets = selectors.scope_sheets(actor, systems, now=clock.now())
    assert [sheet.values["K1"] for sheet in sheets] == ["language", *["tabular"] * 5]
    assert [list(sheet.open_assumptions) for sheet in sheets] == [["A1"], *[["D1"]] * 5]


def test_the_document_of_a_sheet_has_its_numbers(sloop: Voyage) -> None:
    answer(sloop, {**BOSUN})
    found = selectors.scope_sheet(sloop.crew.actor("odile"), row(sloop), now=clock.now())
    document = selectors.sheet_document(found)
    assert document["form"] == "plimsoll/scope/1"
    assert [len(document[key]) for key in ("certain", "open", "out")] == [15, 12, 10]


def test_a_question_is_found_by_its_code() -> None:
    assert selectors.question("A1").ask == "Can it call tools or APIs?"
    for code in ("Z9", "", "a1"):
        with pytest.raises(NotFound, match="There is no question"):
            selectors.question(code)
