"""Segments of production events as Parquet files, written and read through DuckDB in bounded memory.

One row per event: position, commit (32 bytes), salt (32 bytes) and event (canonical JSON). Salt and event
are null once the event was erased. The file stays readable for any tool that knows Parquet; what it has
to be checked against is the seal in the log.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plimsoll.adapters.tables import open_regular
from plimsoll.engines.tlog.commitment import SALT_SIZE
from plimsoll.engines.tlog.event_proof import EventProof, SegmentRow
from plimsoll.engines.tlog.leaf import timestamp
from plimsoll.engines.tlog.merkle import Frontier
from plimsoll.engines.tlog.sealing import Seal, commit_event, event_leaf, event_path
from plimsoll.kernel.canonical import canonical_bytes_of_read, read_json
from plimsoll.kernel.errors import BadInput, ErrorCode, MissingExtra, NotFound
from plimsoll.kernel.ids import Digest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["erase_events", "prove_event", "seal_events", "segment_rows"]

EVENT_LIMIT = 2**20
"""Bytes of one event at most."""
MEMORY_MB = 512
"""What DuckDB may hold at once, in MiB; Python comes on top."""
_GROUP = 2048
"""Rows of a row group; DuckDB makes no smaller ones. Also read at once."""
_COLUMNS = "{position: 'BIGINT', commit: 'VARCHAR', salt: 'VARCHAR', event: 'VARCHAR'}"
_PARQUET = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP}, USE_TMP_FILE false"


def seal_events(source: Path, target: Path, *, time: str) -> Seal:
    """Writes the events of `source` (JSON lines) as a segment to `target`, and returns its seal.

    `time` is the key under which every event says when it happened (RFC 3339, with its offset from
    UTC). Salts come from the operating system. The file appears whole or not at all. BadInput with the
    line for what is no event; MissingExtra without DuckDB.
    """
    with _beside(target) as folder:
        rows = folder / "rows.jsonl"
        tally = _Tally()
        with open_regular(source, what="The file of events") as stream, rows.open("w") as out:
            for number, line in enumerate(_lines(stream, source.name), start=1):
                where = f"line {number:,} of {source.name[:80]}"
                event = read_json(line, what=where[0].upper() + where[1:], limit=EVENT_LIMIT)
                body, salt = canonical_bytes_of_read(event), secrets.token_bytes(SALT_SIZE)
                tally.add(commit := commit_event(body, salt), _instant(event, time, where))
                row = {"position": number - 1, "commit": commit, "salt": salt.hex(), "event": body.decode()}
                out.write(json.dumps(row) + "\n")
        if not tally.frontier.size:
            raise BadInput(f"{source.name[:80]} holds no events.", hint="Give JSON lines, one event each.")
        made = _written(rows)
        seal = tally.seal(_digest(made))
        made.replace(target)
    return seal


def segment_rows(path: Path) -> Iterator[SegmentRow]:
    """The rows of a segment in order, a few thousand at a time; BadInput if it is none."""
    with open_regular(path, what="The segment"), _connected(path) as connection, _described(path.name):
        source = f"read_parquet({_quoted(path)})"
        start = 0
        while rows := connection.execute(
            f"SELECT position, commit, salt, event FROM {source} "  # noqa: S608 - the path is quoted
            "WHERE position >= ? AND position < ? ORDER BY position",
            [start, start + _GROUP],
        ).fetchall():
            yield from (_row(path.name, *row) for row in rows)
            start += _GROUP
        beyond = connection.execute(
            f"SELECT count(*) FROM {source} WHERE position IS NULL OR position < 0 OR position >= ?",  # noqa: S608
            [start],
        ).fetchone()
        if beyond != (0,):
            raise BadInput(f"{path.name[:80]} has rows without an event before them.")


def prove_event(path: Path, seal: Seal, *, position: int) -> EventProof:
    """The proof of one event; two passes over the segment's commitments, in bounded memory.

    The entry of the log that carries the seal is to be added by who has it. NotFound if the event was
    erased; BadInput if there is none at that position, or the segment is another than was sealed.
    """
    row: SegmentRow | None = None

    def leaves() -> Iterator[bytes]:
        nonlocal row
        for one in segment_rows(path):
            if one.position == position:
                row = one
            yield event_leaf(one.commit)

    way = event_path(leaves(), position=position, events=seal.events)
    if row is None or row.event is None or row.salt is None:
        raise NotFound(f"The event at position {position} was erased; only its commitment is left.")
    event = read_json(row.event, what="The event", limit=EVENT_LIMIT)
    proof = EventProof(event=event, salt=row.salt, position=position, path=way, seal=seal)
    if not proof.holds:
        raise BadInput(
            f"{path.name[:80]} is not the segment that was sealed, or was changed since.",
            hint="Compare it with its seal: plimsoll log check-segment.",
        )
    return proof


def erase_events(path: Path, *, positions: Collection[int]) -> int:
    """Destroys events and their salts in a segment; returns how many. Commitments and root stay.

    The file is written anew and replaces the old one, so its digest is another than the seal says. An
    entry of the log has to say what was erased. BadInput if a position is not in the segment. What a
    backup, or the disk where the old file lay, still holds is out of reach.
    """
    with _beside(path) as folder:
        rows = folder / "rows.jsonl"
        gone = 0
        wanted = set(positions)
        with rows.open("w") as out:
            for one in segment_rows(path):
                erase = one.position in wanted
                wanted.discard(one.position)
                gone += erase and one.event is not None
                kept = not erase and one.salt is not None and one.event is not None
                row = {
                    "position": one.position,
                    "commit": one.commit,
                    "salt": one.salt.hex() if kept and one.salt else None,
                    "event": one.event.decode() if kept and one.event else None,
                }
                out.write(json.dumps(row) + "\n")
        if wanted:
            raise BadInput(f"{path.name[:80]} has no event at position {min(wanted)}.")
        made = _written(rows)
        made.replace(path)
    return gone


# ---------------------------------------------------------------- events


@dataclass(slots=True)
class _Tally:
    """What the seal says, event by event."""

    frontier: Frontier = field(default_factory=Frontier)
    first: str = ""
    last: str = ""

    def add(self, commit: Digest, at: str) -> None:
        self.frontier = self.frontier.extended([event_leaf(commit)])
        self.first = min(self.first or at, at)
        self.last = max(self.last, at)

    def seal(self, parquet: Digest) -> Seal:
        return Seal(
            root=Digest(self.frontier.root.hex()),
            events=self.frontier.size,
            first=self.first,
            last=self.last,
            parquet=parquet,
        )


def _lines(stream: Any, name: str) -> Iterator[bytes]:  # a binary file
    while line := stream.readline(EVENT_LIMIT + 2):
        if len(line) > EVENT_LIMIT + 1:
            raise BadInput(
                f"{name[:80]} has a line of more than {EVENT_LIMIT:,} bytes.",
                hint="One event stands on each line.",
                code=ErrorCode.TOO_LARGE,
            )
        yield line


def _instant(event: object, key: str, where: str) -> str:
    if not isinstance(event, dict):
        raise BadInput(f"{where[0].upper()}{where[1:]} is no JSON object.")
    with contextlib.suppress(KeyError, TypeError, ValueError, OverflowError):
        return timestamp(datetime.fromisoformat(event[key]))
    raise BadInput(
        f"The event in {where} does not say under “{key[:40]}” when it happened.",
        hint="A time reads 2026-03-26T09:00:00Z; name another key with --time.",
    )


def _row(name: str, position: object, commit: object, salt: object, event: object) -> SegmentRow:
    if not isinstance(position, int) or not isinstance(commit, bytes) or len(commit) != 32:
        raise BadInput(f"{name[:80]} has no commitment at position {position}.")
    if not isinstance(salt, bytes | None) or not isinstance(event, str | None):
        raise BadInput(f"{name[:80]} is no segment: salt or event have another type.")
    return SegmentRow(
        position=position,
        commit=Digest(commit.hex()),
        salt=salt,
        event=event.encode() if event is not None else None,
    )


# ---------------------------------------------------------------- DuckDB


def _need_duckdb() -> None:
    try:
        import duckdb  # noqa: F401 - asked only whether it is there, before anything is written
    except ImportError as error:
        raise MissingExtra(
            "Segments need the package duckdb, which is not installed.",
            hint="Run: pip install 'plimsoll[watch]'",
        ) from error


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A private folder beside the target: what is written there is moved into place or destroyed."""
    _need_duckdb()
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name[:60]}.") as folder:
            yield Path(folder)
    except OSError as error:
        raise BadInput(
            f"{target} cannot be written: {error.strerror}.", hint="Choose another place."
        ) from error


