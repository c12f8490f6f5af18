"""Duties: worked facts, brute force over unknown facts, standings by date, proposed law never a duty."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.adapters.duties import load_duty_rules
from plimsoll.engines.law.fact_sheet import FactKind, read_facts
from plimsoll.engines.law.obligations import Duties, DutyFound, Standing, find_duties
from plimsoll.kernel.verdict import Verdict
from tests.engines.law.samples import TODAY

RULES = load_duty_rules()
PROPOSED = ("OBL-US-CIRCIA", "OBL-UK-CSRB")


def complete(**named: object) -> dict[str, object]:
    """Every fact answered: as named, else no or none; an AI system in scope."""
    rest = {
        fact.id: "no" if "no" in fact.values else "none"
        for fact in RULES.sheet.facts
        if fact.id not in ("Q21", "placed_on_market", "size")
    }
    return {**rest, "Q01": "yes", "size": "small", **named}


def duties(facts: Mapping[str, object], as_of: date = TODAY) -> Duties:
    return find_duties(RULES, read_facts(RULES.sheet, facts), as_of)


def duty(name: str, facts: Mapping[str, object], as_of: date = TODAY) -> DutyFound:
    return next(item for item in duties(facts, as_of).found if item.rule.duty.id == f"OBL-{name}")


def applying(facts: Mapping[str, object]) -> set[str]:
    return {item.rule.duty.id for item in duties(facts).found if item.truth is True}


# ---- the rules as a whole


def test_every_duty_of_the_catalog_has_its_rule() -> None:
    assert len(RULES.rules) == 76
    assert all(rule.starts or rule.duty.id in PROPOSED for rule in RULES.rules)


def test_every_duty_can_apply_and_can_be_out() -> None:
    assert {item.truth for item in duties({}).found} == {None}


def test_a_system_that_touches_nothing_has_no_duty() -> None:
    found = duties(complete(places="elsewhere"))
    assert {item.truth for item in found.found} == {False}
    assert found.verdict is Verdict.MET
    assert found.watched == ()


@pytest.mark.parametrize("place", ["EU", "UK", "US-CA", "US-CO", "US-NYC", "US-TX", "KR", "CN", "JP"])
def test_a_law_binds_only_in_its_place(place: str) -> None:
    others = {"EU": "EU", "UK": "UK", "KR": "KR", "CN": "CN", "JP": "JP"}
    yes = {fact.id: "yes" for fact in RULES.sheet.facts if fact.kind is FactKind.CHOICE and fact.id[0] != "Q"}
    yes |= {"size": "large", "public_service": "authority", "places": place, "sec_registrant": "no"}
    for item in duties({"Q01": "yes", "Q02": "no", "Q41": "yes", "Q03": "provider, deployer", **yes}).found:
        where = item.rule.duty.jurisdiction.partition("/")[0]
        if item.truth is not False:
            assert where in (others.get(place, place), "US", "US-NY")


# ---- worked facts

EU_CONTROLLER = {"places": "EU", "personal_data": "ordinary", "data_roles": "controller"}


@pytest.mark.parametrize(
    ("name", "facts", "fact"),
    [
        ("EU-DORA-19", {"places": "EU", "financial_entity": "yes"}, "financial_entity is yes"),
        ("EU-NIS2-23", {"places": "EU", "sectors": "energy", "size": "medium"}, "sectors includes energy"),
        ("EU-NIS2-23", {"places": "EU", "nis2_any_size": "yes"}, "nis2_any_size is yes"),
        ("EU-CRA-FULL", {"places": "EU", "digital_product": "manufacturer"},
         "digital_product is manufacturer"),
        ("EU-PLD", {"places": "EU", "liable_product": "yes"}, "liable_product is yes"),
        ("EU-GDPR-33", EU_CONTROLLER, "data_roles includes controller"),
        ("EU-GDPR-22", {**EU_CONTROLLER, "solely_automated_decision": "yes"},
         "solely_automated_decision is yes"),
        ("EU-GDPR-35", {**EU_CONTROLLER, "high_risk_processing": "yes"}, "high_risk_processing is yes"),
        ("EU-GDPR-33-2", {**EU_CONTROLLER, "data_roles": "processor"}, "data_roles includes processor"),
        ("US-SEC-8K", {"sec_registrant": "yes"}, "sec_registrant is yes"),
        ("US-CA-SB53-15D", {"places": "US-CA", "frontier_developer": "frontier"},
         "frontier_developer is frontier"),
        ("US-NYC-LL144", {"places": "US-NYC", "hiring_tool": "yes"}, "hiring_tool is yes"),
        ("US-CO-26-189", {"places": "US-CO", "consequential_decision": "yes"},
         "consequential_decision is yes"),
        ("US-TX-TRAIGA", {"places": "US-TX", "Q03": "deployer"}, "Q03 includes deployer"),
        ("KR-AIBA", {"places": "KR", "Q41": "yes"}, "Q41 is yes"),
        ("CN-INC", {"places": "CN", "china_operator": "state_organ"}, "china_operator is state_organ"),
        ("JP-AI", {"places": "JP"}, "places includes JP"),
        ("EU-AIA-22", {"places": "EU", "Q03": "provider", "Q30": "yes", "established_in_eu": "no"},
         "established_in_eu is no"),
        ("EU-AIA-6-4", {"places": "EU", "Q03": "provider", "Q30": "yes", "Q32": "yes"}, "Q32 is yes"),
        ("EU-AIA-23", {"places": "EU", "Q03": "importer", "Q30": "yes"}, "Q03 includes importer"),
        ("EU-AIA-4A", {"places": "EU", "Q03": "deployer", "special_data_for_bias": "yes"},
         "special_data_for_bias is yes"),
    ],
)  # fmt: skip
def test_a_duty_applies_by_the_fact_that_decides(name: str, facts: dict[str, object], fact: str) -> None:
    found = duty(name, complete(**facts))
    assert found.truth is True
    assert fact in found.facts


def test_a_financial_entity_reports_under_dora_and_not_under_nis2() -> None:
    bank = complete(places="EU", sectors="banking", size="large", financial_entity="yes")
    assert duty("EU-NIS2-23", bank).facts == ("financial_entity is yes",)
    assert duty("EU-NIS2-23", {**bank, "financial_entity": "no"}).truth is True
    assert duty("EU-NIS2-23", {**bank, "financial_entity": "no", "size": "small"}).truth is False


def test_provider_and_deployer_have_their_own_duties() -> None:
    base = complete(places="EU", Q30="yes", Q31="yes")
    provider, deployer = applying({**base, "Q03": "provider"}), applying({**base, "Q03": "deployer"})
    assert "OBL-EU-AIA-9" in provider - deployer
    assert "OBL-EU-AIA-26" in deployer - provider
    assert applying({**base, "Q03": "provider, deployer"}) == provider | deployer


def test_rights_impact_binds_public_bodies_and_credit_or_insurance_only() -> None:
    base = complete(places="EU", Q30="yes", Q31="yes", Q03="deployer")
    assert duty("EU-AIA-27", {**base, "annex_iii_points": "4"}).truth is False
    assert duty("EU-AIA-27", {**base, "annex_iii_points": "5b"}).truth is True
    assert duty("EU-AIA-27", {**base, "annex_iii_points": "2", "public_service": "authority"}).truth is False
    assert duty("EU-AIA-27", {**base, "annex_iii_points": "4", "public_service": "authority"}).truth is True


def test_section_b_of_annex_i_has_no_provider_duties_of_the_act() -> None:
    base = complete(places="EU", Q20="yes", Q03="provider")
    assert duty("EU-AIA-9", {**base, "Q21": "a"}).truth is True
    assert duty("EU-AIA-9", {**base, "Q21": "b"}).truth is False
    unknown = duty("EU-AIA-9", base)
    assert (unknown.truth, unknown.questions) == (None, ("Q21",))


def test_a_free_library_is_left_with_the_prohibitions() -> None:
    found = applying(complete(places="EU", Q02="open_source", Q03="provider"))
    assert found == {"OBL-EU-AIA-5", "OBL-EU-AIA-5-2026"}


# ---- standing


@pytest.mark.parametrize(
    ("name", "facts", "day", "standing"),
    [
        ("US-NY-RAISE-72H", {"places": "US-NY", "frontier_developer": "frontier"},
         "2026-12-31", Standing.NOT_YET),
        ("US-NY-RAISE-72H", {"places": "US-NY", "frontier_developer": "frontier"},
         "2027-01-01", Standing.APPLIES),
        ("EU-AIA-9", {"places": "EU", "Q30": "yes", "Q03": "provider"}, "2027-12-01", Standing.NOT_YET),
        ("EU-AIA-9", {"places": "EU", "Q30": "yes", "Q03": "provider"}, "2027-12-02", Standing.APPLIES),
        ("EU-AIA-9", {"places": "EU", "Q30": "yes", "Q03": "provider", "Q60": "yes"}, "2031-01-01",
         Standing.NOT_YET),
        ("EU-AIA-9", {"places": "EU", "Q30": "yes", "Q03": "provider", "Q60": "yes",
                      "public_service": "authority"}, "2030-08-02", Standing.APPLIES),
        ("EU-CRA-14-INC", {"places": "EU", "digital_product": "manufacturer"},
         "2026-09-11", Standing.APPLIES),
        ("EU-CRA-14-INC", {"places": "EU", "digital_product": "open_source_steward"}, "2026-09-11",
         Standing.NOT_YET),
        ("EU-CRA-14-INC", {"places": "EU", "digital_product": "yes"}, "2026-09-11", Standing.OPEN),
        ("EU-CRA-14-INC", {"places": "EU", "digital_product": "yes"}, "2027-12-11", Standing.APPLIES),
        ("EU-GPAICOP-9-CYBER", {"places": "EU", "Q50": "yes", "Q51": "yes", "gpai_code_signatory": "yes"},
         "2026-11-23", Standing.VOLUNTARY),
        ("KR-AIBA", {"places": "KR", "Q41": "yes"}, "2026-11-23", Standing.GRACE),
        ("US-CIRCIA", {"places": "US", "us_critical_infrastructure": "yes"}, "2030-01-01", Standing.WATCH),
        ("US-CIRCIA", {"places": "EU"}, "2030-01-01", Standing.WATCH),
        ("JP-AI", {"places": "EU"}, "2026-11-23", Standing.OUT),
    ],
)  # fmt: skip
def test_a_duty_stands_as_its_date_and_status_say(
    name: str, facts: dict[str, object], day: str, standing: Standing
) -> None:
    found = duty(name, complete(**facts), date.fromisoformat(day))
    assert found.standing is standing
    assert found.standing.word


def test_an_open_date_names_the_fact_to_find_out() -> None:
    found = duty("EU-CRA-14-INC", complete(places="EU", digital_product="yes"))
    assert (found.truth, found.questions) == (True, ("digital_product",))
    assert duties(complete(places="EU", digital_product="yes")).verdict is Verdict.UNKNOWN


@settings(max_examples=10)
@given(st.dates(date(2024, 1, 1), date(2040, 1, 1)), st.booleans())
def test_proposed_law_is_never_a_duty(day: date, known: bool) -> None:
    facts = (
        complete(places="US, UK", us_critical_infrastructure="yes", uk_nis_operator="yes") if known else {}
    )
    found = duties(facts, day)
    assert [item.rule.duty.id for item in found.watched] == list(PROPOSED)
    for item in found.found:
        assert (item.standing is Standing.WATCH) == (item.rule.duty.id in PROPOSED)
        if item.standing is Standing.WATCH:
            assert item.when.starts == ()


# ---- unknown facts

UNASKED = [
    "Q30", "Q31", "Q32", "Q41", "Q50", "Q51", "financial_entity", "personal_data", "digital_product",
    "solely_automated_decision", "sec_registrant", "public_service",
]  # fmt: skip
FACTS = st.fixed_dictionaries(
    {
        **{name: st.sampled_from(RULES.sheet[name].values) for name in UNASKED},
        "places": st.lists(st.sampled_from(["EU", "UK", "KR", "elsewhere"]), min_size=1, unique=True),
        "Q03": st.lists(st.sampled_from(["provider", "deployer"]), min_size=1, unique=True),
        "data_roles": st.sampled_from(["controller", "processor"]),
        "annex_iii_points": st.sampled_from(["2", "4", "5b"]),
    }
)


@settings(max_examples=20)
@given(FACTS, st.sets(st.sampled_from(UNASKED), max_size=3))
def test_certain_and_open_duties_are_what_every_completion_says(
    named: dict[str, object], unknown: set[str]
) -> None:
    facts = complete(**named)
    known = {name: value for name, value in facts.items() if name not in unknown}
    order = sorted(unknown)
    reached = [
        applying({**known, **dict(zip(order, chosen, strict=True))})
        for chosen in itertools.product(*(RULES.sheet[name].values for name in order))
    ]
    found = duties(known).found
    assert {i.rule.duty.id for i in found if i.truth is True} == set.intersection(*reached)
    assert {i.rule.duty.id for i in found if i.truth is not False} == set.union(*reached)
