"""The table of twelve made-up systems says what the engine says, and shows what it should show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plimsoll.engines.law.obligations import Standing
from scripts.reference.law import duties_of, filled, systems, twelve_page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "obligations-for-twelve-systems.md"
TOLD = systems()
each = pytest.mark.parametrize("system", TOLD["systems"], ids=[system["name"] for system in TOLD["systems"]])


def test_the_page_is_what_the_engine_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == twelve_page()


def test_there_are_twelve() -> None:
    assert len({system["name"] for system in TOLD["systems"]}) == 12


@each
def test_every_row_names_the_fact_that_decides(system: Any) -> None:
    part = PAGE.read_text(encoding="utf-8").partition(f"## {system['name']}\n")[2].partition("\n## ")[0]
    found = duties_of(system, TOLD["as_of"])
    for item in found.found:
        rows = [line for line in part.splitlines() if f"(`{item.rule.duty.id}`)" in line]
        assert len(rows) == (item.truth is not False)
        for row in rows:
            assert row.endswith(f"| {'; '.join(item.facts)} |")
            assert f"| {item.standing.word} |" in row


def test_together_they_show_every_standing_and_most_duties() -> None:
    found = [item for system in TOLD["systems"] for item in duties_of(system, TOLD["as_of"]).found]
    assert {item.standing for item in found} == set(Standing)
    shown = {item.rule.duty.id for item in found if item.truth is not False}
    assert {one.partition("-")[2].partition("-")[0] for one in shown} == {"EU", "US", "UK", "KR", "CN", "JP"}
    assert len(shown) >= 60


def test_a_fact_that_does_not_exist_is_refused() -> None:
    from plimsoll.adapters.duties import load_duty_rules

    with pytest.raises(SystemExit, match="x names shoe_size"):
        filled(load_duty_rules().sheet, {"name": "x", "answers": {}, "facts": {"shoe_size": "40"}})
