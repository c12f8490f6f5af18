"""Reads the shipped playbooks, and those that somebody gives, and a lesson as a requirement."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib import resources

from plimsoll.engines.catalog.read import read_model
from plimsoll.engines.catalog.schema import RequirementEntry
from plimsoll.engines.incidents.lesson import NewCriterion
from plimsoll.engines.incidents.playbook import Coverage, Playbook, Task
from plimsoll.engines.incidents.schema import PlaybookFile
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import GATED, Level

__all__ = ["lesson_requirement", "load_playbooks", "read_playbook"]


@cache
def load_playbooks() -> tuple[Playbook, ...]:
    """The shipped playbooks in the order of their files, read once per process.

    Raises BadInput, naming file and place, if one cannot be followed.
    """
    folder = resources.files("plimsoll.engines.incidents").joinpath("playbooks")
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name
    )
    found = tuple(read_playbook(entry.read_bytes(), what=f"playbooks/{entry.name}") for entry in files)
    ids = [playbook.id for playbook in found]
    twice = sorted({item for item in ids if ids.count(item) > 1})
    if twice:
        raise BadInput(f"There is more than one playbook {', '.join(twice)}.")
    return found


def read_playbook(content: bytes, *, what: str) -> Playbook:
    """The playbook in a YAML document; BadInput names `what` and the first part that is wrong."""
    file = read_model(content, PlaybookFile, what=what)
    return Playbook(
        id=file.edition.id,
        title=file.title,
        version=file.edition.version,
        checked_at=file.edition.checked_at,
        stale_after_days=file.edition.stale_after_days,
        covers=tuple(
            Coverage(components=frozenset(entry.components), concerns=frozenset(entry.concerns))
            for entry in file.covers
        ),
        tasks=tuple(
            Task(
                id=entry.id,
                phase=entry.phase,
                title=entry.title,
                role=entry.role,
                offset=timedelta(minutes=entry.minutes),
                authority=entry.authority,
                evidence_first=tuple(entry.evidence_first),
                after=tuple(entry.after),
            )
            for entry in file.tasks
        ),
    )


def lesson_requirement(criterion: NewCriterion, *, today: date) -> RequirementEntry:
    """The criterion as a requirement in the form of the catalog, to be opened in the systems it fits.

    `when` is always: which systems it is for was decided when it was opened. BadInput if a field does not
    have the catalog's form.
    """
    from pydantic import ValidationError

    try:
        return RequirementEntry.model_validate(
            {
                "id": criterion.id,
                "title": criterion.title,
                "place": criterion.place,
                "when": "always",
                "severity": criterion.severity,
                "why": {"kind": "incident", "text": criterion.why},
                "acceptance": criterion.acceptance,
                "stages": {stage: criterion.levels.get(stage, Level.NOT_YET) for stage in GATED},
                "evidence": {"attestation": criterion.evidence},
                "controls": list(criterion.controls),
                "basis": {
                    "kind": "incident",
                    "name": f"Own incident {criterion.incident}",
                    "edition": criterion.incident,
                    "checked_at": today,
                    "stale_after_days": 365,
                },
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise BadInput(
            f"The field {field} of the new criterion cannot be used: {first['msg']}.", data={"field": field}
        ) from error
