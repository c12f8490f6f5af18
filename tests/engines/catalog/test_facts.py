"""The shipped catalog files: their form, their links among each other, and their language."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from plimsoll.engines.catalog.crosswalk_file import CrosswalkFile
from plimsoll.engines.catalog.read import read_model, read_yaml
from plimsoll.engines.catalog.schema import (
    QuestionFile,
    RequirementEntry,
    RequirementFile,
    ScopeRule,
    ScopeRuleFile,
    StageTable,
)
from plimsoll.engines.gates.conditions import CONDITIONS
from plimsoll.kernel.stages import GATED, Level
from tests import shared

FACTS = resources.files("plimsoll.engines.catalog") / "facts"
AUTHORED: dict[str, type[BaseModel]] = {
    "questions.yaml": QuestionFile,
    "requirements.yaml": RequirementFile,
    "baseline.yaml": RequirementFile,
    "risk_scope.yaml": ScopeRuleFile,
    "obligation_scope.yaml": ScopeRuleFile,
    "tiers.yaml": ScopeRuleFile,
    "stages.yaml": StageTable,
    "crosswalk.yaml": CrosswalkFile,
}
COPIED = (
    "risks.yaml",
    "controls.yaml",
    "obligations.yaml",
    "frameworks.yaml",
    "sources.yaml",
    "identifiers.yaml",
    "ai_act_classification.yaml",
    "clock_rules.yaml",
)
RELEASES = {"atlas-2026.09-index.yaml": ("version", "2026.09")}
"""Copied as well: one edition of somebody else's ids, dated by its own version."""


@cache
def model(name: str) -> Any:
    return read_model((FACTS / name).read_bytes(), AUTHORED[name], what=name)


@cache
def plain(name: str) -> Any:
    return read_yaml((FACTS / name).read_bytes(), what=name)


QUESTIONS = model("questions.yaml").questions
REQUIREMENTS: list[RequirementEntry] = model("requirements.yaml").requirements
BASELINE: list[RequirementEntry] = model("baseline.yaml").requirements
EVERY = [*REQUIREMENTS, *BASELINE]
BY_ID = {entry.id: entry for entry in EVERY}
TABLE: StageTable = model("stages.yaml")
each_requirement = pytest.mark.parametrize("entry", EVERY, ids=[e.id for e in EVERY])
each_row = pytest.mark.parametrize("row", TABLE.rows, ids=[r.id for r in TABLE.rows])

# The product's stage table, word for word.
STAGE_TABLE = """
owner and off-switch holder ●●●● · inventory entry ●●●● · scope answers, unknowns owned ●●●● · no real personal data or DPIA screening ●●●● · secrets
and dependency scan ●●●● · not reachable from the internet ●––– · threat model ○●●● · model file scan, safe format, signature ○●●● · trace of
prompt, response, tools under one id ○●●● · tool allow-list, least privilege ○●●● · injection/evasion test set with pass mark –●●● · tenant isolation test –●●● ·
rollback drill, timed –○●● · off-switch drill, timed –●●● · incident playbook and contact –○●● · independent red team ––●● · penetration test ––○● ·
vulnerability disclosure policy ––○● · drift and abuse monitors –○●● · customer claims ––○● · law file –○●● · exit plan for the model vendor ––○●
"""  # noqa: E501 - quoted
GLYPHS = {"●": Level.REQUIRED, "○": Level.PLAN, "–": Level.NOT_YET}
REQUIREMENT_IDS = """
threat-model named-owner-and-inventory secrets-and-dependency-scan authn-authz-review abuse-rate-limits
penetration-test direct-injection-tests evasion-tests indirect-injection-tests tool-allow-list
value-limit-confirmation agent-credential-vaulting memory-isolation retrieval-authorisation
cross-tenant-test training-data-provenance model-artefact-scan vendor-change-notice rollback-drill
unpinned-model-compensation extraction-monitoring dpia log-minimisation membership-inference-assessment
sub-processor-agreement fairness-evidence human-oversight technical-file ai-disclosure safety-case
signed-updates trace-logging off-switch-drill incident-tabletop continuity-plan breach-notice-rehearsal
schedule-buffer
"""
CODES = "K1 S1 S2 S3 S4 D1 D2 D3 D4 M1 M2 M3 A1 A2 A3 P1 P2 O1 O2 O3 R1 R2 B1 B2 B3"
STALE_AFTER = {"law": 90, "vendor": 90, "standard": 180, "research": 180, "incident": 365}
RANK = {"medium": 0, "high": 1, "critical": 2}


# ---- files


