"""Reads the rules of legal duties that are shipped with the package and joins them with the catalog."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

from pydantic import BaseModel, ConfigDict

from plimsoll.adapters.law import (
    Conditions,
    law_bytes,
    load_act_rules,
    read_fact,
    read_law_model,
    rules_edition,
    start_dates,
    unique,
)
from plimsoll.engines.catalog.read import read_model
from plimsoll.engines.law.dates import StartDate
from plimsoll.engines.law.fact_sheet import FactSheet
from plimsoll.engines.law.obligations import DutyRule, DutyRules
from plimsoll.engines.law.schema import ObligationEntry, ObligationRule, ObligationRuleFile
from plimsoll.kernel.errors import BadInput

__all__ = ["load_duty_rules", "read_duty_rules"]


class _Obligations(BaseModel):
    model_config = ConfigDict(extra="allow")
    obligations: list[ObligationEntry]


@cache
def load_duty_rules() -> DutyRules:
    """The shipped rules for every duty of the catalog, read once per process.

    Raises BadInput, naming file and place, if a rule is malformed, or a duty or one of its dates is left
    out: a duty without a rule would vanish without a word.
    """
    return read_duty_rules(law_bytes("law", "obligation_rules.yaml"))


def read_duty_rules(content: bytes) -> DutyRules:
    """The rules in `content`, joined with the catalog's obligations and the rules of the AI Act."""
    file = read_model(content, ObligationRuleFile, what="law/obligation_rules.yaml")
    act = load_act_rules()
    duties = {
        duty.id: duty for duty in read_law_model("catalog", "obligations.yaml", _Obligations).obligations
    }
    unique([rule.id for rule in file.rules], what="rule")
    if [rule.id for rule in file.rules] != list(duties):
        strange = set(duties) ^ {rule.id for rule in file.rules}
        raise BadInput(
            "law/obligation_rules.yaml does not follow the catalog's obligations at "
            f"{', '.join(sorted(strange)) or 'their order'}."
        )
    sheet = FactSheet(
        id=file.edition.id,
        version=file.edition.version,
        facts=(*act.sheet.facts, *(read_fact(entry) for entry in file.facts)),
    )
    unique([fact.id for fact in sheet.facts], what="fact")
    conditions = Conditions(sheet=sheet, defined=act.defined).defining(file.definitions)
    return DutyRules(
        edition=rules_edition(file.edition),
        sheet=sheet,
        rules=tuple(_rule(file, rule, duties[rule.id], conditions) for rule in file.rules),
    )


def _rule(
    file: ObligationRuleFile, rule: ObligationRule, duty: ObligationEntry, conditions: Conditions
) -> DutyRule:
    pickers = {**file.dates, **rule.dates}
    shown = {file.shown_only[k]: v for k, v in duty.applies_from.items() if k in file.shown_only and v}
    starts = [
        _start(duty, key, day, pickers, conditions)
        for key, day in duty.applies_from.items()
        if key not in file.shown_only and day is not None
    ]
    if rule.legacy:
        starts += start_dates(file.legacy, what=rule.id, conditions=conditions)
    strange = set(rule.dates) - set(duty.applies_from)
    if strange or (not starts and duty.status != "proposed"):
        raise BadInput(
            f"The rule {rule.id} and its entry disagree on the dates {', '.join(sorted(strange))}."
        )
    return DutyRule(
        duty=duty,
        when=conditions.parse(rule.when, what=rule.id),
        starts=tuple(starts),
        shown=shown,
    )


def _start(
    duty: ObligationEntry, key: str, day: str, pickers: Mapping[str, object], conditions: Conditions
) -> StartDate:
    if key not in pickers or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        raise BadInput(f"The date {key} of {duty.id} says for no rule which systems it is for.")
    return StartDate(
        day=date.fromisoformat(day),
        when=conditions.parse(pickers[key], what=duty.id),
        note="" if key == "all" else key.replace("_", " "),
    )
