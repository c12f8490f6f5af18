"""The shipped rules, worked cases, and an independent two-valued reading of the Act to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from plimsoll.adapters.law import load_act_rules
from plimsoll.engines.catalog.read import read_yaml
from plimsoll.engines.law.classification import Classification, classify
from plimsoll.engines.law.fact_sheet import FactKind, read_facts

RULES = load_act_rules()
VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "law"
TODAY = date(2026, 11, 23)
SEVERAL = ("Q03", "Q21", "placed_on_market")
YES_OR_NO = [
    f.id for f in RULES.sheet.facts if f.kind is FactKind.CHOICE and f.id not in ("Q02", "Q03", "Q21")
]


def vectors(name: str) -> Any:
    return read_yaml((VECTORS / name).read_bytes(), what=name)


def filled(answers: Mapping[str, object], unknown: list[str] | None = None) -> dict[str, object]:
    """The answers with no for every question that is neither named nor unknown (yes for Q01)."""
    rest: dict[str, object] = {code: "yes" if code == "Q01" else "no" for code in (*YES_OR_NO, "Q02")}
    known = {**rest, **answers}
    return {code: value for code, value in known.items() if code not in (unknown or [])}


def classified(answers: Mapping[str, object], as_of: date = TODAY) -> Classification:
    return classify(RULES, read_facts(RULES.sheet, answers), as_of)


def two_valued(a: Mapping[str, str]) -> set[str]:
    """The tiers for complete answers, written as a plain program from the questions' words."""
    if a["Q01"] == "no" or a["Q02"] in ("military", "research", "personal_use"):
        return {"out_of_scope"}
    tiers = set()
    if "yes" in [a[f"Q{number}"] for number in range(10, 20)]:
        tiers.add("prohibited")
    if a["Q20"] == "yes":
        tiers.add("high_risk_annex_i")
    derogated = False
    if a["Q30"] == "yes":
        if a["Q31"] == "yes" or a["Q32"] == "no":
            tiers.add("high_risk_annex_iii")
        else:
            derogated = True
    if "yes" in (a["Q40"], a["Q41"], a["Q42"], a["Q43"]):
        tiers.add("transparency_art_50")
    if "yes" in (a["Q50"], a["Q52"]):
        tiers.add("gpai")
        if a["Q51"] == "yes":
            tiers.add("gpai_systemic_risk")
    if a["Q02"] == "open_source":
        return tiers or {"out_of_scope"}
    if derogated:
        tiers.add("annex_iii_not_high_risk_art_6_3")
    return tiers or {"minimal"}
