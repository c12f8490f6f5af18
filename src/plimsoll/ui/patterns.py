"""Contexts for /patterns: every component in every state, and every page kind, with sample content.

Nothing here is measured and every page says so. /patterns/ shows `contexts()` in ui/patterns.html;
/patterns/NAME/ shows `kinds()[NAME]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict

from plimsoll.engines.gates.status import Colour
from plimsoll.engines.mark import draw_mark
from plimsoll.kernel import clock
from plimsoll.kernel.verdict import Verdict, all_of, met, not_met, unknown
from plimsoll.ui import cells, pattern_samples

__all__ = ["contexts", "kinds", "sample_frame"]

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEntry:
    """A log entry as the history panel shows it."""

    index: int
    kind: str
    at: datetime
    actor_name: str
    url: str = "/patterns/record/"


class SampleForm(forms.Form):
    title = forms.CharField(label="Risk in one sentence", help_text="Cause, event, consequence.")
    owner = forms.ChoiceField(
        choices=[("", "Choose a person"), *((p.lower(), p) for p in pattern_samples.PEOPLE)]
    )
    due = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False, label="Due")
    place = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("data", "Data pipeline"), ("model", "Model")], initial="data"
    )
    systems = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[(s.lower(), s) for s in pattern_samples.SYSTEMS],
    )
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    carried = forms.BooleanField(required=False, label="This risk is carried knowingly")


def contexts() -> dict[str, Any]:
    """The context of ui/patterns.html: every component in every state, light and dark."""
    today, now = clock.today(), clock.now()
    return {**_shared(), "themes": [_theme(name, today, now) for name in THEMES], "sections": SECTIONS}


def kinds(given: QueryDict | None = None) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name → template and context of one sample page of every kind; `given` is the list page's query."""
    today, now = clock.today(), clock.now()
    paper = pattern_samples.paper(now)
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "list": (LIST, {"listing": pattern_samples.listing(given or QueryDict(), today)}),
        "empty": (LIST, {"listing": pattern_samples.listing(QueryDict(), today, rows=0)}),
        "record": ("ui/patterns/record.html", _record(today, now)),
        "room": ("ui/patterns/room.html", {**ROOM, "questions": _questions()}),
        "form": ("ui/kinds/form.html", {**FORM, "form": SampleForm(TYPED)}),
        "paper": ("ui/kinds/paper.html", {**PAPER, "paper": paper}),
        "chart": ("ui/kinds/chart.html", {**CHART, "figure": pattern_samples.exceedance("chart")}),
        "timeline": ("ui/kinds/timeline.html", {"title": "Gates (sample)", "figure": TIMELINE}),
        "go": ("ui/go.html", {"q": "rsk", "results": FOUND}),
    }
    return {name: (template, {**_shared(name), **page}) for name, (template, page) in pages.items()}


def _shared(name: str = "") -> dict[str, Any]:
    return {"frame": sample_frame(name), "crumbs": [("Patterns", "/patterns/"), (name or "components", "")]}


def sample_frame(current: str = "") -> dict[str, Any]:
    """A frame as a program's pages have it; its words lead from pattern to pattern."""
    words = ("Scope", "Risks", "Gates", "Decisions", "Incidents", "Brief")
    names = ("room", "list", "record", "form", "timeline", "paper")
    return {
        "program": {"slug": "patterns", "name": "Halyard AI products", "sample": True},
        "programs": [{"slug": "patterns", "name": "Halyard AI products"}],
        "six": [
            {"word": word, "url": f"/patterns/{name}/", "key": word[0].lower(), "current": name == current}
            for word, name in zip(words, names, strict=True)
        ],
        "used": [
            {"word": word, "url": f"/patterns/{name}/", "current": name == current}
            for word, name in (("Requirements", "empty"), ("Evidence", "chart"), ("Log", "go"))
        ],
        "settings": [{"word": "Components", "url": "/patterns/", "current": not current}],
        "person": {"name": "Noor", "handle": "noor"},
        "waiting_url": "",
        "save_view_url": "/patterns/list/",
        "footer": "Plimsoll, sample page, record 3f2a9c41, log position 1,204",
    }


