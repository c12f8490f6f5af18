"""What is missing from an export, and whether an erasure accounts for it.

Missing content passes only if a later entry of the log says that it was erased; what an entry says was
erased must be missing. Both are told from one pass over the entries, in order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from plimsoll.engines.tlog.erasure import SAY_WHAT_IS_GONE, Erasure
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.kernel.ids import Digest

__all__ = ["Absences", "entry_words"]


def entry_words(index: int, leaf: Leaf) -> str:
    """The entry as faults name it: position, kind and subject."""
    return f"Entry {index} ({leaf.kind}, {leaf.subject})"


@dataclass(slots=True, kw_only=True)
class _Gap:
    """Content of one entry that is not in the export."""

    words: str
    whole: bool
    open: set[Digest]
    digests: frozenset[Digest]
    accounted: bool = False


@dataclass(slots=True)
class _Runs:
    """Indices that come in ascending order, kept as runs: an export of one program withholds most entries."""

    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    """How many indices there are before each run."""

    def add(self, index: int) -> None:
        if self.last and self.last[-1] == index - 1:
            self.last[-1] = index
        else:
            self.before.append(self._below(index))
            self.first.append(index)
            self.last.append(index)

    def count(self, first: int, last: int) -> int:
        """How many there are from `first` to `last`."""
        return self._below(last + 1) - self._below(first)

    def _below(self, index: int) -> int:
        place = bisect_left(self.first, index) - 1
        if place < 0:
            return 0
        return self.before[place] + min(index, self.last[place] + 1) - self.first[place]


@dataclass(slots=True)
class Absences:
    """Collects gaps and erasures as the entries come."""

    gaps: dict[int, _Gap] = field(default_factory=dict)
    """By index, ascending."""
    whole: list[int] = field(default_factory=list)
    """Indices of entries without any content, ascending."""
    withheld: _Runs = field(default_factory=_Runs)
    """Indices of entries that belong to somebody else."""

    def withhold(self, index: int) -> None:
        """Notes that entry `index` belongs to somebody else: whether it was erased cannot be seen."""
        self.withheld.add(index)

    def miss(self, index: int, leaf: Leaf, *, digests: frozenset[Digest], whole: bool) -> None:
        """Notes content of entry `index` that is missing: all of it, or the fields with these digests.

        `digests` is empty for an entry of version 1, which has no fields.
        """
        self.gaps[index] = _Gap(
            words=entry_words(index, leaf), whole=whole, open=set(digests), digests=digests
        )
        if whole:
            self.whole.append(index)

    def account(self, by: int, erasure: Erasure) -> Iterator[str]:
        """Takes in what entry `by` says was erased; yields a sentence for each thing that is not so."""
        if erasure.last >= by:
            yield f"Entry {by} says that it erased entry {erasure.last}, which comes after it."
            return
        for first, last in erasure.entries:
            yield from self._account_range(by, first, last)
        for index, digests in erasure.fields.items():
            gap = self.gaps.get(index)
            if gap is not None and gap.digests.issuperset(digests):
                gap.open.difference_update(digests)
                gap.accounted = gap.accounted or not gap.open
            elif not self.withheld.count(index, index):
                yield (
                    f"Entry {by} says that fields of entry {index} were erased; "
                    "they are in the export, or were never part of it."
                )

    def _account_range(self, by: int, first: int, last: int) -> Iterator[str]:
        gone = self.whole[bisect_left(self.whole, first) : bisect_left(self.whole, last + 1)]
        for index in gone:
            self.gaps[index].accounted = True
        if len(gone) + self.withheld.count(first, last) == last - first + 1:
            return
        absent = set(gone)
        shown = next(i for i in range(first, last + 1) if i not in absent and not self.withheld.count(i, i))
        yield f"Entry {by} says that entry {shown} was erased, but content of it is in the export."

    def unaccounted(self) -> Iterator[str]:
        """A sentence for each entry with missing content that no entry says was erased."""
        for gap in self.gaps.values():
            if not gap.accounted:
                what = "its content" if gap.whole else "a field of it"
                yield f"{gap.words}: {what} is missing, and no entry says that it was erased."


def may_be_erased(leaf: Leaf) -> bool:
    """Whether content of this entry may be erased at all: not what says what was erased."""
    return leaf.kind not in SAY_WHAT_IS_GONE
