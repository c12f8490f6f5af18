"""Finds relative links, anchors and quoted paths in Markdown that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!\\)!?\[[^\][]*\]\(([^)\s]+)\)")
HTML_LINK = re.compile(r"<(?:img|a|source)\b[^>]*?(?:src|href|srcset)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
PATH = re.compile(r"`((?:src|tests|scripts|docs|requirements|benchmarks)/[\w./-]+)`")


def markdown_files() -> list[Path]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
    return sorted(found)


def dead_links(root: Path = ROOT, files: Sequence[Path] | None = None) -> list[str]:
    """One line per relative link, anchor or quoted path in a Markdown file that leads nowhere."""
    dead = []
    for path in markdown_files() if files is None else files:
        text = FENCE.sub("", path.read_text(encoding="utf-8"))
        where = path.relative_to(root)
        for target in [*LINK.findall(text), *HTML_LINK.findall(text)]:
            if not re.match(r"[a-z]+:", target) and not leads_somewhere(path, target):
                dead.append(f"{where}: the link {target} leads nowhere")
        dead += [
            f"{where}: there is no {quoted}"
            for quoted in dict.fromkeys(PATH.findall(text))
            if "NAME" not in quoted and not (root / quoted.rstrip("/.")).exists()
        ]
    return dead


def leads_somewhere(path: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    found = (path.parent / name).resolve() if name else path
    if not found.exists():
        return False
    return not anchor or (found.suffix == ".md" and anchor in anchors(found.read_text(encoding="utf-8")))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a Markdown text."""
    found: dict[str, int] = {}
    for title in re.findall(r"^#{1,6} +(.+?) *$", FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"[`*]|\]\([^)]*\)|\[", "", title)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return set(found)
