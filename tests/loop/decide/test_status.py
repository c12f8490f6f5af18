"""The computed status: each rule at its limits, from real records, and what a person may add to it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from plimsoll.engines.gates.status import Colour, RuleResult
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import services
from plimsoll.loop.decide.facts import system_status
from plimsoll.loop.decide.models import StatusUpdate
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from plimsoll.people.models import User
from plimsoll.people.roles import Role
from plimsoll.people.selectors import actor_of, actor_of_token
from tests.loop.decide.test_waivers import granted
from tests.voyages import DAY, Voyage, attested, dossier_of, kinds_since

GREEN, WHITE, AMBER, RED = Colour.GREEN, Colour.WHITE, Colour.AMBER, Colour.RED


def rule(voyage: Voyage, name: str, *, days: int = 0) -> RuleResult:
    status = system_status(dossier_of(voyage, now=DAY + timedelta(days=days)))
    return next(r for r in status.rules if r.rule == name)


def colour(voyage: Voyage, *, days: int = 0) -> Colour:
    return system_status(dossier_of(voyage, now=DAY + timedelta(days=days))).colour


def say(
    voyage: Voyage, sentence: str = "It goes well.", *, by: str = "dev", worse: Colour | None = None
) -> None:
    services.update_status(
        actor=voyage.crew.actor(by), system_id=voyage.system.pk, sentence=sentence, worse=worse
    )


def assumed(voyage: Voyage, question: str, policy: Policy, *, value: str = "", due_on: date) -> None:
    scope.answer(
        actor=voyage.crew.actor("tess"), system_id=voyage.system.pk, question=question, value="unknown"
    )
    scope.assume(
        actor=voyage.crew.actor("tess"),
        system_id=voyage.system.pk,
        question=question,
        policy=policy,
        value=value,
        due_on=due_on,
    )


# ------------------------------------------------------------ the rules


def test_what_cannot_be_measured_yet_is_white_so_nothing_is_ever_green(sound: Voyage) -> None:
    say(sound)
    status = system_status(dossier_of(sound))
    assert status.colour is WHITE
    assert {r.rule for r in status.rules if r.colour is WHITE} == {
        "forecast",
        "load",
        "error-budget",
        "dependencies",
    }
    assert status.because.text.startswith("not yet measured")


def test_one_assumption_past_due_is_amber_two_are_red(sound: Voyage) -> None:
    due = date(2027, 1, 20)
    assumed(sound, "M2", Policy.INCLUDE_ALL, due_on=due)
    assumed(sound, "O2", Policy.INCLUDE_ALL, due_on=due + timedelta(days=1))
    assert rule(sound, "assumptions", days=9).colour is GREEN
    assert (rule(sound, "assumptions", days=10).colour, rule(sound, "assumptions", days=10).text) == (
        AMBER,
        "1 past due",
    )
    assert rule(sound, "assumptions", days=11).colour is RED


def test_one_worst_case_past_due_is_red_at_once(sound: Voyage) -> None:
    assumed(sound, "M2", Policy.WORST_CASE, due_on=date(2027, 1, 20))
    found = rule(sound, "assumptions", days=10)
    assert (found.colour, found.text) == (RED, "1 past due, 1 of them worst case")


def test_a_waiver_past_its_day_is_red_until_it_is_shown_renewed_or_revoked(skiff: Voyage) -> None:
    granted(skiff)
    assert rule(skiff, "waivers", days=28).colour is GREEN
    assert (rule(skiff, "waivers", days=29).colour, rule(skiff, "waivers", days=29).text) == (
        RED,
        "1 expired",
    )
    attested(skiff, "threat-model")
    assert rule(skiff, "waivers", days=29).colour is GREEN


def test_a_renewed_waiver_is_not_counted_as_expired(skiff: Voyage) -> None:
    granted(skiff)
    with frozen_at(DAY + timedelta(days=20)):
        granted(skiff, expires_on=date(2027, 3, 1))
    assert rule(skiff, "waivers", days=29).colour is GREEN
    assert rule(skiff, "waivers", days=60).text == "2 expired"


def test_stale_evidence_is_amber_above_a_tenth_and_red_above_a_quarter(sound: Voyage) -> None:
    """Eight requirements are certain: one stale is 12.5 %; all but one end after half a year."""
    assert rule(sound, "evidence").text == "0 of 8 stale"
    one = rule(sound, "evidence", days=30)
    assert (one.colour, one.text) == (AMBER, "1 of 8 stale")
    assert rule(sound, "evidence", days=90).colour is AMBER
    assert rule(sound, "evidence", days=180).colour is RED


def test_the_review_queue_is_amber_after_a_week_and_red_after_two(skiff: Voyage) -> None:
    attested(skiff, "threat-model", reviewer="")
    seen = {days: rule(skiff, "reviews", days=days).colour for days in (0, 7, 8, 14, 15)}
    assert seen == {0: GREEN, 7: GREEN, 8: AMBER, 14: AMBER, 15: RED}


def test_the_owner_s_silence_is_white_after_ten_days(sound: Voyage) -> None:
    assert (rule(sound, "update").colour, rule(sound, "update").text) == (WHITE, "none yet")
    say(sound, by="tess")
    assert rule(sound, "update").text == "none yet"
    say(sound)
    seen = {days: rule(sound, "update", days=days).colour for days in (0, 10, 11)}
    assert seen == {0: GREEN, 10: GREEN, 11: WHITE}


def test_little_scope_confidence_is_red_from_the_pilot_on_and_amber_before(bosun: Voyage) -> None:
    """15 certain and 12 open are 55 %; with personal data the prototype counts as a pilot."""
    assert (rule(bosun, "scope").colour, rule(bosun, "scope").text) == (RED, "55 % certain")
    scope.answer(actor=bosun.crew.actor("tess"), system_id=bosun.system.pk, question="D1", value="none")
    assert rule(bosun, "scope").colour is AMBER


# ------------------------------------------------------------ a member's word


def test_a_member_may_darken_the_status_and_only_darken_it(sound: Voyage) -> None:
    for worse in (GREEN, WHITE):
        with pytest.raises(BadInput) as caught:
            say(sound, worse=worse)
        assert caught.value.message == (
            f"The computed status is white (not enough data); {worse.value} would not be worse."
        )
    before = entry_count()
    say(sound, "The supplier is late.", worse=AMBER)
    assert colour(sound) is AMBER
    assert rule(sound, "word").text == "Dev Rao: The supplier is late."
    assert kinds_since(before) == ["decide:status:updated"]


def test_a_colour_that_is_not_darker_than_the_facts_is_refused(bosun: Voyage) -> None:
    assert colour(bosun) is RED
    for worse in Colour:
        with pytest.raises(BadInput, match=rf"The computed status is red \(over the line\); {worse.value} "):
            say(bosun, worse=worse)
    assert StatusUpdate.objects.count() == 0


def test_only_the_same_member_takes_their_word_back(sound: Voyage) -> None:
    say(sound, "The supplier is late.", worse=RED)
    say(sound, "I see no trouble at all.", by="omni")
    assert colour(sound) is RED
    with frozen_at(DAY + timedelta(days=1)):
        say(sound, "The supplier has delivered.")
    assert colour(sound, days=1) is WHITE


def test_somebody_of_the_same_name_takes_nothing_back(sound: Voyage) -> None:
    """Names are not unique; whoever adds a second Dev Rao must not speak for the first."""
    say(sound, "The supplier is late.", worse=RED)
    twin = people.set_roles(
        actor=sound.crew.actor("tess"),
        program_id=sound.program_id,
        email="dev.rao@elsewhere.example",
        roles=[Role.TPM],
        name="Dev Rao",
    )
    services.update_status(
        actor=actor_of(User.objects.get(pk=twin.pk)),
        system_id=sound.system.pk,
        sentence="All is well again.",
    )
    assert colour(sound) is RED


def test_a_word_lapses_after_thirty_days(sound: Voyage) -> None:
    say(sound, "The supplier is late.", worse=RED, by="tess")
    assert rule(sound, "word", days=30).colour is RED
    assert rule(sound, "word", days=31).colour is GREEN


@pytest.mark.parametrize("sentence", ["", "ok", "   so   ", "x" * 301])
def test_a_word_is_a_sentence(sound: Voyage, sentence: str) -> None:
    with pytest.raises(BadInput, match="Say how it stands in 5 to 300 characters"):
        say(sound, sentence)


def test_who_does_not_speak_on_the_status_is_refused(sound: Voyage) -> None:
    with pytest.raises(NotAllowed, match="do not let you update a status"):
        say(sound, by="odile")
    with pytest.raises(NotFound):
        say(sound, by="mallory")
    _, secret = people.issue_token(
        actor=sound.crew.actor("dev"),
        program_id=sound.program_id,
        name="robot",
        scopes=["decide"],
        days=3,
    )
    for actor in (Actor.of_rule("time"), actor_of_token(secret, now=DAY)[0]):
        with pytest.raises(NotAllowed, match="spoken of by a person"):
            services.update_status(actor=actor, system_id=sound.system.pk, sentence="It goes well.")


@pytest.mark.parametrize("worse", ["green", "white", "blue"])
def test_the_database_itself_keeps_no_word_that_lightens(sound: Voyage, worse: str) -> None:
    say(sound)
    with pytest.raises(IntegrityError), transaction.atomic():
        StatusUpdate.objects.update(worse=worse)


def test_the_past_does_not_know_what_was_said_later(sound: Voyage) -> None:
    say(sound, "The supplier is late.", worse=RED)
    assert colour(sound, days=-1) is not RED