def _theme(name: str, today: date, now: datetime) -> dict[str, Any]:
    wrong = SampleForm({"title": "", "owner": "noor"}, auto_id=f"{name}-wrong-%s")
    return {
        "name": name,
        "prefix": f"{name}-",
        "values": _values(today, now),
        "marks": [
            draw_mark(facts, prefix=f"{name}-mark-{number}")
            for number, facts in enumerate(pattern_samples.mark_facts())
        ],
        "fields": list(SampleForm(auto_id=f"{name}-%s").visible_fields()),
        "wrong": wrong,
        "history": _history(now),
        "comments": _comments(now),
        "figure": pattern_samples.exceedance(name),
        "judgements": _judgements(),
        "rules": [
            (Colour.RED, "2 assumptions are past due"),
            (Colour.WHITE, "P(next gate on its date) is not measured"),
            (Colour.GREEN, "no waiver has expired"),
        ],
        "question": {**_questions()[0], "code": f"{name}-A1"},
        "facts": [("Owner", cells.Person("Priya")), ("Due", cells.Due(today + timedelta(days=6), today))],
        "chips": [{"label": "System", "value": "Bosun", "lift": "?"}],
        "steps_label": f"Steps, {name}",
        "pager_label": f"Pages, {name}",
    }


def _values(today: date, now: datetime) -> list[tuple[str, Any]]:
    statuses = tuple(cells.StatusCell(colour) for colour in reversed(Colour))
    verdicts = tuple(cells.VerdictCell(verdict) for verdict in Verdict)
    return [
        ("Status", statuses),
        ("Verdict", (*verdicts, cells.VerdictCell(Verdict.NOT_MET, waived=True))),
        ("Tag", (cells.Tag("high"), cells.Tag("prior", hatched=True))),
        ("Amount", cells.Amount("31,400", "EUR a year", "90 %: 15,000–400,000")),
        ("Gauge", (cells.Gauge(15, 37, "certain"), cells.Gauge(0, 9), cells.Gauge(9, 9))),
        ("Due", tuple(cells.Due(today + timedelta(days=days), today) for days in (12, 0, -3))),
        ("No date", cells.Due(None, today)),
        ("Instant", cells.Stamp(now)),
        ("Ref", cells.RefLink("RSK-14", "/patterns/record/", pattern_samples.RISKS[0])),
        ("Link", cells.Link("How the rule reads", "/patterns/record/")),
        ("Code", cells.Mono("3f2a9c41d07b")),
        ("Nothing", cells.Nothing()),
    ]


def _judgements() -> list[dict[str, Any]]:
    return [
        {
            "title": "The tool list is closed and each tool has least privilege",
            "judgement": all_of([met("EVD-12 lists 3 tools, each with a scope", source="EVD-12")]),
            "why": "Asked since INC-1.",
        },
        {
            "title": "Every prompt is traced under one id",
            "judgement": all_of(
                [not_met("20 % of the prompts are traced", source="EVD-9"), met("Tool calls are traced")]
            ),
            "why": "",
            "open": True,
        },
        {
            "title": "Traces are kept for 30 days",
            "judgement": not_met("WVR-2 is in force until Fri 30 Apr", source="WVR-2"),
            "waived": True,
        },
        {
            "title": "The rollback was timed",
            "judgement": unknown("nobody has run the drill yet"),
            "why": "A way back that was never walked is a hope.",
        },
    ]


def _history(now: datetime) -> list[SampleEntry]:
    kinds = (("decide:gate:signed", "Marc"), ("plan:risk:assigned", "Noor"), ("plan:risk:opened", "Ines"))
    return [
        SampleEntry(index=1204 - 31 * step, kind=kind, at=now - timedelta(days=4 * step), actor_name=who)
        for step, (kind, who) in enumerate(kinds)
    ]


def _comments(now: datetime) -> list[dict[str, Any]]:
    text = "The vendor's documents were never asked about.\n@priya can the index leave them out?"
    return [{"author": "Ines", "text": text, "written_at": now - timedelta(hours=5)}]


def _record(today: date, now: datetime) -> dict[str, Any]:
    return {
        "record": {
            "title": f"{pattern_samples.RISKS[0]} (sample)",
            "ref": "RSK-14",
            "kind": "Risk",
            "state": [cells.Tag("planned")],
            "facts": [
                ("Owner", cells.Person("Priya")),
                ("Due", cells.Due(today + timedelta(days=15), today)),
                ("System", cells.Link("Bosun", "/patterns/record/")),
                ("Loss", cells.Amount("31,400", "EUR a year", "90 %: 15,000–400,000")),
                ("Source", cells.Text("written by Ines")),
            ],
        },
        "mark": draw_mark(pattern_samples.mark_facts()[0], prefix="record"),
        "judgements": _judgements(),
        "history": _history(now),
        "log_mark": "Log position 1,204, root 3f2a9c41d07b…",
        "comments": _comments(now),
        "comment_url": "/patterns/record/",
    }


