"""Reading bytes: what comes out, on which line a part stands, and what is refused before it is built."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.adapters.importers import documents
from plimsoll.adapters.importers.documents import Form, read_document
from plimsoll.adapters.importers.oscal_xml import read_xml
from plimsoll.kernel.errors import BadInput, ErrorCode
from tests.adapters.importers.samples import OSCAL, source


def refused(name: str, content: str | bytes) -> BadInput:
    with pytest.raises(BadInput) as error:
        read_document(source(name, content))
    return error.value


def xml(inner: str) -> str:
    return f'<catalog xmlns="{OSCAL}">\n{inner}\n</catalog>'


# ---------------------------------------------------------------- which form


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.json", "{}", Form.JSON),
        ("a.JSON", "\ufeff{}", Form.JSON),
        ("a.yml", "a: 1", Form.YAML),
        ("a.csv", "id\n1", Form.CSV),
        ("a.xml", xml(""), Form.XML),
        ("noending", " \n{}", Form.JSON),
        ("-", xml(""), Form.XML),
        ("-", "a: 1", Form.YAML),
        ("", "", Form.YAML),
    ],
)
def test_the_ending_says_how_a_file_is_written_and_else_its_first_character(
    name: str, content: str, form: Form
) -> None:
    assert read_document(source(name, content)).form is form


# ---------------------------------------------------------------- lines

TREES = st.recursive(
    st.integers(0, 9) | st.text('ab{}[]",: ', max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for step, part in inner for found in places(part, (*path, step)))]


@settings(max_examples=80)
@given(TREES)
def test_the_line_of_every_part_of_a_json_file_is_that_on_which_it_begins(value: Any) -> None:
    text = json.dumps(value, indent=2)
    document = read_document(source("a.json", text))
    # `indent` puts every part on a line of its own, in the order in which `places` walks
    expected = 0
    for path in places(value):
        expected += 1
        while text.splitlines()[expected - 1].strip(" ,") in ("}", "]"):
            expected += 1
        assert document.line(path) == expected


@settings(max_examples=60)
@given(TREES)
def test_json_and_yaml_agree_on_every_line(value: Any) -> None:
    text = json.dumps(value, indent=2)
    ours, theirs = read_document(source("a.json", text)), read_document(source("a.yaml", text))
    assert ours.value == theirs.value == value
    assert [ours.line(path) for path in places(value)] == [theirs.line(path) for path in places(value)]


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_the_line_of_what_is_not_there_is_that_of_what_should_hold_it(name: str) -> None:
    document = read_document(source(name, '{\n "a": [\n  {"b": 1}\n ]\n}'))
    assert document.line(("a", 0, "c")) == 3
    assert document.line(("a", 7)) == 2
    assert document.line(("a", "x")) == 2
    assert document.line(("a", 0, "b", "deeper")) == 3
    assert document.line(("z",)) == 1


def test_the_line_in_an_empty_document_is_its_first() -> None:
    assert read_document(source("a.yaml", "")).line(("a",)) == 1


def test_the_line_of_a_row_is_that_on_which_it_begins() -> None:
    document = read_document(source("a.csv", '\nid,title\nA,"two\nlines"\n\nB,one\n'))
    assert [document.line(("rows", n, "id")) for n in (0, 1)] == [3, 6]
    assert document.line(("columns", 0)) == 3
    assert document.value["rows"][0] == {"id": "A", "title": "two\nlines"}


def test_the_line_of_an_element_is_that_of_its_tag() -> None:
    document = read_document(
        source("a.xml", xml('<group>\n<title>A</title>\n<control id="x">\n</control></group>'))
    )
    assert document.line(("catalog", "groups", 0, "controls", 0)) == 4
    assert document.line(("catalog", "groups", 0, "controls", 0, "id")) == 4
    assert document.line(("catalog", "groups", 9)) == 1
    assert document.line(("else",)) == 1


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_reads_the_same_however_the_spreadsheet_wrote_it(separator: str, mark: str, end: str) -> None:
    rows = [["ID", " Title ", ""], ["A", f"with {separator} in it", ""], ["B", 'a "word"', ""]]
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator=end).writerows(rows)
    value = read_document(source("a.csv", mark + written.getvalue())).value
    assert value["columns"] == ["id", "title"]
    assert value["rows"] == [
        {"id": "A", "title": f"with {separator} in it"},
        {"id": "B", "title": 'a "word"'},
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id,title\nA,B,C", "a.csv, line 2: the row has 3 cells, the header 2."),
        ("id,id\nA,B", "a.csv, line 1: the column “id” stands there twice."),
        ('id,title\nA,"B', "a.csv is not CSV in line 2: unexpected end of data."),
        ("id\n" + "a\n" * 20_001, "a.csv, line 20002: more than 20,000 rows are not read."),
        (",".join(f"c{n}" for n in range(61)), "there are 61 columns; at most 60 are read."),
        (b"id,title\nA,\xff", "a.csv is not UTF-8 text in line 2 (byte 11)."),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(content: str | bytes, sentence: str) -> None:
    assert sentence in refused("a.csv", content).message


def test_a_short_row_has_empty_cells_and_a_table_may_be_empty() -> None:
    assert read_document(source("a.csv", "id,title\nA")).value["rows"] == [{"id": "A", "title": ""}]
    assert read_document(source("a.csv", "")).value == {"columns": [], "rows": []}


# ---------------------------------------------------------------- XML


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE catalog [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE catalog SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE catalog [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE catalog>",
    ],
)
def test_a_declaration_of_a_document_type_is_refused_before_anything_is_expanded(declaration: str) -> None:
    error = refused("a.xml", f'<?xml version="1.0"?>\n{declaration}\n{xml("<title>&b;</title>")}')
    assert error.message == "a.xml, line 2: a document type or entity declaration is not accepted."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not well-formed XML in line 1, column 1: no element found."),
        (xml("<group>\n<title>x</title>"), "is not well-formed XML in line 4, column 3: mismatched tag."),
        (xml("<title>&nbsp;</title>"), "is not well-formed XML in line 2"),
        ("<html>\n</html>", "a.xml, line 1: the element “html” is not OSCAL."),
        (xml('\n<x xmlns="urn:x"/>'), "a.xml, line 3: the element “x” is not OSCAL."),
        (
            '<?xml version="1.0" encoding="klingon"?><a/>',
            "is written in an encoding that cannot be read: unknown encoding: klingon",
        ),
        (b'<?xml version="1.0" encoding="utf-8"?>\xff<a></a>', "is not well-formed XML in line 1"),
        (xml("<group>" * 101 + "</group>" * 101), "more than 100 levels or 400,000 elements."),
    ],
)
def test_wrong_xml_is_refused_with_its_line(content: str | bytes, sentence: str) -> None:
    assert sentence in refused("a.xml", content).message


def test_more_elements_than_are_built_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plimsoll.adapters.importers.oscal_xml.MOST_ELEMENTS", 5)
    with pytest.raises(BadInput) as error:
        read_xml(xml("<group/>" * 9).encode(), what="a.xml")
    assert error.value.code is ErrorCode.TOO_LARGE


def test_the_text_of_xml_is_written_as_oscal_writes_it_in_json() -> None:
    body = """<group><part name="statement"><p>One <em>two</em> <strong>three</strong>
       <code>four</code> <insert type="param" id-ref="p1"/> <a href="https://example.org">five</a></p>
       <ul><li>six</li><li><p>seven</p></li></ul></part></group>"""
    value = read_document(source("a.xml", xml(body))).value
    assert value["catalog"]["groups"][0]["parts"][0]["prose"] == (
        "One *two* **three** `four` {{ insert: param, p1 }} five\nsix\nseven"
    )


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize("name", ["a.json", "a.xml", "a.csv", "a.yaml"])
def test_a_file_over_the_limit_is_not_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LIMIT", 100)
    monkeypatch.setattr(documents, "YAML_LIMIT", 100)
    error = refused(name, b" " * 101)
    assert error.code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    ("levels", "sentence"), [(61, "nested deeper than 60 levels"), (100_000, "nested too deeply")]
)
def test_a_file_that_is_nested_too_deeply_is_refused(levels: int, sentence: str) -> None:
    assert sentence in refused("a.json", "[" * levels + "]" * levels).message


def test_sixty_levels_are_read() -> None:
    assert read_document(source("a.json", "[" * 60 + "]" * 60)).value


@pytest.mark.parametrize("text", ["a: &x 1", "a: !!python/name:os.system", "a: 1\na: 2", "a: [", "\x00"])
def test_yaml_keeps_the_rules_of_the_catalog(text: str) -> None:
    assert "a.yaml" in refused("a.yaml", text).message


def test_the_samples_are_what_any_yaml_reader_sees() -> None:
    from tests.adapters.importers import samples

    for text in (samples.ATLAS_5, samples.ATLAS_6, samples.COSAI_RISKS, samples.HOUSE_YAML):
        assert read_document(source("a.yaml", text)).value == yaml.safe_load(text)
