import math
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.gates.proof import CheckDemand, EvidenceFact, Proof, ProofRule, prove
from plimsoll.kernel.verdict import Verdict
from tests.engines.gates.samples import NOW, asset, evidence, review

MODEL, OTHER, DATA = asset("model"), asset("other"), asset("rows", kind="dataset")
OWNER, AUTHOR, REVIEWER = 5, 7, 9
HOUR = timedelta(hours=1)


def demand(check: str = "model-file", assets: str = "model", **limits: Any) -> CheckDemand:
    return CheckDemand(
        check=check,
        assets=assets,
        at_most=limits.get("at_most", {}),
        at_least=limits.get("at_least", {}),
    )


def by_checks(*demands: CheckDemand) -> ProofRule:
    return ProofRule(requirement="r", checks=demands or (demand(),))


def proof(*known: EvidenceFact, rule: ProofRule | None = None, assets=(MODEL,), now=NOW) -> Proof:
    return prove(rule or by_checks(), iter(known), assets, owner_id=OWNER, now=now)


def verdict(*known: EvidenceFact, **rest: Any) -> Verdict:
    return proof(*known, **rest).judgement.verdict


def text(found: Proof) -> str:
    return "; ".join(r.text for r in found.judgement.reasons)


def fail(*subjects, **changes: Any) -> EvidenceFact:
    values = {"ref": "EVD-2", "verdict": Verdict.NOT_MET, "answer": "flagged", **changes}
    return evidence(*subjects, **values)


# ---------------------------------------------------------------- binding


def test_a_pass_about_the_current_version_meets_the_requirement() -> None:
    found = proof(evidence(MODEL))
    assert found.judgement.verdict is Verdict.MET
    assert text(found) == "model-file answers “clean” for model"
    assert [r.source for r in found.judgement.reasons] == ["EVD-1"]
    assert not found.stale
    assert not found.single_source


def test_without_evidence_nothing_is_known_and_nothing_is_stale() -> None:
    found = proof()
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert text(found) == f"model ({MODEL.digest[:12]}…) has no model-file evidence"
    assert not found.stale
    assert found.used == ()


def test_a_changed_byte_leaves_the_model_without_evidence() -> None:
    changed = asset("model", digest=asset("model v2").digest)
    found = proof(evidence(MODEL), assets=[changed])
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert text(found).endswith("has no model-file evidence; what there is speaks of another version")
    assert found.stale


def test_evidence_about_another_registered_asset_is_not_called_another_version() -> None:
    found = proof(evidence(OTHER), assets=[MODEL, OTHER])
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert "another version" not in text(found)
    assert not found.stale


def test_evidence_about_a_former_model_and_current_data_is_of_another_version() -> None:
    changed = asset("model", digest=asset("model v2").digest)
    found = proof(evidence(MODEL, DATA), assets=[changed, DATA])
    assert found.stale
    assert "speaks of another version" in text(found)
    assert not proof(evidence(DATA), assets=[changed, DATA]).stale


def test_an_asset_without_digest_has_no_evidence_and_says_why() -> None:
    nameless = asset("model", digest="")
    found = proof(evidence(MODEL), evidence(subjects=frozenset({""})), assets=[nameless])
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert text(found) == "model has no digest yet, so no model-file evidence can speak of it"


def test_every_model_needs_its_own_evidence() -> None:
    assert verdict(evidence(MODEL), assets=[MODEL, OTHER]) is Verdict.UNKNOWN
    assert verdict(evidence(MODEL, OTHER), assets=[MODEL, OTHER]) is Verdict.MET
    assert verdict(evidence(MODEL), fail(OTHER), assets=[MODEL, OTHER]) is Verdict.NOT_MET
    assert verdict(evidence(MODEL), evidence(OTHER, ref="EVD-3"), assets=[MODEL, OTHER]) is Verdict.MET


def test_only_assets_of_the_demanded_kind_are_looked_at() -> None:
    assert verdict(evidence(MODEL), fail(DATA), assets=[MODEL, DATA]) is Verdict.MET
    found = proof(evidence(MODEL), rule=by_checks(demand(assets="dataset")), assets=[MODEL])
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert text(found) == "no dataset is registered for model-file to look at"


def test_any_asset_will_do_but_one_that_fails_is_not_made_good_by_another() -> None:
    any_asset = by_checks(demand(assets="any"))
    assert verdict(evidence(DATA), rule=any_asset, assets=[MODEL, DATA]) is Verdict.MET
    assert verdict(evidence(DATA), fail(MODEL), rule=any_asset, assets=[MODEL, DATA]) is Verdict.NOT_MET
    assert verdict(rule=any_asset, assets=[MODEL, DATA]) is Verdict.UNKNOWN
    found = proof(evidence(DATA), rule=any_asset, assets=[])
    assert text(found) == "no asset is registered for model-file to look at"
    assert found.judgement.verdict is Verdict.UNKNOWN


