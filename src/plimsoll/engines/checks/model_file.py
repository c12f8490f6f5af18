"""The judge of `model-file`: what would run when a model file is loaded.

The collector never loads the file; it writes down every name that its pickle streams would import,
with picklescan's word for it, and every part that it could not follow. This module turns that into
one of four answers. "Clean" is the answer that is left when nothing speaks against it *and*
something was read; what was not read is never clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from plimsoll.engines.checks.card import CheckCard, Layer, Parameter, ParameterKind, ParameterValue
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording
from plimsoll.engines.checks.result import CheckResult, Finding, Measure, Outcome
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest, parse_digest
from plimsoll.kernel.units import Days
from plimsoll.kernel.verdict import Judgement, Verdict, all_of, met, not_met, unknown

__all__ = ["MODEL_FILE", "ModelFileCheck", "accepted_names", "folder_digest"]

_Level = Literal["dangerous", "suspicious", "innocuous"]
_Kind = Literal["dangerous", "suspicious", "innocuous", "alarms", "doubts", "not_covered"]
_SEVERITIES = ("critical", "high", "medium", "low")
_MOST_FINDINGS = 200
_MOST_REASONS = 100
_MOST_WORDS = 8
_WORD = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")

CARD = CheckCard(
    id="model-file",
    title="What would run when a model file is loaded",
    version="1",
    layer=Layer.MODEL,
    subject="a model file, or a folder of model files",
    proves=(
        "That every pickle stream in the parts that were read was followed to its end without being loaded; "
        "that every name it would import is called innocuous by the picklescan version recorded, or is named "
        "by accept_globals; and that safetensors files and NumPy arrays of numbers keep the layout of their "
        "format, with no bytes left over."
    ),
    does_not_prove=(
        "That the model behaves well or its weights hold no backdoor; that an accepted or innocuous name "
        "cannot be misused through its arguments; that the loading library has no flaw of its own; that code "
        "beside the file, which a loader may be told to run, does no harm. Compressed wrappers (gzip, bzip2, "
        "xz, zlib, LZ4, Zstandard, 7z, tar), HDF5, ONNX, SavedModel, GGUF, Keras settings, templates, PMML "
        "are named and not interpreted: the answer is then “not covered”. Raw tensors are taken for "
        "numbers, and texts and metadata for data, unless they plainly are a pickle in disguise."
    ),
    needs="The file or folder, and the right to read it. No network, no framework that made the model.",
    false_positives=(
        "picklescan calls uuid.UUID, functools.partial and every name with “unknown” in it dangerous; "
        "such a file is flagged. Nearly every scikit-learn or whole-module torch pickle imports names "
        "on no list: it is inconclusive until somebody has looked at them and named them in accept_globals. "
        "A joblib file with arrays is inconclusive, because the arrays interrupt its pickle stream."
    ),
    source=(
        "Own walk over CPython's pickletools; picklescan (MIT) through its API; PKWARE APPNOTE 6.3.10; the "
        "safetensors format description; numpy.lib.format. Evasions tried after CVE-2025-1716, -1889, -1944, "
        "-1945, -10155, -10156 and -10157."
    ),
    answers=("flagged", "clean", "inconclusive", "not covered"),
    valid_days=Days(90),
    parameters=(
        Parameter(
            name="accept_globals",
            kind=ParameterKind.WORDS,
            help="Imports that somebody has looked at, each as module.name, such as builtins.slice.",
        ),
        Parameter(
            name="max_seconds",
            kind=ParameterKind.NUMBER,
            help="Seconds that reading the subject may take, apart from hashing it.",
            default=120.0,
            minimum=1.0,
            maximum=86_400.0,
        ),
        Parameter(
            name="max_inflated_mb",
            kind=ParameterKind.WHOLE,
            help="MiB that the compressed members of one file may inflate to.",
            default=4096,
            minimum=1.0,
            maximum=1_048_576.0,
        ),
    ),
)


class _Strict(BaseModel):
    """Part of a recording: exactly these keys, of exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Name(_Strict):
    module: str
    name: str
    level: _Level
    where: str

    @property
    def spelled(self) -> str:
        return f"{self.module}.{self.name}"


class _Note(_Strict):
    text: str
    where: str

    def __str__(self) -> str:
        return f"{self.text} ({self.where})" if self.where else self.text


class _Reading(_Strict):
    format: str
    streams: NonNegativeInt
    numeric: NonNegativeInt
    opcodes: NonNegativeInt
    names: list[_Name]
    alarms: list[_Note]
    doubts: list[_Note]
    not_covered: list[_Note]
    left_out: dict[_Kind, NonNegativeInt]
    read: list[str]

    def spelled(self, level: _Level, accepted: frozenset[str], *, taken: bool = False) -> list[str]:
        """The names of a level, those that are accepted or those that are not."""
        return [n.spelled for n in self.names if n.level == level and _is_accepted(n, accepted) is taken]


class _File(_Strict):
    path: str
    sha256: str
    size: NonNegativeInt
    reading: _Reading


class _Unread(_Strict):
    path: str
    why: str


class _Seen(_Strict):
    kind: Literal["file", "folder"]
    files: list[_File]
    not_read: list[_Unread]


