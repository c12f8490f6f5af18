"""How a checkpoint stands: which log signed it, which witnesses cosigned it when, and the verdict on that.

Source: C2SP signed-note v1.0.0 (lines of unknown keys are ignored; a known key's line that does not hold
spoils the whole note) and tlog-cosignature v1.1.0-rc.1.

What it establishes: those keys made those statements about this size and root. What it does not: that a
witness's clock is right, that the log shows everybody the same history, or that what was logged is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from plimsoll.engines.tlog.checkpoint import Checkpoint, parse_checkpoint
from plimsoll.engines.tlog.cosignature import cosignature_time
from plimsoll.engines.tlog.keys import KeyType, Verifier
from plimsoll.engines.tlog.note import Note, SignatureLine, parse_note
from plimsoll.kernel.errors import BadInput, Untrusted
from plimsoll.kernel.text import readable
from plimsoll.kernel.verdict import Judgement, all_of, met, not_met, unknown

__all__ = ["SKEW", "Cosigner", "Examination", "examine", "in_words", "instant"]

SKEW = timedelta(minutes=5)
"""How far a witness's clock may run ahead of ours before its time is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigner:
    """What one witness says about a checkpoint."""

    name: str
    """Its name within the policy."""
    verifier: Verifier
    """Its key."""
    cosigned: bool
    """Whether a cosignature by that key is there and holds."""
    at: int | None
    """When it cosigned, in POSIX seconds by its own clock; None if it did not or states no time."""
    broken: bool = False
    """Whether a line under its name and key is there that does not hold."""
    twin_of: str = ""
    """The earlier witness with the same key; then this one is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """A checkpoint, who stands behind it, and the verdict."""

    checkpoint: Checkpoint
    """The checkpoint; believed only if the judgement is met."""
    signed_by: tuple[Verifier, ...]
    """Keys of logs whose signatures hold, in the order in which they were asked for."""
    cosigners: tuple[Cosigner, ...]
    """Every witness that was asked for, in order, whether it cosigned or not."""
    judgement: Judgement
    """The verdict with its reasons."""

    @property
    def interval(self) -> tuple[int, int] | None:
        """Earliest and latest time of the cosignatures that hold, in POSIX seconds; None without any.

        The entry was in the log at the latest at the first of the two, by that witness's clock.
        """
        times = [cosigner.at for cosigner in self.cosigners if cosigner.at is not None]
        return (min(times), max(times)) if times else None


def examine(
    note: bytes,
    *,
    logs: Sequence[Verifier] = (),
    keys: Sequence[Verifier] = (),
    witnesses: Sequence[tuple[str, Verifier]] = (),
    twins: Mapping[str, str] | None = None,
    holds: Callable[[frozenset[str]], bool] | None = None,
    asked: str = "",
    max_age: timedelta | None = None,
    now: datetime | None = None,
) -> Examination:
    """How the checkpoint note stands to keys and witnesses; `Policy.examine` is the usual way in.

    One of `logs` must have signed, if there are any, and each of `keys`; without both the verdict is
    unknown.
    `holds` says whether a set of witness names is a quorum, `asked` says it in words; without `holds`
    no cosignature is asked for and none is judged. BadInput for anything that is not a canonical
    checkpoint note, and for `max_age` without `now`.
    """
    if max_age is not None and now is None:
        raise BadInput("An age can only be judged at a given time.")
    opened = parse_note(note)
    checkpoint = parse_checkpoint(opened.body)
    signed, spoiled = _signatures(opened, checkpoint, [*logs, *(key for key in keys if key not in logs)])
    cosigners = tuple(
        _cosigner(opened, checkpoint, name=name, verifier=verifier, twin=(twins or {}).get(name, ""))
        for name, verifier in witnesses
    )
    parts = [*spoiled, *_log_parts(checkpoint, signed, logs=logs, keys=keys), *_witness_parts(cosigners)]
    if holds is not None:
        parts.append(_quorum_part(cosigners, holds, asked))
        if max_age is not None and now is not None:
            parts.append(_age_part(cosigners, holds, max_age=max_age, now=now))
    elif max_age is not None:
        parts.append(unknown("its age cannot be told: without a policy no witness says when it was seen"))
    return Examination(
        checkpoint=checkpoint, signed_by=tuple(signed), cosigners=cosigners, judgement=all_of(parts)
    )


def _signatures(
    note: Note, checkpoint: Checkpoint, wanted: Sequence[Verifier]
) -> tuple[list[Verifier], list[Judgement]]:
    """The log keys whose lines hold, and a judgement for each whose line does not."""
    signed: list[Verifier] = []
    spoiled: list[Judgement] = []
    for verifier in wanted:
        for line in note.lines_by(verifier):
            if verifier.type is KeyType.ED25519:
                held = verifier.verify(note.body, line.blob)
            else:
                held = _cosigned_at(checkpoint, line, verifier) is not None
            if not held:
                spoiled.append(not_met(f"the signature by {_key(verifier)} does not hold"))
            elif verifier not in signed:
                signed.append(verifier)
    return signed, spoiled


def _cosigned_at(checkpoint: Checkpoint, line: SignatureLine, verifier: Verifier) -> int | None:
    try:
        return cosignature_time(checkpoint, line, verifier)
    except Untrusted:
        return None


def _cosigner(note: Note, checkpoint: Checkpoint, *, name: str, verifier: Verifier, twin: str) -> Cosigner:
    times = [_cosigned_at(checkpoint, line, verifier) for line in note.lines_by(verifier)]
    held = [at for at in times if at is not None]
    return Cosigner(
        name=name,
        verifier=verifier,
        cosigned=bool(held),
        # A witness may cosign again later; time 0 states none (tlog-cosignature, ML-DSA-44).
        at=max(held) or None if held else None,
        broken=len(held) < len(times),
        twin_of=twin,
    )


def _log_parts(
    checkpoint: Checkpoint, signed: Sequence[Verifier], *, logs: Sequence[Verifier], keys: Sequence[Verifier]
) -> Iterator[Judgement]:
    if not logs and not keys:
        yield unknown("no key of a log was given, so who signed it is not established")
    for key in keys:
        yield _signed_by(checkpoint, [v for v in signed if v == key], f"the given key {_key(key)}")
    if logs:
        yield _signed_by(checkpoint, [v for v in signed if v in logs], "a log of the policy")


def _signed_by(checkpoint: Checkpoint, signed: Sequence[Verifier], whom: str) -> Judgement:
    if not signed:
        return not_met(f"it is not signed by {whom}")
    # The name of a log's key is the log's identity: another's checkpoint under it is no checkpoint of it.
    named = [verifier for verifier in signed if verifier.name == checkpoint.origin]
    if not named:
        return not_met(f"it is signed by {_key(signed[0])} but speaks of the log {checkpoint.origin}")
    return met(f"signed by the log, {_key(named[0])}, at size {checkpoint.size}")


def _witness_parts(cosigners: Sequence[Cosigner]) -> Iterator[Judgement]:
    for cosigner in cosigners:
        if cosigner.broken:
            yield not_met(f"the cosignature under the name of {readable(cosigner.name)} does not hold")


def _quorum_part(
    cosigners: Sequence[Cosigner], holds: Callable[[frozenset[str]], bool], asked: str
) -> Judgement:
    names = frozenset(c.name for c in cosigners if c.cosigned)
    told = "; ".join((f"the policy asks for {asked}", *map(_told, cosigners)))
    return met(f"cosigned as asked: {told}") if holds(names) else not_met(f"not cosigned as asked: {told}")


def _told(cosigner: Cosigner) -> str:
    name = readable(cosigner.name)
    if cosigner.twin_of:
        return f"{name} has the key of {readable(cosigner.twin_of)} and is not counted"
    if not cosigner.cosigned:
        return f"{name} did not cosign"
    return f"{name} cosigned " + (in_words(cosigner.at) if cosigner.at else "without stating a time")


def _age_part(
    cosigners: Sequence[Cosigner],
    holds: Callable[[frozenset[str]], bool],
    *,
    max_age: timedelta,
    now: datetime,
) -> Judgement:
    """Whether the quorum is still met when only recent cosignatures count."""
    latest, oldest = (now + SKEW).timestamp(), (now - max_age).timestamp()
    timed = [cosigner for cosigner in cosigners if cosigner.at is not None]
    if not timed:
        return unknown("its age cannot be told: no witness says when it was seen")
    ahead = [c for c in timed if c.at is not None and c.at > latest]
    fresh = frozenset(c.name for c in timed if c.at is not None and oldest <= c.at <= latest)
    seen = "; ".join(f"{readable(c.name)} {in_words(c.at)}" for c in timed if c.at is not None)
    if fresh and holds(fresh):
        return met(f"seen within {_span(max_age)} before {in_words(int(now.timestamp()))}")
    if ahead:
        return unknown(f"its age cannot be told: a witness's clock runs ahead of ours ({seen})")
    return not_met(f"it is older than {_span(max_age)}: {seen}")


def instant(at: int) -> datetime | None:
    """The instant of POSIX seconds, in UTC; None beyond the year 9999, where no calendar of ours reaches."""
    try:
        return datetime.fromtimestamp(at, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def in_words(at: int) -> str:
    """The instant in UTC to the second, for a sentence; beyond year 9999 the bare number of seconds."""
    known = instant(at)
    return f"{known:%Y-%m-%d %H:%M:%S} UTC" if known else f"{at} seconds after 1970"


def _span(span: timedelta) -> str:
    total = int(span.total_seconds())
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
    size, word = next(unit for unit in units if total % unit[0] == 0)
    return f"{total // size} {word}" + ("" if total == size else "s")


def _key(verifier: Verifier) -> str:
    return f"{verifier.name}+{verifier.key_id.hex()}"
