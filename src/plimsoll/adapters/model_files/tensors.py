"""Formats that hold numbers only: safetensors, and NumPy arrays without objects.

Both are believed only if their whole layout holds: nothing overlaps, nothing is left over, every
size follows from the header. Sources: the safetensors format description (huggingface/safetensors,
README, "Format") and NEP 1 / `numpy.lib.format`. Used only inside the limited process.
"""

from __future__ import annotations

import ast
import json
import math
import re
import struct
from dataclasses import dataclass
from typing import Any

from plimsoll.adapters.model_files.bytes import Slab
from plimsoll.adapters.model_files.window import Window
from plimsoll.kernel.canonical import read_json
from plimsoll.kernel.errors import BadInput

__all__ = ["ArrayHeader", "MalformedHeader", "check_safetensors", "finds_key", "read_array_header"]

LONGEST_SAFETENSORS_HEADER = 32 * 2**20
LONGEST_ARRAY_HEADER = 64 * 2**10
_DEEPEST_DTYPE = 20
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
_NUMERIC = re.compile(r"[<>|=]?(?:\?|[biufcSUVmM](\d{0,9})(?:\[[0-9A-Za-z/]{1,20}\])?)")
_OBJECT = re.compile(r"[<>|=]?(?:O\d{0,2}|object(?:_|0)?)")


class MalformedHeader(Exception):
    """A rule of the format does not hold; the text says which."""


# ---------------------------------------------------------------- safetensors


def check_safetensors(slab: Slab) -> int:
    """The number of tensors, after every rule of the layout was found to hold; else MalformedHeader."""
    length = struct.unpack("<Q", slab.read(0, 8))[0]
    if length > slab.size - 8:
        raise MalformedHeader(f"its header claims {length:,} bytes, the file has {slab.size:,}")
    if length > LONGEST_SAFETENSORS_HEADER:
        raise MalformedHeader(f"its header has {length:,} bytes, more than is read")
    try:
        header = read_json(slab.read(8, length), what="its header", limit=LONGEST_SAFETENSORS_HEADER)
    except BadInput as error:
        raise MalformedHeader(error.message.rstrip(".")) from error
    if not isinstance(header, dict):
        raise MalformedHeader("its header is not an object")
    _check_metadata(header.pop("__metadata__", {}))
    spans = sorted(_span(name, entry) for name, entry in header.items())
    at = 0
    for begin, end, name in spans:
        if begin != at:
            word = "overlaps what lies before it" if begin < at else "leaves a gap before it"
            raise MalformedHeader(f"the tensor {name[:80]} {word}")
        at = end
    if at != slab.size - 8 - length:
        raise MalformedHeader(f"its tensors end at byte {at:,} of {slab.size - 8 - length:,} bytes of data")
    return len(spans)


def _check_metadata(metadata: Any) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise MalformedHeader("its __metadata__ is not an object of texts")


def _span(name: str, entry: Any) -> tuple[int, int, str]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise MalformedHeader(f"the tensor {name[:80]} does not have exactly dtype, shape and data_offsets")
    bits = _BITS.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if bits is None:
        raise MalformedHeader(f"the tensor {name[:80]} has the unknown dtype {str(entry['dtype'])[:20]}")
    shape, offsets = _counts(entry["shape"]), _counts(entry["data_offsets"])
    if shape is None or offsets is None or len(offsets) != 2:
        raise MalformedHeader(f"the tensor {name[:80]} has a shape or data_offsets that are not counts")
    if (offsets[1] - offsets[0]) * 8 != math.prod(shape) * bits:
        raise MalformedHeader(f"the tensor {name[:80]} has a size that does not follow from dtype and shape")
    return offsets[0], offsets[1], name


def _counts(value: Any) -> list[int] | None:
    """The list if it holds at most 64 whole numbers from 0 to 2**63, else None."""
    if not isinstance(value, list | tuple) or len(value) > 64:
        return None
    fits = all(type(number) is int and 0 <= number < 2**63 for number in value)
    return list(value) if fits else None


