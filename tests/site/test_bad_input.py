"""Whatever is sent to a page gets the right status and one clear sentence, and nothing is half written."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from plimsoll.ledger.models import Entry
from plimsoll.loop.scope.models import Asset
from tests.lading import Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Page, Pages

pytestmark = pytest.mark.django_db
LISTS = ("scope", "assumptions", "requirements", "evidence", "risks", "gates", "decisions", "waivers", "log")


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["tess"])
    return Pages(client)


def sentence(page: Page) -> str:
    """What the error page says happened."""
    paragraphs = [" ".join(p.itertext()) for p in next(page.tree.iter("main")).iter("p")]
    assert paragraphs
    assert paragraphs[0].rstrip().endswith((".", "?")), paragraphs
    return paragraphs[0]


# ---------------------------------------------------------------- addresses
@pytest.mark.parametrize("name", ["risks", "gates"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("page=-1", "“-1” is not a page number."),
        ("page=0", "“0” is not a page number."),
        ("page=x", "“x” is not a page number."),
        ("page=٣", "“٣” is not a page number."),
        ("page=100001", "“100001” is not a page number."),
        ("page=" + "9" * 5000, "is not a page number."),
        ("sort=evil", "The list cannot be sorted by “evil”."),
        ("sort=--ref", "cannot be sorted by “--ref”"),
        ("group=evil", "The list cannot be grouped by “evil”."),
        ("format=xml", "The list cannot be had as “xml”."),
        ("q=a%00b", "The search contains control characters."),
        ("q=%1b[31m", "The search contains control characters."),
    ],
)
def test_a_list_asked_for_what_it_does_not_know_says_so(
    laden: Laden, pages: Pages, name: str, query: str, said: str
) -> None:
    assert said in sentence(pages.get(laden.at(f"{name}/?{query}"), 422))


@pytest.mark.parametrize("name", LISTS)
def test_every_list_reads_its_address_strictly(laden: Laden, pages: Pages, name: str) -> None:
    assert "cannot be sorted by “evil”" in sentence(pages.get(laden.at(f"{name}/?sort=evil"), 422))


@pytest.mark.parametrize(
    "query",
    [
        "requirements/?system=999",
        "requirements/?place=moon",
        "evidence/?check=poetry",
        "evidence/?validity=maybe",
        "risks/?state=evil",
        "risks/?owner=0",
        "gates/?verdict=perhaps",
        "decisions/?outcome=x",
        "waivers/?state=gone",
        "assumptions/?state=x",
        "log/?kind=x:y:z",
    ],
)
def test_a_filter_with_a_value_that_no_row_can_have_is_refused(
    laden: Laden, pages: Pages, query: str
) -> None:
    page = pages.get(laden.at(query), 422)
    assert sentence(page).startswith("There is no ")
    assert "Choose from " in page.main


@pytest.mark.parametrize("name", LISTS)
def test_a_page_beyond_the_last_is_no_empty_list(laden: Laden, pages: Pages, name: str) -> None:
    assert sentence(pages.get(laden.at(f"{name}/?page=999"), 404)) == "The list has no page 999."


@pytest.mark.parametrize("name", ["risks", "gates", "log"])
@pytest.mark.parametrize(
    "query", ["show=evil", "nonsense=1", "q=" + "x" * 3000, "q=%25_%27%22", "page=99&page=1"]
)
def test_what_does_no_harm_in_an_address_is_let_be(laden: Laden, pages: Pages, name: str, query: str) -> None:
    pages.get(laden.at(f"{name}/?{query}"))


FOLDERS = {
    "systems/{}/": "SYS",
    "scope/{}/": "SYS",
    "scope/{}/versions/": "SYS",
    "assets/{}/": "AST",
    "assets/{}/replace/": "AST",
    "assumptions/{}/": "ASM",
    "requirements/{}/": "REQ",
    "requirements/{}/attest/": "REQ",
    "requirements/{}/waive/": "REQ",
    "risks/{}/": "RSK",
    "risks/{}/estimate/": "RSK",
    "evidence/{}/": "EVD",
    "evidence/{}/statement/": "EVD",
    "evidence/{}/review/": "EVD",
    "gates/{}/": "GTE",
    "gates/{}/options/": "GTE",
    "decisions/{}/": "DEC",
    "waivers/{}/": "WVR",
    "systems/{}/change/": "SYS",
    "systems/{}/update/": "SYS",
}
WRONG = (
    "{}-99999999999",
    "{}-٣",
    "{}-0",
    "{}-404",
    "{}-",
    "{}",
    "1",
    "ZZZ-1",
    "{}-1.0",
    "{}-1%00",
    "{}-1%0A",
    "-{}-1",
    "{}-1 or 1=1",
    "%2e%2e",
    "{}-" + "9" * 4000,
)


@pytest.mark.parametrize("path", FOLDERS)
def test_a_wrong_ref_is_not_found(laden: Laden, pages: Pages, path: str) -> None:
    for wrong in WRONG:
        ref = wrong.replace("{}", FOLDERS[path])
        assert pages.client.get(laden.at("") + path.replace("{}", ref)).status_code == 404, ref
    page = pages.get(laden.at("") + path.replace("{}", f"{FOLDERS[path]}-99999999999"), 404)
    assert sentence(page).startswith("There is no ")


@pytest.mark.parametrize("path", FOLDERS)
def test_a_ref_is_read_in_any_case(laden: Laden, pages: Pages, path: str) -> None:
    ref = f"{FOLDERS[path].lower()}-1"
    assert pages.client.get(laden.at("") + path.replace("{}", ref)).status_code == 200


@pytest.mark.parametrize("index", ["0", "99999", "9" * 18, "9" * 30, "9" * 5000, "x", "-1", "٣"])
def test_an_entry_that_the_program_does_not_have_is_not_found(laden: Laden, pages: Pages, index: str) -> None:
    pages.get(laden.at(f"log/{index}/"), 404)


@pytest.mark.parametrize("query", ["to=x", "to=-1", "from=٣", "to=" + "9" * 5000, "from=1.5"])
def test_a_version_that_is_no_number_is_refused(laden: Laden, pages: Pages, query: str) -> None:
    assert "is not a version number." in sentence(
        pages.get(laden.at(f"scope/{{system}}/versions/?{query}"), 422)
    )


@pytest.mark.parametrize("query", ["to=99999999", "from=99999999&to=1"])
def test_a_version_that_does_not_exist_is_not_found(laden: Laden, pages: Pages, query: str) -> None:
    page = pages.get(laden.at(f"scope/{{system}}/versions/?{query}"), 404)
    assert sentence(page).startswith("Bosun has no scope version 9999999")


@pytest.mark.parametrize(
    "q", ["", " ", "\x00", "x" * 5000, "RSK-1", "RSK-٣", "RSK-1 owner", "RSK-1 owner eve", "<b>", "%"]
)
def test_the_palette_reads_anything(laden: Laden, pages: Pages, q: str) -> None:
    answer = pages.client.get("/go", {"q": q})
    assert answer.status_code in (200, 302, 422)


# ---------------------------------------------------------------- forms
def posted(pages: Pages, laden: Laden, path: str, body: dict[str, Any], status: int) -> str:
    """The refusal of a POST that writes nothing."""
    before = Entry.objects.count()
    filled = {
        key: value.format(**laden.refs) if isinstance(value, str) else value for key, value in body.items()
    }
    page = pages.post(laden.at(path), filled, status=status)
    assert Entry.objects.count() == before
    return page.main if status == 422 and page.heading not in ("This does not fit",) else sentence(page)


HUGE = "9" * 30


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("risks/change/", {}, 422, "No risk was selected."),
        ("risks/change/", {"ref": "RSK-1"}, 422, "Nothing was given to change."),
        ("risks/change/", {"ref": "RSK-1", "action": "state", "state": "accepted"}, 422, "cannot be set to"),
        ("risks/change/", {"ref": "RSK-1", "action": "state", "state": "x\x00"}, 422, "control characters"),
        ("risks/change/", {"ref": "RSK-1", "action": "owner", "owner": HUGE}, 422, "No owner was chosen."),
        (
            "risks/change/",
            {"ref": "RSK-1", "action": "owner", "owner": "{mallory_id}"},
            422,
            "must be a member",
        ),
        ("risks/change/", {"ref": "RSK-1", "action": "owner", "owner": "9" * 5000}, 422, ""),
        ("risks/change/", {"ref": "RSK-1", "action": "due", "due_on": "soon"}, 422, "“soon” is not a day."),
        (
            "risks/change/",
            {"ref": ["RSK-1", "RSK-404"], "action": "state", "state": "closed"},
            404,
            "do not exist",
        ),
        (
            "risks/change/",
            {"ref": ["RSK-1", "x"], "action": "state", "state": "closed"},
            404,
            "There is no x",
        ),
        ("requirements/change/", {}, 422, "No requirement was selected."),
        (
            "requirements/change/",
            {"ref": "REQ-1", "action": "owner", "owner": HUGE},
            422,
            "No owner was chosen.",
        ),
        (
            "requirements/change/",
            {"ref": "REQ-1", "action": "owner", "owner": "{mallory_id}"},
            422,
            "must be a member",
        ),
        ("requirements/change/", {"ref": "REQ-1", "action": "owner", "owner": "9" * 5000}, 422, ""),
        (
            "requirements/change/",
            {"ref": "REQ-1", "action": "owner", "owner": "x"},
            422,
            "No owner was chosen.",
        ),
        ("requirements/change/", {"ref": "REQ-404", "action": "due", "due_on": "2027-03-01"}, 404, "REQ-404"),
        ("do/", {}, 422, "is not a ref."),
        ("do/", {"ref": "RSK-1", "verb": "eat", "value": "x"}, 422, "There is no command “eat”."),
        ("do/", {"ref": "RSK-1", "verb": "owner", "value": "nobody"}, 422, "There is no member “nobody”"),
        ("do/", {"ref": "RSK-1", "verb": "due", "value": "x\x00"}, 422, "control characters"),
        ("do/", {"ref": "GTE-1", "verb": "state", "value": "open"}, 422, "cannot be done to GTE-1"),
        ("do/", {"ref": "RSK-404", "verb": "state", "value": "open"}, 404, "do not exist"),
        ("comments/{gate}/", {}, 422, "The comment is empty."),
        ("comments/{gate}/", {"text": "x" * 4001}, 422, "The comment has 4001 characters."),
        ("comments/{gate}/", {"text": "a\x00b"}, 422, "control characters"),
        ("comments/RSK-404/", {"text": "Looked at."}, 404, "There is no risk RSK-404"),
        ("comments/EVD-404/", {"text": "Looked at."}, 404, "There is no evidence EVD-404"),
        ("comments/nothing/", {"text": "Looked at."}, 422, "is not a ref."),
        ("views/", {"page": "risks"}, 422, "The name of the view is empty."),
        ("views/", {"page": "risks", "name": "x" * 61}, 422, "has 61 characters"),
        ("views/", {"page": "risks", "name": "x", "query": "?q=\x00"}, 422, "control characters"),
        ("scope/{system}/answer/", {}, 422, "No question was named."),
        ("scope/{system}/answer/", {"question": "Z9", "answer": "yes"}, 404, "There is no question Z9."),
        ("scope/{system}/answer/", {"question": "A1", "answer": ""}, 422, "No answer to A1 was chosen."),
        ("scope/{system}/answer/", {"question": "A1", "answer": "perhaps"}, 422, "cannot be “perhaps”"),
        ("scope/{system}/answer/", {"question": "A1", "answer": "not_applicable"}, 422, ""),
        ("scope/{system}/answer/", {"question": "A1", "answer": "\x00"}, 422, "control characters"),
        ("waivers/{recommended}/decide/", {"decision": "accept"}, 403, "do not let you decide"),
        ("waivers/{asked}/recommend/", {"recommendation": "fix"}, 403, "do not let you recommend"),
        (
            "settings/remove/",
            {"name": "Another"},
            422,
            "The name that was written is not that of the program",
        ),
        ("settings/tokens/99999/revoke/", {}, 404, "There is no such token."),
        ("settings/tokens/" + HUGE + "/revoke/", {}, 404, ""),
        ("settings/keys/99999/revoke/", {}, 404, ""),
        ("settings/keys/" + HUGE + "/revoke/", {}, 404, ""),
        ("gates/{gate}/freeze/", {}, 409, "Nothing has changed since snapshot 1"),
        ("conditions/CND-404/close/", {}, 404, "CND-404"),
    ],
)
def test_a_press_of_a_button_that_cannot_be_gets_a_sentence(
    laden: Laden, pages: Pages, path: str, body: dict[str, Any], status: int, said: str
) -> None:
    assert said in posted(pages, laden, path, body, status)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("systems/new/", {}, "Fill this in."),
        (
            "systems/new/",
            {"name": "x" * 81, "sentence": "s", "owner": "{dev_id}", "stage": "ga"},
            "at most 80",
        ),
        ("systems/new/", {"name": "Bosun", "sentence": "again", "owner": "{dev_id}", "stage": "ga"}, "Bosun"),
        (
            "systems/new/",
            {"name": "Keel", "sentence": "s", "owner": "{mallory_id}", "stage": "ga"},
            "valid choice",
        ),
        (
            "systems/new/",
            {"name": "Keel", "sentence": "s", "owner": "{dev_id}", "stage": "sunk"},
            "valid choice",
        ),
        (
            "systems/new/",
            {"name": "Keel", "sentence": "s", "owner": "{dev_id}", "stage": "ga", "next_stage": "pilot"},
            "A promise has a stage and a day.",
        ),
        (
            "systems/{system}/promise/",
            {"stage": "limited", "committed_on": "0001-01-01"},
            "more than ten years away",
        ),
        (
            "systems/{system}/promise/",
            {"stage": "limited", "committed_on": "9999-12-31"},
            "more than ten years away",
        ),
        ("systems/{system}/promise/", {"stage": "limited", "committed_on": "2027-02-30"}, "valid date"),
        ("systems/{system}/assets/new/", {"kind": "model", "name": "M", "sha256": "A" * 64}, "not a SHA-256"),
        (
            "systems/{system}/assets/new/",
            {"kind": "model", "name": "Router", "sha256": "a" * 64},
            "already has",
        ),
        ("assets/{asset}/replace/", {}, "Choose the file, or give its digest."),
        (
            "assumptions/{assumption}/",
            {"policy": "x", "owner": "{dev_id}", "due_on": "2027-02-01"},
            "valid choice",
        ),
        (
            "assumptions/{assumption}/",
            {"policy": "worst_case", "owner": "{dev_id}", "due_on": "2020-01-01"},
            "The due date is 2020-01-01.",
        ),
        (
            "requirements/{requirement}/",
            {"owner": "{dev_id}", "due_on": "2027-02-01", "ticket_url": "javascript:alert(1)"},
            "is not a web address",
        ),
        ("requirements/{requirement}/attest/", {"sentence": "It is all there, see"}, "Fill this in."),
        ("requirements/{requirement}/waive/", {"reason": "x"}, "Fill this in."),
        ("evidence/{measured}/review/", {"meets_intent": "no"}, "Say what is missing."),
        (
            "evidence/{measured}/review/",
            {"meets_intent": "yes", "period_from": "2027-01-02", "period_to": "2027-01-01"},
            "The period ends before it begins.",
        ),
        ("risks/new/", {"title": " ", "owner": "{dev_id}"}, "Fill this in."),
        ("risks/{risk}/", {"title": "x" * 161}, "at most 160"),
        (
            "risks/{risk}/estimate/",
            {
                "probability_low": "0.5",
                "probability_best": "0.2",
                "probability_high": "0.3",
                "loss_low": "1",
                "loss_high": "2",
                "currency": "EUR",
            },
            "are not in order",
        ),
        (
            "risks/{risk}/estimate/",
            {
                "probability_low": "nan",
                "probability_best": "inf",
                "probability_high": "2",
                "loss_low": "x",
                "loss_high": "1e999",
                "currency": "EUR",
            },
            "",
        ),
        (
            "risks/{risk}/estimate/",
            {
                "probability_low": "0",
                "probability_best": "0",
                "probability_high": "0",
                "loss_low": "x",
                "loss_high": "2",
                "currency": "EUR",
            },
            "The low end",
        ),
        ("gates/{gate}/options/", {"options": "A"}, "Line 1 has 1 parts."),
        ("gates/{gate}/options/", {"options": "A | b | -1"}, "is not a number of days"),
        ("gates/{gate}/options/", {"options": "A | all of it | " + "9" * 5000}, "Line 1"),
        ("gates/{gate}/options/", {"options": "A | all of it | 1 | lots | EUR | x"}, "Line 1: the cost"),
        ("people/new/", {"email": "x", "roles": ["engineer"]}, "valid email"),
        ("people/new/", {"email": "x@y.example", "roles": ["captain"]}, "valid choice"),
        ("people/tess/", {}, "left without a TPM or admin"),
        ("settings/tokens/", {"name": "CI", "scopes": ["prove"], "days": "0"}, "greater than or equal to 1"),
        ("settings/tokens/", {"name": "CI", "scopes": ["prove"], "days": HUGE}, "less than or equal to 366"),
        ("settings/keys/", {"name": "CI", "public_key": "no key"}, "key"),
        ("systems/{system}/update/", {"sentence": "It is fine.", "worse": "green"}, "valid choice"),
    ],
)
def test_a_form_that_does_not_fit_comes_back_with_what_was_typed(
    laden: Laden, pages: Pages, path: str, body: dict[str, Any], said: str
) -> None:
    filled = {
        k: [v.format(**laden.refs) for v in vs] if isinstance(vs, list) else vs.format(**laden.refs)
        for k, vs in body.items()
    }
    if path == "people/tess/":
        omni = {"email": "omni@halyard.example", "roles": ["engineer"]}
        pages.post(laden.at("people/new/"), omni)
    text = posted(pages, laden, path, {"sent": "1", **filled}, 422)
    assert said in text, text
    assert "Nothing was saved yet. What you typed is still here." in text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("systems/new/", {"name": "a\x00", "sentence": "s", "owner": "{dev_id}", "stage": "ga"}),
        ("gates/{gate}/options/", {"options": "A | a\x00 sentence | 1"}),
        ("risks/{risk}/", {"title": "a\x1bb"}),
        ("systems/{system}/update/", {"sentence": "It is\x07 fine."}),
        (
            "requirements/{requirement}/waive/",
            {
                "reason": "a\x00 reason",
                "compensating": "samples",
                "exit_plan": "later",
                "at_expiry": "counts again",
                "expires_on": "2027-03-01",
            },
        ),
    ],
)
def test_control_characters_are_written_by_no_form(
    laden: Laden, pages: Pages, path: str, body: dict[str, str]
) -> None:
    before = Entry.objects.count()
    filled = {key: value.format(**laden.refs) for key, value in body.items()}
    assert "contains control characters." in sentence(pages.post(laden.at(path), filled, status=422))
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ("x", "Line 1 has 1 parts."),
        ("a|b|nobody|2027-03-01|c", "Line 1: there is no member “nobody”."),
        ("a|b|dev|soon|c", "Line 1: “soon” is not a day."),
        ("a|b|dev|2027-03-01|c\n\na|b|dev|2027-13-01|c", "Line 3: “2027-13-01” is not a day."),
        ("", "is not open"),
    ],
)
def test_conditions_that_cannot_be_read_are_named_by_line(
    laden: Laden, client: Client, conditions: str, said: str
) -> None:
    client.force_login(laden.crew.users["ada"])
    body = {"outcome": "go_with_conditions", "reason": "It may go with these.", "conditions": conditions}
    text = posted(Pages(client), laden, "gates/{gate}/decide/", body, 422)
    assert said in text


# ---------------------------------------------------------------- uploads
def stored() -> int:
    return sum(path.is_file() for path in Path(configured.MEDIA_ROOT).rglob("*"))


def test_an_uploaded_asset_is_hashed_and_not_kept(laden: Laden, pages: Pages) -> None:
    content, before = b"w" * (3 * 2**20), stored()
    pages.post(
        laden.at("systems/{system}/assets/new/"),
        {"kind": "model", "name": "Large", "file": SimpleUploadedFile("../large.bin", content)},
    )
    assert Asset.objects.get(name="Large").digest == sha256(content).hexdigest()
    assert stored() == before


def test_a_file_wins_over_a_digest_that_was_typed(laden: Laden, pages: Pages) -> None:
    pages.post(
        laden.at("assets/{asset}/replace/"),
        {"file": SimpleUploadedFile("m.bin", b"weights"), "sha256": "f" * 64},
    )
    assert Asset.objects.get(pk=laden.refs["asset_id"]).digest == sha256(b"weights").hexdigest()


def test_an_empty_file_is_refused(laden: Laden, pages: Pages) -> None:
    body = {"kind": "model", "name": "Empty", "file": SimpleUploadedFile("m.bin", b"")}
    assert "The submitted file is empty." in posted(pages, laden, "systems/{system}/assets/new/", body, 422)


def test_a_document_that_is_too_large_is_refused_by_its_size(laden: Laden, pages: Pages) -> None:
    before = stored()
    body = {
        "document": SimpleUploadedFile("all.pdf", b"x" * (20 * 2**20 + 1)),
        "sentence": "All of it is here.",
    }
    text = posted(pages, laden, "requirements/{requirement}/attest/", body, 422)
    assert "The document has 20,971,521 bytes. At most 20,971,520." in text
    assert stored() == before


@pytest.mark.parametrize("enforced", [False, True])
def test_a_form_that_is_too_large_is_refused(laden: Laden, enforced: bool) -> None:
    client = Client(enforce_csrf_checks=enforced)
    client.force_login(laden.crew.users["tess"])
    token = Pages(client).get(laden.at("systems/new/")).field("csrfmiddlewaretoken").get("value")
    body = {"csrfmiddlewaretoken": token, "name": "x" * (8 * 2**20 + 1)}
    page = Pages(client).post(laden.at("systems/new/"), body, status=413)
    assert page.heading == "This is too large"
    assert sentence(page) == "The request is larger than 8 MiB."


def test_a_form_with_too_many_fields_is_refused(laden: Laden, pages: Pages) -> None:
    page = pages.post(laden.at("risks/change/"), {"ref": [f"RSK-{n}" for n in range(2001)]}, status=400)
    assert page.heading == "This could not be read"


# ---------------------------------------------------------------- forgery
def test_a_form_from_another_site_is_refused(laden: Laden) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(laden.crew.users["tess"])
    before = Entry.objects.count()
    page = Pages(client).post(laden.at("risks/change/"), {"ref": "RSK-1"}, status=403)
    assert sentence(page) == "The form had expired or came from another site."
    assert Entry.objects.count() == before


def test_a_form_of_ours_is_accepted_once_its_token_is_sent(laden: Laden) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(laden.crew.users["tess"])
    page = Pages(client).get(laden.at("risks/{risk}/"))
    token = page.field("csrfmiddlewaretoken").get("value")
    body = {"csrfmiddlewaretoken": token, "title": "Anybody's document", "cause": "", "event": ""}
    Pages(client).post(laden.at("risks/{risk}/"), body)
    foreign = client.post(laden.at("risks/{risk}/"), body, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
