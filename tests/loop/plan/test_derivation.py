from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel import clock
from plimsoll.kernel.errors import NotFound
from plimsoll.kernel.stages import Level, Stage
from plimsoll.ledger.append import writing
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.models import Requirement
from plimsoll.loop.scope import services as scope
from plimsoll.people.actors import Actor
from tests import personas
from tests.conftest import NOW
from tests.opened import content
from tests.voyages import BOSUN, Voyage

RULE = Actor.of_rule("wiring")
TODAY = NOW.date()
PILOT = date(2027, 3, 26)


def derive(voyage: Voyage) -> int:
    return services.derive_requirements(actor=RULE, system_id=voyage.system.pk)


def answer(voyage: Voyage, answers: dict[str, object]) -> None:
    scope.answer_many(actor=voyage.crew.actor("dev"), system_id=voyage.system.pk, answers=answers)


def promise(voyage: Voyage, stage: Stage, on: date) -> None:
    scope.promise_stage(
        actor=voyage.crew.actor("tess"), system_id=voyage.system.pk, stage=stage, committed_on=on
    )


def work(voyage: Voyage) -> dict[str, selectors.RequirementRow]:
    rows = selectors.requirements_of(voyage.crew.actor("odile"), voyage.program_id, [voyage.system.pk])
    return {row.rule: row for row in rows}


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


@pytest.fixture
def planned(sloop: Voyage) -> Voyage:
    """Bosun's answers, and the work that follows."""
    answer(sloop, {**BOSUN})
    derive(sloop)
    return sloop


# ------------------------------------------------------------ what becomes work


def test_everything_certain_becomes_work_with_owner_place_and_reason(planned: Voyage) -> None:
    rows = work(planned)
    catalog = load_catalog()
    assert len(rows) == 15 + len(catalog.baseline_rules)
    assert {row.standing for row in rows.values()} == {"certain"}
    model = rows["indirect-injection-tests"]
    entry = catalog.requirements["indirect-injection-tests"]
    assert (model.title, model.place, model.severity) == (entry.title, entry.place, entry.severity)
    assert (model.owner, model.owner_id) == ("Dev Rao", planned.crew.id("dev"))
    assert (model.system, model.system_ref, model.ticket_url) == ("Sloop", "SYS-1", "")
    assert "D3" in model.because
    assert model.entry is entry
    assert rows["incident-playbook"].because == "always required"
    assert rows["incident-playbook"].entry is catalog.baseline["incident-playbook"]


def test_requirements_are_numbered_in_the_order_of_the_catalog(planned: Voyage) -> None:
    catalog = load_catalog()
    order = [rule.id for rule in (*catalog.rules, *catalog.baseline_rules)]
    rows = list(work(planned).values())
    assert [row.ref for row in rows] == [f"REQ-{n}" for n in range(1, len(rows) + 1)]
    assert [row.rule for row in rows] == [rule for rule in order if rule in work(planned)]


def test_what_assumptions_bring_in_becomes_work_and_says_by_which(planned: Voyage) -> None:
    answer(planned, {"A1": "unknown", "D2": "unknown"})
    assert derive(planned) == 4
    rows = work(planned)
    assert (rows["tool-allow-list"].standing, rows["tool-allow-list"].because) == ("assumed", "ASM-1 on A1")
    assert rows["cross-tenant-test"].because == "ASM-2 on D2"


def test_an_answer_makes_certain_what_was_assumed(planned: Voyage) -> None:
    answer(planned, {"A1": "unknown"})
    derive(planned)
    ref = work(planned)["tool-allow-list"].ref
    answer(planned, {"A1": "write"})
    assert derive(planned)
    row = work(planned)["tool-allow-list"]
    assert (row.ref, row.standing) == (ref, "certain")
    assert "A1" in row.because
    assert "ASM" not in row.because


def test_what_leaves_the_scope_is_dropped_and_kept(planned: Voyage) -> None:
    answer(planned, {"A1": "write"})
    derive(planned)
    ref = work(planned)["tool-allow-list"].ref
    answer(planned, {"A1": "none"})
    assert derive(planned)
    assert "tool-allow-list" not in work(planned)
    row = selectors.requirement_by_ref(planned.crew.actor("odile"), planned.program_id, ref)
    assert (row.standing, row.because) == ("dropped", "no longer in scope")


