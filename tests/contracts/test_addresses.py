"""Every address within a program: it works, strangers get nothing, auditors change nothing.

The table names each once; a new address without a row fails the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve

from plimsoll.people.roles import PERMISSIONS
from tests.lading import NAME, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Page, Pages

pytestmark = pytest.mark.django_db
WITHIN = "<slug:program>/"
ANYBODY = ""
"""Every member may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One address of a program."""

    route: str
    path: str = ""
    """The route with refs of the laden program; the route itself if it has none."""
    queries: int = 0
    """How often a GET may ask the database; 0 if it cannot be fetched."""
    body: Mapping[str, Any] | None = None
    """What is posted; None if nothing can be."""
    by: str = "tess"
    """Who posts it."""
    needs: str = ANYBODY
    """Permission for posting."""
    reads: str = ANYBODY
    """Permission for fetching."""
    status: int = 302
    """What a POST that works answers."""

    @property
    def where(self) -> str:
        return self.path or self.route


def form(route: str, path: str, needs: str, queries: int, *, by: str = "tess", **body: Any) -> Row:
    """A page with one form, which only those see who may send it."""
    return Row(route=route, path=path, queries=queries, body=body, needs=needs, reads=needs, by=by)


def press(route: str, path: str, needs: str, *, by: str = "tess", status: int = 302, **body: Any) -> Row:
    """An address that can only be posted to."""
    return Row(route=route, path=path, body=body, needs=needs, by=by, status=status)


KEY = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
PEM = f"-----BEGIN PUBLIC KEY-----\n{KEY}\n-----END PUBLIC KEY-----"
WAIVER = {
    "reason": "The pipeline is being rebuilt.", "compensating": "samples of one in five",
    "exit_plan": "the new pipeline", "at_expiry": "it counts again", "expires_on": "2027-03-01",
}  # fmt: skip
HOUSE = b"""id: house-rules
title: House rules
edition: "1"
clauses:
- id: H-1
  title: Pumps
