"""The shipped frameworks, id tables and mappings as they join, and how a broken one is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from plimsoll.adapters import crosswalk as adapter
from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.crosswalk import (
    checked_entries,
    current_clause,
    known_aliases,
    known_clauses,
    load_crosswalk,
    searchables,
)
from plimsoll.engines.catalog.aliases import AliasTable
from plimsoll.engines.catalog.framework import parse_clause_ref
from plimsoll.engines.catalog.freshness import freshness_report
from plimsoll.engines.catalog.search import search
from plimsoll.kernel.errors import BadInput

CROSSWALK = load_crosswalk()
CATALOG = load_catalog()
COMPLETE = (
    "nist-ai-rmf",
    "iso-42001",
    "mitre-atlas",
    "nist-csf",
    "etsi-en-304-223",
    "owasp-llm",
    "owasp-asi",
)
"""Frameworks whose table has every id, so that a cited id that it lacks is a mistake."""


def test_every_row_of_the_frameworks_is_there_and_those_that_are_cited_have_an_edition() -> None:
    assert len(CROSSWALK.frameworks) == 57
    cited = {link.clause.framework for c in CATALOG.controls for link in CROSSWALK.links_of(c)}
    assert len(cited) == 11
    for framework_id in cited:
        framework = CROSSWALK.framework(framework_id)
        assert framework.edition
        assert framework.edition in framework.version


def test_every_risk_has_controls_and_every_control_treats_the_risks_that_name_it() -> None:
    for risk in CATALOG.risks:
        assert CROSSWALK.controls_of_risk(risk)
        for control in CROSSWALK.controls_of_risk(risk):
            assert control in CATALOG.controls
            assert risk in CROSSWALK.risks_of_control(control)


def test_every_control_maps_to_a_clause_and_back() -> None:
    for control in CATALOG.controls:
        links = CROSSWALK.links_of(control)
        assert links, control
        assert all(control in CROSSWALK.clause(link.clause).controls for link in links)


def test_a_clause_leads_to_the_requirements_that_carry_its_evidence() -> None:
    view = CROSSWALK.clause(parse_clause_ref("nist-ai-rmf@1.0:GOVERN 2.1"))
    assert view.clause.title
    assert view.requirements
    for requirement in view.requirements:
        assert set(CATALOG.requirement(requirement).controls) & set(view.controls)


@pytest.mark.parametrize("framework_id", COMPLETE)
def test_every_cited_id_of_a_complete_table_stands_in_it(framework_id: str) -> None:
    assert [str(c.ref) for c in CROSSWALK.clauses_of(framework_id) if not c.listed] == []


def test_every_subcategory_of_the_ai_rmf_and_every_control_of_annex_a_is_answered() -> None:
    assert CROSSWALK.unanswered("nist-ai-rmf") == ()
    assert CROSSWALK.unanswered("iso-42001") == ()
    mitigations = [c for c in CROSSWALK.unanswered("mitre-atlas") if c.ref.clause.startswith("AML.M")]
    assert mitigations == []


def test_the_tables_have_the_sizes_of_their_sources() -> None:
    atlas = [c.ref.clause for c in CROSSWALK.clauses_of("mitre-atlas")]
    assert len(atlas) == 16 + 120 + 88 + 40
    assert sum(bool(re.fullmatch(r"AML\.T\d{4}\.\d{3}", clause)) for clause in atlas) == 88
    assert len(CROSSWALK.clauses_of("nist-ai-rmf")) == 72
    assert len(CROSSWALK.clauses_of("iso-42001")) == 38


def test_a_framework_says_what_it_rests_on() -> None:
    law = CROSSWALK.framework("eu-ai-act")
    assert [source.id for source in law.sources][:2] == ["S-AIA-OJ", "S-OMN-AI"]
    assert law.sources[0].address.startswith("https://eur-lex.europa.eu/")
    assert all(
        framework.sources for framework in CROSSWALK.frameworks.values() if framework.id != "owasp-api"
    )


def test_what_a_control_says_it_treats_is_what_the_risks_say() -> None:
    for control in CATALOG.controls.values():
        assert sorted(control.treats_risks) == sorted(CROSSWALK.risks_of_control(control.id))


def test_the_confidence_of_a_mapping_is_its_own_or_its_files() -> None:
    assert {link.confidence for c in CATALOG.controls for link in CROSSWALK.links_of(c)} == {"medium"}
    assert {link.confidence for r in CATALOG.risks for link in CROSSWALK.links_of(r)} == {"high", "medium"}
    link = CROSSWALK.links_of("CTL-GOV-01")[0]
    assert (link.checked_at, link.source.split(";")[0]) == (date(2026, 11, 23), "proposal by this research")


# ---------------------------------------------------------------- renamed and living ids


def test_known_renames_lead_to_ids_of_the_edition_that_is_cited() -> None:
    table = AliasTable(known_aliases("mitre-atlas"))
    assert table.follow("AML.T0058") == "AML.T0115.001"
    for framework_id in ("mitre-atlas", "owasp-llm"):
        ids = {c.ref.clause for c in CROSSWALK.clauses_of(framework_id)}
        assert known_aliases(framework_id)
        assert {alias.new for alias in known_aliases(framework_id)} <= ids
    assert known_aliases("gdpr") == ()


@pytest.mark.parametrize(
    ("framework", "clause", "now"),
    [
        ("mitre-atlas", "AML.T0019", "mitre-atlas@2026.09:AML.T0115.000"),
        ("mitre-atlas", "AML.T0020", "mitre-atlas@2026.09:AML.T0020"),
        ("owasp-top10-llm", "LLM01:2025", "owasp-llm@2026:LLM01:2026"),
        ("nist-ai-rmf", "GOVERN-1.6", "nist-ai-rmf@1.0:GOVERN 1.6"),
        ("nist-ai-rmf", "GOVERN 1.6", "nist-ai-rmf@1.0:GOVERN 1.6"),
        ("nist-ai-rmf", "GOVERN 9.9", "None"),
        ("gdpr", "Art. 5", "None"),
        ("stride", "Tampering", "None"),
    ],
)
def test_a_citation_of_another_source_is_brought_to_the_catalogs_clause(
    framework: str, clause: str, now: str
) -> None:
    assert str(current_clause(framework, clause)) == now


def test_living_ids_are_known_only_where_they_are_listed_in_full() -> None:
    known = known_clauses("nist-csf")
    assert known is not None
    assert (known.edition, known.kind, len(known.ids)) == ("2.0", "subcategory", 106)
    assert known_clauses("mitre-atlas") is None
    assert known_clauses("gdpr") is None


# ---------------------------------------------------------------- freshness and search


def test_everything_shipped_is_fresh_on_its_day_and_warned_about_ninety_days_later() -> None:
    entries = checked_entries()
    day = max(entry.checked_at for entry in entries)
    assert freshness_report(entries, day) == ()
    warned = {(w.of.kind, w.of.id) for w in freshness_report(entries, day + timedelta(days=90))}
    assert {("file", "risks.yaml"), ("file", "crosswalk.yaml"), ("framework", "gdpr")} <= warned
    assert ("requirement", "dpia") in warned
    assert len(entries) == len({(entry.kind, entry.id) for entry in entries})


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("RSK-DAT-01", "RSK-DAT-01"),
        ("CTL-OPS-06", "CTL-OPS-06"),
        ("AML.T0115.000", "mitre-atlas@2026.09:AML.T0115.000"),
        ("OBL-EU-AIA-73-GEN", "OBL-EU-AIA-73-GEN"),
        ("poisoning training data", "RSK-DAT-02"),
        ("eu ai act", "eu-ai-act"),
        ("indirect-injection-tests", "indirect-injection-tests"),
    ],
)
def test_what_people_look_for_is_found(words: str, first: str) -> None:
    found = [hit.found.id for hit in search(searchables(), words)]
    assert first in found[:6]


def test_everything_can_be_found_by_its_id() -> None:
    things = searchables()
    assert {thing.kind for thing in things} == {
        "risk", "control", "obligation", "requirement", "framework", "clause",
    }  # fmt: skip
    assert len(things) == len({(thing.kind, thing.id) for thing in things})


# ---------------------------------------------------------------- a broken one


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str, str], None]]:
    real = adapter._content
    caches = (adapter.load_crosswalk, adapter._file, adapter._facts, adapter.known_sources)

    def change(name: str, old: str, new: str) -> None:
        content = real(name).decode()
        assert old in content
        monkeypatch.setattr(
            adapter,
            "_content",
            lambda asked: content.replace(old, new, 1).encode() if asked == name else real(asked),
        )
        for cached in caches:
            cached.cache_clear()

    yield change
    for cached in caches:
        cached.cache_clear()


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        (
            "crosswalk.yaml",
            'edition: "1.0"',
            'edition: "1.7"',
            "nist_ai_rmf cites nist-ai-rmf@1.7, which frameworks.yaml",
        ),
        ("crosswalk.yaml", "framework: iso-42001", "framework: iso-4200", "iso_42001 cites iso-4200@2023"),
        ("crosswalk.yaml", "tables: [mitigations]", "tables: [medicine]", "there is no id table medicine"),
        ("crosswalk.yaml", "key: cwe", "key: cwes", "maps to the unknown scheme cwe"),
        (
            "crosswalk.yaml",
            "tables: [tactics",
            "chairs: [tactics",
            "catalog/crosswalk.yaml: schemes.10.chairs",
        ),
        (
            "crosswalk.yaml",
            'atlas_mitigations, framework: mitre-atlas, edition: "2026.09"',
            'atlas_mitigations, framework: mitre-atlas, edition: "2026"',
            "mitre-atlas is cited in two editions",
        ),
        ("frameworks.yaml", "- S-AIA-OJ", "- S-NONE", "eu-ai-act rests on S-NONE, which does not exist."),
        (
            "frameworks.yaml",
            "owner: OWASP",
            "keeper: OWASP",
            "catalog/frameworks.yaml: owner: Field required",
        ),
        ("sources.yaml", "id: S-OMN-AI", "id: T-1", "catalog/sources.yaml: id: String should match"),
        ("crosswalk.yaml", "  - id: owasp-api", "  - id: owasp-apis", "owasp_api_2023 cites owasp-api@2023"),
    ],
)
def test_a_broken_file_is_refused_by_name(
    changed: Callable[[str, str, str], None], name: str, old: str, new: str, sentence: str
) -> None:
    changed(name, old, new)
    with pytest.raises(BadInput) as error:
        load_crosswalk()
    assert sentence in error.value.message
