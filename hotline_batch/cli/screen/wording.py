"""Numbers -> as a person says them."""

from __future__ import annotations

from collections.abc import Sequence

from hotline_batch.tally import first_of


def counted(count: int, word: str) -> str:
    """Such as ``1 row`` or ``1,200 rows``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def duration(seconds: float) -> str:
    """Such as ``45 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def row_numbers(numbers: Sequence[int], count: int) -> str:
    """Such as ``rows 2, 3, …``: the first numbers of ``count`` rows."""
    return f"{'row' if count == 1 else 'rows'} {first_of(numbers, count)}"
