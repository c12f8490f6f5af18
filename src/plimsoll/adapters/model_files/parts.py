"""One model file, part by part: what it is made of, and what loading each part would import.

Archives are opened in archives, every part is sniffed and tried as a pickle, and a part that cannot
be followed leaves a doubt behind. Nothing is loaded. Used only inside the limited process.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from plimsoll.adapters.model_files.archive import (
    STORED,
    Member,
    leaves_folder,
    read_archive,
)
from plimsoll.adapters.model_files.archive_end import BrokenArchive
from plimsoll.adapters.model_files.bytes import (
    Budget,
    LimitReached,
    Slab,
    Source,
)
from plimsoll.adapters.model_files.formats import HEAD, Format, also_reads_as, sniff
from plimsoll.adapters.model_files.machine import Import
from plimsoll.adapters.model_files.reading import Reading
from plimsoll.adapters.model_files.streams import StreamReader
from plimsoll.adapters.model_files.tensors import (
    MalformedHeader,
    check_safetensors,
    finds_key,
    read_array_header,
)
from plimsoll.adapters.model_files.unpack import PACKINGS, Unpacked, UnpackingFeed
from plimsoll.adapters.model_files.window import CHUNK

__all__ = ["OnDanger", "Walk"]

DEEPEST_ARCHIVE = 3
LARGEST_HELD = 64 * 2**20
LARGEST_MEMBER = 2 * 2**30
LARGEST_RATIO = 200
LARGEST_JSON = 32 * 2**20
_TORCH_NAME = re.compile(
    r"((?:.*/)?)(?:(data/[0-9]+)|version|byteorder|\.format_version|\.storage_alignment|\.data/serialization_id)"
)
_TORCH_NOTE = re.compile(rb"[0-9A-Za-z]{0,64}\n?")

OnDanger = Callable[[Import, str], None]


class Walk:
    """One file on its way: what was read so far and what may still be spent."""

    def __init__(self, budget: Budget, on_danger: OnDanger) -> None:
        self.reading = Reading()
        self._budget = budget
        self._streams = StreamReader(self.reading, budget, on_danger)
        self._storages = 0

    def walk(self, slab: Slab) -> Reading:
        """The record of the whole file; what was found before a limit was reached is in it."""
        try:
            found = self._examine(slab, "", depth=0)
            self.reading.format = self.reading.format or found.value
            for other in also_reads_as(slab, found) if found is not Format.EMPTY else ():
                self.reading.doubt(f"the same bytes also read as {other.value}")
                if other is Format.ZIP:
                    self._archive(slab, "at the end", depth=1)
        except LimitReached as limit:
            self.reading.doubt(f"reading stopped: {limit}")
        except MemoryError:
            self.reading.doubt("reading stopped: it needed more memory than allowed")
        self._summarise()
        return self.reading

    # ---------------------------------------------------------------- parts

    def _examine(self, source: Source, where: str, *, depth: int) -> Format:
        self._budget.check_time()
        head = source.read(0, HEAD)
        found = sniff(head, source.size)
        if found is Format.PICKLE:
            self._streams.read(source, where, sure=True)
            return found
        # any bytes may be handed to pickle.load, so every other format is tried as one too
        if found is not Format.EMPTY and self._streams.read(source, where, sure=False):
            if found in (Format.UNKNOWN, Format.TEXT, Format.PROTOBUF):
                return Format.PICKLE
            self.reading.doubt(f"the bytes are {found.value} and also run as a pickle", where)
        if found is Format.ZIP:
            self._nested(source, where, depth=depth)
        elif found is Format.NPY:
            self._array(source, where)
        elif found is Format.SAFETENSORS:
            self._safetensors(source, where)
        elif found is Format.JSON:
            self._settings(source, where)
        elif found is not Format.EMPTY or not where:
            self.reading.not_covered(f"{found.value} is not interpreted", where)
        return found

    def _array(self, source: Source, where: str) -> None:
        try:
            header = read_array_header(source.open())
        except MalformedHeader as error:
            self.reading.doubt(f"a NumPy array is malformed: {error}", where)
            return
        if header.holds_objects:
            self._streams.read(source, where, sure=True, start=header.start)
        elif header.start + header.size != source.size:
            self.reading.doubt(
                f"a NumPy array should have {header.size:,} bytes and has {source.size - header.start:,}",
                where,
            )
        else:
            self.reading.numeric += 1
            self.reading.say("Of NumPy arrays the headers were read; they hold numbers of the stated size.")

    def _safetensors(self, source: Source, where: str) -> None:
        if not isinstance(source, Slab):
            self.reading.doubt("safetensors packed in an archive are too long to be read", where)
            return
        try:
            count = check_safetensors(source)
        except MalformedHeader as error:
            self.reading.doubt(f"safetensors are malformed: {error}", where)
            return
        self.reading.numeric += 1
        self.reading.say(
            f"Of safetensors only the header was interpreted: {count:,} tensors, each of the size that its "
            "type and shape ask for, without gap or overlap; the numbers were not looked at."
        )

    def _settings(self, source: Source, where: str) -> None:
        content = source.read(0, LARGEST_JSON) if source.size <= LARGEST_JSON else b""
        found = finds_key(content, "auto_map") if content else None
        if found:
            self.reading.doubt("“auto_map” makes the loader run code that lies beside this file", where)
        word = "was only searched for “auto_map”" if found is not None else "could not be read as JSON"
        self.reading.not_covered(f"JSON {word}", where)

    # ---------------------------------------------------------------- archives

    def _nested(self, source: Source, where: str, *, depth: int) -> None:
        if depth > DEEPEST_ARCHIVE:
            self.reading.doubt(f"archives are nested more than {DEEPEST_ARCHIVE} deep", where)
        elif not isinstance(source, Slab):
            self.reading.doubt("an archive packed in an archive is too long to be read", where)
        else:
            self._archive(source, where, depth=depth)

    def _archive(self, slab: Slab, where: str, *, depth: int) -> None:
        try:
            archive = read_archive(slab, self._budget)
        except BrokenArchive as error:
            self.reading.doubt(f"a zip archive is broken: {error}", where)
            return
        for oddity in archive.oddities:
            self.reading.doubt(f"a zip archive is odd: {oddity}", where)
        names = [member.name for member in archive.members]
        roots = {
            name.removesuffix("data.pkl")
            for name in names
            if name == "data.pkl" or name.endswith("/data.pkl")
        }
        if not where:
            self.reading.format = _archive_kind(names, roots=bool(roots))
        if not names:
            self.reading.not_covered("a zip archive without members", where)
        for member in archive.members:
            self._budget.check_time()
            path = f"{where} > {member.name}" if where else member.name
            for oddity in member.oddities:
                self.reading.doubt(f"a member {oddity}", path)
            if leaves_folder(member.name):
                self.reading.alarm("a member would be extracted outside the folder", path)
            if member.data >= 0 and not member.is_folder:
                self._member(slab.part(member.data, member.packed), member, path, roots=roots, depth=depth)

    def _member(self, packed: Slab, member: Member, path: str, *, roots: set[str], depth: int) -> None:
        role = _torch_role(member.name, roots)
        if member.method == STORED:
            content: Source = packed
            # a storage may have many gigabytes; no loader unpickles it, so its checksum decides nothing
            if role != "storage" and _checksum(packed, self._budget) != member.crc:
                self.reading.doubt("a member does not fit its checksum", path)
        elif member.method in PACKINGS:
            content = self._unpack(packed, member, path)
        else:
            self.reading.not_covered(f"a member packed by zip method {member.method} is not read", path)
            return
        if role == "note" and content.size <= 65 and _TORCH_NOTE.fullmatch(content.read(0, 65)):
            return
        if role != "storage":
            self._examine(content, path, depth=depth + 1)
        elif not self._streams.read(content, path, sure=False):
            self._storages += 1
            self.reading.numeric += 1

    def _unpack(self, packed: Slab, member: Member, path: str) -> Source:
        """What the member holds, as far as it can be unpacked; every difference is a doubt."""
        feed = UnpackingFeed(packed, self._budget, method=member.method)
        kept: list[bytes] = []
        size = crc = 0
        while piece := feed.take(CHUNK):
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            if size <= LARGEST_HELD:
                kept.append(piece)
            elif size > LARGEST_MEMBER or size > LARGEST_RATIO * max(1, member.packed):
                self.reading.doubt(f"a member inflates to {size:,} bytes or more and was not read on", path)
                return Slab(b"".join(kept), size=sum(map(len, kept)))
        for differs, text in (
            (feed.broken, "cannot be unpacked"),
            (not feed.broken and not feed.ended, "has packed bytes that do not end where they should"),
            (size != member.size, f"claims {member.size:,} bytes and unpacks to {size:,}"),
            (crc != member.crc, "does not fit its checksum"),
        ):
            if differs:
                self.reading.doubt(f"a member {text}", path)
        if size > LARGEST_HELD:
            return Unpacked(packed, self._budget, method=member.method, size=size)
        return Slab(b"".join(kept), size=size)

    # ---------------------------------------------------------------- afterwards

    def _summarise(self) -> None:
        reading = self.reading
        if reading.streams:
            reading.say(
                f"Of pickle streams {reading.streams:,} were followed to their end ({reading.opcodes:,} "
                f"opcodes, {len(reading.names):,} imported names); nothing was loaded."
            )
        if self._storages:
            reading.say(
                f"Of torch's raw tensor storages {self._storages:,} were taken for numbers; no loader "
                "unpickles them, and they were not read further."
            )


def _archive_kind(names: list[str], *, roots: bool) -> str:
    if roots:
        script = any("/code/" in name or name.endswith("constants.pkl") for name in names)
        return "TorchScript archive" if script else "torch zip archive"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy archive (npz)"
    return Format.ZIP.value


def _torch_role(name: str, roots: set[str]) -> str:
    """What torch writes under this name beside a data.pkl: "storage", "note", or nothing (empty)."""
    match = _TORCH_NAME.fullmatch(name)
    if match is None or match[1] not in roots:
        return ""
    return "storage" if match[2] else "note"


def _checksum(slab: Slab, budget: Budget) -> int:
    crc = at = 0
    while piece := slab.read(at, CHUNK):
        crc = zlib.crc32(piece, crc)
        at += len(piece)
        budget.check_time()
    return crc
