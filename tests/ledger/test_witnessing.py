"""What witnesses said: verified before it is kept, shown with each record and checkpoint."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.engines.tlog import checkpoint as form
from plimsoll.engines.tlog.cosignature import cosign
from plimsoll.engines.tlog.keys import KeyType, Signer
from plimsoll.engines.tlog.merkle import verify_consistency
from plimsoll.engines.tlog.policy import Policy, parse_policy
from plimsoll.kernel.errors import BadInput, NotFound, Untrusted
from plimsoll.ledger import witnessing
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.checkpoints import latest_checkpoint, make_checkpoint, prove_consistency
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.models import Checkpoint, Cosignature, WitnessAnswer
from tests.voyages import DAY, KEY, Voyage

LOG = Signer(name="plimsoll.local/log", key=KEY)
WITNESSES = {
    name: Signer(name=f"{name}.example", key=Ed25519PrivateKey.generate(), type=KeyType.ED25519_COSIGNATURE)
    for name in ("alpha", "beta")
}
POLICY = (
    "".join(f"witness {name} {signer.verifier}\n" for name, signer in WITNESSES.items())
    + "group both all alpha beta\nquorum both\n"
)
"""Two witnesses, both of whom must cosign."""


def policy() -> Policy:
    return parse_policy(POLICY.encode())


def state(row: Checkpoint) -> form.Checkpoint:
    return form.Checkpoint(origin=LOG.name, size=row.size, root=bytes.fromhex(row.root))


def cosigned(row: Checkpoint, *names: str, at: datetime = DAY) -> bytes:
    """The checkpoint's note with the cosignatures of these witnesses."""
    lines = [cosign(state(row), WITNESSES[name], int(at.timestamp())) for name in names]
    return row.note.encode() + b"".join(line.serialised for line in lines)


def happened() -> None:
    """One more entry."""
    with writing():
        append(kind=EventKind.PERSON_JOINED, actor="person:1", subject="person:1", payload={})


def signed(voyage: Voyage) -> Checkpoint:
    """A checkpoint over everything that the voyage wrote."""
    assert voyage.system.pk
    return make_checkpoint(LOG)


def test_verified_cosignatures_are_kept_once(sloop: Voyage) -> None:
    row = signed(sloop)
    note = cosigned(row, "alpha", "beta")
    assert witnessing.keep_cosignatures(note, policy()) == 2
    assert witnessing.keep_cosignatures(note, policy()) == 0
    assert witnessing.cosigned_note(row) == note


def test_a_forged_line_keeps_nothing(sloop: Voyage) -> None:
    row = signed(sloop)
    note = cosigned(row, "alpha", "beta").decode()
    line = note.splitlines()[-1]
    name, blob = line.split(" ")[1:]
    forged = note.replace(blob, blob[:20] + ("A" if blob[20] != "A" else "B") + blob[21:])
    with pytest.raises(Untrusted):
        witnessing.keep_cosignatures(forged.encode(), policy())
    assert not Cosignature.objects.exists()
    assert name == "beta.example"


def test_lines_of_strangers_and_of_twins_are_not_kept(sloop: Voyage) -> None:
    row = signed(sloop)
    alone = parse_policy(f"witness a {WITNESSES['alpha'].verifier}\nquorum a\n".encode())
    assert witnessing.keep_cosignatures(cosigned(row, "alpha", "beta"), alone) == 1
    assert Cosignature.objects.get().witness == "a"
    twins = f"witness a {WITNESSES['beta'].verifier}\nwitness b {WITNESSES['beta'].verifier}\nquorum b\n"
    assert witnessing.keep_cosignatures(cosigned(row, "beta"), parse_policy(twins.encode())) == 1


def test_a_checkpoint_that_the_log_never_signed_is_refused(sloop: Voyage) -> None:
    row = signed(sloop)
    other = form.Checkpoint(origin=LOG.name, size=row.size, root=b"x" * 32)
    with pytest.raises(BadInput, match="never signed a checkpoint"):
        witnessing.keep_cosignatures(form.sign_checkpoint(other, LOG).encode(), policy())


def test_what_a_witness_said_last_is_all_that_is_known_of_it(sloop: Voyage) -> None:
    def said(witness: str, standing: str) -> witnessing.Answer:
        return witnessing.Answer(witness=witness, standing=standing, words="w", asked_at=DAY, size=None)

    assert sloop.system.pk
    witnessing.keep_answers([said("alpha", "cosigned"), said("beta", "unreachable")])
    witnessing.keep_answers([said("beta", "cosigned")])
    assert witnessing.answers() == [said("beta", "cosigned")]
    assert str(WitnessAnswer.objects.get()) == "beta cosigned"


def test_an_entry_is_between_two_checkpoints_and_shown_with_the_best_cosigned(sloop: Voyage) -> None:
    first = signed(sloop)
    assert str(first) == f"{first.size} {first.root[:12]}"
    happened()
    second = make_checkpoint(LOG)
    happened()
    third = make_checkpoint(LOG)
    witnessing.keep_cosignatures(cosigned(second, "alpha"), policy())
    witnessing.keep_cosignatures(cosigned(third, "alpha", "beta", at=DAY + timedelta(hours=1)), policy())
    cover = witnessing.cover_of(first.size)
    assert cover is not None
    assert (cover.size, cover.at, cover.before) == (second.size, second.at, first.at)
    assert (cover.cosigned_size, cover.cosigned_by) == (third.size, ("alpha", "beta"))
    oldest = witnessing.cover_of(0)
    assert oldest is not None
    assert oldest.before is None
    assert witnessing.cover_of(third.size) is None
    rows, total = witnessing.checkpoints(limit=2)
    assert ([row.size for row in rows], total) == ([third.size, second.size], 3)
    assert [row.size for row in witnessing.checkpoints(search="beta")[0]] == [third.size]
    assert [row.witnesses for row in rows] == [2, 1]
    assert [row.size for row in witnessing.checkpoints(search=second.root[:9].upper())[0]] == [second.size]
    assert witnessing.checkpoints(search="gamma") == ([], 0)
    shown = witnessing.checkpoint_at(second.size)
    assert shown is not None
    assert shown[1].encode() == cosigned(second, "alpha")
    assert witnessing.checkpoint_at(third.size + 1) is None
    assert str(Cosignature.objects.first()) == f"alpha over {second.size}"


def test_nobody_cosigned_what_nobody_was_asked_about(sloop: Voyage) -> None:
    signed(sloop)
    cover = witnessing.cover_of(0)
    assert cover is not None
    assert (cover.cosigned_size, cover.cosigned_by, cover.asked) == (None, (), 0)


def test_consistency_is_proven_between_sizes_that_the_log_had(log_on_disk: None, sloop: Voyage) -> None:
    first = signed(sloop)
    happened()
    second = make_checkpoint(LOG)
    proof = prove_consistency(first.size, second.size)
    assert verify_consistency(
        old_size=first.size,
        new_size=second.size,
        old_root=bytes.fromhex(first.root),
        new_root=bytes.fromhex(second.root),
        proof=proof,
    )
    assert latest_checkpoint() == second
    for old, new in ((0, second.size), (second.size + 1, second.size), (first.size, second.size + 1)):
        with pytest.raises(NotFound):
            prove_consistency(old, new)
