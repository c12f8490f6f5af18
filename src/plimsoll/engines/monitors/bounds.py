"""What an observed difference shows about a limit: bounds that hold for any distribution and any count.

Each function returns a bound on a probability, 0 to 1: how likely a difference at least this large (or
this small) is, when the true difference is within (or beyond) the limit. They are finite-sample bounds,
not approximations, and need only that rows were drawn independently. So they say "cannot tell" more
often than an approximation would, and never because a table is large. `n` and `m` are numbers of rows
of the two sides, above 0; `effect` and `limit` are shares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["beyond_cells", "beyond_ordered", "beyond_share", "holm", "rows_to_tell", "within", "within_share"]

_TINY = 1e-300
_CERTAIN = 700.0
"""Beyond it exp(−t) is no number any more; the true values may even be impossible."""


def within(effect: float, limit: float, n: int, m: int) -> float:
    """How likely so small a gap is when the true one is `limit` or more.

    exp(−2 (limit − effect)² ÷ (1/n + 1/m)), for a Kolmogorov–Smirnov gap and for total variation alike:
    the true gap is reached on some one set of values, and the observed gap is no smaller than what is
    observed on that set. Source: W. Hoeffding, JASA 58, 1963, theorem 2.
    """
    return math.exp(-2 * (limit - effect) ** 2 / (1 / n + 1 / m)) if effect < limit else 1.0


def beyond_ordered(effect: float, limit: float, n: int, m: int) -> float:
    """How likely so large a Kolmogorov–Smirnov gap is when the true one is `limit` or less.

    4 exp(−2 ((effect − limit) ÷ (1/√n + 1/√m))²): each side strays by the Dvoretzky–Kiefer–Wolfowitz
    inequality with Massart's constant (Annals of Probability 18, 1990), and the excess is split between
    them so that both are equally unlikely.
    """
    if effect <= limit:
        return 1.0
    strayed = (effect - limit) / (1 / math.sqrt(n) + 1 / math.sqrt(m))
    return min(1.0, 4 * math.exp(-2 * strayed**2))


def beyond_cells(effect: float, limit: float, n: int, m: int, *, cells: int) -> float:
    """How likely so large a total variation over `cells` cells is when the true one is `limit` or less.

    (2^cells − 2) exp(−2 (effect − limit)² ÷ (1/n + 1/m)): Hoeffding's bound for every set of cells.
    """
    if effect <= limit or cells < 2:
        return 1.0
    sets = cells * math.log(2) + math.log1p(-(2.0 ** (1 - cells)))
    return math.exp(min(0.0, sets - 2 * (effect - limit) ** 2 / (1 / n + 1 / m)))


def beyond_share(hits: tuple[int, int], limit: float, n: int, m: int) -> float:
    """How likely two shares so far apart are when the true ones differ by `limit` or less.

    `hits` are the rows counted, of `n` and of `m`. Twice the bound of `within_share`, for the two
    directions.
    """
    p, q = hits[0] / n, hits[1] / m
    if abs(p - q) <= limit:
        return 1.0
    return min(1.0, 2 * _unlikely(p, q, math.copysign(limit, p - q), n, m))


def within_share(hits: tuple[int, int], limit: float, n: int, m: int) -> float:
    """How likely two shares so close are when the true ones differ by `limit` or more.

    (1 + t) exp(−t), where t = n · KL(p̂, p) + m · KL(q̂, q) for the nearest p and q that differ by the
    limit: by Chernoff's bound each term is no larger, in distribution, than an exponential variable, so
    their sum is no larger than one of Gamma(2, 1). Unlike Hoeffding's it is sharp for rare rows. Source:
    H. Chernoff, Annals of Mathematical Statistics 23, 1952.
    """
    p, q = hits[0] / n, hits[1] / m
    if abs(p - q) >= limit:
        return 1.0
    return max(_unlikely(p, q, side, n, m) for side in (limit, -limit))


def _unlikely(p: float, q: float, gap: float, n: int, m: int) -> float:
    """The bound for the nearest true shares q₀ + gap and q₀, found by halving: the sum is convex in q₀."""
    low, high = max(0.0, -gap), min(1.0, 1.0 - gap)

    def cost(at: float) -> float:
        return n * _relative_entropy(p, at + gap) + m * _relative_entropy(q, at)

    for _ in range(100):
        third = (high - low) / 3
        if cost(low + third) <= cost(high - third):
            high -= third
        else:
            low += third
    t = min(cost((low + high) / 2), _CERTAIN)
    return (1 + t) * math.exp(-t)


def _relative_entropy(p: float, q: float) -> float:
    """KL(p, q) of two shares; very large where q rules out what p saw."""
    pairs = ((p, q), (1 - p, 1 - q))
    return max(0.0, sum(seen * math.log(seen / max(true, _TINY)) for seen, true in pairs if seen > 0))


def rows_to_tell(effect: float, limit: float, n: int, m: int, *, risk: float) -> float | None:
    """How many times the rows of both sides it takes until `within` falls to `risk`, if the effect stays.

    None where no number of rows would: the effect is at or above the limit.
    """
    if effect >= limit:
        return None
    return math.log(1 / risk) * (1 / n + 1 / m) / (2 * (limit - effect) ** 2)


def holm(bounds: Sequence[float]) -> list[float]:
    """The bounds, adjusted so that all that stay at or below a risk are right together at that risk.

    Step-down, in the given order, each 0 to 1 and never below what was given. It holds however the
    columns depend on each other. Source: S. Holm, Scandinavian Journal of Statistics 6, 1979.
    """
    adjusted = [0.0] * len(bounds)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(bounds)), key=lambda i: bounds[i])):
        highest = max(highest, min(1.0, bounds[place] * (len(bounds) - rank)))
        adjusted[place] = highest
    return adjusted
