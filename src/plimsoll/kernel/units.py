"""Units as types, with constructors that check the domain."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NewType

from plimsoll.kernel.errors import BadInput

__all__ = ["CURRENCIES", "Days", "Money", "Share", "percent", "share"]

_TOO_MUCH = Decimal(10) ** 13

Share = NewType("Share", float)
"""A part of a whole, 0 to 1."""
Days = NewType("Days", int)
"""Calendar days."""

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "SGD")
# Thousands come in threes, always with the same mark, so that a decimal comma (12,50) is refused
# instead of being read as 1,250.
_AMOUNT = re.compile(r"(?:[0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+)(?:\.[0-9]{1,2})?")


def share(value: float, *, what: str = "The share") -> Share:
    """`value` as a share; BadInput outside 0 to 1 and for NaN."""
    if not 0.0 <= value <= 1.0:
        raise BadInput(f"{what} is {value}.", hint="A share lies between 0 and 1.")
    return Share(value)


def percent(value: float) -> str:
    """A share in whole percent, rounded down: 0.846 reads 84 %, never the 85 that a limit asks for."""
    return f"{math.floor(value * 100 + 1e-9)} %"


@dataclass(frozen=True, slots=True, kw_only=True, order=False)
class Money:
    """An amount with its currency; amounts of different currencies are never compared."""

    amount: Decimal
    """Non-negative, at most two decimals and fifteen digits."""
    currency: str
    """ISO 4217 code."""

    def __str__(self) -> str:
        whole = self.amount == self.amount.to_integral_value()
        return f"{self.currency} {self.amount:,.0f}" if whole else f"{self.currency} {self.amount:,.2f}"

    @classmethod
    def parse(cls, text: str, *, currency: str, what: str = "The amount") -> Money:
        """The amount that `text` spells: digits, optional thousands commas or spaces, a point.

        BadInput for an unknown currency, a sign, an exponent, more than two decimals, ten trillion or
        more, and for commas that do not part thousands.
        """
        if currency not in CURRENCIES:
            raise BadInput(
                f"“{currency[:10]}” is not a currency code known here.",
                hint=f"Use one of {', '.join(CURRENCIES)}.",
            )
        written = text.strip()
        bare = written.replace(",", "").replace(" ", "")
        if not _AMOUNT.fullmatch(written) or Decimal(bare) >= _TOO_MUCH:
            raise BadInput(
                f"{what} “{text[:40]}” is not an amount of money.",
                hint="Write a number of zero or more, such as 40000 or 1,200.50.",
            )
        return cls(amount=Decimal(bare).quantize(Decimal("0.01")), currency=currency)
