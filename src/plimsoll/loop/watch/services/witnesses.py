"""Asks the witnesses of the installation's policy to cosign what the log signed last."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings

from plimsoll.adapters.witnesses import collect
from plimsoll.engines.tlog.policy import Policy, parse_policy
from plimsoll.kernel.errors import BadInput
from plimsoll.ledger import witnessing
from plimsoll.ledger.checkpoints import latest_checkpoint, prove_consistency

__all__ = ["ask_witnesses", "log_policy"]


def log_policy() -> Policy | None:
    """The policy that the operator laid down, None if there is none; BadInput if it cannot be read.

    It is read each time it is asked for: whoever may write the file decides which witnesses count.
    """
    path: Path = settings.PLIMSOLL_LOG_POLICY
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"The policy {path.name} cannot be read: {error.strerror}.") from error
    return parse_policy(content)


def ask_witnesses(*, now: datetime) -> int:
    """Asks every witness to cosign the newest checkpoint; returns how many cosignatures are new.

    Asks nobody if no policy names a witness, if nothing is signed yet, or if all of them have cosigned it.
    What a witness said is kept with the time, so that a silent or contradicting one is seen.
    """
    policy, latest = log_policy(), latest_checkpoint()
    if policy is None or latest is None or not policy.witnesses:
        return 0
    before = {one.witness: one for one in witnessing.answers()}
    if all(
        one.name in before
        and before[one.name].standing == "cosigned"
        and before[one.name].size == latest.size
        for one in policy.witnesses
    ):
        return 0
    collected = collect(
        witnessing.cosigned_note(latest),
        policy,
        consistency=prove_consistency,
        now=now,
        known={name: one.size for name, one in before.items() if one.size is not None},
    )
    new = witnessing.keep_cosignatures(collected.note, policy)
    witnessing.keep_answers(
        witnessing.Answer(
            witness=one.witness, standing=one.standing.value, words=one.words, asked_at=now, size=one.size
        )
        for one in collected.outcomes
    )
    return new
