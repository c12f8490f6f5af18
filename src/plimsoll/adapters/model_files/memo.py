"""The unpickler's memo, with the stand-ins that the machine keeps for values.

Used only inside the limited process.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Memo", "Value"]

# None, str, Import, or a list of such lists; recursive types of lists help nobody here
Value = Any


class Memo:
    """The unpickler's memo: index → value, for the values that matter.

    May be carried from one stream to the next, as one Unpickler object does that loads repeatedly.
    """

    def __init__(self) -> None:
        self._values: dict[int, Value] = {}
        self._dense = 0
        self._sparse: set[int] = set()

    def __len__(self) -> int:
        return self._dense + len(self._sparse)

    def put(self, index: int, value: Value) -> None:
        """Remember `value` under `index`."""
        if index == self._dense:
            self._dense += 1
            while self._sparse and self._dense in self._sparse:
                self._sparse.remove(self._dense)
                self._dense += 1
        elif index > self._dense:
            self._sparse.add(index)
        if value is None:
            self._values.pop(index, None)
        else:
            self._values[index] = value

    def holds(self, index: int) -> bool:
        """Whether something was put under `index`."""
        return 0 <= index < self._dense or index in self._sparse

    def get(self, index: int) -> Value:
        """What was put there; None for what does not matter."""
        return self._values.get(index)
