"""Template tags and filters of the product; built in, so no template loads them."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.safestring import SafeString

from plimsoll.engines.gates.status import Colour
from plimsoll.kernel import clock, units
from plimsoll.kernel.verdict import Verdict
from plimsoll.ui import cells

register = template.Library()


@register.filter
def cell(value: object) -> SafeString:
    """A cell's HTML: {{ cell|cell }}."""
    return cells.render(value)


@register.filter
def verdict(value: Verdict | str) -> SafeString:
    return cells.render(cells.VerdictCell(Verdict(value)))


@register.filter
def status(value: Colour | str) -> SafeString:
    return cells.render(cells.StatusCell(Colour(value)))


@register.filter
def day(value: date) -> str:
    """Fri 26 Mar; with the year where it is not this one."""
    return cells.day(value, clock.today())


@register.filter
def stamp(value: datetime) -> SafeString:
    return cells.render(cells.Stamp(value))


@register.filter
def instant(value: datetime) -> SafeString:
    """11 Jan 09:00, for what is a matter of hours."""
    return cells.render(cells.Instant(value))


@register.filter
def due(value: date | None) -> SafeString:
    return cells.render(cells.Due(value, clock.today()))


@register.filter
def percent(value: float | None) -> str:
    """0.5556 → 55 %, rounded down; nothing known → –."""
    return "–" if value is None else units.percent(value)


@register.filter
def grouped(value: int) -> str:
    """4812 → 4,812."""
    return f"{value:,}"


@register.filter
def words(value: str) -> str:
    """A code as words: go_with_conditions → go with conditions."""
    return str(value).replace("_", " ")


@register.filter
def short(value: str) -> str:
    """The first twelve characters of a digest."""
    return f"{value[:12]}…" if len(value) > 12 else value


@register.filter
def title_in(key: str, titles: dict[str, str]) -> str:
    """The title of an id in a mapping; the id itself if it has none."""
    return titles.get(key, key)
