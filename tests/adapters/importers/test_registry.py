"""The contract of every importer: it knows its own, refuses what is broken with its line, opens nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.adapters.importers.documents import SourceFile, read_document
from plimsoll.adapters.importers.importer import Naming
from plimsoll.adapters.importers.registry import IMPORTERS, importer_for, read_framework
from plimsoll.engines.catalog.aliases import Alias
from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel.errors import BadInput
from tests.adapters.importers import samples
from tests.adapters.importers.samples import SAMPLES, source

NAMING = Naming(id="halyard-ai", title="Ours", edition="7")
each_kind = pytest.mark.parametrize("kind", [importer.kind for importer in IMPORTERS])


def imported(kind: str, naming: Naming | None = None) -> ImportedFramework:
    return read_framework(SAMPLES[kind], naming=naming or Naming(id="", edition="" if kind in DATED else "7"))


DATED = ("oscal-catalog", "oscal-profile", "mitre-atlas", "house-yaml")
"""Kinds whose files say their edition."""


def test_there_is_a_sample_of_every_kind_and_of_no_other() -> None:
    assert list(SAMPLES) == [importer.kind for importer in IMPORTERS]


@each_kind
def test_an_importer_recognises_its_own_and_no_other(kind: str) -> None:
    for importer in IMPORTERS:
        for file in SAMPLES[kind]:
            assert importer.recognises(read_document(file)) == (importer.kind == kind), importer.kind


@each_kind
@pytest.mark.parametrize(
    "value", ["null", "[]", "7", '"text"', "{}", '{"catalog": 1}', '{"profile": []}', '{"title": 1}']
)
def test_recognising_never_fails(kind: str, value: str) -> None:
    importer = next(i for i in IMPORTERS if i.kind == kind)
    assert importer.recognises(read_document(source("x.json", value))) is False


@each_kind
def test_what_it_reads_says_its_kind_its_edition_and_the_bytes_it_came_from(kind: str) -> None:
    found = imported(kind, NAMING)
    assert (found.kind, found.id, found.title, found.edition) == (kind, "halyard-ai", "Ours", "7")
    assert found.clauses
    assert [s.name for s in found.sources] == [file.name for file in SAMPLES[kind]]
    assert [s.size for s in found.sources] == [len(file.content) for file in SAMPLES[kind]]
    assert all(len(s.sha256) == 64 for s in found.sources)
    assert sum(found.counts.values()) == len(found.clauses)


@each_kind
def test_every_clause_knows_where_it_was_read(kind: str) -> None:
    files = {file.name: read_document(file) for file in SAMPLES[kind]}
    lines = [files[c.place.file].line(c.place.path) for c in imported(kind, NAMING).clauses]
    assert all(line >= 1 for line in lines)
    if kind not in ("cosai-risk-map", "mitre-atlas", "oscal-profile"):
        assert lines == sorted(lines)


@each_kind
def test_the_kind_may_be_named_and_reads_the_same(kind: str) -> None:
    assert read_framework(SAMPLES[kind], kind=kind, naming=NAMING) == imported(kind, NAMING)


@each_kind
def test_reading_as_another_kind_is_refused(kind: str) -> None:
    for other in IMPORTERS:
        if other.kind != kind:
            with pytest.raises(BadInput):
                read_framework(SAMPLES[kind], kind=other.kind, naming=NAMING)


@each_kind
def test_a_file_cut_off_anywhere_is_read_in_part_nowhere(kind: str) -> None:
    # CSV and YAML cut at the end of an entry are whole files of fewer entries; nothing else may be read
    file = SAMPLES[kind][-1]
    whole = imported(kind, NAMING)
    for end in range(0, len(file.content), max(1, len(file.content) // 40)):
        cut = (*SAMPLES[kind][:-1], SourceFile(name=file.name, content=file.content[:end]))
        try:
            found = read_framework(cut, naming=NAMING)
        except BadInput:
            continue
        assert kind not in ("oscal-catalog", "oscal-profile")
        assert len(found.clauses) <= len(whole.clauses)


@each_kind
@settings(max_examples=25)
@given(st.data())
def test_no_change_of_bytes_makes_it_fail(kind: str, data: st.DataObject) -> None:
    file = SAMPLES[kind][0]
    at = data.draw(st.integers(0, len(file.content) - 1))
    put = data.draw(st.binary(max_size=6))
    content = file.content[:at] + put + file.content[at + data.draw(st.integers(0, 40)) :]
    with contextlib.suppress(BadInput):
        found = read_framework([SourceFile(name=file.name, content=content)], kind=kind, naming=NAMING)
        assert found.clauses


@settings(max_examples=60)
@given(st.binary(max_size=60), st.sampled_from(["a", "a.json", "a.yaml", "a.xml", "a.csv"]))
def test_no_bytes_make_it_fail(content: bytes, name: str) -> None:
    with pytest.raises(BadInput):
        read_framework([SourceFile(name=name, content=content)], naming=NAMING)


# ---------------------------------------------------------------- what it asks for, and what it adds


@pytest.mark.parametrize(
    ("files", "kind", "sentence"),
    [
        ([], "", "0 files were given."),
        ([source("a.yaml", "{}")] * 65, "", "65 files were given."),
        ([source("a.yaml", "{}")], "iso", "There is no importer “iso”."),
        ([source("a.yaml", "x: 1"), source("b.yaml", "y: 2")], "", "What a.yaml, b.yaml holds is of no kind"),
        ([source("a.csv", samples.HOUSE_CSV)], "", "The files do not say the framework's id."),
        (list(samples.COSAI_FILES), "", "The files do not say the framework's edition."),
        ([source("a.yaml", samples.HOUSE_YAML)] * 2, "", "Two files are called a.yaml."),
        (
            [source("a.yaml", samples.HOUSE_YAML), source("b.yaml", samples.HOUSE_YAML)],
            "",
            "is one file; 2 were given.",
        ),
    ],
)
def test_what_is_missing_is_named(files: Sequence[SourceFile], kind: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_framework(files, kind=kind)
    assert sentence in refused.value.message
    assert refused.value.hint


def test_a_folder_with_a_stranger_in_it_is_of_no_kind() -> None:
    documents = [read_document(file) for file in (*samples.COSAI_FILES, source("x.json", samples.CATALOG))]
    with pytest.raises(BadInput):
        importer_for(documents)


def test_a_refusal_names_file_line_and_path() -> None:
    with pytest.raises(BadInput) as refused:
        read_framework([source("house.yaml", samples.HOUSE_YAML.replace("id: H-1", "id: H"))])
    error = refused.value
    assert error.message == (
        "house.yaml, line 6 (clauses[1]): the id H is used twice (first at house.yaml, clauses[0])."
    )
    assert (error.data["file"], error.data["line"], error.data["path"]) == ("house.yaml", 6, ["clauses", 1])


def test_the_known_renames_are_added_where_they_lead_somewhere() -> None:
    new, old = imported("mitre-atlas"), read_framework([source("a.yaml", samples.ATLAS_5)])
    assert new.aliases == (Alias(old="AML.T0019", new="AML.T0115.000"),)
    assert old.aliases == ()


def test_a_place_in_no_file_that_was_given_is_told_as_it_is() -> None:
    text = samples.HOUSE_YAML.replace("[OLD-7, OLD-8]", "[H]")
    with pytest.raises(BadInput) as refused:
        read_framework([source("house.yaml", text)])
    assert refused.value.message == "halyard-ai renames H to H-1 and still has H."
    assert "line" not in refused.value.data


def test_a_rename_that_the_file_tells_itself_stands_against_the_known_one() -> None:
    text = """{id: mitre-atlas, edition: x, clauses: [
      {id: AML.T0115.000, title: A}, {id: Z, title: Z, replaces: [AML.T0019]}]}"""
    assert read_framework([source("a.yaml", text)]).aliases == (Alias(old="AML.T0019", new="Z"),)


@pytest.mark.parametrize(
    ("edition", "withdrawn"), [("2.0", True), ("2.0.1", True), ("2.01", False), ("1.1", False)]
)
def test_ids_of_an_older_edition_that_a_file_carries_along_count_as_withdrawn(
    edition: str, withdrawn: bool
) -> None:
    text = """{id: nist-csf, edition: x, clauses: [
      {id: PR.DS, title: Living}, {id: PR.DS-01, title: New, kind: subcategory, parent: PR.DS},
      {id: PR.AC, title: Old}, {id: PR.AC-01, title: Old, kind: subcategory, parent: PR.AC}]}"""
    found = read_framework([source("csf.yaml", text)], naming=Naming(edition=edition))
    assert {c.id: c.withdrawn for c in found.clauses} == {
        "PR.DS": False, "PR.DS-01": False, "PR.AC": withdrawn, "PR.AC-01": withdrawn,
    }  # fmt: skip
    assert bool(found.notes) == withdrawn
    if withdrawn:
        assert found.notes[0].startswith("2 clauses belong to an older edition")


def test_a_file_of_living_ids_only_gets_no_note() -> None:
    text = "{id: nist-csf, edition: '2.0', clauses: [{id: PR.DS-01, title: New, kind: subcategory}]}"
    assert read_framework([source("csf.yaml", text)]).notes == ()


def test_nothing_but_the_bytes_given_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins
    import io

    for kind in SAMPLES:
        imported(kind, NAMING)  # whatever is loaded once is loaded now

    def refuse(*arguments: object, **more: object) -> None:
        raise AssertionError(f"opened {arguments}")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(io, "open", refuse)
    found: Mapping[str, ImportedFramework] = {kind: imported(kind, NAMING) for kind in SAMPLES}
    assert all(framework.clauses for framework in found.values())
