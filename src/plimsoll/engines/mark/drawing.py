"""Draws the mark: a hull section with the stage lines, and the water line where the load stands.

After the load line that Samuel Plimsoll fought for (Merchant Shipping Act 1876): a disc with a bar
through it, level with the line that counts, and beside it a ladder of lines for other conditions.
Here the conditions are the stages of a system's life, and the disc sits on the line of its stage.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final

from plimsoll.engines.mark.facts import Load, MarkFacts
from plimsoll.engines.mark.heights import RUNGS, height_of
from plimsoll.engines.mark.sentences import beside, describe, is_over, rung_name
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import Stage

__all__ = ["draw_mark"]

HEIGHT: Final = 96
"""Drawing units are CSS pixels at this height."""
_SIDES: Final = "M10 4L12 48C12.6 71 19 82 33 84.4L43.5 86H48.5L59 84.4C73 82 79.4 71 80 48L82 4"
"""A midship section from bulwark to bulwark: a little flare, round bilge, a little rise of floor."""
_BODY: Final = "M10.5 14Q46 9 81.5 14L80 48C79.4 71 73 82 59 84.4L48.5 86H43.5L33 84.4C19 82 12.6 71 12 48Z"
"""The hull below its cambered deck, which is what water and hatching fill."""
_DECK: Final = "M10.5 14Q46 9 81.5 14"
_KEEL: Final = "M43.4 86H48.6V91.5H43.4Z"
_LABELS_AT: Final = 98
_AMOUNTS_AT: Final = 157
"""Clear of the longest name of a stage, in bold."""
_LETTER: Final = 5.7
"""Width of an average letter at 9.5 units, generous enough for wide system fonts."""
_PREFIX: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")
_UNPRINTABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML 1.0 document cannot hold (section 2.2)."""


def draw_mark(facts: MarkFacts, *, prefix: str = "mark") -> str:
    """The mark as the text of one SVG element, 96 units high and as wide as its words need.

    Colours come from `currentColor`; the parts carry classes (mark-hull, mark-rung, mark-own,
    mark-water, mark-band, mark-words, mark-margin, mark-over) so that a page can restyle them; there
    are no style attributes and nothing refers outside the drawing. Ids start with `prefix`, which must
    differ between marks on one page: a lower-case letter, then letters, digits and hyphens, at most 41
    characters, else BadInput. Without a load or without any line no water is drawn and the hull is
    hatched. Heights are those of `height_of`. The drawing states; whether the load may be carried is
    decided elsewhere.
    """
    if not _PREFIX.fullmatch(prefix):
        raise BadInput(
            f"“{prefix[:41]}” cannot start the ids of a drawing.",
            hint="Use a lower-case letter, then letters, digits and hyphens, at most 41 characters.",
        )
    words = beside(facts)
    amounts = [len(str(line)) for line in facts.known_lines.values()]
    amounts_end = _AMOUNTS_AT + _LETTER * max(amounts, default=0)
    width = round(max(_LABELS_AT + _LETTER * max(len(text) + 2 for text in words), amounts_end) + 2)
    inside = _water(facts, facts.load, prefix) if facts.load and facts.known_lines else _hatching(prefix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mark-drawing" viewBox="0 0 {width} {HEIGHT}" '
        f'width="{width}" height="{HEIGHT}" role="img" aria-labelledby="{prefix}-title {prefix}-desc" '
        'font-family="ui-sans-serif, system-ui, sans-serif" font-size="9.5" fill="currentColor">'
        f'<title id="{prefix}-title">Load line of {_text(facts.system)}</title>'
        f'<desc id="{prefix}-desc">{_text(describe(facts))}</desc>'
        f"{inside}"
        f'<g class="mark-hull" fill="none" stroke="currentColor" stroke-linejoin="round">'
        f'<path d="{_SIDES}" stroke-width="2.4"/><path d="{_DECK}" stroke-width="1.2"/></g>'
        f'<path class="mark-hull" d="{_KEEL}"/>'
        f"{_ladder(facts, amounts_end)}{_disc(facts.stage)}{_words(facts, words)}</svg>"
    )


