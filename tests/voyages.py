from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.kernel.stages import Stage
from plimsoll.loop.scope import services as scope
from plimsoll.loop.scope.models import System
from tests import personas

BOSUN = {
    "K1": "language", "S1": "public", "S3": "no", "S4": "no", "D3": "yes", "D4": "no", "M1": "api",
    "M3": "no", "A2": "no", "P1": "no", "R1": "yes", "B1": "yes", "B2": "no", "B3": "some",
    "O2": "no", "D1": "ordinary",
}  # fmt: skip
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


@dataclass(frozen=True, slots=True)
class Voyage:
    crew: personas.Crew
    system: System

    @property
    def program_id(self) -> int:
        return int(self.crew.program.pk)


@pytest.fixture
def crew(transactional_db: None) -> personas.Crew:
    """Committed for real, because the loop closes after commits."""
    return personas.board()


@pytest.fixture
def bosun(crew: personas.Crew) -> Voyage:
    """A support assistant on day 0: sixteen answers, nine unknowns, a pilot promised."""
    tess = crew.actor("tess")
    system = scope.describe_system(
        actor=tess,
        program_id=crew.program.pk,
        name="Bosun",
        sentence="Answers customers' questions and refunds small amounts",
        owner_id=crew.id("dev"),
        off_switch_holder_id=crew.id("eve"),
    )
    scope.promise_stage(
        actor=tess, system_id=system.pk, stage=Stage.PILOT, committed_on=date(2027, 3, 26)
    )
    scope.answer_many(actor=tess, system_id=system.pk, answers=BOSUN)
    return Voyage(crew=crew, system=system)
