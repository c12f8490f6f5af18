"""House standards: YAML and CSV say the same, and nothing misspelt is left out without a word."""

from __future__ import annotations

import pytest

from plimsoll.adapters.importers.importer import Naming
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.catalog.aliases import Alias
from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel.errors import BadInput
from tests.adapters.importers.samples import HOUSE_CSV, HOUSE_YAML, source

NAMING = Naming(id="halyard-ai", title="Halyard's AI standard", edition="2")


def yaml_of(text: str = HOUSE_YAML) -> ImportedFramework:
    return read_framework([source("house.yaml", text)])


def csv_of(text: str = HOUSE_CSV) -> ImportedFramework:
    return read_framework([source("house.csv", text)], naming=NAMING)


def test_yaml_and_csv_of_one_standard_are_one_framework() -> None:
    ours, theirs = yaml_of(), csv_of()
    assert ours.clauses == theirs.clauses
    assert (ours.id, ours.title, ours.edition, ours.aliases) == (
        theirs.id,
        theirs.title,
        theirs.edition,
        theirs.aliases,
    )
    assert [(c.id, c.kind, c.parent, c.withdrawn) for c in ours.clauses] == [
        ("H", "chapter", "", False), ("H-1", "clause", "H", False), ("H-2", "clause", "H", True),
    ]  # fmt: skip
    assert ours.aliases == (Alias(old="OLD-7", new="H-1"), Alias(old="OLD-8", new="H-1"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  text:", "  txet:", "house.yaml, line 6 (clauses[1]): there is no key “txet” here."),
        (
            'edition: "2"',
            "edition: 2",
            "house.yaml, line 3 (edition): “edition” should be text and is a number.",
        ),
        ('edition: "2"', 'edtion: "2"', "house.yaml, line 1: there is no key “edtion” here."),
        ('edition: "2"', 'edition: "a:b"', "halyard-ai has no usable edition (“a:b”)."),
        ("id: halyard-ai", "id: Halyard AI", "“Halyard AI” is no id of a framework."),
        (
            "parent: H\n",
            "parent: X\n",
            "house.yaml, line 6 (clauses[1]): H-1 lies in X, which does not exist.",
        ),
        (
            "withdrawn: true",
            "withdrawn: maybe",
            "house.yaml, line 11 (clauses[2].withdrawn): “withdrawn” should be",
        ),
        ("OLD-8", "H", "halyard-ai renames H to H-1 and still has H."),
        ("replaces: [", "replaces: [7, ", "(clauses[1].replaces[0]): this should be text and is a number."),
        (
            "text: One",
            "text: [[7]]\n  kind: One",
            "(clauses[1].text[0][0]): this should be text and is a number.",
        ),
    ],
)
def test_a_malformed_yaml_says_which_line_and_why(old: str, new: str, sentence: str) -> None:
    assert old in HOUSE_YAML
    with pytest.raises(BadInput) as error:
        read_framework([source("house.yaml", HOUSE_YAML.replace(old, new))], kind="house-yaml")
    assert sentence in error.value.message


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("withdrawn", "retired", "house.csv, line 1: there is no column “retired”."),
        (";x;", ";perhaps;", "house.csv, line 5 (rows[2].withdrawn): “withdrawn” is “perhaps”."),
        ("H-2;Paper log", "H-1;Paper log", "house.csv, line 5 (rows[2]): the id H-1 is used twice"),
        ("H-2;Paper log", ";Paper log", "house.csv, line 5 (rows[2].id): “id” is empty."),
        (";H;x", ";Z;x", "house.csv, line 5 (rows[2]): H-2 lies in Z, which does not exist."),
    ],
)
def test_a_malformed_csv_says_which_line_and_why(old: str, new: str, sentence: str) -> None:
    assert old in HOUSE_CSV
    with pytest.raises(BadInput) as error:
        csv_of(HOUSE_CSV.replace(old, new))
    assert sentence in error.value.message


def test_a_table_of_the_columns_that_it_needs_is_enough() -> None:
    found = csv_of("id,title\n1,One\n2,Two\n")
    assert [(c.id, c.title, c.kind) for c in found.clauses] == [
        ("1", "One", "clause"),
        ("2", "Two", "clause"),
    ]
