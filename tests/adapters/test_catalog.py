"""The catalog as it is joined: what is in it, what it decides, and how a broken one is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest

from plimsoll.adapters import catalog as adapter
from plimsoll.adapters.catalog import Catalog, load_catalog
from plimsoll.engines.catalog.read import read_model
from plimsoll.engines.gates.conditions import CONDITIONS
from plimsoll.engines.scoping.evaluation import evaluate
from plimsoll.engines.scoping.predicate import Always
from plimsoll.engines.scoping.question_set import NOT_APPLICABLE, Policy, Rule
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import GATED

CATALOG = load_catalog()
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "scoping"
SYSTEMS = {
    system["name"]: system["answers"]
    for system in json.loads((VECTORS / "worked_systems.json").read_text(encoding="utf-8"))["systems"]
}
BOSUN = SYSTEMS["Bosun after four answers"]
KEEL = SYSTEMS["Keel day 0"]
LOOKOUT = SYSTEMS["Lookout day 0"]


def places(rules: tuple[Rule, ...], answers: Mapping[str, str]) -> dict[str, str]:
    scope = evaluate(CATALOG.question_set, rules, answers)
    words = {True: "certain", None: "open", False: "out"}
    return {item.rule.id: words[item.truth] for item in scope.items}


# ---- what is in it


def test_the_catalog_has_everything_that_was_promised() -> None:
    assert len(CATALOG.question_set.questions) == 25
    assert (CATALOG.question_set.id, CATALOG.question_set.version) == ("plimsoll-core", "1")
    assert len(CATALOG.requirements) == len(CATALOG.rules) == 37
    assert len(CATALOG.baseline) == len(CATALOG.baseline_rules) == 7
    assert len(CATALOG.risks) == len(CATALOG.risk_rules) == 51
    assert len(CATALOG.controls) == 65
    assert len(CATALOG.obligation_rules) + len(CATALOG.obligations_not_asked) == 76
    assert len(CATALOG.stage_rows) == 22
    assert tuple(CATALOG.policies) == GATED


def test_it_is_read_once_per_process() -> None:
    assert load_catalog() is CATALOG


def test_rules_and_requirements_go_in_pairs() -> None:
    assert [(rule.id, rule.title) for rule in CATALOG.rules] == [
        (entry.id, entry.title) for entry in CATALOG.requirements.values()
    ]


def test_a_question_keeps_its_words() -> None:
    question = CATALOG.question_set["A1"]
    assert question.label("write") == "Changes things"
    assert question.policy is Policy.WORST_CASE
    assert question.group == "Agency"
    assert question.help
    assert question.find_out


def test_every_file_of_rules_is_an_edition_of_its_own() -> None:
    assert len({edition.id for edition in CATALOG.editions.values()}) == len(CATALOG.editions) == 7


def test_every_condition_of_the_gates_decides_a_row() -> None:
    assert {row.condition for row in CATALOG.stage_rows} == set(CONDITIONS)


def test_there_is_one_tier_per_class_that_legal_can_give() -> None:
    classes = [option.value for option in CATALOG.question_set["R2"].options]
    assert [rule.id for rule in CATALOG.tier_rules] == classes
    assert all(rule.title.startswith("AI Act: ") for rule in CATALOG.tier_rules)


def test_a_missing_fact_completes_the_sentence_we_do_not_know() -> None:
    for missing in CATALOG.obligations_not_asked.values():
        assert missing.startswith("whether ")
        assert not missing.endswith(".")


def test_only_eu_law_is_decided_by_the_questions() -> None:
    assert {rule.id[:7] for rule in CATALOG.obligation_rules} == {"OBL-EU-"}


def test_the_duty_to_assess_has_the_condition_of_the_requirement() -> None:
    rules = {rule.id: rule.when for rule in CATALOG.rules + CATALOG.obligation_rules}
    assert rules["OBL-EU-GDPR-35"] == rules["dpia"]


def test_a_requirement_is_found_in_both_lists() -> None:
    assert CATALOG.requirement("dpia").title == "DPIA"
    assert CATALOG.requirement("red-team").title == "independent red team"
    with pytest.raises(KeyError):
        CATALOG.requirement("nothing")


# ---- what it decides


def test_what_always_applies_needs_no_answer() -> None:
    always = {rule.id for rule in CATALOG.rules if isinstance(rule.when, Always)}
    assert always == {
        "threat-model",
        "named-owner-and-inventory",
        "secrets-and-dependency-scan",
        "trace-logging",
    }
    assert {rule for rule, place in places(CATALOG.rules, {}).items() if place == "certain"} == always


def test_tiers_are_a_range_until_legal_has_answered() -> None:
    assert set(places(CATALOG.tier_rules, {}).values()) == {"open"}
    assert set(places(CATALOG.tier_rules, {"R1": "yes"}).values()) == {"open"}
    assert places(CATALOG.tier_rules, {"R1": "yes", "R2": "high"}) == {
        "prohibited": "out",
        "high": "certain",
        "transparency": "out",
        "minimal": "out",
    }


def test_without_an_eu_market_no_tier_and_no_eu_duty_applies() -> None:
    assert set(places(CATALOG.tier_rules, {"R1": "no"}).values()) == {"out"}
    assert set(places(CATALOG.obligation_rules, {"R1": "no"}).values()) == {"out"}


def test_a_question_that_does_not_apply_makes_no_tier_true() -> None:
    assert set(places(CATALOG.tier_rules, {"R1": "yes", "R2": NOT_APPLICABLE}).values()) == {"out"}


@pytest.mark.parametrize(
    ("answers", "certain", "out"),
    [
        (
            BOSUN,
            "MOD-02 MOD-03 MOD-08 DAT-07 DEP-07 DEP-09 OPS-02 OPS-04 OPS-09 AGT-01 AGT-04 AGT-05 AGT-08",
            "DAT-02 MOD-01 MOD-04 MOD-05 MOD-06 MOD-11 DEP-02 AGT-03",
        ),
        (
            KEEL,
            "DAT-01 DAT-02 DAT-06 MOD-01 MOD-04 MOD-05 MOD-07 MOD-11 MOD-12 DEP-02 DEP-06 OPS-01 OPS-07",
            "MOD-02 MOD-03 MOD-08 MOD-13 DEP-01 DEP-09 AGT-01 AGT-03 AGT-07",
        ),
        (
            LOOKOUT,
            "DAT-01 DAT-03 MOD-01 MOD-12 DEP-01 DEP-02 DEP-06 OPS-03 OPS-05 AGT-01 AGT-07",
            "MOD-02 MOD-03 MOD-09 MOD-11 DEP-09 OPS-02 AGT-03 AGT-08",
        ),
    ],
    ids=["Bosun", "Keel", "Lookout"],
)
def test_the_worked_systems_have_the_risks_of_their_stories(
    answers: dict[str, str], certain: str, out: str
) -> None:
    found = places(CATALOG.risk_rules, answers)
    assert {risk for risk in certain.split() if found[f"RSK-{risk}"] != "certain"} == set()
    assert {risk for risk in out.split() if found[f"RSK-{risk}"] != "out"} == set()


def test_a_model_that_only_staff_use_on_a_device_can_still_be_copied() -> None:
    assert places(CATALOG.risk_rules, LOOKOUT)["RSK-MOD-04"] == "open"
    assert places(CATALOG.risk_rules, {**LOOKOUT, "M3": "yes"})["RSK-MOD-04"] == "certain"


def test_high_risk_duties_follow_the_class() -> None:
    keel = places(CATALOG.obligation_rules, KEEL)
    bosun = places(CATALOG.obligation_rules, BOSUN)
    for duty in ("OBL-EU-AIA-9", "OBL-EU-AIA-14", "OBL-EU-AIA-27", "OBL-EU-AIA-73-DEATH", "OBL-EU-AIA-86"):
        assert (keel[duty], bosun[duty]) == ("certain", "out")
    for duty in ("OBL-EU-AIA-4", "OBL-EU-AIA-5", "OBL-EU-AIA-50-1", "OBL-EU-GDPR-33"):
        assert (keel[duty], bosun[duty]) == ("certain", "certain")
    assert (keel["OBL-EU-AIA-50-2"], bosun["OBL-EU-AIA-50-2"]) == ("out", "certain")
    assert (keel["OBL-EU-GDPR-22"], bosun["OBL-EU-GDPR-22"]) == ("certain", "out")
    assert (keel["OBL-EU-GDPR-33-2"], bosun["OBL-EU-GDPR-33-2"]) == ("out", "certain")


def test_a_decision_about_people_that_is_not_high_risk_needs_its_reason_on_file() -> None:
    assert places(CATALOG.obligation_rules, KEEL)["OBL-EU-AIA-6-4"] == "out"
    assert places(CATALOG.obligation_rules, {**KEEL, "R2": "minimal"})["OBL-EU-AIA-6-4"] == "certain"


def test_the_exit_plan_is_asked_only_where_there_is_a_vendor() -> None:
    assert places(CATALOG.baseline_rules, BOSUN)["vendor-exit-plan"] == "certain"
    assert places(CATALOG.baseline_rules, KEEL)["vendor-exit-plan"] == "out"


# ---- how a broken one is refused

Load = Callable[[str, str, str], Catalog]
read_once = cache(read_model)  # the files that are not broken are the same every time


@pytest.fixture
def load_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a copy of the catalog in which one text of one file is replaced."""

    def load(name: str, old: str, new: str) -> Catalog:
        with resources.as_file(resources.files("plimsoll.engines.catalog") / "facts") as facts:
            shutil.copytree(facts, tmp_path / "facts")
        file = tmp_path / "facts" / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        monkeypatch.setattr(adapter, "resources", SimpleNamespace(files=lambda _: tmp_path))
        monkeypatch.setattr(adapter, "read_model", read_once)
        return load_catalog.__wrapped__()

    return load


