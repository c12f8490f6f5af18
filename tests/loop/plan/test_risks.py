from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.units import Money
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.models import Risk
from plimsoll.loop.scope import services as scope
from plimsoll.people import selectors as people_selectors
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from tests.opened import content
from tests.voyages import KEY, Voyage


def raised(voyage: Voyage, *risks: services.NewRisk, who: str = "dev") -> list[Risk]:
    return services.raise_risks(actor=voyage.crew.actor(who), program_id=voyage.program_id, risks=risks)


def new(title: str = "A reply leaks an order", **given: Any) -> services.NewRisk:
    return services.NewRisk(title=title, **given)


def change(voyage: Voyage, *refs: str, who: str = "dev", **given: Any) -> list[Risk]:
    return services.change_risks(
        actor=voyage.crew.actor(who), program_id=voyage.program_id, refs=refs, **given
    )


def row(voyage: Voyage, ref: str = "RSK-1") -> selectors.RiskRow:
    return selectors.risk_by_ref(voyage.crew.actor("odile"), voyage.program_id, ref)


def estimate(voyage: Voyage, risk: Risk, who: str = "dev") -> Risk:
    return services.estimate_risk(
        actor=voyage.crew.actor(who),
        risk_id=risk.pk,
        probability=(0.1, 0.2, 0.3),
        loss_low=Money.parse("1", currency="EUR"),
        loss_high=Money.parse("2", currency="EUR"),
    )


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


# ------------------------------------------------------------ raising


def test_a_risk_is_raised_with_cause_event_and_consequence(sloop: Voyage) -> None:
    (made,) = raised(
        sloop,
        new(
            " A  reply leaks\nan order ",
            system_id=sloop.system.pk,
            owner_id=sloop.crew.id("eve"),
            cause=" One index serves all tenants ",
            event="A question reaches another's order",
            consequence="The order is shown",
            catalog_id="RSK-MOD-03",
            due_on=date(2027, 3, 1),
        ),
    )
    assert str(made) == "RSK-1 A reply leaks an order"
    assert row(sloop) == selectors.RiskRow(
        id=made.pk,
        program_id=sloop.program_id,
        system_id=sloop.system.pk,
        system="Sloop",
        system_ref="SYS-1",
        ref="RSK-1",
        title="A reply leaks an order",
        cause="One index serves all tenants",
        event="A question reaches another's order",
        consequence="The order is shown",
        catalog_id="RSK-MOD-03",
        owner_id=sloop.crew.id("eve"),
        owner="Eve Lund",
        owner_handle="eve",
        state="open",
        due_on=date(2027, 3, 1),
        probability=None,
        loss=None,
        currency="",
        estimated_by="",
        raised_at=clock.now(),
    )
    entry = newest()
    assert (entry.kind, entry.subject) == ("plan:risk:raised", "halyard/RSK-1")


def test_a_risk_belongs_to_its_raiser_and_to_the_program_unless_said_otherwise(sloop: Voyage) -> None:
    raised(sloop, new(), who="ada")
    found = row(sloop)
    assert (found.owner, found.system_id, found.system, found.system_ref) == ("Ada Okafor", None, "", "")


def bad(sloop: Voyage) -> list[tuple[services.NewRisk, type[Exception], str]]:
    return [
        (new(" "), BadInput, "The title of the risk has 0 characters (risk 2)."),
        (new("x" * 161), BadInput, "The title of the risk has 161 characters (risk 2)."),
        (new(cause="x" * 301), BadInput, "The cause of the risk has 301 characters (risk 2)."),
        (new(event="x" * 301), BadInput, "The event of the risk has 301 characters (risk 2)."),
        (new(consequence="x" * 301), BadInput, "The consequence of the risk has 301 characters (risk 2)."),
        (new("a\x00b"), BadInput, "The title of the risk contains control characters (risk 2)."),
        (new(cause="a\x1bb"), BadInput, "The cause of the risk contains control characters (risk 2)."),
        (new(event="\ud800"), BadInput, "The event of the risk contains control characters (risk 2)."),
        (
            new(owner_id=sloop.crew.id("mallory")),
            BadInput,
            "The owner must be a member of the program (risk 2).",
        ),
        (new(system_id=0), NotFound, "There is no such system in this program (risk 2)."),
        (new(catalog_id="RSK-99"), BadInput, "The catalog has no risk “RSK-99” (risk 2)."),
    ]


