from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.ledger.models import Entry
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import StagePromise, System
from plimsoll.people.actors import Actor
from tests import personas
from tests.opened import content
from tests.voyages import Voyage

RULE = Actor.of_rule("wiring")


def describe(crew: personas.Crew, who: str = "tess", **given: Any) -> System:
    asked: dict[str, Any] = {
        "name": "Bosun",
        "sentence": "Answers customers' questions",
        "owner_id": crew.id("dev"),
        **given,
    }
    return services.describe_system(actor=crew.actor(who), program_id=crew.program.pk, **asked)


def row(voyage: Voyage, who: str = "odile") -> selectors.SystemRow:
    return selectors.system_by_id(voyage.crew.actor(who), voyage.system.pk)


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


# ------------------------------------------------------------ entering a stage


def test_a_stage_is_entered_by_the_loop_once_it_is_decided(sloop: Voyage) -> None:
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=Stage.PILOT)
    assert row(sloop).label is Stage.PILOT
    entry = newest()
    assert (entry.kind, entry.actor) == ("scope:system:changed", "rule:wiring")
    assert content(entry)["stage"] == "pilot"


@pytest.mark.parametrize("stage", [Stage.PROTOTYPE, Stage.PILOT])
def test_a_decision_about_an_earlier_stage_takes_nothing_back(sloop: Voyage, stage: Stage) -> None:
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=Stage.PILOT)
    before = Entry.objects.count()
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=stage)
    assert row(sloop).label is Stage.PILOT
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("who", "error"), [("omni", NotAllowed), ("tess", NotAllowed), ("ada", NotAllowed), ("mallory", NotFound)]
)
def test_no_person_enters_a_stage(sloop: Voyage, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        services.enter_stage(actor=sloop.crew.actor(who), system_id=sloop.system.pk, stage=Stage.PILOT)
    assert row(sloop).label is Stage.PROTOTYPE


# ------------------------------------------------------------ promising


def promise(voyage: Voyage, stage: Stage, on: date, to: str = "", who: str = "tess") -> StagePromise:
    return services.promise_stage(
        actor=voyage.crew.actor(who),
        system_id=voyage.system.pk,
        stage=stage,
        committed_on=on,
        promised_to=to,
    )


def test_a_later_promise_for_a_stage_replaces_the_former_and_the_log_keeps_both(sloop: Voyage) -> None:
    made = promise(sloop, Stage.PILOT, date(2027, 4, 30), "  the  harbour board ")
    assert str(made) == "pilot by 2027-04-30"
    assert row(sloop).promises == (
        selectors.Promise(stage=Stage.PILOT, committed_on=date(2027, 4, 30), promised_to="the harbour board"),
    )
    said = [
        content(entry)["on"]
        for entry in Entry.objects.filter(kind="scope:stage:promised")
        .select_related("payload")
        .order_by("index")
    ]
    assert said == ["2027-03-26", "2027-04-30"]


@pytest.mark.parametrize("stage", GATED)
def test_every_stage_with_a_gate_can_be_promised_to_a_prototype(sloop: Voyage, stage: Stage) -> None:
    promise(sloop, stage, date(2027, 6, 1))
    assert stage in [p.stage for p in row(sloop).promises]


def test_retirement_has_no_gate_and_is_not_promised(sloop: Voyage) -> None:
    with pytest.raises(BadInput) as refused:
        promise(sloop, Stage.RETIRED, date(2027, 6, 1))
    assert refused.value.message == "retired has no gate."
    assert refused.value.data == {"field": "stage"}


@pytest.mark.parametrize("stage", [Stage.PROTOTYPE, Stage.PILOT, Stage.LIMITED])
def test_a_stage_that_was_entered_is_not_promised_again(sloop: Voyage, stage: Stage) -> None:
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=Stage.LIMITED)
    with pytest.raises(BadInput) as refused:
        promise(sloop, stage, date(2027, 6, 1))
    assert refused.value.message == f"Sloop has entered {stage.label} already."
    promise(sloop, Stage.GA, date(2027, 6, 1))


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("x" * 121, "To whom it was promised has 121 characters."),
        ("a\x00", "To whom it was promised contains control characters."),
    ],
    ids=ascii,
)
def test_a_promise_to_an_endless_name_is_refused_and_moves_nothing(
    sloop: Voyage, to: str, message: str
) -> None:
    with pytest.raises(BadInput) as refused:
        promise(sloop, Stage.PILOT, date(2027, 6, 1), to)
    assert refused.value.message == message
    assert row(sloop).promises[0].committed_on == date(2027, 3, 26)


