"""Which missing content an erasure accounts for, against a plain count of everything."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog.absence import Absences
from plimsoll.engines.tlog.erasure import Erasure
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.kernel.ids import Digest

LEAF = Leaf(kind="a:b:c", at="", actor="person:1", subject="p/X", commit=Digest("00" * 32))
STATES = st.lists(st.sampled_from(["shown", "missing", "withheld"]), min_size=1, max_size=30)


@given(STATES, st.data())
def test_a_range_holds_exactly_if_nothing_in_it_is_shown(states: list[str], data: st.DataObject) -> None:
    absences = Absences()
    for index, state in enumerate(states):
        if state == "missing":
            absences.miss(index, LEAF, digests=frozenset(), whole=True)
        elif state == "withheld":
            absences.withhold(index)
    first = data.draw(st.integers(0, len(states) - 1))
    last = data.draw(st.integers(first, len(states) - 1))
    erasure = Erasure(entries=((first, last),), basis="contract", requester="rule:x")
    faults = list(absences.account(len(states), erasure))
    shown = [index for index in range(first, last + 1) if states[index] == "shown"]
    assert [fault.split("entry ")[1].split(" ")[0] for fault in faults] == [str(n) for n in shown[:1]]
    left = [n for n, state in enumerate(states) if state == "missing" and not first <= n <= last]
    assert len(list(absences.unaccounted())) == len(left)
