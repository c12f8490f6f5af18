from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.gates.evaluate import evaluate
from plimsoll.engines.gates.facts import Standing
from plimsoll.engines.gates.quorum import (
    Outcome,
    QuorumSeat,
    Signature,
    Stance,
    allowed_outcomes,
    own_controls,
    quorum,
)
from plimsoll.kernel.stages import Level
from plimsoll.kernel.verdict import Judgement, Verdict, met, unknown
from tests.engines.gates.samples import PROVEN, REFUTED, UNPROVEN, facts, requirement, waiver

DIGEST, FORMER = "a" * 64, "b" * 64
SIGNED = met("approver: 1 of 1 signed")


def seat(role: str, count: int = 1) -> QuorumSeat:
    return QuorumSeat(role=role, count=count)


def sign(person: int, role: str, stance: Stance = Stance.AGREE, digest: str = DIGEST) -> Signature:
    return Signature(person_id=person, role=role, stance=stance, digest=digest)


def signed(seats: list[QuorumSeat], *signatures: Signature) -> Judgement:
    return quorum(iter(seats), signatures, digest=DIGEST)


def texts(judgement: Judgement) -> list[str]:
    return [reason.text for reason in judgement.reasons]


def test_every_seat_must_be_filled() -> None:
    seats = [seat("approver"), seat("engineer", 2)]
    partly = signed(seats, sign(1, "approver"), sign(2, "engineer"))
    assert partly.verdict is Verdict.UNKNOWN
    assert texts(partly) == ["approver: 1 of 1 signed", "engineer: 1 of 2 signed"]
    assert signed(seats, sign(1, "approver"), sign(2, "engineer"), sign(3, "engineer")).verdict is Verdict.MET