@pytest.mark.parametrize("name", AUTHORED)
def test_every_authored_file_has_its_form_an_edition_and_a_source(name: str) -> None:
    edition = model(name).edition
    assert edition.version == "1"
    assert edition.id.startswith("plimsoll-")
    assert edition.source


@pytest.mark.parametrize("name", COPIED)
def test_every_copied_file_is_readable_and_dated(name: str) -> None:
    assert plain(name)["as_of"] == "2026-11-23"


@pytest.mark.parametrize(("name", "key", "edition"), [(n, *said) for n, said in RELEASES.items()])
def test_every_copied_release_names_its_edition(name: str, key: str, edition: str) -> None:
    assert plain(name)[key] == edition


@pytest.mark.parametrize("name", [*(name for name in COPIED if name != "sources.yaml"), *RELEASES])
def test_copied_files_are_unchanged(name: str) -> None:
    assert (FACTS / name).read_bytes() == shared.path(f"facts/{name}").read_bytes()


def test_the_sources_are_the_same_apart_from_addresses_that_nobody_else_can_open() -> None:
    theirs = shared.path("facts/sources.yaml").read_text(encoding="utf-8")
    ids = [line for line in theirs.splitlines() if line.startswith("- id:")]
    ours = (FACTS / "sources.yaml").read_text(encoding="utf-8")
    assert [line for line in ours.splitlines() if line.startswith("- id:")] == ids


def test_there_is_no_other_file() -> None:
    assert {entry.name for entry in FACTS.iterdir()} == {*AUTHORED, *COPIED, *RELEASES}


@pytest.mark.parametrize("name", AUTHORED)
def test_authored_files_name_no_machine_and_fit_the_screen(name: str) -> None:
    text = (FACTS / name).read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(work|tmp|root|home)\b|localhost", text)
    assert max(len(line) for line in text.splitlines()) <= 110


# ---- questions


def test_the_questions_have_their_codes_in_order() -> None:
    assert " ".join(q.id for q in QUESTIONS) == CODES


def test_one_letter_is_one_group() -> None:
    groups = {(q.id[0], q.group) for q in QUESTIONS}
    assert len(groups) == len({letter for letter, _ in groups}) == len({group for _, group in groups}) == 9


@pytest.mark.parametrize("question", QUESTIONS, ids=[q.id for q in QUESTIONS])
def test_options_have_distinct_values_and_labels(question: Any) -> None:
    assert len({o.value for o in question.options}) == len(question.options)
    assert len({o.label for o in question.options}) == len(question.options)
    assert all(0 < len(o.label) <= 45 for o in question.options)


@pytest.mark.parametrize(
    ("codes", "policy"),
    [
        ("S1 S2 S3 S4 D1 D2 D3 D4 A1 A2 R1", "worst_case"),
        ("M1 M2 M3 P1 O1 O2 O3 B1 B2 B3", "neutral_with_deadline"),
        ("K1 A3", "include_all"),
        ("P2 R2", "block_at_gate"),
    ],
)
def test_every_question_has_the_policy_that_was_chosen_for_it(codes: str, policy: str) -> None:
    assert {q.id for q in QUESTIONS if q.policy == policy} == set(codes.split())


# ---- requirements


def test_the_requirements_have_their_ids_in_order() -> None:
    assert [entry.id for entry in REQUIREMENTS] == REQUIREMENT_IDS.split()
    assert len(REQUIREMENTS) == 37


def test_no_id_is_used_twice() -> None:
    assert len(BY_ID) == len(EVERY)


@each_requirement
def test_a_requirement_says_what_each_stage_asks_and_never_asks_less_later(entry: RequirementEntry) -> None:
    assert tuple(entry.stages) == GATED
    demands = [(Level.NOT_YET, Level.PLAN, Level.REQUIRED).index(level) for level in entry.stages.values()]
    assert demands == sorted(demands)
    assert entry.stages[GATED[-1]] is Level.REQUIRED


def test_a_prototype_must_prove_only_what_the_stage_table_asks() -> None:
    assert [e.id for e in EVERY if e.stages[GATED[0]] is Level.REQUIRED] == [
        "named-owner-and-inventory",
        "secrets-and-dependency-scan",
        "dpia",
    ]


@each_requirement
def test_a_basis_goes_stale_at_the_pace_of_its_kind(entry: RequirementEntry) -> None:
    assert entry.basis.stale_after_days == STALE_AFTER[entry.basis.kind]
    assert entry.basis.checked_at.isoformat() == "2026-11-23"


@each_requirement
def test_a_law_or_standard_is_cited_in_an_edition_that_the_framework_list_knows(
    entry: RequirementEntry,
) -> None:
    if entry.basis.kind in ("law", "standard"):
        versions = [framework["version"] for framework in plain("frameworks.yaml")["frameworks"]]
        assert any(entry.basis.edition in version for version in versions), entry.basis.edition


