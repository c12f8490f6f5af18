"""The options that a decision compares, and the conditions that it leaves behind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plimsoll.engines.gates.quorum import Outcome
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import Money
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import selectors, services
from plimsoll.loop.decide.models import Condition, Option
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from tests.loop.decide.bridge import condition, decide, freeze, signed, unmet
from tests.voyages import DAY, Voyage, gate_of, kinds_since

GO, CONDITIONS, NO_GO, DEFER = Outcome.GO, Outcome.CONDITIONS, Outcome.NO_GO, Outcome.DEFER
OPTIONS = (
    services.NewOption(label="A: as planned", sentence="All tools on, on the day"),
    services.NewOption(
        label="B: wait",
        sentence="Two weeks later",
        delay_days=14,
        cost=Money(amount=Decimal(44_000), currency="EUR"),
        cost_source="2 weeks at 22,000",
    ),
    services.NewOption(label="C: read-only first", sentence="Answers only", delay_days=4),
)


@pytest.fixture
def doubtful(sound: Voyage) -> Voyage:
    """The sound skiff as a service for partners: one required review is not shown yet."""
    scope.answer(actor=sound.crew.actor("tess"), system_id=sound.system.pk, question="S1", value="partners")
    assert unmet(sound) == ["requirement:authn-authz-review"]
    signed(sound)
    return sound


# ------------------------------------------------------------ options


def choose(voyage: Voyage, *options: services.NewOption, by: str = "tess") -> list[Option]:
    return services.change_options(
        actor=voyage.crew.actor(by), gate_id=gate_of(voyage, Stage.PILOT).id, options=options
    )


def test_a_decision_names_the_option_it_takes_and_then_the_options_stay(sound: Voyage) -> None:
    made = choose(sound, *OPTIONS)
    signed(sound)
    decide(sound, option_id=made[2].pk)
    (listed,) = selectors.decisions_of(sound.crew.actor("tess"), sound.program_id)
    assert listed.option == "C: read-only first"
    with pytest.raises(Conflict, match="An option of GTE-2 was chosen already"):
        choose(sound, *OPTIONS[:2])


def test_an_option_of_another_gate_cannot_be_taken(sound: Voyage) -> None:
    made = choose(sound, *OPTIONS)
    freeze(sound, Stage.PROTOTYPE)
    with pytest.raises(NotFound, match="There is no such option at this gate"):
        decide(sound, DEFER, stage=Stage.PROTOTYPE, option_id=made[0].pk)


def test_options_are_replaced_as_a_whole(sound: Voyage) -> None:
    choose(sound, *OPTIONS)
    choose(sound, OPTIONS[1], OPTIONS[0])
    gate = gate_of(sound, Stage.PILOT)
    rows = selectors.options_of([gate.id])[gate.id]
    assert [(r.position, r.label) for r in rows] == [(1, "B: wait"), (2, "A: as planned")]
    assert (rows[0].cost, rows[0].currency, rows[0].delay_days) == (Decimal(44_000), "EUR", 14)
    assert (rows[1].cost, rows[1].currency) == (None, "")


@pytest.mark.parametrize(
    "option",
    [
        services.NewOption(label="", sentence="A sentence"),
        services.NewOption(label="x" * 61, sentence="A sentence"),
        services.NewOption(label="A", sentence="no"),
        services.NewOption(label="A", sentence="x" * 301),
        services.NewOption(label="A", sentence="A sentence", delay_days=-1),
        services.NewOption(label="A", sentence="A sentence", delay_days=3651),
    ],
)
def test_an_option_is_said_in_a_label_and_a_sentence(sound: Voyage, option: services.NewOption) -> None:
    with pytest.raises(BadInput):
        choose(sound, OPTIONS[0], option)
    assert Option.objects.count() == 0


@pytest.mark.parametrize("name", ["ada", "cal", "xan", "odile"])
def test_who_does_not_change_options_is_refused(sound: Voyage, name: str) -> None:
    with pytest.raises(NotAllowed, match="do not let you change an option"):
        choose(sound, *OPTIONS, by=name)


# ------------------------------------------------------------ closing conditions


@pytest.fixture
def conditional(doubtful: Voyage) -> Voyage:
    """A pilot that goes with one condition: CND-1, owned by Tess."""
    decide(
        doubtful,
        CONDITIONS,
        conditions=[condition(doubtful, "requirement:authn-authz-review", owner="tess")],
    )
    return doubtful


def close(voyage: Voyage, by: str, ref: str = "CND-1") -> Condition:
    actor = voyage.crew.actor(by)
    return services.close_condition(
        actor=actor,
        program_id=voyage.program_id,
        condition_id=selectors.condition_id(actor, voyage.program_id, ref),
    )


def test_a_condition_is_closed_by_somebody_who_does_not_own_it(conditional: Voyage) -> None:
    with pytest.raises(NotAllowed, match=r"^You own CND-1; somebody else confirms that it is met\.$"):
        close(conditional, "tess")
    before = entry_count()
    row = close(conditional, "ada")
    assert (row.met_at, row.met_by_id) == (DAY, conditional.crew.id("ada"))
    assert kinds_since(before) == ["decide:condition:met"]
    with pytest.raises(Conflict, match="CND-1 was closed already"):
        close(conditional, "omni")


def test_closing_a_condition_proves_no_criterion(conditional: Voyage) -> None:
    close(conditional, "ada")
    assert unmet(conditional) == ["requirement:authn-authz-review"]


@pytest.mark.parametrize("name", ["dev", "eve", "cal", "xan", "odile"])
def test_who_does_not_close_conditions_is_refused(conditional: Voyage, name: str) -> None:
    with pytest.raises(NotAllowed, match="do not let you close a condition"):
        close(conditional, name)


def test_a_condition_that_is_not_there_is_not_found(conditional: Voyage) -> None:
    with pytest.raises(NotFound, match="There is no condition CND-2 in this program"):
        close(conditional, "ada", "CND-2")
    with pytest.raises(NotFound):
        close(conditional, "mallory")
    elsewhere = people.open_program(actor=conditional.crew.actor("omni"), name="Compass")
    with pytest.raises(NotFound, match="There is no such condition"):
        services.close_condition(
            actor=conditional.crew.actor("omni"),
            program_id=elsewhere.pk,
            condition_id=Condition.objects.get().pk,
        )


def test_the_conditions_of_a_program_are_listed_by_due_date(conditional: Voyage) -> None:
    odile, program = conditional.crew.actor("odile"), conditional.program_id
    (row,) = selectors.conditions_of(odile, program)
    assert (row.ref, row.decision_ref, row.owner) == ("CND-1", "DEC-1", "Tess Marsh")
    assert selectors.conditions_of(odile, program, decision_ids=[]) == []
    assert selectors.conditions_of(odile, program, decision_ids=[row.decision_id]) == [row]
    assert selectors.decision_by_ref(odile, program, "DEC-1").id == row.decision_id
    with pytest.raises(NotFound, match="There is no decision DEC-2"):
        selectors.decision_by_ref(odile, program, "DEC-2")
