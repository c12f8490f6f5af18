"""Sample content for /patterns: a list of risks, a brief, a curve, marks. Nothing of it is measured."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import erfc, exp, log, sqrt
from typing import Any

from django.http import QueryDict

from plimsoll.engines.mark import Load, MarkFacts
from plimsoll.engines.reports import html
from plimsoll.engines.reports.document import Document, Line, Paragraph
from plimsoll.engines.reports.inlines import Hatched, Number, RefLink, Status, StatusWord, Text
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import Money
from plimsoll.kernel.verdict import Verdict
from plimsoll.ui import cells
from plimsoll.ui.lists import BulkAction, Column, Filter, Listing, ListQuery, ListSpec, Row

__all__ = ["PEOPLE", "RISKS", "SYSTEMS", "exceedance", "listing", "mark_facts", "paper"]

PEOPLE = ("Noor", "Ines", "Tomas", "Priya", "Marc", "Dana")
SYSTEMS = ("Bosun", "Keel", "Lookout")
STATES = ("open", "planned", "carried", "closed")
RISKS = (
    "A vendor document carries hidden instructions and the assistant refunds an order",
    "Retrieval returns a passage of another tenant",
    "A secret stands in a prompt log",
    "The vendor changes the model under a pinned name",
    "Long prompts run up the bill of one tenant",
    "Brokers' notes poison the next training set",
    "The quote interface gives the model away query by query",
    "A field of the credit bureau changes meaning",
    "A person at dusk is not seen in the crane zone",
    "A stolen update key reaches the cameras",
)


def _euro(amount: int) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def mark_facts() -> list[MarkFacts]:
    amounts = (3_000_000, 1_200_000, 400_000, 120_000)
    stages = (Stage.PROTOTYPE, Stage.PILOT, Stage.LIMITED, Stage.GA)
    lines = {stage: _euro(amount) for stage, amount in zip(stages, amounts, strict=True)}
    load = Load(low=_euro(450_000), best=_euro(700_000), high=_euro(1_500_000))
    return [
        MarkFacts(system="Bosun", stage=Stage.PILOT),
        MarkFacts(system="Keel", stage=Stage.PILOT, lines=lines, load=load),
        MarkFacts(system="Lookout", stage=Stage.LIMITED, lines=lines, load=load),
        MarkFacts(system="Old", stage=Stage.RETIRED),
    ]


SPEC = ListSpec(
    name="risks",
    columns=(
        Column(key="ref", label="Ref", sort=("number",)),
        Column(key="title", label="Risk", sort=("title",), wide=True),
        Column(key="system", label="System", sort=("system",)),
        Column(key="state", label="State", sort=("state",)),
        Column(key="owner", label="Owner", sort=("owner",)),
        Column(key="due", label="Due", sort=("due_on",)),
        Column(key="loss", label="Loss, EUR a year", sort=("loss",), numeric=True),
        Column(key="proof", label="Controls", optional=True),
    ),
    filters=(
        Filter(key="of", label="System", choices=[(s.lower(), s) for s in SYSTEMS]),
        Filter(key="state", label="State", choices=[(s, s) for s in STATES]),
        Filter(key="owner", label="Owner", choices=[(p.lower(), p) for p in PEOPLE]),
    ),
    groups=(("system", "System"), ("state", "State")),
    default_sort="ref",
    bulk=(
        BulkAction(key="assign", label="Assign", field="owner", choices=[(p.lower(), p) for p in PEOPLE]),
        BulkAction(key="move", label="Set state", field="state", choices=[(s, s) for s in STATES]),
        BulkAction(key="date", label="Set due date", field="due", kind="date"),
    ),
)


def listing(given: QueryDict, today: date, *, rows: int = 50) -> Listing:
    query = ListQuery.read(SPEC, given)
    made = [_row(number, today, query.group) for number in range(1, rows + 1)]
    made.sort(key=lambda row: row.group)
    return Listing(
        query=query,
        rows=made,
        total=4812 if rows else 0,
        title="Risks (sample)",
        sentence="What could happen to the systems of this program. Nothing on this page is real.",
        empty="No risk is written down yet. That does not show that there is none.",
        empty_action=("Add the first risk", "/patterns/form/"),
        actions=[("Add a risk", "/patterns/form/"), ("Import CSV", "/patterns/form/")],
        views=[("Overdue", "?sort=due"), ("Unowned, by system", "?group=system")],
        bulk_url="/patterns/list/",
    )


def _row(number: int, today: date, group: str) -> Row:
    ref, system, state = f"RSK-{number}", SYSTEMS[number % 3], STATES[number * 7 % 4]
    title, prior = RISKS[number % len(RISKS)], number % 3 == 0
    loss = f"{1_000 * (number * 37 % 410 + 5):,}"
    return Row(
        key=ref,
        url="/patterns/record/",
        group={"system": system, "state": state}.get(group, ""),
        cells={
            "ref": cells.RefLink(ref, "/patterns/record/", title),
            "title": cells.Text(title),
            "system": cells.Text(system),
            "state": cells.Tag(state),
            "owner": cells.Person(PEOPLE[number * 5 % 6]),
            "due": cells.Due(today + timedelta(days=number * 11 % 60 - 6), today),
            "loss": cells.Tag(f"{loss} prior", hatched=True) if prior else cells.Amount(loss),
            "proof": cells.VerdictCell(list(Verdict)[number % 3]),
        },
    )


def paper(now: datetime) -> str:
    gate = Number(value="12", unit="met", source="gate GTE-1, sample", href="/patterns/record/")
    prior = Number(value="EUR 31,400", unit="a year", source="catalog, sample", prior=True)
    lines = (
        ("Ships", StatusWord(Status.AMBER), (Text("Bosun, pilot to limited on Fri 26 Mar: "), gate)),
        ("Load against line", StatusWord(Status.WHITE), (Text("Not yet measured. "), prior)),
        ("Risks", None, (RefLink(ref="RSK-14", url="/patterns/record/"), Text(f" {RISKS[0]}."))),
        ("Not known", None, (Hatched(text="Tenants' uploads are trusted"), Text(", due Fri 12 Feb."))),
    )
    return html.render(
        Document(
            title="Brief: Halyard (sample)",
            subtitle=f"{now:%d %b %Y}. 1 system. Nothing on this page is real.",
            language="en",
            footer=("record 3f2a9c41", "log position 1,204"),
            blocks=tuple(
                Line(label=label, status=status, body=(Paragraph(inlines),))
                for label, status, inlines in lines
            ),
        )
    )


def exceedance(name: str) -> dict[str, Any]:
    """Chance that a year's loss exceeds x, for a lognormal with a stated 90 % range (PRODUCT section 7)."""
    low, high, line = 15_000.0, 400_000.0, 120_000.0
    middle, spread = (log(low) + log(high)) / 2, (log(high) - log(low)) / 3.29

    def chance(loss: float) -> float:
        return erfc((log(loss) - middle) / (spread * sqrt(2))) / 2

    def across(loss: float) -> float:
        return 56 + 560 * (log(loss) - log(5_000)) / (log(1_000_000) - log(5_000))

    grid = [exp(log(5_000) + step * (log(1_000_000) - log(5_000)) / 60) for step in range(61)]
    return {
        "sentence": f"In {100 * chance(line):.0f} % of simulated years Keel loses more than its line allows.",
        "label": f"Exceedance curve, {name}",
        "sample": True,
        "template": "ui/patterns/exceedance.html",
        "curve": " ".join(f"{across(loss):.1f},{20 + 200 * (1 - chance(loss)):.1f}" for loss in grid),
        "line": f"{across(line):.1f}",
        "ticks": [(f"{across(loss):.1f}", f"{loss:,.0f}") for loss in (10_000, 100_000, 1_000_000)],
        "twin": {
            "caption": f"Chance of exceeding a loss, {name}",
            "headings": ("Loss, EUR a year", "Chance"),
            "rows": [
                (f"{loss:,.0f}", f"{100 * chance(loss):.0f} %") for loss in (10_000, 50_000, line, 500_000)
            ],
        },
    }
