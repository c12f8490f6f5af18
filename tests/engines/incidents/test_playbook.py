"""Playbooks: which fit a kind, what they ask and when; and the shipped ones."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from plimsoll.adapters import playbooks as adapter
from plimsoll.adapters.playbooks import load_playbooks, read_playbook
from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Phase, Role, Sort
from plimsoll.engines.incidents.playbook import fitting_playbooks, tasks_from
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict

T0 = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
SHIPPED = load_playbooks()
FOLDER = resources.files("plimsoll.engines.incidents") / "playbooks"
each = pytest.mark.parametrize("playbook", SHIPPED, ids=[playbook.id for playbook in SHIPPED])


def fitting(component: Component | None, concern: Concern | None) -> dict[str, Verdict]:
    found = fitting_playbooks(SHIPPED, IncidentKind(component=component, concern=concern))
    return {fit.playbook.id: fit.judgement.verdict for fit in found}


def test_a_kind_gets_its_playbooks_and_then_the_general_one() -> None:
    assert fitting(Component.INFRASTRUCTURE, Concern.SECURITY) == {
        "service-compromise": Verdict.MET,
        "any-incident": Verdict.MET,
    }
    assert list(fitting(Component.MODEL, Concern.SECURITY)) == [
        "instruction-injection",
        "model-tampering",
        "any-incident",
    ]


def test_while_the_kind_is_unknown_only_what_is_ruled_out_is_left_out() -> None:
    found = fitting(None, Concern.SECURITY)
    assert found["data-exposure"] is Verdict.UNKNOWN
    assert "degraded-quality" not in found
    assert list(found)[-1] == "any-incident"
    assert len(fitting(None, None)) == len(SHIPPED)
    certain_first = list(fitting(Component.DEPLOYMENT, None).values())
    assert certain_first[-1] is Verdict.MET


def test_every_kind_but_a_few_has_a_playbook_of_its_own() -> None:
    alone = [
        (component.value, concern.value)
        for component, concern in itertools.product(Component, Concern)
        if list(fitting(component, concern)) == ["any-incident"]
    ]
    assert alone == [("infrastructure", "ethics")]


def test_tasks_are_due_from_the_declaration_the_earliest_first() -> None:
    general = next(playbook for playbook in SHIPPED if playbook.general)
    due = tasks_from(general, declared_at=T0)
    assert [item.due for item in due] == sorted(item.due for item in due)
    assert (due[0].task.id, due[0].due, due[0].playbook) == (
        "name-roles",
        T0 + timedelta(minutes=5),
        "any-incident",
    )
    assert len(due) == len(general.tasks)


@each
def test_a_shipped_playbook_takes_evidence_before_it_contains(playbook: Any) -> None:
    assert (FOLDER / f"{playbook.id}.yaml").is_file()
    for task in playbook.tasks:
        if task.phase is Phase.CONTAINMENT:
            assert task.evidence_first
        for earlier in task.after:
            first = next(other for other in playbook.tasks if other.id == earlier)
            assert list(Phase).index(first.phase) <= list(Phase).index(task.phase)


def test_the_general_playbook_names_commander_and_scribe_first() -> None:
    general = next(playbook for playbook in SHIPPED if playbook.general)
    first = min(general.tasks, key=lambda task: task.offset)
    assert re.search(r"\bcommander\b.*\bscribe\b", first.title)
    assert {Role.COMMANDER, Role.SCRIBE, Role.OFF_SWITCH_HOLDER} <= {task.role for task in general.tasks}
    assert {task.phase for task in general.tasks} == set(Phase)


@each
def test_titles_are_short_orders_that_pronounce_no_verdict(playbook: Any) -> None:
    for task in playbook.tasks:
        assert len(task.title.split()) <= 26
        assert task.title[-1] in ".?"
        assert not re.search(r"\b(safe|secure|compliant|ensure|appropriate)\b", task.title, re.IGNORECASE)


def test_incidents_and_hazards_are_two_sorts() -> None:
    assert [sort.value for sort in Sort] == ["incident", "hazard"]


def test_the_example_of_the_how_to_can_be_followed() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "write-a-playbook.md"
    example = page.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    playbook = read_playbook(example.encode(), what="the example")
    assert len(playbook.tasks) == 5
    kind = IncidentKind(component=Component.DEPLOYMENT, concern=Concern.MISUSE)
    assert fitting_playbooks([playbook], kind)[0].judgement.verdict is Verdict.MET


# ---------------------------------------------------------------- what is refused

WELL_FORMED: dict[str, Any] = yaml.safe_load((FOLDER / "abuse-and-cost.yaml").read_text(encoding="utf-8"))


def changed(**changes: Any) -> bytes:
    tasks = [
        {**task, **changes} if task["id"] == "limit-principals" else task for task in WELL_FORMED["tasks"]
    ]
    return yaml.safe_dump({**WELL_FORMED, "tasks": tasks}).encode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id": "close-gap"}, "the task close-gap appears twice"),
        ({"after": ["nothing"]}, "comes after nothing, which is no task"),
        ({"after": ["close-gap"]}, "comes after close-gap, which is due later"),
        ({"after": ["limit-principals"]}, "comes after limit-principals, which is due later"),
        ({"evidence_first": []}, "contains, and names no evidence to take first"),
        ({"phase": "triage"}, "has no task for containment"),
        ({"role": "admiral"}, "tasks.1.role"),
        ({"minutes": -1}, "tasks.1.minutes"),
        ({"colour": "red"}, "tasks.1.colour"),
    ],
)
def test_a_playbook_that_cannot_be_followed_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        read_playbook(changed(**changes), what="mine.yaml")


def test_two_playbooks_with_one_id_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    content = yaml.safe_dump(WELL_FORMED)
    (tmp_path / "playbooks").mkdir()
    for name in ("a.yaml", "b.yaml", "notes.txt"):
        (tmp_path / "playbooks" / name).write_text(content)
    monkeypatch.setattr(adapter.resources, "files", lambda package: tmp_path)
    with pytest.raises(BadInput, match="more than one playbook abuse-and-cost"):
        load_playbooks.__wrapped__()
