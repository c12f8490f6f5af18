"""plimsoll verify: checks what came out of a log, offline and without Django.

What a file is, it tells by its content: an export, a proof of an entry or event, a checkpoint, a receipt, a
disclosure, a policy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.speaking import leave, print_json, read_input, spoken
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import read_json
from plimsoll.kernel.errors import BadInput, PlimsollError
from plimsoll.kernel.verdict import Judgement, Verdict, not_met

if TYPE_CHECKING:
    from plimsoll.engines.tlog.keys import Verifier
    from plimsoll.engines.tlog.policy import Policy

KEY_FILE_LIMIT = 64 * 1024
ENTRY_LIMIT = 65_535  # tlog-tiles
CLOSING_LIMIT = 4 * 2**20
DOCUMENT_LIMIT = 16 * 2**20
_AGE = re.compile(r"([1-9][0-9]{0,6})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the reader gave beside the file."""

    keys: tuple[Verifier, ...]
    policy: Policy | None
    entry: bytes | None
    max_age: timedelta | None

    def refuse(self, kind: str, **given: tuple[object, str]) -> None:
        """BadInput for an option that says nothing about this kind of file."""
        for option, (value, why) in given.items():
            if value:
                raise BadInput(f"--{option.replace('_', '-')} does not go with {kind}: {why}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What there is to say about a file."""

    verdict: Verdict
    document: Mapping[str, Any]
    lines: tuple[str, ...]


@spoken
def verify(
    file: Annotated[
        Path,
        typer.Argument(help="An export, proof (.tlog-proof), checkpoint, receipt, disclosure or policy."),
    ],
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The log's public keys (plimsoll log key), from a source you trust."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="Which logs you believe, and which witnesses must have cosigned."),
    ] = None,
    entry: Annotated[
        Path | None, typer.Option("--entry", help="The entry that the proof or receipt is of.")
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", help="How old the cosignatures may be: 90s, 30m, 24h, 7d."),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print plimsoll/verification/1 (exports) or plimsoll/verified/1."),
    ] = False,
) -> None:
    """Verifies a file that came out of a log; it tells by content what the file is.

    Exit code 0: everything holds and the given keys and witnesses signed it; 1: something does not
    hold, and is named; 2: the file cannot be read; 3: nothing contradicts, but something is not
    established: who signed without --key or --policy, of what a proof is without --entry.
    """
    asked = Asked(
        keys=_keys(key),
        policy=_policy(policy),
        entry=None if entry is None else read_input(entry, what="The entry", limit=ENTRY_LIMIT),
        max_age=_age(max_age),
    )
    outcome = _outcome(file, asked)
    if as_json:
        print_json(outcome.document)
    else:
        typer.echo(outcome.verdict.word.upper())
        for line in outcome.lines:
            typer.echo(f"  {line}")
    leave(outcome.verdict)


def _keys(path: Path | None) -> tuple[Verifier, ...]:
    if path is None:
        return ()
    from plimsoll.engines.tlog.keys import parse_verifiers

    return parse_verifiers(read_input(path, what="The key file", limit=KEY_FILE_LIMIT))


def _policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    from plimsoll.engines.tlog.policy import LIMIT, parse_policy

    return parse_policy(read_input(path, what="The policy", limit=LIMIT))


