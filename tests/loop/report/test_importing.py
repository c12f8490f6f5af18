"""The way of a framework through the pages: upload, dry run, confirmation, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from plimsoll.adapters.importers.documents import LIMIT
from plimsoll.kernel import clock
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.report.forms import LARGEST_TOGETHER
from plimsoll.loop.report.pages import importing
from plimsoll.loop.scope.models import FrameworkImport
from tests import shared
from tests.lading import NOW, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Page, Pages

pytestmark = pytest.mark.django_db
HOUSE = """id: house-rules
title: House rules
edition: "{edition}"
clauses:
- {{id: H, title: Before going live, kind: chapter}}
- {{id: H-1, title: "{title}", parent: H}}
- {{id: H-2, title: A paper log, parent: H}}
"""


def upload(name: str, content: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def house(edition: str = "1", title: str = "A named owner") -> SimpleUploadedFile:
    return upload("house.yaml", HOUSE.format(edition=edition, title=title))


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["cal"])
    return Pages(client)


def dry_run(laden: Laden, pages: Pages, *files: SimpleUploadedFile, status: int = 200, **given: str) -> Page:
    return pages.post(laden.at("catalog/import/"), {"sources": list(files), **given}, status=status)


def confirm(laden: Laden, pages: Pages, page: Page) -> Page:
    sealed = page.field("sealed").get("value")
    return pages.follow(laden.at("catalog/import/apply/"), {"sealed": sealed})


def nothing_is_left(before: int) -> None:
    assert not FrameworkImport.objects.exists()
    assert entry_count() == before


def test_a_house_standard_comes_in_after_a_dry_run(laden: Laden, pages: Pages) -> None:
    before = entry_count()
    page = dry_run(laden, pages, house())
    assert "knows no edition of it" in page.main
    assert page.facts()["Edition"] == "1"
    nothing_is_left(before)
    shown = confirm(laden, pages, page)
    assert "in force here" in shown.main
    assert "brought in by Cal Weiss" in shown.main
    assert (
        laden.at("catalog/clauses/house-rules@1:H-1/")
        in pages.get(laden.at("catalog/frameworks/house-rules/clauses/")).links()
    )
    clause = pages.get(laden.at("catalog/clauses/house-rules@1:H/"))
    assert "A named owner" in clause.main
    assert "As it was brought in from house.yaml" in clause.main


def test_a_newer_edition_shows_its_difference_to_the_one_in_force(laden: Laden, pages: Pages) -> None:
    confirm(laden, pages, dry_run(laden, pages, house()))
    page = dry_run(laden, pages, house("2", "Two named owners"))
    assert "Reworded" in page.main
    assert "was: A named owner" in page.main
    confirm(laden, pages, page)
    listed = pages.get(laden.at("catalog/frameworks/house-rules/")).main
    assert listed.index("brought in by Cal Weiss") < listed.rindex("brought in by Cal Weiss")


def test_what_is_in_force_already_is_not_offered_again(laden: Laden, pages: Pages) -> None:
    confirm(laden, pages, dry_run(laden, pages, house()))
    page = dry_run(laden, pages, house())
    assert "There is nothing to bring in" in page.main
    assert laden.at("catalog/import/apply/") not in page.posts()


def test_a_dry_run_names_the_requirements_of_the_program_that_it_touches(laden: Laden, pages: Pages) -> None:
    csf = upload("csf.csv", "id;title\nGV.PO-01;Policy\nNEW-1;New\n")
    page = dry_run(laden, pages, csf, id="nist-csf", edition="3.0", title="CSF")
    assert "ids and labels only" in page.main
    assert "Removed 105" in page.main
    assert "Controls and risks that it touches" in page.main
    assert laden.at("requirements/{threat-model}/") in page.links()


def test_a_renamed_id_is_shown_with_what_it_was(laden: Laden, pages: Pages) -> None:
    confirm(laden, pages, dry_run(laden, pages, house()))
    newer = HOUSE.format(edition="2", title="A named owner").replace("id: H-2,", "id: H-9, replaces: [H-2],")
    page = dry_run(laden, pages, upload("house.yaml", newer))
    assert "H-2 → H-9" in page.main


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("house.yaml", HOUSE.format(edition="1", title="x").replace("id: H-2", "id: H-1"), "line 7"),
        ("house.yaml", "id: house\nedition: 1\n  clauses: []\n", "line 3"),
        ("house.csv", "id,title\nA-1,Pumps\nA-1,Hatches\n", "line 3"),
        ("catalog.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><catalog>&b;</catalog>", "catalog.xml"),
        ("page.json", '{"weather": "fine"}', "is of no kind that is read"),
        ("house.yaml", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_malformed_file_changes_nothing_and_says_which_line_and_why(
    laden: Laden, pages: Pages, name: str, content: str | bytes, sentence: str
) -> None:
    before = entry_count()
    given = {"id": "house", "edition": "1"} if name.endswith("csv") else {}
    page = dry_run(laden, pages, upload(name, content), status=422, **given)
    assert sentence in page.main
    nothing_is_left(before)


def test_several_files_make_one_framework_and_no_file_makes_none(laden: Laden, pages: Pages) -> None:
    two = [house(), upload("other.yaml", HOUSE.format(edition="1", title="x"))]
    assert "is one file; 2 were given" in dry_run(laden, pages, *two, status=422).main
    assert "No file was chosen" in dry_run(laden, pages, status=422).main


def test_files_that_are_too_large_or_too_many_are_refused_before_they_are_read(
    laden: Laden, pages: Pages
) -> None:
    large = upload("a.json", b" " * (LIMIT + 1))
    assert "At most 16,777,216" in dry_run(laden, pages, large, status=422).main
    third = LARGEST_TOGETHER // 3 + 1
    heavy = [upload(f"{n}.json", b" " * third) for n in range(3)]
    assert "bytes together" in dry_run(laden, pages, *heavy, status=422).main
    many = [upload(f"{n}.json", b"{}") for n in range(65)]
    assert "At most 64" in dry_run(laden, pages, *many, status=422).main


def test_a_dry_run_is_confirmed_by_who_saw_it_within_the_hour(laden: Laden, pages: Pages) -> None:
    before = entry_count()
    sealed = dry_run(laden, pages, house()).field("sealed").get("value")
    path = laden.at("catalog/import/apply/")
    assert "no dry run of this server" in pages.post(path, {"sealed": f"{sealed}x"}, 422).main
    pages.client.force_login(laden.crew.users["tess"])
    assert "shown to somebody else" in pages.post(path, {"sealed": sealed}, 422).main
    pages.client.force_login(laden.crew.users["cal"])
    nothing_is_left(before)
    pages.post(path, {"sealed": sealed})
    assert FrameworkImport.objects.count() == 1


def test_a_dry_run_ends_after_an_hour(laden: Laden, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = dry_run(laden, pages, house()).field("sealed").get("value")
    monkeypatch.setattr(importing, "HOLDS", -1)
    page = pages.post(laden.at("catalog/import/apply/"), {"sealed": sealed}, 409)
    assert "older than an hour" in page.main
    assert not FrameworkImport.objects.exists()


def test_what_does_not_fit_into_a_page_is_left_to_the_command(
    laden: Laden, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LARGEST_SEAL", 100)
    assert "plimsoll framework import" in dry_run(laden, pages, house(), status=413).main


def test_an_import_is_listed_as_stale_after_its_term(laden: Laden, pages: Pages) -> None:
    confirm(laden, pages, dry_run(laden, pages, house()))
    path = laden.at("catalog/stale/?state=stale&kind=import&format=csv")
    assert "house-rules" not in pages.get(path).text
    with clock.frozen_at(NOW + timedelta(days=90)):
        assert "house-rules" in pages.get(path).text


@pytest.mark.parametrize(
    ("relative", "clauses"),
    [
        ("data/atlas/ATLAS.yaml", 278),
        ("data/oscal/NIST_CSF_v2.0_catalog.xml", 225),
        ("data/oscal/NIST_SP-800-53_rev5_HIGH-baseline-resolved-profile_catalog-min.json", 388),
    ],
)
def test_the_files_of_others_come_in_through_the_page(
    laden: Laden, pages: Pages, relative: str, clauses: int
) -> None:
    path = shared.path(relative)
    page = dry_run(laden, pages, upload(path.name, path.read_bytes()))
    assert len(page.text) < 400_000
    shown = confirm(laden, pages, page)
    assert f"{clauses} clauses" in shown.main
