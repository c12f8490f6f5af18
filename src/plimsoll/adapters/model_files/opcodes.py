"""One pass over one pickle stream: was it followed to its end, and what would it import and call?

The opcodes come from `pickletools.genops`, one at a time; nothing is loaded and no list is kept.
What was found before a stream broke off still counts, because the unpickler runs it before it
fails. Used only inside the limited process.
"""

from __future__ import annotations

import pickletools
import struct
import warnings
from dataclasses import dataclass
from typing import IO, Any, cast

from plimsoll.adapters.model_files.bytes import Budget, LimitReached
from plimsoll.adapters.model_files.machine import STEPS, BrokenStream, Import, Machine
from plimsoll.adapters.model_files.memo import Memo, Value
from plimsoll.adapters.model_files.window import Window

__all__ = ["EXPANSION_LIMIT", "StreamReading", "read_stream"]

NEWEST_PROTOCOL = 5
EXPANSION_LIMIT = 10**7
"""A value is reported if a walk over it visits more things than this, and a hundred per opcode."""
_PACE = 4096
_MOST_FRAMES = 100_000
_EXPANSION_CAP = 10**15
_SHORT = 4  # PROTO, FRAME, a number, STOP: the longest stream that is just a number
_NUMBERS = frozenset({"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReading:
    """What one pass over a stream found."""

    start: int
    """Offset of its first byte."""
    end: int
    """Offset after the last byte that was read."""
    whole: bool
    """Whether STOP was reached without an error."""
    trouble: str
    """Why it broke off, as the end of a sentence; empty if whole."""
    limited: bool
    """Whether it broke off only because a limit was reached; it may go on."""
    opcodes: int
    """How many opcodes were followed."""
    protocol: int | None
    """What its PROTO opcode says; None without one."""
    imports: tuple[Import, ...]
    """What it would import, in order of appearance."""
    calls: int
    """Opcodes that call something: REDUCE, NEWOBJ, NEWOBJ_EX, INST, OBJ, BUILD."""
    computed_imports: int
    """Imports whose module or name is not spelled out in the stream."""
    extensions: int
    """EXT opcodes, which import by a number from a registry of the loading program."""
    changed_imports: int
    """BUILD and its like applied to an imported thing itself."""
    missing_memo: int
    """Reads of memo entries that this stream did not write."""
    huge_index: int
    """Largest memo index beyond any need; 0 if none."""
    expansion: int
    """Things that a walk over its value visits, if very many; else 0."""
    number: int | None
    """The number that the stream consists of, if it is just one."""
    hidden: tuple[bytes | str, ...]
    """Values in it that begin like a pickle, as they are or written in base64 or hexadecimal."""
    frames: tuple[int, ...]
    """Offsets of its FRAME opcodes, which only tell a reader how far to read ahead."""


class _Pass:
    """The state of one pass that is not the machine's."""

    def __init__(self) -> None:
        self.opcodes = 0
        self.protocol: int | None = None
        self.number: int | None = None
        self.frames: list[int] = []

    def follow(self, window: Window, machine: Machine, budget: Budget) -> None:
        """Feed every opcode to the machine; errors as genops and the machine raise them."""
        # genops asks for read, readline and tell only; its stub asks for a whole file
        for opcode, argument, at in pickletools.genops(cast("IO[bytes]", window)):
            if window.stepped_over:
                window.stepped_over = False
                argument = None
            self.opcodes += 1
            if not self.opcodes % _PACE:
                budget.spend_opcodes(_PACE)
            name = opcode.name
            if self.opcodes <= _SHORT:
                self._note(name, argument)
            if name == "FRAME" and len(self.frames) < _MOST_FRAMES:
                self.frames.append(at or 0)
            STEPS[name](machine, argument)
        budget.spend_opcodes(self.opcodes % _PACE)

    def _note(self, name: str, argument: Any) -> None:
        if name == "PROTO":
            self.protocol = argument
            if argument > NEWEST_PROTOCOL:
                raise BrokenStream(f"pickle protocol {argument} is not known")
        elif name in _NUMBERS:
            self.number = argument


def read_stream(window: Window, budget: Budget, *, memo: Memo | None = None) -> StreamReading:
    """What one pass over the stream at the window found; the window stands behind it afterwards.

    Never raises for what the stream holds. `memo` carries the memo of the stream before.
    """
    machine = Machine(Memo() if memo is None else memo)
    state = _Pass()
    start = window.tell()
    trouble = ""
    expansion = 0
    limited = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in hostile text is nobody's mistake here
        try:
            try:
                state.follow(window, machine, budget)
            finally:
                expansion = _expansion(machine)
        except BrokenStream as error:
            trouble = str(error)
        except LimitReached as error:
            trouble, limited = str(error), True
        except MemoryError:
            trouble, limited = "it needs more memory than allowed", True
        # these are what genops and its readers raise for bytes that are no opcodes
        except (ValueError, KeyError, AssertionError, OverflowError, struct.error) as error:
            trouble = str(error)[:120].replace("\n", " ") or type(error).__name__
    return StreamReading(
        start=start,
        end=window.tell(),
        whole=not trouble,
        trouble=trouble,
        limited=limited,
        opcodes=state.opcodes,
        protocol=state.protocol,
        imports=tuple(machine.imports),
        calls=machine.calls,
        computed_imports=machine.computed_imports,
        extensions=machine.extensions,
        changed_imports=machine.changed_imports,
        missing_memo=machine.missing_memo,
        huge_index=machine.huge_index,
        expansion=expansion if expansion > max(EXPANSION_LIMIT, 100 * state.opcodes) else 0,
        number=state.number if state.opcodes <= _SHORT else None,
        hidden=tuple(machine.hidden),
        frames=tuple(state.frames),
    )


def _expansion(machine: Machine) -> int:
    """How many things a walk over the largest value visits, up to a cap; 0 if it cannot be many.

    A value may hold the same part many times. Nested, a few dozen opcodes describe a structure that
    takes for ever to hash, compare, copy or print.
    """
    if machine.shared < 30:  # 3**15 passes 10**7 and takes 30 repeated references
        return 0
    weights: dict[int, int] = {}
    for composite in machine.composites:
        _weigh(composite, weights)
    return max(weights.values(), default=0)


def _weigh(start: list[Value], weights: dict[int, int]) -> None:
    """Write the weight of `start` and all below it: 1 plus its parts'; a cycle counts once."""
    pending = [start]
    while pending:
        composite = pending[-1]
        key = id(composite)
        state = weights.get(key)
        if state is None:
            weights[key] = 0  # being weighed: a part that leads back here adds nothing
            pending.extend(part for part in composite if id(part) not in weights)
            continue
        pending.pop()
        if state == 0:
            weights[key] = min(_EXPANSION_CAP, 1 + sum(weights[id(part)] for part in composite))
