"""Numbers -> rounded as spreadsheets and people round: a half goes away from zero, and nothing is minus zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

# More digits than any number of a template can have.
_EXACT = Context(prec=5_000)


def half_up(number: Decimal, places: int) -> Decimal:
    """The number with so many places behind the point; before it, where they are negative.

    >>> half_up(Decimal("1234.565"), 2), half_up(Decimal("-0.004"), 2)
    (Decimal('1234.57'), Decimal('0.00'))
    """
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)
    return rounded if rounded else rounded.copy_abs()