class ModelFileCheck:
    """The check `model-file`; see its card for what an answer shows and what it does not."""

    @property
    def card(self) -> CheckCard:
        """What the check is."""
        return CARD

    def judge(self, recording: Recording, parameters: Mapping[str, ParameterValue]) -> CheckResult:
        """Flagged, clean, inconclusive or not covered, with a reason per file that is not clean.

        The worst file decides: flagged before inconclusive before not covered before clean. A name that
        picklescan calls dangerous is flagged whatever `accept_globals` says. Raises BadInput for a
        recording that is not of this check, is malformed, or whose files do not have the subject's
        digest. Establishes nothing about how the model behaves, or about parts that it lists as unread.
        """
        accepted = accepted_names(read_parameters(CARD, parameters))
        seen = _read_recording(recording)
        answers = [_answer(file.reading, accepted) for file in seen.files]
        answer = _worst([*answers, *("not covered" for _ in seen.not_read)])
        findings, cut = _findings(seen, accepted)
        return CheckResult(
            outcome={"flagged": Outcome.FAIL, "clean": Outcome.PASS}.get(answer, Outcome.INCONCLUSIVE),
            answer=answer,
            judgement=_judgement(seen, answers, accepted),
            measures=_measures(seen, answers, accepted),
            findings=findings,
            read=_read_sentences(seen, cut),
        )


MODEL_FILE = ModelFileCheck()
"""The one instance that the registry lists."""


def accepted_names(parameters: Mapping[str, ParameterValue]) -> frozenset[str]:
    """The names of `accept_globals`; BadInput for a word that is not exactly `module.name`."""
    words = parameters.get("accept_globals", ())
    for word in words if isinstance(words, tuple) else ():
        if not _WORD.fullmatch(word):
            raise BadInput(
                f"accept_globals names “{word[:80]}”, which is not one name.",
                hint="Write each name in full, such as sklearn.linear_model._logistic.LogisticRegression.",
                data={"parameter": "accept_globals", "value": word[:80]},
            )
    return frozenset(words) if isinstance(words, tuple) else frozenset()


def folder_digest(files: list[tuple[str, Digest, int]]) -> Digest:
    """The digest of a folder: SHA-256 of the canonical JSON list of path, sha256 and size, by path.

    Paths are relative, with slashes. What the folder holds besides regular files is not in it.
    """
    return digest_value(
        [{"path": path, "sha256": digest, "size": size} for path, digest, size in sorted(files)]
    )


# ---------------------------------------------------------------- judging


def _is_accepted(name: _Name, accepted: frozenset[str]) -> bool:
    # a dotted name steps into attributes: it may reach anything and is never accepted
    return name.level == "suspicious" and "." not in name.name and name.spelled in accepted


def _answer(reading: _Reading, accepted: frozenset[str]) -> str:
    if reading.alarms or reading.left_out.get("dangerous") or reading.spelled("dangerous", accepted):
        return "flagged"
    if reading.doubts or reading.left_out.get("suspicious") or reading.spelled("suspicious", accepted):
        return "inconclusive"
    return "clean" if reading.streams + reading.numeric and not reading.not_covered else "not covered"


def _worst(answers: list[str]) -> str:
    """The worst answer; of nothing at all, "not covered"."""
    order = ("flagged", "inconclusive", "not covered", "clean")
    return min(answers, key=order.index, default="not covered")


def _judgement(seen: _Seen, answers: list[str], accepted: frozenset[str]) -> Judgement:
    pairs = zip(seen.files, answers, strict=True)
    parts = [part for file, answer in pairs for part in _parts(file, answer, accepted)]
    parts += [unknown(f"{item.path} was not read: it is {item.why}") for item in seen.not_read]
    whole = all_of(parts, nothing="there is no file to read")
    if len(parts) <= _MOST_REASONS:
        return whole
    # a hostile folder may give a million reasons: those that decide come first, the rest is counted
    parts.sort(key=lambda part: part.verdict is not whole.verdict)
    kept, more = parts[:_MOST_REASONS], len(parts) - _MOST_REASONS
    rest = {Verdict.NOT_MET: not_met, Verdict.UNKNOWN: unknown, Verdict.MET: met}[whole.verdict]
    return all_of([*kept, rest(f"{more:,} more reasons are left out here")])


def _parts(file: _File, answer: str, accepted: frozenset[str]) -> list[Judgement]:
    reading, left_out, path = file.reading, file.reading.left_out, file.path
    dangerous = _few(reading.spelled("dangerous", accepted), left_out.get("dangerous", 0))
    review = _few(reading.spelled("suspicious", accepted), left_out.get("suspicious", 0))
    taken = ", ".join(reading.spelled("suspicious", accepted, taken=True))
    uncovered = _few([str(note) for note in reading.not_covered], left_out.get("not_covered", 0))
    parts: list[Judgement] = []
    if dangerous:
        parts.append(not_met(f"imports {dangerous}, which picklescan calls dangerous", source=path))
    parts += [not_met(str(note), source=path) for note in reading.alarms]
    if review:
        parts.append(unknown(f"imports {review}, which somebody must look at", source=path))
    parts += [unknown(str(note), source=path) for note in reading.doubts]
    if uncovered:
        parts.append(unknown(uncovered, source=path))
    if taken:
        parts.append(met(f"imports {taken}, accepted by accept_globals", source=path))
    if answer == "clean":
        parts.append(met(f"everything in it was read ({reading.format})", source=path))
    elif answer == "not covered" and not uncovered:
        parts.append(unknown("nothing in it was interpreted", source=path))
    return parts


