"""plimsoll framework import: a dry run unless told to apply, as a member of the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plimsoll.loop.scope.models import FrameworkImport
from tests.cli.test_server_commands import refusal, run
from tests.voyages import Voyage

HOUSE = "id: house-rules\ntitle: House rules\nedition: '{edition}'\nclauses:\n- {{id: H-1, title: {title}}}\n"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.yaml"
    path.write_text(HOUSE.format(edition=1, title="Pumps"), encoding="utf-8")
    return path


def bring_in(path: Path, *more: str, by: str = "cal@halyard.example") -> tuple[str, ...]:
    return ("framework", "import", str(path), "--program", "halyard", "--by", by, *more)


def test_without_apply_nothing_is_written(bosun: Voyage, house: Path) -> None:
    result = run(*bring_in(house))
    assert result.exit_code == 0
    assert "House rules: 1 clauses, no edition before." in result.stdout
    assert "Nothing was written: add --apply." in result.stdout
    assert json.loads(run(*bring_in(house, "--json")).stdout) is None
    assert not FrameworkImport.objects.exists()


def test_with_apply_it_is_in_force_and_the_next_one_is_compared(bosun: Voyage, house: Path) -> None:
    assert "house-rules@1 is in force in halyard now." in run(*bring_in(house, "--apply")).stdout
    assert FrameworkImport.objects.get().imported_by.email == "cal@halyard.example"
    house.write_text(HOUSE.format(edition=2, title="Bilge pumps"), encoding="utf-8")
    assert "REWORDED  1" in run(*bring_in(house)).stdout
    document = json.loads(run(*bring_in(house, "--apply", "--json")).stdout)
    assert (document["form"], document["same"]) == ("plimsoll/framework-diff/1", False)
    assert FrameworkImport.objects.count() == 2


def test_refusals_are_one_sentence_and_change_nothing(bosun: Voyage, house: Path) -> None:
    run(*bring_in(house, "--apply"))
    assert "in force here as these files have it" in refusal(run(*bring_in(house, "--apply")), 1)
    assert "There is nobody with the address" in refusal(run(*bring_in(house, by="nobody@x.example")), 2)
    assert "do not let you import" in refusal(run(*bring_in(house, by="dev@halyard.example")), 2)
    assert "no program" in refusal(run(*bring_in(house, by="mallory@halyard.example")), 2)
    house.write_text("id: house\nclauses: [1]\n", encoding="utf-8")
    assert "house.yaml, line 2" in refusal(run(*bring_in(house)), 2)
    assert FrameworkImport.objects.count() == 1
