"""Outside test material that may lie beside the project; tests that need it are skipped without it."""

from __future__ import annotations

import json as json_reader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1].parent / "shared"


def path(relative: str) -> Path:
    """The file or folder; skips the running test if the material is not here."""
    found = ROOT / relative
    if not found.exists():
        pytest.skip(f"outside material shared/{relative} is not beside this checkout")
    return found


def json(relative: str) -> Any:
    return json_reader.loads(path(relative).read_text())
