"""What a table cell or a fact on a page can be, and its HTML. One word per kind of value.

Cells are plain values; `render` turns one into HTML with the same words, shapes and classes on every
page. A colour never stands without its word, a number never without its unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import singledispatch

from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from plimsoll.engines.gates.status import Colour
from plimsoll.kernel.verdict import Verdict

__all__ = [
    "Amount",
    "Cell",
    "Due",
    "Gauge",
    "Instant",
    "Lapse",
    "Link",
    "Mono",
    "Nothing",
    "Person",
    "RefLink",
    "Stamp",
    "StatusCell",
    "Tag",
    "Text",
    "VerdictCell",
    "plain",
    "render",
]

SHAPES = {Colour.RED: "■", Colour.AMBER: "▲", Colour.GREEN: "●", Colour.WHITE: "○"}
VERDICT_SHAPES = {Verdict.MET: "●", Verdict.NOT_MET: "■", Verdict.UNKNOWN: "○"}


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or word."""

    text: str


@dataclass(frozen=True, slots=True)
class Mono:
    """A digest, code or id."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class RefLink:
    """A record's ref, with its title on hover."""

    ref: str
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    name: str


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline: date, and whether it is past."""

    on: date | None
    today: date
    done: bool = False


@dataclass(frozen=True, slots=True)
class Stamp:
    """An instant: date shown, time and zone on hover."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant of which the hour matters: day and time shown, the year and the zone on hover."""

    at: datetime
    local: bool = False
    """Whether to show it as given, not in the reader's zone: a deadline counts where the authority is."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """A length of time: "2 d 4 h"; negative where something is past."""

    length: timedelta
    at_least: bool = False
    """Whether it still grows."""


@dataclass(frozen=True, slots=True)
class VerdictCell:
    verdict: Verdict
    word: str = ""
    waived: bool = False


@dataclass(frozen=True, slots=True)
class StatusCell:
    colour: Colour
    text: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit, and its interval if it has one."""

    value: str
    unit: str = ""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Gauge:
    """So many of so many."""

    part: int
    whole: int
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A word out of a fixed list; hatched if it is an assumption or prior."""

    text: str
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is known or said here."""

    word: str = "–"


Cell = (
    Text
    | Mono
    | Link
    | RefLink
    | Person
    | Due
    | Stamp
    | Instant
    | Lapse
    | VerdictCell
    | StatusCell
    | Amount
    | Gauge
    | Tag
    | Nothing
)


@singledispatch
def render(cell: object) -> SafeString:
    """The cell's HTML; plain values are escaped."""
    return format_html("{}", cell)


@render.register
def _(cell: Text) -> SafeString:
    return format_html("{}", cell.text)


@render.register
def _(cell: Mono) -> SafeString:
    return format_html('<code title="{}">{}</code>', cell.title or cell.text, cell.text)


@render.register
def _(cell: Link) -> SafeString:
    return format_html('<a href="{}">{}</a>', cell.url, cell.text)


@render.register
def _(cell: RefLink) -> SafeString:
    return format_html('<a class="ref" href="{}" title="{}">{}</a>', cell.url, cell.title, cell.ref)


@render.register
def _(cell: Person) -> SafeString:
    return format_html("{}", cell.name)


@render.register
def _(cell: Due) -> SafeString:
    if cell.on is None:
        return SafeString('<span class="nothing">no date</span>')
    days = (cell.on - cell.today).days
    distance = remaining(days)
    late = days < 0 and not cell.done
    return format_html(
        '<time class="due{}" datetime="{}" title="{}">{}</time>',
        " late" if late else "",
        cell.on.isoformat(),
        distance,
        f"{day(cell.on, cell.today)} · {distance}" if late else day(cell.on, cell.today),
    )


@render.register
def _(cell: Stamp) -> SafeString:
    local = localtime(cell.at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        cell.at.isoformat(timespec="seconds"),
        f"{local:%d %b %Y %H:%M} {local.tzname()}",
        format_date(local, "j M Y"),
    )


