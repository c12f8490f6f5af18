"""Follows a pickle's stack and memo without building anything: which names it would import.

`STACK_GLOBAL` takes module and name from the stack, so a list of opcodes does not tell what is
imported; the machine does what the unpickler does with the stack and the memo (CPython
`Lib/pickle.py`, class `_Unpickler`), with stand-ins for every value. A text stands for itself, an
import for the pair it names, a thing made of others for the list of those that can hold things
themselves; everything else is None. Used only inside the limited process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plimsoll.adapters.model_files.bytes import LimitReached
from plimsoll.adapters.model_files.memo import Memo, Value

__all__ = ["LONGEST_NAME", "MOST_HIDDEN", "STEPS", "BrokenStream", "Import", "Machine"]

LONGEST_NAME = 256
"""Longest module or attribute name that is kept; a longer text is treated as computed."""
MOST_IMPORTS = 50_000
"""Different names that one stream may import; no model comes near it."""
MOST_HIDDEN = 100
"""Values that begin like a pickle and are looked into, per stream."""
HUGE_INDEX = 1 << 24
"""A memo index that no stream needs; the C unpickler allocates a table of twice its size."""


_RAW = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_CODED = (
    "\x80",
    "gAI",
    "gAM",
    "gAS",
    "gAV",
    "8002",
    "8003",
    "8004",
    "8005",
)  # pickles in Latin-1, base64, hex


class BrokenStream(Exception):
    """The unpickler would stop here with an error; the text says why."""


@dataclass(frozen=True, slots=True)
class Import:
    """Stands for what GLOBAL, STACK_GLOBAL or INST would import."""

    module: str
    """As spelled in the stream."""
    name: str
    """As spelled in the stream; dots step into attributes."""


class Machine:
    """The stack of one stream. `STEPS` has what each opcode does to it."""

    def __init__(self, memo: Memo) -> None:
        self.memo = memo
        self.stack: list[Value] = []
        self.marks: list[list[Value]] = []
        self.imports: dict[Import, None] = {}  # a set that keeps its order
        self.computed_imports = 0
        self.extensions = 0
        self.calls = 0
        self.changed_imports = 0
        self.missing_memo = 0
        self.huge_index = 0
        self.shared = 0
        self.composites: list[list[Value]] = []
        self.hidden: list[bytes | str] = []

    # ---------------------------------------------------------------- stack

    def _pop(self) -> Value:
        if not self.stack:
            raise BrokenStream("an opcode takes a value from an empty stack")
        return self.stack.pop()

    def _top(self) -> Value:
        if not self.stack:
            raise BrokenStream("an opcode looks at the top of an empty stack")
        return self.stack[-1]

    def _pop_mark(self) -> list[Value]:
        if not self.marks:
            raise BrokenStream("an opcode looks for a mark that is not there")
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def _push_composite(self, parts: list[Value]) -> None:
        composite = [part for part in parts if type(part) is list]
        self.composites.append(composite)
        self.stack.append(composite)

    def _add_to_top(self, parts: list[Value]) -> None:
        top = self._top()
        if isinstance(top, Import):
            self.changed_imports += 1
        if type(top) is list:
            top.extend(part for part in parts if type(part) is list)

    def _import(self, module: Value, name: Value) -> None:
        known = isinstance(module, str) and isinstance(name, str)
        if not known or max(len(module), len(name)) > LONGEST_NAME:
            self.computed_imports += 1
            self.stack.append(None)
            return
        found = Import(module, name)
        if found not in self.imports:
            if len(self.imports) >= MOST_IMPORTS:
                raise LimitReached(f"a stream imports more than {MOST_IMPORTS:,} different names")
            self.imports[found] = None
        self.stack.append(found)

    # ---------------------------------------------------------------- opcodes

    def _nothing(self, argument: Any) -> None:
        pass

    def _push(self, argument: Any) -> None:
        self.stack.append(None)

    def _bytes(self, argument: Any) -> None:
        if argument is not None and argument[:2] in _RAW and len(self.hidden) < MOST_HIDDEN:
            self.hidden.append(bytes(argument))
        self.stack.append(None)

    def _text(self, argument: Any) -> None:
        if argument is not None and argument.startswith(_CODED) and len(self.hidden) < MOST_HIDDEN:
            self.hidden.append(argument)
        keep = isinstance(argument, str) and len(argument) <= LONGEST_NAME
        self.stack.append(argument if keep else None)

    def _empty(self, argument: Any) -> None:
        self._push_composite([])

    def _from_mark(self, argument: Any) -> None:
        self._push_composite(self._pop_mark())

    def _extend(self, argument: Any) -> None:
        self._add_to_top(self._pop_mark())

    def _mark(self, argument: Any) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def _discard(self, argument: Any) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self._pop_mark()

    def _discard_mark(self, argument: Any) -> None:
        self._pop_mark()

    def _dup(self, argument: Any) -> None:
        self.shared += 1
        self.stack.append(self._top())

    def _tuple1(self, argument: Any) -> None:
        self._push_composite([self._pop()])

    def _tuple2(self, argument: Any) -> None:
        self._push_composite([self._pop(), self._pop()])

    def _tuple3(self, argument: Any) -> None:
        self._push_composite([self._pop(), self._pop(), self._pop()])

    def _append(self, argument: Any) -> None:
        self._add_to_top([self._pop()])

    def _setitem(self, argument: Any) -> None:
        self._add_to_top([self._pop(), self._pop()])

    def _get(self, argument: Any) -> None:
        index = int(argument)
        if not self.memo.holds(index):
            self.missing_memo += 1
        value = self.memo.get(index)
        self.shared += type(value) is list
        self.stack.append(value)

    def _put(self, argument: Any) -> None:
        index = int(argument)
        if index < 0:
            raise BrokenStream("a memo index is negative")
        if index > HUGE_INDEX and index > 16 * len(self.memo):
            self.huge_index = max(self.huge_index, index)
        self.memo.put(index, self._top())

    def _memoize(self, argument: Any) -> None:
        self.memo.put(len(self.memo), self._top())

    def _extension(self, argument: Any) -> None:
        self.extensions += 1
        self.stack.append(None)

    def _global(self, argument: Any) -> None:
        module, _, name = (argument or "").partition(" ")
        self._import(module or None, name or None)

    def _stack_global(self, argument: Any) -> None:
        name = self._pop()
        self._import(self._pop(), name)

    def _inst(self, argument: Any) -> None:
        self._global(argument)  # the unpickler written in Python imports before it looks for the mark
        self.stack.pop()
        self.calls += 1
        self._push_composite(self._pop_mark())

    def _obj(self, argument: Any) -> None:
        arguments = self._pop_mark()
        if not arguments:
            raise BrokenStream("OBJ finds no class after its mark")
        self.calls += 1
        self._push_composite(arguments[1:])

    def _call2(self, argument: Any) -> None:
        arguments = self._pop()
        self._pop()
        self.calls += 1
        self._push_composite([arguments])

    def _newobj_ex(self, argument: Any) -> None:
        keywords, arguments = self._pop(), self._pop()
        self._pop()
        self.calls += 1
        self._push_composite([arguments, keywords])

    def _build(self, argument: Any) -> None:
        self._add_to_top([self._pop()])
        self.calls += 1

    def _binpersid(self, argument: Any) -> None:
        self._pop()
        self.stack.append(None)

    def _stop(self, argument: Any) -> None:
        self._pop()


Step = Callable[[Machine, Any], None]
_GROUPS: dict[Step, str] = {
    Machine._nothing: "PROTO FRAME READONLY_BUFFER",
    Machine._push: (
        "INT BININT BININT1 BININT2 LONG LONG1 LONG4 NONE NEWTRUE NEWFALSE FLOAT BINFLOAT NEXT_BUFFER PERSID"
    ),
    Machine._bytes: "BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8",
    Machine._text: ("STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8"),
    Machine._empty: "EMPTY_LIST EMPTY_DICT EMPTY_SET EMPTY_TUPLE",
    Machine._from_mark: "TUPLE LIST DICT FROZENSET",
    Machine._extend: "APPENDS SETITEMS ADDITEMS",
    Machine._get: "GET BINGET LONG_BINGET",
    Machine._put: "PUT BINPUT LONG_BINPUT",
    Machine._extension: "EXT1 EXT2 EXT4",
}
_SINGLE: dict[str, Step] = {
    "MARK": Machine._mark, "POP": Machine._discard, "POP_MARK": Machine._discard_mark,
    "DUP": Machine._dup, "TUPLE1": Machine._tuple1, "TUPLE2": Machine._tuple2, "TUPLE3": Machine._tuple3,
    "APPEND": Machine._append, "SETITEM": Machine._setitem, "MEMOIZE": Machine._memoize,
    "GLOBAL": Machine._global, "STACK_GLOBAL": Machine._stack_global, "INST": Machine._inst,
    "OBJ": Machine._obj, "NEWOBJ": Machine._call2, "NEWOBJ_EX": Machine._newobj_ex,
    "REDUCE": Machine._call2, "BUILD": Machine._build, "BINPERSID": Machine._binpersid,
    "STOP": Machine._stop,
}  # fmt: skip
STEPS: dict[str, Step] = {name: step for step, names in _GROUPS.items() for name in names.split()} | _SINGLE
"""Opcode name → what it does to a machine, given its argument."""
