"""The classification and the duties as JSON documents. docs/reference/documents.md."""

from __future__ import annotations

from datetime import date
from typing import Any

from plimsoll.engines.law.act_rules import Reading
from plimsoll.engines.law.classification import Classification, Reason
from plimsoll.engines.law.dates import Applicability
from plimsoll.engines.law.fact_sheet import FactSheet
from plimsoll.engines.law.obligations import Duties, DutyFound, Standing

__all__ = ["CLASSIFICATION_FORM", "DUTIES_FORM", "classification_document", "duties_document"]

CLASSIFICATION_FORM = "plimsoll/law-classification/1"
DUTIES_FORM = "plimsoll/law-obligations/1"


def classification_document(sheet: FactSheet, found: Classification) -> dict[str, Any]:
    """Tiers, open tiers with the questions that decide them, reasons, other readings; never a score.

    `applicable` is true, false ("not yet applicable") or null if an unknown decides it. `tiers` are those
    that the system has by the text of the law, also where the date is still to come; `not_yet_applicable`
    names those.
    """
    law = found.law
    asked = dict.fromkeys(q for item in found.open for q in item.questions)
    return {
        "form": CLASSIFICATION_FORM,
        "as_of": found.as_of.isoformat(),
        "law": {
            "name": law.name,
            "version": law.version,
            "in_force_since": law.in_force_since.isoformat(),
            "source": list(law.source),
            "rules": law.edition.name,
            "checked_at": law.edition.checked_at.isoformat(),
        },
        "answered": dict(found.answers.given),
        "tiers": list(found.tiers),
        "not_yet_applicable": [
            {"tier": item.tier, "applies_from": _day(item.day)}
            for item in found.found
            if item.truth is True and item.applies is False
        ],
        "open": [
            {
                "tier": item.tier,
                "questions": list(item.questions),
                "facts": list(item.facts),
                "applies_from": _day(item.day),
            }
            for item in found.open
        ],
        "out": [{"tier": item.tier, "facts": list(item.facts)} for item in found.out],
        "reasons": [_reason(reason, found) for reason in found.reasons],
        "other_readings": [_reading(reading, certain=certain) for reading, certain in found.readings],
        "notes": [{"article": note.article, "text": note.text} for note in found.notes],
        "questions": {code: sheet[code].ask for code in asked},
        "verdict": found.verdict.value,
        "warnings": list(law.warnings(found.as_of)),
    }


def _reason(reason: Reason, found: Classification) -> dict[str, Any]:
    when = reason.applicability
    held = found.answers.given.get("Q03")
    return {
        "tier": reason.tier,
        "article": reason.article,
        "because": reason.because,
        "facts": list(reason.facts),
        "applies_from": _day(when.day),
        "applicable": when.applies,
        **_dates(when),
        "law_version": found.law.version,
        "binds": dict(reason.roles),
        "binds_us": [role for role in held if role in reason.roles] if isinstance(held, list) else None,
        "confidence": reason.confidence,
    }


def _dates(when: Applicability) -> dict[str, Any]:
    return {
        "dates": [
            {"day": _day(start.day), "note": start.note, "only_if": start.only_if} for start in when.starts
        ],
        "date_turns_on": list(dict.fromkeys(variable.partition(".")[0] for variable in when.turns_on)),
    }


def _reading(reading: Reading, *, certain: bool) -> dict[str, Any]:
    return {
        "id": reading.id,
        "concerns": list(reading.concerns),
        "provision": reading.provision,
        "working": reading.working,
        "other": reading.other,
        "other_date": _day(reading.other_date),
        "basis": reading.basis,
        "matters": "yes" if certain else "open",
        "source": list(reading.source),
        "confidence": reading.confidence,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def duties_document(sheet: FactSheet, found: Duties) -> dict[str, Any]:
    """Every duty of the catalog where it stands, each with the fact that decides it.

    `watch` holds proposed law that would or may concern the system; it is never a duty. `other_reading` is
    a disputed date, shown beside the one that is used.
    """
    groups = {
        "applies": (Standing.APPLIES, Standing.GRACE),
        "not_yet_applicable": (Standing.NOT_YET,),
        "open": (Standing.OPEN,),
        "voluntary": (Standing.VOLUNTARY,),
    }
    asked = dict.fromkeys(q for item in found.standing(Standing.OPEN) for q in item.questions)
    return {
        "form": DUTIES_FORM,
        "as_of": found.as_of.isoformat(),
        "rules": found.edition.name,
        "checked_at": found.edition.checked_at.isoformat(),
        "answered": dict(found.answers.given),
        **{name: [_duty(item) for item in found.standing(*which)] for name, which in groups.items()},
        "watch": [_duty(item) for item in found.watched],
        "out": [
            {"id": item.rule.duty.id, "title": item.rule.duty.title, "facts": list(item.facts)}
            for item in found.found
            if item.truth is False
        ],
        "questions": {code: sheet[code].ask for code in asked},
        "verdict": found.verdict.value,
        "warnings": list(found.edition.warnings(found.as_of)),
    }


def _duty(item: DutyFound) -> dict[str, Any]:
    duty = item.rule.duty
    return {
        "id": duty.id,
        "title": duty.title,
        "instrument": duty.instrument,
        "provision": duty.provision,
        "jurisdiction": duty.jurisdiction,
        "kind": duty.kind,
        "duty_holder": duty.duty_holder,
        "trigger": duty.trigger,
        "concerns_us": {True: "yes", False: "no", None: "open"}[item.truth],
        "standing": item.standing.value,
        "facts": list(item.facts),
        "questions": list(item.questions),
        "applies_from": _day(item.when.day),
        "applicable": item.when.applies,
        **_dates(item.when),
        "further_dates": dict(item.rule.shown),
        "other_reading": duty.other_reading,
        "source": list(duty.source),
        "confidence": duty.confidence,
    }
