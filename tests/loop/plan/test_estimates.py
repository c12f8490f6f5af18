from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import Money
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.models import Risk
from tests.opened import content
from tests.voyages import Voyage


def raised(voyage: Voyage, *risks: services.NewRisk, who: str = "dev") -> list[Risk]:
    return services.raise_risks(actor=voyage.crew.actor(who), program_id=voyage.program_id, risks=risks)


def new(title: str = "A reply leaks an order", **given: Any) -> services.NewRisk:
    return services.NewRisk(title=title, **given)


def row(voyage: Voyage, ref: str = "RSK-1") -> selectors.RiskRow:
    return selectors.risk_by_ref(voyage.crew.actor("odile"), voyage.program_id, ref)


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


def estimate(
    voyage: Voyage,
    risk: Risk,
    probability: tuple[float, float, float] = (0.05, 0.1, 0.25),
    low: str = "10,000",
    high: str = "250000.50",
    currencies: tuple[str, str] = ("EUR", "EUR"),
    who: str = "dev",
) -> Risk:
    return services.estimate_risk(
        actor=voyage.crew.actor(who),
        risk_id=risk.pk,
        probability=probability,
        loss_low=Money.parse(low, currency=currencies[0]),
        loss_high=Money.parse(high, currency=currencies[1]),
    )


def test_an_estimate_is_kept_with_whose_it_is(sloop: Voyage) -> None:
    (risk,) = raised(sloop, new())
    made = estimate(sloop, risk, who="ada")
    found = row(sloop)
    assert found.probability == (0.05, 0.1, 0.25)
    assert found.loss == (Decimal(10000), Decimal("250000.50"))
    assert (found.currency, found.estimated_by, made.estimated_at) == ("EUR", "Ada Okafor", clock.now())
    assert content(newest())["changed"] == ["estimate"]


@pytest.mark.parametrize("probability", [(0, 0, 0), (1, 1, 1), (0.0, 0.5, 1.0), (0.1, 0.1, 0.1)])
def test_the_limits_of_a_probability_are_possible(
    sloop: Voyage, probability: tuple[float, float, float]
) -> None:
    (risk,) = raised(sloop, new())
    estimate(sloop, risk, probability, low="0", high="0")
    assert row(sloop).probability == probability


NAN = float("nan")


@pytest.mark.parametrize(
    "probability",
    [(0.2, 0.1, 0.3), (0.1, 0.3, 0.2), (-0.1, 0.1, 0.2), (0.1, 0.2, 1.1), (NAN, 0.1, 0.2), (0.1, NAN, 0.2)],
)
def test_probabilities_out_of_order_are_refused(
    sloop: Voyage, probability: tuple[float, float, float]
) -> None:
    (risk,) = raised(sloop, new())
    with pytest.raises(BadInput) as refused:
        estimate(sloop, risk, probability)
    assert refused.value.message == (
        "The probabilities {:g}, {:g}, {:g} are not in order.".format(*probability)
    )
    assert refused.value.hint == "Give lowest ≤ best ≤ highest, each from 0 to 1 per year."
    assert refused.value.data == {"field": "probability_best"}
    assert row(sloop).probability is None


@pytest.mark.parametrize(
    ("low", "high", "currencies", "message"),
    [
        ("2", "1", ("EUR", "EUR"), "The loss range EUR 2 to EUR 1 is not in order."),
        ("1", "2", ("EUR", "USD"), "The loss range EUR 1 to USD 2 is not in order."),
        ("1.50", "1.49", ("CHF", "CHF"), "The loss range CHF 1.50 to CHF 1.49 is not in order."),
    ],
)
def test_a_loss_range_is_in_order_and_in_one_currency(
    sloop: Voyage, low: str, high: str, currencies: tuple[str, str], message: str
) -> None:
    (risk,) = raised(sloop, new())
    with pytest.raises(BadInput) as refused:
        estimate(sloop, risk, low=low, high=high, currencies=currencies)
    assert refused.value.message == message
    assert refused.value.data == {"field": "loss_high"}
    assert row(sloop).loss is None


def test_the_largest_amount_is_kept_to_the_cent(sloop: Voyage) -> None:
    (risk,) = raised(sloop, new())
    estimate(sloop, risk, low="0.01", high="9999999999999.99")
    assert row(sloop).loss == (Decimal("0.01"), Decimal("9999999999999.99"))


def test_a_later_estimate_replaces_the_former_and_the_log_keeps_both(sloop: Voyage) -> None:
    (risk,) = raised(sloop, new())
    estimate(sloop, risk)
    estimate(sloop, risk, (0.5, 0.6, 0.7), low="5", high="6", currencies=("USD", "USD"), who="ada")
    assert (row(sloop).probability, row(sloop).currency) == ((0.5, 0.6, 0.7), "USD")
    states = [
        next(iter(content(entry)["records"].values()))["currency"]
        for entry in Entry.objects.filter(kind="plan:risk:changed")
        .order_by("index")
        .select_related("payload")
    ]
    assert states == ["EUR", "USD"]
