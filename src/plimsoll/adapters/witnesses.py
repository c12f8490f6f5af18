"""Asks witnesses to cosign a checkpoint, and keeps only what was verified.

Source: C2SP tlog-witness v1.0.0, the client's side. Each witness is asked over https (or on this machine),
without redirects, with limits on bytes and seconds. What a witness says is believed only as far as its
signature under a key that was known before, for a time that can be now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from plimsoll.adapters.witness_post import Reply, add_checkpoint_address, post_all
from plimsoll.engines.tlog.checkpoint import Checkpoint, parse_checkpoint
from plimsoll.engines.tlog.cosignature import cosignature_time
from plimsoll.engines.tlog.keys import Verifier
from plimsoll.engines.tlog.note import Note, SignatureLine, parse_note, parse_signature_lines
from plimsoll.engines.tlog.policy import Policy, Witness
from plimsoll.engines.tlog.witness import SIZE_TYPE, AddCheckpoint
from plimsoll.kernel.errors import BadInput, PlimsollError, Untrusted

__all__ = ["Collected", "Outcome", "Standing", "collect"]

TIMEOUT = 10.0
"""Seconds for one round of questions, all witnesses at once."""
CLOCK_TOLERANCE = 300
"""Seconds that a witness's clock may be off before its word on time is refused."""
MOST_ROUNDS = 3
"""A first question, one from the size that the witness names, and one more if somebody was faster."""
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class Standing(StrEnum):
    """What came of asking a witness."""

    COSIGNED = "cosigned"
    """It cosigned, and the cosignature holds."""
    UNREACHABLE = "unreachable"
    """No answer, or not the answer of a witness."""
    REFUSED = "refused"
    """It does not know the log, or does not accept its signature or the request."""
    INCONSISTENT = "inconsistent"
    """It cosigned a history that this checkpoint does not continue."""
    AHEAD = "ahead"
    """It cosigned a longer log than this checkpoint is of."""
    DISHONEST = "dishonest"
    """Its cosignature does not hold, or is for a time that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of asking one witness of the policy."""

    witness: str
    """Its name in the policy."""
    standing: Standing
    """In one word."""
    words: str
    """In one sentence, without its name."""
    at: datetime | None = None
    """When it cosigned, by its clock; None if it did not."""
    size: int | None = None
    """The size that it cosigned last, as far as it said so; hand it back as `known` the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A checkpoint with the cosignatures that came in."""

    note: bytes
    """The signed note: the log's lines, cosignatures that it carried before, and the new ones."""
    outcomes: tuple[Outcome, ...]
    """One per witness of the policy, in its order."""

    @property
    def cosigned(self) -> tuple[str, ...]:
        """Names of the witnesses that cosigned just now."""
        return tuple(each.witness for each in self.outcomes if each.standing is Standing.COSIGNED)

    @property
    def alarms(self) -> tuple[Outcome, ...]:
        """What somebody has to look at: a history that does not fit, or a witness that lies."""
        bad = (Standing.INCONSISTENT, Standing.AHEAD, Standing.DISHONEST)
        return tuple(each for each in self.outcomes if each.standing in bad)


Consistency = Callable[[int, int], Sequence[bytes]]
"""Consistency proof from the first size to the second, both of the log that the checkpoint is of."""


@dataclass(slots=True, kw_only=True)
class _Talk:
    """The exchange with one address, which may hold several keys of the policy."""

    address: str
    keys: tuple[Witness, ...]
    old_size: int
    standing: Standing | None = None
    words: str = ""
    cosigned: dict[str, tuple[SignatureLine, int]] = field(default_factory=dict)
    named: int | None = None

    def end(self, standing: Standing, words: str) -> None:
        self.standing, self.words = standing, words


def collect(
    note: bytes,
    policy: Policy,
    *,
    consistency: Consistency,
    now: datetime,
    known: Mapping[str, int] | None = None,
    timeout: float = TIMEOUT,
) -> Collected:
    """The signed checkpoint `note` with cosignatures by the policy's witnesses, and what each of them said.

    `consistency` is called in this thread only, for sizes below the checkpoint's. `known` may give the size
    that a witness cosigned last, by name; it saves a question. Takes at most three times `timeout` seconds.
    BadInput if the note is no checkpoint; a witness that cannot be reached or refuses is an outcome, never
    an error. Whether the cosignatures suffice is the policy's to say.
    """
    parsed = parse_note(note)
    checkpoint = parse_checkpoint(parsed.body)
    # A witness needs the log's own signatures; who else cosigned is not its business.
    own = tuple(line for line in parsed.signatures if line.name == checkpoint.origin)
    sent = replace(parsed, signatures=own or parsed.signatures).serialised
    talks = _talks(policy, checkpoint.size, known or {})
    for _ in range(MOST_ROUNDS):
        _one_round([talk for talk in talks if not talk.standing], checkpoint, sent, consistency, now, timeout)
    by_name = {key.name: talk for talk in talks for key in talk.keys}
    return Collected(
        note=_merged(parsed, [line for talk in talks for line, _ in talk.cosigned.values()]).serialised,
        outcomes=tuple(_outcome(each.name, by_name[each.name], checkpoint) for each in policy.witnesses),
    )


def _talks(policy: Policy, size: int, known: Mapping[str, int]) -> list[_Talk]:
    by_address: dict[str, list[Witness]] = {}
    for each in policy.witnesses:
        by_address.setdefault(each.url, []).append(each)
    return [
        _Talk(address=url, keys=tuple(keys), old_size=min(size, max(known.get(k.name, 0) for k in keys)))
        for url, keys in by_address.items()
    ]