@pytest.mark.parametrize("day", [date(2037, 1, 12), date(2017, 1, 9), date(9999, 12, 31), date(1, 1, 1)])
def test_a_promise_more_than_ten_years_away_is_a_slip_of_the_pen(sloop: Voyage, day: date) -> None:
    with pytest.raises(BadInput) as refused:
        promise(sloop, Stage.PILOT, day)
    assert refused.value.message == f"{day.isoformat()} is more than ten years away."
    assert refused.value.data == {"field": "committed_on"}


def test_the_next_promise_is_the_first_stage_ahead_whatever_its_date(sloop: Voyage) -> None:
    promise(sloop, Stage.GA, date(2027, 2, 1))
    promise(sloop, Stage.PROTOTYPE, date(2027, 1, 20))
    following = row(sloop).next_promise
    assert following is not None
    assert following.stage is Stage.PILOT
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=Stage.PILOT)
    following = row(sloop).next_promise
    assert following is not None
    assert following.stage is Stage.GA
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=Stage.GA)
    assert row(sloop).next_promise is None


@pytest.mark.parametrize(
    ("who", "error"), [("odile", NotAllowed), ("xan", NotAllowed), ("mallory", NotFound)]
)
def test_others_promise_nothing(sloop: Voyage, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        promise(sloop, Stage.PILOT, date(2027, 6, 1), who=who)


# ------------------------------------------------------------ the promotion rule


def test_a_prototype_that_met_real_data_is_a_pilot_whatever_its_label_says(sloop: Voyage) -> None:
    assert row(sloop).stage.stage is Stage.PROTOTYPE
    services.change_system(
        actor=sloop.crew.actor("dev"), system_id=sloop.system.pk, real_data_since=date(2027, 1, 4)
    )
    found = row(sloop)
    assert (found.label, found.stage.stage) == (Stage.PROTOTYPE, Stage.PILOT)
    assert found.stage.promoted_because == "it has met real data since 2027-01-04"


@pytest.mark.parametrize(
    ("question", "value", "stage", "because"),
    [
        ("D1", "ordinary", Stage.PILOT, "D1 is ordinary: there is personal data in it"),
        ("D1", "special", Stage.PILOT, "D1 is special: there is personal data in it"),
        ("D1", "none", Stage.PROTOTYPE, ""),
        ("D2", "yes", Stage.PILOT, "D2 is yes: other customers' data is reachable"),
        ("D2", "no", Stage.PROTOTYPE, ""),
        ("D2", "unknown", Stage.PROTOTYPE, ""),
        ("S1", "public", Stage.PROTOTYPE, ""),
    ],
)
def test_an_answer_about_real_data_promotes_a_prototype(
    sloop: Voyage, question: str, value: str, stage: Stage, because: str
) -> None:
    services.answer(actor=sloop.crew.actor("dev"), system_id=sloop.system.pk, question=question, value=value)
    for found in (row(sloop), *selectors.systems_of(sloop.crew.actor("odile"), sloop.program_id)):
        assert (found.label, found.stage.stage) == (Stage.PROTOTYPE, stage)
        assert found.stage.promoted_because == because


def test_the_answers_of_one_system_promote_no_other(sloop: Voyage) -> None:
    other = describe(sloop.crew, name="Keel")
    services.answer(actor=sloop.crew.actor("dev"), system_id=other.pk, question="D1", value="special")
    stages = {s.name: s.stage.stage for s in selectors.systems_of(sloop.crew.actor("dev"), sloop.program_id)}
    assert stages == {"Sloop": Stage.PROTOTYPE, "Keel": Stage.PILOT}


def test_a_later_stage_is_what_it_is(sloop: Voyage) -> None:
    services.answer(actor=sloop.crew.actor("dev"), system_id=sloop.system.pk, question="D1", value="special")
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=Stage.LIMITED)
    found = row(sloop)
    assert (found.stage.stage, found.stage.promoted_because) == (Stage.LIMITED, "")
