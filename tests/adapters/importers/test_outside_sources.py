"""The real files of others, where they lie beside the checkout: counts equal, counted another way."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from plimsoll.adapters.crosswalk import current_clause
from plimsoll.adapters.importers.documents import SourceFile
from plimsoll.adapters.importers.importer import Naming
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.catalog.difference import compare
from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel.errors import BadInput
from tests import shared
from tests.adapters.importers.test_atlas import in_format_6, said

HIGH = "data/oscal/NIST_SP-800-53_rev5_HIGH-baseline-resolved-profile_catalog-min.json"
CSF = "data/oscal/NIST_CSF_v2.0_catalog.xml"
ATLAS = "data/atlas/ATLAS.yaml"
INDEX = Path(str(resources.files("plimsoll.engines.catalog") / "facts" / "atlas-2026.09-index.yaml"))
"""Ships with the catalog, so what rests on it alone runs everywhere."""


def file_of(path: Path) -> SourceFile:
    return SourceFile(name=path.name, content=path.read_bytes())


@cache
def imported(path: Path, edition: str = "") -> ImportedFramework:
    return read_framework([file_of(path)], naming=Naming(edition=edition))


@cache
def newer_atlas() -> ImportedFramework:
    """ATLAS 2026.09 in the newer format, rebuilt from the index of its ids, names and tactics."""
    index = yaml.safe_load(INDEX.read_text(encoding="utf-8"))
    relations: dict[str, Any] = {}
    for technique in index["techniques"]:
        told = relations[technique["id"]] = {"achieves": [{"target": t} for t in technique["tactics"]]}
        if "parent" in technique:
            told["specializes"] = [{"target": technique["parent"]}]
    value = {
        "format-version": "6.0.0",
        "collection": {"name": "ATLAS", "version": index["version"]},
        "tactics": {key: {"id": key, "name": name} for key, name in index["tactics"].items()},
        "techniques": {t["id"]: {"id": t["id"], "name": t["name"]} for t in index["techniques"]},
        "mitigations": {key: {"id": key, "name": name} for key, name in index["mitigations"].items()},
        "relationships": relations,
    }
    content = yaml.safe_dump(value, sort_keys=False).encode()
    return read_framework([SourceFile(name="ATLAS-2026.09.yaml", content=content)])


# ---------------------------------------------------------------- ATLAS


def test_atlas_in_the_older_format_has_the_counts_of_its_source() -> None:
    path = shared.path(ATLAS)
    found = imported(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    ids = [m[1] for line in lines if (m := re.fullmatch(r"(?:  )?- id: (AML\.\S+)", line))]
    counted = Counter(
        "subtechnique" if re.fullmatch(r"AML\.T\d+\.\d+", i) else re.sub(r"[\d.]", "", i[4:]) for i in ids
    )
    assert (found.edition, found.notes) == ("5.6.0", ())
    assert dict(found.counts) == {
        "tactic": counted["TA"],
        "technique": counted["T"],
        "subtechnique": counted["subtechnique"],
        "mitigation": counted["M"],
        "case-study": counted["CS"],
    }
    assert list(found.counts.values()) == [16, 101, 69, 35, 57]


def test_atlas_in_the_newer_format_has_the_counts_of_its_source() -> None:
    counts = yaml.safe_load(INDEX.read_text(encoding="utf-8"))["counts"]
    found = newer_atlas()
    assert found.edition == "2026.09"
    assert dict(found.counts) == {
        "tactic": counts["tactics"],
        "technique": counts["techniques"],
        "subtechnique": counts["subtechniques"],
        "mitigation": counts["mitigations"],
    }
    assert list(found.counts.values()) == [16, 120, 88, 40]


def test_the_real_content_reads_the_same_in_both_formats() -> None:
    path = shared.path(ATLAS)
    newer = in_format_6(yaml.safe_load(path.read_text(encoding="utf-8")), "2026.04")
    content = yaml.safe_dump(newer, sort_keys=False, allow_unicode=True).encode()
    assert said(read_framework([SourceFile(name="a.yaml", content=content)])) == said(imported(path))


def test_ids_renamed_between_the_two_follow_their_aliases() -> None:
    found = compare(imported(shared.path(ATLAS)), newer_atlas())
    told = yaml.safe_load(INDEX.read_text(encoding="utf-8"))
    assert {c.before.id: c.after.id for c in found.renamed} == told["moved_ids"]
    assert {c.id for c in found.removed} == {c.id for c in found.before.clauses if c.kind == "case-study"}
    retitled = {c.after.id for c in found.reworded if not c.renamed}
    assert {key for key in told["renamed"] if key in found.before.by_id} - retitled <= {"AML.M0002"}
    assert len(found.added) == (120 - (101 - 3)) + (88 - 69 - 3) + (40 - 35)


# ---------------------------------------------------------------- OSCAL


def test_the_nist_catalog_has_the_counts_of_its_source() -> None:
    found = imported(shared.path(HIGH))
    index = shared.json("data/oscal/sp800-53r5-baseline-index.json")["controls"]
    high = {entry["id"]: entry for entry in index if "high" in entry["baselines"]}
    controls = [clause for clause in found.clauses if clause.kind != "family"]
    assert {clause.source_id: clause.title for clause in controls} == {k: e["title"] for k, e in high.items()}
    assert found.counts["family"] == len({entry["family"] for entry in high.values()})
    assert found.counts["enhancement"] == sum(entry["parent"] is not None for entry in high.values())
    text = shared.path(HIGH).read_text(encoding="utf-8")
    assert len(controls) == len(re.findall(r'"class":"SP800-53(?:-enhancement)?"', text)) == 370
    assert found.edition == "5.1.1+u4"
    assert found.by_id["AC-2(1)"].parent == "AC-2"
    assert all(clause.text for clause in controls)


@pytest.mark.parametrize("baseline", ["LOW", "MODERATE", "HIGH"])
def test_a_baseline_selects_what_nist_says_it_does(baseline: str) -> None:
    path = shared.path(f"data/oscal/NIST_SP-800-53_rev5_{baseline}-baseline_profile-min.json")
    found = read_framework([file_of(path)], catalogs=[file_of(shared.path(HIGH))])
    index = shared.json("data/oscal/sp800-53r5-baseline-index.json")["controls"]
    expected = {entry["id"] for entry in index if baseline.lower() in entry["baselines"]}
    assert {c.source_id for c in found.clauses if c.kind != "family"} == expected
    assert found.notes == ()
    if baseline == "HIGH":
        assert compare(imported(shared.path(HIGH)), found).same


def test_the_privacy_baseline_is_ids_until_the_whole_catalog_is_given() -> None:
    path = shared.path("data/oscal/NIST_SP-800-53_rev5_PRIVACY-baseline_profile-min.json")
    index = shared.json("data/oscal/sp800-53r5-baseline-index.json")["controls"]
    found = imported(path)
    ours = {clause.id for clause in found.clauses}
    resolved = {entry["id"] for entry in index if "privacy" in entry["baselines"]}
    # NIST's own resolved file also holds the controls that selected enhancements lie in; the profile does not
    assert resolved - ours <= {entry["parent"] for entry in index if entry["id"] in ours}
    assert (len(ours), len(ours - resolved)) == (96, 0)
    assert found.notes[0].endswith("was read without its catalog: 96 controls have an id only.")
    with pytest.raises(BadInput, match=r"has no control ac-3\.14"):
        read_framework([file_of(path)], catalogs=[file_of(shared.path(HIGH))])


def test_the_cybersecurity_framework_has_the_counts_of_its_source() -> None:
    found = imported(shared.path(CSF))
    root = ElementTree.parse(shared.path(CSF)).getroot()  # the file is NIST's, and beside the checkout
    counted = Counter(e.get("class") for e in root.iter() if e.tag.endswith(("}group", "}control")))
    assert found.counts == counted == {"function": 6, "category": 34, "subcategory": 185}
    assert (found.id, found.edition) == ("nist-csf", "2.0.0")
    assert Counter(clause.kind for clause in found.live) == {
        "function": 6,
        "category": 22,
        "subcategory": 106,
    }
    listed = yaml.safe_load(shared.path("facts/identifiers.yaml").read_text(encoding="utf-8"))["nist_csf_2_0"]
    assert {clause.id for clause in found.live if clause.kind == "subcategory"} == set(listed)


# ---------------------------------------------------------------- CoSAI


def test_the_risk_map_has_the_counts_of_its_source() -> None:
    folder = shared.path("data/cosai-risk-map")
    files = [file_of(path) for path in sorted(folder.glob("*.yaml"))]
    found = read_framework(files, naming=Naming(edition="2026-08-19"))
    ids = [
        line.split("id:")[1].strip()
        for file in files
        if file.name != "frameworks.yaml"
        for line in file.content.decode().splitlines()
        if re.fullmatch(r"(      |  )- id: [A-Za-z-]+", line)
    ]
    assert Counter(clause.id for clause in found.clauses) == Counter(ids)
    assert (found.counts["risk"], found.counts["control"], found.counts["component"]) == (36, 35, 23)
    assert len(found.notes) == 1  # the categories of risks, which no file lists
    cited = [r for c in found.clauses for r in c.references if r.framework not in ("", "stride", "iso-22989")]
    now = {(r.framework, r.clause): current_clause(r.framework, r.clause) for r in cited}
    assert len(cited) == 55 + 33 + 15
    assert [key for key, ref in now.items() if ref is None] == []
    assert str(now["mitre-atlas", "AML.T0019"]) == "mitre-atlas@2026.09:AML.T0115.000"
    editions = {r.edition for c in found.clauses for r in c.references if r.framework == "mitre-atlas"}
    assert editions == {"5.0.1"}
