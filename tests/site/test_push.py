"""A pipeline's way through the house: the command runs a check and pushes to a server that listens."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from typer.testing import CliRunner

from plimsoll.adapters.keys import load_or_create_key
from plimsoll.cli.main import app
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.loop.prove import services as prove
from plimsoll.loop.prove.models import Evidence
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from tests.pages import Pages
from tests.voyages import Voyage

MODEL = b"\x02\x00\x00\x00\x00\x00\x00\x00{}"


@pytest.fixture(autouse=True)
def _real_time() -> Iterator[None]:
    """The server has threads of its own, which go by the machine's clock; so does this test."""
    with clock.frozen_at(clock.SystemClock().now()):
        yield


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "router.safetensors"
    path.write_bytes(MODEL)
    return path


@pytest.fixture
def key(bosun: Voyage, tmp_path: Path) -> Path:
    """A key that the program trusts."""
    path = tmp_path / "key.pem"
    public = load_or_create_key(path)[0].public_key().public_bytes_raw()
    prove.trust_key(
        actor=bosun.crew.actor("tess"), program_id=bosun.program_id, name="CI",
        public_key=base64.b64encode(public).decode(),
    )  # fmt: skip
    return path


@pytest.fixture
def token(bosun: Voyage) -> str:
    _, secret = people.issue_token(
        actor=bosun.crew.actor("dev"), program_id=bosun.program_id, name="CI", scopes=["prove"], days=1
    )
    return secret


def registered(bosun: Voyage) -> None:
    scope.register_asset(
        actor=bosun.crew.actor("dev"), system_id=bosun.system.pk, kind="model", name="Router",
        digest=digest_bytes(MODEL),
    )  # fmt: skip


def run(server: LiveServer, model: Path, key: Path, token: str, *more: str) -> Any:
    out = model.with_suffix(".dsse.json")
    return CliRunner().invoke(
        app,
        ["check", "run", "model-file", str(model), "--key", str(key), "--out", str(out), "--json",
         "--push", server.url, *more],
        env={"PLIMSOLL_TOKEN": token},
    )  # fmt: skip


def test_what_a_check_saw_becomes_evidence_on_the_server(
    live_server: LiveServer, bosun: Voyage, model: Path, key: Path, token: str, client: Client
) -> None:
    registered(bosun)
    result = run(live_server, model, key, token)
    assert result.exit_code == 0, result.output
    (stored,) = json.loads(result.stdout)["pushed"]
    assert stored["ref"] == "EVD-1"
    assert stored["system"] == "SYS-1"
    assert stored["outcome"] == "pass"
    assert stored["new"] is True
    evidence = Evidence.objects.get()
    assert evidence.subject_digest == digest_bytes(MODEL)
    assert evidence.envelope.encode() == model.with_suffix(".dsse.json").read_bytes().rstrip(b"\n")
    client.force_login(bosun.crew.users["tess"])
    page = Pages(client).get(f"/{bosun.crew.program.slug}/assets/AST-1/")
    assert "model-file answers “" in page.main


def test_pushing_again_changes_nothing(
    live_server: LiveServer, bosun: Voyage, model: Path, key: Path, token: str
) -> None:
    registered(bosun)
    first = json.loads(run(live_server, model, key, token).stdout)["pushed"]
    again = json.loads(run(live_server, model, key, token, "--system", "SYS-1").stdout)["pushed"]
    assert [row["ref"] for row in first] == [row["ref"] for row in again]
    assert again[0]["new"] is False
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [("token", "The token is not known here."), ("asset", "No asset in this program has the digest"),
     ("key", "not signed by a key that is trusted here"), ("system", "There is no system SYS-9")],
)  # fmt: skip
def test_a_refusal_reaches_the_pipeline_in_the_server_s_words(
    live_server: LiveServer, bosun: Voyage, model: Path, key: Path, token: str, wrong: str, sentence: str
) -> None:
    if wrong != "asset":
        registered(bosun)
    if wrong == "key":
        key = key.with_name("other.pem")
    result = run(
        live_server, model, key, "plm_wrong" if wrong == "token" else token,
        *(["--system", "SYS-9"] if wrong == "system" else []),
    )  # fmt: skip
    assert sentence in result.stderr, result.stderr
    assert result.exit_code in (1, 2)
    document = json.loads(result.stdout)
    assert sentence in document["push_error"]["message"]
    assert (document["outcome"], document["pushed"]) == ("pass", None)
    assert not Evidence.objects.exists()
    assert model.with_suffix(".dsse.json").exists()