def test_what_returns_comes_back_with_its_past(planned: Voyage) -> None:
    answer(planned, {"A1": "write"})
    derive(planned)
    before = work(planned)["tool-allow-list"]
    services.change_requirements(
        actor=planned.crew.actor("tess"),
        program_id=planned.program_id,
        refs=[before.ref],
        owner_id=planned.crew.id("eve"),
        due_on=date(2027, 2, 2),
        ticket_url="https://tickets.example/7",
    )
    for value in ("none", "write"):
        answer(planned, {"A1": value})
        derive(planned)
    after = work(planned)["tool-allow-list"]
    assert (after.ref, after.owner, after.due_on, after.ticket_url) == (
        before.ref,
        "Eve Lund",
        date(2027, 2, 2),
        "https://tickets.example/7",
    )
    assert Requirement.objects.filter(rule="tool-allow-list").count() == 1


def test_expiry_brings_in_work_by_time_alone(planned: Voyage) -> None:
    scope.assume(
        actor=planned.crew.actor("dev"),
        system_id=planned.system.pk,
        question="A1",
        policy=Policy.NEUTRAL_WITH_DEADLINE,
        value="none",
        due_on=date(2027, 1, 20),
    )
    derive(planned)
    assert "tool-allow-list" not in work(planned)
    with clock.frozen_at(NOW + timedelta(days=10)):
        assert derive(planned) == 2
    assert work(planned)["tool-allow-list"].standing == "assumed"


def test_a_system_without_answers_has_what_is_always_required(sloop: Voyage) -> None:
    derive(sloop)
    assert {row.because for row in work(sloop).values()} == {"always required"}


def test_the_work_of_each_system_is_its_own(planned: Voyage) -> None:
    other = scope.describe_system(
        actor=planned.crew.actor("tess"),
        program_id=planned.program_id,
        name="Keel",
        sentence="x",
        owner_id=planned.crew.id("eve"),
    )
    keel = Voyage(crew=planned.crew, system=other)
    before = work(planned)
    derive(keel)
    assert work(planned) == before
    assert {row.owner for row in work(keel).values()} == {"Eve Lund"}
    both = selectors.requirements_of(
        planned.crew.actor("odile"), planned.program_id, [planned.system.pk, other.pk]
    )
    assert len({row.ref for row in both}) == len(both) == len(before) + len(work(keel))


# ------------------------------------------------------------ what is written


def test_the_derivation_is_one_entry_with_every_requirement_it_touched(sloop: Voyage) -> None:
    answer(sloop, {**BOSUN})
    count = derive(sloop)
    entry = newest()
    assert (entry.kind, entry.actor, entry.subject) == (
        "plan:requirements:derived",
        "rule:wiring",
        "halyard/SYS-1",
    )
    body = content(entry)
    assert (body["added"], body["moved"], len(body["records"])) == (count, 0, count)
    answer(sloop, {"K1": "tabular"})
    moved = derive(sloop)
    body = content(newest())
    assert body["added"] + body["moved"] == moved == len(body["records"])


def test_nothing_is_written_when_nothing_changed(planned: Voyage) -> None:
    before = Entry.objects.count(), list(Requirement.objects.order_by("pk").values())
    with clock.frozen_at(NOW + timedelta(days=3)):
        assert derive(planned) == 0
    assert before == (Entry.objects.count(), list(Requirement.objects.order_by("pk").values()))


def test_deriving_costs_the_same_however_much_changed(planned: Voyage) -> None:
    answer(planned, {"A1": "write"})
    with CaptureQueriesContext(connection) as little:
        assert derive(planned)
    answer(planned, {"K1": "tabular", "D3": "no", "A1": "none", "S1": "internal"})
    with CaptureQueriesContext(connection) as much:
        assert derive(planned) > 8
    assert len(much) <= len(little) + 2


def test_nobody_who_sees_no_such_system_derives_anything(planned: Voyage) -> None:
    for actor, system in ((planned.crew.actor("mallory"), planned.system.pk), (RULE, 10**6)):
        with pytest.raises(NotFound, match="There is no such system"):
            services.derive_requirements(actor=actor, system_id=system)


def test_a_derivation_that_waited_for_another_writer_follows_the_newer_scope(several_at_once: None) -> None:
    """Two answers in quick succession: the later work list must not be overwritten by the earlier."""
    crew = personas.board()
    voyage = Voyage(
        crew=crew,
        system=scope.describe_system(
            actor=crew.actor("tess"),
            program_id=crew.program.pk,
            name="Sloop",
            sentence="x",
            owner_id=crew.id("dev"),
        ),
    )
    answer(voyage, {**BOSUN, "A1": "write"})

    def late() -> None:
        try:
            with clock.frozen_at(NOW):
                derive(voyage)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with writing():
            answer(voyage, {"A1": "none"})
            waiting = pool.submit(late)
            # it has begun, and waits for its turn
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        waiting.result(timeout=30)
    assert "tool-allow-list" not in work(voyage)


