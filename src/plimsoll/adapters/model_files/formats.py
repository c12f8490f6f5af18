"""Names the format of some bytes by their content; the file's name is never asked.

Magic numbers from the formats' own specifications. A format that is not read here still gets its
name, so that the answer "not covered" says what was not covered. Used only inside the limited
process.
"""

from __future__ import annotations

import struct
from enum import StrEnum

from plimsoll.adapters.model_files.bytes import Slab

__all__ = ["HEAD", "Format", "also_reads_as", "sniff"]

HEAD = 4096
"""How many bytes the sniffing looks at."""


class Format(StrEnum):
    """A format by the word that readers see."""

    EMPTY = "empty"
    PICKLE = "pickle"
    ZIP = "zip archive"
    NPY = "NumPy array"
    SAFETENSORS = "safetensors"
    JSON = "JSON"
    TEXT = "text"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    LZMA = "LZMA"
    ZLIB = "zlib"
    LZ4 = "LZ4"
    ZSTD = "Zstandard"
    COMPRESS = "compress"
    SEVEN_ZIP = "7z"
    RAR = "RAR"
    TAR = "tar"
    HDF5 = "HDF5"
    GGUF = "GGUF"
    GGML = "GGML"
    TFLITE = "TensorFlow Lite"
    PROTOBUF = "protocol buffers (as in ONNX and SavedModel)"
    XML = "XML (as in PMML)"
    PARQUET = "Parquet"
    ARROW = "Arrow"
    EXECUTABLE = "machine code"
    UNKNOWN = "unknown format"


_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"PK\x07\x08", Format.ZIP),
    (b"\x93NUMPY", Format.NPY),
    (b"\x1f\x8b", Format.GZIP),
    (b"BZh", Format.BZIP2),
    (b"\xfd7zXZ\x00", Format.XZ),
    (b"\x5d\x00\x00", Format.LZMA),
    (b"\x04\x22\x4d\x18", Format.LZ4),
    (b"\x28\xb5\x2f\xfd", Format.ZSTD),
    (b"\x1f\x9d", Format.COMPRESS),
    (b"7z\xbc\xaf\x27\x1c", Format.SEVEN_ZIP),
    (b"Rar!\x1a\x07", Format.RAR),
    (b"\x89HDF\r\n\x1a\n", Format.HDF5),
    (b"GGUF", Format.GGUF),
    (b"lmgg", Format.GGML),
    (b"tjgg", Format.GGML),
    (b"fmgg", Format.GGML),
    (b"PAR1", Format.PARQUET),
    (b"ARROW1", Format.ARROW),
    (b"\x7fELF", Format.EXECUTABLE),
    (b"MZ", Format.EXECUTABLE),
    (b"<?xml", Format.XML),
)
_ZLIB_SECOND = frozenset(b"\x01\x5e\x9c\xda")
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b")


def sniff(head: bytes, size: int) -> Format:
    """The format that the first `HEAD` bytes of a part of `size` bytes name.

    UNKNOWN and TEXT mean that no format named itself: pickles of protocols 0 and 1 do not.
    """
    if not size:
        return Format.EMPTY
    if is_tar(head):  # before all magic numbers: an archive may begin with any name
        return Format.TAR
    for magic, named in _MAGIC:
        if head.startswith(magic):
            return named
    if len(head) > 1 and head[0] == 0x80 and head[1] <= 5:
        return Format.PICKLE
    if _is_safetensors(head):
        return Format.SAFETENSORS
    if head[4:8] == b"TFL3":
        return Format.TFLITE
    if len(head) > 1 and head[0] == 0x78 and head[1] in _ZLIB_SECOND:
        return Format.ZLIB
    return _by_character(head)


def is_tar(head: bytes) -> bool:
    """Whether the first block is a tar header by its checksum, whatever else it looks like."""
    if len(head) < 512:
        return False
    field = head[148:156].split(b"\x00")[0].strip()
    if not field or not all(byte in b"01234567" for byte in field):
        return False
    return int(field, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:512])


def also_reads_as(slab: Slab, found: Format) -> list[Format]:
    """Other formats that the same bytes are, for a loader that does not look at the first ones.

    HDF5 may start at byte 512 and every doubling of it (format specification, superblock); a zip
    archive is found from its end.
    """
    others: list[Format] = []
    offset = 512
    while found is not Format.HDF5 and offset < slab.size:
        if slab.read(offset, 8) == b"\x89HDF\r\n\x1a\n":
            others.append(Format.HDF5)
            break
        offset *= 2
    if found is not Format.ZIP and _ends_as_zip(slab):
        others.append(Format.ZIP)
    return others


def _ends_as_zip(slab: Slab) -> bool:
    """Whether an end record of a zip archive lies near the end and a directory where it points."""
    start = max(0, slab.size - 65_557)
    tail = slab.read(start, 65_557)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return False
    size = struct.unpack_from("<I", tail, at + 12)[0]
    end = start + at
    locator = tail[max(0, at - 20) : at]
    return (
        locator[:4] == b"PK\x06\x07"  # zip64: the directory lies before the longer end record
        or slab.read(end - size, 4) == b"PK\x01\x02"
    )


def _is_safetensors(head: bytes) -> bool:
    # a header longer than 2**40 bytes is no header; a shorter one that lies is reported as broken
    return len(head) > 9 and head[8] == 0x7B and head[5:8] == b"\x00\x00\x00"


def _by_character(head: bytes) -> Format:
    if b"\x00" not in head and all(byte >= 32 or byte in _TEXT_CONTROLS for byte in head):
        try:
            head[:-4].decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            if error.start < len(head) - 8:
                return Format.UNKNOWN
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text[:1] in (b"{", b"["):
            return Format.JSON
        return Format.XML if text.startswith(b"<PMML") else Format.TEXT
    return Format.PROTOBUF if head[:1] == b"\x08" and b"\x12" in head[:32] else Format.UNKNOWN
