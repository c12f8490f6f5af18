"""The one-page brief: nine labelled lines about one program, in a fixed order.

The lines: what ships to whom when; load against line; three risks; what is not known; the decision
asked; exceptions in force; incidents and near misses; how good the forecasts were; what security
earned. Nothing is computed here that is not in the facts, except what the date decides (what is past
due). Lists are cut to what one A4 page holds and say how many more there are; long texts are cut
between words, and the record they belong to is one link away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from plimsoll.engines.reports.brief_facts import (
    BriefFacts,
    DecisionFact,
    ExceptionFact,
    Measured,
    Movement,
    NotMeasured,
    OptionFact,
    PositionFact,
    RiskFact,
    UnknownFact,
)
from plimsoll.engines.reports.brief_systems import load_line, scope_confidence, ships_line
from plimsoll.engines.reports.brief_words import (
    LEVELS,
    WHITE,
    Limits,
    capital,
    figures,
    gap,
    gaps,
    more,
    run,
    says,
)
from plimsoll.engines.reports.document import BodyBlock, Document, ItemList, Line, Paragraph
from plimsoll.engines.reports.inlines import Hatched, Inline, Inlines, RefLink, StatusWord, Strong
from plimsoll.engines.reports.page_room import PAGE_LINES, lines_needed
from plimsoll.engines.reports.wording import clip, counted, deadline, instant, listed, sentence

__all__ = ["brief_lines", "compose_brief", "footer"]

SHOWN_REFS: Final = 6
"""Further decisions are named while they are at most this many, and counted beyond."""
TITLE: Final = 44
"""Characters of the program's name in the title."""
_MOVED: Final = {
    Movement.NEW: "New",
    Movement.RISING: "↑\u00a0Rising",
    Movement.FALLING: "↓\u00a0Falling",
    Movement.UNCHANGED: "→\u00a0Unchanged",
}


def compose_brief(facts: BriefFacts) -> Document:
    """The brief as a document of nine lines that prints on one A4 page.

    Systems are shown worst status first; everything else in the order of the facts. Texts are cut
    harder the more there is to say, by an estimate of the room that they need; what even the hardest
    cut cannot hold runs on to a second page. It establishes nothing: it repeats what the facts say,
    with their sources, and says what is not measured.
    """
    for limits in LEVELS[:-1]:
        document = _compose(facts, limits)
        if lines_needed(document) <= PAGE_LINES:
            return document
    return _compose(facts, LEVELS[-1])


def brief_lines(facts: BriefFacts, limits: Limits) -> Mapping[str, Line]:
    """The nine lines by name, in their order, with at most as much as the limits allow.

    Every rendering of a program's facts is made of these, so that two of them cannot disagree.
    """
    today = facts.as_of.date()
    return {
        "ships": ships_line(facts.systems, today=today, limits=limits),
        "load": load_line(facts.systems, limits=limits),
        "risks": _risks(facts.risks, limits),
        "unknowns": _unknowns(facts, today, limits),
        "decision": _decision(facts.decisions, today, limits),
        "exceptions": _exceptions(facts.exceptions, today, limits),
        "incidents": _measured("Incidents, near misses", facts.incidents, limits),
        "forecasts": _measured("How good our forecasts were", facts.forecasts, limits),
        "earned": _measured("What security earned", facts.earned, limits),
    }


def footer(facts: BriefFacts) -> tuple[str, ...]:
    """What stands at the foot of every rendering: version of the record, log position, instant."""
    return (f"record {facts.record}", f"log position {facts.log_position:,}", instant(facts.as_of))


def _compose(facts: BriefFacts, limits: Limits) -> Document:
    return Document(
        title=f"Brief: {clip(facts.program, limit=TITLE)}",
        subtitle=f"{instant(facts.as_of)}. {counted(len(facts.systems), 'system')}.",
        blocks=tuple(brief_lines(facts, limits).values()),
        footer=footer(facts),
        language=facts.language,
        one_page=True,
    )


def _risks(risks: Sequence[RiskFact], limits: Limits) -> Line:
    shown = risks[: limits.risks]
    body: list[BodyBlock] = [ItemList(tuple(_risk(risk, limits) for risk in shown))] if shown else []
    body += more(len(risks) - len(shown), "risk")
    body += gaps("Movement", [(risk.ref, risk.movement) for risk in shown], limits=limits)
    body += gaps("Loss", [(risk.ref, risk.exposure) for risk in shown], limits=limits)
    nothing = says("No risk is recorded. That shows that nobody wrote one down, not that there is none.")
    return Line(label="Risks", body=tuple(body) or (nothing,))


def _risk(risk: RiskFact, limits: Limits) -> Inlines:
    why = sentence(clip(risk.why, limit=limits.why))
    moved: tuple[Inline | str, ...] = (capital(why),)
    if isinstance(risk.movement, Movement):
        moved = (Strong(_MOVED[risk.movement]), f": {why}" if why else ".")
    loss = () if isinstance(risk.exposure, NotMeasured) else (" Loss ", risk.exposure, ".")
    said = sentence(clip(risk.sentence, limit=limits.sentence))
    return run(_ref(risk), f" {said} ", *moved, *loss)


