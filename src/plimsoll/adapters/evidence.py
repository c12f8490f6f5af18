"""Runs a check and seals what it saw: collector → judge → statement → envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from plimsoll.adapters.collectors import drift, fairness, model_file
from plimsoll.engines.checks.card import Check, CheckCard, ParameterKind, ParameterValue
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording
from plimsoll.engines.checks.registry import check_by_id
from plimsoll.engines.checks.result import CheckResult
from plimsoll.engines.statements.envelope import Opened, open_envelope, seal
from plimsoll.engines.statements.statement import CHECK, Statement, check_validity
from plimsoll.kernel.errors import BadInput

__all__ = ["COLLECTORS", "Ran", "Rejudged", "rejudge", "run_check"]

Collector = Callable[[Path, Mapping[str, ParameterValue]], Recording]
COLLECTORS: Mapping[str, Collector] = {
    "model-file": model_file.collect,
    "fairness": fairness.collect,
    "drift": drift.collect,
}
"""Check id → what touches the world for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A check that ran, with its evidence."""

    result: CheckResult
    """What the judge said."""
    recording: Recording
    """What the collector saw."""
    parameters: Mapping[str, ParameterValue]
    """What it was run with; files by name only."""
    statement: Statement
    """The claim."""
    envelope: bytes
    """The signed claim."""


def run_check(
    check_id: str,
    subject: Path,
    given: Mapping[str, object],
    *,
    key: Ed25519PrivateKey,
    now: datetime,
) -> Ran:
    """Looks at `subject`, judges what was seen, and signs both with `key`.

    BadInput for an unknown parameter or a subject that the check cannot read; NotFound for an unknown
    check. The result may still be inconclusive: that is evidence too.
    """
    check = check_by_id(check_id)
    parameters = read_parameters(check.card, given)
    recording = COLLECTORS[check_id](subject, parameters)
    named = _without_folders(check.card, parameters)
    result = check.judge(recording, named)
    statement = Statement(
        subjects=tuple((s.name, s.digest) for s in recording.subjects),
        predicate_type=CHECK,
        predicate={
            "check": {"id": check.card.id, "version": check.card.version},
            "parameters": {name: _plain(value) for name, value in named.items()},
            "recording": recording.to_json(),
            "result": result.to_json(),
        },
        produced_at=now,
        valid_until=now + timedelta(days=check.card.valid_days),
    )
    return Ran(
        result=result,
        recording=recording,
        parameters=named,
        statement=statement,
        envelope=seal(statement.to_bytes(), key),
    )


def _without_folders(card: CheckCard, parameters: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    files = {p.name for p in card.parameters if p.kind is ParameterKind.FILE}
    return {name: Path(str(value)).name if name in files else value for name, value in parameters.items()}


def _plain(value: ParameterValue) -> Any:  # tuples become JSON lists
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """A statement that arrived, opened, and judged again from its own recording."""

    opened: Opened
    """The payload and the key that signed it."""
    statement: Statement
    """The claim."""
    check: Check
    """The check it names."""
    parameters: Mapping[str, ParameterValue]
    """Its parameters, read strictly."""
    result: CheckResult
    """Our own judgement of its recording."""


def rejudge(envelope: bytes, trusted: Mapping[str, Ed25519PublicKey], *, now: datetime) -> Rejudged:
    """Opens an envelope and recomputes its verdict; nothing that it claims is taken on trust.

    Untrusted if no trusted key signed it; BadInput if it is malformed, from the future, expired,
    valid for longer than the check allows, speaks of other subjects than its recording, or claims
    another outcome than its recording gives.
    """
    opened = open_envelope(envelope, trusted)
    statement = Statement.from_bytes(opened.body)
    check_validity(statement, now=now)
    if statement.predicate_type != CHECK:
        raise BadInput(
            f"The statement is a “{statement.predicate_type[:60]}”.",
            hint=f"Only {CHECK} is accepted here.",
        )
    check, parameters, recording = _read_predicate(statement)
    longest = timedelta(days=check.card.valid_days)
    if statement.valid_until - statement.produced_at > longest:
        raise BadInput(
            f"The statement wants to hold longer than {check.card.id} evidence may.",
            hint=f"At most {check.card.valid_days} days.",
        )
    if {d for _, d in statement.subjects} != {s.digest for s in recording.subjects}:
        raise BadInput("The statement speaks of other subjects than its recording saw.")
    result = check.judge(recording, parameters)
    claimed = statement.predicate.get("result")
    claim = (claimed.get("outcome"), claimed.get("answer")) if isinstance(claimed, dict) else None
    if claim != (result.outcome.value, result.answer):
        raise BadInput(
            f"The statement claims another outcome than its recording gives ({result.answer}).",
            hint="Push the file that the check wrote, unchanged.",
        )
    return Rejudged(opened=opened, statement=statement, check=check, parameters=parameters, result=result)


def _read_predicate(
    statement: Statement,
) -> tuple[Check, dict[str, ParameterValue], Recording]:
    named = statement.predicate.get("check")
    parameters = statement.predicate.get("parameters")
    if not isinstance(named, dict) or not isinstance(parameters, dict):
        raise BadInput("The statement does not say which check made it, with which parameters.")
    check = check_by_id(str(named.get("id")))
    if named.get("version") != check.card.version:
        raise BadInput(
            f"The statement was made by version {str(named.get('version'))[:20]} of {check.card.id}.",
            hint=f"Version {check.card.version} is judged here: install the same release on both sides.",
        )
    recording = Recording.from_json(statement.predicate.get("recording"))
    if (recording.check, recording.version) != (check.card.id, check.card.version):
        raise BadInput("The recording belongs to another check than the statement names.")
    return check, read_parameters(check.card, parameters), recording
