from __future__ import annotations

import gc
import hashlib
import io
import json
import os
import pickle
import pickletools
import socket
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.adapters.collectors import model_file as collector
from plimsoll.adapters.collectors.model_file import collect
from plimsoll.adapters.limited import Ending, LimitedRun, Limits, run_limited
from plimsoll.adapters.model_files import (
    archive as file_archive,
)
from plimsoll.adapters.model_files import (
    machine as file_machine,
)
from plimsoll.adapters.model_files import (
    opinion as file_opinion,
)
from plimsoll.adapters.model_files import (
    parts as file_parts,
)
from plimsoll.adapters.model_files import (
    streams as file_streams,
)
from plimsoll.adapters.model_files import (
    subject as file_subject,
)
from plimsoll.adapters.model_files import (
    tensors as file_tensors,
)
from plimsoll.adapters.model_files import (
    walk as file_walk,
)
from plimsoll.adapters.model_files.bytes import Budget, Slab
from plimsoll.adapters.model_files.machine import STEPS, Import
from plimsoll.adapters.model_files.opcodes import read_stream
from plimsoll.adapters.model_files.opinion import levels_of
from plimsoll.adapters.model_files.parts import Walk
from plimsoll.engines.checks.card import ParameterValue
from plimsoll.engines.checks.model_file import MODEL_FILE, folder_digest
from plimsoll.engines.checks.recording import Recording, Subject
from plimsoll.engines.checks.result import CheckResult, Outcome
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput
from tests.adapters import zoo

MARKER = Path("/nowhere/marker")
MALICIOUS = zoo.malicious(MARKER)
BENIGN = zoo.benign()


def walk(content: bytes, *, opcodes: int = 5_000_000, inflated: int = 2**30) -> dict[str, Any]:
    """What the walk writes down, here in this process."""
    budget = Budget(seconds=60, inflated=inflated, opcodes=opcodes)
    reading = Walk(budget, lambda found, where: None).walk(Slab(content, size=len(content)))
    return json.loads(json.dumps(reading.to_json()))  # type: ignore[no-any-return]


def recorded(content: bytes, reading: dict[str, Any]) -> Recording:
    digest = digest_bytes(content)
    file = {"path": "model.bin", "sha256": digest, "size": len(content), "reading": reading}
    return Recording(
        check="model-file",
        version="1",
        subjects=(Subject(name="model.bin", digest=digest, size=len(content)),),
        seen={"kind": "file", "files": [file], "not_read": []},
    )


def judged(content: bytes, parameters: dict[str, ParameterValue] | None = None, **limits: int) -> CheckResult:
    return MODEL_FILE.judge(recorded(content, walk(content, **limits)), parameters or {})


def said(result: CheckResult) -> str:
    return "; ".join(reason.text for reason in result.judgement.reasons)


@pytest.fixture(scope="module")
def zoo_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Recording]]:
    """Every animal, walked in the limited process, as a recording of its own; and nothing ran."""
    folder, elsewhere = tmp_path_factory.mktemp("zoo"), tmp_path_factory.mktemp("elsewhere")
    marker = elsewhere / "marker"
    animals = zoo.malicious(marker) + BENIGN
    for number, animal in enumerate(animals):
        (folder / f"{number:03}.bin").write_bytes(animal.content)
    files = collect(folder, {}).seen["files"]
    assert len(files) == len(animals)
    pairs = zip(animals, files, strict=True)
    yield {animal.name: recorded(animal.content, file["reading"]) for animal, file in pairs}
    assert not marker.exists()
    assert list(elsewhere.iterdir()) == []


# ---------------------------------------------------------------- the zoo


@pytest.mark.parametrize("animal", MALICIOUS, ids=lambda animal: animal.name)
def test_nothing_malicious_or_malformed_is_clean(
    animal: zoo.Sample, zoo_folder: dict[str, Recording]
) -> None:
    result = MODEL_FILE.judge(zoo_folder[animal.name], {})

    assert result.answer == animal.answer, said(result)
    assert result.answer != "clean"
    assert result.outcome is not Outcome.PASS
    assert result.findings or result.read


@pytest.mark.parametrize("animal", BENIGN, ids=lambda animal: animal.name)
def test_numbers_and_plain_values_are_clean(animal: zoo.Sample, zoo_folder: dict[str, Recording]) -> None:
    result = MODEL_FILE.judge(zoo_folder[animal.name], {})

    assert result.answer == "clean", said(result)
    assert result.outcome is Outcome.PASS
    assert result.findings == ()
    assert result.read