def _unknowns(facts: BriefFacts, today: date, limits: Limits) -> Line:
    shown, hidden = facts.unknowns[: limits.unknowns], facts.unknowns[limits.unknowns :]
    late = sum(1 for unknown in hidden if unknown.due_on and unknown.due_on < today)
    body: list[BodyBlock] = list(scope_confidence(facts.systems, limits=limits))
    if shown:
        body.append(ItemList(tuple(_unknown(unknown, today, limits) for unknown in shown)))
    else:
        body.append(
            says("No unknown is recorded. That shows that nobody wrote one down, not that all is known.")
        )
    body += more(len(hidden), "unknown", f", {late:,} of them past due" if late else "")
    return Line(label="What we do not know, and when we will", body=tuple(body))


def _unknown(unknown: UnknownFact, today: date, limits: Limits) -> Inlines:
    meanwhile: tuple[Inline | str, ...] = ()
    if unknown.assumed:
        meanwhile = (" Until then ", Hatched(text=clip(unknown.assumed, limit=limits.why)), ".")
    said = sentence(clip(unknown.sentence, limit=limits.sentence))
    owner = clip(unknown.owner, limit=limits.name) or "Nobody has taken it"
    return run(_ref(unknown), f" {said}", *meanwhile, f" {owner}, ", *_due(unknown, today))


def _due(unknown: UnknownFact, today: date) -> tuple[Inline | str, ...]:
    if unknown.due_on is None:
        return ("no date yet.",)
    when = deadline(unknown.due_on, today=today)
    return (Strong(f"past due since {when}"), ".") if unknown.due_on < today else (f"{when}.",)


def _decision(decisions: Sequence[DecisionFact], today: date, limits: Limits) -> Line:
    label = "Decision asked"
    if not decisions:
        return Line(label=label, body=(says("No decision is asked today."),))
    first, others = decisions[0], decisions[1:]
    when = f" by {deadline(first.due_on, today=today)}" if first.due_on else ", no date set"
    question = sentence(clip(first.question, limit=limits.sentence))
    asked = f"Asked of {clip(first.asked_of, limit=limits.name)}{when}."
    shown = first.options[: limits.options]
    losses = [(f"option {clip(option.name, limit=limits.name)}", option.loss) for option in shown]
    delays = [(f"option {clip(option.name, limit=limits.name)}", option.delay) for option in shown]
    refs = f": {listed([decision.ref for decision in others])}" if len(others) <= SHOWN_REFS else ""
    return Line(
        label=label,
        body=(
            says(_ref(first), f" {question} {asked}"),
            ItemList(tuple(_option(option, limits) for option in shown)),
            *more(len(first.options) - len(shown), "option"),
            *gaps("Loss", losses, limits=limits),
            *gaps("Delay", delays, limits=limits),
            _positions(first.positions, limits),
            *more(len(others), "decision", refs),
        ),
    )


def _option(option: OptionFact, limits: Limits) -> Inlines:
    parts: list[Inline | str] = []
    for label, figure in (("Loss", option.loss), ("Delay", option.delay)):
        if not isinstance(figure, NotMeasured):
            parts += [f" {label} ", figure, "."]
    said = sentence(clip(option.sentence, limit=limits.sentence))
    return run(Strong(clip(option.name, limit=limits.name)), f" {said}", *parts)


def _positions(positions: Sequence[PositionFact], limits: Limits) -> Paragraph:
    if not positions:
        return says("No disagreement is recorded.")
    parts: list[Inline | str] = []
    for position in positions[: limits.positions]:
        stance = clip(position.stance, limit=limits.name)
        why = clip(position.why, limit=limits.why)
        parts += [" " if parts else "", Strong(clip(position.person, limit=limits.name))]
        parts.append(f" {sentence(f'{stance}: {why}' if why else stance)}")
    hidden = len(positions) - limits.positions
    return says(*parts, f" And {counted(hidden, 'more position')}." if hidden > 0 else "")


def _exceptions(exceptions: Sequence[ExceptionFact], today: date, limits: Limits) -> Line:
    shown, hidden = exceptions[: limits.exceptions], exceptions[limits.exceptions :]
    late = sum(1 for exception in hidden if exception.expires_on < today)
    body: list[BodyBlock] = [ItemList(tuple(_exception(e, today, limits) for e in shown))] if shown else []
    body += more(len(hidden), "exception", f", {late:,} of them past their end" if late else "")
    return Line(label="Exceptions in force", body=tuple(body) or (says("None is in force."),))


def _exception(exception: ExceptionFact, today: date, limits: Limits) -> Inlines:
    when = deadline(exception.expires_on, today=today)
    over = exception.expires_on < today
    end: Inline | str = Strong(f"ended {when}") if over else f"ends {when}"
    said = sentence(clip(exception.sentence, limit=limits.sentence))
    owner = clip(exception.owner, limit=limits.name)
    return run(_ref(exception), f" {exception.kind.value.capitalize()}: {said} {owner}, ", end, ".")


def _measured(label: str, fact: Measured | NotMeasured, limits: Limits) -> Line:
    if isinstance(fact, NotMeasured):
        return Line(label=label, status=WHITE, body=(says(capital(gap(fact, limits=limits))),))
    meaning = sentence(clip(fact.sentence, limit=limits.sentence))
    return Line(
        label=label,
        status=StatusWord(fact.status) if fact.status else None,
        body=(says(*figures(fact, limits=limits), ".", f" {meaning}" if meaning else ""),),
    )


def _ref(record: RiskFact | UnknownFact | DecisionFact | ExceptionFact) -> RefLink:
    return RefLink(ref=record.ref, url=record.href)