def test_what_is_met_by_one_asset_is_not_stale_because_others_have_no_evidence() -> None:
    any_asset = by_checks(demand(assets="any"))
    old = evidence(asset("former"), ref="EVD-3")
    assert not proof(evidence(DATA), old, rule=any_asset, assets=[MODEL, DATA]).stale
    assert proof(old, rule=any_asset, assets=[MODEL, DATA]).stale


def test_every_demanded_check_must_pass() -> None:
    both = by_checks(demand(), demand("fairness"))
    fair = evidence(MODEL, ref="EVD-3", check="fairness", answer="within limits")
    assert verdict(evidence(MODEL), rule=both) is Verdict.UNKNOWN
    assert verdict(evidence(MODEL), fair, rule=both) is Verdict.MET
    assert verdict(fail(MODEL), fair, rule=both) is Verdict.NOT_MET


def test_evidence_of_another_check_does_not_count() -> None:
    assert verdict(evidence(MODEL, check="fairness")) is Verdict.UNKNOWN
    assert verdict(evidence(MODEL, check="attestation", requirement="r")) is Verdict.UNKNOWN


# ---------------------------------------------------------------- which evidence decides


def test_an_older_pass_never_outlives_a_newer_fail() -> None:
    newer = fail(MODEL, produced_at=NOW - HOUR)
    assert verdict(evidence(MODEL), newer) is Verdict.NOT_MET
    assert verdict(newer, evidence(MODEL)) is Verdict.NOT_MET
    assert proof(evidence(MODEL), newer).used == (newer,)


def test_a_newer_pass_outlives_an_older_fail() -> None:
    assert verdict(fail(MODEL), evidence(MODEL, produced_at=NOW - HOUR)) is Verdict.MET


def test_a_newer_inconclusive_run_takes_the_older_pass_away() -> None:
    newer = evidence(MODEL, ref="EVD-3", verdict=Verdict.UNKNOWN, answer="inconclusive",
                     produced_at=NOW - HOUR)  # fmt: skip
    found = proof(evidence(MODEL), newer)
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert text(found) == "model-file answers “inconclusive” for model"
    assert not found.stale


def test_of_runs_at_the_same_moment_the_worst_decides_in_any_order() -> None:
    runs = [
        evidence(MODEL, ref="EVD-1"),
        evidence(MODEL, ref="EVD-3", verdict=Verdict.UNKNOWN, answer="inconclusive"),
        fail(MODEL),
    ]
    for order in permutations(runs):
        assert verdict(*order) is Verdict.NOT_MET
        assert proof(*order) == proof(*runs)
    for order in permutations(runs[:2]):
        assert verdict(*order) is Verdict.UNKNOWN


def test_evidence_about_several_subjects_speaks_of_each() -> None:
    assert verdict(evidence(MODEL, DATA)) is Verdict.MET
    newer = fail(MODEL, DATA, produced_at=NOW - HOUR)
    assert verdict(evidence(MODEL), newer) is Verdict.NOT_MET


verdicts = st.sampled_from(Verdict)
runs = st.lists(
    st.builds(
        lambda n, who, outcome, hours, life: evidence(
            *who,
            ref=f"EVD-{n}",
            verdict=outcome,
            produced_at=NOW - timedelta(hours=hours),
            valid_until=NOW + timedelta(hours=life),
        ),
        st.integers(1, 10**6),
        st.sampled_from([(MODEL,), (OTHER,), (MODEL, OTHER), (DATA,), ()]),
        verdicts,
        st.integers(0, 3),
        st.integers(-1, 2),
    ),
    max_size=6,
    unique_by=lambda e: e.ref,
)


@given(runs, st.sampled_from(["model", "any"]), st.randoms(use_true_random=False))
def test_the_order_in_which_evidence_is_found_does_not_matter(known, assets, random) -> None:
    rule = by_checks(demand(assets=assets))
    mixed = list(known)
    random.shuffle(mixed)
    assert proof(*mixed, rule=rule, assets=[MODEL, OTHER]) == proof(*known, rule=rule, assets=[MODEL, OTHER])