@pytest.mark.parametrize("animal", MALICIOUS + BENIGN, ids=lambda animal: animal.name)
def test_the_walk_is_the_same_in_every_process(animal: zoo.Sample, zoo_folder: dict[str, Recording]) -> None:
    here = walk(animal.content, inflated=2**32)
    there = zoo_folder[animal.name].seen["files"][0]["reading"]

    # payloads name their own marker file, whose path differs in length
    for reading in (here, there):
        for name in reading["names"]:
            name["where"] = ""
    assert here["names"] == there["names"]
    assert here["format"] == there["format"]
    assert len(here["doubts"]) == len(there["doubts"])


def test_the_zoo_has_at_least_forty_kinds_of_trouble() -> None:
    assert len({animal.name for animal in MALICIOUS}) == len(MALICIOUS) >= 40


def test_a_name_that_picklescan_calls_dangerous_cannot_be_accepted() -> None:
    content = zoo.stream(zoo.call("posix", "system", "true"))

    assert judged(content, {"accept_globals": ("posix.system",)}).answer == "flagged"


def test_a_dotted_name_cannot_be_accepted() -> None:
    content = zoo.stream(zoo.call("torch", "nn.Linear", "x"))

    assert judged(content, {"accept_globals": ("torch.nn.Linear",)}).answer == "inconclusive"


def test_a_scikit_learn_model_is_clean_once_its_names_are_accepted() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    model = ensemble.RandomForestClassifier(n_estimators=2).fit([[0.0], [1.0]], [0, 1])
    content = pickle.dumps(model)
    first = judged(content)
    names = tuple(finding.text.split(" ", 1)[0] for finding in first.findings)

    second = judged(content, {"accept_globals": names})

    assert first.answer == "inconclusive"
    assert "sklearn.ensemble._forest.RandomForestClassifier" in names
    assert second.answer == "clean"
    assert "accepted by accept_globals" in said(second)
    assert all(name in said(second) for name in names)
    assert judged(content, {"accept_globals": names[1:]}).answer == "inconclusive"


def test_a_name_is_asked_by_everything_that_it_may_reach() -> None:
    asked = [
        Import("torch", "os.system"),
        Import("commands", "getoutput"),
        Import("a.b", "c.subprocess.Popen.communicate"),
        Import("collections", "OrderedDict"),
        Import("sklearn.svm", "SVC"),
        Import("__builtin__", "reduce"),
    ]

    assert list(levels_of(asked).values()) == ["dangerous"] * 3 + ["innocuous"] + ["suspicious"] * 2


def test_many_names_are_all_asked() -> None:
    asked = [Import("some.module", f"Name{n}") for n in range(2500)] + [Import("os", "system")]

    levels = levels_of(asked)

    assert len(levels) == len(asked)
    assert levels[Import("os", "system")] == "dangerous"


# ---------------------------------------------------------------- limits


def test_a_payload_behind_more_opcodes_than_are_followed_is_never_clean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_streams, "_BEYOND_BREAK", 0)  # picklescan would find it, and reads less
    content = zoo.polyglot_safetensors(b"N0" * 5000 + zoo.call("posix", "system", "true") + b".")
    numbers = zoo.stream(b"N0" * 5000 + b"N")

    assert judged(content, opcodes=1000).answer == "inconclusive"
    assert judged(numbers, opcodes=1000).answer == "inconclusive"
    assert judged(numbers).answer == "clean"


def test_every_opcode_that_there_is_has_a_step() -> None:
    assert set(STEPS) == {opcode.name for opcode in pickletools.opcodes}


def test_a_stream_of_too_many_names_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    content = zoo.stream(b"".join(b"ca\nname%d\n0" % n for n in range(4)) + b"N")
    names = tuple(f"a.name{n}" for n in range(4))
    assert judged(content, {"accept_globals": names}).answer == "clean"

    monkeypatch.setattr(file_machine, "MOST_IMPORTS", 3)

    assert judged(content, {"accept_globals": names}).answer == "inconclusive"
    assert "imports more than 3 different names" in said(judged(content))


def test_what_was_found_before_a_limit_still_counts() -> None:
    content = zoo.stream(zoo.call("posix", "system", "true") + b"0" + b"N0" * 5000 + b"N")

    assert judged(content, opcodes=1000).answer == "flagged"


def test_an_archive_may_not_inflate_beyond_the_limit() -> None:
    content = zoo.archive({f"{n}.npy": zoo.array([float(n)] * 1000) for n in range(50)}, method=zoo.PACKED)

    assert judged(content, inflated=100_000).answer == "inconclusive"
    assert judged(content).answer == "clean"


def test_a_long_packed_part_is_read_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_parts, "LARGEST_HELD", 2**16)
    noise = os.urandom(2**18)
    evil = zoo.stream(b"B" + struct.pack("<I", 2**18) + noise + b"0" + zoo.call("os", "popen", "x"))
    numbers = np.frombuffer(noise, dtype="<f4")
    parts = {
        "clean": zoo.array(numbers),
        "flagged": evil,
        "inconclusive": zoo.tensors({"a": zoo.tensor(0, 2**18)}, 0, tail=noise),
    }

    for answer, content in parts.items():
        result = judged(zoo.archive({"a": content}, method=zoo.PACKED))
        assert result.answer == answer, said(result)
    assert judged(zoo.archive({"a": zoo.archive({"b": noise})}, method=zoo.PACKED)).answer == "inconclusive"


