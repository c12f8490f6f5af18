"""Lists and hashes what `model-file` is asked to look at: one regular file, or all in a folder.

Nothing is opened that is not a regular file, so that a pipe or device cannot block; no symbolic link
below the subject is followed, so that a folder cannot lead outside itself.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest

__all__ = ["Listing", "SubjectFile", "list_subject"]

MOST_FILES = 20_000
DEEPEST_FOLDER = 64
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFile:
    """One regular file, hashed."""

    name: str
    """Its file name, or its path below the folder with slashes; undecodable bytes spelled out."""
    place: str
    """Where it lies on this machine; never recorded."""
    digest: Digest
    """SHA-256 of its bytes."""
    size: int
    """Bytes."""
    identity: tuple[int, int, int, int]
    """Device, inode, size and time of change, by which a later reader knows that it is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything in the subject."""

    is_folder: bool
    """Whether the subject is a folder."""
    files: tuple[SubjectFile, ...]
    """By name."""
    not_read: tuple[tuple[str, str], ...]
    """Name and reason of everything that is no regular file, by name."""


def list_subject(subject: Path) -> Listing:
    """The files of the subject, hashed in bounded memory; the subject itself may be a symbolic link.

    BadInput if it is missing, unreadable, neither file nor folder, or a folder of too many files.
    """
    status = _status(subject)
    if stat.S_ISREG(status.st_mode):
        return Listing(is_folder=False, files=(_hash(subject, _spell(subject.name)),), not_read=())
    if not stat.S_ISDIR(status.st_mode):
        raise BadInput(
            f"{subject.name} is {_kind(status.st_mode)}, neither a file nor a folder.",
            hint="Give a model file, or a folder of model files.",
        )
    places: list[tuple[str, Path]] = []
    not_read: list[tuple[str, str]] = []
    _walk(subject, "", places, not_read, depth=0)
    files = tuple(_hash(place, name) for name, place in sorted(places))
    return Listing(is_folder=True, files=files, not_read=tuple(sorted(not_read)))


def _status(subject: Path) -> os.stat_result:
    try:
        return subject.stat()
    except FileNotFoundError as error:
        raise BadInput(
            f"There is no file or folder {subject}.", hint="Give a model file, or a folder of model files."
        ) from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{subject} cannot be looked at: {_reason(error)}.") from error


def _walk(
    folder: Path, prefix: str, places: list[tuple[str, Path]], not_read: list[tuple[str, str]], *, depth: int
) -> None:
    if depth > DEEPEST_FOLDER:
        raise BadInput(f"The folder is more than {DEEPEST_FOLDER} folders deep.", hint="Check a part of it.")
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise BadInput(f"The folder {prefix or folder.name} cannot be listed: {_reason(error)}.") from error
    for entry in entries:
        name = prefix + _spell(entry.name)
        if entry.is_symlink():
            not_read.append((name, "a symbolic link, which is not followed"))
        elif entry.is_dir(follow_symlinks=False):
            _walk(Path(entry.path), f"{name}/", places, not_read, depth=depth + 1)
        elif entry.is_file(follow_symlinks=False):
            places.append((name, Path(entry.path)))
        else:
            not_read.append((name, _kind(entry.stat(follow_symlinks=False).st_mode)))
        if len(places) + len(not_read) > MOST_FILES:
            raise BadInput(
                f"The folder holds more than {MOST_FILES:,} files.", hint="Check a part of it, or one file."
            )


def _hash(place: Path, name: str) -> SubjectFile:
    digest = hashlib.sha256()
    try:
        # opening a pipe that took the file's place meanwhile must not block
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise BadInput(f"{name} was replaced while it was being read.", hint="Run the check again.")
            while piece := os.read(descriptor, _CHUNK):
                digest.update(piece)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise BadInput(
            f"{name} cannot be read: {_reason(error)}.", hint="Check its access rights."
        ) from error
    if _identity(before) != _identity(after):
        raise BadInput(f"{name} was changed while it was being read.", hint="Run the check again.")
    return SubjectFile(
        name=name,
        place=os.fspath(place.absolute()),
        digest=Digest(digest.hexdigest()),
        size=after.st_size,
        identity=_identity(after),
    )


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _kind(mode: int) -> str:
    for test, word in (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return word
    return "a special file"


def _spell(name: str) -> str:
    """The name as text that JSON can hold: bytes that are not UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else "the name is no path"
