"""Folders of a log on disk: every step is durable when it returns, no symbolic link is followed.

Paths are opened one name at a time below a folder that is already open, so nobody can swap a part of
the way for a link. A refusal of the operating system becomes one sentence with the path in it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from types import TracebackType

from plimsoll.kernel.errors import ErrorCode, PlimsollError, Untrusted

__all__ = ["Folder", "StorageFault", "missing", "read_at", "shut", "told", "write_at"]

# O_NONBLOCK: nobody can make the log wait by putting a pipe in a file's place.
_FILE = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW


class StorageFault(PlimsollError):
    """The disk or the operating system refused a step on the log's files."""

    code = ErrorCode.UNAVAILABLE


class _Telling:
    """A class, not a generator: a proof from files passes here many times."""

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, OSError):
            return
        if error.errno == errno.ELOOP:
            raise Untrusted(
                f"{self._what} is a symbolic link, and a log follows none.",
                hint="Put the real one in its place.",
            ) from error
        raise StorageFault(
            f"{self._what} cannot be used: {error.strerror}.",
            hint="Look at the disk, its free space and the rights on the folder.",
        ) from error


def told(what: str) -> _Telling:
    """Turns an OSError about `what` into StorageFault, and one about a symbolic link into Untrusted."""
    return _Telling(what)


def missing(error: PlimsollError) -> bool:
    """Whether the refusal was that there is no such file or folder."""
    return isinstance(error.__cause__, FileNotFoundError)


def shut(file: int) -> None:
    """Gives a descriptor back. What had to be on disk was flushed before, so a complaint changes nothing."""
    with contextlib.suppress(OSError):
        os.close(file)


def write_at(file: int, content: bytes, at: int) -> None:
    """Writes all of the content at the place, however many calls that takes; OSError if it cannot."""
    done = os.pwrite(file, content, at)
    while done < len(content):
        done += os.pwrite(file, content[done:], at + done)


def read_at(file: int, low: int, high: int) -> bytes:
    """The bytes [low, high) of the file, fewer only if it ends before."""
    parts: list[bytes] = []
    while low < high and (part := os.pread(file, high - low, low)):
        parts.append(part)
        low += len(part)
    return b"".join(parts)


def _open_folder(name: str | Path, within: int | None) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=within)
    except NotADirectoryError:
        # Linux says this, not ELOOP, when O_DIRECTORY meets a link.
        if stat.S_ISLNK(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise


class Folder:
    """An open folder, by its descriptor; close it when done."""

    __slots__ = ("_handle", "name")

    def __init__(self, handle: int, name: str) -> None:
        self._handle = handle
        self.name = name

    @classmethod
    def at(cls, path: Path, *, create: bool = False) -> Folder:
        """The folder at the path; made durably if `create` says so and it is missing.

        StorageFault if it cannot be opened; Untrusted if its last part is a symbolic link.
        """
        with told(str(path)):
            if create:
                with contextlib.suppress(FileExistsError):
                    path.mkdir(mode=0o755)
                # Also if it was there: who made it may have died before this.
                parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    os.fsync(parent)
                finally:
                    shut(parent)
            return cls(_open_folder(path, None), str(path))

    def below(self, *names: str, create: bool = False) -> Folder:
        """The folder further down, each part opened by itself; missing ones made durably if asked for."""
        folder, opened = self, False
        for name in names:
            try:
                deeper = folder._child(name, create=create)
            finally:
                if opened:
                    folder.close()
            folder, opened = deeper, True
        return folder

    def _child(self, name: str, *, create: bool) -> Folder:
        with told(f"{self.name}/{name}"):
            try:
                handle = _open_folder(name, self._handle)
            except FileNotFoundError:
                if not create:
                    raise
                os.mkdir(name, mode=0o755, dir_fd=self._handle)
                os.fsync(self._handle)
                handle = _open_folder(name, self._handle)
        return Folder(handle, f"{self.name}/{name}")

    def names(self) -> list[str]:
        """What lies in the folder, sorted."""
        with told(self.name):
            return sorted(os.listdir(self._handle))  # noqa: PTH208 - by descriptor: a path can be swapped

    def is_folder(self, name: str) -> bool:
        """Whether that name is a folder; a symbolic link is none."""
        with told(f"{self.name}/{name}"):
            return stat.S_ISDIR(os.stat(name, dir_fd=self._handle, follow_symlinks=False).st_mode)

    def open_file(self, name: str, *, create: bool = False, write: bool = True) -> int:
        """The descriptor of a file here, for reading and writing unless `write` is false."""
        with told(f"{self.name}/{name}"):
            flags = (os.O_RDWR if write else os.O_RDONLY) | (os.O_CREAT if create else 0) | _FILE
            return os.open(name, flags, 0o644, dir_fd=self._handle)

    def read(self, name: str) -> bytes | None:
        """The bytes of a file here; None if there is none."""
        with told(f"{self.name}/{name}"):
            try:
                file = os.open(name, os.O_RDONLY | _FILE, dir_fd=self._handle)
            except FileNotFoundError:
                return None
            try:
                return read_at(file, 0, os.fstat(file).st_size)
            finally:
                shut(file)

    def write(self, name: str, content: bytes) -> None:
        """A file with exactly that content, its bytes on disk; its name is so only after `flush`."""
        with told(f"{self.name}/{name}"):
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _FILE, 0o644, dir_fd=self._handle)
            try:
                write_at(file, content, 0)
                os.fsync(file)
            finally:
                shut(file)

    def move(self, name: str, target: Folder, new_name: str) -> None:
        """Gives the file its place in another folder of the same disk, in one step, over what is there."""
        with told(f"{target.name}/{new_name}"):
            os.rename(name, new_name, src_dir_fd=self._handle, dst_dir_fd=target._handle)

    def remove(self, name: str) -> None:
        """Takes the file away; no matter if it is not there."""
        with told(f"{self.name}/{name}"), contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._handle)

    def remove_folder(self, name: str) -> None:
        """Takes a folder of files away, if it is there."""
        with told(f"{self.name}/{name}"):
            try:
                inner = self._child(name, create=False)
            except StorageFault as fault:
                if missing(fault):
                    return
                raise
            try:
                for file in inner.names():
                    inner.remove(file)
            finally:
                inner.close()
            os.rmdir(name, dir_fd=self._handle)

    def flush(self) -> None:
        """Makes durable which names stand in the folder."""
        with told(self.name):
            os.fsync(self._handle)

    def close(self) -> None:
        """Gives the descriptor back."""
        shut(self._handle)
