"""What happens by itself: with nobody signed in and no page opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError

from plimsoll.adapters.keys import load_key
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.engines.tlog.checkpoint import open_checkpoint
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.note import parse_note
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger import subscriptions
from plimsoll.ledger.checkpoints import entry_count, latest_checkpoint, make_checkpoint
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.decide.models import Gate, GateVerdict
from plimsoll.loop.plan import services as plan
from plimsoll.loop.prove import services as prove
from plimsoll.loop.scope import services as scope
from plimsoll.loop.scope.models import Asset
from plimsoll.loop.watch.services import log_signer, log_signers
from plimsoll.site.worker import Worker
from tests.loop.decide.test_waivers import granted
from tests.voyages import (
    DAY,
    Voyage,
    criterion,
    gate_at,
    gate_of,
    kinds_since,
    model_bytes,
    put_model,
    requirement,
)

PARTS = (
    "assumptions expired",
    "evidence expired",
    "waivers expired",
    "clocks announced",
    "lessons adopted",
    "assets changed",
    "monitors looked",
    "signals raised",
    "gates opened",
    "gates turned",
    "log entries signed",
)


def tick(worker: Worker, *, days: int = 0) -> dict[str, int]:
    """One look at the clock, so many days later; only what was done."""
    now: datetime = DAY + timedelta(days=days)
    with frozen_at(now):
        done = worker.tick(now=now)
    assert tuple(done) == PARTS
    return {name: count for name, count in done.items() if count and name != "log entries signed"}


def test_when_nothing_is_due_nothing_is_written_but_the_signature(sound: Voyage) -> None:
    worker = Worker()
    before = entry_count()
    assert tick(worker) == {}
    assert entry_count() == before
    checkpoint = latest_checkpoint()
    assert checkpoint is not None
    assert checkpoint.size == before


# ------------------------------------------------------------ time


def test_an_expired_assumption_is_announced_once_with_what_it_turns(sound: Voyage) -> None:
    tess = sound.crew.actor("tess")
    scope.answer(actor=tess, system_id=sound.system.pk, question="K1", value="unknown")
    scope.assume(
        actor=tess,
        system_id=sound.system.pk,
        question="K1",
        policy=Policy.INCLUDE_ALL,
        due_on=date(2027, 1, 20),
    )
    worker = Worker()
    assert tick(worker, days=9) == {}
    before = entry_count()
    assert tick(worker, days=10) == {"assumptions expired": 1}
    kinds = kinds_since(before)
    assert kinds[0] == EventKind.ASSUMPTION_EXPIRED
    assert kinds.count(EventKind.GATE_TURNED) == 2
    assert {e.actor for e in Entry.objects.filter(index__gte=before)} == {"rule:time", "rule:wiring"}

    assert _turned(sound) == "scope answers, unknowns owned: met → not met"
    before = entry_count()
    assert tick(worker, days=10) == {}
    assert tick(Worker(), days=11) == {}
    assert entry_count() == before


def test_an_expired_waiver_is_announced_once_with_what_it_turns(skiff: Voyage) -> None:
    granted(skiff)
    worker = Worker()
    assert tick(worker, days=28) == {}
    before = entry_count()
    assert tick(worker, days=29) == {"waivers expired": 1}
    assert kinds_since(before)[:2] == [EventKind.WAIVER_EXPIRED, EventKind.GATE_TURNED]
    before = entry_count()
    assert tick(worker, days=29) == {}
    assert entry_count() == before


def test_expired_evidence_is_announced_once_with_what_it_turns(sound: Voyage) -> None:
    worker = Worker()
    assert tick(worker, days=29) == {}
    before = entry_count()
    assert tick(worker, days=30) == {"evidence expired": 1}
    assert kinds_since(before) == [
        EventKind.EVIDENCE_EXPIRED,
        EventKind.GATE_TURNED,
        EventKind.GATE_TURNED,
    ]
    assert _turned(sound) == "secrets and dependency scan: met → unknown"
    before = entry_count()
    assert tick(worker, days=30) == {}
    assert entry_count() == before


def test_what_turns_by_time_without_any_record_ending_is_announced_too(sound: Voyage) -> None:
    """A plan that nobody kept to: no record expires, and still the gate turns overnight."""
    plan.change_requirements(
        actor=sound.crew.actor("tess"),
        program_id=sound.program_id,
        refs=[requirement(sound, "incident-playbook").ref],
        due_on=date(2027, 1, 20),
    )
    worker = Worker()
    assert tick(worker, days=9) == {}
    assert tick(worker, days=10) == {"gates turned": 1}
    assert _turned(sound) == "incident playbook and contact: met → not met"
    assert tick(worker, days=10) == {}


def _turned(voyage: Voyage) -> str:
    return GateVerdict.objects.filter(gate_id=gate_of(voyage, Stage.PILOT).id).latest("pk").reason


# ------------------------------------------------------------ files


def test_one_byte_changed_on_disk_leaves_the_model_without_evidence(sound: Voyage, home: Path) -> None:
    worker = Worker()
    assert tick(worker) == {}
    changed = model_bytes(last=1)
    put_model(home, changed)
    before = entry_count()
    assert tick(worker) == {"assets changed": 1}
    assert kinds_since(before) == [EventKind.ASSET_REPLACED, EventKind.GATE_TURNED]
    asset = Asset.objects.get(name="Sorter")
    assert (asset.digest, asset.version) == (digest_bytes(changed), 2)
    gate = gate_at(sound, Stage.PILOT)
    assert gate.result.judgement.verdict is Verdict.UNKNOWN
    assert criterion(gate, "model-file").judgement.deciding[0].text == (
        f"Sorter ({digest_bytes(changed)[:12]}…) has no model-file evidence; "
        "what there is speaks of another version"
    )
    assert _turned(sound) == "model file scan, safe format, signature: met → unknown"
    before = entry_count()
    assert tick(worker) == {}
    assert entry_count() == before


def test_the_former_bytes_put_back_bring_the_proof_back(sound: Voyage, home: Path) -> None:
    worker = Worker()
    put_model(home, model_bytes(last=1))
    tick(worker)
    put_model(home, model_bytes())
    assert tick(worker) == {"assets changed": 1}
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET


def test_a_missing_file_is_no_new_version(sound: Voyage, home: Path) -> None:
    put_model(home, b"").unlink()
    assert tick(Worker()) == {}
    assert Asset.objects.get(name="Sorter").version == 1


def test_an_asset_that_was_registered_by_place_alone_gets_its_digest_from_the_file(
    sound: Voyage, home: Path
) -> None:
    path = home / "plimsoll_assets" / "prompt.txt"
    path.write_text("You sort mail.")
    scope.register_asset(
        actor=sound.crew.actor("dev"),
        system_id=sound.system.pk,
        kind="prompt",
        name="Prompt",
        location="prompt.txt",
    )
    assert tick(Worker()) == {"assets changed": 1}
    assert Asset.objects.get(name="Prompt").digest == digest_bytes(b"You sort mail.")


# ------------------------------------------------------------ the log


def test_every_entry_is_signed_by_the_end_of_the_tick(sound: Voyage, home: Path) -> None:
    with frozen_at(DAY + timedelta(days=30)):
        done = Worker().tick(now=DAY + timedelta(days=30))
    assert done["log entries signed"] == entry_count()
    checkpoint = latest_checkpoint()
    assert checkpoint is not None
    assert checkpoint.size == entry_count()
    report = reconcile(log_signer())
    assert report.judgement.verdict is Verdict.MET
    assert report.key.startswith("plimsoll.local/log+")


def test_the_log_s_key_is_kept_and_used_again(sound: Voyage, home: Path) -> None:
    tick(Worker())
    key = load_key(home / "plimsoll_keys" / "log.pem")
    tick(Worker())
    assert Signer(name="plimsoll.local/log", key=key).verifier == log_signer().verifier


def test_an_installation_from_before_the_second_key_gets_one_and_signs_with_both(
    sound: Voyage, home: Path
) -> None:
    first = log_signer()
    before = make_checkpoint(first)
    assert len(parse_note(before.note.encode()).signatures) == 1
    assert not (home / "plimsoll_keys" / "log-mldsa44.pem").exists()
    signers = log_signers()
    assert signers[0].verifier == first.verifier
    assert reconcile(*signers).judgement.verdict is Verdict.MET  # the export completes the signatures
    with frozen_at(DAY + timedelta(days=30)):
        Worker().tick(now=DAY + timedelta(days=30))
    after = latest_checkpoint()
    assert after is not None
    assert after.size > before.size
    assert reconcile(*signers).judgement.verdict is Verdict.MET  # with the old one as a mark
    both = [signer.verifier for signer in signers]
    assert open_checkpoint(after.note, *both).size == after.size
    (second,) = parse_note(after.note.encode()).lines_by(both[1])
    assert int.from_bytes(second.blob[:8], "big") == int((DAY + timedelta(days=30)).timestamp())


# ------------------------------------------------------------ when something fails


def _broken(error: Exception) -> Callable[..., int]:
    def fails(**given: object) -> int:
        raise error

    return fails


@pytest.mark.parametrize("error", [DatabaseError("the disk is full"), OSError("gone"), KeyError("gate")])
def test_a_part_that_fails_is_reported_and_does_not_keep_the_others_from_their_work(
    sound: Voyage,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    put_model(home, model_bytes(last=1))
    monkeypatch.setattr(prove, "announce_expired", _broken(error))
    assert tick(Worker(), days=31) == {"assets changed": 1}
    assert "evidence expired failed" in caplog.text
    monkeypatch.undo()
    assert tick(Worker(), days=31) == {"evidence expired": 1}


def test_a_log_key_that_others_may_read_signs_nothing_and_says_so(
    sound: Voyage, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker()
    tick(worker)
    signed = latest_checkpoint()
    assert signed is not None
    (home / "plimsoll_keys" / "log.pem").chmod(0o644)
    with frozen_at(DAY + timedelta(days=30)):
        done = worker.tick(now=DAY + timedelta(days=30))
    assert (done["evidence expired"], done["log entries signed"]) == (1, 0)
    assert "log entries signed: log.pem may be read by others." in caplog.text
    latest = latest_checkpoint()
    assert latest is not None
    assert latest.size == signed.size


def test_what_was_missed_when_a_process_ended_is_made_up_for(
    sound: Voyage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a commit and its echo a process may be killed; the next tick finds what did not follow."""
    worker = Worker()
    with monkeypatch.context() as killed:
        for kind in (EventKind.ASSET_REGISTERED, EventKind.STAGE_PROMISED):
            killed.setitem(subscriptions._subscribers, kind, [])
        scope.register_asset(
            actor=sound.crew.actor("dev"), system_id=sound.system.pk, kind="model", name="Other"
        )
        scope.promise_stage(
            actor=sound.crew.actor("tess"),
            system_id=sound.system.pk,
            stage=Stage.LIMITED,
            committed_on=date(2027, 6, 1),
        )
    assert not Gate.objects.filter(stage="limited").exists()
    assert tick(worker) == {"gates opened": 1, "gates turned": 2}
    assert Gate.objects.filter(stage="limited").count() == 1
    assert tick(worker) == {}


def test_a_worker_without_any_program_has_nothing_to_do(transactional_db: None, home: Path) -> None:
    assert tick(Worker()) == {}