def _few(texts: list[str], left_out: int) -> str:
    """The first texts and how many others there are; empty if there are none."""
    shown = texts[:_MOST_WORDS]
    more = left_out + len(texts) - len(shown)
    if not more:
        return ", ".join(shown)
    return f"{', '.join(shown)} and {more:,} more" if shown else f"{more:,} names that are not listed"


def _findings(seen: _Seen, accepted: frozenset[str]) -> tuple[tuple[Finding, ...], int]:
    """The findings, gravest first, and how many were left out."""
    found: list[Finding] = []
    cut = 0
    for file in seen.files:
        place = f"{file.path}: " if seen.kind == "folder" else ""
        found += [_finding(severity, text, place + where) for severity, text, where in _told(file, accepted)]
        cut += sum(count for kind, count in file.reading.left_out.items() if kind != "innocuous")
    found.sort(key=lambda finding: _SEVERITIES.index(finding.severity))
    return tuple(found[:_MOST_FINDINGS]), cut + max(0, len(found) - _MOST_FINDINGS)


def _told(file: _File, accepted: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    for name in file.reading.names:
        if name.level == "dangerous":
            yield "critical", f"{name.spelled} would be imported; picklescan calls it dangerous", name.where
        elif name.level == "suspicious" and not _is_accepted(name, accepted):
            yield "medium", f"{name.spelled} would be imported and is on no list; look at it", name.where
    reading = file.reading
    for severity, notes in (
        ("high", reading.alarms),
        ("medium", reading.doubts),
        ("low", reading.not_covered),
    ):
        for note in notes:
            yield severity, note.text[:1].upper() + note.text[1:], note.where


def _finding(severity: str, text: str, where: str) -> Finding:
    return Finding(text=f"{text}.", where=where.removesuffix(": "), severity=severity)


def _read_sentences(seen: _Seen, cut: int) -> tuple[str, ...]:
    lines: list[str] = []
    for file in seen.files:
        place = f"{file.path}: " if seen.kind == "folder" else ""
        lines += [f"{place}{sentence}" for sentence in file.reading.read]
        lines += [f"{place}Not read: {note}." for note in file.reading.not_covered]
    lines += [f"Not read: {item.path} ({item.why})." for item in seen.not_read]
    if len(lines) > _MOST_FINDINGS:
        lines[_MOST_FINDINGS:] = [f"{len(lines) - _MOST_FINDINGS:,} more sentences are left out."]
    if cut:
        lines.append(f"{cut:,} findings are left out of the list; the answer counts them.")
    return tuple(lines) or ("Nothing was read.",)


def _measures(seen: _Seen, answers: list[str], accepted: frozenset[str]) -> tuple[Measure, ...]:
    readings = [file.reading for file in seen.files]

    def names(level: _Level) -> int:
        kept = sum(len(reading.spelled(level, accepted)) for reading in readings)
        return kept + sum(reading.left_out.get(level, 0) for reading in readings)

    taken = sum(len(reading.spelled("suspicious", accepted, taken=True)) for reading in readings)
    counts = (
        ("files", "Files looked at", len(answers)),
        ("files_clean", "Files that are clean", answers.count("clean")),
        ("names_dangerous", "Imports that picklescan calls dangerous", names("dangerous")),
        ("names_to_review", "Imports that somebody must look at", names("suspicious")),
        ("names_accepted", "Imports accepted by accept_globals", taken),
        ("names_innocuous", "Imports that picklescan calls innocuous", names("innocuous")),
    )
    return tuple(
        Measure(name=name, title=title, value=float(count), unit="count", n=len(answers))
        for name, title, count in counts
    )


# ---------------------------------------------------------------- reading the recording


def _read_recording(recording: Recording) -> _Seen:
    if (recording.check, recording.version) != (CARD.id, CARD.version):
        raise BadInput(
            f"The recording is of {recording.check[:40]} version {recording.version[:10]}.",
            hint=f"This judge reads {CARD.id} version {CARD.version}.",
        )
    try:
        seen = _Seen.model_validate(dict(recording.seen))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise BadInput(f"The recording of model-file is malformed at {place}: {first['msg']}.") from error
    files = [
        (file.path, parse_digest(file.sha256, what=f"The digest of {file.path[:80]}"), file.size)
        for file in seen.files
    ]
    if seen.kind == "file" and (len(files) != 1 or seen.not_read):
        raise BadInput("The recording claims to be of one file and is not.")
    digest = folder_digest(files) if seen.kind == "folder" else files[0][1]
    if not recording.subjects or digest != recording.subjects[0].digest:
        raise BadInput("The files in the recording do not have the digest of its subject.")
    return seen