def _age(text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = _AGE.fullmatch(text)
    if found is None:
        raise BadInput(f"“{text[:40]}” is no age.", hint="Give a number with s, m, h or d, such as 24h.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _outcome(path: Path, asked: Asked) -> Outcome:
    head = _head(path)
    if head.startswith(b"{"):
        by_form = {"plimsoll/disclosure/1": _disclosure, "plimsoll/event-proof/1": _event_proof}
        return by_form.get(_form(path, head), _export)(path, asked)
    if head.startswith(b"c2sp.org/tlog-proof@"):
        return _proof(path, asked)
    if head.startswith(b"\xd2"):  # CBOR tag 18, COSE_Sign1
        return _receipt(path, asked)
    if b"\n\n\xe2\x80\x94 " in head:
        return _checkpoint(path, asked)
    if re.match(rb"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*(?:log|witness|group|quorum)[ \t]", head):
        return _policy_file(path, asked)
    return _export(path, asked)


def _head(path: Path) -> bytes:
    """The beginning of the file, long enough to tell what it is: a checkpoint's text and first signature."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        with path.open("rb") as file:
            return file.read(64 * 1024)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def _form(path: Path, head: bytes) -> str:
    """What a file of one JSON value says that it is; empty for more lines, and for what is no JSON."""
    line, newline, more = head.partition(b"\n")
    if more or (not newline and path.stat().st_size > DOCUMENT_LIMIT):
        return ""
    try:
        content = line if newline else read_input(path, what="The file", limit=DOCUMENT_LIMIT)
        value = read_json(content, what="the file", limit=DOCUMENT_LIMIT)
    except PlimsollError:
        return ""
    return str(value.get("form", "")) if isinstance(value, Mapping) else ""


# ---------------------------------------------------------------- the kinds of files
def _proof(path: Path, asked: Asked) -> Outcome:
    from plimsoll.cli import verified
    from plimsoll.engines.tlog.proof import LIMIT, parse_proof, verify_proof

    proof = parse_proof(read_input(path, what="The proof", limit=LIMIT))
    report = verify_proof(
        proof,
        entry=asked.entry,
        policy=asked.policy,
        keys=asked.keys,
        max_age=asked.max_age,
        now=clock.now(),
    )
    return Outcome(
        verdict=report.judgement.verdict,
        document=verified.proof_document(report, asked.policy),
        lines=verified.proof_lines(report, asked.policy),
    )


def _checkpoint(path: Path, asked: Asked) -> Outcome:
    from plimsoll.cli import verified
    from plimsoll.engines.tlog.note import MAX_NOTE
    from plimsoll.engines.tlog.standing import examine

    asked.refuse("a checkpoint", entry=(asked.entry, "a checkpoint proves no entry; give its proof"))
    note = read_input(path, what="The checkpoint", limit=MAX_NOTE)
    look = asked.policy.examine if asked.policy is not None else examine
    found = look(note, keys=asked.keys, max_age=asked.max_age, now=clock.now())
    return Outcome(
        verdict=found.judgement.verdict,
        document=verified.checkpoint_document(found, asked.policy),
        lines=verified.checkpoint_lines(found, asked.policy),
    )


def _receipt(path: Path, asked: Asked) -> Outcome:
    from plimsoll.cli import verified
    from plimsoll.engines.tlog.receipt import LIMIT, parse_receipt, verify_receipt

    why = "it carries no cosignatures; give the log's --key, or the proof file instead"
    asked.refuse("a receipt", policy=(asked.policy, why), max_age=(asked.max_age, why))
    receipt = parse_receipt(read_input(path, what="The receipt", limit=LIMIT))
    judgement = verify_receipt(receipt, entry=asked.entry, keys=asked.keys)
    return Outcome(
        verdict=judgement.verdict,
        document=verified.receipt_document(receipt, judgement),
        lines=tuple(reason.text for reason in judgement.reasons),
    )


def _disclosure(path: Path, asked: Asked) -> Outcome:
    from plimsoll.cli import verified
    from plimsoll.engines.tlog.disclosure import read_disclosure, verify_disclosure

    asked.refuse("a disclosure", entry=(asked.entry, "it carries the entry itself"))
    shown = read_disclosure(read_input(path, what="The disclosure", limit=DOCUMENT_LIMIT))
    judgement = verify_disclosure(
        shown, policy=asked.policy, keys=asked.keys, max_age=asked.max_age, now=clock.now()
    )
    return Outcome(
        verdict=judgement.verdict,
        document=verified.disclosure_document(shown, judgement, asked.policy),
        lines=verified.disclosure_lines(shown, judgement),
    )


def _event_proof(path: Path, asked: Asked) -> Outcome:
    from plimsoll.cli import verified
    from plimsoll.engines.tlog.event_proof import read_event_proof, verify_event_proof

    asked.refuse("the proof of an event", entry=(asked.entry, "it carries event and entry itself"))
    content = read_input(path, what="The proof", limit=DOCUMENT_LIMIT)
    found = read_event_proof(content)
    judgement = verify_event_proof(
        content, policy=asked.policy, keys=asked.keys, max_age=asked.max_age, now=clock.now()
    ).judgement
    return Outcome(
        verdict=judgement.verdict,
        document=verified.event_document(found, judgement, asked.policy),
        lines=(*(reason.text for reason in judgement.reasons), f"event {verified.in_json(found.event)}"),
    )


def _policy_file(path: Path, asked: Asked) -> Outcome:
    from plimsoll.cli import verified
    from plimsoll.engines.tlog.policy import LIMIT, parse_policy

    why = "a policy is what others are verified by"
    asked.refuse(
        "a policy",
        key=(asked.keys, why),
        policy=(asked.policy, why),
        entry=(asked.entry, why),
        max_age=(asked.max_age, why),
    )
    policy = parse_policy(read_input(path, what="The policy", limit=LIMIT))
    judgement = verified.policy_judgement(policy)
    return Outcome(
        verdict=judgement.verdict,
        document=verified.policy_document(policy, judgement),
        lines=verified.policy_lines(policy, judgement),
    )


def _export(path: Path, asked: Asked) -> Outcome:
    from plimsoll.cli import verified
    from plimsoll.engines.tlog.export import verify_export

    asked.refuse("an export", entry=(asked.entry, "it holds every entry itself"))
    if asked.policy is None and asked.max_age is not None:
        raise BadInput("--max-age needs --policy: only witnesses say when a log was seen.")
    keys, seen = asked.keys, None
    if asked.policy is not None:
        signed, seen = _closing(path, asked.policy, asked)
        keys = keys or signed[:1]
    report = verify_export(_lines(path), key=keys[0] if keys else None, others=keys[1:])
    if seen is not None:
        report.parts.append(seen)
    return Outcome(
        verdict=report.judgement.verdict,
        document=verified.export_document(report),
        lines=verified.export_lines(report),
    )


def _closing(path: Path, policy: Policy, asked: Asked) -> tuple[tuple[Verifier, ...], Judgement]:
    """Which logs of the policy signed the checkpoint that closes the export, and how it stands."""
    try:
        with path.open("rb") as file:
            file.seek(-min(file.seek(0, os.SEEK_END), CLOSING_LIMIT), os.SEEK_END)
            closing = read_json(file.read().rstrip(b"\n").rpartition(b"\n")[2], what="the closing line")
        note = closing.get("checkpoint") if isinstance(closing, Mapping) else None
        found = policy.examine(str(note).encode(), keys=asked.keys, max_age=asked.max_age, now=clock.now())
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except PlimsollError as error:
        return (), not_met(f"the export does not close with a checkpoint: {error.message}")
    return found.signed_by, found.judgement


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of the file, each at most LINE_LIMIT bytes; a longer one arrives cut and is refused."""
    from plimsoll.engines.tlog.export import LINE_LIMIT

    try:
        with path.open("rb") as file:
            while line := file.readline(LINE_LIMIT + 1):
                yield line
                if len(line) > LINE_LIMIT:
                    return
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