def test_a_long_argument_is_stepped_over() -> None:
    lines = b"V" + b"a" * (3 * 2**20) + b"\n"
    content = zoo.stream(b"B" + struct.pack("<I", 2**21) + bytes(2**21) + b"0" + lines + b"0" + zoo.TENSOR)

    result = judged(content)

    assert result.answer == "clean", said(result)
    assert judged(content[: 2**20]).answer == "inconclusive"
    assert judged(content[: 4 * 2**20]).answer == "inconclusive"


def test_a_name_too_long_to_look_at_is_a_doubt() -> None:
    content = zoo.stream(b"c" + b"a" * (3 * 2**20) + b"\nb\n")

    assert judged(content).answer == "inconclusive"


def test_an_array_behind_a_very_long_header_is_a_doubt() -> None:
    content = b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**20) + b" " * 2**20

    assert judged(content).answer == "inconclusive"


# ---------------------------------------------------------------- archives as torch writes them


def torch_written(
    *, wide: bool = True, descriptor: str = "<4sL2Q", crc: int = 0, entries: int = 1, pointer: int = 0
) -> bytes:
    """One member with its sizes after the data, and zip64 end records: the layout that torch writes."""
    content, name = zoo.stream(zoo.TENSOR, 2), b"archive/data.pkl"
    check, size = zlib.crc32(content) ^ crc, len(content)
    local = b"PK\x03\x04" + struct.pack("<5H3L2H", 0, 0x0808, 0, 0, 0, 0, 0, 0, len(name), 0) + name
    values = (b"PK\x07\x08", check, size, size)
    after = struct.pack(descriptor, *values[not descriptor.startswith("<4s") :]) if descriptor else b""
    start = len(local) + size + len(after)
    body = b"PK\x01\x02" + struct.pack("<6H3L", 0, 0, 0x0808, 0, 0, 0, zlib.crc32(content), size, size)
    body += struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, 0) + name
    end64 = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, entries, entries, len(body), start)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, start + len(body) + pointer, 1)
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, len(body), start, 0)
    return local + content + after + body + ((end64 + locator) if wide else b"") + end


@pytest.mark.parametrize("descriptor", ["<4sL2Q", "<4s3L", "<L2Q", "<3L"])
@pytest.mark.parametrize("wide", [True, False])
def test_sizes_may_stand_behind_the_data(descriptor: str, wide: bool) -> None:
    result = judged(torch_written(descriptor=descriptor, wide=wide))

    assert result.answer == "clean", said(result)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (torch_written(crc=1), "in the record that follows it"),
        (torch_written(crc=1, descriptor="<3L"), "lacks the record that should follow it"),
        (torch_written(descriptor=""), "lacks the record that should follow it"),
        (torch_written(entries=2), "its two end records disagree"),
        (torch_written(entries=2), "counts 2 members, its directory 1"),
        (torch_written(pointer=4), "its zip64 locator points elsewhere"),
        (
            torch_written().replace(b"PK\x06\x06", b"PK\x06\x05"),
            "its zip64 end record is not where it belongs",
        ),
    ],
)
def test_an_archive_that_says_it_in_two_ways_is_a_doubt(content: bytes, words: str) -> None:
    result = judged(content)

    assert result.answer == "inconclusive"
    assert words in said(result)


def oddities_of(content: bytes) -> str:
    return said(judged(content))


