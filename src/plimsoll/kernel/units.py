"""Units as types, with constructors that check the domain."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NewType

from plimsoll.kernel.errors import BadInput

__all__ = ["Days", "Money", "Share", "share"]

Share = NewType("Share", float)
"""A part of a whole, 0 to 1."""
Days = NewType("Days", int)
"""Calendar days."""

_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "SGD")


def share(value: float, *, what: str = "The share") -> Share:
    """`value` as a share; BadInput outside 0 to 1 and for NaN."""
    if not 0.0 <= value <= 1.0:
        raise BadInput(f"{what} is {value}.", hint="A share lies between 0 and 1.")
    return Share(value)


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
        """The amount that `text` spells: digits, optional thousands commas or spaces, a point."""
        if currency not in _CURRENCIES:
            raise BadInput(
                f"“{currency[:10]}” is not a currency code known here.",
                hint=f"Use one of {', '.join(_CURRENCIES)}.",
            )
        try:
            amount = Decimal(text.strip().replace(",", "").replace(" ", ""))
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 13:
            raise BadInput(
                f"{what} “{text[:40]}” is not an amount of money.",
                hint="Write a number of zero or more, such as 40000 or 1,200.50.",
            )
        return cls(amount=amount.quantize(Decimal("0.01")), currency=currency)
