"""OSCAL catalogs: ids as people cite them, statements in order, the same from JSON and XML."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from plimsoll.adapters.importers.oscal import name_of
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.catalog.difference import compare
from plimsoll.engines.catalog.framework import CrossReference, ImportedFramework
from plimsoll.kernel.errors import BadInput
from tests.adapters.importers.samples import CATALOG, CATALOG_XML, source


def imported(value: Any = CATALOG) -> ImportedFramework:
    return read_framework([source("rules.json", value)])


def test_groups_controls_and_enhancements_come_out_in_order_below_each_other() -> None:
    found = imported()
    assert (found.id, found.title, found.edition) == ("harbour-rules", "Harbour rules", "3.1")
    assert [(c.id, c.kind, c.parent) for c in found.clauses] == [
        ("bw", "family", ""),
        ("BW-1", "control", "bw"),
        ("BW-2", "control", "bw"),
        ("BW-2(1)", "enhancement", "BW-2"),
        ("BW-2(2)", "enhancement", "BW-2"),
        ("BW-3", "control", "bw"),
        ("Moorings", "group", ""),
        ("MO-1", "control", "Moorings"),
    ]
    assert [c.source_id for c in found.clauses if c.kind == "enhancement"] == ["bw-2.1", "bw-2.2"]
    assert [c.id for c in found.clauses if c.withdrawn] == ["BW-3"]


def test_the_wording_is_the_statement_with_its_items_and_nothing_else() -> None:
    clauses = imported().by_id
    assert clauses["bw"].text == "What keeps the sea out."
    assert clauses["BW-1"].text == "The wall is {{ insert: param, bw-1_prm }} high."
    assert clauses["BW-2"].text == "The keeper:\na. lights the lamp; and\nb. keeps a *log*."
    assert clauses["BW-3"].text == ""


def test_a_link_to_another_control_is_kept_under_the_id_that_people_cite() -> None:
    assert imported().by_id["BW-1"].references == (CrossReference(relation="related", clause="BW-2(1)"),)


def test_xml_and_json_of_one_catalog_are_one_framework() -> None:
    ours, theirs = imported(), read_framework([source("rules.xml", CATALOG_XML)])
    assert ours.clauses == theirs.clauses
    assert compare(ours, theirs).same


def test_a_label_that_says_another_thing_than_the_id_is_no_id() -> None:
    value = copy.deepcopy(CATALOG)
    value["catalog"]["groups"][0]["controls"][0]["props"] = [{"name": "label", "value": "Height (bw-1)"}]
    assert "bw-1" in imported(value).by_id


def test_the_edition_is_the_frameworks_own_where_the_file_tells_it_apart() -> None:
    value = copy.deepcopy(CATALOG)
    value["catalog"]["metadata"]["props"] = [
        {"name": "framework-identifier", "value": "HR"},
        {"name": "framework-version-identifier", "value": "HR_4_1"},
    ]
    assert imported(value).edition == "4.1"


def test_a_list_or_a_catalog_longer_than_is_read_is_refused() -> None:
    rows = [{"id": f"c-{n}", "title": "T"} for n in range(10_001)]
    for groups, sentence in (
        ([*rows, *rows], "“groups” holds 20,002 things; at most 20,000 are read."),
        (
            [{"id": f"g-{n}", "title": "G", "controls": rows} for n in range(2)],
            "has more than 20,000 clauses.",
        ),
    ):
        value = {"catalog": {"metadata": {"title": "T", "version": "1"}, "groups": groups}}
        with pytest.raises(BadInput) as error:
            read_framework([source("x.json", value)])
        assert sentence in error.value.message


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("NIST Special Publication 800-53 Revision 5.1.1 HIGH IMPACT BASELINE", "nist-sp-800-53"),
        ("NIST Cybersecurity Framework 2.0", "nist-csf"),
        ("27 Rules & more!", "rules-more"),
        ("???", ""),
    ],
)
def test_a_framework_has_an_id_from_its_title(title: str, name: str) -> None:
    assert name_of(title) == name


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("metadata",), {"version": "1"}, "(catalog.metadata): there is no “title”."),
        (("metadata",), None, "(catalog.metadata): “metadata” should be a mapping and is missing."),
        (
            ("metadata", "version"),
            3.1,
            "(catalog.metadata.version): “version” should be text and is a number.",
        ),
        (("groups",), {}, "(catalog.groups): “groups” should be a list and is a mapping."),
        (("groups", 0, "title"), "", "(catalog.groups[0].title): “title” is empty."),
        (
            ("groups", 0, "controls", 1),
            "x",
            "(catalog.groups[0].controls[1]): this should be a mapping and is text.",
        ),
        (
            ("groups", 0, "controls", 1, "id"),
            "bw-1",
            "(catalog.groups[0].controls[1]): the id BW-1 is used twice",
        ),
        (("groups", 0, "controls", 1, "id"), None, "(catalog.groups[0].controls[1]): there is no “id”."),
        (("groups", 0, "controls", 1, "title"), "a\u0007", "“title” holds a control character."),
        (
            ("groups", 0, "controls", 1, "title"),
            "a" * 501,
            "“title” has 501 characters; at most 500 are read.",
        ),
        (("groups",), [], "has no clause."),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_path(
    path: tuple[Any, ...], value: Any, sentence: str
) -> None:
    changed = copy.deepcopy(CATALOG)
    at = changed["catalog"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    if path[-1] == "id" and value == "bw-1":
        at["props"] = [{"name": "label", "value": "BW-1"}]
    with pytest.raises(BadInput) as error:
        imported(changed)
    assert sentence in error.value.message
    if "(catalog" in sentence:
        lines = source("x", changed).content.decode().splitlines()
        assert error.value.message.startswith("rules.json, line ")
        assert 1 < int(str(error.value.data["line"])) <= len(lines)