@given(runs)
def test_green_needs_for_every_model_a_valid_pass_that_nothing_newer_contradicts(known) -> None:
    found = proof(*known, assets=[MODEL, OTHER])
    if found.judgement.verdict is not Verdict.MET:
        return
    for each in (MODEL, OTHER):
        about = [e for e in known if each.digest in e.subjects]
        newest = max(e.produced_at for e in about)
        deciding = [e for e in about if e.produced_at == newest]
        assert {e.verdict for e in deciding} == {Verdict.MET}
        assert any(e.valid_until > NOW for e in deciding)
    assert not found.stale


@given(runs, runs)
def test_used_evidence_is_newest_first_and_named_once(known, more) -> None:
    both = by_checks(demand(), demand("fairness"))
    fair = [evidence(MODEL, ref=f"{e.ref}f", check="fairness", produced_at=e.produced_at) for e in more]
    used = proof(*known, *fair, rule=both, assets=[MODEL, OTHER]).used
    assert [e.produced_at for e in used] == sorted((e.produced_at for e in used), reverse=True)
    assert len({e.ref for e in used}) == len(used)


# ---------------------------------------------------------------- time


def test_evidence_counts_until_the_moment_it_ends() -> None:
    end = evidence(MODEL).valid_until
    assert verdict(evidence(MODEL), now=end - timedelta(microseconds=1)) is Verdict.MET
    found = proof(evidence(MODEL), now=end)
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert text(found) == "model-file evidence for model expired on 23 Jun 2026"
    assert found.stale


@pytest.mark.parametrize(("days", "holds"), [(None, True), (31, True), (30, False), (1, False)])
def test_a_requirement_may_want_younger_evidence_than_the_check_promises(
    days: int | None, holds: bool
) -> None:
    made = evidence(MODEL, produced_at=NOW - timedelta(days=30), valid_until=NOW + timedelta(days=60))
    demand = CheckDemand(check="model-file", at_most={}, at_least={}, within_days=days)
    rule = ProofRule(requirement="r", checks=(demand,))
    found = prove(rule, [made], [MODEL], owner_id=5, now=NOW)
    assert found.judgement.verdict is (Verdict.MET if holds else Verdict.UNKNOWN)
    assert found.stale is not holds


def test_an_expired_newer_pass_does_not_uncover_an_older_one() -> None:
    newer = evidence(MODEL, ref="EVD-3", produced_at=NOW - HOUR, valid_until=NOW)
    assert verdict(evidence(MODEL), newer) is Verdict.UNKNOWN


# ---------------------------------------------------------------- strictness


@pytest.mark.parametrize("value", [0.05, 0.1, 0, -1.0])
def test_a_pass_judged_as_strictly_as_demanded_counts(value: float) -> None:
    rule = by_checks(demand(at_most={"gap": 0.1}))
    assert verdict(evidence(MODEL, parameters={"gap": value}), rule=rule) is Verdict.MET


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"gap": 0.1000001}, {"gap": math.nan}, {"gap": math.inf}, {"gap": -math.inf}, {"gap": True},
        {"gap": False}, {"gap": "0.05"}, {"gap": None}, {"gap": [0.05]}, {"Gap": 0.05}, {"gap": "x" * 9999},
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_a_pass_that_was_judged_more_loosely_is_unknown(parameters: dict) -> None:
    rule = by_checks(demand(at_most={"gap": 0.1}))
    found = proof(evidence(MODEL, parameters=parameters), rule=rule)
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert "model-file passed model, but it was judged with" in text(found)
    assert "gap" in text(found)
    assert "at most 0.1 counts" in text(found)
    assert len(text(found)) < 160
    assert not found.stale


@pytest.mark.parametrize(("value", "counts"), [(30, True), (31, True), (29.9, False), (math.nan, False),
                                               (math.inf, False), (True, False), ("40", False)])  # fmt: skip
def test_a_lower_limit_counts_likewise(value: object, counts: bool) -> None:
    rule = by_checks(demand(at_least={"rows": 30}))
    found = proof(evidence(MODEL, parameters={"rows": value}), rule=rule)
    assert (found.judgement.verdict is Verdict.MET) == counts
    assert counts or "at least 30 counts" in text(found)


def test_a_parameter_that_was_not_given_is_named_as_missing() -> None:
    found = proof(evidence(MODEL), rule=by_checks(demand(at_least={"rows": 30})))
    assert text(found) == "model-file passed model, but it was judged without rows; at least 30 counts"


def test_a_fail_under_loose_limits_is_a_fail() -> None:
    rule = by_checks(demand(at_most={"gap": 0.1}))
    assert verdict(fail(MODEL, parameters={"gap": 0.9}), rule=rule) is Verdict.NOT_MET


