"""What an incident is about, who does what in it, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Component", "Concern", "IncidentKind", "Phase", "Role", "Sort"]


class Sort(StrEnum):
    """Whether something happened, or nearly; the two are counted apart."""

    INCIDENT = "incident"
    HAZARD = "hazard"


class Component(StrEnum):
    """Where it happened."""

    DATA = "data"
    MODEL = "model"
    DEPLOYMENT = "deployment"
    INFRASTRUCTURE = "infrastructure"
    USER_INTERACTION = "user_interaction"


class Concern(StrEnum):
    """What went wrong."""

    PERFORMANCE = "performance"
    SECURITY = "security"
    ETHICS = "ethics"
    MISUSE = "misuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentKind:
    """Component and concern; either may not be known yet."""

    component: Component | None
    """Where it happened; None while unknown."""
    concern: Concern | None
    """What went wrong; None while unknown."""


class Role(StrEnum):
    """Who does a task. One person commands, one writes down; both are named at the start."""

    COMMANDER = "commander"
    SCRIBE = "scribe"
    RESPONDER = "responder"
    OWNER = "owner"
    OFF_SWITCH_HOLDER = "off_switch_holder"
    COMMUNICATIONS = "communications"
    LEGAL = "legal"


class Phase(StrEnum):
    """The phases of a response, in order."""

    DETECTION = "detection"
    TRIAGE = "triage"
    CONTAINMENT = "containment"
    ERADICATION = "eradication"
    RECOVERY = "recovery"
    COMMUNICATION = "communication"
    REVIEW = "review"