@pytest.mark.parametrize("case", range(11))
def test_of_several_risks_none_is_raised_if_one_is_wrong_and_it_is_named(sloop: Voyage, case: int) -> None:
    wrong, error, message = bad(sloop)[case]
    entries = Entry.objects.count()
    with pytest.raises(error) as refused:
        raised(sloop, new(), wrong, new())
    assert refused.value.message == message  # type: ignore[attr-defined]
    with pytest.raises(error) as alone:
        raised(sloop, wrong)
    assert alone.value.message == message.replace(" (risk 2)", "")  # type: ignore[attr-defined]
    assert not Risk.objects.exists()
    assert Entry.objects.count() == entries
    raised(sloop, new())
    assert row(sloop).ref == "RSK-1"


def test_the_longest_texts_fit(sloop: Voyage) -> None:
    raised(sloop, new("t" * 160, cause="c" * 300, event="e" * 300, consequence="c" * 300))
    assert len(row(sloop).title) == 160


def test_a_system_of_another_program_is_not_there(sloop: Voyage) -> None:
    other = people.open_program(actor=sloop.crew.actor("dev"), name="Other")
    with pytest.raises(NotFound, match="There is no such system in this program"):
        services.raise_risks(
            actor=sloop.crew.actor("dev"), program_id=other.pk, risks=[new(system_id=sloop.system.pk)]
        )


@pytest.mark.parametrize("who", ["tess", "dev", "ada", "cal"])
def test_those_who_see_risks_raise_them(sloop: Voyage, who: str) -> None:
    raised(sloop, new(), who=who)


@pytest.mark.parametrize(
    ("who", "error"), [("xan", NotAllowed), ("odile", NotAllowed), ("mallory", NotFound)]
)
def test_others_touch_no_risk(sloop: Voyage, who: str, error: type[Exception]) -> None:
    (risk,) = raised(sloop, new())
    with pytest.raises(error):
        raised(sloop, new(), who=who)
    with pytest.raises(error):
        change(sloop, "RSK-1", who=who, state="closed")
    with pytest.raises(error):
        services.describe_risk(
            actor=sloop.crew.actor(who), risk_id=risk.pk, title="x", cause="", event="", consequence=""
        )
    with pytest.raises(error):
        estimate(sloop, risk, who=who)


def test_a_rule_raises_no_risk_and_a_token_does_for_its_person(sloop: Voyage) -> None:
    with pytest.raises(NotAllowed, match="A risk is raised by a person"):
        services.raise_risks(actor=Actor.of_rule("time"), program_id=sloop.program_id, risks=[new()])
    _, secret = people.issue_token(
        actor=sloop.crew.actor("dev"), program_id=sloop.program_id, name="ci", scopes=["plan"], days=1
    )
    token, _ = people_selectors.actor_of_token(secret, now=clock.now())
    services.raise_risks(actor=token, program_id=sloop.program_id, risks=[new()])
    assert row(sloop).owner == "Dev Rao"