def test_a_newer_loose_pass_does_not_lean_on_an_older_strict_one() -> None:
    rule = by_checks(demand(at_most={"gap": 0.1}))
    strict = evidence(MODEL, parameters={"gap": 0.1})
    loose = evidence(MODEL, ref="EVD-3", parameters={"gap": 0.5}, produced_at=NOW - HOUR)
    assert verdict(strict, loose, rule=rule) is Verdict.UNKNOWN


# ---------------------------------------------------------------- people


@pytest.mark.parametrize("outcome", [Verdict.MET, Verdict.NOT_MET])
def test_what_a_disowned_key_signed_says_nothing_and_uncovers_nothing_older(outcome: Verdict) -> None:
    older = evidence(MODEL, ref="EVD-0", produced_at=NOW - 3 * HOUR)
    found = proof(older, evidence(MODEL, verdict=outcome, produced_at=NOW - HOUR, disowned=True))
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert text(found) == "model-file evidence for model was signed with a key that is no longer trusted"
    assert found.stale


def test_a_newer_pass_outlives_what_a_disowned_key_signed() -> None:
    disowned = evidence(MODEL, ref="EVD-0", produced_at=NOW - 3 * HOUR, disowned=True)
    assert verdict(disowned, evidence(MODEL, produced_at=NOW - HOUR)) is Verdict.MET


SIGNAL = "SIG-1 saw other data"


def reopened(**changes: Any) -> EvidenceFact:
    return evidence(MODEL, reopened=SIGNAL, **changes)


def test_what_was_contradicted_since_counts_no_more_until_somebody_independent_looks() -> None:
    found = proof(reopened())
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert text(found) == f"model-file passed model, but since then {SIGNAL}"
    assert found.stale
    for nobody in ({AUTHOR}, {OWNER}, {AUTHOR, OWNER}):
        assert verdict(reopened(confirmed_again_by=frozenset(nobody))) is Verdict.UNKNOWN
    assert verdict(reopened(confirmed_again_by=frozenset({OWNER, REVIEWER}))) is Verdict.MET


def test_newer_evidence_answers_a_contradiction_and_a_fail_stays_a_fail() -> None:
    older = reopened(ref="EVD-0", produced_at=NOW - 3 * HOUR)
    assert verdict(older, evidence(MODEL, produced_at=NOW - HOUR)) is Verdict.MET
    assert verdict(reopened(verdict=Verdict.NOT_MET, answer="flagged")) is Verdict.NOT_MET
    assert verdict(reopened(reviews=(review(REVIEWER, meets_intent=False),))) is Verdict.NOT_MET


def test_a_pass_that_a_reviewer_found_wanting_is_not_green() -> None:
    doubted = evidence(MODEL, reviews=(review(REVIEWER), review(11, meets_intent=False)))
    found = proof(doubted)
    assert found.judgement.verdict is Verdict.NOT_MET
    assert text(found) == "a reviewer found that EVD-1 does not show what is required"
    assert verdict(evidence(MODEL, reviews=(review(REVIEWER),))) is Verdict.MET


def test_a_good_review_does_not_turn_a_fail_or_an_expired_pass_green() -> None:
    assert verdict(fail(MODEL, reviews=(review(REVIEWER),))) is Verdict.NOT_MET
    assert verdict(evidence(MODEL, reviews=(review(REVIEWER),), valid_until=NOW)) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("known", "single"),
    [
        ([], False),
        ([evidence(MODEL, author_id=AUTHOR)], False),
        ([evidence(MODEL, author_id=OWNER)], True),
        ([evidence(MODEL, author_id=OWNER, reviews=(review(OWNER),))], True),
        ([evidence(MODEL, author_id=OWNER, reviews=(review(REVIEWER),))], False),
    ],
)
def test_evidence_by_the_owner_alone_is_marked_single_source(known, single: bool) -> None:
    assert proof(*known).single_source is single


def test_what_carries_the_verdict_decides_whether_it_is_single_source() -> None:
    any_asset = by_checks(demand(assets="any"))
    own = evidence(DATA, author_id=OWNER)
    expired = evidence(MODEL, ref="EVD-3", author_id=AUTHOR, valid_until=NOW)
    found = proof(own, expired, rule=any_asset, assets=[MODEL, DATA])
    assert found.judgement.verdict is Verdict.MET
    assert found.single_source


def test_nobody_owns_it_then_nothing_is_by_the_owner() -> None:
    found = prove(by_checks(), [evidence(MODEL)], [MODEL], owner_id=None, now=NOW)
    assert not found.single_source


# ---------------------------------------------------------------- attestation

ATTESTED = ProofRule(requirement="dpia", checks=(), attestation="the signed assessment")


