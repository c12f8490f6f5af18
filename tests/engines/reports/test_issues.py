from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.reports import markdown, wiki
from plimsoll.engines.reports.document import (
    Column,
    Heading,
    ItemList,
    KeyValue,
    Paragraph,
    Table,
    VerdictLine,
)
from plimsoll.engines.reports.inlines import Break, RefLink, Small, Strong, Text, plain
from plimsoll.engines.reports.issues import Issue, IssueShape, write_issues
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict


def issue(text: str = "Look at [it] *now*; call @dev (x) :) {code}", **given: object) -> Issue:
    fields: dict[str, object] = {
        "ref": "REQ-3",
        "title": "Every prompt has an owner",
        "blocks": (
            Paragraph(
                (
                    Text("From "),
                    RefLink(ref="REQ-3", url="https://p.example/h/requirements/REQ-3/"),
                    Text("."),
                )
            ),
            KeyValue((("Owner", (Text("Dev Rao"),)),)),
            Heading(level=2, text="Acceptance test"),
            Paragraph((Text(text),)),
        ),
        "labels": ("plimsoll", "data-pipeline"),
        "due_on": date(2027, 3, 26),
        "severity": "critical",
    }
    return Issue(**{**fields, **given})  # type: ignore[arg-type]


def rows(shape: IssueShape, *issues: Issue) -> list[list[str]]:
    text = write_issues(issues, shape).decode()
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_github_takes_title_body_and_labels() -> None:
    (made,) = json.loads(write_issues([issue()], IssueShape.GITHUB))
    assert made["title"] == "[REQ-3] Every prompt has an owner"
    assert made["labels"] == ["plimsoll", "data-pipeline"]
    assert made["body"] == (
        "From [REQ-3](<https://p.example/h/requirements/REQ-3/>).\n\n"
        "- **Owner:** Dev Rao\n\n"
        "## Acceptance test\n\n"
        "Look at \\[it\\] \\*now\\*; call @\u2060dev (x) :) \\{code\\}"
    )


def test_gitlab_takes_three_columns_in_this_order() -> None:
    header, made = rows(IssueShape.GITLAB, issue())
    assert header == ["title", "description", "due_date"]
    assert made[0] == "[REQ-3] Every prompt has an owner"
    assert made[1].startswith("From [REQ-3]")
    assert made[2] == "2027-03-26"
    assert rows(IssueShape.GITLAB, issue(due_on=None))[1][2] == ""


@pytest.mark.parametrize("text", ["/close", "/assign @root", "  /label ~x", "a\n/close"])
def test_no_line_of_an_issue_is_an_action_of_gitlab(text: str) -> None:
    made = issue(text, blocks=(Paragraph((Text(text),)), ItemList(((Text(text),),))))
    assert not re.search(r"(?m)^\s*/", rows(IssueShape.GITLAB, made)[1][1])


def test_jira_takes_a_column_for_each_label() -> None:
    header, first, second = rows(IssueShape.JIRA, issue(), issue(labels=(), severity="", due_on=None))
    assert header == ["Summary", "Issue Type", "Priority", "Due Date", "Labels", "Labels", "Description"]
    assert first[:6] == [
        "[REQ-3] Every prompt has an owner",
        "Task",
        "Highest",
        "2027-03-26",
        "plimsoll",
        "data-pipeline",
    ]
    assert second[1:6] == ["Task", "", "", "", ""]
    assert first[6] == (
        "From [REQ-3|https://p.example/h/requirements/REQ-3/].\n\n"
        "* *Owner:* Dev Rao\n\n"
        "h2. Acceptance test\n\n"
        "Look at \\[it\\] \\*now\\*; call @\u2060dev \\(x) \\:) \\{code\\}"
    )


@pytest.mark.parametrize("shape", list(IssueShape))
def test_no_issues_are_an_empty_file_of_the_same_shape(shape: IssueShape) -> None:
    content = write_issues([], shape)
    assert content == b"[]\n" if shape is IssueShape.GITHUB else len(content.splitlines()) == 1
    assert shape.ending == ("json" if shape is IssueShape.GITHUB else "csv")
    assert shape.label.lower() == shape.value


def test_a_long_title_is_cut_and_calls_nobody() -> None:
    made = issue(title="x" * 300).summary
    assert (len(made), made[-1]) == (250, "…")
    assert issue(title="Ask @dev, not dev@example.org").summary == (
        "[REQ-3] Ask @\u2060dev, not dev@example.org"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"blocks": ()}, "The issue REQ-3 says nothing."),
        ({"severity": "mild"}, "There is no severity “mild”."),
        ({"labels": ("data pipeline",)}, "“data pipeline” is no label."),
    ],
)
def test_an_issue_that_no_import_takes_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=re.escape(message)):
        issue(**given)


def test_every_block_of_an_issue_has_its_notation() -> None:
    blocks = (
        Paragraph((Text("h1. no heading"), Break(), Strong("strong"), Small("small"), RefLink(ref="TSK-1"))),
        ItemList(((Text("one"),), (Text("- two"),))),
        VerdictLine(verdict=Verdict.MET, text="it is so"),
    )
    assert wiki.render_blocks(blocks) == (
        "\u2060h1. no heading\\\\ *strong*smallTSK\\-1\n\n* one\n* \\- two\n\n*met* it is so"
    )
    table = Table(caption="x", columns=(Column(title="a"),), rows=())
    with pytest.raises(BadInput, match="no tables"):
        wiki.render_blocks((table,))


@given(st.text(min_size=1).filter(lambda text: plain(text).strip()))
def test_escaping_adds_backslashes_and_nothing_else(text: str) -> None:
    written = wiki.render_blocks((VerdictLine(verdict=Verdict.MET, text=text),)).removeprefix("*met* ")
    assert re.sub(r"\\(.)", r"\1", written) == plain(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[{}\[\]*_|!]", written)


@given(st.text(min_size=1).filter(lambda text: plain(text).strip()))
def test_the_three_shapes_say_the_same(text: str) -> None:
    blocks = (Paragraph((Text(text),)),)
    github = json.loads(write_issues([issue(blocks=blocks)], IssueShape.GITHUB))[0]["body"]
    gitlab = rows(IssueShape.GITLAB, issue(blocks=blocks))[1][1]
    assert gitlab.replace("\\/", "/") == github.replace("\\/", "/")
    assert github.replace("@\u2060", "@") == markdown.render_blocks(blocks).replace("@\u2060", "@")
