"""Model files built at test time: harmless ones, and ones that would run a command if loaded.

The only command in here creates an empty marker file in the test's own folder. Nothing in the zoo is
ever loaded, so the marker never appears; every test that walks the zoo checks that.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TORCH_MAGIC = 0x1950A86A20F9469CFC6C
Animals = dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    name: str
    content: bytes
    answer: str
    file_name: str = "model.bin"


# ---------------------------------------------------------------- pickles by hand


def text(value: str) -> bytes:
    content = value.encode()
    return b"X" + struct.pack("<I", len(content)) + content


def call(module: str, name: str, argument: str) -> bytes:
    """Opcodes that push the result of one call with one text."""
    return b"c" + f"{module}\n{name}\n".encode() + text(argument) + b"\x85R"


def stream(body: bytes, protocol: int = 4) -> bytes:
    return bytes([0x80, protocol]) + body + b"."


class Payload:
    """Pickles to a call of os.system."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        import os

        return os.system, (f"touch {self.marker}",)


def expansion_bomb(levels: int = 40) -> bytes:
    """Lists that each hold the one before twice: a walk over it visits 2**levels things."""
    doubled = b"".join(b"(h" + bytes([n]) + b"h" + bytes([n]) + b"lq" + bytes([n + 1]) for n in range(levels))
    return b"\x80\x02]q\x00" + doubled + b"."


def legacy_torch(body: bytes, tail: bytes = b"") -> bytes:
    """The five streams of torch's format before 1.6, and what follows them."""
    system = {
        "protocol_version": 1001,
        "little_endian": True,
        "type_sizes": {"short": 2, "int": 4, "long": 4},
    }
    numbers = (TORCH_MAGIC, 1001, system)
    return b"".join(pickle.dumps(n, 2) for n in numbers) + stream(body, 2) + pickle.dumps(["0"], 2) + tail


def raw_storage(count: int) -> bytes:
    return struct.pack("<q", count) + np.arange(count, dtype="<f4").tobytes()


TENSOR = (
    b"ctorch._utils\n_rebuild_tensor_v2\n(("
    + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu")
    + b"K\x04tQK\x00K\x04\x85K\x01\x85\x89" + b"ccollections\nOrderedDict\n)RtR"
)  # fmt: skip


# ---------------------------------------------------------------- containers


LOCAL, CENTRAL, PACKED = b"PK\x03\x04", b"PK\x01\x02", zipfile.ZIP_DEFLATED


def archive(members: Animals, *, method: int = 0, prefix: bytes = b"", extra: bytes = b"") -> bytes:
    target = io.BytesIO()
    target.write(prefix)
    with zipfile.ZipFile(target, "a" if prefix else "w") as written:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.extra = extra
            written.writestr(entry, content, compress_type=method)
    return target.getvalue()


def nested(content: bytes, depth: int) -> bytes:
    for _ in range(depth):
        content = archive({"in.zip": content})
    return content


def torch_zip(
    pickled: bytes, storages: dict[str, bytes] | None = None, extra: dict[str, bytes] | None = None
) -> bytes:
    return archive(
        {
            "archive/data.pkl": pickled,
            "archive/byteorder": b"little",
            **{f"archive/data/{key}": content for key, content in (storages or {}).items()},
            "archive/version": b"3\n",
            "archive/.data/serialization_id": b"1" * 40,
            **(extra or {}),
        }
    )


def patched(content: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """The archive with bytes of its first record of this signature replaced."""
    at = content.index(signature) + offset
    return content[:at] + value + content[at + len(value) :]


def array(values: object, dtype: str | None = None) -> bytes:
    target = io.BytesIO()
    np.lib.format.write_array(target, np.array(values, dtype=dtype), allow_pickle=True)
    return target.getvalue()


def saved_arrays() -> bytes:
    target = io.BytesIO()
    np.savez(target, a=np.arange(3), b=np.eye(2))
    return target.getvalue()


def object_array(pickled: bytes) -> bytes:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickled


def tensors(header: object, size: int, *, tail: bytes = b"") -> bytes:
    spelled = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(spelled)) + spelled + bytes(size) + tail


