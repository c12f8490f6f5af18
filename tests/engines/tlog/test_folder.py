import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plimsoll.engines.tlog.folder import Folder, StorageFault, missing, read_at, write_at
from plimsoll.kernel.errors import PlimsollError, Untrusted


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full: what would make a file longer is cut short, then refused."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder.at(tmp_path / "folder", create=True)
    yield made
    made.close()


def test_what_is_written_is_read_and_what_is_not_there_is_none(folder: Folder, tmp_path: Path) -> None:
    folder.write("file", b"long content")
    folder.write("file", b"content")
    assert folder.read("file") == b"content"
    assert folder.read("other") is None
    assert folder.names() == ["file"]
    folder.remove("other")
    folder.remove("file")
    assert folder.names() == []


def test_a_write_that_is_cut_short_goes_on_and_says_when_it_cannot(folder: Folder) -> None:
    file = folder.open_file("file", create=True)
    with files_of_at_most(1_000), pytest.raises(OSError, match="too large"):
        write_at(file, bytes(1_500), 0)
    assert len(read_at(file, 0, 2_000)) == 1_000
    os.close(file)
    with files_of_at_most(1_000), pytest.raises(StorageFault, match=r"folder/other cannot be used: File too"):
        folder.write("other", bytes(1_500))


def test_folders_are_made_on_the_way_only_if_asked_for(folder: Folder) -> None:
    with pytest.raises(StorageFault) as refusal:
        folder.below("a", "b")
    assert missing(refusal.value)
    folder.below("a", "b", create=True).close()
    folder.below("a", "b").close()
    assert folder.is_folder("a")
    folder.remove_folder("never there")
    folder.below("a").remove_folder("b")


def test_a_file_in_the_place_of_a_folder_is_named_and_not_taken_away(folder: Folder) -> None:
    folder.write("file", b"x")
    for step in (folder.below, folder.remove_folder):
        with pytest.raises(StorageFault, match="folder/file cannot be used: Not a directory"):
            step("file")
    assert folder.read("file") == b"x"


def test_links_and_pipes_are_refused_at_once(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "folder" / "link").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "folder" / "pipe")
    for step in (folder.below, folder.read, folder.open_file, folder.remove_folder):
        with pytest.raises(Untrusted, match="folder/link is a symbolic link"):
            step("link")
    with pytest.raises(PlimsollError, match="pipe"):
        folder.write("pipe", b"x")
    assert folder.read("pipe") == b""


def test_a_file_gets_another_place_over_what_was_there(folder: Folder) -> None:
    other = folder.below("other", create=True)
    other.write("new", b"old")
    folder.write("file", b"content")
    folder.move("file", other, "new")
    folder.flush()
    assert other.read("new") == b"content"
    assert folder.read("file") is None
    with pytest.raises(StorageFault, match="other/newer"):
        folder.move("file", other, "newer")
    other.close()