def test_every_oddity_of_an_archive_has_its_sentence() -> None:
    plain = zoo.archive({"a.npy": zoo.array([1.0]), "b.npy": zoo.array([2.0])})
    packed = zoo.archive({"a.npy": zoo.array([1.0] * 100)}, method=zoo.PACKED)
    at = plain.index(zoo.CENTRAL)
    end = plain.index(b"PK\x05\x06")
    entry = zoo.CENTRAL + bytes(42)
    second_name = struct.pack("<2H", 0x7075, 1) + b"x"

    def end_record(place: int, form: str, value: int) -> bytes:
        changed_end = bytearray(plain)
        struct.pack_into(form, changed_end, end + place, value)
        return bytes(changed_end)

    assert "split over several disks" in oddities_of(end_record(4, "<H", 1))
    assert "counts 9 members" in oddities_of(
        end_record(8, "<H", 9).replace(b"\x09\x00\x02\x00", b"\x09\x00\x09\x00")
    )
    assert "would begin before the file" in oddities_of(end_record(16, "<L", 2**31))
    assert "hold" in oddities_of(zoo.patched(plain, zoo.CENTRAL, 0, b"PK\x01\x07"))
    assert "claims more bytes than the file has" in oddities_of(
        zoo.patched(plain, zoo.CENTRAL, 20, struct.pack("<2L", 10**6, 10**6))
    )
    assert "two sizes differ" in oddities_of(zoo.patched(plain, zoo.CENTRAL, 24, struct.pack("<L", 5)))
    assert "members overlap" in oddities_of(zoo.patched(plain, zoo.CENTRAL, 20, struct.pack("<2L", 250, 250)))
    assert "belong to none" in oddities_of(zoo.patched(plain, zoo.CENTRAL, 20, struct.pack("<2L", 9, 9)))
    assert "has other flags" in oddities_of(zoo.patched(plain, zoo.LOCAL, 6, b"\x00\x08"))
    assert "patched or masked" in oddities_of(zoo.patched(plain, zoo.CENTRAL, 8, b"\x20\x00"))
    assert "read differently" in oddities_of(plain.replace(b"a.npy", b"a\x00npy"))
    assert "backslash" in oddities_of(plain.replace(b"a.npy", b"a\\npy"))
    assert "second name" in oddities_of(zoo.archive({"a.npy": zoo.array([1.0])}, extra=second_name))
    assert "cannot be unpacked" in oddities_of(packed.replace(packed[35:60], b"\xff" * 25))
    assert "do not end where they should" in oddities_of(
        zoo.patched(packed, zoo.CENTRAL, 20, struct.pack("<L", 20))
    )
    squeezed = zoo.archive({"a.npy": zoo.array([1.0])}, method=14)
    lead = squeezed.index(b"\x05\x00", 35)
    for place, value in ((0, b"\x09"), (2, b"\xff"), (3, b"\xff" * 4), (9, b"\xff" * 20)):
        assert "cannot be unpacked" in oddities_of(
            zoo.patched(squeezed, squeezed[lead : lead + 9], place, value)
        )
    assert "claims 9 bytes and unpacks to" in oddities_of(zoo.patched(packed, zoo.CENTRAL, 24, b"\x09\x00"))
    assert "no entry" in oddities_of(plain[:end] + entry[:10] + end_record(12, "<L", end - at + 10)[end:])


def test_sizes_beyond_32_bits_are_read_from_the_extra_field() -> None:
    values = [0xFFFFFFFF, 5, 0xFFFFFFFF]
    extra = struct.pack("<2H3B", 0x1234, 3, 1, 2, 3) + struct.pack("<2H2Q", 1, 16, 2**33, 2**34)

    assert file_archive._widen_sizes(extra, values) == []
    assert values == [2**33, 5, 2**34]


def test_an_archive_of_too_many_members_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    content = zoo.archive({f"{n}.npy": zoo.array([1.0]) for n in range(5)})

    monkeypatch.setattr(file_archive, "MOST_MEMBERS", 4)
    assert "more than 4 members" in oddities_of(content)
    monkeypatch.setattr(file_archive, "LONGEST_DIRECTORY", 100)
    assert "directory has" in oddities_of(content)


def test_empty_members_and_folders_of_an_archive_are_passed_over() -> None:
    content = zoo.archive({"a/": b"", "a/b.npy": zoo.array([1.0]), "a/empty": b""})

    assert judged(content).answer == "clean"


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("descr", "answer"),
    [
        ("'<f8'", "clean"),
        ("'|b1'", "inconclusive"),
        ("'?'", "inconclusive"),
        ("[('a', '<f4'), ('b', '<i4')]", "clean"),
        ("[('a', '<f4', (2,))]", "clean"),
        ("[('a', '<f4', 2)]", "clean"),
        ("('<f4', (2,))", "clean"),
        ("[(('title', 'a'), '<f8')]", "clean"),
        ("'|O'", "inconclusive"),
        ("[('a', '|O')]", "inconclusive"),
        ("[('a', [('b', '|O', (2,))])]", "inconclusive"),
        ("[('a', '<f4', 'x')]", "inconclusive"),
        ("[1]", "inconclusive"),
        ("[]", "inconclusive"),
        ("'<f'", "inconclusive"),
        ("'nonsense'", "inconclusive"),
        ("1", "inconclusive"),
        ("[('a', " * 30 + "'<f8'" + ")]" * 30, "inconclusive"),
    ],
)
def test_only_a_plainly_numeric_array_of_the_right_size_is_clean(descr: str, answer: str) -> None:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (3,), }}".encode()
    content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\xff" * 24

    assert judged(content).answer == answer


