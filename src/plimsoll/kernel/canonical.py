"""Canonical JSON bytes (RFC 8785) and the digests that identify records by them.

Two parties that hold the same value get the same bytes, whatever the order of keys or the way
numbers were written. Serialising is left to the `rfc8785` library; this module adds strict reading
and turns the library's errors into ours.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any

import rfc8785

from plimsoll.kernel.errors import BadInput, ErrorCode
from plimsoll.kernel.ids import Digest

__all__ = ["canonical_bytes", "canonical_bytes_of_read", "digest_bytes", "digest_value", "read_json"]

_LARGEST = 2**53 - 1
"""Up to here every whole number is kept exactly by every reader of JSON (RFC 7493, section 2.2)."""
_ODD = re.compile(rb"[\xf0-\xff]|[0-9](?:\.0(?:[],}]|$)|e[-+][0-9])")
_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def canonical_bytes(value: Any) -> bytes:  # JSON values have no narrower type
    """The RFC 8785 form of a JSON value, UTF-8 encoded.

    Accepts None, bool, int within ±(2**53 − 1), finite float, str, and lists, tuples and
    string-keyed dicts of these. Raises BadInput for anything else, lone surrogates and nesting beyond
    what the writer can hold included.
    """
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"The value has no canonical JSON form: {str(error)[:120]}.",
            hint="Use strings, whole numbers below 2**53, finite numbers, true, false and null.",
        ) from error


def canonical_bytes_of_read(value: Any) -> bytes:  # JSON values have no narrower type
    """The same as `canonical_bytes`, several times as fast, for a value that `read_json` returned.

    Python's own writer gives the same bytes but for numbers with an exponent or a fraction of zero, and the
    order of keys beyond the basic plane (bytes from F0); what looks like one of these is written slowly.
    For other values it establishes nothing: keys that are no text, or numbers too large, would pass.
    BadInput for nesting beyond what the writer can hold.
    """
    try:
        quick = _WRITER.encode(value).encode()
    except RecursionError:
        return canonical_bytes(value)  # which says so
    return canonical_bytes(value) if _ODD.search(quick) else quick


def digest_bytes(content: bytes) -> Digest:
    """The SHA-256 of the bytes as 64 lower-case hexadecimal characters."""
    return Digest(hashlib.sha256(content).hexdigest())


def digest_value(value: Any) -> Digest:  # JSON values have no narrower type
    """The SHA-256 of the canonical form of a JSON value; errors as `canonical_bytes`."""
    return digest_bytes(canonical_bytes(value))


def read_json(content: bytes, *, what: str, limit: int = 8 * 2**20) -> Any:
    """The JSON value in `content`, read strictly: what is read has a canonical form.

    Refuses more than `limit` bytes, invalid UTF-8, duplicate keys, NaN and infinities, numbers that
    would become infinite or another whole number, lone surrogates, and nesting beyond what the reader
    can hold, each with a BadInput that names `what`.
    """
    if len(content) > limit:
        raise BadInput(
            f"{what} is {len(content):,} bytes long.",
            hint=f"At most {limit:,} bytes are read.",
            code=ErrorCode.TOO_LARGE,
        )
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_exact,
        )
        # A lone surrogate can only come in as an escape: UTF-8 has none. It has no bytes to write.
        if _SURROGATE.search(content) and not _encodable(value):
            raise ValueError("half a surrogate pair is no character")
        return value
    except UnicodeDecodeError as error:
        raise BadInput(f"{what} is not UTF-8 text (byte {error.start}).") from error
    except RecursionError as error:
        raise BadInput(f"{what} is nested too deeply to be read.") from error
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{what} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    except ValueError as error:
        raise BadInput(f"{what} is not strict JSON: {error}.") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key “{key[:40]}” appears twice")
        found[key] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def _exact(digits: str) -> int | float:
    if len(digits) > 25:
        raise ValueError(f"{digits[:20]}… has too many digits for a whole number")
    number = int(digits)
    if -_LARGEST <= number <= _LARGEST:
        return number
    # RFC 8785 writes 1e16 as 10000000000000000; that is read back as the same number, others are not.
    if rfc8785.dumps(float(number)) == digits.encode():
        return float(number)
    raise ValueError(f"{digits} is too large a whole number to be kept exactly")


def _encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
