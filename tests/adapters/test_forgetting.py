"""A person is forgotten: gone from the vault, from the export and from the segment, and everything verifies.

The store below is what the ledger keeps in its tables: leaves, boxes, digests and wrapped keys, as bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.adapters import segments
from plimsoll.adapters.vault import SealedFields, Vault
from plimsoll.adapters.vault_keys import SubjectKey, load_or_create_keyring
from plimsoll.engines.tlog import checkpoint, export, keys, merkle
from plimsoll.engines.tlog.erasure import ERASED, Basis, Erasure
from plimsoll.engines.tlog.event_proof import verify_event_proof, verify_segment
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.sealing import SEALED
from plimsoll.kernel.canonical import canonical_bytes, digest_value
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import Verdict

LOG = keys.Signer(name="log.example", key=Ed25519PrivateKey.from_private_bytes(b"1" * 32))
ERIKA = "person:7"
HOUSE = "program:1"


@dataclass
class Store:
    vault: Vault
    keys: dict[str, SubjectKey] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    boxes: dict[int, dict[str, SealedFields]] = field(default_factory=dict)
    gone: dict[int, tuple[Digest, ...]] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)

    def append(self, payload: Mapping[str, Any], about: Mapping[str, str], *, kind: str = "a:b:c") -> int:
        """Seals each field under the key of the subject that `about` names for it, or the house's."""

        def key_of(name: str) -> SubjectKey:
            subject = about.get(name, HOUSE)
            return self.keys.setdefault(subject, self.vault.make_key(subject))

        entry, sealed = self.vault.seal_entry(payload, key_of=key_of)
        index = len(self.leaves)
        self.leaves.append(
            Leaf(
                kind=kind,
                at="2026-11-26T09:00:00.000000Z",
                actor=ERIKA,
                subject="p/X",
                commit=entry,
                version=2,
            )
        )
        self.boxes[index] = {one.subject: one for one in sealed}
        self.states.update(payload["records"])
        return index

    def forget(self, subject: str) -> dict[int, tuple[Digest, ...]]:
        """Destroys key and boxes; what is left are digests."""
        del self.keys[subject]
        fields = {}
        for index, boxes in self.boxes.items():
            if subject in boxes:
                fields[index] = self.gone[index] = boxes.pop(subject).digests
        return fields

    def export(self) -> list[bytes]:
        entries = []
        for index, leaf in enumerate(self.leaves):
            opened = [
                self.vault.open_fields(self.keys[subject], entry=leaf.commit, sealed=sealed)
                for subject, sealed in self.boxes[index].items()
            ]
            entries.append(
                export.ExportEntry(
                    index=index,
                    leaf=leaf,
                    leaf_hash=merkle.leaf_hash(leaf.entry),
                    fields=tuple(one for group in opened for one in group),
                    erased=self.gone.get(index, ()),
                )
            )
        root = merkle.root([one.leaf_hash for one in entries])
        state = checkpoint.Checkpoint(origin=LOG.name, size=len(entries), root=root)
        register = [(key, digest_value(value)) for key, value in self.states.items()]
        return list(
            export.write_export(
                verifier=LOG.verifier,
                size=len(entries),
                entries=entries,
                marks={},
                register=register,
                note=checkpoint.sign_checkpoint(state, LOG),
            )
        )

    @property
    def stored(self) -> bytes:
        """Everything that lies in the database."""
        kept = [key.wrapped for key in self.keys.values()]
        kept += [sealed.box for boxes in self.boxes.values() for sealed in boxes.values()]
        return b"".join([*kept, canonical_bytes([leaf.to_json() for leaf in self.leaves])])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(vault=Vault(load_or_create_keyring(tmp_path / "keys")))
    erika = {"/mail": ERIKA, "/records/people.User:7/name": ERIKA, "/records/people.User:7/mail": ERIKA}
    row = {"id": 7, "name": "Erika Mustermann", "mail": "erika@example.org"}
    made.append({"mail": "erika@example.org", "records": {"people.User:7": row}}, erika)
    made.append({"text": "Ask Erika", "count": 2, "records": {}}, {"/text": ERIKA})
    made.append({"count": 3, "records": {}}, {})
    return made


def forgotten(store: Store, **events: Any) -> Erasure:
    """Forgets Erika and says so in an entry that states her record anew."""
    erasure = Erasure(fields=store.forget(ERIKA), basis=Basis.OBJECTION.code, requester=ERIKA, **events)
    anew = {"people.User:7": {"id": 7, "name": "", "mail": ""}}
    store.append({"erasure": erasure.to_json(), "records": anew}, {}, kind=ERASED)
    return erasure


def test_before_everything_is_there_and_verifies(store: Store) -> None:
    lines = store.export()
    assert export.verify_export(lines, key=LOG.verifier).judgement.verdict is Verdict.MET
    assert b"Erika" in b"".join(lines)
    assert b"Erika" not in store.stored


def test_a_forgotten_person_is_gone_and_everything_verifies(store: Store) -> None:
    old_boxes = [boxes[ERIKA] for boxes in store.boxes.values() if ERIKA in boxes]
    forgotten(store)
    lines = store.export()
    report = export.verify_export(lines, key=LOG.verifier)
    assert report.faults == []
    assert report.judgement.verdict is Verdict.MET
    assert report.erased == 2
    assert report.erasures[0].startswith(
        "the content of 3 fields of entry 0, 1 field of entry 1 was erased on"
    )
    text = b"".join(lines) + store.stored
    for word in (b"Erika", b"erika", b"Mustermann"):
        assert word not in text
    assert all(sealed.box not in store.stored for sealed in old_boxes)
    assert b'"count"' in text or b'"/count"' in text


def test_forgetting_without_saying_so_is_a_fault_at_each_entry(store: Store) -> None:
    store.forget(ERIKA)
    faults = export.verify_export(store.export(), key=LOG.verifier).faults
    assert [fault for fault in faults if "no entry says that it was erased" in fault] == [
        "Entry 0 (a:b:c, p/X): a field of it is missing, and no entry says that it was erased.",
        "Entry 1 (a:b:c, p/X): a field of it is missing, and no entry says that it was erased.",
    ]


def test_a_forgotten_person_is_gone_from_a_sealed_segment_too(store: Store, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    rows = [{"at": f"2026-11-26T09:00:0{n}Z", "user": "Erika" if n == 1 else "Bob"} for n in range(4)]
    events.write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "segment.parquet"
    seal = segments.seal_events(events, path, time="at")
    at = store.append({"seal": seal.to_json(), "records": {}}, {}, kind=SEALED)
    assert b"Erika" in path.read_bytes()

    assert segments.erase_events(path, positions=[1]) == 1
    erasure = forgotten(store, events={at: ((1, 1),)})

    report = export.verify_export(store.export(), key=LOG.verifier)
    assert report.judgement.verdict is Verdict.MET
    assert "1 event of the segment that entry 3 sealed" in report.erasures[0]
    assert b"Erika" not in path.read_bytes()
    named = {n for first, last in erasure.events[at] for n in range(first, last + 1)}
    assert verify_segment(segments.segment_rows(path), seal, erased=named).judgement.verdict is Verdict.MET
    proof = segments.prove_event(path, seal, position=2)
    assert verify_event_proof(proof.document).faults == []
