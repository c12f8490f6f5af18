"""Frames: how bytes stand in the log's own files so that a broken write is told from a changed byte.

Layout (big endian): magic 4, count u32, first u64, length u32 of the body, CRC-32 u32 of those 20 bytes,
SHA-256 of these 24 bytes and of what the kind of frame says (leaf hashes, or the body), body.

The files are zero before a frame is written, and a disk writes whole sectors. So a frame of which a
sector is still zero, or behind whose beginning the file ends, was being written when the machine stopped:
nobody was told that it is in the log, and it may go. A frame that does not hold although each of its
sectors was written has been changed: that is never dropped in silence.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from struct import Struct

from plimsoll.engines.tlog.tiles import leaf_hashes, parse_bundle
from plimsoll.kernel.errors import Untrusted

__all__ = [
    "CHECKPOINT",
    "ENTRIES",
    "HEADER",
    "Frame",
    "blank",
    "body_length",
    "frame_at",
    "frame_of",
    "header_of",
    "is_torn",
]

ENTRIES = b"PLe1"
"""Magic of a frame of entries: its body is a piece of entry bundles, its digest covers the leaf hashes."""
CHECKPOINT = b"PLc1"
"""Magic of a frame of one signed checkpoint: its digest covers the body."""

_FIELDS = Struct(">4sIQI")
_HEADER = Struct(">4sIQII32s")
HEADER = _HEADER.size
"""Bytes before the body."""
SECTOR = 512
"""The smallest piece that a disk writes whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame that holds."""

    first: int
    """Index of its first entry; for a checkpoint, the size of the log."""
    count: int
    """How many entries it has; 1 for a checkpoint."""
    start: int
    """Where it begins in the file."""
    end: int
    """Where the next one begins."""
    body: bytes
    """Its bytes behind the header."""
    entries: list[bytes]
    """The entries in it; none in the frame of a checkpoint."""
    leaves: bytes
    """Their leaf hashes, one behind the other."""


def header_of(magic: bytes, *, first: int, count: int, length: int, covered: bytes) -> bytes:
    """The header of a frame with a body of that length; its digest covers the header and `covered`."""
    fields = _FIELDS.pack(magic, count, first, length)
    check = zlib.crc32(fields)
    digest = hashlib.sha256(fields + check.to_bytes(4, "big") + covered).digest()
    return _HEADER.pack(magic, count, first, length, check, digest)


def frame_of(magic: bytes, *, first: int, count: int, body: bytes, covered: bytes) -> bytes:
    """The bytes of a frame whose digest covers its header and `covered`."""
    return header_of(magic, first=first, count=count, length=len(body), covered=covered) + body


def frame_at(content: bytes, start: int, magic: bytes) -> Frame | None:
    """The frame that begins there, or None where nothing was written or a write was broken off.

    Untrusted if the bytes were changed: the sentence says where they begin.
    """
    header = content[start : start + HEADER]
    if len(header) < HEADER or (not any(header[:4]) and blank(content, start)):
        return None
    found, count, first, length, check, digest = _HEADER.unpack(header)
    if found != magic or zlib.crc32(header[: _FIELDS.size]) != check:
        _refuse_changed(content, start, start + HEADER, unless=_header_behind(content, start, magic))
        return None
    end = start + HEADER + length
    body = content[start + HEADER : end]
    if len(body) < length:
        return None
    covered, entries = body, list[bytes]()
    if magic == ENTRIES:
        try:
            entries = parse_bundle(body, count)
            covered = leaf_hashes(entries)
        except Untrusted:
            _refuse_changed(content, start, end, unless=not blank(content, end))
            return None
    if hashlib.sha256(header[: _FIELDS.size + 4] + covered).digest() != digest:
        _refuse_changed(content, start, end, unless=not blank(content, end))
        return None
    leaves = covered if magic == ENTRIES else b""
    return Frame(first=first, count=count, start=start, end=end, body=body, entries=entries, leaves=leaves)


def body_length(content: bytes, start: int) -> int:
    """Bytes of the body of the frame there, which was seen to hold before."""
    return int.from_bytes(content[start + 16 : start + 20], "big")


def blank(content: bytes, start: int) -> bool:
    """Whether nothing but zeros comes from there on."""
    return content.count(0, start) == len(content) - start


def is_torn(content: bytes, start: int, end: int) -> bool:
    """Whether some sector between the two places, or the part of it that lies there, is still zero."""
    at = start
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        if content.count(0, at, stop) == stop - at:
            return True
        at = stop
    return False


def _header_behind(content: bytes, start: int, magic: bytes) -> bool:
    """Whether a header that holds comes later: then the frame here was flushed before that one was begun."""
    at = content.find(magic, start + 1)
    while at >= 0:
        fields = content[at : at + _FIELDS.size]
        if content[at + _FIELDS.size : at + _FIELDS.size + 4] == zlib.crc32(fields).to_bytes(4, "big"):
            return True
        at = content.find(magic, at + 1)
    return False


def _refuse_changed(content: bytes, start: int, end: int, *, unless: bool) -> None:
    """Untrusted, but not if the writing of the frame was broken off and nothing was written behind it."""
    if unless or not is_torn(content, start, end):
        raise Untrusted(
            f"The frame at byte {start:,} was changed after it was written.",
            hint="Put the file back from a copy; nothing behind this place is trusted.",
        )
