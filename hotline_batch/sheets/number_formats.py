"""The format of a number cell -> whether the person sees something else in it than the number.

``19 %`` is stored as 0.19, ``007`` as 7, ``1.234,50 €`` as 1234.5: the text that stands in the cell is not in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PLAIN_FORMATS = frozenset({"", "general", "standard", "0", "@"})
_PLAIN_NUMBERS = frozenset({0, 1, 49})
"""The numbers of the formats that every program knows: General, 0 and @."""


def is_plain(code: str) -> bool:
    """Whether cells of this format show their number as it is.

    >>> is_plain("General"), is_plain("0"), is_plain("0%"), is_plain('"Nr. "0')
    (True, True, False, False)
    """
    return code.strip().casefold() in _PLAIN_FORMATS


def styles_that_format(cell_formats: Iterable[int], codes: Mapping[int, str]) -> frozenset[int]:
    """Which styles of a workbook, by index, show something else than the number.

    ``cell_formats`` is the number of each style's format; ``codes`` are the formats that the workbook brings along.
    """
    return frozenset(
        index
        for index, number in enumerate(cell_formats)
        if (not is_plain(codes[number]) if number in codes else number not in _PLAIN_NUMBERS)
    )