def attestation(*reviews, **changes: Any) -> EvidenceFact:
    values = {
        "check": "attestation",
        "requirement": "dpia",
        "answer": "shown",
        "reviews": reviews,
        **changes,
    }
    return evidence(**values)


def test_nothing_attested_is_unknown_and_says_what_is_asked() -> None:
    assert text(proof(rule=ATTESTED)) == "no evidence yet: the signed assessment"
    assert text(proof(rule=ProofRule(requirement="dpia", checks=()))) == "no evidence yet: nothing was shown"
    assert verdict(rule=ATTESTED) is Verdict.UNKNOWN


def test_an_attestation_counts_once_somebody_independent_confirms_it() -> None:
    assert verdict(attestation(), rule=ATTESTED) is Verdict.UNKNOWN
    assert verdict(attestation(review(AUTHOR)), rule=ATTESTED) is Verdict.UNKNOWN
    assert verdict(attestation(review(OWNER)), rule=ATTESTED) is Verdict.UNKNOWN
    assert verdict(attestation(review(OWNER), review(AUTHOR)), rule=ATTESTED) is Verdict.UNKNOWN
    assert verdict(attestation(review(REVIEWER)), rule=ATTESTED) is Verdict.MET


@pytest.mark.parametrize("who", [OWNER, AUTHOR, REVIEWER])
def test_anybodys_doubt_counts_against_it_even_beside_a_confirmation(who: int) -> None:
    doubted = attestation(review(11), review(who, meets_intent=False))
    found = proof(doubted, rule=ATTESTED)
    assert found.judgement.verdict is Verdict.NOT_MET
    assert "does not show what is required" in text(found)


@pytest.mark.parametrize("outcome", [Verdict.NOT_MET, Verdict.UNKNOWN])
def test_a_confirmed_document_that_says_no_is_not_a_yes(outcome: Verdict) -> None:
    found = proof(attestation(review(REVIEWER), verdict=outcome, answer="failed"), rule=ATTESTED)
    assert found.judgement.verdict is outcome
    assert "failed" in text(found)


def test_only_attestations_for_this_requirement_count() -> None:
    other = attestation(review(REVIEWER), requirement="red-team")
    machine = attestation(review(REVIEWER), check="model-file")
    assert verdict(other, machine, rule=ATTESTED) is Verdict.UNKNOWN


def test_the_newest_attestation_decides_and_of_two_at_once_the_worse() -> None:
    old = attestation(review(REVIEWER))
    new = attestation(ref="EVD-3", produced_at=NOW - HOUR)
    assert verdict(old, new, rule=ATTESTED) is Verdict.UNKNOWN
    refuted = attestation(ref="EVD-4", verdict=Verdict.NOT_MET, answer="failed")
    for order in ((old, refuted), (refuted, old)):
        assert verdict(*order, rule=ATTESTED) is Verdict.NOT_MET
    unreviewed = attestation(ref="EVD-5")
    for order in ((old, unreviewed), (unreviewed, old)):
        assert proof(*order, rule=ATTESTED).used == proof(old, unreviewed, rule=ATTESTED).used


def test_an_expired_attestation_is_stale_whoever_confirmed_it() -> None:
    found = proof(attestation(review(REVIEWER), valid_until=NOW), rule=ATTESTED)
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert found.stale
    assert text(found) == "the attested document expired on 26 Mar 2026"


def test_an_attestation_by_the_owner_that_another_confirmed_has_two_sources() -> None:
    assert not proof(attestation(review(REVIEWER), author_id=OWNER), rule=ATTESTED).single_source
    assert proof(attestation(author_id=OWNER), rule=ATTESTED).single_source


def test_a_disowned_attestation_is_stale_whoever_confirmed_it() -> None:
    found = proof(attestation(review(REVIEWER), disowned=True), rule=ATTESTED)
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert found.stale
    assert text(found) == "the attestation was signed with a key that is no longer trusted"


def test_an_attestation_that_was_contradicted_counts_again_once_it_is_confirmed_again() -> None:
    found = proof(attestation(review(REVIEWER), reopened=SIGNAL), rule=ATTESTED)
    assert (found.judgement.verdict, found.stale) == (Verdict.UNKNOWN, True)
    assert text(found) == f"it was attested, but since then {SIGNAL}"
    again = attestation(review(REVIEWER), reopened=SIGNAL, confirmed_again_by=frozenset({REVIEWER}))
    assert verdict(again, rule=ATTESTED) is Verdict.MET
    doubted = attestation(review(REVIEWER, meets_intent=False), reopened=SIGNAL)
    assert verdict(doubted, rule=ATTESTED) is Verdict.NOT_MET
