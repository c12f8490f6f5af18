"""Proof files, and the log as files for any web server."""

from __future__ import annotations

from pathlib import Path

import pytest

from plimsoll.engines.tlog.proof import parse_proof, verify_proof
from plimsoll.engines.tlog.published import Published
from plimsoll.kernel.errors import BadInput, Conflict, NotFound
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.models import Entry
from plimsoll.ledger.proving import copy_publication, prove_entry
from plimsoll.people import services
from tests import personas
from tests.ledger.administrator import SIGNER


@pytest.fixture
def crew(log_on_disk: Path, db: None, settings: object) -> personas.Crew:
    settings.PLIMSOLL_LOG_NAME = "log.test"  # type: ignore[attr-defined]
    crew = personas.board()
    for text in ("One", "Two"):
        services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text=text)
    return crew


@pytest.mark.usefixtures("crew")
def test_every_entry_is_proven_to_somebody_with_nothing_but_the_key() -> None:
    size = make_checkpoint(SIGNER).size
    for index in range(size):
        proven = prove_entry(str(index))
        report = verify_proof(parse_proof(proven.proof), entry=proven.entry, keys=[SIGNER.verifier])
        assert (proven.index, report.judgement.verdict) == (index, Verdict.MET)
        other = verify_proof(parse_proof(proven.proof), entry=b"{}", keys=[SIGNER.verifier])
        assert other.judgement.verdict is Verdict.NOT_MET


@pytest.mark.usefixtures("crew")
def test_a_record_is_proven_by_its_newest_entry() -> None:
    make_checkpoint(SIGNER)
    newest = Entry.objects.filter(subject="halyard/RSK-1").order_by("-id")[0]
    assert prove_entry("halyard/RSK-1").index == newest.index


def test_what_no_checkpoint_covers_yet_is_not_proven(crew: personas.Crew) -> None:
    make_checkpoint(SIGNER)
    services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-2", text="New")
    with pytest.raises(Conflict, match="The entry about halyard/RSK-2 is not under a published checkpoint"):
        prove_entry("halyard/RSK-2")


@pytest.mark.usefixtures("crew")
@pytest.mark.parametrize("named", ["999", "halyard/RSK-99", "", "²", "9" * 30])
def test_what_is_not_in_the_log_is_not_proven(named: str) -> None:
    make_checkpoint(SIGNER)
    with pytest.raises(NotFound, match="The log has no entry"):
        prove_entry(named)


def test_the_copy_shows_the_log_to_anybody(crew: personas.Crew, tmp_path: Path) -> None:
    first = make_checkpoint(SIGNER).size
    target = tmp_path / "public"
    assert copy_publication(target) == 2
    services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text="Three")
    made = make_checkpoint(SIGNER)
    assert copy_publication(target) == 2
    assert copy_publication(target) == 0
    with Published.open(target) as published:
        assert published.checkpoint() == made.note.encode()
        assert published.nodes(made.size).root().hex() == made.root
        assert made.size == first + 1


@pytest.mark.usefixtures("crew")
def test_a_copy_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    make_checkpoint(SIGNER)
    (tmp_path / "taken").write_text("")
    with pytest.raises(BadInput, match="The log cannot be copied to"):
        copy_publication(tmp_path / "taken")