@render.register
def _(cell: Instant) -> SafeString:
    local = cell.at if cell.local else localtime(cell.at)
    return format_html(
        '<time class="instant" datetime="{}" title="{}">{}</time>',
        cell.at.isoformat(timespec="seconds"),
        f"{local:%a %d %b %Y %H:%M:%S} {local.tzname()}",
        format_date(local, "j M H:i"),
    )


@render.register
def _(cell: Lapse) -> SafeString:
    return format_html('<span class="amount">{}</span>', plain(cell))


@render.register
def _(cell: VerdictCell) -> SafeString:
    word = cell.word or cell.verdict.word
    if cell.waived:
        return format_html('<span class="verdict waived"><b>◐</b> {}, waived</span>', word)
    return format_html(
        '<span class="verdict {}"><b>{}</b> {}</span>',
        cell.verdict.value,
        VERDICT_SHAPES[cell.verdict],
        word,
    )


@render.register
def _(cell: StatusCell) -> SafeString:
    return format_html(
        '<span class="status {}"><b>{}</b> {}</span>',
        cell.colour.value,
        SHAPES[cell.colour],
        cell.text or cell.colour.word,
    )


@render.register
def _(cell: Amount) -> SafeString:
    interval = format_html(' <span class="interval">{}</span>', cell.interval) if cell.interval else ""
    unit = format_html(' <span class="unit">{}</span>', cell.unit) if cell.unit else ""
    return format_html('<span class="amount">{}{}{}</span>', cell.value, unit, interval)


@render.register
def _(cell: Gauge) -> SafeString:
    return format_html(
        '<span class="gauge"><meter min="0" max="{}" value="{}">{} of {}</meter> {} of {}{}</span>',
        max(cell.whole, 1),
        cell.part,
        cell.part,
        cell.whole,
        cell.part,
        cell.whole,
        f" {cell.noun}" if cell.noun else "",
    )


@render.register
def _(cell: Tag) -> SafeString:
    return format_html('<span class="tag{}">{}</span>', " hatched" if cell.hatched else "", cell.text)


@render.register
def _(cell: Nothing) -> SafeString:
    return format_html('<span class="nothing">{}</span>', cell.word)


@render.register
def _(cells: tuple) -> SafeString:  # type: ignore[type-arg]  # singledispatch needs the bare class
    return format_html_join(" ", "{}", ((render(cell),) for cell in cells))


def day(on: date, today: date) -> str:
    """The date as people say it: weekday, day, month; the year where it is not this one."""
    pattern = "D j M" if on.year == today.year else "D j M Y"
    return format_date(on, pattern)


def remaining(days: int) -> str:
    """A distance in days, in words."""
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"in {count}" if days > 0 else f"{count} late"


def lapse(length: timedelta) -> str:
    """A length of time in its two greatest units, rounded down: 2 d 4 h, 35 min, 0 min."""
    minutes = abs(length) // timedelta(minutes=1)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min"


def plain(cell: object) -> str:
    """The cell as a spreadsheet holds it."""
    match cell:
        case Text(text) | Mono(text) | Tag(text) | Link(text) | Person(text):
            return text
        case RefLink(ref):
            return ref
        case Due(on):
            return on.isoformat() if on else ""
        case Stamp(at) | Instant(at):
            return at.isoformat(timespec="seconds")
        case Lapse(length, at_least):
            words = f"{lapse(length)} past" if length < timedelta(0) else lapse(length)
            return f"at least {words}" if at_least else words
        case VerdictCell(verdict, word, waived):
            return f"{word or verdict.word}{', waived' if waived else ''}"
        case StatusCell(colour):
            return colour.value
        case Amount(value, unit, interval):
            return " ".join(part for part in (value, unit, interval) if part)
        case Gauge(part, whole):
            return f"{part}/{whole}"
        case Nothing():
            return ""
        case tuple():
            return ", ".join(plain(part) for part in cell)
        case _:
            return str(cell)
