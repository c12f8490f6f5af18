"""Whether evidence shows a requirement to be met: bound to digests, still valid, judged strictly enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeGuard

from plimsoll.kernel.verdict import Judgement, Verdict, all_of, any_of, met, not_met, unknown

__all__ = [
    "ATTESTATION",
    "AssetFact",
    "CheckDemand",
    "EvidenceFact",
    "Proof",
    "ProofRule",
    "ReviewFact",
    "prove",
]

ATTESTATION = "attestation"
"""What `EvidenceFact.check` says of a person's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFact:
    """An asset as it is now."""

    ref: str
    """AST-n."""
    kind: str
    """model, dataset, prompt, …"""
    name: str
    """As people call it."""
    digest: str
    """SHA-256 of its current version; empty if nothing was registered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFact:
    """One person's judgement of a piece of evidence."""

    reviewer_id: int
    """Who."""
    meets_intent: bool
    """Whether it shows what the requirement means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFact:
    """A piece of evidence, as far as proof needs it."""

    ref: str
    """EVD-n."""
    check: str
    """Check id, or ATTESTATION."""
    requirement: str
    """For an attestation, the requirement it speaks for; empty otherwise."""
    verdict: Verdict
    """What its outcome says."""
    answer: str
    """The check's answer."""
    subjects: frozenset[str]
    """SHA-256 digests it is bound to."""
    produced_at: datetime
    """When it was made."""
    valid_until: datetime
    """When it stops counting."""
    parameters: Mapping[str, object]
    """Parameters it was judged with."""
    author_id: int
    """Who submitted it."""
    statement: str
    """SHA-256 of its signed statement."""
    reviews: tuple[ReviewFact, ...] = ()
    """Judgements of it."""
    disowned: bool = False
    """Whether the key that signed it is no longer trusted."""
    reopened: str = ""
    """What contradicts it since it was made, as a clause; empty if nothing does."""
    confirmed_again_by: frozenset[int] = frozenset()
    """Who looked at it after that and found that it still shows what is required."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDemand:
    """Evidence that a check must make, for which assets, judged how strictly."""

    check: str
    """Check id."""
    assets: str = "any"
    """model: every model; dataset: every dataset; any: at least one asset, and none that fails."""
    at_most: Mapping[str, float]
    """Parameter → largest value that still counts."""
    at_least: Mapping[str, float]
    """Parameter → smallest value that still counts."""
    within_days: int | None = None
    """Evidence older than this counts no more, even if it calls itself valid; None: it ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRule:
    """What counts as evidence for a requirement."""

    requirement: str
    """Requirement id."""
    checks: tuple[CheckDemand, ...]
    """All must pass; if empty, a reviewed attestation decides."""
    attestation: str = ""
    """What must be shown, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How a requirement stands by its evidence."""

    judgement: Judgement
    """MET, NOT_MET or UNKNOWN with reasons."""
    used: tuple[EvidenceFact, ...] = ()
    """The evidence that was looked at, each once, newest first."""
    stale: bool = False
    """Whether it is not met for want of evidence that existed: expired, disowned, contradicted since, or
    about former versions."""
    single_source: bool = False
    """Whether what carries it was all made by the requirement's owner and judged by nobody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    judgement: Judgement
    evidence: EvidenceFact | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    demand: CheckDemand
    owner_id: int | None
    now: datetime


_WORST_FIRST = (Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.MET)


def prove(
    rule: ProofRule,
    evidence: Iterable[EvidenceFact],
    assets: Sequence[AssetFact],
    *,
    owner_id: int | None,
    now: datetime,
) -> Proof:
    """The proof of one requirement at `now`; the order of the evidence does not matter.

    The newest evidence by a check about a digest decides; an older pass never outlives a newer fail,
    and of several made at the same moment the worst decides. What is missing, expired, inconclusive,
    too loosely judged, about another version or contradicted since is UNKNOWN. What a reviewer found
    wanting is NOT_MET, whoever the reviewer is: anybody may make it worse.
    """
    known = sorted(evidence, key=lambda e: e.statement)
    known.sort(key=lambda e: e.produced_at, reverse=True)
    if rule.checks:
        return _by_checks(rule, known, assets, owner_id=owner_id, now=now)
    return _by_attestation(rule, known, owner_id=owner_id, now=now)


def _by_checks(
    rule: ProofRule,
    known: list[EvidenceFact],
    assets: Sequence[AssetFact],
    *,
    owner_id: int | None,
    now: datetime,
) -> Proof:
    parts: list[Judgement] = []
    looks: list[_Look] = []
    stale = False
    current = frozenset(asset.digest for asset in assets)
    for demand in rule.checks:
        wanted = [a for a in assets if demand.assets in ("any", a.kind)]
        if not wanted:
            kind = "asset" if demand.assets == "any" else demand.assets
            parts.append(unknown(f"no {kind} is registered for {demand.check} to look at"))
            continue
        made = [e for e in known if e.check == demand.check]
        former = any(_of_former_versions(e, wanted, current) for e in made)
        ask = _Ask(demand=demand, owner_id=owner_id, now=now)
        taken = [_asset(ask, asset, made, former=former) for asset in wanted]
        part = _together(demand, [look.judgement for look in taken])
        stale = stale or (part.verdict is not Verdict.MET and any(look.stale for look in taken))
        parts.append(part)
        looks.extend(taken)
    used = [look.evidence for look in looks if look.evidence]
    carrying = [k.evidence for k in looks if k.evidence and k.judgement.verdict is Verdict.MET]
    refs = {e.ref for e in used}
    return Proof(
        judgement=all_of(parts),
        used=tuple(e for e in known if e.ref in refs),
        stale=stale,
        single_source=_single_source(carrying or used, owner_id),
    )


def _of_former_versions(evidence: EvidenceFact, wanted: Sequence[AssetFact], current: frozenset[str]) -> bool:
    # It speaks of no asset that is wanted now, and of something that is no current asset at all.
    return evidence.subjects.isdisjoint(a.digest for a in wanted) and not evidence.subjects <= current


def _together(demand: CheckDemand, judgements: Sequence[Judgement]) -> Judgement:
    refuted = any(judgement.verdict is Verdict.NOT_MET for judgement in judgements)
    # One asset will do, but a pass of another asset does not make good a fail.
    return any_of(judgements) if demand.assets == "any" and not refuted else all_of(judgements)


def _asset(ask: _Ask, asset: AssetFact, made: list[EvidenceFact], *, former: bool) -> _Look:
    check = ask.demand.check
    if not asset.digest:
        why = f"{asset.name} has no digest yet, so no {check} evidence can speak of it"
        return _Look(judgement=unknown(why, source=asset.ref))
    about = [e for e in made if asset.digest in e.subjects]
    if not about:
        missing = f"{asset.name} ({asset.digest[:12]}…) has no {check} evidence"
        if former:
            missing += "; what there is speaks of another version"
        return _Look(judgement=unknown(missing, source=asset.ref), stale=former)
    return _worst([_judged(ask, asset, e) for e in _newest(about)])


def _newest(about: list[EvidenceFact]) -> list[EvidenceFact]:
    return [e for e in about if e.produced_at == about[0].produced_at]


def _worst(looks: list[_Look]) -> _Look:
    return min(looks, key=lambda look: _WORST_FIRST.index(look.judgement.verdict))


def _judged(ask: _Ask, asset: AssetFact, about: EvidenceFact) -> _Look:
    demand, now = ask.demand, ask.now
    if about.disowned:
        why = f"{demand.check} evidence for {asset.name} was signed with a key that is no longer trusted"
        return _Look(judgement=unknown(why, source=about.ref), evidence=about, stale=True)
    ends = about.valid_until
    if demand.within_days is not None:
        ends = min(ends, about.produced_at + timedelta(days=demand.within_days))
    if ends <= now:
        expired = f"{demand.check} evidence for {asset.name} expired on {ends:%d %b %Y}"
        return _Look(judgement=unknown(expired, source=about.ref), evidence=about, stale=True)
    if about.verdict is Verdict.MET and _doubted(about):
        doubt = f"a reviewer found that {about.ref} does not show what is required"
        return _Look(judgement=not_met(doubt, source=about.ref), evidence=about)
    if about.verdict is Verdict.MET and _contradicted(about, ask.owner_id):
        why = f"{demand.check} passed {asset.name}, but since then {about.reopened}"
        return _Look(judgement=unknown(why, source=about.ref), evidence=about, stale=True)
    loose = _too_loose(demand, about)
    if loose and about.verdict is Verdict.MET:
        why = f"{demand.check} passed {asset.name}, but {loose}"
        return _Look(judgement=unknown(why, source=about.ref), evidence=about)
    text = f"{demand.check} answers “{about.answer}” for {asset.name}"
    return _Look(judgement=_by_verdict(about.verdict, text, about.ref), evidence=about)


def _by_verdict(verdict: Verdict, text: str, source: str) -> Judgement:
    made_by = {Verdict.MET: met, Verdict.NOT_MET: not_met, Verdict.UNKNOWN: unknown}
    return made_by[verdict](text, source=source)


def _contradicted(evidence: EvidenceFact, owner_id: int | None) -> bool:
    """Whether something speaks against it that nobody independent has looked at since."""
    return bool(evidence.reopened) and not evidence.confirmed_again_by - {evidence.author_id, owner_id}


def _doubted(evidence: EvidenceFact) -> bool:
    return any(not review.meets_intent for review in evidence.reviews)


def _too_loose(demand: CheckDemand, evidence: EvidenceFact) -> str:
    for word, limits in (("at most", demand.at_most), ("at least", demand.at_least)):
        for name, limit in limits.items():
            value = evidence.parameters.get(name)
            if value is None:
                return f"it was judged without {name}; {word} {limit:g} counts"
            if not _is_number(value) or (value > limit if word == "at most" else value < limit):
                return f"it was judged with {name} {str(value)[:40]}; {word} {limit:g} counts"
    return ""


def _is_number(value: object) -> TypeGuard[float]:
    # NaN compares as neither larger nor smaller, and True as 1: neither may pass for a limit.
    return isinstance(value, int | float) and not isinstance(value, bool) and -math.inf < value < math.inf


def _by_attestation(
    rule: ProofRule, known: list[EvidenceFact], *, owner_id: int | None, now: datetime
) -> Proof:
    about = [e for e in known if e.check == ATTESTATION and e.requirement == rule.requirement]
    if not about:
        return Proof(judgement=unknown(f"no evidence yet: {rule.attestation or 'nothing was shown'}"))
    look = _worst([_attested(e, owner_id, now) for e in _newest(about)])
    used = (look.evidence,) if look.evidence else ()
    return Proof(
        judgement=look.judgement,
        used=used,
        stale=look.stale,
        single_source=_single_source(used, owner_id),
    )


def _attested(evidence: EvidenceFact, owner_id: int | None, now: datetime) -> _Look:
    source = evidence.ref
    independent = [r for r in evidence.reviews if r.reviewer_id not in (evidence.author_id, owner_id)]
    if evidence.disowned:
        text = "the attestation was signed with a key that is no longer trusted"
        return _Look(judgement=unknown(text, source=source), evidence=evidence, stale=True)
    if evidence.valid_until <= now:
        text = f"the attested document expired on {evidence.valid_until:%d %b %Y}"
        return _Look(judgement=unknown(text, source=source), evidence=evidence, stale=True)
    if evidence.verdict is not Verdict.MET:
        judgement = _by_verdict(evidence.verdict, f"the document says “{evidence.answer}”", source)
    elif _doubted(evidence):
        judgement = not_met("a reviewer found that it does not show what is required", source=source)
    elif _contradicted(evidence, owner_id):
        text = f"it was attested, but since then {evidence.reopened}"
        return _Look(judgement=unknown(text, source=source), evidence=evidence, stale=True)
    elif independent:
        judgement = met("attested and confirmed by an independent reviewer", source=source)
    else:
        judgement = unknown("attested; nobody independent has reviewed it yet", source=source)
    return _Look(judgement=judgement, evidence=evidence)


def _single_source(used: Sequence[EvidenceFact], owner_id: int | None) -> bool:
    return bool(used) and all(
        e.author_id == owner_id and not any(r.reviewer_id != owner_id for r in e.reviews) for e in used
    )
