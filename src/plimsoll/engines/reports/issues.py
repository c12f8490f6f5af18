"""Work as issues, in the shapes that GitHub, GitLab and Jira take in.

All three are made from the same blocks, so they say the same. An import must neither run what stands
in a text nor call people: lines that GitLab would take for quick actions are escaped, and an @ in front
of a name is parted from it by a word joiner.

Shapes, read 26 Nov 2026:

- GitHub: a JSON array of what POST /repos/OWNER/REPO/issues takes (REST API 2022-11-28): title, body,
  labels.
- GitLab: CSV with title, description, due_date (docs.gitlab.com, Import issues from a CSV file).
- Jira: CSV with Summary, Issue Type, Priority, Due Date (yyyy-MM-dd), one column per label, Description
  (support.atlassian.com, Importing data from CSV).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from plimsoll.engines.reports import markdown, wiki
from plimsoll.engines.reports.document import BodyBlock
from plimsoll.engines.reports.inlines import plain
from plimsoll.kernel.errors import BadInput

__all__ = ["Issue", "IssueShape", "write_issues"]

_LONGEST_TITLE: Final = 250
"""All three take 255 characters."""
_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_CALLS: Final = re.compile(r"(?<![\w.@])@(?=\w)")
_PARTED: Final = "@\u2060"
_PRIORITIES: Final = {"critical": "Highest", "high": "High", "medium": "Medium", "": ""}


class IssueShape(StrEnum):
    """Whose import takes the file."""

    GITHUB = "github"
    GITLAB = "gitlab"
    JIRA = "jira"

    @property
    def ending(self) -> str:
        """How the file's name ends."""
        return "json" if self is IssueShape.GITHUB else "csv"

    @property
    def label(self) -> str:
        """As people call it."""
        return {"github": "GitHub", "gitlab": "GitLab", "jira": "Jira"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One piece of work to be tracked elsewhere."""

    ref: str
    """Its ref here; stands in front of the title, so that a second import is seen."""
    title: str
    """In one sentence."""
    blocks: tuple[BodyBlock, ...]
    """What it says; at least one, the first a paragraph."""
    labels: tuple[str, ...]
    """Small letters, digits and hyphens."""
    due_on: date | None = None
    """When it is due; None if never."""
    severity: str = ""
    """Critical, high, medium, or empty."""

    def __post_init__(self) -> None:
        if not self.blocks:
            raise BadInput(f"The issue {self.ref} says nothing.", hint="Give it a paragraph.")
        if self.severity not in _PRIORITIES:
            raise BadInput(f"There is no severity “{self.severity[:20]}”.")
        for label in self.labels:
            if not _LABEL.fullmatch(label):
                raise BadInput(f"“{label[:50]}” is no label.", hint="Use small letters, digits and hyphens.")

    @property
    def summary(self) -> str:
        """Ref and title on one line, at most 250 characters."""
        text = f"[{self.ref}] {plain(self.title)}"
        text = text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"
        return _CALLS.sub(_PARTED, text)


def write_issues(issues: Sequence[Issue], shape: IssueShape) -> bytes:
    """The issues as the file that the import of this shape takes, UTF-8.

    It does not know who has which account there, so nobody is assigned: the owner stands in the text.
    """
    if shape is IssueShape.GITHUB:
        return _github(issues)
    return _gitlab(issues) if shape is IssueShape.GITLAB else _jira(issues)


def _github(issues: Sequence[Issue]) -> bytes:
    listed = [
        {"title": issue.summary, "body": _markdown(issue), "labels": list(issue.labels)} for issue in issues
    ]
    return (json.dumps(listed, ensure_ascii=False, indent=2) + "\n").encode()


def _gitlab(issues: Sequence[Issue]) -> bytes:
    rows = [
        (
            issue.summary,
            re.sub(r"(?m)^(\s*)/", r"\1\\/", _markdown(issue)),
            issue.due_on.isoformat() if issue.due_on else "",
        )
        for issue in issues
    ]
    return _csv(("title", "description", "due_date"), rows)


def _jira(issues: Sequence[Issue]) -> bytes:
    most = max((len(issue.labels) for issue in issues), default=0)
    rows = [
        (
            issue.summary,
            "Task",
            _PRIORITIES[issue.severity],
            issue.due_on.isoformat() if issue.due_on else "",
            *issue.labels,
            *("" for _ in range(most - len(issue.labels))),
            _CALLS.sub(_PARTED, wiki.render_blocks(issue.blocks)),
        )
        for issue in issues
    ]
    return _csv(("Summary", "Issue Type", "Priority", "Due Date", *("Labels",) * most, "Description"), rows)


def _markdown(issue: Issue) -> str:
    return _CALLS.sub(_PARTED, markdown.render_blocks(issue.blocks))


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([header, *rows])
    return buffer.getvalue().encode()
