"""What a verification found: a judgement, counts, and sentences that name what does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from plimsoll.engines.tlog.checkpoint import Checkpoint
from plimsoll.kernel.verdict import Judgement, all_of

__all__ = ["MAX_FAULTS", "Report"]

MAX_FAULTS = 50
"""Faults, and erasures, that are kept as sentences."""


@dataclass(slots=True)
class Report:
    """What verification found. `judgement` is the verdict; faults name entry or record."""

    parts: list[Judgement] = field(default_factory=list)
    """One judgement per thing that was checked."""
    entries: int = 0
    """Entries read."""
    erased: int = 0
    """Entries of whose content something was erased."""
    withheld: int = 0
    """Entries that are proven to exist but not shown, because they belong to somebody else."""
    records: int = 0
    """Records compared with their last entry."""
    faults: list[str] = field(default_factory=list)
    """Sentences that name what does not hold; at most MAX_FAULTS are kept."""
    erasures: list[str] = field(default_factory=list)
    """What the log says was erased, when and by which entry; at most MAX_FAULTS are kept."""
    key: str = ""
    """The verifier key that the export names."""
    checkpoint: Checkpoint | None = None
    """The signed state, once it held."""

    @property
    def judgement(self) -> Judgement:
        """All parts together."""
        return all_of(self.parts)

    def fault(self, sentence: str) -> None:
        """Notes something that does not hold."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(sentence)

    def erasure(self, sentence: str) -> None:
        """Notes what an entry says was erased."""
        if len(self.erasures) < MAX_FAULTS:
            self.erasures.append(sentence)
