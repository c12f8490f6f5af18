"""What stands inside a line of text: words, refs, figures with their source, status words.

Every value checks itself when it is made, so the renderers never meet a figure without a source or a
link that could run something. Text is taken as it is and made printable by `plain`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from plimsoll.kernel.errors import BadInput

__all__ = [
    "Break",
    "Hatched",
    "HatchedKind",
    "Inline",
    "Inlines",
    "Number",
    "RefLink",
    "Small",
    "Status",
    "StatusWord",
    "Strong",
    "Text",
    "check_link",
    "plain",
    "require",
]

_LINK: Final = re.compile(r"(?:https?://|/(?!/)|#|\?)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_DROPPED: Final = frozenset("\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NUMBER_LIMITS: Final = {"value": 32, "unit": 32, "interval": 48, "source": 80}

_KEPT_TOGETHER: Final = 12
"""Units up to this length are not broken over two lines."""


def plain(text: str) -> str:
    """The text on one line, with nothing in it that cannot be printed.

    Runs of white space become one space; control characters, lone surrogates, byte order marks and
    the marks that reverse the direction of reading are dropped, because a report must not read
    differently from what is recorded. A no-break space stays.
    """
    if text.isprintable() and "  " not in text:  # most texts; looking at each character is slow
        return text
    kept = "".join(" " if c.isspace() and c != "\u00a0" else c for c in text if c not in _DROPPED)
    kept = "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
    return re.sub(r" {2,}", " ", kept)


def require(text: str, *, what: str) -> None:
    """Nothing, if `text` has something to print; BadInput, naming `what`, if it is empty or blank."""
    if not plain(text).strip():
        raise BadInput(f"{what} is empty.", hint="Write at least one printable character.")


def check_link(link: str, *, what: str) -> None:
    """Nothing, if `link` is empty or leads to a page; BadInput, naming `what`, otherwise.

    A link is an http or https address, a path that starts with one slash, a fragment (#…) or a query
    (?…). Whether anything answers there is not looked at.
    """
    if link and not _LINK.fullmatch(link):
        raise BadInput(
            f"{what} has the link “{plain(link)[:60]}”, which is not accepted.",
            hint="Use an http or https address, or a path that starts with one slash.",
        )


class Status(StrEnum):
    """A computed status. A word and a shape go with it wherever it is shown."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    WHITE = "white"

    @property
    def word(self) -> str:
        """What a person reads: "over the line", "close", "within" or "not enough data"."""
        return _WORDS[self][0]

    @property
    def shape(self) -> str:
        """One of ■ ▲ ● ○, so that the status survives a black and white print."""
        return _WORDS[self][1]

    @property
    def order(self) -> int:
        """0 for what to look at first: red, amber, white, green. White is never better than green."""
        return (Status.RED, Status.AMBER, Status.WHITE, Status.GREEN).index(self)


_WORDS: Final = {
    Status.RED: ("over the line", "■"),
    Status.AMBER: ("close", "▲"),
    Status.GREEN: ("within", "●"),
    Status.WHITE: ("not enough data", "○"),
}


class HatchedKind(StrEnum):
    """Why something is hatched."""

    ASSUMPTION = "assumed"
    PRIOR = "prior"


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are."""

    text: str
    """May be only a space or a comma between two figures, never empty."""

    def __post_init__(self) -> None:
        if not plain(self.text):
            raise BadInput("A text is empty.", hint="Leave it out instead.")


@dataclass(frozen=True, slots=True)
class Strong:
    """Words with weight: a name, a date that is past."""

    text: str
    """Not blank."""

    def __post_init__(self) -> None:
        require(self.text, what="An emphasised text")


@dataclass(frozen=True, slots=True)
class Small:
    """A side remark, set smaller and paler; nothing that a decision rests on."""

    text: str
    """Not blank."""

    def __post_init__(self) -> None:
        require(self.text, what="A side remark")


@dataclass(frozen=True, slots=True)
class Break:
    """A new line within the same paragraph, cell or item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefLink:
    """The short name of a record, with its title on hover and a link where there is a page."""

    ref: str
    """As printed, such as RSK-14."""
    url: str = ""
    """Where the record is shown; empty where the reader has no page to go to."""
    title: str = ""
    """The record's title sentence; empty if the sentence stands beside it anyway."""

    def __post_init__(self) -> None:
        require(self.ref, what="A ref")
        check_link(self.url, what=f"The ref {plain(self.ref)[:20]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A figure, a date or an amount that opens to what it came from."""

    value: str
    """As printed, such as "12", "EUR 40,000" or "Wed 24 Mar"; at most 32 characters."""
    source: str
    """What it was read from, in few words and with its age, such as "gate GTE-2, Fri 26 Mar"."""
    unit: str = ""
    """What is counted or measured; empty where `value` says it."""
    interval: str = ""
    """Such as "90 %: 5,000–300,000"; empty for a count."""
    href: str = ""
    """Page that shows where it came from; empty where there is none."""
    prior: bool = False
    """Whether it is a catalog prior that nobody has estimated yet; it is then hatched and says so."""

    def __post_init__(self) -> None:
        require(self.value, what="The value of a figure")
        require(self.source, what=f"The source of the figure {plain(self.value)[:40]}")
        check_link(self.href, what=f"The figure {plain(self.value)[:40]}")
        for name, limit in _NUMBER_LIMITS.items():
            length = len(getattr(self, name))
            if length > limit:
                raise BadInput(
                    f"The {name} of the figure {plain(self.value)[:40]} has {length} characters.",
                    hint=f"At most {limit} are printed; say the rest beside the figure.",
                )

    @property
    def text(self) -> str:
        """Exactly what every rendering shows: value, unit, interval and "prior" where it is one."""
        shown, unit = plain(self.value).strip(), plain(self.unit).strip()
        if unit:
            together = len(unit) <= _KEPT_TOGETHER
            shown += "\u00a0" + (unit.replace(" ", "\u00a0") if together else unit)
        if plain(self.interval).strip():
            shown += f" ({plain(self.interval).strip()})"
        return f"{shown}, {HatchedKind.PRIOR.value}" if self.prior else shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Hatched:
    """Words that rest on an assumption or a prior; hatched, and the word says which."""

    text: str
    """Not blank."""
    kind: HatchedKind = HatchedKind.ASSUMPTION
    """Why it is hatched."""

    def __post_init__(self) -> None:
        require(self.text, what="A hatched text")


@dataclass(frozen=True, slots=True)
class StatusWord:
    """A computed status as shape and word."""

    status: Status
    """What was computed."""

    @property
    def text(self) -> str:
        """Exactly what every rendering shows, such as "▲ close"."""
        return f"{self.status.shape}\u00a0{self.status.word}"


Inline = Text | Strong | Small | Break | RefLink | Number | Hatched | StatusWord
"""Anything that stands inside a line of text."""
Inlines = tuple[Inline, ...]
"""A run of inlines in reading order."""
