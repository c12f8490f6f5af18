"""Lists of ten thousand rows: as many queries, and as much HTML, as lists of ten."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from plimsoll.kernel import clock
from plimsoll.loop.plan import services as plan
from plimsoll.loop.plan.models import Risk
from plimsoll.loop.prove.models import Evidence
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from tests import personas
from tests.lading import NOW, committed
from tests.pages import Page, Pages, words

pytestmark = pytest.mark.django_db
MANY = 10_000
MOST_QUERIES = 8
MOST_BYTES = 60_000


@dataclass(frozen=True, slots=True)
class Register:
    """A program with ten thousand risks and as many pieces of evidence."""

    crew: personas.Crew

    def at(self, path: str) -> str:
        return f"/{self.crew.program.slug}/{path}"


@pytest.fixture(scope="module")
def register(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Register]:
    with committed(django_db_blocker), clock.frozen_at(NOW):
        yield Register(crew=_filled())


def _filled() -> personas.Crew:
    crew = personas.board()
    tess, program_id = crew.actor("tess"), crew.program.pk
    systems = [
        scope.describe_system(
            actor=tess,
            program_id=program_id,
            name=f"System {n}",
            sentence="One of five",
            owner_id=crew.id("dev"),
        ).pk
        for n in range(5)
    ]
    owners = [crew.id(name) for name in ("tess", "dev", "eve", "cal")]
    for start in range(0, MANY, 5000):
        plan.raise_risks(
            actor=tess,
            program_id=program_id,
            risks=[
                plan.NewRisk(
                    title=f"Risk {n:05}: something that may well happen to the service in its second year",
                    system_id=systems[n % 5],
                    owner_id=owners[n % 4],
                    due_on=(NOW + timedelta(days=n % 400 - 30)).date(),
                )
                for n in range(start, start + 5000)
            ],
        )
    Risk.objects.update(
        probability_low=0.01,
        probability_best=0.05,
        probability_high=0.2,
        loss_low=Decimal(10_000),
        loss_high=Decimal(2_500_000),
        currency="EUR",
        estimated_by_id=owners[0],
        estimated_at=NOW,
    )
    Evidence.objects.bulk_create(_evidence(program_id, systems, owners), batch_size=1000)
    for name in ("Open ones", "Mine"):
        for page in ("risks", "evidence"):
            people.save_view(
                actor=tess, program_id=program_id, page=page, name=name, query="?sort=ref", shared=True
            )
    return crew


def _evidence(program_id: int, systems: list[int], owners: list[int]) -> Iterator[Evidence]:
    for n in range(1, MANY + 1):
        yield Evidence(
            program_id=program_id,
            system_id=systems[n % 5],
            number=n,
            check_id="model-file" if n % 3 else "fairness",
            check_version="1",
            outcome="pass" if n % 7 else "fail",
            answer="clean",
            subject_name=f"models/release-{n:05}/model.safetensors",
            subject_digest=f"{n:064x}",
            statement_digest=f"{n:064x}",
            envelope="{}",
            key_id="0" * 16,
            produced_at=NOW - timedelta(days=40 + n % 90),
            valid_until=NOW + timedelta(days=n % 120 - 30, seconds=1),
            received_at=NOW,
            submitted_by_id=owners[n % 4],
        )


@pytest.fixture
def pages(register: Register, client: Client) -> Pages:
    client.force_login(register.crew.users["tess"])
    return Pages(client)


def refs(page: Page) -> list[str]:
    return [row.get("id") for row in page.tree.iter("tr") if row.get("id")]


RISKS = (
    "",
    "?page=2",
    "?page=200",
    "?sort=title",
    "?sort=-title&page=100",
    "?sort=-owner",
    "?sort=due",
    "?sort=-loss",
    "?state=open",
    "?system=3",
    "?q=Risk 0999",
    "?q=nothing at all",
    "?group=system",
    "?group=owner&sort=-ref",
    "?state=open&system=2&q=second&sort=-due&group=state&page=3&show=catalog",
)
EVIDENCE = (
    "",
    "?page=2",
    "?page=200",
    "?sort=subject",
    "?sort=-until",
    "?sort=system&page=150",
    "?sort=-by&show=by",
    "?check=fairness",
    "?outcome=fail",
    "?validity=expired",
    "?validity=valid&page=50",
    "?q=release-099",
    "?q=nothing",
    "?group=check",
    "?system=2&check=model-file&outcome=pass&sort=made&group=system&show=digest",
)
VIEWS = [f"risks/{query}" for query in RISKS] + [f"evidence/{query}" for query in EVIDENCE]


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_costs_the_same_however_long_the_list(register: Register, pages: Pages, view: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = pages.client.get(register.at(view))
    assert answer.status_code == 200
    assert len(asked) <= MOST_QUERIES, "\n".join(query["sql"][:160] for query in asked)
    assert len(answer.content) < MOST_BYTES, len(answer.content)


@pytest.mark.parametrize("name", ["risks", "evidence"])
def test_the_first_page_holds_fifty_rows_and_says_of_how_many(
    register: Register, pages: Pages, name: str
) -> None:
    page = pages.get(register.at(f"{name}/"))
    assert len(refs(page)) == 50
    assert re.search(rf"1–50 of 10,000 {name}", page.main)


@pytest.mark.parametrize(("name", "sort"), [("risks", "ref"), ("risks", "-due"), ("evidence", "-made")])
def test_pages_follow_each_other_without_a_gap(
    register: Register, pages: Pages, name: str, sort: str
) -> None:
    first = pages.get(register.at(f"{name}/?sort={sort}"))
    following = next(a.get("href") for a in first.tree.iter("a") if a.get("rel") == "next")
    second = pages.get(register.at(f"{name}/{following}"))
    assert not set(refs(first)) & set(refs(second))
    back = next(a.get("href") for a in second.tree.iter("a") if a.get("rel") == "prev")
    assert refs(pages.get(register.at(f"{name}/{back}"))) == refs(first)


def test_filters_and_search_narrow_the_list(register: Register, pages: Pages) -> None:
    assert "1–50 of 2,000 risks" in pages.get(register.at("risks/?system=3")).main
    assert "1–10 of 10 risks" in pages.get(register.at("risks/?q=Risk 0999")).main
    assert "Nothing matches what you asked for." in pages.get(register.at("risks/?q=zeppelin")).main
    assert "of 1,428 evidence" in pages.get(register.at("evidence/?outcome=fail")).main


def test_groups_have_headings_that_are_not_repeated(register: Register, pages: Pages) -> None:
    page = pages.get(register.at("risks/?group=owner&page=50"))
    headings = [words(th) for th in page.tree.iter("th") if th.get("scope") == "rowgroup"]
    assert len(headings) == len(set(headings)) >= 1


@pytest.mark.parametrize(
    ("view", "count"), [("risks/?format=csv", MANY), ("evidence/?format=csv&outcome=fail&sort=subject", 1428)]
)
def test_the_whole_list_goes_out_as_csv(register: Register, pages: Pages, view: str, count: int) -> None:
    answer = pages.get(register.at(view))
    assert answer.response.streaming
    assert answer.response["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][0] == "Ref"
    assert len({row[0] for row in rows[1:]}) == len(rows) - 1 == count
    assert {len(row) for row in rows} == {len(rows[0])}
    shown = refs(pages.get(register.at(view.replace("format=csv", ""))))
    assert [row[0] for row in rows[1:51]] == shown


def test_htmx_gets_only_the_list(register: Register, pages: Pages) -> None:
    whole = pages.get(register.at("risks/?sort=-title"))
    part = pages.get(
        register.at("risks/?sort=-title"),
        queries=MOST_QUERIES,
        **{"HX-Request": "true", "HX-Target": "listing"},
    )
    assert part.text.lstrip().startswith('<div id="listing"')
    assert refs(part) == refs(whole)
    assert "HX-Request" in part.response["Vary"]
    assert "HX-Request" in whole.response["Vary"]


def test_the_way_into_one_of_many_is_short(register: Register, pages: Pages) -> None:
    pages.get(register.at("risks/RSK-9999/"), queries=17)
    pages.get(register.at("evidence/EVD-9999/"), queries=12)
    pages.get("/go?q=Risk", queries=12)