def test_five_thousand_risks_are_raised_in_one_call_with_ten_entries(sloop: Voyage) -> None:
    entries = Entry.objects.count()
    risks = [new(f"Risk {n}", system_id=sloop.system.pk) for n in range(5000)]
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        made = raised(sloop, *risks)
        took = time.perf_counter() - began
    assert [risk.number for risk in made] == list(range(1, 5001))
    assert len({risk.pk for risk in made}) == 5000
    added = Entry.objects.filter(index__gte=entries).order_by("index").select_related("payload")
    assert [entry.subject for entry in added] == [f"halyard/RSK-{n}" for n in range(1, 5000, 500)]
    for entry in added:
        body = content(entry)
        assert (body["count"], len(body["records"]), body["system"]) == (500, 500, sloop.system.pk)
    # SQLite takes few parameters at once; nine for each of ten places, which a commit gives in one go
    assert len(queries) < 200 + 10 * 9
    assert took < 10, f"raising 5,000 risks took {took:.1f} seconds"
    report = reconcile(Signer(name="log.test", key=KEY))
    assert (report.judgement.verdict, report.faults) == (Verdict.MET, [])


def test_a_part_of_a_batch_has_an_entry_of_its_own_size(sloop: Voyage) -> None:
    raised(sloop, *[new(f"Risk {n}") for n in range(501)])
    entries = Entry.objects.filter(kind="plan:risk:raised").order_by("index").select_related("payload")
    assert [content(e)["count"] for e in entries] == [500, 1]


def test_raising_nothing_writes_nothing(sloop: Voyage) -> None:
    entries = Entry.objects.count()
    assert raised(sloop) == []
    assert Entry.objects.count() == entries


# ------------------------------------------------------------ changing


def test_owner_date_and_state_of_many_are_changed_at_once(sloop: Voyage) -> None:
    raised(sloop, new(), new(), new())
    entries = Entry.objects.count()
    changed = change(
        sloop,
        "RSK-1",
        "rsk-3",
        owner_id=sloop.crew.id("eve"),
        due_on=date(2027, 2, 2),
        state="treating",
    )
    assert [risk.number for risk in changed] == [1, 3]
    for ref in ("RSK-1", "RSK-3"):
        found = row(sloop, ref)
        assert (found.owner, found.due_on, found.state) == ("Eve Lund", date(2027, 2, 2), "treating")
    assert row(sloop, "RSK-2").state == "open"
    assert Entry.objects.count() == entries + 2
    body = content(newest())
    assert body["changed"] == ["due_on", "owner_id", "state"]


@pytest.mark.parametrize(
    ("refs", "message"),
    [
        (["RSK-1", "RSK-9"], "Some of the chosen risks do not exist; nothing was changed."),
        ([], "Some of the chosen risks do not exist; nothing was changed."),
        (["RSK-1", "REQ-1"], "There is no REQ-1 in this program."),
    ],
)
def test_all_are_changed_or_none(sloop: Voyage, refs: list[str], message: str) -> None:
    raised(sloop, new(), new())
    before, entries = row(sloop), Entry.objects.count()
    with pytest.raises(NotFound) as refused:
        change(sloop, *refs, state="closed")
    assert refused.value.message == message
    assert row(sloop) == before
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("state", ["accepted", "", "done", "OPEN"])
def test_a_risk_is_not_accepted_or_invented_away_by_one_person(sloop: Voyage, state: str) -> None:
    raised(sloop, new())
    for who in ("dev", "omni"):
        with pytest.raises(BadInput) as refused:
            change(sloop, "RSK-1", who=who, state=state)
        assert refused.value.message == f"A risk cannot be set to “{state}” here."
        assert refused.value.hint == "Choose open, treating or closed."
    assert row(sloop).state == "open"


def test_a_change_of_nothing_or_to_an_outsider_is_refused(sloop: Voyage) -> None:
    raised(sloop, new())
    with pytest.raises(BadInput, match="Nothing was given to change"):
        change(sloop, "RSK-1")
    with pytest.raises(BadInput) as refused:
        change(sloop, "RSK-1", owner_id=sloop.crew.id("mallory"))
    assert refused.value.data == {"field": "owner"}


