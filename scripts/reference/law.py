"""The pages on law: the rules as they stand in the data, and the duties of twelve made-up systems."""

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


# ---------------------------------------------------------------- the rules


def law_page(_: Story | None = None) -> str:
    from plimsoll.adapters.duties import load_duty_rules
    from plimsoll.adapters.law import law_bytes, load_act_rules
    from plimsoll.engines.catalog.read import read_model
    from plimsoll.engines.law.schema import ClassificationFile, ObligationRuleFile

    act, duties = load_act_rules(), load_duty_rules()
    file = read_model(law_bytes("law", "ai_act_rules.yaml"), ClassificationFile, what="ai_act_rules.yaml")
    rules = read_model(law_bytes("law", "obligation_rules.yaml"), ObligationRuleFile, what="obligation_rules")
    own = [fact for fact in duties.sheet.facts if fact.id not in act.sheet]
    return joined(
        [
            heading(
                "Rules of law",
                f"What `plimsoll law` decides by. {act.law.name}, {act.law.version}, in force since "
                f"{act.law.in_force_since:%d %b %Y}; rules `{act.law.edition.name}` and "
                f"`{duties.edition.name}`, checked {act.law.edition.checked_at:%d %b %Y}. Words in italics "
                "are named conditions. Sources are ids in the catalog. See "
                "[classification](../explanation/classification.md). Not legal advice.",
            ),
            "## Questions of the AI Act",
            facts_table(act.sheet.facts),
            "## Named conditions",
            conditions_table(file.definitions),
            "## What puts a system into a tier",
            table(
                ("Tier", "Provision", "It says", "Condition", "From", "Sources", "Sure"),
                [
                    (
                        f"`{g.tier}`",
                        g.article,
                        g.because,
                        words(g.when),
                        "; ".join(day_words(start.model_dump()) for start in file.dates[g.dates]),
                        ", ".join(g.source),
                        g.confidence,
                    )
                    for g in file.grounds
                ],
            ),
            "## Disputed points",
            table(
                ("Provision", "Working reading", "Other reading", "Basis", "Matters if", "Sure"),
                [
                    (r.provision, r.working, r.other, r.basis, words(r.when), r.confidence)
                    for r in file.readings
                ],
            ),
            "## Further consequences",
            table(("Provision", "What", "If"), [(n.article, n.text, words(n.when)) for n in file.notes]),
            "## Facts for duties",
            facts_table(own),
            "## Named conditions for duties",
            conditions_table(rules.definitions),
            "## Duties",
            table(
                ("Duty", "Provision", "Applies if", "From"),
                [
                    (
                        f"{rule.duty.title} (`{rule.duty.id}`)",
                        f"{rule.duty.instrument}, {rule.duty.provision}",
                        words(entry.when),
                        from_words(rule, legacy=entry.legacy),
                    )
                    for rule, entry in zip(duties.rules, rules.rules, strict=True)
                ],
            ),
        ]
    )


def facts_table(facts: Any) -> str:
    return table(
        ("Code", "Question", "Answers", "Article", "Note"),
        [
            (
                f"`{fact.id}`",
                fact.ask,
                answers_of(fact),
                fact.ref or "–",
                fact.help or "–",
            )
            for fact in facts
        ],
    )


def answers_of(fact: Any) -> str:
    listed = ", ".join(f"`{value}`" for value in fact.values)
    return {"choice": listed, "many": f"any of {listed}", "date": f"a day; decides {listed}"}[fact.kind.value]


def conditions_table(definitions: Mapping[str, Any]) -> str:
    return table(("Name", "Holds if"), [(f"*{name}*", words(when)) for name, when in definitions.items()])


def words(when: Any) -> str:
    """A condition of the law files in words."""
    if when == "always":
        return "always"
    (word, inner), *more = when.items()
    if not more and word == "is":
        return f"*{inner}*"
    if not more and word == "not":
        return f"not ({words(inner)})"
    if not more and word in ("all", "any"):
        glue = " and " if word == "all" else " or "
        return glue.join(f"({words(part)})" if compound(part) else words(part) for part in inner)
    listed = [(code, [v] if isinstance(v, str) else v) for code, v in when.items()]
    return " and ".join(f"{code} is {' or '.join(values)}" for code, values in listed)


def compound(when: Any) -> bool:
    return when != "always" and (len(when) > 1 or next(iter(when)) in ("all", "any"))


def day_words(start: Mapping[str, Any]) -> str:
    day = start["day"].isoformat() if start["day"] else "no day"
    picked = "" if start["when"] == "always" else f" if {words(start['when'])}"
    return day + picked + (f", only if {start['only_if']}" if start["only_if"] else "")


def from_words(rule: Any, *, legacy: bool) -> str:
    if not rule.starts:
        return "only proposed"
    own = [start for start in rule.starts if not str(start.note).startswith("legacy")]
    days = [f"{start.day} ({start.note})" if start.note else str(start.day) for start in own]
    days += ["legacy: Art. 111(2)"] if legacy else []
    if rule.duty.other_reading:
        days.append(f"other reading {rule.duty.other_reading['date']}")
    return "; ".join(days)