def test_an_unbroken_copy_loads(load_with: Load) -> None:
    assert load_with("tiers.yaml", "plimsoll-tiers", "other-tiers").editions["tiers.yaml"].id == "other-tiers"


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("requirements.yaml", "[CTL-MOD-01]", "[CTL-MOD-99]", "threat-model refers to CTL-MOD-99"),
        ("requirements.yaml", "[RSK-MOD-08]", "[RSK-MOD-99]", "threat-model refers to RSK-MOD-99"),
        ("baseline.yaml", "[CTL-GOV-04]", "[CTL-GOV-99]", "law-file refers to CTL-GOV-99"),
        ("stages.yaml", "[dpia]", "[dpla]", "personal-data refers to dpla"),
        ("risk_scope.yaml", "RSK-DAT-01", "RSK-DAT-99", "risk_scope.yaml refers to RSK-DAT-99"),
        ("requirements.yaml", "{M3: yes, S1:", "{M9: yes, S1:", "extraction-monitoring asks M9"),
        ("requirements.yaml", "{B3: high}", "{B3: hgh}", "continuity-plan expects B3 = hgh"),
        (
            "requirements.yaml",
            "when: {B3: high}",
            "when: sometimes",
            "condition of continuity-plan is malformed",
        ),
        (
            "obligation_scope.yaml",
            "when: {R1: yes, R2: high}",
            "when: {R1: []}",
            "OBL-EU-AIA-73-GEN is malformed",
        ),
        ("requirements.yaml", "- id: dpia\n", "- id: trace-logging\n", "more than one rule trace-logging"),
        ("baseline.yaml", "- id: red-team\n", "- id: dpia\n", "more than one rule dpia"),
        ("questions.yaml", "- id: S2\n", "- id: S1\n", "more than one question S1"),
        ("stages.yaml", "- id: tools\n", "- id: trace\n", "more than one stage row trace"),
        ("tiers.yaml", "  when: {R1: yes, R2: high}\n", "", "catalog/tiers.yaml: rules.1: "),
        (
            "questions.yaml",
            "policy: include_all",
            "policy: best_case",
            "catalog/questions.yaml: questions.0.policy",
        ),
        ("stages.yaml", "rows:\n", "rows: [\n", "catalog/stages.yaml is not valid YAML in line "),
    ],
)
def test_a_broken_catalog_is_refused_in_one_sentence(
    load_with: Load, name: str, old: str, new: str, words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        load_with(name, old, new)
    assert words in caught.value.message