def test_a_risk_is_reworded_as_a_whole(sloop: Voyage) -> None:
    (risk,) = raised(sloop, new(cause="old", event="old", consequence="old"))
    services.describe_risk(
        actor=sloop.crew.actor("ada"),
        risk_id=risk.pk,
        title=" A reply\nleaks ",
        cause=" new ",
        event="",
        consequence="worse",
    )
    found = row(sloop)
    assert (found.title, found.cause, found.event, found.consequence) == (
        "A reply leaks",
        "new",
        "",
        "worse",
    )
    assert content(newest())["changed"] == ["cause", "consequence", "event", "title"]


@pytest.mark.parametrize(
    "given", [{"title": ""}, {"title": "x" * 161}, {"cause": "x" * 301}, {"event": "\x00"}], ids=ascii
)
def test_a_risk_is_not_reworded_into_what_could_not_be_raised(sloop: Voyage, given: dict[str, str]) -> None:
    (risk,) = raised(sloop, new())
    words = {"title": "A", "cause": "", "event": "", "consequence": "", **given}
    with pytest.raises(BadInput):
        services.describe_risk(actor=sloop.crew.actor("dev"), risk_id=risk.pk, **words)
    assert row(sloop).title == "A reply leaks an order"


# ------------------------------------------------------------ closed


def test_a_closed_risk_is_neither_reworded_nor_estimated_until_it_is_opened_again(sloop: Voyage) -> None:
    (risk,) = raised(sloop, new())
    change(sloop, "RSK-1", state="closed")
    for act in (
        lambda: estimate(sloop, risk),
        lambda: services.describe_risk(
            actor=sloop.crew.actor("dev"), risk_id=risk.pk, title="x", cause="", event="", consequence=""
        ),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.message == "RSK-1 is closed."
        assert refused.value.hint == "Open it again first."
    assert [r.ref for r in selectors.risks_of(sloop.crew.actor("odile"), sloop.program_id)] == []
    change(sloop, "RSK-1", state="open")
    estimate(sloop, risk)
    assert [r.ref for r in selectors.risks_of(sloop.crew.actor("odile"), sloop.program_id)] == ["RSK-1"]


def test_there_is_nothing_to_estimate_where_there_is_no_risk(sloop: Voyage) -> None:
    (risk,) = raised(sloop, new())
    risk.pk = 10**6
    with pytest.raises(NotFound, match="There is no such risk"):
        estimate(sloop, risk)


@pytest.mark.parametrize("ref", ["RSK-9", "RSK-0", "REQ-1", "1", ""])
def test_a_ref_that_names_no_risk_finds_none(sloop: Voyage, ref: str) -> None:
    raised(sloop, new())
    with pytest.raises(NotFound):
        row(sloop, ref)


# ------------------------------------------------------------ what the database itself refuses


@pytest.mark.parametrize(
    "change",
    [
        {"probability_low": 0.5, "probability_best": 0.1, "probability_high": 0.9},
        {"probability_low": -0.1, "probability_best": 0.1, "probability_high": 0.9},
        {"probability_low": 0.1, "probability_best": 0.2, "probability_high": 1.1},
        {"loss_low": 2, "loss_high": 1, "currency": "EUR"},
        {"loss_low": 1, "loss_high": 2, "currency": ""},
        {"loss_low": -1, "loss_high": 2, "currency": "EUR"},
        {"number": 2},
    ],
)
def test_what_no_service_writes_the_database_refuses_too(sloop: Voyage, change: dict[str, Any]) -> None:
    raised(sloop, new(), new())
    with pytest.raises(IntegrityError), transaction.atomic():
        Risk.objects.filter(number=1).update(**change)


def test_a_risk_outlives_the_asset_it_was_about(sloop: Voyage) -> None:
    asset = scope.register_asset(
        actor=sloop.crew.actor("dev"), system_id=sloop.system.pk, kind="model", name="Sorter"
    )
    (risk,) = raised(sloop, new())
    Risk.objects.filter(pk=risk.pk).update(asset_id=asset.pk)
    asset.versions.all().delete()
    asset.delete()
    risk.refresh_from_db()
    assert risk.asset_id is None