@each_requirement
def test_identifiers_in_a_basis_exist_in_its_edition(entry: RequirementEntry) -> None:
    tables = plain("identifiers.yaml")
    known = {key for table in tables.values() if isinstance(table, dict | list) for key in table}
    form = r"\b(?:LLM\d\d:\d{4}|ASI\d\d|NISTAML\.\d+|P\d{1,2}|RC\.RP-\d\d|A\.\d\.\d)\b"
    assert set(re.findall(form, entry.basis.name)) <= known


def test_case_studies_in_a_basis_exist_in_their_edition() -> None:
    atlas = shared.path("data/atlas/ATLAS.yaml").read_text(encoding="utf-8")
    cited = [e.basis for e in EVERY if "AML.CS" in e.basis.name]
    assert len(cited) == 5
    for basis in cited:
        study = re.search(r"AML\.CS\d{4}", basis.name)
        assert study
        assert f"id: {study[0]}\n" in atlas
        assert f"version: {basis.edition.removeprefix('ATLAS ')}\n" in atlas


@each_requirement
def test_controls_and_risks_exist_and_each_risk_is_treated_by_one_of_the_controls(
    entry: RequirementEntry,
) -> None:
    controls = {control["id"] for control in plain("controls.yaml")["controls"]}
    treated_by = {risk["id"]: set(risk["controls"]) for risk in plain("risks.yaml")["risks"]}
    assert set(entry.controls) <= controls
    assert entry.risks
    for risk in entry.risks:
        assert treated_by[risk] & set(entry.controls), risk


@each_requirement
def test_evidence_is_a_check_or_a_document_that_can_be_shown(entry: RequirementEntry) -> None:
    if entry.id in ("model-artefact-scan", "fairness-evidence"):
        assert entry.evidence.attestation is None
        assert len(entry.evidence.checks) == 1
    else:
        assert entry.evidence.checks == []
        assert entry.evidence.attestation


def test_the_model_file_check_must_pass_on_every_model() -> None:
    demand = BY_ID["model-artefact-scan"].evidence.checks[0]
    assert (demand.check, demand.assets, demand.at_most, demand.at_least) == ("model-file", "model", {}, {})


def test_the_fairness_check_counts_only_within_its_limits() -> None:
    demand = BY_ID["fairness-evidence"].evidence.checks[0]
    assert (demand.check, demand.assets) == ("fairness", "model")
    assert demand.at_most == {
        "max_difference": 0.10,
        "max_equalized_odds_difference": 0.10,
        "max_missing_share": 0.05,
    }
    assert demand.at_least == {"min_ratio": 0.80, "confidence": 0.95, "minimum_cell": 30}


# ---- stage table


def test_the_rows_are_the_stage_table() -> None:
    rows = [cell.strip() for cell in STAGE_TABLE.replace("\n", " ").split("·")]
    expected = [(cell[:-5], [GLYPHS[glyph] for glyph in cell[-4:]]) for cell in rows]
    assert len(expected) == 22
    assert [(row.title, list(row.levels.values())) for row in TABLE.rows] == expected
    assert all(tuple(row.levels) == GATED for row in TABLE.rows)


@each_row
def test_a_row_is_decided_by_a_known_condition(row: Any) -> None:
    assert row.condition in CONDITIONS
    needs_requirements = row.condition in ("requirements-proven", "personal-data-screened")
    assert bool(row.requirements) == needs_requirements
    if row.condition == "personal-data-screened":
        assert row.requirements == ["dpia"]


@each_row
def test_a_row_and_its_requirements_agree_on_stage_and_severity(row: Any) -> None:
    entries = [BY_ID[requirement] for requirement in row.requirements]
    assert all(entry.stages == row.levels for entry in entries)
    if entries:
        assert row.severity == max((entry.severity for entry in entries), key=lambda s: RANK[s])


def test_every_baseline_requirement_serves_exactly_one_row() -> None:
    used = [requirement for row in TABLE.rows for requirement in row.requirements]
    assert len(used) == len(set(used))
    assert {entry.id for entry in BASELINE} <= set(used)


def test_every_gated_stage_has_a_policy_whose_quorum_grows() -> None:
    assert [policy.stage for policy in TABLE.policies] == list(GATED)
    quorums = [{q.role: q.count for q in policy.quorum} for policy in TABLE.policies]
    for earlier, later in pairwise(quorums):
        assert earlier.items() <= later.items()
    assert quorums[0] == {"approver": 1}
    assert set(quorums[-1]) == {"approver", "engineer", "compliance", "executive"}


