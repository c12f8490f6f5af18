"""Writes docs/reference from the source; with --check it says what is stale and which links lead nowhere.

Every page but the glossary is made from what the code declares, and every example by running the code on
one small program, in memory, on a fixed day, with fixed keys and salts. What the code cannot say stands
in docs/reference/meanings.yaml; a line that is missing or left over there is an error.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that it runs as a command and imports as a module alike

from scripts.reference import declared, examples, interfaces, law, links  # noqa: E402

REFERENCE = ROOT / "docs" / "reference"
PAGES: Mapping[str, Callable[[examples.Story], str]] = {
    "api.md": interfaces.api_page,
    "checks.md": declared.checks_page,
    "cli.md": interfaces.cli_page,
    "documents.md": declared.documents_page,
    "errors.md": declared.errors_page,
    "events.md": declared.events_page,
    "law.md": law.law_page,
    "obligations-for-twelve-systems.md": law.twelve_page,
    "permissions.md": declared.permissions_page,
    "questions.md": declared.questions_page,
    "requirements.md": declared.requirements_page,
    "settings.md": declared.settings_page,
    "stage-table.md": declared.stage_page,
}


def made_pages() -> dict[str, str]:
    """File name → what the page must say; made anew in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-docs-") as folder:
        home = Path(folder)
        examples.prepare(home)
        try:
            story = examples.tell(home)
        finally:
            examples.close_log()  # it would write into the folder while that is taken away
        return {name: page(story) for name, page in PAGES.items()}


def main(arguments: Sequence[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: scripts/docs.py [--check]", file=sys.stderr)
        return 2
    pages = made_pages()
    faults = []
    for name, text in pages.items():
        path = REFERENCE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if arguments:
            faults.append(f"docs/reference/{name} is stale; run: make docs")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/reference/{name}")
    faults += links.dead_links()
    print("\n".join(faults) if faults else "The reference is fresh and every link leads somewhere.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
