"""The styles of a workbook -> the code of the number format of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_ALWAYS_THERE: Mapping[int, str] = {0: "", 1: "0", 49: "@"}
# Programs in China, Japan and Korea write these numbers for their own forms of dates and never their codes.
_EASTERN_DATES = frozenset({*range(27, 37), *range(50, 59)})


class NumberFormats(dict[str, str]):
    """The format's code by the style of a cell, as cells name it: ``formats["3"]``; empty for General.

    ``style_formats`` is the number of each style's format; ``codes`` are the formats that the workbook brings along.
    """

    def __init__(self, style_formats: Iterable[int] = (), codes: Mapping[int, str] | None = None) -> None:
        super().__init__()
        self._style_formats = list(style_formats)
        self._codes = codes or {}

    def __missing__(self, style: str) -> str:
        index = int(style) if style.isdecimal() else -1
        known = 0 <= index < len(self._style_formats)
        code = self[style] = self._code(self._style_formats[index]) if known else ""
        return code

    def _code(self, number: int) -> str:
        code = self._codes.get(number, _ALWAYS_THERE.get(number))
        if code is None:
            if number in _EASTERN_DATES:
                return "yyyy-mm-dd"
            # It takes a fifth of a second to load; most sheets have no such formats.
            from openpyxl.styles.numbers import BUILTIN_FORMATS  # noqa: PLC0415 - see above

            code = BUILTIN_FORMATS.get(number, "")
        return "" if code.strip().casefold() == "general" else code