"""
TABLE = (
    Row(route="", queries=38),
    Row(route="people/", queries=5),
    Row(
        route="people/new/", queries=4, needs="people:member:change", reads="people:member:change",
        body={"email": "lee@example.org", "name": "Lee Ash", "roles": ["engineer"]}, status=200,
    ),
    form("people/<slug:handle>/", "people/eve/", "people:member:change", 5, roles=["compliance"]),
    Row(route="settings/", queries=6),
    press(
        "settings/tokens/", "", "people:token:issue", status=200, name="CI", scopes=["prove"], days="30"
    ),
    press(
        "settings/tokens/<int:token>/revoke/", "settings/tokens/{token_full}/revoke/", "people:token:issue"
    ),
    press("settings/keys/", "", "prove:key:trust", name="CI of Bosun", public_key=PEM),
    press("settings/keys/<int:key>/revoke/", "settings/keys/{key}/revoke/", "prove:key:trust"),
    press("settings/remove/", "", "people:program:remove", status=409, name=NAME),
    press("views/", "", ANYBODY, page="risks", name="Mine", query="?state=open"),
    press("comments/<str:ref>/", "comments/{gate}/", "people:comment:write", text="Looked at."),
    press("do/", "", "plan:risk:change", ref="{risk}", verb="owner", value="dev"),
    Row(route="scope/", queries=10),
    Row(route="scope/<str:ref>/", path="scope/{system}/", queries=9),
    press(
        "scope/<str:ref>/answer/", "scope/{system}/answer/", "scope:question:answer",
        question="A1", answer="write",
    ),
    Row(route="scope/<str:ref>/versions/", path="scope/{system}/versions/", queries=9),
    form(
        "systems/new/", "", "scope:system:describe", 4,
        name="Keel", sentence="Scores applications", owner="{dev_id}", stage="prototype",
    ),
    form(
        "systems/<str:ref>/change/", "systems/{system}/change/", "scope:system:describe", 8,
        sentence="Answers questions", owner="{eve_id}",
    ),
    form(
        "systems/<str:ref>/promise/", "systems/{system}/promise/", "scope:system:describe", 7,
        stage="ga", committed_on="2027-12-01",
    ),
    form(
        "systems/<str:ref>/assets/new/", "systems/{system}/assets/new/", "scope:asset:register", 7,
        kind="prompt", name="System prompt", sha256="a" * 64,
    ),
    form("assets/<str:ref>/replace/", "assets/{asset}/replace/", "scope:asset:register", 5, sha256="b" * 64),
    Row(route="law/", queries=8),
    Row(route="obligations/", queries=9),
    Row(route="law/<str:ref>/", path="law/{system}/", queries=7),
    press(
        "law/<str:ref>/answer/", "law/{system}/answer/", "scope:law:answer",
        question="Q40", answer="yes",
    ),
    Row(route="assumptions/", queries=5),
    Row(
        route="assumptions/<str:ref>/", path="assumptions/{assumption}/", queries=16,
        needs="scope:assumption:make",
        body={"policy": "worst_case", "owner": "{eve_id}", "due_on": "2027-02-01", "find_out": "ask Eve"},
    ),
    Row(route="requirements/", queries=16),
    press(
        "requirements/change/", "", "plan:requirement:change",
        ref=["REQ-1", "REQ-3"], action="owner", owner="{eve_id}",
    ),
    Row(
        route="requirements/<str:ref>/", path="requirements/{requirement}/", queries=21,
        needs="plan:requirement:change",
        body={"owner": "{eve_id}", "due_on": "2027-02-01", "ticket_url": "https://tickets.example/1"},
    ),
    form(
        "requirements/<str:ref>/attest/", "requirements/{requirement}/attest/", "prove:evidence:submit", 4,
        document=SimpleUploadedFile("model.md", b"# Threats"), sentence="Nine threats and their answers.",
    ),
    form(
        "requirements/<str:ref>/waive/", "requirements/{requirement}/waive/", "decide:waiver:request", 4,
        **WAIVER,
    ),
    Row(route="tasks/", queries=9),
    form("tasks/new/", "", "plan:task:change", 7, title="Name the owner of traces", kind="task", state="open",
         owner="{eve_id}", due_on="2027-03-01", requirement="{requirement}", after="{task}"),
    press(
        "tasks/change/", "", "plan:task:change",
        ref=["{task}", "{milestone}"], action="owner", owner="{dev_id}",
    ),
    Row(
        route="tasks/<str:ref>/", path="tasks/{waiting_task}/", queries=16, needs="plan:task:change",
        body={"title": "Walk through it", "kind": "task", "state": "doing", "owner": "{eve_id}",
              "due_on": "2027-02-01", "days_low": "1", "days_best": "2.5", "days_high": "9"},
    ),
    Row(
        route="worksheets/<slug:name>/", path="worksheets/tasks/", queries=3, needs="plan:task:change",
        body={"file": SimpleUploadedFile("t.csv", b"Ref;State\nTSK-1;doing\n")}, status=200,
    ),
    Row(route="worksheets/<slug:name>/file/", path="worksheets/requirements/file/", queries=4),
    press(
        "worksheets/<slug:name>/apply/", "worksheets/tasks/apply/", "plan:task:change",
        held="UmVmO1N0YXRlDQpUU0stMTtkb2luZw0K", digest="{worksheet}",
    ),
    Row(route="raid/", queries=9),
    form(
        "raid/new/", "", "plan:issue:change", 7,
        kind="dependency", title="The key of the partner", provider="the partner", owner="{eve_id}",
        state="open", due_on="2027-03-01",
    ),
    form(
        "raid/<str:ref>/convert/", "raid/{risk}/convert/", "plan:issue:change", 5,
        into="issue", title="It made a refund",
    ),
    Row(
        route="issues/<str:ref>/", path="issues/{issue}/", queries=14, needs="plan:issue:change",
        body={"title": "It leaks still", "owner": "{eve_id}", "state": "closed"},
    ),
    Row(
        route="dependencies/<str:ref>/", path="dependencies/{dependency}/", queries=14,
        needs="plan:dependency:change",
        body={"title": "The key", "provider": "the bank", "owner": "{eve_id}", "state": "open",
              "due_on": "2027-03-01"},
    ),
    press(
        "dependencies/<str:ref>/confirm/", "dependencies/{dependency}/confirm/", "plan:dependency:change",
        confidence="0.8",
    ),
    Row(route="raci/", queries=11),
    press(
        "raci/change/", "", "plan:requirement:change",
        ref=["REQ-1", "REQ-3"], action="tester", tester="{cal_id}",
    ),
    Row(
        route="raci/deputies/", queries=5, needs="people:deputy:name",
        body={"person": "{tess_id}", "deputy": "{eve_id}", "first_on": "2027-08-01", "last_on": "2027-08-20"},
    ),
    press("raci/deputies/<int:deputy>/end/", "raci/deputies/{deputy}/end/", "people:deputy:name"),
    Row(route="evidence/", queries=8),
    Row(route="evidence/<str:ref>/", path="evidence/{measured}/", queries=13),
    Row(route="evidence/<str:ref>/statement/", path="evidence/{measured}/statement/", queries=4),
    Row(route="evidence/<str:ref>/document/", path="evidence/{attested}/document/", queries=5),
    form(
        "evidence/<str:ref>/review/", "evidence/{measured}/review/", "prove:evidence:review", 8,
        meets_intent="yes", sample="every row",
    ),
    Row(route="assets/<str:ref>/", path="assets/{asset}/", queries=14),
    Row(route="systems/<str:ref>/", path="systems/{system}/", queries=25),
    form(
        "systems/<str:ref>/update/", "systems/{system}/update/", "decide:status:update", 6,
        sentence="The date moves.", worse="",
    ),
    Row(route="risks/", queries=8),
    form("risks/new/", "", "plan:risk:change", 7, title="The vendor leaves", owner="{eve_id}"),
    press("risks/change/", "", "plan:risk:change", ref=["RSK-1", "RSK-2"], action="state", state="treating"),
    Row(
        route="risks/<str:ref>/", path="risks/{risk}/", queries=19, needs="plan:risk:change",
        body={"title": "Anybody's document makes it refund", "cause": "open", "event": "", "consequence": ""},
    ),
    form(
        "risks/<str:ref>/estimate/", "risks/{risk}/estimate/", "plan:risk:change", 4,
        probability_low="0.1", probability_best="0.2", probability_high="0.3", loss_low="100",
        loss_high="900", currency="EUR",
    ),
    Row(route="gates/", queries=22),
    Row(route="gates/<str:ref>/", path="gates/{gate}/", queries=32),
    press("gates/<str:ref>/freeze/", "gates/{unfrozen}/freeze/", "decide:gate:freeze"),
    press(
        "gates/<str:ref>/sign/", "gates/{gate}/sign/", "decide:gate:sign", by="ada",
        role="approver", stance="agree", digest="{digest}",
    ),
    press(
        "gates/<str:ref>/decide/", "gates/{gate}/decide/", "decide:gate:decide", by="ada",
        outcome="no_go", reason="The prompts are not tested yet.",
    ),
    form(
        "gates/<str:ref>/options/", "gates/{gate}/options/", "decide:option:change", 5,
        options="A | as planned | 0\nB | two weeks later | 14\nC | read only | 3",
    ),
    Row(route="timeline/", queries=10),
    Row(route="decisions/", queries=7),
    Row(route="decisions/<str:ref>/", path="decisions/{decision}/", queries=11),
    press("conditions/<str:ref>/close/", "conditions/{condition}/close/", "decide:condition:close"),
    Row(route="waivers/", queries=5),
    Row(route="waivers/<str:ref>/", path="waivers/{waiver}/", queries=9),
    press(
        "waivers/<str:ref>/recommend/", "waivers/{asked}/recommend/", "decide:waiver:recommend", by="cal",
        recommendation="accept",
    ),
    press(
        "waivers/<str:ref>/decide/", "waivers/{recommended}/decide/", "decide:waiver:decide", by="ada",
        decision="accept",
    ),
    press("waivers/<str:ref>/revoke/", "waivers/{waiver}/revoke/", "decide:waiver:decide", by="ada"),
    Row(route="monitors/", queries=6),
    form(
        "monitors/new/", "monitors/new/?system={system}", "watch:monitor:declare", 9,
        name="inputs", reference="a.csv", current="b.csv", every_hours="24", owner="{dev_id}",
    ),
    Row(route="monitors/<str:ref>/", path="monitors/{monitor}/", queries=12),
    press("monitors/<str:ref>/ask/", "monitors/{monitor}/ask/", "watch:monitor:declare"),
    press("monitors/<str:ref>/pause/", "monitors/{monitor}/pause/", "watch:monitor:declare"),
    Row(route="signals/", queries=6),
    Row(route="signals/<str:ref>/", path="signals/{signal}/", queries=12),
    form(
        "signals/<str:ref>/settle/", "signals/{signal}/settle/", "watch:signal:settle", 5,
        because="A new customer; retrained.",
    ),
    Row(route="log/", queries=10),
    Row(route="log/checkpoints/", queries=6),
    Row(route="log/checkpoints/<int:size>/", path="log/checkpoints/{checkpoint}/", queries=6),
    Row(route="log/witnesses/", queries=4),
    Row(route="log/export/", queries=3, reads="watch:log:export"),
    press("log/export/file/", "", "watch:log:export", status=200),
    Row(route="log/<int:index>/", path="log/{entry}/", queries=13),
    Row(route="log/<int:index>/proof/", path="log/{entry}/proof/", queries=10),
    Row(route="log/<int:index>/leaf/", path="log/{entry}/leaf/", queries=10),
    Row(route="catalog/", queries=6),
    Row(route="catalog/risks/", queries=14),
    Row(route="catalog/risks/<str:entry>/", path="catalog/risks/RSK-AGT-01/", queries=14),
    Row(route="catalog/controls/", queries=14),
    Row(route="catalog/controls/<str:entry>/", path="catalog/controls/CTL-MOD-05/", queries=14),
    Row(route="catalog/duties/", queries=6),
    Row(route="catalog/duties/<str:entry>/", path="catalog/duties/OBL-EU-AIA-73-GEN/", queries=9),
    Row(route="catalog/frameworks/", queries=6),
    Row(
        route="catalog/frameworks/<slug:framework>/", path="catalog/frameworks/nist-csf/", queries=6
    ),
    Row(
        route="catalog/frameworks/<slug:framework>/clauses/",
        path="catalog/frameworks/mitre-atlas/clauses/",
        queries=15,
    ),
    Row(
        route="catalog/clauses/<path:ref>/", path="catalog/clauses/nist-csf@2.0:GV.PO-01/", queries=14
    ),
    Row(route="catalog/stale/", queries=6),
    Row(route="feeds/", queries=4),
    press("feeds/issue/", "", "people:feed:issue", status=200, reach="mine"),
    press("feeds/<int:feed>/revoke/", "feeds/{feed}/revoke/", "people:feed:issue"),
    Row(
        route="catalog/import/", queries=4, needs="scope:framework:import", reads="scope:framework:import",
        body={"sources": SimpleUploadedFile("house.yaml", HOUSE)}, status=200,
    ),
    press("catalog/import/apply/", "", "scope:framework:import", status=422, sealed="nothing"),
    Row(route="matrix/", queries=14),
    Row(route="matrix/<slug:framework>/", path="matrix/mitre-atlas/", queries=14),
    Row(route="matrix/<slug:framework>/gaps/", path="matrix/nist-ai-rmf/gaps/", queries=14),
    Row(route="matrix/<slug:framework>/paper/", path="matrix/nist-ai-rmf/paper/", queries=14),
    Row(route="matrix/<slug:framework>.md", path="matrix/nist-ai-rmf.md", queries=14),
    Row(route="matrix/<slug:framework>.pdf", path="matrix/nist-ai-rmf.pdf", queries=14),
    Row(route="incidents/", queries=15),
    form(
        "incidents/new/", "", "respond:incident:declare", 4, title="It refunded twice", system="1",
        sort="incident",
    ),
    Row(route="incidents/times/", queries=5),
    form(
        "incidents/<str:ref>/locker/new/", "incidents/{incident}/locker/new/", "respond:item:deposit", 4,
        document=SimpleUploadedFile("trace.log", b"one line"), sentence="The trace of that hour.",
        retained_until="2029-01-01",
    ),
    Row(
        route="incidents/<str:ref>/locker/<int:item>/", path="incidents/{incident}/locker/{held}/", queries=6,
        needs="respond:item:withdraw", reads="respond:item:withdraw", status=200,
        body={"purpose": "for the analyst"},
    ),
    Row(route="incidents/<str:ref>/", path="incidents/{incident}/", queries=30),
    form(
        "incidents/<str:ref>/change/", "incidents/{incident}/change/", "respond:incident:change", 5,
        title="It sent two invoices", commander="{dev_id}", sort="incident", component="data",
    ),
    form(
        "incidents/<str:ref>/times/", "incidents/{incident}/times/", "respond:incident:change", 5,
        restored="2027-01-10T10:00",
    ),
    press(
        "incidents/<str:ref>/notes/", "incidents/{incident}/notes/", "respond:incident:change",
        text="It is calm again.",
    ),
    press(
        "incidents/<str:ref>/playbooks/", "incidents/{hazard}/playbooks/", "respond:incident:change",
        playbook="data-exposure",
    ),
    form(
        "incidents/<str:ref>/tasks/<int:task>/", "incidents/{incident}/tasks/{incident_task}/",
        "respond:incident:change", 6, owner="{dev_id}", due_at="2027-01-12T10:00",
    ),
    press(
        "incidents/<str:ref>/tasks/<int:task>/tick/", "incidents/{incident}/tasks/{incident_task}/tick/",
        "respond:incident:change",
    ),
    form(
        "incidents/<str:ref>/review/", "incidents/{incident}/review/", "respond:incident:review", 10,
        trigger="A cache key without the customer.", root_causes="Nobody had tested it with two.",
    ),
    form(
        "incidents/<str:ref>/lessons/new/", "incidents/{incident}/lessons/new/", "respond:lesson:propose", 7,
        title="Caches are tested", why="An invoice went astray.", acceptance="A test with two customers.",
        evidence="The report of the test.", severity="high", place="deployment", required_from="pilot",
        controls=["CTL-GOV-01"], everywhere="on",
    ),
    press(
        "incidents/<str:ref>/lessons/<int:lesson>/decide/", "incidents/{incident}/lessons/{lesson}/decide/",
        "respond:lesson:decide", decision="decline",
    ),
    press(
        "incidents/<str:ref>/close/", "incidents/{incident}/close/", "respond:incident:close", status=409,
    ),
    form(
        "incidents/<str:ref>/clocks/close/", "incidents/{incident}/clocks/close/", "respond:clock:close", 12,
        by="cal", reason="No invoice is concerned by these.",
    ),
    Row(
        route="incidents/<str:ref>/clocks/<str:duty>/<str:stage>/",
        path="incidents/{incident}/clocks/OBL-EU-GDPR-33/notify/", queries=16,
    ),
    press(
        "incidents/<str:ref>/clocks/<str:duty>/<str:stage>/start/",
        "incidents/{incident}/clocks/OBL-EU-GDPR-33/notify/start/", "respond:incident:change",
        at="2027-01-09T08:00",
    ),
    press(
        "incidents/<str:ref>/clocks/<str:duty>/<str:stage>/submit/",
        "incidents/{incident}/clocks/OBL-EU-GDPR-33/notify/submit/", "respond:clock:submit",
        reference="letter 4",
    ),
    press(
        "incidents/<str:ref>/clocks/<str:duty>/<str:stage>/close/",
        "incidents/{incident}/clocks/OBL-EU-GDPR-33/notify/close/", "respond:clock:close", by="cal",
        reason="No risk to people is likely.",
    ),
    Row(route="brief/", queries=34),
    Row(route="brief/<slug:audience>/", path="brief/engineering/", queries=34),
    Row(route="brief/<slug:audience>.md", path="brief/compliance.md", queries=34),
    Row(route="brief/<slug:audience>.pdf", path="brief/product.pdf", queries=34),
    Row(route="brief.md", queries=34),
    Row(route="brief.pdf", queries=34),
)  # fmt: skip
BY_ROUTE = {row.route: row for row in TABLE}
FETCHED = [row for row in TABLE if row.queries]
POSTED = [row for row in TABLE if row.body is not None]


def named(rows: list[Row]) -> Any:
    return pytest.mark.parametrize("row", rows, ids=[row.route or "program" for row in rows])


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


def as_person(client: Client, laden: Laden, name: str) -> Pages:
    client.force_login(laden.crew.users[name])
    return Pages(client)


def filled(body: Mapping[str, Any], laden: Laden) -> dict[str, Any]:
    """The body with refs in place of braces, and files from their beginning."""

    def fill(value: Any) -> Any:
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
            return value
        return [fill(part) for part in value] if isinstance(value, list) else value.format(**laden.refs)

    return {name: fill(value) for name, value in body.items()}


# ---------------------------------------------------------------- completeness
def test_every_address_within_a_program_has_a_row() -> None:
    known = {r.removeprefix(WITHIN) for r in routes(get_resolver()) if r.startswith(WITHIN)}
    assert known == set(BY_ROUTE)
    assert len(TABLE) == len(BY_ROUTE)


def test_every_permission_that_a_row_names_exists() -> None:
    named_ones = {row.needs for row in TABLE} | {row.reads for row in TABLE}
    assert named_ones - {ANYBODY} <= set(PERMISSIONS)


# ---------------------------------------------------------------- it works
@named(FETCHED)
def test_an_address_can_be_fetched_within_its_budget(laden: Laden, client: Client, row: Row) -> None:
    name = row.by if row.reads else "tess"
    page = as_person(client, laden, name).get(laden.at(row.where), queries=row.queries)
    offers_only_what_is_allowed(page, laden, name)


@named(POSTED)
def test_an_address_can_be_posted_to_by_who_may(laden: Laden, client: Client, row: Row) -> None:
    pages = as_person(client, laden, row.by)
    answer = pages.post(laden.at(row.where), filled(row.body or {}, laden), status=row.status)
    if row.status == 302:
        pages.get(answer.response["Location"])


# ---------------------------------------------------------------- it refuses
@named(FETCHED)
def test_a_stranger_fetches_nothing_and_learns_nothing(laden: Laden, client: Client, row: Row) -> None:
    page = as_person(client, laden, "mallory").get(laden.at(row.where), 404)
    nothing_leaks(page)


@named(POSTED)
def test_a_stranger_posts_nothing_and_learns_nothing(laden: Laden, client: Client, row: Row) -> None:
    page = as_person(client, laden, "mallory").post(
        laden.at(row.where), filled(row.body or {}, laden), status=404
    )
    nothing_leaks(page)


def nothing_leaks(page: Page) -> None:
    assert page.heading == "There is nothing here"
    for word in (NAME, "Bosun", "Tiller", "Tess", "refund"):
        assert word not in page.text, word


@named(FETCHED)
def test_nobody_fetches_without_signing_in(laden: Laden, client: Client, row: Row) -> None:
    path = laden.at(row.where)
    answer = Pages(client).get(path, 302)
    assert answer.response["Location"].startswith("/account/login/?next=%2F")
    assert NAME not in answer.text


@named(POSTED)
def test_nobody_posts_without_signing_in(laden: Laden, client: Client, row: Row) -> None:
    answer = Pages(client).post(laden.at(row.where), filled(row.body or {}, laden))
    assert answer.response["Location"].startswith("/account/login/?next=%2F")


@named([row for row in TABLE if not row.queries])
def test_what_writes_cannot_be_fetched(laden: Laden, client: Client, row: Row) -> None:
    as_person(client, laden, "tess").get(laden.at(row.where), 405)


@named([row for row in TABLE if row.body is None])
def test_what_is_only_read_cannot_be_posted_to(laden: Laden, client: Client, row: Row) -> None:
    as_person(client, laden, "tess").post(laden.at(row.where), {}, status=405)


# ---------------------------------------------------------------- the auditor
@named(FETCHED)
def test_the_auditor_reads_every_page_that_is_no_form(laden: Laden, client: Client, row: Row) -> None:
    may = not row.reads or laden.actor("odile").may(row.reads, laden.program_id)
    page = as_person(client, laden, "odile").get(laden.at(row.where), 200 if may else 403)
    if may:
        offers_only_what_is_allowed(page, laden, "odile")
    else:
        assert "Your roles in this program do not let you" in page.main
        assert "It takes one of:" in page.main


OPEN_TO_AUDITORS = {
    "views/": "a saved view is a convenience of the reader, not a record",
    "log/export/file/": "auditors take the log away",
}


@named([row for row in POSTED if row.route not in OPEN_TO_AUDITORS])
def test_the_auditor_writes_nothing(laden: Laden, client: Client, row: Row) -> None:
    page = as_person(client, laden, "odile").post(
        laden.at(row.where), filled(row.body or {}, laden), status=403
    )
    assert page.heading == "You may not do this here"


# ---------------------------------------------------------------- controls
@pytest.mark.parametrize("name", ["dev", "ada", "cal", "xan"])
@named([row for row in FETCHED if row.reads == ANYBODY and "." not in row.route])
def test_a_page_offers_only_what_its_reader_may_do(laden: Laden, client: Client, row: Row, name: str) -> None:
    page = as_person(client, laden, name).get(laden.at(row.where))
    offers_only_what_is_allowed(page, laden, name)


def offers_only_what_is_allowed(page: Page, laden: Laden, name: str) -> None:
    """No form and no link of the page leads to a refusal."""
    if page.tree is None:
        return
    actor = laden.actor(name)
    for address, permission in (
        *((a, BY_ROUTE[r].needs) for a, r in routed(page.posts())),
        *((a, BY_ROUTE[r].reads) for a, r in routed(page.links())),
    ):
        assert permission == ANYBODY or actor.may(permission, laden.program_id), f"{name}: {address}"


def routed(addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Those that lie within a program, with their routes."""
    for address in sorted(set(addresses)):
        route = resolve(address.partition("?")[0]).route
        if route.startswith(WITHIN):
            yield address, route.removeprefix(WITHIN)