@pytest.mark.parametrize(
    "content",
    [
        b"\x93NUMPY\x09\x00",
        b"\x93NUMPY\x01\x00\x10",
        b"\x93NUMPY\x01\x00\x10\x00{}",
        b"\x93NUMPY\x01\x00\x02\x00{}",
        b"\x93NUMPY\x01\x00\x02\x00{(",
        zoo.array([1.0]).replace(b"(1,)", b"(-1)"),
        zoo.array([1.0]).replace(b"False", b"00000"),
    ],
)
def test_an_array_with_a_broken_header_is_a_doubt(content: bytes) -> None:
    result = judged(content)

    assert result.answer == "inconclusive"
    assert "a NumPy array is malformed" in said(result)


@pytest.mark.parametrize(
    "header",
    [
        {"w": {"dtype": "F32", "shape": [1]}},
        {"w": {"dtype": 3, "shape": [1], "data_offsets": [0, 4]}},
        {"w": {"dtype": "F32", "shape": 1, "data_offsets": [0, 4]}},
        {"w": {"dtype": "F32", "shape": [1.0], "data_offsets": [0, 4]}},
        {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}},
        {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, True]}},
        {"w": 1},
        {"__metadata__": []},
    ],
)
def test_safetensors_with_a_broken_header_are_a_doubt(header: object) -> None:
    assert "safetensors are malformed" in said(judged(zoo.tensors(header, 4)))


def test_a_header_longer_than_is_read_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_tensors, "LONGEST_SAFETENSORS_HEADER", 10)

    assert "more than is read" in said(judged(zoo.tensors({"w": zoo.tensor(0, 4)}, 4)))


def test_json_too_long_to_be_searched_is_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_parts, "LARGEST_JSON", 5)

    assert "could not be read as JSON" in said(judged(b'{"auto_map": 1}'))


# ---------------------------------------------------------------- the second opinion


@pytest.mark.parametrize("error", [ValueError("no"), MemoryError()])
def test_a_failure_of_picklescan_is_a_doubt(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(file_opinion, "scan_pickle_bytes", fail)
    result = judged(pickle.dumps([1]))

    assert result.answer == "inconclusive"
    assert "picklescan" in said(result)


def test_a_stream_too_long_for_picklescan_is_judged_by_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_streams, "LONGEST_FOR_PICKLESCAN", 10)
    evil, fine = zoo.stream(zoo.call("posix", "system", "true")), zoo.stream(zoo.TENSOR)

    assert judged(evil).answer == "flagged"
    assert judged(fine).answer == "clean"
    assert "A stream too long for picklescan was judged by asking it about each name." in judged(fine).read


def test_more_streams_than_are_followed_are_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_streams, "MOST_STREAMS", 3)

    assert judged(pickle.dumps(1) * 3).answer == "clean"
    assert judged(pickle.dumps(1) * 4).answer == "inconclusive"


# ---------------------------------------------------------------- the walk's own process


def test_the_walk_answers_with_one_line_per_file_and_one_at_once_per_danger(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = []
    for letter, content in (("a", zoo.array([1.0])), ("b", pickle.dumps(zoo.Payload(MARKER)))):
        (tmp_path / letter).write_bytes(content)
        status = (tmp_path / letter).stat()
        identity = [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]
        files.append({"path": str(tmp_path / letter), "identity": identity})
    request = {"seconds": 5, "inflated": 1000, "files": [*files, files[0] | {"identity": [0, 0, 0, 0]}]}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(request)))
    for name in ("disable", "freeze"):
        monkeypatch.setattr(gc, name, lambda: None)

    file_walk.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [(line["index"], "danger" in line) for line in lines] == [
        (0, False),
        (1, True),
        (1, False),
        (2, False),
    ]
    assert lines[1]["danger"]["name"] == "system"
    assert lines[3]["reading"]["doubts"]


def test_a_walk_without_time_says_so() -> None:
    budget = Budget(seconds=-1, inflated=1, opcodes=1)
    content = zoo.array([1.0])

    reading = Walk(budget, lambda found, where: None).walk(Slab(content, size=len(content))).to_json()

    assert "longer than -1 seconds" in reading["doubts"][0]["text"]


def test_a_walk_without_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(file_parts, "sniff", exhausted)

    assert "more memory than allowed" in said(judged(b"anything"))


def test_names_that_do_not_print_are_spelled_out() -> None:
    name = b"\x8c\x03a\nb\x8c\x02\xe2\x80".replace(b"\xe2\x80", b"\x1b[")
    reading = walk(zoo.stream(name + b"\x93"))

    assert reading["names"][0]["module"] == "a\\nb"
    assert reading["names"][0]["name"] == "\\x1b["


def test_a_long_list_of_doubts_is_cut_and_counted() -> None:
    content = zoo.archive({f"{n}.npy": zoo.array([1.0])[:-1] for n in range(250)})

    reading = walk(content)

    assert len(reading["doubts"]) == 200
    assert reading["left_out"]["doubts"] == 50
    assert "50 findings are left out of the list; the answer counts them." in judged(content).read


# ---------------------------------------------------------------- what is written down


