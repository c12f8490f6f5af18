"""plimsoll check: a CI step whose exit code is the answer, and which leaves signed evidence behind."""

from __future__ import annotations

import json
import os
import pickle
import tracemalloc
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from plimsoll.adapters.evidence import rejudge
from plimsoll.adapters.keys import load_key
from plimsoll.cli.main import app
from plimsoll.engines.checks.registry import CHECKS
from plimsoll.engines.statements.envelope import key_id
from tests.adapters import zoo
from tests.conftest import NOW

CLEAN = b"\x02\x00\x00\x00\x00\x00\x00\x00{}"
ROWS = "y,p,age\n" + "1,1,old\n0,0,old\n1,1,young\n0,0,young\n" * 300
UNFAIR = "y,p,age\n" + "1,1,old\n0,1,old\n1,0,young\n0,0,young\n" * 300
FAIRNESS = ("--param", "label=y", "--param", "prediction=p", "--param", "attribute=age")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence goes into the current folder, and keys into the user's; both are the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("PLIMSOLL_SIGNING_KEY", "PLIMSOLL_TOKEN", "PLIMSOLL_KEY_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)


def check(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    """What the command does; a traceback would be an exception here."""
    result = CliRunner().invoke(app, ["check", *arguments], env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def run(name: str, content: bytes | str, *arguments: str, kind: str = "model-file") -> Result:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return check("run", kind, name, *arguments)


def refusal(result: Result, code: int = 2) -> str:
    assert result.exit_code == code, result.output
    line = result.stderr.splitlines()[-1]
    assert line.startswith("plimsoll: ")
    return line.removeprefix("plimsoll: ")


# ---------------------------------------------------------------- exit codes
@pytest.mark.parametrize(
    ("name", "content", "kind", "arguments", "code", "answer"),
    [
        ("router.safetensors", CLEAN, "model-file", (), 0, "clean"),
        ("bad.pkl", zoo.stream(zoo.call("os", "system", "true")), "model-file", (), 1, "flagged"),
        ("odd.bin", b"\x1f\x8b\x08\x00", "model-file", (), 3, "not covered"),
        ("rows.csv", ROWS, "fairness", FAIRNESS, 0, "within"),
        ("rows.csv", UNFAIR, "fairness", FAIRNESS, 1, "outside limits"),
        ("few.csv", ROWS[:40], "fairness", FAIRNESS, 3, ""),
    ],
)
def test_the_exit_code_is_the_answer(
    name: str, content: bytes | str, kind: str, arguments: tuple[str, ...], code: int, answer: str
) -> None:
    result = run(name, content, *arguments, kind=kind)
    assert result.exit_code == code, result.output
    said = result.stdout.splitlines()[0].lower()
    assert answer in said
    assert name in said
    assert (Path.cwd() / f"{name}.{kind}.dsse.json").exists()


def test_looking_at_a_malicious_pickle_does_not_run_it(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    result = run("bad.pkl", pickle.dumps(zoo.Payload(marker)))
    assert result.exit_code == 1
    assert "system" in result.stdout
    assert not marker.exists()


def test_a_zip_bomb_is_answered_without_being_inflated() -> None:
    result = run("bomb.zip", zoo.bomb(80 * 2**20), "--param", "max_inflated_mb=1")
    assert result.exit_code == 3, result.output


# ---------------------------------------------------------------- the evidence
def test_the_evidence_can_be_judged_again_by_anybody_with_the_key() -> None:
    result = run("router.safetensors", CLEAN, "--json", "--out", "evidence.json", "--key", "ci.pem")
    document = json.loads(result.stdout)
    public = load_key(Path("ci.pem")).public_key()
    again = rejudge(Path("evidence.json").read_bytes().rstrip(b"\n"), {key_id(public): public}, now=NOW)
    assert again.result.to_json() == {key: document[key] for key in again.result.to_json()}
    assert document["statement"] == "evidence.json"
    assert [s["name"] for s in document["subjects"]] == ["router.safetensors"]


def test_the_json_document_has_the_keys_that_are_promised() -> None:
    document = json.loads(run("rows.csv", ROWS, *FAIRNESS, "--json", kind="fairness").stdout)
    assert document["form"] == "plimsoll/check-run/1"
    assert {
        "check", "version", "subjects", "parameters", "outcome", "answer", "reasons", "measures", "findings",
        "read", "tools", "valid_until", "statement", "pushed",
    } <= set(document)  # fmt: skip
    assert document["parameters"]["label"] == "y"
    assert document["pushed"] is None


def test_a_subject_with_a_name_that_is_no_text_is_named_with_an_escape() -> None:
    name = os.fsdecode(b"r\xff.safetensors")
    result = run(name, CLEAN, "--out", "evidence.json")
    assert result.exit_code == 0, result.output
    assert run(name, CLEAN, "--out", name + ".json", "--json").exit_code == 0


def test_the_same_file_of_evidence_is_replaced_as_a_whole() -> None:
    run("router.safetensors", CLEAN, "--out", "evidence.json")
    first = Path("evidence.json").read_bytes()
    run("router.safetensors", CLEAN + b" ", "--out", "evidence.json")
    assert Path("evidence.json").read_bytes() != first
    assert not list(Path.cwd().glob(".*.part"))


# ---------------------------------------------------------------- usage
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run", "poetry", "m"), "There is no check “poetry”."),
        (("run", "model-file", "nothing"), "nothing"),
        (("run", "model-file", "m", "--param", "nonsense=1"), "model-file has no parameter “nonsense”."),
        (("run", "model-file", "m", "--param", "max_seconds"), "“max_seconds” is not a parameter."),
        (("run", "model-file", "m", "--param", "=3"), "“=3” is not a parameter."),
        (("run", "model-file", "m", "--param", "max_seconds=soon"), "max_seconds"),
        (("run", "model-file", "m", "--param", "max_seconds=nan"), "max_seconds"),
        (("run", "model-file", "m", "--param", "max_inflated_mb=" + "9" * 5000), "max_inflated_mb"),
        (
            ("run", "model-file", "m", "--param", "max_seconds=1", "--param", "max_seconds=2"),
            "was given twice",
        ),
        (("run", "fairness", "m", "--param", "label=y"), "fairness needs the parameter"),
        (("run", "fairness", "m", *FAIRNESS), "m"),
        (("run", "model-file", "m", "--push", "ftp://somewhere"), "There is no token to push with."),
        (("run", "model-file", "m", "--key", "m"), "m may be read by others."),
        (("run", "model-file", "m", "--key", "."), ""),
    ],
)
def test_a_mistake_is_told_in_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    Path("m").write_bytes(CLEAN)
    Path("m").chmod(0o644)
    result = check(*arguments)
    assert result.exit_code in (1, 2), result.output
    assert sentence in refusal(result, result.exit_code)


@pytest.mark.parametrize(
    "target", ["missing/evidence.json", ".", "/", "..", "folder", "m/evidence.json", "x" * 300, "/dev/null/x"]
)
def test_a_place_that_cannot_be_written_to_is_named(target: str) -> None:
    Path("folder").mkdir()
    result = run("m", CLEAN, "--out", target)
    assert "The evidence cannot be written to" in refusal(result)
    assert "Choose another place." in result.stderr
    assert sorted(p.name for p in Path.cwd().iterdir()) == ["config", "folder", "m"]


def test_a_refusal_as_json_has_the_one_shape() -> None:
    result = check("run", "poetry", "m", "--json")
    assert set(json.loads(result.stdout)["error"]) == {"code", "message", "hint", "data"}
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("address", "sentence", "code"),
    [
        ("http://127.0.0.1:9", "127.0.0.1 could not be reached", 3),
        ("http://example.org", "example.org would receive the token unencrypted. Use https://.", 2),
        ("somewhere", "is not the address of a server", 2),
        ("http://localhost:port", "", 2),
    ],
)
def test_a_push_that_fails_says_so_and_keeps_the_evidence(address: str, sentence: str, code: int) -> None:
    Path("m").write_bytes(CLEAN)
    result = check(
        "run",
        "model-file",
        "m",
        "--out",
        "e.json",
        "--push",
        address,
        environment={"PLIMSOLL_TOKEN": "plm_x"},
    )
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    assert result.exit_code == code
    assert "CLEAN  m" in result.stdout
    assert "plm_x" not in result.output
    assert Path("e.json").exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [(CLEAN, 3), (zoo.stream(zoo.call("os", "system", "true")), 1), (b"no model at all", 3)],
)
def test_a_push_that_fails_never_hides_what_the_check_found(content: bytes, code: int) -> None:
    Path("model").write_bytes(content)
    push = ("run", "model-file", "model", "--push", "http://127.0.0.1:9", "--json")
    result = check(*push, environment={"PLIMSOLL_TOKEN": "plm_x"})
    assert result.exit_code == code, result.output
    document = json.loads(result.stdout)
    assert document["pushed"] is None
    assert document["push_error"]["code"] == "unavailable"
    assert "could not be reached" in result.stderr
    assert Path(document["statement"]).exists()


