"""The list pages of plan: filters, order, groups, search, pages and cursors, in a fixed number of queries."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import Money
from plimsoll.loop.decide.pages.risks import _spec as list_of_risks
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.prove.pages.requirements import _spec as list_of_requirements
from plimsoll.loop.scope import selectors as scope_selectors
from plimsoll.loop.scope import services as scope
from plimsoll.people import selectors as people
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import PAGE_SIZE, ListQuery, ListSpec
from tests.voyages import BOSUN, Voyage

RULE = Actor.of_rule("wiring")
RISKS = 130


@pytest.fixture
def fleet(sloop: Voyage) -> Voyage:
    """Two systems with work, and 130 risks of several owners, states, days and sizes."""
    crew, tess = sloop.crew, sloop.crew.actor("tess")
    keel = scope.describe_system(
        actor=tess, program_id=sloop.program_id, name="Keel", sentence="x", owner_id=crew.id("eve")
    )
    for system, answers in ((sloop.system, {**BOSUN, "A1": "unknown"}), (keel, {"K1": "tabular"})):
        scope.answer_many(actor=tess, system_id=system.pk, answers=answers)
        services.derive_requirements(actor=RULE, system_id=system.pk)
    people_ids = [crew.id(name) for name in ("dev", "eve", "ada")]
    made = services.raise_risks(
        actor=tess,
        program_id=sloop.program_id,
        risks=[
            services.NewRisk(
                title=f"Risk {n:03} of {'orders' if n % 4 else '50 % more refunds'}",
                system_id=(sloop.system.pk, keel.pk, None)[n % 3],
                owner_id=people_ids[n % 3],
                catalog_id="RSK-MOD-03" if n % 10 == 0 else "",
                due_on=date(2027, 2, 1) + timedelta(days=n * 7 % 90),
            )
            for n in range(RISKS)
        ],
    )
    refs = [f"RSK-{risk.number}" for risk in made]
    for state, chosen in (("treating", refs[20:40]), ("closed", refs[40:50])):
        services.change_risks(actor=tess, program_id=sloop.program_id, refs=chosen, state=state)
    for risk in made[:3]:
        services.estimate_risk(
            actor=tess,
            risk_id=risk.pk,
            probability=(0.1, 0.2 + risk.number / 100, 0.9),
            loss_low=Money.parse("1", currency="EUR"),
            loss_high=Money.parse(str(1000 * risk.number), currency="EUR"),
        )
    return sloop


def query(spec: ListSpec, **given: str | int) -> ListQuery:
    address = QueryDict(mutable=True)
    address.update({key: str(value) for key, value in given.items()})
    return ListQuery.read(spec, address)


def specs(voyage: Voyage) -> tuple[ListSpec, ListSpec]:
    """The lists as the pages declare them: risks and requirements."""
    actor = voyage.crew.actor("odile")
    systems = scope_selectors.system_choices(actor, voyage.program_id)
    members = [(str(p.id), p.name) for p in people.members_of(actor, voyage.program_id)]
    return list_of_risks(systems, members), list_of_requirements(systems, members)


def risks(voyage: Voyage, **given: str | int) -> tuple[list[selectors.RiskRow], int]:
    actor = voyage.crew.actor("odile")
    return selectors.risks_page(actor, voyage.program_id, query(specs(voyage)[0], **given))


def requirements(voyage: Voyage, **given: str | int) -> tuple[list[selectors.RequirementRow], int]:
    actor = voyage.crew.actor("odile")
    return selectors.requirements_page(actor, voyage.program_id, query(specs(voyage)[1], **given))


def every_risk(voyage: Voyage, **given: str | int) -> list[selectors.RiskRow]:
    """All pages, one after another."""
    found: list[selectors.RiskRow] = []
    total = 1
    while len(found) < total:
        rows, total = risks(voyage, page=len(found) // PAGE_SIZE + 1, **given)
        assert rows
        found += rows
    return found


def numbers(rows: list[Any]) -> list[int]:
    return [int(row.ref.partition("-")[2]) for row in rows]


# ------------------------------------------------------------ pages


def test_pages_hold_fifty_rows_and_together_each_row_once(fleet: Voyage) -> None:
    sizes = [len(risks(fleet, page=page)[0]) for page in (1, 2, 3, 4)]
    assert sizes == [50, 50, 30, 0]
    assert {risks(fleet, page=page)[1] for page in (1, 3, 4)} == {RISKS}
    assert numbers(every_risk(fleet)) == list(range(1, RISKS + 1))


@pytest.mark.parametrize(
    "key", ["ref", "title", "system", "state", "owner", "due", "chance", "loss", "catalog"]
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_in_every_order_each_row_comes_once(fleet: Voyage, key: str, sign: str) -> None:
    found = numbers(every_risk(fleet, sort=f"{sign}{key}"))
    assert len(found) == RISKS
    assert set(found) == set(range(1, RISKS + 1))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", lambda r: r.title),
        ("state", lambda r: r.state),
        ("owner", lambda r: r.owner),
        ("due", lambda r: r.due_on),
        ("catalog", lambda r: r.catalog_id),
    ],
)
def test_rows_are_ordered_by_the_column_and_then_by_number(fleet: Voyage, key: str, value: Any) -> None:
    rows = every_risk(fleet, sort=key)
    assert [(value(r), n) for r, n in zip(rows, numbers(rows), strict=True)] == sorted(
        (value(r), n) for r, n in zip(rows, numbers(rows), strict=True)
    )
    falling = every_risk(fleet, sort=f"-{key}")
    assert [value(r) for r in falling] == sorted((value(r) for r in rows), reverse=True)


def test_estimates_are_ordered_by_size(fleet: Voyage) -> None:
    for key in ("chance", "loss"):
        found = numbers([row for row in every_risk(fleet, sort=key) if row.loss])
        assert found == [1, 2, 3]
        assert numbers([row for row in every_risk(fleet, sort=f"-{key}") if row.loss]) == [3, 2, 1]


@pytest.mark.parametrize("group", ["system", "state", "owner"])
def test_groups_stay_together_and_are_ordered_within(fleet: Voyage, group: str) -> None:
    rows = every_risk(fleet, group=group, sort="-ref")
    heads = [getattr(row, group) for row in rows]
    runs = [head for i, head in enumerate(heads) if i == 0 or heads[i - 1] != head]
    assert len(runs) == len(set(runs)) == 3
    for head in runs:
        own = numbers([row for row in rows if getattr(row, group) == head])
        assert own == sorted(own, reverse=True)


# ------------------------------------------------------------ filters and search


def test_filters_narrow_the_list_and_its_count(fleet: Voyage) -> None:
    assert risks(fleet, state="treating")[1] == 20
    assert risks(fleet, state="closed")[1] == 10
    assert {row.system for row in every_risk(fleet, system=2)} == {"Keel"}
    eve = fleet.crew.id("eve")
    owned = every_risk(fleet, owner=eve)
    assert {row.owner for row in owned} == {"Eve Lund"}
    both, total = risks(fleet, owner=eve, state="treating")
    assert total == len(both) == len([r for r in owned if r.state == "treating"]) > 0


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("ORDERS", 97),
        ("50 % more", 33),
        ("risk 007", 1),
        ("rsk-mod-03", 13),
        ("%", 33),
        ("_", 0),
        ("zebra", 0),
    ],
)
def test_a_search_looks_for_the_words_as_they_are_written(fleet: Voyage, words: str, count: int) -> None:
    assert risks(fleet, q=words)[1] == count


def test_search_and_filter_and_order_work_together(fleet: Voyage) -> None:
    rows, total = risks(fleet, q="orders", state="treating", sort="-ref")
    assert total == len(rows) == 15
    assert numbers(rows) == sorted(numbers(rows), reverse=True)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"state": "lost"}, "state"),
        ({"system": "3"}, "system"),
        ({"system": "SYS-1"}, "system"),
        ({"owner": "0"}, "owner"),
        ({"sort": "password"}, "sort"),
        ({"sort": "--ref"}, "sort"),
        ({"group": "due"}, "group"),
        ({"page": "0"}, "page"),
        ({"page": "-1"}, "page"),
        ({"page": "٣"}, "page"),
        ({"page": "1e9"}, "page"),
        ({"q": "a\x00b"}, "q"),
    ],
    ids=ascii,
)
def test_what_a_list_does_not_know_is_refused(fleet: Voyage, given: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        risks(fleet, **given)
    assert refused.value.data == {"field": field}


# ------------------------------------------------------------ requirements


def test_requirements_are_filtered_by_what_they_are(fleet: Voyage) -> None:
    everything = requirements(fleet)[1]
    assert requirements(fleet, standing="assumed")[1] == 2
    assert requirements(fleet, standing="certain")[1] == everything - 2
    for key, value in (("place", "model"), ("severity", "critical"), ("system", "2")):
        rows, total = requirements(fleet, **{key: value})
        assert 0 < total < everything
        shown = {row.system_ref.partition("-")[2] if key == "system" else getattr(row, key) for row in rows}
        assert shown == {value}
    eve = fleet.crew.id("eve")
    assert requirements(fleet, owner=eve)[1] == requirements(fleet, system=2)[1]
    assert {row.rule for row in requirements(fleet, q="indirect-inj")[0]} == {"indirect-injection-tests"}


def test_dropped_requirements_are_shown_to_those_who_ask_for_them(fleet: Voyage) -> None:
    before = requirements(fleet)[1]
    scope.answer(actor=fleet.crew.actor("dev"), system_id=fleet.system.pk, question="A1", value="none")
    services.derive_requirements(actor=RULE, system_id=fleet.system.pk)
    assert requirements(fleet)[1] == before - 2
    dropped, total = requirements(fleet, standing="dropped")
    assert total == 2
    assert {row.standing for row in dropped} == {"dropped"}


def test_requirements_come_by_due_date_unless_asked_otherwise(fleet: Voyage) -> None:
    rows, _ = requirements(fleet)
    assert [(r.due_on, n) for r, n in zip(rows, numbers(rows), strict=True)] == sorted(
        (r.due_on, n) for r, n in zip(rows, numbers(rows), strict=True)
    )
    grouped = [r.place for r in requirements(fleet, group="place")[0]]
    runs = [place for i, place in enumerate(grouped) if i == 0 or grouped[i - 1] != place]
    assert len(runs) == len(set(runs))


# ------------------------------------------------------------ cursors


@pytest.mark.parametrize("limit", [1, 7, 50, 129, 130, 500])
def test_cursors_lead_through_all_risks_once(fleet: Voyage, limit: int) -> None:
    actor, found, after, steps = fleet.crew.actor("odile"), [], "", 0
    while True:
        rows, following = selectors.risks_after(actor, fleet.program_id, after=after, limit=limit)
        found += numbers(rows)
        steps += 1
        if following is None:
            break
        assert len(rows) == limit
        after = following
    assert found == list(range(1, RISKS + 1))
    assert steps == -(-RISKS // limit)


def test_a_risk_raised_meanwhile_moves_no_page(fleet: Voyage) -> None:
    actor = fleet.crew.actor("tess")
    _, following = selectors.risks_after(actor, fleet.program_id, after="", limit=100)
    services.raise_risks(actor=actor, program_id=fleet.program_id, risks=[services.NewRisk(title="Late")])
    rows, end = selectors.risks_after(actor, fleet.program_id, after=following or "", limit=100)
    assert (numbers(rows), end) == (list(range(101, RISKS + 2)), None)


def test_cursors_lead_through_the_requirements_in_force(fleet: Voyage) -> None:
    actor = fleet.crew.actor("odile")
    scope.answer(actor=fleet.crew.actor("dev"), system_id=fleet.system.pk, question="A1", value="none")
    services.derive_requirements(actor=RULE, system_id=fleet.system.pk)
    found, after = [], ""
    while True:
        rows, following = selectors.requirements_after(actor, fleet.program_id, after=after, limit=10)
        found += rows
        if following is None:
            break
        after = following
    assert len(found) == requirements(fleet)[1]
    assert "dropped" not in {row.standing for row in found}
    assert numbers(found) == sorted(set(numbers(found)))


@pytest.mark.parametrize(
    ("after", "limit", "message"),
    [
        ("x", 10, "“x” is not a cursor."),
        ("-1", 10, "“-1” is not a cursor."),
        ("٣", 10, "“٣” is not a cursor."),
        ("1234567890", 10, "“1234567890” is not a cursor."),
        ("", 0, "0 items cannot be given at once."),
        ("", 501, "501 items cannot be given at once."),
        ("", -5, "-5 items cannot be given at once."),
    ],
)
def test_what_is_no_cursor_or_too_many_is_refused(
    fleet: Voyage, after: str, limit: int, message: str
) -> None:
    for ask in (selectors.risks_after, selectors.requirements_after):
        with pytest.raises(BadInput) as refused:
            ask(fleet.crew.actor("odile"), fleet.program_id, after=after, limit=limit)
        assert refused.value.message == message


def test_after_the_last_there_is_nothing(fleet: Voyage) -> None:
    for ask in (selectors.risks_after, selectors.requirements_after):
        assert ask(fleet.crew.actor("odile"), fleet.program_id, after="999999999", limit=5) == ([], None)


# ------------------------------------------------------------ how many queries


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"page": 3},
        {"sort": "-owner", "group": "system", "q": "orders", "state": "open"},
        {"q": "zebra"},
    ],
)
def test_a_page_takes_two_queries_whatever_is_asked(
    fleet: Voyage, given: dict[str, str | int], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actor, (risk_spec, requirement_spec) = fleet.crew.actor("odile"), specs(fleet)
    asked = query(risk_spec, **given)
    with django_assert_num_queries(2):
        selectors.risks_page(actor, fleet.program_id, asked)
    asked = query(requirement_spec, **{k: v for k, v in given.items() if k != "state"})
    with django_assert_num_queries(2):
        selectors.requirements_page(actor, fleet.program_id, asked)


def test_everything_else_takes_one_query(
    fleet: Voyage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actor, program = fleet.crew.actor("odile"), fleet.program_id
    for ask in (
        lambda: selectors.risks_of(actor, program),
        lambda: selectors.risks_after(actor, program, after="", limit=500),
        lambda: selectors.risks_named(actor, program, "risk", most=20),
        lambda: selectors.risk_by_ref(actor, program, "RSK-1"),
        lambda: selectors.requirements_of(actor, program, [fleet.system.pk]),
        lambda: selectors.requirements_after(actor, program, after="", limit=500),
        lambda: selectors.requirements_named(actor, program, "a", most=20),
        lambda: selectors.requirement_by_ref(actor, program, "REQ-1"),
        lambda: selectors.requirements_due(
            actor, program, owner_id=fleet.crew.id("dev"), until=date(2030, 1, 1)
        ),
    ):
        with django_assert_num_queries(1):
            assert ask()


def test_what_is_named_comes_by_number_whatever_was_written_last(fleet: Voyage) -> None:
    actor = fleet.crew.actor("tess")
    services.change_risks(actor=actor, program_id=fleet.program_id, refs=["RSK-2", "RSK-1"], state="treating")
    services.change_requirements(
        actor=actor, program_id=fleet.program_id, refs=["REQ-1"], due_on=date(2027, 2, 2)
    )
    for ask in (selectors.risks_named, selectors.requirements_named):
        assert numbers(ask(actor, fleet.program_id, "", most=4)) == [1, 2, 3, 4]