def _written(rows: Path) -> Path:
    """The Parquet file made from rows in JSON lines, beside them; on the disk when this returns."""
    made = rows.with_name("segment.parquet")
    source = f"read_json({_quoted(rows)}, format = 'newline_delimited', columns = {_COLUMNS})"
    with _connected(rows, made) as connection, _described(made.name):
        connection.execute(
            "COPY (SELECT position, unhex(commit) AS commit, unhex(salt) AS salt, event "  # noqa: S608 - as above
            f"FROM {source}) TO {_quoted(made)} ({_PARQUET})"
        )
    with made.open("rb") as file:
        os.fsync(file.fileno())
    return made


@contextlib.contextmanager
def _connected(*paths: Path) -> Iterator[DuckDBPyConnection]:
    """A connection that reaches these files and nothing else, and keeps rows in order."""
    _need_duckdb()
    import duckdb

    config: dict[str, Any] = {"threads": 1, "memory_limit": f"{MEMORY_MB}MB"}
    with duckdb.connect(":memory:", config=config) as connection:
        for setting in (
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "allow_community_extensions = false",
            "python_enable_replacements = false",
            "preserve_insertion_order = true",
            "temp_directory = ''",
            f"allowed_paths = [{', '.join(_quoted(path) for path in paths)}]",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")
        yield connection


@contextlib.contextmanager
def _described(name: str) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise BadInput(
            f"{name[:80]} does not fit into {MEMORY_MB} MiB at {_GROUP:,} events at a time.",
            hint="Shorten its events.",
            code=ErrorCode.TOO_LARGE,
        ) from error
    except duckdb.Error as error:
        raise BadInput(
            f"{name[:80]} is no segment of events that can be read.",
            hint="It is made by plimsoll log seal.",
        ) from error


def _quoted(path: Path) -> str:
    return "'" + str(path.absolute()).replace("'", "''") + "'"


def _digest(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())
