"""What a check is: its card, its parameters, and the protocol that every judge follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from plimsoll.engines.checks.recording import Recording
from plimsoll.engines.checks.result import CheckResult
from plimsoll.kernel.units import Days

__all__ = ["Check", "CheckCard", "Layer", "Parameter", "ParameterKind", "ParameterValue"]

ParameterValue = str | float | int | tuple[str, ...]


class Layer(StrEnum):
    """The part of the lifecycle that a check looks at."""

    DATA = "data"
    MODEL = "model"
    DEPLOYMENT = "deployment"
    OPERATIONS = "operations"
    LANGUAGE = "language"


class ParameterKind(StrEnum):
    """How a parameter is written and read."""

    NUMBER = "number"
    WHOLE = "whole number"
    TEXT = "text"
    WORDS = "comma-separated words"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing a person may set when running a check."""

    name: str
    """As written in `--param name=value`."""
    kind: ParameterKind
    """How its value is read."""
    help: str
    """One sentence: what it changes."""
    default: ParameterValue | None = None
    """Used when it is not given; None means the check works without it or `required` is set."""
    required: bool = False
    """Whether the check refuses to run without it."""
    minimum: float | None = None
    """Smallest number accepted, inclusive."""
    maximum: float | None = None
    """Largest number accepted, inclusive."""
    looser_when: str = ""
    """"higher" or "lower": in which direction a limit gets easier to pass; empty if it is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCard:
    """What a reader must know before believing a check."""

    id: str
    """Stable name, such as model-file."""
    title: str
    """One line."""
    version: str
    """Version of recording format and judgement together; a verdict is recomputed only with the same."""
    layer: Layer
    """Where in the lifecycle it looks."""
    subject: str
    """What SUBJECT must be."""
    proves: str
    """What a pass shows, and nothing more."""
    does_not_prove: str
    """What a reader might wrongly take it to show."""
    needs: str
    """Input, packages, rights."""
    false_positives: str
    """When it raises its hand for nothing."""
    source: str
    """Where the method comes from."""
    answers: tuple[str, ...]
    """The words it answers with; each maps to one outcome."""
    valid_days: Days
    """How long its evidence holds unless the subject changes."""
    parameters: tuple[Parameter, ...] = ()
    """What may be set."""
    contradicted_by: tuple[str, ...] = ()
    """Checks whose fail speaks against an older pass of this one, because it rested on the same state."""


class Check(Protocol):
    """A judge with its card. Judging is pure: the same recording and parameters give the same result."""

    @property
    def card(self) -> CheckCard:
        """What the check is."""
        ...

    def judge(self, recording: Recording, parameters: Mapping[str, ParameterValue]) -> CheckResult:
        """The result for what was recorded; BadInput if the recording is not of this check's form."""
        ...
