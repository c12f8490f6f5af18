"""The files of a witness: read within limits, replaced durably, held by one process; disk errors in words."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plimsoll.kernel.errors import BadInput, Conflict

__all__ = ["LARGEST_FILE", "locked", "read_small", "usable", "write_durably"]

LARGEST_FILE = 2**20
"""Bytes; none of the files comes near."""


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turns an error of the disk inside the block into BadInput that names the folder."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"The witness's folder {folder} cannot be used: {error.strerror}.") from error


@contextmanager
def locked(folder: Path, purpose: str, *, wait: bool) -> Iterator[None]:
    """Holds the lock for `purpose`; Conflict if another process has it and this one does not wait."""
    with usable(folder):
        file = (folder / f"{purpose}.lock").open("wb")
    try:
        with usable(folder):
            _lock(file.fileno(), folder, purpose, wait=wait)
        yield
    finally:
        with usable(folder):
            file.close()


def _lock(descriptor: int, folder: Path, purpose: str, *, wait: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Conflict(
            f"Another process is {purpose} the witness in {folder}.",
            hint="Two would forget each other's cosignatures. Stop the other one first.",
        ) from error


def read_small(path: Path) -> bytes:
    """The bytes of the file; BadInput if it cannot be read or is longer than any of a witness."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST_FILE:
        raise BadInput(f"{path} is longer than {LARGEST_FILE:,} bytes.")
    return content


def write_durably(path: Path, content: bytes) -> None:
    """Replaces the file so that after a crash it holds the old content or the new, and never a part."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
