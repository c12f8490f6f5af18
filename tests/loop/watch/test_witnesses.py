"""The installation asks witnesses, keeps what holds, and shows who is silent or contradicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from plimsoll.adapters.witnesses import Collected, Outcome, Standing
from plimsoll.engines.tlog.checkpoint import parse_checkpoint
from plimsoll.engines.tlog.cosignature import cosign
from plimsoll.engines.tlog.keys import KeyType, Signer
from plimsoll.engines.tlog.note import parse_note
from plimsoll.engines.tlog.policy import Policy
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.ledger import witnessing
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.loop.watch.services import ask_witnesses, log_policy, log_signer, witnesses
from tests.pages import Pages
from tests.voyages import Voyage

ALPHA = Signer(
    name="alpha.example",
    key=Ed25519PrivateKey.from_private_bytes(b"a" * 32),
    type=KeyType.ED25519_COSIGNATURE,
)
LINES = f"witness alpha {ALPHA.verifier} https://alpha.example/\nquorum alpha\n"


@pytest.fixture
def laid_down(home: Path, settings: Any) -> Path:
    settings.PLIMSOLL_LOG_POLICY = home / "log-policy"
    path: Path = settings.PLIMSOLL_LOG_POLICY
    path.write_text(LINES)
    return path


def answering(standing: Standing, asked: list[Mapping[str, int]]) -> Callable[..., Collected]:
    """Stands in for the network: alpha cosigns, or says something else."""

    def collect(note: bytes, policy: Policy, **more: Any) -> Collected:
        state = parse_checkpoint(parse_note(note).body)
        asked.append(more["known"])
        fresh = cosign(state, ALPHA, int(more["now"].timestamp())).serialised
        said = standing is Standing.COSIGNED
        outcome = Outcome(witness="alpha", standing=standing, words="said so", size=state.size if said else 1)
        return Collected(note=note + fresh if said else note, outcomes=(outcome,))

    return collect


def opened(client: Client, voyage: Voyage, address: str, *, status: int = 200) -> str:
    client.force_login(voyage.crew.users["tess"])
    return Pages(client).get(f"/halyard/log/{address}", status=status).main


def test_without_a_policy_nobody_is_asked(home: Path, settings: Any, sloop: Voyage) -> None:
    settings.PLIMSOLL_LOG_POLICY = home / "log-policy"
    make_checkpoint(log_signer())
    assert sloop.system.pk
    assert log_policy() is None
    assert ask_witnesses(now=clock.now()) == 0
    assert witnessing.answers() == []


def test_before_the_first_checkpoint_nobody_is_asked(laid_down: Path, db: None) -> None:
    assert laid_down.exists()
    assert ask_witnesses(now=clock.now()) == 0


def test_a_cosignature_is_kept_and_nobody_is_asked_again_until_more_is_signed(
    laid_down: Path, sloop: Voyage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[str, int]] = []
    monkeypatch.setattr(witnesses, "collect", answering(Standing.COSIGNED, asked))
    size = make_checkpoint(log_signer()).size
    assert laid_down.exists()
    assert [ask_witnesses(now=clock.now()) for _ in range(2)] == [1, 0]
    sloop.crew.program.refresh_from_db()
    assert asked == [{}]
    assert [(one.standing, one.size) for one in witnessing.answers()] == [("cosigned", size)]


def test_who_did_not_cosign_is_asked_again_from_the_size_that_it_named(
    laid_down: Path, sloop: Voyage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[str, int]] = []
    monkeypatch.setattr(witnesses, "collect", answering(Standing.INCONSISTENT, asked))
    make_checkpoint(log_signer())
    assert laid_down.exists()
    assert sloop.system.pk
    assert [ask_witnesses(now=clock.now()) for _ in range(2)] == [0, 0]
    assert asked == [{}, {"alpha": 1}]


@pytest.mark.parametrize("content", [b"", b"witness\n", b"\xff\x00"])
def test_a_policy_that_cannot_be_read_is_said_and_stops_only_the_asking(
    laid_down: Path, sloop: Voyage, client: Client, content: bytes
) -> None:
    laid_down.write_bytes(content)
    make_checkpoint(log_signer())
    with pytest.raises(BadInput):
        ask_witnesses(now=clock.now())
    assert "Nobody is asked until it can." in opened(client, sloop, "witnesses/")


def test_a_policy_that_is_a_folder_is_refused_in_words(laid_down: Path) -> None:
    laid_down.unlink()
    laid_down.mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        log_policy()


def test_the_page_says_who_cosigned_who_did_not_and_who_contradicts(
    laid_down: Path, sloop: Voyage, client: Client
) -> None:
    assert "it was not asked yet" in opened(client, sloop, "witnesses/")
    assert laid_down.exists()
    for standing, words in (("cosigned", "met"), ("unreachable", "unknown"), ("inconsistent", "not met")):
        witnessing.keep_answers(
            [
                witnessing.Answer(
                    witness="alpha",
                    standing=standing,
                    words=f"it {standing}",
                    asked_at=datetime(2027, 1, 11, tzinfo=UTC),
                    size=None,
                )
            ]
        )
        shown = opened(client, sloop, "witnesses/")
        assert f"it {standing}" in shown
        assert words in shown
    assert "0 of 1 cosigned" in shown


def test_every_standing_of_a_witness_has_its_verdict() -> None:
    from plimsoll.loop.watch.pages.checkpoints import STANDINGS

    assert set(STANDINGS) == {standing.value for standing in Standing}


def test_a_checkpoint_that_was_never_signed_is_not_found(sloop: Voyage, client: Client) -> None:
    opened(client, sloop, "checkpoints/99999/", status=404)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("by=rule:", False),
        ("by=person:{tess}", True),
        ("within=1", True),
        ("within=7&kind=decide:gate:signed", False),
    ],
)
def test_the_log_is_filtered_by_who_and_when(sloop: Voyage, client: Client, query: str, found: bool) -> None:
    assert (
        "Nothing matches" not in opened(client, sloop, "?" + query.format(tess=sloop.crew.id("tess")))
    ) is found


def test_the_log_is_not_filtered_by_strangers(sloop: Voyage, client: Client) -> None:
    opened(client, sloop, "?by=person:0", status=422)
