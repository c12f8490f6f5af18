"""Reads the structure of a zip archive twice, from both ends, and writes down every difference.

Loaders disagree: some follow the directory at the end, some the header before each member, and some
ignore flags, checksums or names. An archive that says one thing in two ways is read by the directory
and reported. Every byte must belong to a member, to the directory or to the end record. Source: PKWARE
APPNOTE 6.3.10, sections 4.3 to 4.5. Used only inside the limited process.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from plimsoll.adapters.model_files.archive_end import BrokenArchive, EndRecord, find_end
from plimsoll.adapters.model_files.bytes import Budget, LimitReached, Slab

__all__ = ["STORED", "Archive", "Member", "leaves_folder", "read_archive"]

STORED = 0
MOST_MEMBERS = 100_000
LONGEST_DIRECTORY = 64 * 2**20

_ENCRYPTED = 0x0001
_DESCRIPTOR = 0x0008
_STRANGE_FLAGS = 0x0001 | 0x0020 | 0x0040 | 0x2000
_FULL32 = 0xFFFFFFFF


@dataclass(slots=True, kw_only=True)
class Member:
    """One member as the directory describes it."""

    name: str
    """Its name, decoded."""
    spelled: bytes
    """Its name as written."""
    flags: int
    """General purpose bit flag."""
    method: int
    """Compression method."""
    crc: int
    """CRC-32 of the content."""
    packed: int
    """Bytes in the archive."""
    size: int
    """Bytes of content, as claimed."""
    header: int
    """Offset of its local header."""
    data: int = -1
    """Offset of its packed bytes; -1 if its local header cannot be read."""
    oddities: list[str] = field(default_factory=list)
    """What is wrong with it, each as the end of a sentence."""

    @property
    def is_folder(self) -> bool:
        """Whether it only names a folder."""
        return self.name.endswith("/") and not self.size and not self.packed


@dataclass(slots=True, kw_only=True)
class Archive:
    """What the archive says about itself."""

    members: list[Member]
    """In the order of the directory."""
    oddities: list[str]
    """What is wrong with the archive as a whole, each as a sentence."""


def read_archive(slab: Slab, budget: Budget) -> Archive:
    """The members and every oddity; BrokenArchive without a directory, LimitReached if it is huge."""
    oddities: list[str] = []
    end = find_end(slab, oddities)
    shift = end.directory_end - end.directory_size - end.directory
    if shift < 0:
        raise BrokenArchive("its directory would begin before the file")
    if shift:
        oddities.append(f"{shift:,} bytes lie before the archive")
    members = _read_directory(slab, end, shift, oddities, budget)
    spans: list[tuple[int, int]] = []
    for number, member in enumerate(members):
        if not number % 1024:
            budget.check_time()
        _compare_local(slab, member)
        _check_name(member)
        if member.data >= 0:
            spans.append((member.header, _end_of(slab, member)))
    _account(spans, shift, end.directory_end - end.directory_size, oddities)
    _find_twins(members)
    return Archive(members=members, oddities=oddities)


# ---------------------------------------------------------------- the directory


def _read_directory(
    slab: Slab, end: EndRecord, shift: int, oddities: list[str], budget: Budget
) -> list[Member]:
    if end.directory_size > LONGEST_DIRECTORY:
        raise LimitReached(f"the archive's directory has {end.directory_size:,} bytes")
    content = slab.read(end.directory_end - end.directory_size, end.directory_size)
    members: list[Member] = []
    at = 0
    while at < len(content):
        if content[at : at + 4] != b"PK\x01\x02" or len(content) - at < 46:
            oddities.append("its directory holds bytes that are no entry")
            break
        if len(members) >= MOST_MEMBERS:
            raise LimitReached(f"the archive has more than {MOST_MEMBERS:,} members")
        member, at = _entry(content, at, shift)
        members.append(member)
        if not len(members) % 1024:
            budget.check_time()
    if len(members) != end.count:
        oddities.append(f"its end record counts {end.count:,} members, its directory {len(members):,}")
    return members


def _entry(content: bytes, at: int, shift: int) -> tuple[Member, int]:
    flags, method = struct.unpack_from("<2H", content, at + 8)
    crc, packed, size, name_length, extra_length, note_length = struct.unpack_from("<3L3H", content, at + 16)
    header = struct.unpack_from("<L", content, at + 42)[0]
    spelled = content[at + 46 : at + 46 + name_length]
    extra = content[at + 46 + name_length : at + 46 + name_length + extra_length]
    wide = [size, packed, header]
    oddities = _widen_sizes(extra, wide)
    member = Member(
        name=_decode(spelled, flags),
        spelled=spelled,
        flags=flags,
        method=method,
        crc=crc,
        packed=wide[1],
        size=wide[0],
        header=wide[2] + shift,
        oddities=oddities,
    )
    return member, at + 46 + name_length + extra_length + note_length


def _widen_sizes(extra: bytes, values: list[int]) -> list[str]:
    """Replace full 32-bit values by those of the zip64 extra field, in order; what is odd."""
    oddities: list[str] = []
    at = 0
    while len(extra) - at >= 4:
        kind, length = struct.unpack_from("<2H", extra, at)
        body = extra[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == 0x0001:
            for place, value in enumerate(values):
                if value == _FULL32 and len(body) >= 8:
                    values[place] = struct.unpack_from("<Q", body)[0]
                    body = body[8:]
        elif kind == 0x7075:
            oddities.append("carries a second name in an extra field")
    return oddities


def _decode(spelled: bytes, flags: int) -> str:
    return spelled.decode("utf-8" if flags & 0x0800 else "cp437", "backslashreplace")


# ---------------------------------------------------------------- the members


def _compare_local(slab: Slab, member: Member) -> None:
    """Read the local header, set where the data begin, and write down every difference."""
    local = slab.read(member.header, 30)
    if len(local) < 30 or local[:4] != b"PK\x03\x04":
        member.oddities.append("has no local header where the directory says")
        return
    flags, method = struct.unpack_from("<2H", local, 6)
    crc, packed, size, name_length, extra_length = struct.unpack_from("<3L2H", local, 14)
    rest = slab.read(member.header + 30, name_length + extra_length)
    wide = [size, packed]
    member.oddities += _widen_sizes(rest[name_length:], wide)
    member.data = member.header + 30 + name_length + extra_length
    if member.data + member.packed > slab.size:
        member.oddities.append("claims more bytes than the file has")
    if rest[:name_length] != member.spelled:
        member.oddities.append("has another name in its local header")
    if flags != member.flags:
        member.oddities.append("has other flags in its local header")
    if method != member.method:
        member.oddities.append("has another compression method in its local header")
    if (member.flags | flags) & _STRANGE_FLAGS:
        word = "encrypted" if (member.flags | flags) & _ENCRYPTED else "patched or masked"
        member.oddities.append(f"is marked as {word}")
    later = flags & _DESCRIPTOR  # the values may follow the data
    values = (
        (crc, member.crc, "checksum"),
        (wide[1], member.packed, "packed size"),
        (wide[0], member.size, "size"),
    )
    for found, told, what in values:
        if found != told and not (later and found in (0, _FULL32)):
            member.oddities.append(f"has another {what} in its local header")
    if member.method == STORED and member.packed != member.size:
        member.oddities.append("is stored, and its two sizes differ")


def _end_of(slab: Slab, member: Member) -> int:
    """Offset after the member, its data descriptor included."""
    end = member.data + member.packed
    if not member.flags & _DESCRIPTOR:
        return end
    for form in ("<4sL2Q", "<4s3L", "<L2Q", "<3L"):
        length = struct.calcsize(form)
        field_bytes = slab.read(end, length)
        if len(field_bytes) < length:
            continue
        values = struct.unpack(form, field_bytes)
        signed = form.startswith("<4s")
        if signed and values[0] != b"PK\x07\x08":
            continue
        if values[signed:] == (member.crc, member.packed, member.size):
            return end + length
    if slab.read(end, 4) == b"PK\x07\x08":
        member.oddities.append("has other sizes or another checksum in the record that follows it")
    else:
        member.oddities.append("lacks the record that should follow it")
    return end


def _check_name(member: Member) -> None:
    if "\x00" in member.name or not member.name:
        member.oddities.append("has a name that loaders read differently")
    if "\\" in member.name:
        member.oddities.append("has a backslash in its name")


def leaves_folder(name: str) -> bool:
    """Whether extracting a member of this name would write outside the folder."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ".." in plain.split("/") or plain[1:3] == ":/"


def _account(spans: list[tuple[int, int]], start: int, end: int, oddities: list[str]) -> None:
    """Write down bytes that belong to no member, and bytes that belong to two."""
    at = start
    gaps = overlaps = 0
    for begin, finish in sorted(spans):
        gaps += max(0, begin - at)
        overlaps += begin < at
        at = max(at, finish)
    gaps += max(0, end - at)
    overlaps += at > end
    if gaps:
        oddities.append(f"{gaps:,} bytes between its members belong to none of them")
    if overlaps:
        oddities.append("its members overlap one another")


def _find_twins(members: list[Member]) -> None:
    seen: set[str] = set()
    for member in members:
        if member.name in seen:
            member.oddities.append("has the same name as another member")
        seen.add(member.name)
