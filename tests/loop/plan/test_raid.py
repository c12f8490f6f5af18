"""RAID: one list of four kinds, and what becomes of what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plimsoll.engines.scoping.question_set import Policy
from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.models import Conversion, Dependency, Issue
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from tests.conftest import NOW
from tests.pages import Pages
from tests.voyages import KEY, Voyage

DAY = date(2027, 2, 1)


def raised(
    voyage: Voyage, kind: str = "issue", title: str = "It is down", who: str = "dev", **given: Any
) -> str:
    if kind == "dependency":
        given = {"provider": "the partner", "due_on": DAY, **given}
    return services.raise_matter(
        actor=voyage.crew.actor(who),
        program_id=voyage.program_id,
        matter=services.NewMatter(kind=kind, title=title, **given),
    )


def converted(voyage: Voyage, ref: str, into: str, title: str = "It happened", who: str = "dev") -> str:
    return services.convert_record(
        actor=voyage.crew.actor(who), program_id=voyage.program_id, ref=ref, into=into, title=title
    )


def matter(voyage: Voyage, ref: str) -> selectors.MatterRow:
    return selectors.matter_by_ref(voyage.crew.actor("odile"), voyage.program_id, ref)


def thread(voyage: Voyage, ref: str) -> tuple[str, tuple[str, ...]]:
    found = selectors.thread_of(voyage.crew.actor("odile"), voyage.program_id, ref)
    return found.source, found.results


def listed(voyage: Voyage) -> list[selectors.RaidRow]:
    return selectors.raid_of(voyage.crew.actor("odile"), voyage.program_id, now=clock.now())


@pytest.fixture
def bosun(bosun: Voyage) -> Voyage:
    scope.assume(
        actor=bosun.crew.actor("dev"), system_id=bosun.system.pk, question="S2", policy=Policy.WORST_CASE
    )
    services.raise_risks(
        actor=bosun.crew.actor("dev"),
        program_id=bosun.program_id,
        risks=[services.NewRisk(title="It leaks", system_id=bosun.system.pk, owner_id=bosun.crew.id("eve"))],
    )
    return bosun


# ------------------------------------------------------------ issues and dependencies


def test_an_issue_and_a_dependency_are_raised_with_what_can_be_said_of_them(bosun: Voyage) -> None:
    first = raised(
        bosun, title=" The  vendor\nis down ", note=" since noon ", system_id=bosun.system.pk, due_on=DAY
    )
    second = raised(bosun, "dependency", "Keys", owner_id=bosun.crew.id("eve"))
    assert (first, second) == ("ISS-1", "DEP-1")
    issue, dependency = matter(bosun, "iss-1"), matter(bosun, "dep-1")
    assert (issue.title, issue.note, issue.system_ref, issue.owner, issue.due_on) == (
        "The vendor is down", "since noon", "SYS-1", "Dev Rao", DAY,
    )  # fmt: skip
    assert (dependency.provider, dependency.owner, dependency.confidence, dependency.system) == (
        "the partner", "Eve Lund", None, "",
    )  # fmt: skip
    kinds = list(Entry.objects.order_by("-index").values_list("kind", flat=True)[:2])
    assert kinds == ["plan:dependency:raised", "plan:issue:raised"]
    assert (str(Issue.objects.get()), str(Dependency.objects.get())) == (
        "ISS-1 The vendor is down",
        "DEP-1 Keys",
    )
    assert reconcile(Signer(name="test", key=KEY)).faults == []


BAD: list[tuple[dict[str, Any], str]] = [
    ({"title": " "}, "The title has 0 characters."),
    ({"title": "x" * 161}, "The title has 161 characters."),
    ({"note": "x" * 501}, "The note has 501 characters."),
    ({"title": "a\x00"}, "The title contains control characters."),
    ({"state": "paused"}, "There is no state “paused”."),
    ({"owner_id": 0}, "The owner must be a member of the program."),
    ({"kind": "dependency", "provider": ""}, "The provider has 0 characters."),
    ({"kind": "dependency", "due_on": None}, "A dependency needs a day."),
    ({"kind": "risk"}, "There is no kind “risk” here."),
    ({"kind": "wish"}, "There is no kind “wish” here."),
]


@pytest.mark.parametrize(("given", "message"), BAD, ids=[message for _, message in BAD])
def test_what_cannot_be_is_refused_and_nothing_is_written(
    bosun: Voyage, given: dict[str, Any], message: str
) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput) as refused:
        raised(bosun, **given)
    assert refused.value.message == message
    assert Entry.objects.count() == entries


def test_an_issue_is_not_rewritten_into_a_dependency(bosun: Voyage) -> None:
    ref = raised(bosun)
    with pytest.raises(BadInput, match="is no dependency"):
        services.rewrite_matter(
            actor=bosun.crew.actor("dev"),
            program_id=bosun.program_id,
            ref=ref,
            matter=services.NewMatter(kind="dependency", title="x", provider="y", due_on=DAY),
        )


def test_a_system_of_another_program_is_not_found(bosun: Voyage) -> None:
    with pytest.raises(NotFound):
        raised(bosun, system_id=0)


def test_only_those_who_may_raise_change_confirm_and_convert(bosun: Voyage) -> None:
    raised(bosun, "dependency")
    for who, error in (("odile", NotAllowed), ("xan", NotAllowed), ("mallory", NotFound)):
        with pytest.raises(error):
            raised(bosun, who=who)
        with pytest.raises(error):
            converted(bosun, "RSK-1", "issue", who=who)
        with pytest.raises(error):
            services.confirm_dependency(
                actor=bosun.crew.actor(who), program_id=bosun.program_id, ref="DEP-1", confidence=0.5
            )
    with pytest.raises(NotAllowed, match="by a person"):
        services.raise_matter(
            actor=Actor.of_rule("time"),
            program_id=bosun.program_id,
            matter=services.NewMatter(kind="issue", title="x"),
        )


def test_a_dependency_that_nobody_asked_about_for_ten_days_is_unconfirmed(bosun: Voyage) -> None:
    raised(bosun, "dependency")
    days = [matter(bosun, "DEP-1").unconfirmed((NOW + timedelta(days=n)).date()) for n in (0, 10, 11)]
    assert days == [False, False, True]
    with clock.frozen_at(NOW + timedelta(days=11)):
        assert [row.unconfirmed for row in listed(bosun) if row.ref == "DEP-1"] == [True]
        services.confirm_dependency(
            actor=bosun.crew.actor("dev"), program_id=bosun.program_id, ref="DEP-1", confidence=0.8
        )
        found = matter(bosun, "DEP-1")
        assert (found.confidence, found.confirmed_on) == (0.8, clock.today())
        assert not found.unconfirmed(clock.today())
    assert reconcile(Signer(name="test", key=KEY)).faults == []
    for ref, sure in (("DEP-1", 1.2), (raised(bosun), 0.5)):
        with pytest.raises(BadInput):
            services.confirm_dependency(
                actor=bosun.crew.actor("dev"), program_id=bosun.program_id, ref=ref, confidence=sure
            )


# ------------------------------------------------------------ conversions


def test_a_risk_that_happened_becomes_an_issue_and_stays_open(bosun: Voyage) -> None:
    made = converted(bosun, "rsk-1", "issue")
    assert made == "ISS-1"
    assert (thread(bosun, "RSK-1"), thread(bosun, "ISS-1")) == (("", ("ISS-1",)), ("RSK-1", ()))
    issue = matter(bosun, "ISS-1")
    assert (issue.system_ref, issue.owner) == ("SYS-1", "Eve Lund")
    risk = selectors.risk_by_ref(bosun.crew.actor("odile"), bosun.program_id, "RSK-1")
    assert risk.state == "open"
    kinds = [e.kind for e in Entry.objects.filter(subject="halyard/RSK-1").order_by("index")]
    assert kinds == ["plan:risk:raised", "plan:record:converted"]
    assert str(Conversion.objects.get()) == "RSK-1 became ISS-1"
    assert reconcile(Signer(name="test", key=KEY)).faults == []


def test_an_assumption_that_is_not_so_becomes_a_risk_and_then_an_issue(bosun: Voyage) -> None:
    ref = next(row.ref for row in listed(bosun) if row.kind == "assumption")
    title = services.title_for(bosun.crew.actor("dev"), bosun.program_id, ref)
    assert title.startswith("Not as assumed: ")
    risk = converted(bosun, ref, "risk", title)
    issue = converted(bosun, risk, "issue")
    assert thread(bosun, ref) == ("", (risk,))
    assert thread(bosun, risk) == (ref, (issue,))
    assert thread(bosun, issue) == (risk, ())


def test_an_issue_or_dependency_is_closed_by_what_it_becomes(bosun: Voyage) -> None:
    issue, dependency = raised(bosun), raised(bosun, "dependency")
    converted(bosun, issue, "risk")
    first, second = converted(bosun, dependency, "issue"), converted(bosun, dependency, "risk")
    assert (matter(bosun, issue).state, matter(bosun, dependency).state) == ("closed", "closed")
    assert thread(bosun, dependency) == ("", (first, second))
    assert reconcile(Signer(name="test", key=KEY)).faults == []


def test_the_new_record_is_whose_who_converts_if_the_owner_left(bosun: Voyage) -> None:
    people.set_roles(
        actor=bosun.crew.actor("tess"), program_id=bosun.program_id, email="eve@halyard.example", roles=[]
    )
    assert matter(bosun, converted(bosun, "RSK-1", "issue")).owner == "Dev Rao"


@pytest.mark.parametrize(
    ("ref", "into", "error"),
    [
        ("RSK-1", "risk", BadInput), ("RSK-1", "dependency", BadInput), ("REQ-1", "issue", BadInput),
        ("ASM-1", "dependency", BadInput), ("RSK-9", "issue", NotFound), ("ISS-9", "risk", NotFound),
        ("RSK-1", "", BadInput), ("nonsense", "issue", BadInput),
    ],
)  # fmt: skip
def test_what_becomes_nothing_else_is_refused(
    bosun: Voyage, ref: str, into: str, error: type[Exception]
) -> None:
    entries = Entry.objects.count()
    with pytest.raises(error):
        converted(bosun, ref, into)
    assert (Entry.objects.count(), Conversion.objects.count()) == (entries, 0)


def test_the_database_keeps_the_rules_too(bosun: Voyage) -> None:
    raised(bosun, "dependency")
    converted(bosun, "RSK-1", "issue")
    for model, values in (
        (Dependency, {"confidence": 1.5}),
        (Dependency, {"state": "lost"}),
        (Issue, {"state": "lost"}),
        (Conversion, {"result": "RSK-1"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**values)  # type: ignore[attr-defined]


# ------------------------------------------------------------ the list and the pages


def test_the_list_holds_all_four_kinds_most_urgent_first(bosun: Voyage) -> None:
    raised(bosun, title="Late", due_on=date(2027, 1, 2))
    raised(bosun, "dependency")
    raised(bosun, title="Over", state="closed", due_on=date(2026, 1, 2))
    rows = listed(bosun)
    assert {row.kind for row in rows} == {"risk", "assumption", "issue", "dependency"}
    assert (rows[0].title, rows[-1].title, rows[-1].ended) == ("Late", "Over", True)


def test_records_are_raised_changed_confirmed_and_converted_in_the_browser(
    bosun: Voyage, client: Client
) -> None:
    client.force_login(bosun.crew.users["dev"])
    pages = Pages(client)
    body = {
        "kind": "dependency", "title": "Keys", "provider": "the bank", "owner": str(bosun.crew.id("eve")),
        "state": "open", "due_on": "2027-02-01", "note": "Two\nof them",
    }  # fmt: skip
    assert pages.follow("/halyard/raid/new/", body).heading == "Keys"
    confirmed = pages.follow("/halyard/dependencies/DEP-1/confirm/", {"confidence": "0.8"})
    assert confirmed.facts()["How sure"] == "80 %"
    pages.post("/halyard/dependencies/DEP-1/confirm/", {"confidence": "often"}, status=422)
    changed = pages.follow("/halyard/dependencies/DEP-1/", {**body, "title": "All keys"})
    assert changed.heading == "All keys"
    wrong = pages.post("/halyard/dependencies/DEP-1/", {**body, "due_on": ""}, status=422)
    assert "A dependency needs a day." in wrong.main
    made = pages.follow("/halyard/raid/DEP-1/convert/", {"into": "issue", "title": "No keys"})
    assert made.facts()["Thread"] == "from DEP-1"
    assert "became ISS-1" in pages.get("/halyard/dependencies/DEP-1/").main
    pages.follow("/halyard/raid/RSK-1/convert/", {"into": "issue", "title": "It leaked"})
    assert "became ISS-2" in pages.get("/halyard/risks/RSK-1/").main
    pages.get("/halyard/raid/REQ-1/convert/", 422)
    pages.post("/halyard/raid/RSK-1/convert/", {"into": "risk", "title": "x"}, status=422)
    assert "It leaked" in pages.get("/halyard/raid/?kind=issue&group=kind").main
    assert "All keys" in pages.get("/halyard/raid/?ended=yes").main
    assert "All keys" not in pages.get("/halyard/raid/?ended=no&q=keys").main
    assert "became ISS-2" in pages.get("/halyard/raid/?q=leaks").main


def test_the_list_asks_as_often_whatever_its_length(bosun: Voyage, client: Client) -> None:
    client.force_login(bosun.crew.users["odile"])

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/halyard/raid/")
        return len(queries)

    few = asked()
    for n in range(12):
        raised(bosun, title=f"Issue {n}")
        raised(bosun, "dependency", f"Dependency {n}")
    assert asked() == few