def test_silence_is_never_consent() -> None:
    assert signed([seat("approver")]).verdict is Verdict.UNKNOWN
    assert signed([]).verdict is Verdict.UNKNOWN
    assert signed([], sign(1, "approver")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("count", [0, -1])
def test_a_policy_that_asks_for_nobody_is_no_policy(count: int) -> None:
    for signatures in ((), (sign(1, "approver"),)):
        judgement = signed([seat("approver", count)], *signatures)
        assert judgement.verdict is Verdict.UNKNOWN
        assert texts(judgement) == ["the policy names nobody who must sign"]


def test_a_person_with_every_role_fills_one_seat_only() -> None:
    roles = ["approver", "engineer", "compliance", "executive"]
    everything = [sign(1, role) for role in roles]
    judgement = signed([seat(role) for role in roles], *everything)
    assert judgement.verdict is Verdict.UNKNOWN
    assert sum("1 of 1" in text for text in texts(judgement)) == 1


def test_signing_twice_in_one_role_counts_once() -> None:
    assert signed([seat("engineer", 2)], sign(1, "engineer"), sign(1, "engineer")).verdict is Verdict.UNKNOWN


def test_who_could_fill_two_seats_takes_the_one_that_nobody_else_can() -> None:
    one, other = seat("engineer"), seat("approver")
    signatures = [sign(1, "engineer"), sign(1, "approver"), sign(2, "engineer")]
    for seats in permutations([one, other]):
        for order in permutations(signatures):
            assert signed(list(seats), *order).verdict is Verdict.MET


def test_a_longer_chain_of_swaps_is_found() -> None:
    seats = [seat("a"), seat("b"), seat("c"), seat("d")]
    signatures = [
        sign(1, "a"), sign(1, "b"), sign(2, "b"), sign(2, "c"), sign(3, "c"), sign(3, "d"), sign(4, "a"),
    ]  # fmt: skip
    for order in permutations(seats):
        assert signed(list(order), *signatures).verdict is Verdict.MET


@pytest.mark.parametrize(
    "signature",
    [
        sign(1, "approver", Stance.DISSENT),
        sign(1, "approver", Stance.RECUSE),
        sign(1, "approver", digest=FORMER),
        sign(1, "engineer"),
        sign(1, "Approver"),
    ],
)
def test_dissent_recusal_a_stale_digest_and_another_role_fill_no_seat(signature: Signature) -> None:
    judgement = signed([seat("approver")], signature)
    assert (judgement.verdict, texts(judgement)) == (Verdict.UNKNOWN, ["approver: 0 of 1 signed"])


def test_who_disagrees_but_supports_fills_a_seat() -> None:
    assert signed([seat("approver")], sign(1, "approver", Stance.SUPPORT)).verdict is Verdict.MET


@pytest.mark.parametrize("stance", [Stance.DISSENT, Stance.RECUSE])
@pytest.mark.parametrize("role", ["approver", "engineer"])
def test_who_dissents_or_recuses_on_the_snapshot_counts_in_no_role(stance: Stance, role: str) -> None:
    both = [sign(1, "approver"), sign(1, role, stance)]
    for order in permutations(both):
        assert signed([seat("approver")], *order).verdict is Verdict.UNKNOWN
    earlier = sign(1, role, stance, digest=FORMER)
    assert signed([seat("approver")], sign(1, "approver"), earlier).verdict is Verdict.MET


people_and_roles = st.lists(
    st.builds(sign, st.integers(1, 4), st.sampled_from("abc"), st.sampled_from(Stance),
              st.sampled_from([DIGEST, DIGEST, FORMER])),
    max_size=7,
)  # fmt: skip


def best(seats: list[QuorumSeat], signatures: list[Signature]) -> int:
    """By trying everything: how many seats can be filled by different people at most."""
    here = [s for s in signatures if s.digest == DIGEST]
    against = {s.person_id for s in here if not s.stance.counts}
    may = {(s.person_id, s.role) for s in here if s.person_id not in against}
    slots = [s.role for s in seats for _ in range(s.count)]
    for size in range(len(slots), 0, -1):
        for chosen in combinations(slots, size):
            for people in permutations({person for person, _ in may}, size):
                if all(pair in may for pair in zip(people, chosen, strict=True)):
                    return size
    return 0


@given(st.lists(st.builds(seat, st.sampled_from("abc"), st.integers(1, 2)), max_size=3), people_and_roles)
def test_the_quorum_is_complete_exactly_if_some_assignment_fills_it(seats, signatures) -> None:
    judgement = signed(seats, *signatures)
    wanted = sum(s.count for s in seats)
    filled = best(seats, signatures)
    assert (judgement.verdict is Verdict.MET) == (wanted > 0 and filled == wanted)
    assert judgement.verdict is not Verdict.NOT_MET
    if seats:
        assert sum(int(text.split(": ")[1].split(" of ")[0]) for text in texts(judgement)) == filled
    assert judgement == signed(seats, *reversed(signatures))


# ---------------------------------------------------------------- independence


def test_nobody_signs_for_a_control_of_their_own() -> None:
    mine = requirement("a", owner_id=5)
    unnamed = requirement("b", owner_id=5, ref="", standing=Standing.ASSUMED, level=Level.PLAN)
    theirs = requirement("c", owner_id=6)
    assert own_controls(5, facts(mine, unnamed, theirs)) == ("REQ-a", "b")
    assert own_controls(7, facts(mine, theirs)) == ()


@pytest.mark.parametrize(
    "changes",
    [{"standing": Standing.OUT}, {"standing": Standing.OPEN}, {"level": Level.NOT_YET}, {"owner_id": None}],
)
def test_what_the_gate_does_not_ask_about_is_no_conflict(changes: dict) -> None:
    assert own_controls(5, facts(requirement("a", **{"owner_id": 5, **changes}))) == ()


# ---------------------------------------------------------------- outcomes


def outcomes(*requirements, quorum_is: Judgement = SIGNED) -> dict[Outcome, str]:
    found = allowed_outcomes(evaluate(facts(*requirements)), quorum_is)
    assert found[Outcome.NO_GO] == found[Outcome.DEFER] == ""
    assert list(found) == list(Outcome)
    return found


def test_a_gate_that_is_met_and_signed_may_go() -> None:
    found = outcomes(requirement("a", PROVEN))
    assert set(found.values()) == {""}


def test_an_unknown_criterion_allows_conditions_only() -> None:
    found = outcomes(requirement("a", PROVEN), requirement("b", UNPROVEN))
    assert found[Outcome.GO] == "1 criterion is not met or not known"
    assert found[Outcome.CONDITIONS] == ""


def test_a_refuted_criterion_allows_neither() -> None:
    found = outcomes(requirement("a", REFUTED), requirement("b", REFUTED))
    assert found[Outcome.GO] == "2 criteria are not met or not known"
    assert found[Outcome.CONDITIONS] == "2 criteria are not met and not waived"


def test_a_waived_criterion_allows_conditions_only() -> None:
    found = outcomes(requirement("a", REFUTED, waiver=waiver()))
    assert found[Outcome.GO] == "1 criterion is not met or not known"
    assert found[Outcome.CONDITIONS] == ""


def test_without_quorum_or_criteria_nothing_may_go() -> None:
    unsigned = unknown("approver: 0 of 1 signed")
    found = outcomes(requirement("a", PROVEN), quorum_is=unsigned)
    assert found[Outcome.GO] == "the quorum is not complete (approver: 0 of 1 signed)"
    assert found[Outcome.CONDITIONS] == found[Outcome.GO]
    found = outcomes()
    assert found[Outcome.GO] == found[Outcome.CONDITIONS] == "the gate asks nothing of this system"


def test_every_obstacle_is_named_and_not_only_the_first() -> None:
    found = outcomes(requirement("a", REFUTED), quorum_is=unknown("approver: 0 of 1 signed"))
    assert found[Outcome.GO] == (
        "the quorum is not complete (approver: 0 of 1 signed); 1 criterion is not met or not known"
    )
    assert found[Outcome.CONDITIONS] == (
        "the quorum is not complete (approver: 0 of 1 signed); 1 criterion is not met and not waived"
    )


def test_stances_and_outcomes_are_said_as_people_say_them() -> None:
    assert [s.label for s in Stance] == ["agree", "disagree but will support", "dissent", "recuse"]
    assert [o.label for o in Outcome] == ["go", "go with conditions", "no-go", "defer"]