def tensor(begin: int, end: int, dtype: str = "F32", shape: list[int] | None = None) -> dict[str, object]:
    return {
        "dtype": dtype,
        "shape": [(end - begin) // 4] if shape is None else shape,
        "data_offsets": [begin, end],
    }


def tape(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as written:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        written.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def bomb(size: int) -> bytes:
    return archive({"archive/data.pkl": b"\x80\x02" + b"N0" * 8 + bytes(size)}, method=PACKED)


def polyglot_safetensors(body: bytes) -> bytes:
    """A header whose length bytes and JSON are also opcodes: BINUNICODE over its start, then `body`."""
    lead = b'{"__metadata__":{"a":"'
    # 'X' + length: the text it swallows ends inside the JSON string, where the opcodes wait
    length = 0x58 | (len(lead) + 3) << 8
    start = lead + body
    filler = b" " * (length - len(start) - 3)
    return struct.pack("<Q", length) + start + b'"}}' + filler


# ---------------------------------------------------------------- the animals


def _flagged_pickles(marker: Path) -> Animals:
    command = text(f"touch {marker}")
    payload = Payload(marker)
    posix, system, run = text("posix"), text("system"), b"\x93" + command + b"\x85R"
    collections, ordered = text("collections"), text("OrderedDict")
    spelled = posix + system + run
    touch = f"touch {marker}".encode()
    decoy = stream(posix + b"\x94" + system + b"\x94\x86")
    return {
        **{f"os.system by protocol {n}": pickle.dumps(payload, n) for n in range(6)},
        "eval": stream(call("builtins", "eval", "1")),
        "exec by its Python 2 name": stream(call("__builtin__", "exec", "1"), 2),
        "pickle.loads by its Python 2 name": stream(call("cPickle", "loads", "N."), 2),
        "hidden in nested lists": pickle.dumps([{"weights": [1.0, (2, [payload])]}]),
        "in a dictionary key": pickle.dumps({("a", payload): 1}),
        "broken tail after the payload": pickle.dumps(payload, 4)[:-1] + b"\xff\xffrest",
        "cut off after the payload": pickle.dumps(payload, 2)[:-1],
        "popped after it ran": stream(spelled + b"0N"),
        "names from the memo": stream(posix + b"\x940" + system + b"\x940h\x00h\x01" + run),
        "a memo entry written twice": stream(
            collections
            + b"q\x000"
            + ordered
            + b"q\x010"
            + posix
            + b"q\x000"
            + system
            + b"q\x010h\x00h\x01"
            + run
        ),
        "names shifted by DUP and POP": stream(posix + b"20" + system + b"20" + run),
        "a memo shared by two streams": (
            decoy + stream(collections + b"\x940" + ordered + b"\x940h\x00h\x01" + run)
        ),
        "payload in the last of many streams": pickle.dumps(1) * 20 + stream(spelled),
        "INST": b"(S'" + touch + b"'\niposix\nsystem\n.",
        "OBJ": b"(cposix\nsystem\nS'" + touch + b"'\no.",
        "NEWOBJ_EX": stream(b"csubprocess\nPopen\n)}\x92"),
        "no protocol header": spelled + b".",
        "text protocol": b"cos\npopen\n(S'echo'\ntR.",
        "dotted way to os.system": stream(call("torch", "os.system", "true")),
        "dotted way to sys.modules": stream(call("collections", "abc.sys.modules", "x")),
        "attrgetter": stream(call("operator", "attrgetter", "system")),
        "resolve_name": stream(call("pkgutil", "resolve_name", "os:system")),
        "a name made while loading": stream(posix + b"ccollections\nOrderedDict\n)R\x93"),
        "legacy torch that runs": legacy_torch(spelled, raw_storage(4)),
        "legacy torch with a sixth stream": legacy_torch(TENSOR, stream(spelled)),
        "legacy torch whose magic number runs": stream(call("builtins", "eval", hex(TORCH_MAGIC)), 2),
    }


def _doubtful_pickles() -> Animals:
    return {
        "a stranger's loader": stream(call("joblib", "load", "evil.pkl")),
        "importlib": stream(call("importlib", "import_module", "os")),
        "marshal": stream(call("marshal", "loads", "x")),
        "an extension code": stream(b"\x82\x01)R"),
        "a name too long to be one": stream(text("a" * 300) + text("b") + b"\x93"),
        "a memo entry nobody wrote": stream(b"h\x05"),
        "a huge memo index": stream(b"Nr\xff\xff\xff\x7f"),
        "a pickle in a value": pickle.dumps({"w": b"\x80\x04cos\nsystem\n."}),
        "too many values that begin like pickles": pickle.dumps(
            [b"\x80\x04" + bytes([n]) for n in range(100)]
        ),
        "a pickle in base64 in a value": pickle.dumps({"w": "gASMAm9zlIwGc3lzdGVtlJOULg=="}),
        "a pickle in hexadecimal in a value": pickle.dumps(["80028c026f738c0673797374656d932e"]),
        "a pickle in a pickle in a value": pickle.dumps([pickle.dumps([b"\x80\x04cos\nsystem\n."])]),
        "expansion bomb": expansion_bomb(),
        "expansion bomb filled from above": b"\x80\x02"
        + b"".join(b"]q%c0" % n for n in range(41))
        + b"".join(b"h%ch%cah%ca0" % (n + 1, n, n) for n in range(39, -1, -1))
        + b"h\x28.",
        "an attribute set on a class": stream(b"ctorch\nFloatStorage\n}" + text("a") + b"K\x01sb"),
        "a length beyond the file": b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x00ab.",
        "bytes after STOP": pickle.dumps([1, 2]) + b"\xff\xfe",
        "nothing but PROTO": b"\x80\x04",
        "legacy torch with a strange tail": legacy_torch(TENSOR, b"\xff" * 40),
        "words that read as an import": b"cat\ndog\nbird\n",
    }


def _flagged_archives(marker: Path) -> Animals:
    evil, fine = pickle.dumps(Payload(marker), 2), stream(TENSOR, 2)
    plain = archive({"a/data.pkl": evil})
    twice = archive({"a/data.pkl": fine, "b/data.pkl": evil}).replace(b"b/data.pkl", b"a/data.pkl")
    two_arrays = {"a.npy": array([1.0]), "b.npy": object_array(evil)}
    inner = archive({"a.pkl": evil}, method=PACKED)
    return {
        **{
            f"zip with flag {flag:#x}": patched(plain, CENTRAL, 8, struct.pack("<H", flag))
            for flag in (0x1, 0x20, 0x40, 0x2000)
        },
        "torch": torch_zip(evil, {"0": bytes(64)}),
        "torch with a second pickle": torch_zip(fine, {"0": bytes(64)}, {"archive/notes.txt": evil}),
        "torch with a pickle for a storage": torch_zip(fine, {"0": evil}),
        "a member without extension": archive({"weights": evil}),
        "a packed member with another extension": archive({"config.json": evil}, method=PACKED),
        "zip packed by bzip2": archive({"a.pkl": evil}, method=12),
        "zip packed by LZMA": archive({"a.pkl": evil}, method=14),
        "zip with a wrong checksum": patched(plain, CENTRAL, 16, bytes(4)),
        "zip with another name in the local header": patched(plain, LOCAL, 30, b"x"),
        "zip with the same name twice": twice,
        "zip with a way out of the folder": archive({"../../up.npy": array([1.0])}),
        "zip with an absolute name": archive({"/etc/up.npy": array([1.0])}),
        "zip with a drive letter": archive({"C:\\up.npy": array([1.0])}),
        "an archive in an archive": archive({"in.zip": inner}),
        "object array": object_array(evil),
        "object array in an npz": archive(two_arrays, method=PACKED),
        "safetensors that run as a pickle": polyglot_safetensors(call("posix", "system", "true") + b"."),
        "safetensors that end as a zip": tensors(
            {"w": tensor(0, len(inner), "U8", [len(inner)])}, 0, tail=inner
        ),
    }


def _doubtful_archives(marker: Path) -> Animals:
    evil, fine, numbers = pickle.dumps(Payload(marker), 2), stream(TENSOR, 2), array([1.0])
    torch = torch_zip(fine)
    twice = archive({"a.npy": numbers, "b.npy": numbers}).replace(b"b.npy", b"a.npy")
    return {
        "zip with a wrong checksum and no payload": patched(torch, CENTRAL, 16, bytes(4)),
        "zip with another method in the local header": patched(torch, LOCAL, 8, b"\x08\x00"),
        "zip with another size in the local header": patched(torch, LOCAL, 22, b"\x01"),
        "zip marked as encrypted": patched(torch, CENTRAL, 8, b"\x01\x00"),
        "zip without a local header": patched(torch, LOCAL, 0, b"QQ"),
        "zip with the same harmless name twice": twice,
        "zip with bytes before it": archive({"a.npy": numbers}, prefix=b"PK\x03\x04" + bytes(96)),
        "zip with bytes after it": archive({"a.npy": numbers}) + b"after",
        "zip with two end records": archive({"a.npy": numbers}) + b"PK\x05\x06" + bytes(18),
        "zip cut in the middle": torch_zip(fine, {"0": bytes(5000)})[:3000],
        "archives without end": nested(evil, 6),
        "npy with bytes after it": array([1.0, 2.0]) + b"x",
        "npy that ends early": array([1.0, 2.0])[:-1],
        "npy with a strange dtype": numbers.replace(b"<f8", b"<q8"),
        "npy with code for a header": numbers.replace(b"(1,)", b"f(1)"),
        "zip bomb": bomb(80 * 2**20),
        "zip bomb in a zip": archive({"in.zip": bomb(80 * 2**20)}, method=PACKED),
    }


def _doubtful_others() -> Animals:
    fine = tensors({"w": tensor(0, 16)}, 16)
    one = b'"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    header = {"w": tensor(0, 1024, "U8", [1024])}
    data = bytes(512 - len(tensors(header, 0))) + b"\x89HDF\r\n\x1a\n"
    return {
        "JSON that calls code": b'{"model_type": "x", "auto_map": {"AutoModel": "m.M"}}',
        "JSON that calls code, spelled": b'{"a": [{"\\u0061uto_map": {}}]}',
        "safetensors that overlap": tensors({"a": tensor(0, 16), "b": tensor(8, 24)}, 24),
        "safetensors with a gap": tensors({"a": tensor(0, 8), "b": tensor(16, 24)}, 24),
        "safetensors with a key twice": tensors(b"{" + one + b"," + one + b"}", 4),
        "safetensors with bytes after them": fine + b"PK",
        "safetensors that end early": fine[:-1],
        "safetensors of a wrong size": tensors({"w": tensor(0, 16, shape=[5])}, 16),
        "safetensors of a strange type": tensors({"w": tensor(0, 16, "F33")}, 16),
        "safetensors with negative offsets": tensors({"w": tensor(-4, 0)}, 0),
        "safetensors whose header is too long": b"\xff\xff\xff\x7f\x00\x00\x00\x00{}",
        "safetensors whose header is cut": tensors(b'{"a":1', 0),
        "safetensors with nested metadata": tensors({"__metadata__": {"a": {"b": "c"}}}, 0),
        "safetensors that hold HDF5 as well": tensors(header, 0, tail=data.ljust(1024, b"\x00")),
    }


def _uncovered(marker: Path) -> Animals:
    evil, fine = pickle.dumps(Payload(marker), 2), stream(TENSOR, 2)
    return {
        "gzip": gzip.compress(evil),
        "bzip2": bz2.compress(evil),
        "xz": lzma.compress(evil),
        "LZMA": lzma.compress(evil, lzma.FORMAT_ALONE),
        "zlib": zlib.compress(evil),
        "7z": b"7z\xbc\xaf\x27\x1c" + evil,
        "LZ4": b"\x04\x22\x4d\x18" + evil,
        "tar": tape("pickle", evil),
        "tar that begins like a pickle": tape("\x80\x02N.", evil),
        "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(200),
        "GGUF": b"GGUF\x03\x00\x00\x00" + bytes(16),
        "ONNX": b"\x08\x07\x12\x07pytorch\x1a\x03" + bytes(40),
        "empty": b"",
        "Python": b"import os\nos.getcwd()\n",
        "a future protocol": stream(b"N", 9),
        "zip packed by a method that is not read": patched(
            patched(archive({"a.npy": array([1.0])}), LOCAL, 8, b"\x09\x00"), CENTRAL, 10, b"\x09\x00"
        ),
        "zip without members": archive({}),
        "TorchScript with code": torch_zip(fine, {}, {"archive/code/m.py": b"def f(): pass\n"}),
    }


def malicious(marker: Path) -> list[Sample]:
    """Everything that must never be called clean, with the answer that it gets."""
    answers: dict[str, Animals] = {
        "flagged": _flagged_pickles(marker) | _flagged_archives(marker),
        "inconclusive": _doubtful_pickles() | _doubtful_archives(marker) | _doubtful_others(),
        "not covered": _uncovered(marker),
    }
    return [
        Sample(name=name, content=content, answer=answer)
        for answer, animals in answers.items()
        for name, content in animals.items()
    ]


def benign() -> list[Sample]:
    """Numbers and plain values, as their own libraries write them."""
    fine = stream(TENSOR, 2)
    values = {"a": [1, 2.5, "x", None, (True,)]}
    header = {"__metadata__": {"format": "pt"}, "a": tensor(0, 16), "b": tensor(16, 20)}
    found: Animals = {
        **{f"plain values by protocol {n}": pickle.dumps(values, n) for n in range(6)},
        "values that begin like pickles": pickle.dumps(
            [b"\x80\x04", "gASxyz", "8004zz", "gAS\xff", "\x80\u20ac"]
        ),
        "a harmless pickle in a value": pickle.dumps([pickle.dumps([1, OrderedDict()])]),
        "an OrderedDict": pickle.dumps(OrderedDict(a=1), 4),
        "an array by protocol 4": pickle.dumps(np.arange(12.0), 4),
        "many long texts": pickle.dumps([OrderedDict(a="x" * 70_000) for _ in range(9)], 4),
        "a long array": pickle.dumps(np.zeros(200_000), 4),
        "a memo written out of order": stream(b"Nq\x02q\x00q\x01h\x02\x940"),
        "three streams": pickle.dumps(1) + pickle.dumps([2]) + pickle.dumps("three"),
        "legacy torch": legacy_torch(TENSOR, raw_storage(4)),
        "torch zip": torch_zip(fine, {"0": raw_storage(4)[8:]}),
        "torch zip whose numbers begin like a pickle": torch_zip(fine, {"0": b"\x80\x02" + bytes(14)}),
        "npy": array([[1.0, 2.0], [3.0, 4.0]]),
        "npy of a record": array([(1, 2.0)], "i4,f8"),
        "npy of text": array(["a", "bc"]),
        "npy of dates": array(["2026-01-01"], "M8[D]"),
        "npy of objects": array([{"a": 1}, None], "O"),
        "npz": archive({"a.npy": array([1.0]), "b.npy": array([1, 2, 3])}),
        "npz as NumPy writes it": saved_arrays(),
        "npz packed by bzip2": archive({"a.npy": array([1.0])}, method=12),
        "npz packed by LZMA": archive({"a.npy": array([1.0])}, method=14),
        "packed npz": archive({"a.npy": array(np.zeros(1000))}, method=PACKED),
        "safetensors": tensors(header, 20),
        "safetensors without tensors": tensors({}, 0),
        "safetensors of half bytes": tensors({"a": tensor(0, 3, "F4", [2, 3])}, 3),
    }
    return [Sample(name=name, content=content, answer="clean") for name, content in found.items()]