def _questions() -> list[dict[str, Any]]:
    reasons = [("out_of_scope", "out of scope"), ("architecture", "architecture constraint")]
    asked = (
        ("A1", "May the system change something outside itself?", ("no", "reads", "writes"), "unknown"),
        ("D2", "Does it read text that strangers wrote?", ("no", "yes"), "yes"),
        ("M2", "Can the vendor change the model without telling you?", ("no", "yes"), ""),
    )
    return [
        {
            "code": code,
            "url": "/patterns/room/",
            "text": text,
            "meta": ("settles 3 to 5 of 12 open items", "default: worst case"),
            "answers": [{"value": word, "label": word, "chosen": word == chosen} for word in words],
            "chosen": chosen,
            "reasons": reasons,
            "assumption": "We act as if it writes, until Fri 12 Feb. Owner: Ines."
            if chosen == "unknown"
            else "",
        }
        for code, text, words, chosen in asked
    ]


SECTIONS = (
    ("Colour and type", "ui/patterns/parts/colour.html"),
    ("Buttons, keys, copying", "ui/patterns/parts/buttons.html"),
    ("Values", "ui/patterns/parts/values.html"),
    ("The mark", "ui/patterns/parts/mark.html"),
    ("Status and criteria", "ui/patterns/parts/status.html"),
    ("Facts, figures, lists", "ui/patterns/parts/facts.html"),
    ("Steps and questions", "ui/patterns/parts/steps.html"),
    ("Fields", "ui/patterns/parts/fields.html"),
    ("Messages and empty states", "ui/patterns/parts/messages.html"),
    ("Chips, pages, disclosures", "ui/patterns/parts/chips.html"),
    ("History and comments", "ui/patterns/parts/history.html"),
    ("Chart with its table twin", "ui/patterns/parts/chart.html"),
)
LIST = "ui/kinds/list.html"
PAPER = {
    "title": "Brief: Halyard (sample)",
    "downloads": [("PDF", "/patterns/paper/"), ("Markdown", "/patterns/paper/")],
}
CHART = {"title": "Loss of Keel (sample)"}
TYPED = {"title": "", "due": "", "note": "Typed and kept."}
FORM = {
    "title": "Add a risk (sample)",
    "sentence": "One sentence, one owner. The rest can follow.",
    "submit": "Add the risk",
    "cancel_url": "/patterns/list/",
    "help": "A risk is a cause, an event and a consequence on an asset. Estimates come later.",
}
ROOM = {
    "title": "Scope of Bosun (sample)",
    "sentence": "Answer what you know. Unknown is an answer.",
    "steps": [
        {"label": "Describe", "state": "done", "url": "/patterns/form/"},
        {"label": "Answer", "state": "current", "url": ""},
        {"label": "Review", "state": "next", "url": ""},
    ],
    "figures": [("15", "certain", "/patterns/list/"), ("12", "open", ""), ("10", "out", "")],
}
TIMELINE = {
    "sentence": "Bosun reaches its next gate between Thu 18 Mar (P50) and Wed 24 Mar (P80).",
    "label": "Gates over time",
    "sample": True,
    "template": "ui/patterns/gates.html",
    "twin": {
        "caption": "Gates with P50 and P80 dates",
        "headings": ("Gate", "P50", "P80", "Committed"),
        "rows": [
            ("Bosun, limited", "Thu 18 Mar", "Wed 24 Mar", "Fri 26 Mar"),
            ("Keel, GA", "Mon 21 Jun", "Mon 5 Jul", "Wed 30 Jun"),
            ("Lookout, pilot", "Tue 20 Apr", "Thu 13 May", "Fri 7 May"),
        ],
    },
}
FOUND = [
    {"ref": "RSK-14", "label": pattern_samples.RISKS[0], "kind": "risk", "url": "/patterns/record/"},
    {"ref": "", "label": "Risks", "kind": "page", "url": "/patterns/list/"},
]
