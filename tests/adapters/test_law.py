"""The shipped law files: joined with the catalog, and refused in one sentence where they are broken."""

from __future__ import annotations

from importlib import resources

import pytest

from plimsoll.adapters.duties import load_duty_rules, read_duty_rules
from plimsoll.adapters.law import load_act_rules, read_act_rules
from plimsoll.engines.catalog.read import read_yaml
from plimsoll.kernel.errors import BadInput

LAW = resources.files("plimsoll.engines.law") / "facts"
ACT = (LAW / "ai_act_rules.yaml").read_text(encoding="utf-8")
DUTIES = (LAW / "obligation_rules.yaml").read_text(encoding="utf-8")
CATALOG = read_yaml(
    (resources.files("plimsoll.engines.catalog") / "facts" / "ai_act_classification.yaml").read_bytes(),
    what="ai_act_classification.yaml",
)


def test_they_are_read_once_per_process() -> None:
    assert load_act_rules() is load_act_rules()
    assert load_duty_rules() is load_duty_rules()


def test_the_law_has_the_version_of_the_framework_list() -> None:
    frameworks = read_yaml(
        (resources.files("plimsoll.engines.catalog") / "facts" / "frameworks.yaml").read_bytes(), what="f"
    )["frameworks"]
    act = next(entry for entry in frameworks if entry["id"] == "eu-ai-act")
    assert load_act_rules().law.version == act["version"]
    assert load_act_rules().law.in_force_since.isoformat() == act["date"]


def test_questions_keep_the_words_and_articles_of_the_catalog() -> None:
    sheet = load_act_rules().sheet
    for question in CATALOG["questions"]:
        assert sheet[question["id"]].ask == question["ask"]
        assert sheet[question["id"]].ref == question.get("ref", "")


def test_a_ground_starts_on_the_day_that_the_catalog_names_for_its_question() -> None:
    named = {q["id"]: str(q["applies_from"])[:10] for q in CATALOG["questions"] if "applies_from" in q}
    assert len(named) == 6
    tier_of = {"Q18": "(ba)", "Q19": "(bb)", "Q20": "Art. 6(1)", "Q32": "Art. 6(2), Annex III"}
    tier_of |= {"Q40": "Art. 50(1)", "Q41": "Art. 50(2)"}
    for question, article in tier_of.items():
        days = [g.starts[0].day for g in load_act_rules().grounds if article in g.article]
        assert days
        assert {str(day) for day in days} == {named[question]}


def test_every_start_is_a_date_of_the_catalog() -> None:
    dates = {entry["date"] for entry in CATALOG["dates"]}
    for ground in load_act_rules().grounds:
        assert {str(start.day) for start in ground.starts} <= dates


def test_every_ground_cites_a_source_and_says_how_sure_it_is() -> None:
    for ground in load_act_rules().grounds:
        assert ground.source
        assert ground.confidence in ("high", "medium", "low")


@pytest.mark.parametrize("text", [ACT, DUTIES])
def test_the_files_fit_the_screen(text: str) -> None:
    assert max(len(line) for line in text.splitlines()) <= 110


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("- id: Q10\n", "", "leaves out Q10"),
        ("- minimal\n- out", "- out", "leaves out a tier of the catalog"),
        (
            "- id: Q11\n",
            "- id: Q11\n  ask: Why not?\n",
            "The fact Q11 needs its question in exactly one place",
        ),
        ("- id: Q11\n", "- id: zest\n- id: Q11\n", "The fact zest needs its question in exactly one place"),
        ("a: [section_a]", "a: [section_c]", "The fact Q21 names section_c, which it cannot be"),
        ("{Q10: yes}, {Q11", "{Q77: yes}, {Q11", "condition of prohibited_practice is malformed"),
        (
            "{is: covered}, {is: transparency}",
            "{is: cvered}",
            "condition of transparency_art_50 is malformed",
        ),
        ("dates: scope\n", "dates: scoop\n", "The ground residual names the dates scoop"),
        ("source: [S-CLEMENSJL, S-ART6]", "source: [S-NONE]", "cites S-NONE, which is no source"),
        ("- id: art-5-1-b\n", "- id: art-5-1-a\n", "more than one ground art-5-1-a"),
        ("  tier: minimal\n", "  tier: maximal\n", "a tier without a ground, or a ground without a tier"),
        ("confidence: high", "confidence: total", "law/ai_act_rules.yaml: grounds.0.confidence"),
        ("edition:", "editions:", "law/ai_act_rules.yaml: edition"),
    ],
)
def test_broken_rules_of_the_act_are_refused(old: str, new: str, words: str) -> None:
    assert old in ACT
    with pytest.raises(BadInput) as caught:
        read_act_rules(ACT.replace(old, new, 1).encode())
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "- id: OBL-JP-AI\n  when: {places: JP}\n",
            "",
            "does not follow the catalog's obligations at OBL-JP-AI",
        ),
        ("- id: OBL-JP-AI\n", "- id: OBL-KR-AIBA\n", "more than one rule OBL-KR-AIBA"),
        ("US-CA: US,", "US-CA: UK2,", "The fact places names UK2"),
        ("when: {places: JP}", "when: {places: Japan}", "condition of OBL-JP-AI is malformed"),
        ("  most_provisions: always\n", "", "The date most_provisions of OBL-JP-AI says for no rule"),
        ("  audit_certificates: first", "  audits: first", "The date audit_certificates of OBL-US-CA-ADMT"),
        (
            "    admt: {conseq",
            "    admit: {x: y}\n    admt: {conseq",
            "The rule OBL-US-CA-ADMT and its entry",
        ),
        ("  chapters_iii_iv: always", "  chapters_iii_iv: never", "condition of OBL-JP-AI is malformed"),
        ("- id: established_in_eu\n", "- id: Q10\n", "more than one fact Q10"),
    ],
)
def test_broken_rules_of_duties_are_refused(old: str, new: str, words: str) -> None:
    assert old in DUTIES
    with pytest.raises(BadInput) as caught:
        read_duty_rules(DUTIES.replace(old, new, 1).encode())
    assert words in caught.value.message


def test_rules_in_another_order_are_refused() -> None:
    head, _, rest = DUTIES.partition("- id: OBL-EU-AIA-73-GEN\n")
    first, _, tail = rest.partition("- id: OBL-EU-AIA-73-INFRA\n")
    second, _, tail = tail.partition("- id: ")
    swapped = f"{head}- id: OBL-EU-AIA-73-INFRA\n{second}- id: OBL-EU-AIA-73-GEN\n{first}- id: {tail}"
    with pytest.raises(BadInput, match="at their order"):
        read_duty_rules(swapped.encode())
