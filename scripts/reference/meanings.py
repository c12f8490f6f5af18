"""What the code cannot say by itself: one line per event, permission, setting and document."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "plimsoll"
FILE = ROOT / "docs" / "reference" / "meanings.yaml"


@dataclass(frozen=True, slots=True)
class Meanings:
    events: Mapping[str, str]
    permissions: Mapping[str, str]
    settings: Mapping[str, Mapping[str, str]]
    documents: Mapping[str, Mapping[str, str]]


def read_meanings() -> Meanings:
    """The lines of meanings.yaml; SystemExit names those that are missing or left over."""
    from plimsoll.engines.catalog.read import read_yaml
    from plimsoll.ledger.events import EventKind
    from plimsoll.people.roles import PERMISSIONS

    value = read_yaml(FILE.read_bytes(), what="meanings.yaml")
    found = Meanings(**value)
    faults = [
        *differences("event", {k.value for k in EventKind}, set(found.events)),
        *differences("permission", set(PERMISSIONS), set(found.permissions)),
        *differences("setting", set(variables_read()), set(found.settings)),
    ]
    if faults:
        raise SystemExit("docs/reference/meanings.yaml:\n" + "\n".join(faults))
    return found


def differences(kind: str, source: set[str], told: set[str]) -> list[str]:
    missing = [f"  the {kind} {name} has no meaning" for name in sorted(source - told)]
    return missing + [f"  the {kind} {name} is told and does not exist" for name in sorted(told - source)]


def variables_read() -> dict[str, set[str]]:
    """Environment variable → the modules that read it, found in the syntax of the source."""
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for name in variables_in(path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(str(path.relative_to(SOURCE)))
    return found


def variables_in(source: str) -> Iterator[str]:
    """The names that a module reads from os.environ, by get, setdefault, [...] or the settings' _flag."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func)
            if called in ("os.environ.get", "os.environ.setdefault", "os.getenv", "_flag"):
                yield from constants(node.args[0])
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield from constants(node.slice)


def constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
