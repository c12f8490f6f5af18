"""What law asks: answers are people's words about facts, classes and duties are computed from them."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from plimsoll.adapters.law import load_act_rules
from plimsoll.engines.law.obligations import Standing
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import LawAnswer
from plimsoll.loop.scope.pages.law import TIERS
from plimsoll.people.actors import Actor
from tests.pages import Pages, words
from tests.voyages import DAY, Voyage, kinds_since

TODAY = DAY.date()
OURS = {"Q01": "yes", "Q02": "no", "Q03": ["provider"]}


def answer(voyage: Voyage, who: str = "tess", **answers: object) -> None:
    services.answer_law(actor=voyage.crew.actor(who), system_id=voyage.system.pk, answers=answers)


def row(voyage: Voyage) -> selectors.SystemRow:
    return selectors.system_by_id(voyage.crew.actor("tess"), voyage.system.pk)


def sheet(voyage: Voyage, *, on: date = TODAY) -> selectors.LawSheet:
    return selectors.law_sheet(voyage.crew.actor("tess"), row(voyage), as_of=on)


def test_with_nothing_answered_every_class_is_possible_and_no_duty_applies(sloop: Voyage) -> None:
    found = sheet(sloop)
    assert found.classification.tiers == ()
    assert len(found.classification.open) >= 6
    assert not found.duties.standing(Standing.APPLIES)
    assert found.duties.standing(Standing.OPEN)


def test_an_answer_is_kept_with_person_time_and_law_version(sloop: Voyage) -> None:
    before = entry_count()
    answer(sloop, "cal", **OURS, Q40="yes")
    kept = sheet(sloop).answered["Q40"]
    assert (kept.value, kept.answered_by, kept.answered_at) == ("yes", "Cal Weiss", DAY)
    assert kept.law_version.startswith("Reg. (EU) 2024/1689")
    assert kinds_since(before) == ["scope:law:answered"]


def test_what_is_asked_directly_of_people_owes_a_notice_by_article_50(sloop: Voyage) -> None:
    answer(sloop, **OURS, Q40="yes")
    found = sheet(sloop).classification
    assert "transparency_art_50" in found.tiers
    assert "Art. 50(1)" in {reason.article for reason in found.reasons}


def test_the_class_is_asked_for_a_day_and_tells_what_does_not_apply_yet(sloop: Voyage) -> None:
    answer(sloop, **OURS, Q10="yes")
    early = {item.tier: item.applies for item in sheet(sloop, on=date(2024, 12, 1)).classification.found}
    today = {item.tier: item.applies for item in sheet(sloop).classification.found}
    assert (early["prohibited"], today["prohibited"]) == (False, True)


def test_an_answer_taken_back_is_unknown_again(sloop: Voyage) -> None:
    answer(sloop, **OURS, Q40="yes")
    answer(sloop, Q40="unknown")
    assert "Q40" not in sheet(sloop).answered
    assert "transparency_art_50" not in sheet(sloop).classification.tiers
    assert LawAnswer.objects.count() == 3


def test_none_of_the_members_is_an_answer(sloop: Voyage) -> None:
    answer(sloop, sectors="none")
    assert sheet(sloop).answered["sectors"].value == ["none"]
    answer(sloop, sectors=["banking", "health"])
    assert sheet(sloop).answered["sectors"].value == ["banking", "health"]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"Q99": "yes"}, "There is no question Q99"),
        ({"Q40": "perhaps"}, "cannot be “perhaps”"),
        ({"Q40": ["yes", "no"]}, "Q40"),
        ({"placed_on_market": "soon"}, "which is no date"),
        ({"sectors": "piracy"}, "cannot be “piracy”"),
    ],
)
def test_one_wrong_answer_among_good_ones_writes_nothing(
    sloop: Voyage, answers: dict[str, object], sentence: str
) -> None:
    before = entry_count()
    with pytest.raises(BadInput, match=sentence):
        answer(sloop, **OURS, **answers)
    assert LawAnswer.objects.count() == 0
    assert entry_count() == before


def test_an_answer_that_the_sheet_no_longer_takes_counts_as_unknown(sloop: Voyage) -> None:
    answer(sloop, **OURS, Q40="yes")
    LawAnswer.objects.filter(fact="Q40").update(value="sometimes")
    LawAnswer.objects.filter(fact="Q01").update(fact="Q00")
    found = sheet(sloop)
    assert set(found.outdated) == {"Q40", "Q00"}
    assert "transparency_art_50" not in found.classification.tiers


@pytest.mark.parametrize("name", ["dev", "ada", "xan", "odile", "eve"])
def test_only_tpm_and_compliance_answer_for_law(sloop: Voyage, name: str) -> None:
    with pytest.raises(NotAllowed):
        answer(sloop, name, Q40="yes")


def test_strangers_see_nothing_and_rules_answer_nothing(sloop: Voyage) -> None:
    with pytest.raises(NotFound):
        answer(sloop, "mallory", Q40="yes")
    with pytest.raises(NotFound):
        selectors.law_sheet(sloop.crew.actor("mallory"), row(sloop), as_of=TODAY)
    with pytest.raises(NotAllowed, match="answered by a person"):
        services.answer_law(actor=Actor.of_rule("time"), system_id=sloop.system.pk, answers={"Q40": "yes"})


@pytest.mark.parametrize("source", ["x" * 121, "a\x00b"])
def test_a_source_that_cannot_be_kept_is_refused(sloop: Voyage, source: str) -> None:
    with pytest.raises(BadInput, match="source of the answer"):
        services.answer_law(
            actor=sloop.crew.actor("tess"), system_id=sloop.system.pk, answers={"Q40": "yes"}, source=source
        )


# ------------------------------------------------------------ the room


@pytest.fixture
def pages(sloop: Voyage, client: Client) -> Pages:
    client.force_login(sloop.crew.users["tess"])
    return Pages(client)


def room(voyage: Voyage) -> str:
    return f"/{voyage.crew.program.slug}/law/SYS-1/"


def test_every_class_has_a_word() -> None:
    assert set(load_act_rules().tiers) == set(TIERS)


def test_an_answer_in_the_room_says_what_it_moved(sloop: Voyage, pages: Pages) -> None:
    answer(sloop, **OURS)
    page = pages.follow(f"{room(sloop)}answer/", {"question": "Q40", "answer": "yes"})
    assert "Q40 is recorded. 2 classes moved." in words(page.tree)
    assert "Art. 50(1)" in page.main


def test_several_members_a_date_and_none_are_answered_by_forms(sloop: Voyage, pages: Pages) -> None:
    path = f"{room(sloop)}answer/"
    pages.follow(path, {"question": "sectors", "answer": ["banking", "health"]})
    pages.follow(path, {"question": "placed_on_market", "answer": "2026-01-05"})
    pages.follow(path, {"question": "Q03", "answer": "none"})
    assert {f: r.value for f, r in sheet(sloop).answered.items()} == {
        "Q03": ["none"],
        "placed_on_market": "2026-01-05",
        "sectors": ["banking", "health"],
    }
    pages.follow(path, {"question": "sectors"})
    assert "sectors" not in sheet(sloop).answered


def test_the_room_answers_for_another_day_and_refuses_what_is_none(sloop: Voyage, pages: Pages) -> None:
    answer(sloop, **OURS, Q10="yes")
    assert "not yet applicable" in pages.get(f"{room(sloop)}?at=2024-12-01").main
    assert "not yet applicable" not in pages.get(room(sloop)).main
    assert pages.get(f"{room(sloop)}?at=yesterday", status=422)


@pytest.mark.parametrize(
    "body", [{}, {"question": "Q99", "answer": "yes"}, {"question": "Q40", "answer": "x"}]
)
def test_what_cannot_be_recorded_is_said(sloop: Voyage, pages: Pages, body: dict[str, str]) -> None:
    pages.post(f"{room(sloop)}answer/", body, status=422)
    assert LawAnswer.objects.count() == 0


def test_who_may_not_answer_reads_the_answers(sloop: Voyage, client: Client) -> None:
    answer(sloop, **OURS)
    client.force_login(sloop.crew.users["odile"])
    page = Pages(client).get(room(sloop))
    assert "provider" in page.main
    assert f"{room(sloop)}answer/" not in page.posts()


def test_the_list_of_systems_tells_classes_and_duties(sloop: Voyage, pages: Pages) -> None:
    answer(sloop, **OURS, Q40="yes")
    page = pages.get(f"/{sloop.crew.program.slug}/law/")
    assert "transparency, Art. 50" in page.main
    assert "still possible" in page.main