def test_the_recording_names_the_file_by_its_content(tmp_path: Path) -> None:
    content = zoo.array([1.0, 2.0])
    file = tmp_path / "weights.json"
    file.write_bytes(content)

    recording = collect(file, {})

    assert recording.subjects == (
        Subject(name="weights.json", digest=digest_bytes(content), size=len(content)),
    )
    assert set(recording.tools) == {"picklescan", "python"}
    assert str(tmp_path) not in json.dumps(recording.to_json())
    assert Recording.from_json(json.loads(json.dumps(recording.to_json()))).digest == recording.digest
    assert MODEL_FILE.judge(recording, {}).answer == "clean"


def test_the_same_file_gives_the_same_recording(tmp_path: Path) -> None:
    file = tmp_path / "model.pt"
    file.write_bytes(zoo.torch_zip(pickle.dumps(zoo.Payload(MARKER)), {"0": bytes(64)}))

    assert collect(file, {}).digest == collect(file, {}).digest


def test_a_folder_is_named_by_the_list_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.npy").write_bytes(zoo.array([1.0]))
    (tmp_path / "a.npy").write_bytes(zoo.array([2.0]))

    recording = collect(tmp_path, {})

    listed = [(name, digest_bytes((tmp_path / name).read_bytes()), (tmp_path / name).stat().st_size)
              for name in ("deep/b.npy", "a.npy")]  # fmt: skip
    assert recording.subjects[0].digest == folder_digest(listed)
    assert [file["path"] for file in recording.seen["files"]] == ["a.npy", "deep/b.npy"]
    assert MODEL_FILE.judge(recording, {}).answer == "clean"


def test_one_flagged_file_flags_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(zoo.array([2.0]))
    (tmp_path / "notes.txt").write_bytes(pickle.dumps(zoo.Payload(MARKER)))

    result = MODEL_FILE.judge(collect(tmp_path, {}), {})

    assert result.answer == "flagged"
    assert "notes.txt" in [reason.source for reason in result.judgement.deciding]


def test_what_is_no_regular_file_is_listed_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(zoo.array([2.0]))
    (tmp_path / "outside").symlink_to("/etc/hostname")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        recording = collect(tmp_path, {})

    result = MODEL_FILE.judge(recording, {})

    assert [item["path"] for item in recording.seen["not_read"]] == ["folder", "outside", "pipe", "socket"]
    assert result.answer == "not covered"
    assert any("outside (a symbolic link" in line for line in result.read)


def test_an_empty_folder_is_not_covered(tmp_path: Path) -> None:
    assert MODEL_FILE.judge(collect(tmp_path, {}), {}).answer == "not covered"


