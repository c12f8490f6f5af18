"""MITRE ATLAS: both formats say the same, and every id is of the form of its kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.catalog.difference import compare
from plimsoll.engines.catalog.framework import Clause, CrossReference, ImportedFramework
from plimsoll.kernel.errors import BadInput
from tests.adapters.importers.samples import ATLAS_5, ATLAS_6, source


def imported(text: str) -> ImportedFramework:
    return read_framework([source("atlas.yaml", text)])


def in_format_6(old: dict[str, Any], version: str) -> dict[str, Any]:
    """What a file of the older format says, in the newer one."""
    matrix = old["matrices"][0]
    relations: dict[str, dict[str, list[dict[str, str]]]] = {}

    def relate(source_id: str, relation: str, target: str) -> None:
        relations.setdefault(source_id, {}).setdefault(relation, []).append(
            {"source": source_id, "target": target}
        )

    def kept(items: list[dict[str, Any]]) -> dict[str, Any]:
        texts = {"id": "id", "name": "name", "description": "description", "summary": "description"}
        return {i["id"]: {texts[key]: i[key] for key in texts if key in i} for i in items}

    for technique in matrix["techniques"]:
        for tactic in technique.get("tactics", []):
            relate(technique["id"], "achieves", tactic)
        if "subtechnique-of" in technique:
            relate(technique["id"], "specializes", technique["subtechnique-of"])
    for mitigation in matrix["mitigations"]:
        for technique in mitigation["techniques"]:
            relate(mitigation["id"], "mitigates", technique["id"])
    for study in old["case-studies"]:
        for step in study["procedure"]:
            relate(study["id"], "employs", step["technique"])
    return {
        "format-version": "6.0.0",
        "collection": {"id": "ATLAS-collection", "version": version, "name": "ATLAS"},
        "matrix": {"id": "ATLAS-matrix"},
        **{key: kept(matrix[key]) for key in ("tactics", "techniques", "mitigations")},
        "case-studies": kept(old["case-studies"]),
        "relationships": relations,
    }


def said(framework: ImportedFramework) -> list[Clause]:
    """The clauses, each relation once."""
    return [replace(c, references=tuple(dict.fromkeys(c.references))) for c in framework.clauses]


def test_the_older_format_is_read() -> None:
    found = imported(ATLAS_5)
    assert (found.id, found.edition, found.title) == ("mitre-atlas", "5.9.0", "MITRE ATLAS")
    assert dict(found.counts) == {
        "tactic": 1,
        "technique": 2,
        "subtechnique": 1,
        "mitigation": 1,
        "case-study": 1,
    }
    clauses = found.by_id
    assert clauses["AML.T0001"].text == "First.\nSecond."
    assert clauses["AML.T0001"].references == (CrossReference(relation="achieves", clause="AML.TA0001"),)
    assert clauses["AML.T0001.000"].parent == "AML.T0001"
    assert clauses["AML.M0001"].references == (CrossReference(relation="mitigates", clause="AML.T0001"),)
    assert clauses["AML.CS0001"].references == (CrossReference(relation="employs", clause="AML.T0001"),)
    assert clauses["AML.CS0001"].text == "Somebody looked."


def test_the_newer_format_is_read() -> None:
    found = imported(ATLAS_6)
    assert (found.id, found.edition) == ("mitre-atlas", "2026.05")
    assert dict(found.counts) == {
        "tactic": 1,
        "technique": 2,
        "subtechnique": 2,
        "mitigation": 1,
        "case-study": 1,
    }
    assert found.by_id["AML.T0115.000"].parent == "AML.T0115"
    assert found.by_id["AML.CS0001"].text == "Somebody looked."
    assert found.by_id["AML.CS0001"].references == (CrossReference(relation="employs", clause="AML.T0001"),)


def test_both_formats_of_one_content_are_one_framework() -> None:
    newer = yaml.safe_dump(in_format_6(yaml.safe_load(ATLAS_5), "2026.04"), sort_keys=False)
    assert said(imported(newer)) == said(imported(ATLAS_5))


def test_a_renamed_id_follows_its_alias_between_the_formats() -> None:
    found = compare(imported(ATLAS_5), imported(ATLAS_6))
    assert [(c.before.id, c.after.id, c.reworded) for c in found.renamed] == [
        ("AML.T0019", "AML.T0115.000", ("title",))
    ]
    assert found.removed == ()
    assert [c.id for c in found.added] == ["AML.T0115"]
    assert [(c.before.parent, c.after.parent) for c in found.moved] == [("", "AML.T0115")]


def test_a_mapping_longer_than_is_read_is_refused() -> None:
    value = {"format-version": "6.0.0", "collection": {"version": "1"}, "techniques": {}}
    value["tactics"] = {str(n): {} for n in range(20_001)}
    with pytest.raises(BadInput, match="“tactics” holds 20,001 things; at most 20,000 are read"):
        read_framework([source("a.json", value)])


def test_a_relation_that_leads_nowhere_is_said() -> None:
    found = imported(ATLAS_5.replace("tactics: [AML.TA0001]}", "tactics: [AML.TA0009]}"))
    assert found.notes == ("Clauses refer to 1 id that no file has: AML.TA0009.",)


@pytest.mark.parametrize(
    ("text", "old", "new", "sentence"),
    [
        (ATLAS_5, "5.9.0", "5.9", "line 3 (version): “version” should be text and is a number."),
        (
            ATLAS_5,
            "id: AML.T0001\n",
            "id: T0001\n",
            "line 10 (matrices[0].techniques[0]): “T0001” is no id of a technique",
        ),
        (ATLAS_5, ", subtechnique-of: AML.T0001", "", "the sub-technique AML.T0001.000 names no technique"),
        (
            ATLAS_5,
            "subtechnique-of: AML.T0001",
            "subtechnique-of: AML.T0009",
            "AML.T0001.000 lies in AML.T0009",
        ),
        (
            ATLAS_5,
            "  techniques:\n  -",
            "  methods:\n  -",
            "(matrices[0].techniques): “techniques” should be a list and is missing",
        ),
        (ATLAS_5, "    name: Peer\n", "", "line 10 (matrices[0].techniques[0]): there is no “name”."),
        (
            ATLAS_5,
            "tactics: [AML.TA0001]\n",
            "tactics: AML.TA0001\n",
            "“tactics” should be a list and is text.",
        ),
        (ATLAS_5, "tactics: [AML.TA0001]\n", "tactics: [2020-01-01]\n", "this should be text and is a date."),
        (
            ATLAS_6,
            "format-version: 6.0.0",
            "format-version: 7.0.0",
            "line 1 (format-version): the format 7.0.0 of ATLAS",
        ),
        (
            ATLAS_6,
            "'2026.05'",
            "2026.05",
            "line 2 (collection.version): “version” should be text and is a number.",
        ),
        (ATLAS_6, "collection:", "collections:", "“collection” should be a mapping and is missing."),
        (
            ATLAS_6,
            "    id: AML.T0001\n",
            "    id: AML.T0002\n",
            "the id AML.T0002 stands under the key AML.T0001.",
        ),
        (
            ATLAS_6,
            "{source: AML.T0115.000,",
            "{source: AML.T0115,",
            "a relation of AML.T0115 stands under AML.T0115.000.",
        ),
        (
            ATLAS_6,
            "target: AML.T0115}]",
            "target: AML.T0115}, {target: AML.T0001}]",
            "AML.T0115.000 specializes 2 techniques.",
        ),
        (
            ATLAS_6,
            "  AML.T0001.000: {specializes: [{source: AML.T0001.000, target: AML.T0001}]}\n",
            "",
            "names no technique",
        ),
        (ATLAS_6, "  AML.M0001: {id: AML.M0001,", "  7: {id: AML.M0001,", "the key 7 is not text."),
        (
            ATLAS_6,
            "mitigations:\n",
            "mitigations: []\nmore:\n",
            "“mitigations” should be a mapping and is a list.",
        ),
    ],
)
def test_a_malformed_file_says_which_line_and_why(text: str, old: str, new: str, sentence: str) -> None:
    assert old in text
    with pytest.raises(BadInput) as error:
        read_framework([source("atlas.yaml", text.replace(old, new))], kind="mitre-atlas")
    assert error.value.message.startswith("atlas.yaml, line ")
    assert sentence in error.value.message
