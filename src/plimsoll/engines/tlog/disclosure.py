"""One entry of which some fields are shown and the others stay hidden.

The document holds the entry, name, value and salt of each shown field, and the digests of the others.
Together they must give the commitment that the entry carries. Whether the entry stands in the log is
another question: the document may carry a tlog-proof for it, or its reader compares the leaf hash with
an export.

What a reader learns of the hidden fields is how many there are: their digests are salted and sorted.
What it establishes: the shown values are what was logged. What it does not: that they are true, or that
the hidden ones would not change their meaning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plimsoll.engines.tlog.commitment import commit_digests
from plimsoll.engines.tlog.fields import Field
from plimsoll.engines.tlog.keys import Verifier
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.merkle import leaf_hash
from plimsoll.engines.tlog.policy import Policy
from plimsoll.engines.tlog.proof import parse_proof, verify_proof
from plimsoll.kernel.canonical import canonical_bytes, read_json
from plimsoll.kernel.errors import BadInput, Untrusted
from plimsoll.kernel.ids import Digest, parse_digest
from plimsoll.kernel.verdict import Judgement, all_of, met, not_met, unknown

__all__ = ["FORM", "Disclosure", "disclose", "read_disclosure", "verify_disclosure"]

FORM = "plimsoll/disclosure/1"
LIMIT = 16 * 2**20
"""Bytes of the longest document."""
_KEYS = {"form", "index", "entry", "shown", "hidden", "proof"}
_LAST = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What is shown of one entry; fields in order of their names, digests in ascending order."""

    index: int
    """Position that the entry is said to have; the proof shows it."""
    leaf: Leaf
    """The entry."""
    shown: tuple[Field, ...]
    """Fields with value and salt; at least one."""
    hidden: tuple[Digest, ...]
    """Digests of the other fields, erased ones among them."""
    proof: str = ""
    """Text of the tlog-proof that the entry stands in the log at `index`; empty if it comes apart."""

    def __post_init__(self) -> None:
        names = [field.name for field in self.shown]
        if self.leaf.version == 1:
            raise BadInput(
                "An entry of version 1 has no fields that could be shown by themselves.",
                hint="Show its whole payload with its salt.",
            )
        if not 0 <= self.index <= _LAST:
            raise BadInput("The position of the entry is no index of a log.")
        if not names or names != sorted(set(names)) or list(self.hidden) != sorted(set(self.hidden)):
            raise BadInput("Shown and hidden fields must be in ascending order, and one must be shown.")
        if self.proof and parse_proof(self.proof.encode(errors="replace")).index != self.index:
            raise BadInput(f"The proof in the disclosure is not of entry {self.index}.")

    @property
    def leaf_hash(self) -> bytes:
        """The hash under which the entry stands in the tree, 32 bytes."""
        return leaf_hash(self.leaf.entry)

    @property
    def document(self) -> bytes:
        """The document, one line of canonical JSON."""
        return canonical_bytes(self.to_json()) + b"\n"

    def to_json(self) -> dict[str, Any]:
        """The document as a JSON value."""
        return {
            "form": FORM,
            "index": self.index,
            "entry": self.leaf.to_json(),
            "shown": [field.to_json() for field in self.shown],
            "hidden": list(self.hidden),
            "proof": self.proof,
        }

    @classmethod
    def from_json(cls, value: object) -> Disclosure:
        """The disclosure that `to_json` wrote; BadInput if it has another form."""
        if not isinstance(value, Mapping) or set(value) != _KEYS or value["form"] != FORM:
            raise BadInput(
                f"The document is no disclosure ({FORM}).",
                hint="It needs form, index, entry, shown, hidden and proof, and nothing else.",
            )
        shown, hidden, index = value["shown"], value["hidden"], value["index"]
        if not isinstance(shown, list) or not isinstance(hidden, list) or type(index) is not int:
            raise BadInput("Shown and hidden of a disclosure are lists, its index a whole number.")
        if not isinstance(value["proof"], str):
            raise BadInput("The proof of a disclosure is text.")
        return cls(
            index=index,
            leaf=Leaf.from_json(value["entry"]),
            shown=tuple(Field.from_json(row) for row in shown),
            hidden=tuple(parse_digest(str(text), what="The hidden field") for text in hidden),
            proof=value["proof"],
        )


def disclose(
    *,
    index: int,
    leaf: Leaf,
    fields: Collection[Field],
    show: Collection[str],
    erased: Iterable[Digest] = (),
    proof: str = "",
) -> Disclosure:
    """The disclosure of the fields named in `show`; the others and the erased ones stay hidden.

    BadInput if a named field is not among `fields`; Untrusted if fields and erased digests do not give
    the entry's commitment, so that nothing is handed out that its reader would refuse.
    """
    missing = sorted(set(show) - {field.name for field in fields})
    if missing:
        raise BadInput(
            f"Entry {index} has no field “{missing[0][:80]}” that could be shown.",
            hint="It has " + ", ".join(sorted(field.name for field in fields)[:20]) + ".",
        )
    shown = sorted((field for field in fields if field.name in show), key=lambda field: field.name)
    hidden = sorted([field.digest for field in fields if field.name not in show] + list(erased))
    made = Disclosure(index=index, leaf=leaf, shown=tuple(shown), hidden=tuple(hidden), proof=proof)
    if not _holds(made):
        raise Untrusted(f"What is kept of entry {index} is not what was logged.")
    return made


def read_disclosure(content: bytes) -> Disclosure:
    """The disclosure in the document; BadInput unless it is in its canonical form, byte for byte.

    Whether it holds is another question: `verify_disclosure`.
    """
    found = Disclosure.from_json(read_json(content, what="The disclosure", limit=LIMIT))
    if found.document != content:
        raise BadInput("The disclosure is not in its canonical form.")
    return found


def verify_disclosure(
    found: Disclosure,
    *,
    logged: bytes | None = None,
    policy: Policy | None = None,
    keys: Sequence[Verifier] = (),
    max_age: timedelta | None = None,
    now: datetime | None = None,
) -> Judgement:
    """Whether the shown fields belong to the entry, and the entry is the one that was logged.

    The second is shown by the proof in the document, judged by policy and keys as `verify_proof` does;
    or by `logged`, the leaf hash at its position, 32 bytes, from an export that was verified. With
    neither the verdict is at best unknown.
    """
    names = ", ".join(field.name for field in found.shown[:5])
    others = len(found.hidden)
    hidden = f"{others} other {'field stays' if others == 1 else 'fields stay'} hidden"
    parts = [
        met(f"the entry commits to {names}; {hidden}")
        if _holds(found)
        else not_met(f"entry {found.index} does not commit to what is shown of it")
    ]
    if found.proof:
        proof = parse_proof(found.proof.encode())
        entry = found.leaf.entry
        report = verify_proof(proof, entry=entry, policy=policy, keys=keys, max_age=max_age, now=now)
        parts.append(report.judgement)
    elif logged is None:
        parts.append(unknown(f"whether the entry stands in the log at {found.index} was not checked"))
    if logged is not None:
        parts.append(
            met(f"the entry stands in the log at {found.index}")
            if logged == found.leaf_hash
            else not_met(f"the log has another entry at {found.index}")
        )
    return all_of(parts)


def _holds(found: Disclosure) -> bool:
    digests = [*(field.digest for field in found.shown), *found.hidden]
    return len(set(digests)) == len(digests) and commit_digests(digests) == found.leaf.commit
