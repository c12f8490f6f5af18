"""Draws a timeline as one SVG element: no style attribute, no script, nothing from elsewhere.

Colours and sizes of type come from the page's classes (axis, grid-line, band, line, point, quiet), so
that light, dark, narrow and print are the page's. No shape is told by colour: a gate is a bar with a
foot, a milestone a diamond, a task a bar, requirements a tick; what is late says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape
from itertools import groupby
from typing import Final

from plimsoll.engines.timeline.items import Item, ItemKind, Span, span_of

__all__ = ["draw_timeline"]

WIDTH: Final = 1100
_LEFT: Final = 330
"""Where the time axis begins; labels stand left of it."""
_RIGHT: Final = 1010
"""Where it ends; days outside stand right of it."""
_ROW: Final = 22
_TOP: Final = 34
_LABEL: Final = 46
"""Characters of a label that fit left of the axis."""
_MOST_WEEKS: Final = 70
_MOST_MONTHS: Final = 550
_UNPRINTABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def draw_timeline(items: Sequence[Item], *, today: date, title: str) -> str:
    """The items, one line each, under the headings of their sections, in the order given.

    Items of one section must stand together. Days are placed evenly; today is a dashed line. Ids start
    with “timeline”, so one drawing stands on a page. The drawing states days; it does not judge them.
    """
    span = span_of(items, today=today)
    rows = list(_rows(items))
    height = _TOP + _ROW * len(rows) + 22
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="broad timeline" viewBox="0 0 {WIDTH} {height}" '
        'role="img" aria-labelledby="timeline-title timeline-desc">'
        f'<title id="timeline-title">{_text(title)}</title>'
        f'<desc id="timeline-desc">{_text(_description(items, span))}</desc>',
        *_axis(span, height),
    ]
    for number, row in enumerate(rows):
        middle = _TOP + _ROW * number + _ROW / 2
        parts += _item(row, middle, span, today) if isinstance(row, Item) else [_heading(row, middle)]
    x = _x(span, today)  # today always lies within the span
    parts.append(f'<path class="line" d="M{x} {_TOP - 8}V{height - 16}"/>')
    parts.append(f'<text class="quiet" x="{x}" y="{height - 4}" text-anchor="middle">today</text>')
    return "".join(parts) + "</svg>"


def _rows(items: Sequence[Item]) -> Iterator[Item | str]:
    for section, members in groupby(items, key=lambda item: item.section):
        yield section
        yield from members


def _description(items: Sequence[Item], span: Span) -> str:
    numbers = [(sum(item.kind is kind for item in items), kind) for kind in ItemKind]
    counted = ", ".join(f"{number} {kind.counted(number)}" for number, kind in numbers)
    return f"{counted}, from {_day(span.first)} to {_day(span.last)}. The list below has every line."


def _axis(span: Span, height: int) -> Iterator[str]:
    """A line for every week, month or quarter, whichever leaves room for its name."""
    last_label = 0.0
    for tick, name in _ticks(span):
        x = _x(span, tick)
        yield f'<path class="grid-line" d="M{x} {_TOP - 8}V{height - 20}"/>'
        if x - last_label >= 52:
            yield f'<text class="quiet" x="{x}" y="{_TOP - 14}" text-anchor="middle">{name}</text>'
            last_label = x
    yield f'<path class="axis" d="M{_LEFT} {_TOP - 8}H{_RIGHT}"/>'


def _ticks(span: Span) -> Iterator[tuple[date, str]]:
    days = (span.last - span.first).days
    if days <= _MOST_WEEKS:
        monday = span.first + timedelta(days=-span.first.weekday() % 7)
        while monday <= span.last:
            yield monday, f"{monday.day} {monday:%b}"
            monday += timedelta(days=7)
        return
    step = 1 if days <= _MOST_MONTHS else 3
    year, month = span.first.year, span.first.month
    while (first := date(year, month, 1)) <= span.last:
        if first >= span.first and (month - 1) % step == 0:
            yield first, f"{first:%b %Y}" if month == 1 or step == 3 else f"{first:%b}"
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _heading(name: str, middle: float) -> str:
    return f'<text x="0" y="{middle + 4:g}" font-weight="600">{_text(_short(name, 60))}</text>'


def _item(item: Item, middle: float, span: Span, today: date) -> Iterator[str]:
    quiet = ' class="quiet"' if item.ended else ""
    yield f'<text{quiet} x="12" y="{middle + 4:g}">{_text(_short(item.label, _LABEL))}</text>'
    on = _x(span, item.on)
    if item.starts_on:
        begin = _x(span, item.starts_on)
        width = max(on - begin, 2)
        yield f'<rect class="band" x="{begin}" y="{middle - 5:g}" width="{width:g}" height="10"/>'
    if item.done_between:
        low, high = (_x(span, day) for day in item.done_between)
        yield f'<path class="axis" d="M{low} {middle + 8:g}v-3H{high}v3"/>'
    yield _shape(item.kind, on, middle, quiet=bool(item.ended))
    words = "ended" if item.ended else "late" if item.late(today) else ""
    if not span.holds(item.on):
        words = f"{_day(item.on)}{f', {words}' if words else ''}"
    if words:
        # on the side of its day where it does not cross the line of today
        before = on <= _x(span, today) < on + 60
        place = f'x="{on - 9:g}" text-anchor="end"' if before else f'x="{on + 9:g}"'
        yield f'<text class="quiet" {place} y="{middle + 4:g}">{words}</text>'


def _shape(kind: ItemKind, x: float, middle: float, *, quiet: bool) -> str:
    name = "quiet" if quiet else "point"
    if kind is ItemKind.GATE:
        return f'<path class="{name}" d="M{x - 2:g} {middle - 9:g}h4v15h4v3h-12v-3h4z"/>'
    if kind is ItemKind.MILESTONE:
        return f'<path class="{name}" d="M{x} {middle - 6:g}l6 6l-6 6l-6 -6z"/>'
    if kind is ItemKind.TASK:
        return f'<rect class="{name}" x="{x - 1.5:g}" y="{middle - 6:g}" width="3" height="12"/>'
    return f'<circle class="{name}" cx="{x}" cy="{middle:g}" r="3.5"/>'


def _x(span: Span, day: date) -> float:
    return round(_LEFT + span.share(day) * (_RIGHT - _LEFT), 1)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(text: str) -> str:
    return escape(_UNPRINTABLE.sub("", text))