# ---------------------------------------------------------------- NumPy


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayHeader:
    """What the header of a .npy part says."""

    holds_objects: bool
    """Whether a pickle follows instead of numbers."""
    start: int
    """Where the data begin."""
    size: int
    """Bytes of numbers that must follow; 0 if it holds objects."""


def read_array_header(window: Window) -> ArrayHeader:
    """The header of the array at the window, which stands behind it afterwards; else MalformedHeader.

    A dtype that is not plainly numeric counts as holding objects.
    """
    lead = window.read(8)
    sizes = {1: "<H", 2: "<I", 3: "<I"}
    if len(lead) < 8 or lead[6] not in sizes:
        raise MalformedHeader("it has a version that is not known")
    form = sizes[lead[6]]
    field = window.read(struct.calcsize(form))
    if len(field) < struct.calcsize(form):
        raise MalformedHeader("it ends inside its header")
    length = struct.unpack(form, field)[0]
    if length > LONGEST_ARRAY_HEADER:
        raise MalformedHeader(f"its header has {length:,} bytes, more than is read")
    text = window.read(length)
    if len(text) < length:
        raise MalformedHeader("it ends inside its header")
    described = _literal(text)
    shape = _counts(described["shape"])
    if shape is None or not isinstance(described["fortran_order"], bool):
        raise MalformedHeader("its header has no plain shape and order")
    itemsize = _itemsize(described["descr"], depth=0)
    size = 0 if itemsize is None else itemsize * math.prod(shape)
    return ArrayHeader(holds_objects=itemsize is None, start=window.tell(), size=size)


def _literal(text: bytes) -> dict[str, Any]:
    try:
        value = ast.literal_eval(text.decode("utf-8").strip())
    # these are what a literal that is none can raise, by the documentation of ast.literal_eval
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise MalformedHeader("its header is not a plain literal") from error
    if not isinstance(value, dict) or set(value) != {"descr", "fortran_order", "shape"}:
        raise MalformedHeader("its header does not have exactly descr, fortran_order and shape")
    return value


def _itemsize(described: Any, *, depth: int) -> int | None:
    """Bytes of one item, or None if any part is or may be an object."""
    if depth > _DEEPEST_DTYPE:
        raise MalformedHeader("its dtype is nested too deeply")
    if isinstance(described, str):
        return _plain_itemsize(described)
    if isinstance(described, tuple) and len(described) == 2:
        return _repeated(described[0], described[1], depth=depth)
    if isinstance(described, list) and described:
        sizes = [_field_itemsize(field, depth=depth) for field in described]
        return None if None in sizes else sum(size for size in sizes if size is not None)
    return None


def _plain_itemsize(described: str) -> int | None:
    match = _NUMERIC.fullmatch(described)
    if match is None:
        if not _OBJECT.fullmatch(described):
            raise MalformedHeader(f"its dtype “{described[:40]}” is not known")
        return None
    kind = described.lstrip("<>|=")[0]
    if kind == "?":
        return 1
    if not match[1]:
        raise MalformedHeader(f"its dtype “{described[:40]}” has no size")
    return int(match[1]) * (4 if kind == "U" else 1)


def _repeated(inner: Any, shape: Any, *, depth: int) -> int | None:
    counts = _counts(shape if isinstance(shape, list | tuple) else (shape,))
    size = _itemsize(inner, depth=depth + 1)
    if size is None:
        return None
    if counts is None:
        raise MalformedHeader("its dtype has a field whose shape is not counts")
    return size * math.prod(counts)


def _field_itemsize(field: Any, *, depth: int) -> int | None:
    if not isinstance(field, tuple) or len(field) not in (2, 3):
        return None
    if len(field) == 3:
        return _repeated(field[1], field[2], depth=depth)
    return _itemsize(field[1], depth=depth + 1)


def finds_key(content: bytes, key: str) -> bool | None:
    """Whether a JSON text has the key anywhere, even twice or escaped; None if it is no JSON."""
    found = False

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or any(name == key for name, _ in pairs)

    try:
        json.loads(content, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return None
    return found
