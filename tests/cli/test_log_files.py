"""plimsoll log fsck: the files of a log are checked without server and without Django."""

import json
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from plimsoll.cli.main import app
from tests.engines.tlog.logs import entries, opened


def fsck(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["log", "fsck", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_an_untouched_log_agrees_and_a_changed_entry_is_named(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append(entries(0, 300))
        assert fsck(str(tmp_path)).exit_code == 3
        log.publish()
        root = log.root.hex()
    result = fsck(str(tmp_path))
    assert result.exit_code == 0
    assert "MET\n  hashed 300 entries, compared 1 checkpoints" in result.output
    assert f"root {root}" in result.output
    bundle = tmp_path / "public" / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"entry 201", b"entry 202"))
    result = fsck(str(tmp_path))
    assert result.exit_code == 1
    assert "NOT MET" in result.output
    assert "tile/entries/000 and tile/0/000 do not agree from entry 201 on" in result.output


def test_the_findings_as_json(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append(entries(0, 3))
        log.publish()
    found = json.loads(fsck(str(tmp_path / "public"), "--json").output)
    assert (found["verdict"], found["faults"], found["entries"]) == ("met", [], 3)
    assert len(found["root"]) == 64


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    result = fsck(str(tmp_path / "missing"))
    assert result.exit_code == 3
    assert "missing cannot be used: No such file or directory" in result.output