# ------------------------------------------------------------ when it is due


def due(voyage: Voyage, rule: str) -> date:
    return work(voyage)[rule].due_on


def asks(rule: str) -> list[Stage]:
    entry = load_catalog().requirement(rule)
    return [stage for stage in Stage if entry.stages.get(stage, Level.NOT_YET) is Level.REQUIRED]


def test_proof_is_due_five_days_before_the_first_promised_gate_that_asks_for_it(planned: Voyage) -> None:
    assert Stage.PILOT in asks("threat-model")
    assert due(planned, "threat-model") == PILOT - timedelta(days=5)


def test_what_no_promised_gate_asks_for_is_due_sixty_days_after_the_last(planned: Voyage) -> None:
    assert asks("red-team") == [Stage.LIMITED, Stage.GA]
    assert due(planned, "red-team") == PILOT + timedelta(days=60)
    promise(planned, Stage.LIMITED, date(2027, 7, 1))
    derive(planned)
    assert due(planned, "red-team") == date(2027, 6, 26)
    assert due(planned, "threat-model") == PILOT - timedelta(days=5)


def test_without_any_promise_work_is_due_in_sixty_days(sloop: Voyage) -> None:
    sloop.system.promises.all().delete()
    answer(sloop, {**BOSUN})
    derive(sloop)
    assert {row.due_on for row in work(sloop).values()} == {TODAY + timedelta(days=60)}


@pytest.mark.parametrize("day", [1, 2, 5, 6])
def test_work_for_a_gate_within_days_is_due_tomorrow_at_the_earliest(planned: Voyage, day: int) -> None:
    promise(planned, Stage.PILOT, TODAY + timedelta(days=day))
    derive(planned)
    assert due(planned, "threat-model") == TODAY + timedelta(days=1)


def test_due_dates_follow_the_promise_when_it_moves(planned: Voyage) -> None:
    promise(planned, Stage.PILOT, date(2027, 5, 3))
    assert derive(planned) == len(work(planned))
    assert due(planned, "threat-model") == date(2027, 4, 28)


def test_a_date_set_by_hand_stays_when_the_promise_moves(planned: Voyage) -> None:
    services.change_requirements(
        actor=planned.crew.actor("dev"),
        program_id=planned.program_id,
        refs=[work(planned)["threat-model"].ref],
        due_on=date(2027, 2, 1),
    )
    promise(planned, Stage.PILOT, date(2027, 5, 3))
    derive(planned)
    assert due(planned, "threat-model") == date(2027, 2, 1)
    assert due(planned, "penetration-test") != date(2027, 2, 1)


def test_once_every_promise_is_past_due_dates_stay_where_they_were(planned: Voyage) -> None:
    before = {rule: row.due_on for rule, row in work(planned).items()}
    with clock.frozen_at(NOW.replace(month=4)):
        assert derive(planned) == 0
    assert {rule: row.due_on for rule, row in work(planned).items()} == before


def test_work_that_appears_on_the_day_of_the_gate_is_due_in_sixty_days(planned: Voyage) -> None:
    with clock.frozen_at(NOW.replace(month=3, day=26)):
        answer(planned, {"A1": "write"})
        derive(planned)
    assert due(planned, "tool-allow-list") == PILOT + timedelta(days=60)


# ------------------------------------------------------------ odds and ends


def test_a_requirement_whose_catalog_entry_is_gone_still_reads(planned: Voyage) -> None:
    row = Requirement.objects.get(rule="threat-model")
    Requirement.objects.filter(pk=row.pk).update(rule="of-long-ago")
    found = work(planned)["of-long-ago"]
    assert (found.entry, found.title) == (None, row.title)
    derive(planned)
    assert "of-long-ago" not in work(planned)
    assert "threat-model" in work(planned)


@pytest.mark.parametrize("change", [{"standing": "maybe"}, {"number": 2}, {"rule": "dpia"}])
def test_what_no_service_writes_the_database_refuses_too(planned: Voyage, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Requirement.objects.filter(number=1).update(**change)
    assert str(Requirement.objects.get(number=1)).startswith("REQ-1 ")
