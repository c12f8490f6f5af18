"""A criterion that a review wrote, as plain JSON: how it travels from respond to plan and is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from plimsoll.engines.incidents.lesson import Fits, NewCriterion
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import Level, Stage

__all__ = ["read_criterion", "written_criterion"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Fits(_Strict):
    everywhere: bool
    facts: dict[str, list[str]]
    requirements: list[str]


class _Criterion(_Strict):
    id: str
    title: str
    incident: str
    why: str
    acceptance: str
    evidence: str
    severity: str
    place: str
    levels: dict[Stage, Level]
    controls: list[str]
    fits: _Fits


def written_criterion(criterion: NewCriterion) -> dict[str, Any]:
    """The criterion as a JSON value, the same for the same criterion."""
    return {
        "id": criterion.id,
        "title": criterion.title,
        "incident": criterion.incident,
        "why": criterion.why,
        "acceptance": criterion.acceptance,
        "evidence": criterion.evidence,
        "severity": criterion.severity,
        "place": criterion.place,
        "levels": {stage.value: level.value for stage, level in criterion.levels.items()},
        "controls": list(criterion.controls),
        "fits": {
            "everywhere": criterion.fits.everywhere,
            "facts": {question: sorted(wanted) for question, wanted in criterion.fits.facts.items()},
            "requirements": sorted(criterion.fits.requirements),
        },
    }


def read_criterion(value: Mapping[str, Any]) -> NewCriterion:
    """The criterion in a JSON value; BadInput names the first part that is wrong."""
    try:
        read = _Criterion.model_validate(dict(value))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The criterion cannot be read: {place}: {first['msg']}.") from error
    return NewCriterion(
        id=read.id,
        title=read.title,
        incident=read.incident,
        why=read.why,
        acceptance=read.acceptance,
        evidence=read.evidence,
        severity=read.severity,
        place=read.place,
        levels=read.levels,
        controls=tuple(read.controls),
        fits=Fits(
            everywhere=read.fits.everywhere,
            facts={question: frozenset(wanted) for question, wanted in read.fits.facts.items()},
            requirements=frozenset(read.fits.requirements),
        ),
    )
