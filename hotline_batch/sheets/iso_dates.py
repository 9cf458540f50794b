"""A date, time or duration that a workbook writes as ISO 8601 -> a cell, as if its number stood there."""

from __future__ import annotations

import datetime as dt
import re

from hotline_batch.model import CellKind
from hotline_batch.sheets.cell import Cell

_FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet knows no zones
_DURATION = re.compile(
    r"(-?)P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,]([0-9]+))?S)?)?", re.ASCII
)


def iso_cell(text: str, number_format: str = "", *, is_formula: bool = False, link: str = "") -> Cell:
    """``2026-11-26``, ``2026-11-26T10:00:00Z``, ``T10:00:00``, ``PT24H0M0.000S``; always a DATE, to the second.

    What is none of these stays as it is written. ``number_format`` is the cell's own, one for dates where it has none.
    """
    said, days, usual = _read(text.strip())
    return Cell(CellKind.DATE, said, days, number_format or usual, link, is_formula)


def _read(text: str) -> tuple[str, float | None, str]:
    """The text as people write it, the number of days, and a format that shows it."""
    found = _DURATION.fullmatch(text)
    if found and any(found.groups()[1:]):
        return _read_duration(*found.groups())
    try:
        if text.startswith("T") or text[2:3] == ":":
            time = dt.time.fromisoformat(text.removeprefix("T")).replace(tzinfo=None, microsecond=0)
            seconds = time.hour * 3600 + time.minute * 60 + time.second
            return time.isoformat(), seconds / 86400, "hh:mm:ss"
        moment = dt.datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return text, None, ""
    days = (moment - _FIRST_DAY).total_seconds() / 86400
    stored = days if days >= 1 else None
    if "T" in text or ":" in text:
        return moment.isoformat(" "), stored, "yyyy-mm-dd hh:mm:ss"
    return moment.date().isoformat(), stored, "yyyy-mm-dd"


def _read_duration(
    sign: str, days: str | None, hours: str | None, minutes: str | None, seconds: str | None, _: str | None
) -> tuple[str, float, str]:
    total = int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    text = f"{sign}{total // 3600}:{total // 60 % 60:02}:{total % 60:02}"
    return text, (-total if sign else total) / 86400, "[h]:mm:ss"
