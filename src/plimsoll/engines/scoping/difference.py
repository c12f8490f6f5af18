"""What changed between two scopes: added, removed, now certain, now open."""

from __future__ import annotations

from dataclasses import dataclass

from plimsoll.engines.scoping.evaluation import Scope
from plimsoll.engines.scoping.predicate import Truth
from plimsoll.engines.scoping.question_set import Answers, QuestionSet

__all__ = ["Move", "ScopeDiff", "compare"]

_WORD = {True: "certain", None: "open", False: "out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One item that changed its place."""

    id: str
    """Catalog id."""
    title: str
    """One line."""
    before: Truth
    """Where it was."""
    after: Truth
    """Where it is now."""
    reasons: tuple[str, ...]
    """Why it is there now."""

    @property
    def words(self) -> tuple[str, str]:
        """Both places as words: certain, open, out."""
        return _WORD[self.before], _WORD[self.after]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDiff:
    """Changed answers and the items they moved."""

    answers: tuple[tuple[str, str | None, str | None], ...]
    """Question, answer before, answer after; None for unknown."""
    moves: tuple[Move, ...]
    """Items that moved, in the order of the rules."""

    @property
    def added(self) -> tuple[Move, ...]:
        """Were out, are now certain or open."""
        return tuple(m for m in self.moves if m.before is False)

    @property
    def removed(self) -> tuple[Move, ...]:
        """Were certain or open, are now out."""
        return tuple(m for m in self.moves if m.after is False)

    @property
    def now_certain(self) -> tuple[Move, ...]:
        """Are now certain and were not."""
        return tuple(m for m in self.moves if m.after is True)

    @property
    def now_open(self) -> tuple[Move, ...]:
        """Were certain, are now open."""
        return tuple(m for m in self.moves if m.before is True and m.after is None)


def compare(
    question_set: QuestionSet,
    before: tuple[Answers, Scope],
    after: tuple[Answers, Scope],
) -> ScopeDiff:
    """The difference between two versions. A rule that only one of them has counts as out in the other."""
    old = {item.rule.id: item for item in before[1].items}
    new = {item.rule.id: item for item in after[1].items}
    moves = []
    for rule_id, item in {**old, **new}.items():
        was = old[rule_id].truth if rule_id in old else False
        now = new[rule_id].truth if rule_id in new else False
        if was is not now:
            moves.append(
                Move(
                    id=rule_id,
                    title=item.rule.title,
                    before=was,
                    after=now,
                    reasons=item.reasons if rule_id in new else ("no longer in the catalog",),
                )
            )
    changed = tuple(
        (q.id, before[0].get(q.id), after[0].get(q.id))
        for q in question_set.questions
        if before[0].get(q.id) != after[0].get(q.id)
    )
    return ScopeDiff(answers=changed, moves=tuple(moves))