def test_a_csv_line_of_two_gigabytes_is_refused_within_bounded_memory() -> None:
    with Path("long.csv").open("wb") as file:
        file.write(b"y,p,age\n")
        file.truncate(2 * 2**30)
    tracemalloc.start()
    try:
        result = check("run", "fairness", "long.csv", *FAIRNESS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusal(result)
    assert peak < 64 * 2**20


# ---------------------------------------------------------------- the list
def test_every_check_is_listed_with_what_it_proves_and_what_not() -> None:
    text = check("list").stdout
    cards = json.loads(check("list", "--json").stdout)
    assert [card["id"] for card in cards] == [c.card.id for c in CHECKS]
    for card in cards:
        assert card["proves"] in text
        assert card["does_not_prove"] in text
        for parameter in card["parameters"]:
            assert f"--param {parameter['name']}=…  {parameter['help']}" in text
    assert "None" not in text
    assert "('" not in text


@settings(max_examples=12)
@given(st.binary(max_size=80))
def test_no_model_file_makes_it_fail(content: bytes) -> None:
    assert run("m", content, "--out", "e.json").exit_code in (0, 1, 3)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=12), max_size=4))
def test_no_arguments_make_it_fail(arguments: list[str]) -> None:
    given_ones: list[Any] = [argument.replace("\x00", "") for argument in arguments]
    Path("m").write_bytes(CLEAN)
    result = check("run", "model-file", "m", *[part for a in given_ones for part in ("--param", a)])
    assert result.exit_code in (0, 2)


def test_an_ordered_dictionary_of_tensors_is_no_finding() -> None:
    assert run("weights.pkl", pickle.dumps(OrderedDict(weight=[0.5]))).exit_code == 0
