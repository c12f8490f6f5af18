"""Statements as a pipeline writes them, and as a forger would."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.adapters.evidence import run_check
from plimsoll.engines.statements.envelope import seal
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.loop.prove import services
from plimsoll.loop.prove.models import Evidence
from tests.voyages import DAY, KEY, Voyage

Change = Callable[[dict[str, Any]], object]


def statement_in(envelope: bytes) -> dict[str, Any]:
    """The statement that an envelope holds."""
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    return found


def rewritten(envelope: bytes, change: Change, *, key: Ed25519PrivateKey = KEY) -> bytes:
    """The statement after `change`, signed again: what somebody with a trusted key could send."""
    statement = statement_in(envelope)
    change(statement)
    return seal(canonical_bytes(statement), key)


def push(voyage: Voyage, envelope: bytes, *, by: str = "dev", system: str = "") -> list[services.Accepted]:
    return services.accept_statement(
        actor=voyage.crew.actor(by), program_id=voyage.program_id, envelope=envelope, system_ref=system
    )


def stored() -> int:
    return Evidence.objects.count()


def predictions(folder: Path, *, even: bool = True) -> Path:
    """Held-out predictions for two groups, which are treated alike, or not at all alike."""
    path = folder / f"predictions-{'even' if even else 'uneven'}.csv"
    rows = ["y,p,sex"]
    for sex, refused in (("F", 10 if even else 160), ("M", 10)):
        rows += [f"1,1,{sex}"] * (400 - refused) + [f"1,0,{sex}"] * refused
        rows += [f"0,0,{sex}"] * (400 - refused) + [f"0,1,{sex}"] * refused
    path.write_text("\n".join(rows) + "\n")
    return path


def fairness(folder: Path, model: Path, *, even: bool = True, **parameters: object) -> bytes:
    asked = {"label": "y", "prediction": "p", "attribute": "sex", "model": str(model), **parameters}
    return run_check("fairness", predictions(folder, even=even), asked, key=KEY, now=DAY).envelope