def _hatching(prefix: str) -> str:
    """The hull in hatched white: not enough data."""
    return (
        f'<defs><pattern id="{prefix}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0 0V5" stroke="currentColor" stroke-width="1" '
        'stroke-opacity="0.38"/></pattern></defs>'
        f'<path class="mark-hatched" d="{_BODY}" fill="url(#{prefix}-hatch)"/>'
    )


def _water(facts: MarkFacts, load: Load, prefix: str) -> str:
    """Water up to the best load, its range as a band, and the line itself."""
    best, high, low = (height_of(money.amount, facts) for money in (load.best, load.high, load.low))
    ripples = "".join(
        f'<path d="M{start} {best + drop:.1f}h{length}" stroke-opacity="{0.75 - drop / 16:.2f}"/>'
        for drop, length in ((4, 7), (8, 4))
        for start in ((10 - length) / 2, 82 + (10 - length) / 2)
    )
    return (
        f'<defs><clipPath id="{prefix}-hull"><path d="{_BODY}"/></clipPath></defs>'
        f'<rect class="mark-water" clip-path="url(#{prefix}-hull)" x="0" y="{best:.1f}" width="92" '
        f'height="{HEIGHT - best:.1f}" fill-opacity="0.16"/>'
        f'<rect class="mark-band" x="0" y="{high:.1f}" width="92" height="{low - high:.1f}" '
        'fill-opacity="0.16"/>'
        f'<g class="mark-water" stroke="currentColor" fill="none"><path d="M0 {best:.1f}H92" '
        f'stroke-width="1.6"/>{ripples}</g>'
    )


def _ladder(facts: MarkFacts, amounts_end: float) -> str:
    """A spine with one rung per stage; unset lines are dashed; the system's own is the heavy one."""
    top, foot = RUNGS[Stage.PROTOTYPE], RUNGS[Stage.GA]
    parts = [f'<path class="mark-rung" d="M66 {top - 0.5}V{foot + 0.5}" fill="none" stroke="currentColor"/>']
    for stage, height in RUNGS.items():
        line = facts.lines.get(stage)
        own = stage is facts.stage
        name, weight = (" mark-own", ' font-weight="600"') if own else ("", "")
        dashed = "" if own or line else ' stroke-dasharray="3 2"'
        base = f"{height + 3.3:.1f}"
        amount = (
            f'<text x="{amounts_end:.1f}" y="{base}" text-anchor="end">{_text(str(line))}</text>'
            if line
            else ""
        )
        parts.append(
            f'<path class="mark-rung{name}" d="M66 {height}H94" stroke="currentColor" '
            f'stroke-width="{2.6 if own else 1}"{dashed}/>'
            f'<g class="mark-words{name}"{weight}><text x="{_LABELS_AT}" y="{base}">{rung_name(stage)}</text>'
            f"{amount}</g>"
        )
    return "".join(parts)


def _disc(stage: Stage) -> str:
    """The disc and its bar, level with the line of the stage; a retired system has none."""
    height = RUNGS.get(stage)
    if height is None:
        return ""
    return (
        '<g class="mark-own" fill="none" stroke="currentColor" stroke-width="2.8">'
        f'<circle cx="37" cy="{height}" r="8.6"/><path d="M21 {height}H53"/></g>'
    )


def _words(facts: MarkFacts, words: tuple[str, str]) -> str:
    """The margin in bold with its shape, as for a status: ■ over the line, ○ not enough data."""
    first, second = words
    over = is_over(facts.margin)
    shape = "■ " if over else "○ " if facts.margin is None and facts.stage is not Stage.RETIRED else ""
    text = (
        f'<text class="mark-margin{" mark-over" if over else ""}" x="{_LABELS_AT}" y="80" '
        f'font-weight="600">{shape}{_text(first)}</text>'
    )
    if second:
        text += f'<text class="mark-words" x="{_LABELS_AT}" y="92">{_text(second)}</text>'
    return text


def _text(text: str) -> str:
    return escape(_UNPRINTABLE.sub("", text))
