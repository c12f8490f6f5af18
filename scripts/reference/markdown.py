"""Small pieces of Markdown: headings, tables, fences, JSON that is cut to a readable length."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

MADE = "<!-- Made by scripts/docs.py; change the source or meanings.yaml, then run `make docs`. -->"
SHOWN_ITEMS = 2
SHOWN_TEXT = 96


def heading(title: str, *sentences: str) -> str:
    return "\n\n".join([MADE, f"# {title}", *sentences])


def cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def fenced(text: str, language: str = "") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def as_json(value: object) -> str:
    return fenced(json.dumps(shortened(value), indent=2, ensure_ascii=False), "json")


def shortened(value: Any) -> Any:
    """The value with lists cut to their first items and long texts to their beginning."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value[:SHOWN_ITEMS]]
    if isinstance(value, str) and len(value) > SHOWN_TEXT:
        return value[: SHOWN_TEXT - 1] + "…"
    return value


def joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
