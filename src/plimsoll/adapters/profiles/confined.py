"""DuckDB, bound to the named files: no other path, no network, no extension, no spilling to disk."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence

import duckdb

from plimsoll.kernel.errors import BadInput, ErrorCode

__all__ = ["MEMORY_MB", "THREADS", "connect", "described", "named", "quoted"]

MEMORY_MB = 192
"""What DuckDB may hold at once, in MiB; Python comes on top."""
THREADS = 2
"""More would be faster and take more memory."""
_FILE = re.compile(r"(?:[Ff]ile )?[\"'“]?/(?:proc/self|dev)/fd/[0-9]+[\"'”]?")
_TOO_LONG = ("max_line_size", "maximum line size", "maximum_object_size")
_REASONS = {
    "Malformed JSON": "a line is no JSON value",
    "Expected OBJECT": "a line is no object",
    "duplicate key": "a key stands twice",
    "Expected Number of Columns": "a row has not as many cells as there are columns",
    "uote": "a quotation mark is not closed, or stands where none may",
    "unicode": "it is not UTF-8",
    "UTF-8": "it is not UTF-8",
}
_LINE = re.compile(r"\b[Ll]ine:? ([0-9]+)")


def connect(paths: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A connection that can open `paths` for reading and cannot be told to do more."""
    connection = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": f"{MEMORY_MB}MB"})
    for setting in (
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "python_enable_replacements = false",
        "preserve_insertion_order = false",
        "parquet_metadata_cache = true",
        "temp_directory = ''",
        f"allowed_paths = [{', '.join(quoted(path) for path in paths)}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    return connection


def quoted(text: str) -> str:
    """The text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """The name as an identifier of SQL."""
    return '"' + column.replace('"', '""') + '"'


@contextlib.contextmanager
def described(name: str, form: str) -> Iterator[None]:
    """Turns what DuckDB says of a table into one sentence; `name` and `form` are those of the table."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise BadInput(
            f"{name} cannot be counted in {MEMORY_MB} MiB.",
            hint="Write it with smaller row groups, or with shorter values.",
            code=ErrorCode.TOO_LARGE,
        ) from error
    except duckdb.Error as error:
        text = str(error)
        line = _LINE.search(text)
        where = f" in line {int(line[1]):,}" if line else ""
        if any(word in text.lower() for word in _TOO_LONG):
            raise BadInput(
                f"{name} has a line that is too long{where}.",
                hint="A line may have 1 MiB.",
                code=ErrorCode.TOO_LARGE,
            ) from error
        raise BadInput(
            f"{name} is not {form.split(',')[0]} that can be read{where}{_reason(text, form)}.",
            hint="Give the whole file, as the tool that writes such files leaves it.",
        ) from error


def _reason(text: str, form: str) -> str:
    """Why, in words of ours: what DuckDB says of text quotes the rows, and names places of this machine."""
    for word, reason in _REASONS.items():
        if word in text:
            return f": {reason}"
    if form != "Parquet":
        return ""
    first = re.sub(_FILE, "the file", text.strip().splitlines()[0])
    first = re.sub(r"^[A-Z][A-Za-z ]*Error: ", "", first)
    return f": {first.rstrip('. ')[:160]}"
