"""plimsoll framework: counts, differences, and one sentence for whatever cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from plimsoll.adapters.importers.registry import IMPORTERS
from plimsoll.cli.main import app
from plimsoll.kernel import clock
from tests.adapters.importers.samples import (
    ATLAS_5,
    ATLAS_6,
    CATALOG,
    COSAI_FILES,
    HOUSE_CSV,
    HOUSE_YAML,
    profile,
)


def run(*arguments: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["framework", *arguments], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def written(folder: Path, **files: str | dict[str, Any]) -> None:
    for name, content in files.items():
        stem, _, ending = name.rpartition("_")
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{stem}.{ending}").write_text(text, newline="")


def refusal(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line.removeprefix("plimsoll: ")


# ---------------------------------------------------------------- read


def test_reading_prints_edition_counts_renames_and_notes(tmp_path: Path) -> None:
    written(tmp_path, atlas_yaml=ATLAS_6, house_yaml=HOUSE_YAML)
    result = run("read", str(tmp_path / "atlas.yaml"))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "MITRE ATLAS  (mitre-atlas@2026.05, mitre-atlas)",
        "       1 tactic",
        "       2 technique",
        "       2 subtechnique",
        "       1 mitigation",
        "       1 case-study",
        "  renamed: AML.T0019 is now AML.T0115.000",
    ]
    assert "       2 clause, 1 of them withdrawn" in run("read", str(tmp_path / "house.yaml")).stdout


def test_the_document_has_every_clause(tmp_path: Path) -> None:
    written(tmp_path, house_csv=HOUSE_CSV)
    path = str(tmp_path / "house.csv")
    result = run("read", path, "--id", "halyard-ai", "--title", "Ours", "--edition", "2", "--json")
    document = json.loads(result.stdout)
    assert (document["form"], document["framework"], document["title"]) == (
        "plimsoll/framework/1",
        "halyard-ai",
        "Ours",
    )
    assert [clause["ref"] for clause in document["clauses"]] == [
        "halyard-ai@2:H", "halyard-ai@2:H-1", "halyard-ai@2:H-2",
    ]  # fmt: skip


def test_a_folder_is_one_framework(tmp_path: Path) -> None:
    for file in COSAI_FILES:
        (tmp_path / file.name).write_bytes(file.content)
    (tmp_path / "LICENSE.md").write_text("not read")
    (tmp_path / "folder.yaml").mkdir()
    result = run("read", str(tmp_path), "--edition", "2026-08-19")
    assert result.exit_code == 0
    assert "       1 risk\n" in result.stdout
    assert "  note: No file lists the categories risksHull" in result.stdout


def test_a_profile_takes_its_catalog_along(tmp_path: Path) -> None:
    written(tmp_path, rules_json=CATALOG, small_json=profile())
    alone = run("read", str(tmp_path / "small.json"))
    assert "1 controls have an id only" in alone.stdout
    found = run("read", str(tmp_path / "small.json"), "--catalog", str(tmp_path / "rules.json"), "--json")
    assert [c["id"] for c in json.loads(found.stdout)["clauses"]] == ["bw", "BW-1"]


def test_standard_input_is_read() -> None:
    assert run("read", "-", given=HOUSE_YAML).exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "arguments", "sentence"),
    [
        (
            "a.yaml",
            HOUSE_YAML.replace("id: H-1", "id: H"),
            [],
            "a.yaml, line 6 (clauses[1]): the id H is used twice",
        ),
        ("a.csv", HOUSE_CSV, [], "The files do not say the framework's id. Say it with --id."),
        ("a.yaml", "a: 1", [], "What a.yaml holds is of no kind that is read. Known: oscal-catalog"),
        ("a.yaml", HOUSE_YAML, ["--kind", "iso"], "There is no importer “iso”."),
        ("a.yaml", HOUSE_YAML, ["--kind", "mitre-atlas"], "a.yaml, line 1: there is no “version”."),
        (
            "a.xml",
            "<!DOCTYPE a><a/>",
            [],
            "a.xml, line 1: a document type or entity declaration is not accepted.",
        ),
        ("a.json", "{", [], "a.json is not JSON"),
    ],
)
def test_a_malformed_file_gets_one_sentence_with_its_line(
    tmp_path: Path, name: str, content: str, arguments: list[str], sentence: str
) -> None:
    (tmp_path / name).write_text(content)
    assert sentence in refusal(run("read", str(tmp_path / name), *arguments))
    as_json = run("read", str(tmp_path / name), *arguments, "--json")
    assert as_json.exit_code == 2
    assert json.loads(as_json.stdout)["error"]["message"]


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    assert "There is no file" in refusal(run("read", str(tmp_path / "nothing.yaml")))
    assert "has 0 files to read" in refusal(run("read", str(tmp_path)))


def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert f"The folder {tmp_path} cannot be read: Permission denied." in refusal(run("read", str(tmp_path)))


# ---------------------------------------------------------------- diff


def test_a_difference_is_printed_group_by_group(tmp_path: Path) -> None:
    written(tmp_path, old_yaml=ATLAS_5, new_yaml=ATLAS_6)
    result = run("diff", str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml"))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "MITRE ATLAS: 5.9.0 → 2026.05"
    assert lines[lines.index("ADDED  1") + 1] == "  AML.T0115  Publish Poisoned AI Artifacts"
    assert lines[lines.index("RENAMED  1") + 1] == "  AML.T0019 → AML.T0115.000  Datasets"
    assert lines[lines.index("REWORDED  1") + 1] == "  AML.T0115.000  Publish Poisoned Datasets → Datasets"
    assert lines[lines.index("MOVED  1") + 1] == "  AML.T0115.000  top → AML.T0115"
    assert not any(line.startswith("REMOVED") for line in lines)


def test_it_says_what_of_the_catalog_is_touched(tmp_path: Path) -> None:
    changed = ATLAS_6.replace("Bad.", "Very bad.").replace("name: Datasets", "name: Data sets")
    written(tmp_path, old_yaml=ATLAS_6, new_yaml=changed.replace("2026.05", "2027.01"))
    paths = [str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")]
    document = json.loads(run("diff", *paths, "--json").stdout)
    assert document["reworded"][0]["parts"] == ["title", "text"]
    touched = {(t["kind"], t["by"]): t for t in document["touches"]}
    assert ("risk", "RSK-DAT-02") in touched
    assert touched["risk", "RSK-DAT-02"]["cites"] == "mitre-atlas@2026.09:AML.T0115.000"
    assert touched["risk", "RSK-DAT-02"]["now"] == "mitre-atlas@2027.01:AML.T0115.000"
    text = run("diff", *paths).stdout
    assert "AML.T0115.000  Datasets → Data sets (text too)" in text
    assert (
        "  risk RSK-DAT-02 cites mitre-atlas@2026.09:AML.T0115.000: "
        "reworded, now mitre-atlas@2027.01:AML.T0115.000" in text
    )


def test_a_requirement_is_touched_through_its_control(tmp_path: Path) -> None:
    old = "{id: nist-ai-rmf, edition: '0.9', title: RMF, clauses: [{id: GOVERN 2.1, title: Roles}]}"
    new = old.replace("0.9", "2.0").replace("GOVERN 2.1", "GOVERN 9")
    written(tmp_path, old_yaml=old, new_yaml=new)
    result = run("diff", str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml"), "--json")
    touches = json.loads(result.stdout)["touches"]
    assert {t["kind"] for t in touches} == {"control", "requirement"}
    assert {(t["cites"], t["now"], *t["why"]) for t in touches} == {
        ("nist-ai-rmf@1.0:GOVERN 2.1", None, "removed")
    }


def test_the_same_file_twice_differs_in_nothing(tmp_path: Path) -> None:
    written(tmp_path, house_csv=HOUSE_CSV)
    path = str(tmp_path / "house.csv")
    result = run("diff", path, path, "--id", "halyard-ai", "--old-edition", "1", "--new-edition", "2")
    assert result.stdout == "halyard-ai: 1 → 2\n  no clause differs\n"


def test_a_long_list_is_cut_on_paper_and_whole_as_json(tmp_path: Path) -> None:
    rows = "".join(f"N-{n},New {n}\n" for n in range(50))
    written(tmp_path, old_csv="id,title\nA,Old\n", new_csv=f"id,title\nA,Old text\n{rows}")
    paths = [str(tmp_path / "old.csv"), str(tmp_path / "new.csv")]
    said = ["--id", "house", "--old-edition", "1", "--new-edition", "2"]
    assert "  … and 10 more; --json has them all" in run("diff", *paths, *said).stdout
    assert len(json.loads(run("diff", *paths, *said, "--json").stdout)["added"]) == 50


def test_a_text_that_changed_alone_is_said(tmp_path: Path) -> None:
    written(tmp_path, old_yaml=HOUSE_YAML, new_yaml=HOUSE_YAML.replace("One person", "A person"))
    result = run("diff", str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml"))
    assert "  H-1  A named owner (text)" in result.stdout


def test_two_frameworks_are_not_compared(tmp_path: Path) -> None:
    written(tmp_path, old_yaml=HOUSE_YAML, new_yaml=ATLAS_6)
    sentence = refusal(run("diff", str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")))
    assert sentence.startswith("halyard-ai and mitre-atlas are two frameworks.")


# ---------------------------------------------------------------- kinds and stale


def test_the_kinds_are_listed() -> None:
    text = run("kinds").stdout
    listed = json.loads(run("kinds", "--json").stdout)
    assert [kind["kind"] for kind in listed] == [importer.kind for importer in IMPORTERS]
    assert all(kind["kind"] in text and kind["title"] in text for kind in listed)


@pytest.mark.parametrize(("day", "stale"), [((2026, 11, 24), False), ((2027, 3, 1), True)])
def test_what_is_stale_is_listed_by_the_day(day: tuple[int, int, int], stale: bool) -> None:
    with clock.frozen_at(datetime(*day, tzinfo=UTC)):
        text, listed = run("stale").stdout, json.loads(run("stale", "--json").stdout)
    assert bool(listed) == stale
    assert f"{len(listed)} of " in text
    if stale:
        first = listed[0]
        assert f"{first['id']}  checked {first['checked_at']}, {first['days']} days ago" in text
