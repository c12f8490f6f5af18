"""The page that shows which duties twelve made-up systems have, and the fact that decides each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.reference.examples import Story
from scripts.reference.markdown import heading, joined, table

FILE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "twelve-systems.yaml"


def systems() -> Any:
    from plimsoll.engines.catalog.read import read_yaml

    return read_yaml(FILE.read_bytes(), what=FILE.name)


def filled(sheet: Any, system: Mapping[str, Any]) -> dict[str, Any]:
    """Every fact of the sheet: as named, left out where it is unknown, else no or none."""
    named = {**system["answers"], **system["facts"]}
    unknown = set(system.get("unknown", ())) | {"Q21", "placed_on_market"}
    strange = (set(named) | unknown) - {fact.id for fact in sheet.facts}
    if strange:
        raise SystemExit(f"{FILE.name}: {system['name']} names {', '.join(sorted(strange))}")
    rest = {
        fact.id: "yes" if fact.id == "Q01" else "none" if "no" not in fact.values else "no"
        for fact in sheet.facts
        if fact.id not in unknown
    }
    return {**rest, **named}


def duties_of(system: Mapping[str, Any], as_of: Any) -> Any:
    from plimsoll.adapters.duties import load_duty_rules
    from plimsoll.engines.law.fact_sheet import read_facts
    from plimsoll.engines.law.obligations import find_duties

    rules = load_duty_rules()
    return find_duties(rules, read_facts(rules.sheet, filled(rules.sheet, system)), as_of)


def tiers_of(system: Mapping[str, Any], as_of: Any) -> str:
    from plimsoll.adapters.law import load_act_rules
    from plimsoll.engines.law.classification import classify
    from plimsoll.engines.law.fact_sheet import read_facts

    rules = load_act_rules()
    facts = filled(rules.sheet, {"answers": system["answers"], "facts": {}})
    return ", ".join(f"`{tier}`" for tier in classify(rules, read_facts(rules.sheet, facts), as_of).tiers)


def twelve_page(_: Story | None = None) -> str:
    told = systems()
    as_of = told["as_of"]
    parts = [
        heading(
            "Obligations for twelve systems",
            f"Twelve made-up systems on {as_of:%d %b %Y}, by the rules that `plimsoll law obligations` uses. "
            "Each row names the fact that decides it; duties with the same fact and date share a row. What "
            "is not listed does not apply. Where a duty needs a class of the AI Act, its answers (Q01 to "
            "Q60) are the facts. A trigger such as an incident is not a condition: the duty is listed, "
            "because it would bind the system then. Not legal advice.",
            "The systems stand in `docs/reference/twelve-systems.yaml`; what they do not name is answered "
            "no. See [classification](../explanation/classification.md).",
        )
    ]
    for system in told["systems"]:
        found = duties_of(system, as_of)
        parts += [
            f"## {system['name']}",
            f"{system['story']} AI Act, if it applies there: {tiers_of(system, as_of)}.",
            table(("Duty", "Stands", "From", "Facts that decide"), rows(found)),
            f"{sum(item.truth is False for item in found.found)} further duties do not apply.",
        ]
    return joined(parts)


def rows(found: Any) -> list[tuple[str, str, str, str]]:
    from plimsoll.engines.law.obligations import Standing

    groups: dict[tuple[str, str, str], list[str]] = {}
    order = list(Standing)
    for item in sorted(found.found, key=lambda one: order.index(one.standing)):
        if item.truth is False:
            continue
        duty, day = item.rule.duty, item.when.day
        proposed = item.standing is Standing.WATCH
        start = "–" if proposed else day.isoformat() if day else "no day in law"
        if item.standing is Standing.OPEN and item.truth is True:
            start += ", or later"
        if duty.other_reading:
            start += f" (other reading: {duty.other_reading['date']})"
        key = (item.standing.word, start, "; ".join(item.facts))
        groups.setdefault(key, []).append(f"{duty.title} (`{duty.id}`)")
    return [("; ".join(titles), *key) for key, titles in groups.items()]