def _outcome(name: str, talk: _Talk, checkpoint: Checkpoint) -> Outcome:
    if talk.standing is None:
        return Outcome(
            witness=name,
            standing=Standing.UNREACHABLE,
            words="named another size each time it was asked; ask again later",
            size=talk.named,
        )
    if talk.standing is not Standing.COSIGNED:
        return Outcome(witness=name, standing=talk.standing, words=talk.words, size=talk.named)
    if name not in talk.cosigned:
        return Outcome(
            witness=name,
            standing=Standing.REFUSED,
            words="answered without a cosignature by the key that the policy names",
        )
    return Outcome(
        witness=name,
        standing=Standing.COSIGNED,
        words=f"cosigned {checkpoint.size} entries",
        at=datetime.fromtimestamp(talk.cosigned[name][1], UTC),
        size=checkpoint.size,
    )


def _merged(note: Note, fresh: Sequence[SignatureLine]) -> Note:
    """The note with the new lines; each replaces an older line by the same key."""
    new = {(line.name, line.key_id): line for line in fresh}
    old = tuple(line for line in note.signatures if (line.name, line.key_id) not in new)
    return replace(note, signatures=(*old, *new.values()))


def _one_round(
    talks: Sequence[_Talk],
    checkpoint: Checkpoint,
    note: bytes,
    consistency: Consistency,
    now: datetime,
    timeout: float,
) -> None:
    requests = []
    for talk in talks:
        try:
            address = add_checkpoint_address(talk.address)
            # Empty where the specification asks for it: from nothing, and from the same size.
            same = talk.old_size in (0, checkpoint.size)
            proof = () if same else tuple(consistency(talk.old_size, checkpoint.size))
        except PlimsollError as error:
            talk.end(Standing.UNREACHABLE, f"was not asked: {error.sentence}")
            continue
        request = AddCheckpoint(old_size=talk.old_size, proof=proof, note=note)
        requests.append((talk, address, request.serialised))
    replies = post_all([(address, body) for _, address, body in requests], timeout)
    for (talk, _, _), reply in zip(requests, replies, strict=True):
        _judge(talk, reply, checkpoint, int(now.timestamp()))


def _judge(talk: _Talk, reply: Reply, checkpoint: Checkpoint, now: int) -> None:
    """Ends the talk, or leaves it open with the size to prove from next."""
    said = _quoted(reply.body)
    if reply.status == 0:
        talk.end(Standing.UNREACHABLE, f"could not be reached: {said}")
    elif reply.status == 200:
        _take(talk, reply.body, checkpoint, now)
    elif reply.status == 409:
        _move(talk, reply, checkpoint)
    elif reply.status == 422:
        talk.named = talk.old_size
        size, old = checkpoint.size, talk.old_size
        happened = (
            f"cosigned another root at size {size}: there are two histories"
            if old == size
            else f"cosigned {old} entries that this log of {size} does not continue: "
            f"one of the first {old} was changed, removed or inserted, or the proof is wrong"
        )
        talk.end(Standing.INCONSISTENT, f"{happened} ({said})")
    elif 400 <= reply.status < 500:
        talk.end(Standing.REFUSED, f"refused with status {reply.status} ({said})")
    else:
        talk.end(Standing.UNREACHABLE, f"answered with status {reply.status} ({said})")


def _move(talk: _Talk, reply: Reply, checkpoint: Checkpoint) -> None:
    match = _SIZE.fullmatch(reply.body)
    if match is None or reply.content_type.split(";")[0].strip() != SIZE_TYPE:
        talk.end(Standing.UNREACHABLE, "answered with a conflict and named no size")
        return
    size = talk.named = int(match[1])
    if size <= checkpoint.size:
        talk.old_size = size
        return
    talk.end(
        Standing.AHEAD,
        f"says that it cosigned {size} entries of this log, but it is shown only {checkpoint.size}: the log "
        f"was truncated or rolled back, or somebody else signs with its key",
    )


def _take(talk: _Talk, body: bytes, checkpoint: Checkpoint, now: int) -> None:
    """Keeps the cosignatures of known keys if every one of them holds; lines by other keys are ignored."""
    kept: dict[str, tuple[SignatureLine, int]] = {}
    try:
        for line in parse_signature_lines(body):
            for key in talk.keys:
                if line.is_by(key.verifier):
                    kept.setdefault(key.name, (line, _time(checkpoint, line, key.verifier, now)))
    except Untrusted as error:
        talk.end(Standing.DISHONEST, f"sent a cosignature that cannot be: {error.message}")
    except BadInput as error:
        talk.end(Standing.UNREACHABLE, f"did not answer like a witness: {error.message}")
    else:
        talk.cosigned = kept
        talk.end(Standing.COSIGNED, "")


def _time(checkpoint: Checkpoint, line: SignatureLine, verifier: Verifier, now: int) -> int:
    at = cosignature_time(checkpoint, line, verifier)
    if abs(at - now) > CLOCK_TOLERANCE:
        where = "ahead" if at > now else "back"
        raise Untrusted(f"It is dated {abs(at - now):,} seconds {where}.")
    return at


def _quoted(body: bytes) -> str:
    """The first line of what a stranger said, short and printable."""
    line = body.decode(errors="replace").split("\n", 1)[0][:160]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line) or "no word of why"