@pytest.mark.parametrize("policy", TABLE.policies, ids=[p.stage.value for p in TABLE.policies])
def test_deciders_are_roles_that_may_decide_and_sign_themselves(policy: Any) -> None:
    assert set(policy.deciders) <= {"approver", "executive"}
    assert set(policy.deciders) & {q.role for q in policy.quorum}
    assert {q.role for q in policy.quorum} <= {"tpm", "engineer", "approver", "compliance", "executive"}


# ---- scope rules


@pytest.mark.parametrize(
    ("rules", "catalog", "key"),
    [
        ("risk_scope.yaml", "risks.yaml", "risks"),
        ("obligation_scope.yaml", "obligations.yaml", "obligations"),
    ],
)
def test_every_entry_is_scoped_exactly_once_under_its_own_title(rules: str, catalog: str, key: str) -> None:
    scoped = [(rule.id, rule.title) for rule in model(rules).rules]
    assert scoped == [(entry["id"], entry["title"]) for entry in plain(catalog)[key]]
    assert len(scoped) == {"risks": 51, "obligations": 76}[key]


def test_proposed_law_is_never_scoped_in() -> None:
    proposed = {o["id"] for o in plain("obligations.yaml")["obligations"] if o["status"] == "proposed"}
    assert proposed == {"OBL-US-CIRCIA", "OBL-UK-CSRB"}
    rules = {rule.id: rule for rule in model("obligation_scope.yaml").rules}
    for duty in proposed:
        assert "proposed" in (rules[duty].not_asked or "")


def test_every_duty_about_a_high_risk_system_turns_on_the_class() -> None:
    rules = {rule.id: rule for rule in model("obligation_scope.yaml").rules}
    duties = plain("obligations.yaml")["obligations"]
    about = [duty["id"] for duty in duties if "of a high-risk AI system" in duty["duty_holder"]]
    assert len(about) > 20
    for duty in about:
        assert rules[duty].when == {"R1": "yes", "R2": "high"}, duty


def test_a_rule_needs_either_a_condition_or_the_missing_fact() -> None:
    with pytest.raises(ValidationError, match="either when or not_asked"):
        ScopeRule(id="x", title="x")
    with pytest.raises(ValidationError, match="either when or not_asked"):
        ScopeRule(id="x", title="x", when="always", not_asked="whether this is asked")


# ---- language


def sentences(text: str) -> list[str]:
    marked = re.sub(r"\b(Art|Rev|Reg)\.", r"\1", text)
    return re.split(r"(?<=[.?]) ", marked)


SINGLE = {
    f"{kind} of {entry.id}": text
    for entry in EVERY
    for kind, text in (
        ("why", entry.why.text),
        ("acceptance", entry.acceptance),
        ("attestation", entry.evidence.attestation),
    )
    if text
} | {f"why of row {row.id}": row.why.text for row in TABLE.rows}
SEVERAL = {f"guidance of row {row.id}": row.guidance for row in TABLE.rows} | {
    f"{kind} of {question.id}": text
    for question in QUESTIONS
    for kind, text in (("help", question.help), ("find_out", question.find_out))
}
VERDICTS = re.compile(r"(?<!fail-)\b(safe|safely|secure|secured|securely|compliant)\b", re.IGNORECASE)
FILLER = re.compile(r"!|\b(TO[D]O|TBD|etc|ensure|robustly|leverage|appropriate|adequate|best practice)\b")


def test_why_acceptance_and_evidence_are_one_sentence_each() -> None:
    assert len(SINGLE) == 37 * 3 - 2 + 7 * 3 + 22
    assert [where for where, text in SINGLE.items() if len(sentences(text)) != 1 or text[-1] != "."] == []


def test_help_and_guidance_are_short() -> None:
    assert len(SEVERAL) == 22 + 25 * 2
    assert [where for where, text in SEVERAL.items() if len(sentences(text)) > 3 or len(text) > 220] == []
    assert [where for where, text in SEVERAL.items() if text[-1] not in ".?"] == []


def test_no_sentence_is_long() -> None:
    longest = {
        where: max(len(sentence.split()) for sentence in sentences(text))
        for where, text in (SINGLE | SEVERAL).items()
    }
    assert {where: words for where, words in longest.items() if words > 36} == {}


def test_no_text_pronounces_a_verdict_or_fills_space() -> None:
    texts = SINGLE | SEVERAL
    assert [where for where, text in texts.items() if VERDICTS.search(text) or FILLER.search(text)] == []
    assert VERDICTS.search("It is secure.")
    assert not VERDICTS.search("the fail-safe state")