def test_a_file_name_that_is_not_text_is_spelled_out(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/w\xff.npy")).write_bytes(zoo.array([1.0]))

    recording = collect(tmp_path, {})

    assert recording.seen["files"][0]["path"] == "w\\xff.npy"
    assert MODEL_FILE.judge(recording, {}).answer == "clean"
    assert recording.digest


def test_a_subject_that_is_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(zoo.array([2.0]))
    (tmp_path / "link.npy").symlink_to(tmp_path / "a.npy")

    assert collect(tmp_path / "link.npy", {}).subjects[0].digest == digest_bytes(zoo.array([2.0]))


def test_a_long_list_of_names_is_cut_and_never_hides_a_dangerous_one(tmp_path: Path) -> None:
    names = b"".join(b"cmodule\nname%d\n0" % n for n in range(900))
    (tmp_path / "m.pkl").write_bytes(
        zoo.stream(names + b"czzz\nlast\n0" + zoo.call("posix", "system", "true"))
    )

    recording = collect(tmp_path / "m.pkl", {})
    reading = recording.seen["files"][0]["reading"]

    assert len(reading["names"]) == 500
    assert reading["names"][0]["name"] == "system"
    assert reading["left_out"]["suspicious"] == 402
    assert MODEL_FILE.judge(recording, {}).answer == "flagged"


def test_a_hostile_folder_cannot_make_the_record_grow_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(collector, "MOST_NAMES", 3)
    for letter in "abcd":
        (tmp_path / letter).write_bytes(
            zoo.stream(zoo.call(letter, "x", "1") + b"0" + zoo.call(letter, "y", "1"))
        )
    (tmp_path / "e").write_bytes(zoo.stream(zoo.call("os", "popen", "1")))

    recording = collect(tmp_path, {})

    assert sum(len(file["reading"]["names"]) for file in recording.seen["files"]) == 4
    assert sum(file["reading"]["left_out"]["suspicious"] for file in recording.seen["files"]) == 5
    assert MODEL_FILE.judge(recording, {}).answer == "flagged"


# ---------------------------------------------------------------- refusals


def refusal(subject: Path, **parameters: ParameterValue) -> BadInput:
    with pytest.raises(BadInput) as caught:
        collect(subject, parameters)
    return caught.value


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "There is no file or folder" in refusal(tmp_path / "none.pt").message


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.pt")

    assert refusal(tmp_path / "model.pt").message == "model.pt is a pipe, neither a file nor a folder."


def test_a_device_is_refused() -> None:
    assert "is a device" in refusal(Path("/dev/zero")).message


def test_a_name_that_no_path_can_have_is_refused() -> None:
    assert "cannot be looked at" in refusal(Path("a\x00b")).message


def test_a_file_that_may_not_be_read_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "m.pt").write_bytes(b"x")

    def deny(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", deny)

    assert refusal(tmp_path / "m.pt").message == "m.pt cannot be read: Permission denied."


def test_a_folder_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(file_subject, "MOST_FILES", 2)
    for number in range(3):
        (tmp_path / str(number)).write_bytes(b"")

    assert "more than 2 files" in refusal(tmp_path).message


def test_a_folder_that_is_too_deep_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(file_subject, "DEEPEST_FOLDER", 1)
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert "folders deep" in refusal(tmp_path).message


def test_a_wrong_parameter_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    missing = tmp_path / "none.pt"

    assert "accept_globals" in refusal(missing, accept_globals=("sklearn.*",)).message
    assert "max_seconds" in refusal(missing, max_seconds=0).message
    assert "no parameter" in refusal(missing, colour="red").message


# ---------------------------------------------------------------- the limited process


def test_a_file_that_changed_since_it_was_hashed_is_a_doubt(tmp_path: Path) -> None:
    file = tmp_path / "m.npy"
    file.write_bytes(zoo.array([1.0]))
    status = file.stat()
    identity = [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns - 1]
    request = {"seconds": 5, "inflated": 1000, "files": [{"path": str(file), "identity": identity}]}

    run = run_limited(collector.WALK, request, limits=Limits(seconds=5))

    assert run.lines[0]["reading"]["doubts"][0]["text"] == "the file was changed while it was being read"
    assert run.lines[0]["reading"]["streams"] == run.lines[0]["reading"]["numeric"] == 0


def test_a_reading_that_crashes_is_inconclusive_and_the_next_file_is_still_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for letter in "abc":
        (tmp_path / letter).write_bytes(zoo.array([1.0]))
    real = run_limited

    def crash_on_the_second(module: str, request: Any, *, limits: Limits) -> LimitedRun:
        if len(request["files"]) == 3:
            first = real(module, request | {"files": request["files"][:1]}, limits=limits)
            danger = {"module": "os", "name": "system", "level": "dangerous", "where": "byte 0"}
            told = {"index": 1, "danger": danger}
            return LimitedRun(ending=Ending.CRASHED, lines=(*first.lines, told))
        return real(module, request, limits=limits)

    monkeypatch.setattr(collector, "run_limited", crash_on_the_second)
    recording = collect(tmp_path, {})
    readings = [file["reading"] for file in recording.seen["files"]]
    result = MODEL_FILE.judge(recording, {})

    assert [reading["numeric"] for reading in readings] == [1, 0, 1]
    assert readings[1]["doubts"][0]["text"] == "the reading process was stopped: it ended before it was done"
    assert result.answer == "flagged"
    assert [reason.source for reason in result.judgement.deciding] == ["b"]


def test_a_walk_that_does_not_start_is_inconclusive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(zoo.array([1.0]))
    monkeypatch.setattr(collector, "WALK", "plimsoll.adapters.nowhere")

    assert MODEL_FILE.judge(collect(tmp_path / "a", {}), {}).answer == "inconclusive"


def test_files_for_which_no_time_is_left_are_inconclusive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for letter in "ab":
        (tmp_path / letter).write_bytes(zoo.array([1.0]))
    times = iter([0.0, 0.0, 1000.0, 1000.0])
    monkeypatch.setattr(collector, "time", SimpleNamespace(monotonic=lambda: next(times)))
    monkeypatch.setattr(collector, "run_limited", lambda *_, **__: LimitedRun(ending=Ending.TIME, lines=()))

    recording = collect(tmp_path, {"max_seconds": 10})
    texts = [file["reading"]["doubts"][0]["text"] for file in recording.seen["files"]]

    assert texts == [
        "the reading process was stopped: it took longer than allowed",
        "the 10 seconds for this subject were used up",
    ]


def test_a_file_of_gigabytes_of_nothing_is_read_in_little_memory(tmp_path: Path) -> None:
    header = json.dumps({"w": {"dtype": "U8", "shape": [2**28], "data_offsets": [0, 2**28]}}).encode()
    file = tmp_path / "m.safetensors"
    with file.open("wb") as target:
        target.write(struct.pack("<Q", len(header)) + header)
        target.truncate(8 + len(header) + 2**28)

    recording = collect(file, {})

    with file.open("rb") as source:
        assert recording.subjects[0].digest == hashlib.file_digest(source, "sha256").hexdigest()
    assert MODEL_FILE.judge(recording, {}).answer == "clean"


# ---------------------------------------------------------------- properties

NAMES = ("os", "system", "collections", "OrderedDict", "a.b")


class Stub:
    """Stands in for everything that a stream imports: nothing is really imported or called."""

    def __new__(cls, *_: object, **__: object) -> Stub:
        return object.__new__(cls)

    def __call__(self, *_: object, **__: object) -> Stub:
        return self

    def swallow(self, *_: object) -> None:
        """Take whatever a stream hands over."""

    __setstate__ = append = extend = add = __setitem__ = swallow


class Harmless(pickle.Unpickler):
    """The real unpickler, with imports written down instead of done."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self.asked: set[tuple[str, str]] = set()

    def find_class(self, module: str, name: str) -> type[Stub]:
        self.asked.add((module, name))
        return Stub

    def persistent_load(self, pid: object) -> Stub:
        return Stub()


def spelled(name: str) -> list[bytes]:
    plain = name.encode()
    return [
        zoo.text(name),
        b"V" + plain + b"\n",
        b"S'" + plain + b"'\n",
        b"\x8c" + bytes([len(plain)]) + plain,
    ]


PLAIN = b"(((0012\x94\x94tld]})\x8f\x85\x86\x87aesu\x90\x91\x93\x93\x93oR\x81\x92bQ"
opcodes = st.one_of(
    st.sampled_from(NAMES).flatmap(lambda name: st.sampled_from(spelled(name))),
    st.sampled_from([bytes([code]) for code in PLAIN]),
    st.builds(lambda code, index: bytes([code, index]), st.sampled_from(list(b"qhK")), st.integers(0, 4)),
    st.builds(lambda code, index: code + b"%d\n" % index, st.sampled_from([b"p", b"g"]), st.integers(0, 4)),
    st.builds(
        lambda code, module, name: code + f"{module}\n{name}\n".encode(),
        st.sampled_from([b"c", b"i"]), st.sampled_from(NAMES), st.sampled_from(NAMES),
    ),
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(opcodes, max_size=25))
def test_whatever_the_real_unpickler_would_import_was_seen(pieces: list[bytes]) -> None:
    content = b"\x80\x04" + b"".join(pieces) + b"."
    unpickler = Harmless(content)
    loaded = True
    try:
        unpickler.load()
    except Exception:  # noqa: BLE001 - most of these streams are nonsense, and fail in every way there is
        loaded = False

    stream = read_stream(
        Slab(content, size=len(content)).open(), Budget(seconds=60, inflated=1, opcodes=1_000_000)
    )

    seen = {(found.module, found.name) for found in stream.imports}
    assert unpickler.asked <= seen or stream.computed_imports or stream.missing_memo
    assert stream.whole or not loaded


ROOTS = [animal.content for animal in MALICIOUS + BENIGN if 0 < len(animal.content) < 4000]
changes = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "insert", "double"]),
        st.integers(0, 4000),
        st.binary(min_size=1, max_size=8),
    ),
    max_size=6,
)


def changed(content: bytes, steps: list[tuple[str, int, bytes]]) -> bytes:
    for kind, place, piece in steps:
        at = place % (len(content) + 1)
        content = {
            "set": content[:at] + piece + content[at + len(piece) :],
            "cut": content[:at] + content[at + len(piece) :],
            "insert": content[:at] + piece + content[at:],
            "double": content[:at] + content[at:][:64] + content[at:],
        }[kind]
    return content


@settings(max_examples=300, deadline=None)
@given(root=st.sampled_from(ROOTS), steps=changes)
def test_whatever_the_bytes_are_there_is_an_answer(root: bytes, steps: list[tuple[str, int, bytes]]) -> None:
    content = changed(root, steps)

    first, second = (judged(content, opcodes=100_000, inflated=2**22) for _ in range(2))

    assert first.answer in MODEL_FILE.card.answers
    assert first == second


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_noise_imports_nothing_and_gets_an_answer(content: bytes) -> None:
    assert judged(content).answer in MODEL_FILE.card.answers


@settings(max_examples=100, deadline=None)
@given(
    before=st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda s: st.lists(s, max_size=4) | st.dictionaries(st.text(max_size=3), s, max_size=3),
    ),
    protocol=st.integers(0, 5),
)
def test_a_payload_is_flagged_whatever_stands_around_it(before: object, protocol: int) -> None:
    content = pickle.dumps([before, zoo.Payload(MARKER), before], protocol)

    assert judged(pickle.dumps(before, protocol)).answer == "clean"
    assert judged(content).answer == "flagged"
    assert judged(content[:-1]).answer == "flagged"
