"""The end record of a zip archive, where every reader of archives begins.

Readers disagree on which of two end records counts and on whether the zip64 record is believed;
whatever can be read in two ways is reported. Source: PKWARE APPNOTE 6.3.10, sections 4.3.14 to
4.3.16. Used only inside the limited process.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from plimsoll.adapters.model_files.bytes import Slab

__all__ = ["BrokenArchive", "EndRecord", "find_end"]

_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF


class BrokenArchive(Exception):
    """No loader could list the members; the text says why."""


@dataclass(slots=True, kw_only=True)
class EndRecord:
    """Where the directory is, by the end record and its zip64 twin."""

    at: int
    """Offset of the end record."""
    directory: int
    """Offset of the directory, as claimed."""
    directory_size: int
    """Bytes of the directory, as claimed."""
    count: int
    """Members, as claimed."""
    directory_end: int
    """Offset after the directory, where the end records begin."""


def find_end(slab: Slab, oddities: list[str]) -> EndRecord:
    """The end record that is used; what is odd is added to `oddities`. BrokenArchive without one."""
    start = max(0, slab.size - 65_557)
    tail = slab.read(start, 65_557)
    fits: list[int] = []
    last = -1
    at = tail.find(b"PK\x05\x06")
    while at >= 0:
        if len(tail) - at >= 22:
            last = at
            if at + 22 + struct.unpack_from("<H", tail, at + 20)[0] == len(tail):
                fits.append(at)
        at = tail.find(b"PK\x05\x06", at + 1)
    if last < 0:
        raise BrokenArchive("it has no end record")
    if last not in fits:
        oddities.append("bytes lie after the end of the archive")
    if len(fits) > 1:
        oddities.append("it has two end records that both fit")
    disk, first_disk, here, count, size, offset = struct.unpack_from("<4H2L", tail, last + 4)
    if disk or first_disk or here != count:
        oddities.append("it claims to be split over several disks")
    end = EndRecord(
        at=start + last, directory=offset, directory_size=size, count=count, directory_end=start + last
    )
    return _widen(slab, end, oddities)


def _widen(slab: Slab, end: EndRecord, oddities: list[str]) -> EndRecord:
    """The end record with the values of the zip64 end record, if there is one."""
    locator = slab.read(end.at - 20, 20) if end.at >= 20 else b""
    if locator[:4] != b"PK\x06\x07":
        return end
    claimed = struct.unpack_from("<Q", locator, 8)[0]
    at = end.at - 20 - 56
    record = slab.read(at, 56)
    if record[:4] != b"PK\x06\x06":
        raise BrokenArchive("its zip64 end record is not where it belongs")
    if claimed != at:
        oddities.append("its zip64 locator points elsewhere than to the zip64 end record")
    _, count, size, offset = struct.unpack_from("<4Q", record, 24)
    wide = EndRecord(at=end.at, directory=offset, directory_size=size, count=count, directory_end=at)
    pairs = (
        (end.count, count, _FULL16),
        (end.directory_size, size, _FULL32),
        (end.directory, offset, _FULL32),
    )
    if any(short not in (long, full) for short, long, full in pairs):
        oddities.append("its two end records disagree")
    return wide
