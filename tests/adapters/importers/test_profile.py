"""OSCAL profiles: what they select, where it stands, and what cannot be told."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from plimsoll.adapters.importers.documents import SourceFile
from plimsoll.adapters.importers.importer import Naming
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel.errors import BadInput
from tests.adapters.importers.samples import CATALOG, CATALOG_XML, OSCAL, profile, source

RULES = source("rules.json", CATALOG)


def resolved(
    *imports: dict[str, Any], catalogs: list[SourceFile] | None = None, **more: Any
) -> ImportedFramework:
    given = [RULES] if catalogs is None else catalogs
    return read_framework([source("small.json", profile(*imports, **more))], catalogs=given)


def selects(*ids: str, **more: Any) -> dict[str, Any]:
    return {"href": "rules.json", "include-controls": [{"with-ids": list(ids), **more}]}


def ids(framework: ImportedFramework) -> list[str]:
    return [clause.id for clause in framework.clauses]


def test_it_has_the_controls_it_names_in_the_order_of_the_catalog_with_their_groups() -> None:
    found = resolved(selects("mo-1", "bw-2.1", "bw-2"))
    assert [(c.id, c.parent) for c in found.clauses] == [
        ("bw", ""), ("BW-2", "bw"), ("BW-2(1)", "BW-2"), ("Moorings", ""), ("MO-1", "Moorings"),
    ]  # fmt: skip
    assert (found.id, found.edition, found.notes) == ("small-harbours", "3.1", ())
    assert [s.name for s in found.sources] == ["small.json", "rules.json"]


def test_an_enhancement_whose_control_is_not_selected_stands_in_the_group() -> None:
    assert [(c.id, c.parent) for c in resolved(selects("bw-2.1")).clauses] == [("bw", ""), ("BW-2(1)", "bw")]


@pytest.mark.parametrize(
    ("imported", "expected"),
    [
        ({"include-all": {}}, ["BW-1", "BW-2", "BW-2(1)", "BW-2(2)", "BW-3", "MO-1"]),
        ({}, ["BW-1", "BW-2", "BW-2(1)", "BW-2(2)", "BW-3", "MO-1"]),
        (
            {"include-all": {}, "exclude-controls": [{"with-ids": ["bw-2", "no-1"]}]},
            ["BW-1", "BW-2(1)", "BW-2(2)", "BW-3", "MO-1"],
        ),
        (
            {"include-all": {}, "exclude-controls": [{"with-ids": ["bw-2"], "with-child-controls": "yes"}]},
            ["BW-1", "BW-3", "MO-1"],
        ),
        (
            {"include-controls": [{"with-ids": ["bw-2"], "with-child-controls": "yes"}]},
            ["BW-2", "BW-2(1)", "BW-2(2)"],
        ),
        ({"include-controls": [{"with-ids": ["bw-2"], "with-child-controls": "no"}]}, ["BW-2"]),
        ({"include-controls": [{"matching": [{"pattern": "bw-2*"}]}]}, ["BW-2", "BW-2(1)", "BW-2(2)"]),
        ({"include-controls": [{"matching": [{"pattern": "?w-[13]"}, {"pattern": "zz"}]}]}, ["BW-1", "BW-3"]),
        ({"include-controls": [{"with-ids": ["bw-1"]}, {"with-ids": ["bw-1", "mo-1"]}]}, ["BW-1", "MO-1"]),
    ],
)
def test_selecting_and_leaving_out(imported: dict[str, Any], expected: list[str]) -> None:
    found = resolved({"href": "rules.json", **imported})
    assert [c.id for c in found.clauses if c.kind not in ("family", "group")] == expected


@pytest.mark.parametrize("merge", [None, {"flat": {}}, {"combine": {"method": "use-first"}, "flat": {}}])
def test_without_a_structure_the_controls_stand_alone(merge: dict[str, Any] | None) -> None:
    value = profile(selects("bw-1", "bw-2.1"))
    value["profile"]["merge"] = merge
    found = read_framework([source("small.json", value)], catalogs=[RULES])
    assert [(c.id, c.parent) for c in found.clauses] == [("BW-1", ""), ("BW-2(1)", "")]


def test_what_is_not_applied_is_said() -> None:
    found = resolved(selects("bw-1"), merge={"custom": {}}, modify={"set-parameters": [{"param-id": "p"}]})
    assert found.notes == (
        "small.json alters parameters or wording of controls; the wording here is the catalog's.",
        "small.json groups the controls anew; they stand here in the groups of their catalog.",
    )


def test_a_control_selected_twice_is_there_once() -> None:
    found = resolved(selects("bw-1"), selects("bw-1", "mo-1"))
    assert ids(found) == ["bw", "BW-1", "Moorings", "MO-1"]


def test_a_profile_may_rest_on_a_profile() -> None:
    middle = source("middle.json", profile(selects("bw-1", "mo-1")))
    found = resolved(
        {"href": "middle.json", "include-controls": [{"with-ids": ["mo-1"]}]}, catalogs=[middle, RULES]
    )
    assert ids(found) == ["Moorings", "MO-1"]


def test_a_profile_and_its_catalog_may_be_xml() -> None:
    written = f"""<profile xmlns="{OSCAL}">
      <metadata><title>Small harbours</title><version>3.1</version></metadata>
      <import href="rules.xml"><include-controls><with-id>bw-1</with-id>
        <matching pattern="mo-*"/></include-controls>
        <exclude-controls><with-id>mo-9</with-id></exclude-controls></import>
      <merge><as-is>true</as-is></merge></profile>"""
    found = read_framework([source("small.xml", written)], catalogs=[source("rules.xml", CATALOG_XML)])
    assert ids(found) == ["bw", "BW-1", "Moorings", "MO-1"]


def test_the_catalog_is_found_by_its_name_or_by_being_the_only_one() -> None:
    other = copy.deepcopy(CATALOG)
    other["catalog"]["groups"] = [
        {"id": "zz", "title": "Else", "controls": [{"id": "bw-1", "title": "Other"}]}
    ]
    named = {**selects("bw-1"), "href": "#u-1"}
    back = {"resources": [{"uuid": "u-0"}, {"uuid": "u-1", "rlinks": [{"href": "../json/rules.xml"}]}]}
    both = [source("other.json", other), RULES]
    assert resolved(named, catalogs=both, **{"back-matter": back}).by_id["BW-1"].title == "Height"
    assert (
        resolved(selects("bw-1"), catalogs=[source("renamed.json", CATALOG)]).by_id["BW-1"].title == "Height"
    )
    with pytest.raises(BadInput, match=r"none of the 2 catalogs given is the one that it imports") as error:
        resolved({**named, "href": "#u-2"}, catalogs=both)
    assert error.value.hint == "Give one of: #u-2."
    with pytest.raises(BadInput, match=r"none of the 2 catalogs") as error:
        resolved({**named, "href": "https://example.org/x/harbour.json"}, catalogs=both)
    assert error.value.hint == "Give one of: harbour."


def test_without_its_catalog_a_list_of_ids_is_read_as_ids() -> None:
    found = resolved(
        {
            "href": "#u",
            "include-controls": [{"with-ids": ["bw-1", "bw-2"]}],
            "exclude-controls": [{"with-ids": ["bw-2"]}],
        },
        catalogs=[],
    )
    assert [(c.id, c.title) for c in found.clauses] == [("bw-1", "")]
    assert found.notes == ("small.json was read without its catalog: 1 controls have an id only.",)


@pytest.mark.parametrize(
    ("imported", "catalogs", "sentence"),
    [
        ({"href": "x", "include-all": {}}, [], "what it selects cannot be told without its catalog."),
        (
            {"href": "x", "include-controls": [{"matching": [{"pattern": "*"}]}]},
            [],
            "cannot be told without its",
        ),
        (selects("bw-9"), [RULES], "with-ids[0]): the catalog rules.json has no control bw-9."),
        (
            {"href": "x", "include-all": {}, "exclude-controls": [{"matching": [{"pattern": "*"}]}]},
            [RULES],
            "selects nothing",
        ),
        (
            selects("bw-1"),
            [source("x.json", {"else": 1})],
            "x.json is neither an OSCAL catalog nor a profile.",
        ),
        (
            selects("bw-1"),
            [source("x.json", {"catalog": 1})],
            "x.json is neither an OSCAL catalog nor a profile.",
        ),
        ({"include-all": {}}, [RULES], "(profile.imports[0]): there is no “href”."),
        (selects("bw-1"), [source("x.json", "{")], "x.json is not JSON"),
    ],
)
def test_what_cannot_be_resolved_is_refused(
    imported: dict[str, Any], catalogs: list[SourceFile], sentence: str
) -> None:
    with pytest.raises(BadInput) as error:
        resolved(imported, catalogs=catalogs)
    assert sentence in error.value.message


def test_a_profile_without_imports_is_refused() -> None:
    value = profile()
    del value["profile"]["imports"]
    with pytest.raises(BadInput, match="“imports” should be a list and is missing"):
        read_framework([source("small.json", value)], catalogs=[RULES])


def test_profiles_that_import_each_other_are_refused() -> None:
    one = source("one.json", profile({"href": "two.json", "include-all": {}}))
    two = source("two.json", profile({"href": "three.json", "include-all": {}}))
    three = source("three.json", profile({"href": "two.json", "include-all": {}}))
    with pytest.raises(BadInput, match="imports itself"):
        read_framework([one], catalogs=[two, three])
    chain = [source(f"p{n}.json", profile({"href": f"p{n + 1}.json", "include-all": {}})) for n in range(5)]
    with pytest.raises(BadInput, match="too deeply"):
        read_framework(chain[:1], catalogs=[*chain[1:], source("p5.json", CATALOG)])


def test_more_imports_or_patterns_than_are_read_are_refused() -> None:
    with pytest.raises(BadInput, match="the profile has 21 imports; at most 20 are read"):
        resolved(*[selects("bw-1")] * 21)
    with pytest.raises(BadInput, match="there are 101 patterns; at most 100 are read"):
        resolved({"href": "x", "include-controls": [{"matching": [{"pattern": "bw-*"}] * 101}]})


def test_the_edition_may_be_said() -> None:
    value = profile(selects("bw-1"))
    del value["profile"]["metadata"]["version"]
    with pytest.raises(BadInput, match="there is no “version”"):
        read_framework([source("s.json", value)], catalogs=[RULES], naming=Naming(edition="1"))
