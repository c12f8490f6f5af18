"""Waivers: asked for by one, advised on by a second, decided by a third, and over by themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import selectors, services
from plimsoll.loop.decide.models import Waiver
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import actor_of_token
from tests.voyages import DAY, Voyage, criterion, gate_at, kinds_since, requirement

RULE = "threat-model"
LAST_DAY = date(2027, 2, 8)


def ask(
    voyage: Voyage,
    *,
    by: str = "dev",
    rule: str = RULE,
    expires_on: date = LAST_DAY,
    **changes: str,
) -> Waiver:
    texts = {
        "reason": "The workshop is in three weeks.",
        "compensating": "only ten users, by name",
        "exit_plan": "The workshop is booked.",
        "at_expiry": "The gate says so.",
        **changes,
    }
    return services.request_waiver(
        actor=voyage.crew.actor(by),
        program_id=voyage.program_id,
        requirement_ref=requirement(voyage, rule).ref,
        expires_on=expires_on,
        **texts,
    )


def advise(voyage: Voyage, waiver: Waiver, *, by: str = "cal", word: str = "fix") -> Waiver:
    return services.recommend_waiver(
        actor=voyage.crew.actor(by),
        program_id=voyage.program_id,
        waiver_id=waiver.pk,
        recommendation=word,
    )


def settle(voyage: Voyage, waiver: Waiver, *, by: str = "ada", word: str = "accept") -> Waiver:
    return services.decide_waiver(
        actor=voyage.crew.actor(by), program_id=voyage.program_id, waiver_id=waiver.pk, decision=word
    )


def revoke(voyage: Voyage, waiver: Waiver, *, by: str = "ada") -> Waiver:
    return services.revoke_waiver(
        actor=voyage.crew.actor(by), program_id=voyage.program_id, waiver_id=waiver.pk
    )


def granted(voyage: Voyage, **changes: object) -> Waiver:
    waiver = ask(voyage, **changes)  # type: ignore[arg-type]
    advise(voyage, waiver)
    return settle(voyage, waiver)


def carried_by(voyage: Voyage, *, days: int = 0) -> tuple[str, ...]:
    return criterion(gate_at(voyage, Stage.PILOT, now=DAY + timedelta(days=days)), RULE).waived_by


def state(voyage: Voyage, *, days: int = 0, ref: str = "WVR-1") -> str:
    row = selectors.waiver_by_ref(voyage.crew.actor("odile"), voyage.program_id, ref)
    return row.state((DAY + timedelta(days=days)).date())


def test_a_waiver_goes_through_three_hands_and_counts_only_then(skiff: Voyage) -> None:
    before = entry_count()
    waiver = ask(skiff)
    assert (state(skiff), carried_by(skiff)) == ("requested", ())
    advise(skiff, waiver)
    assert (state(skiff), carried_by(skiff)) == ("recommended", ())
    settle(skiff, waiver)
    assert (state(skiff), carried_by(skiff)) == ("in force", ("WVR-1",))
    assert [k for k in kinds_since(before) if "waiver" in k] == [
        "decide:waiver:requested",
        "decide:waiver:recommended",
        "decide:waiver:decided",
    ]
    row = selectors.waiver_by_ref(skiff.crew.actor("odile"), skiff.program_id, "WVR-1")
    assert (row.requested_by, row.recommended_by, row.decided_by) == ("Dev Rao", "Cal Weiss", "Ada Okafor")
    assert (row.recommendation, row.decision) == ("fix", "accept")


def test_a_waived_criterion_keeps_its_own_verdict_by_facts(skiff: Voyage) -> None:
    granted(skiff)
    found = criterion(gate_at(skiff, Stage.PILOT), RULE)
    assert (found.judgement.verdict, found.waived_by) == (Verdict.UNKNOWN, ("WVR-1",))


def test_a_waiver_covers_its_own_requirement_and_no_other(skiff: Voyage) -> None:
    granted(skiff)
    gate = gate_at(skiff, Stage.PILOT)
    assert [c.spec.id for c in gate.result.waived] == [RULE]


# ------------------------------------------------------------ two people and more


def test_who_asked_neither_advises_nor_decides(skiff: Voyage) -> None:
    waiver = ask(skiff, by="omni")
    with pytest.raises(NotAllowed, match=r"^You asked for WVR-1 yourself\.$") as caught:
        advise(skiff, waiver, by="omni")
    assert caught.value.hint == "Somebody else recommends."
    advise(skiff, waiver)
    with pytest.raises(NotAllowed) as caught:
        settle(skiff, waiver, by="omni")
    assert caught.value.message == "You asked for WVR-1 yourself; the requester does not approve."
    assert state(skiff) == "recommended"


def test_who_advised_does_not_decide(skiff: Voyage) -> None:
    waiver = ask(skiff)
    advise(skiff, waiver, by="omni", word="accept")
    with pytest.raises(NotAllowed) as caught:
        settle(skiff, waiver, by="omni")
    assert caught.value.message == "You gave the recommendation on WVR-1."
    assert caught.value.hint == "Recommendation and decision come from two people."


def test_nobody_decides_before_security_has_spoken(skiff: Voyage) -> None:
    waiver = ask(skiff)
    with pytest.raises(Conflict, match=r"^WVR-1 has no recommendation yet\.$"):
        settle(skiff, waiver)


@pytest.mark.parametrize("pair", [("requested_by_id", "dev"), ("recommended_by_id", "cal")])
def test_the_database_itself_keeps_two_people_apart(skiff: Voyage, pair: tuple[str, str]) -> None:
    waiver = granted(skiff)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(decided_by_id=skiff.crew.id(pair[1]))


@pytest.mark.parametrize("name", ["ada", "cal", "xan", "odile"])
def test_who_may_not_ask_is_refused(skiff: Voyage, name: str) -> None:
    with pytest.raises(NotAllowed, match="do not let you request a waiver"):
        ask(skiff, by=name)


@pytest.mark.parametrize("name", ["tess", "xan", "odile"])
def test_who_may_not_advise_is_refused(skiff: Voyage, name: str) -> None:
    waiver = ask(skiff)
    with pytest.raises(NotAllowed, match="do not let you recommend a waiver"):
        advise(skiff, waiver, by=name)


@pytest.mark.parametrize("name", ["tess", "eve", "cal", "odile"])
def test_who_may_not_decide_is_refused(skiff: Voyage, name: str) -> None:
    waiver = ask(skiff)
    advise(skiff, waiver, by="eve" if name == "cal" else "cal")
    for act in (settle, revoke):
        with pytest.raises(NotAllowed, match="do not let you decide a waiver"):
            act(skiff, waiver, by=name)


def test_strangers_rules_and_tokens_waive_nothing(skiff: Voyage) -> None:
    ref = requirement(skiff, RULE).ref
    with pytest.raises(NotFound):
        ask(skiff, by="mallory")
    with pytest.raises(NotAllowed, match="A waiver is requested by a person"):
        services.request_waiver(
            actor=Actor.of_rule("time"), program_id=skiff.program_id, requirement_ref=ref, reason="x" * 9,
            compensating="x" * 9, exit_plan="x" * 9, at_expiry="x" * 9, expires_on=LAST_DAY,
        )  # fmt: skip
    waiver = ask(skiff)
    advise(skiff, waiver)
    _, secret = people.issue_token(
        actor=skiff.crew.actor("omni"),
        program_id=skiff.program_id,
        name="robot",
        scopes=["decide"],
        days=3,
    )
    for actor in (Actor.of_rule("time"), actor_of_token(secret, now=DAY)[0]):
        with pytest.raises(NotAllowed, match="decided by a person, not by a token or a rule"):
            services.decide_waiver(
                actor=actor, program_id=skiff.program_id, waiver_id=waiver.pk, decision="accept"
            )
    for act in (advise, settle, revoke):
        with pytest.raises(NotFound):
            act(skiff, waiver, by="mallory")
    with pytest.raises(NotFound):
        selectors.waivers_of(skiff.crew.actor("mallory"), skiff.program_id)


def test_a_waiver_is_advised_on_by_a_person(skiff: Voyage) -> None:
    """Otherwise the record would name nobody whose word it was."""
    waiver = ask(skiff)
    with pytest.raises(NotAllowed, match="A recommendation is given by a person"):
        services.recommend_waiver(
            actor=Actor.of_rule("time"),
            program_id=skiff.program_id,
            waiver_id=waiver.pk,
            recommendation="accept",
        )


# ------------------------------------------------------------ what it says


@pytest.mark.parametrize(
    ("field", "what", "longest"),
    [
        ("reason", "The reason", 1000),
        ("compensating", "What compensates meanwhile", 500),
        ("exit_plan", "The way out", 500),
        ("at_expiry", "What happens at expiry", 200),
    ],
)
def test_a_waiver_says_why_what_instead_how_out_and_what_then(
    skiff: Voyage, field: str, what: str, longest: int
) -> None:
    for text in ("", "   no   ", "x" * (longest + 1)):
        with pytest.raises(BadInput) as caught:
            ask(skiff, **{field: text})
        assert caught.value.message == f"{what} takes 5 to {longest} characters."
        assert caught.value.data == {"field": field}
    assert Waiver.objects.count() == 0


@pytest.mark.parametrize("day", [date(2026, 12, 1), date(2027, 1, 11), date(2027, 7, 11), date(2099, 1, 1)])
def test_a_waiver_ends_between_tomorrow_and_a_hundred_and_eighty_days(skiff: Voyage, day: date) -> None:
    with pytest.raises(BadInput) as caught:
        ask(skiff, expires_on=day)
    assert caught.value.message == f"A waiver cannot end on {day.isoformat()}."
    assert caught.value.hint == "Choose a day from tomorrow to 2027-07-10."


@pytest.mark.parametrize("day", [date(2027, 1, 12), date(2027, 7, 10)])
def test_the_first_and_the_last_day_are_possible(skiff: Voyage, day: date) -> None:
    assert ask(skiff, expires_on=day).expires_on == day


@pytest.mark.parametrize("word", ["", "Accept", "maybe", "refuse"])
def test_advice_is_fix_or_accept(skiff: Voyage, word: str) -> None:
    waiver = ask(skiff)
    with pytest.raises(BadInput, match="Recommend “fix” or “accept”"):
        advise(skiff, waiver, word=word)


@pytest.mark.parametrize("word", ["", "Accept", "maybe", "fix"])
def test_a_decision_is_accept_or_refuse(skiff: Voyage, word: str) -> None:
    waiver = ask(skiff)
    advise(skiff, waiver)
    with pytest.raises(BadInput, match="Decide “accept” or “refuse”"):
        settle(skiff, waiver, word=word)


@pytest.mark.parametrize("ref", ["WVR-1", "WVR-0", "REQ-1", ""])
def test_a_waiver_that_is_not_there_is_not_found(skiff: Voyage, ref: str) -> None:
    with pytest.raises(NotFound):
        selectors.waiver_by_ref(skiff.crew.actor("tess"), skiff.program_id, ref)


def test_a_waiver_of_another_program_is_not_there(skiff: Voyage) -> None:
    waiver = ask(skiff)
    elsewhere = people.open_program(actor=skiff.crew.actor("omni"), name="Compass")
    omni = skiff.crew.actor("omni")
    assert not omni.may("decide:waiver:decide", elsewhere.pk)
    people.set_roles(
        actor=omni,
        program_id=elsewhere.pk,
        email=skiff.crew.users["omni"].email,
        roles=list(omni.roles(skiff.program_id)),
    )
    for act in (services.decide_waiver, services.recommend_waiver):
        word = "decision" if act is services.decide_waiver else "recommendation"
        with pytest.raises(NotFound, match="There is no such waiver"):
            act(  # type: ignore[operator]
                actor=skiff.crew.actor("omni"),
                program_id=elsewhere.pk,
                waiver_id=waiver.pk,
                **{word: "accept"},
            )


# ------------------------------------------------------------ one way only


def test_advice_and_decision_are_given_once(skiff: Voyage) -> None:
    waiver = ask(skiff)
    advise(skiff, waiver)
    with pytest.raises(Conflict, match="WVR-1 has a recommendation already"):
        advise(skiff, waiver, by="eve", word="accept")
    settle(skiff, waiver, word="refuse")
    assert (state(skiff), carried_by(skiff)) == ("refused", ())
    with pytest.raises(Conflict, match="WVR-1 was decided already"):
        settle(skiff, waiver, by="xan")
    assert state(skiff) == "refused"


def test_a_waiver_that_would_be_over_is_not_granted_any_more(skiff: Voyage) -> None:
    waiver = ask(skiff)
    advise(skiff, waiver)
    with frozen_at(DAY + timedelta(days=29)), pytest.raises(Conflict, match="would have ended on 2027-02-08"):
        settle(skiff, waiver)
    with frozen_at(DAY + timedelta(days=28)):
        settle(skiff, waiver)


def test_a_waiver_is_revoked_at_once_and_once(skiff: Voyage) -> None:
    waiver = granted(skiff)
    before = entry_count()
    revoke(skiff, waiver)
    assert (state(skiff), carried_by(skiff)) == ("revoked", ())
    assert kinds_since(before)[0] == "decide:waiver:revoked"
    with pytest.raises(Conflict, match="WVR-1 was revoked already"):
        revoke(skiff, waiver)


def test_a_waiver_that_was_revoked_before_its_decision_is_not_granted(skiff: Voyage) -> None:
    waiver = ask(skiff)
    advise(skiff, waiver)
    revoke(skiff, waiver)
    with pytest.raises(Conflict, match=r"^WVR-1 was revoked\.$"):
        settle(skiff, waiver)
    assert carried_by(skiff) == ()
