"""A customers' sheet as an office keeps it, and what of it is not the same in another workbook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

ROWS = 300
FIRST_USER = 700_000_001
HEADER_ROW = 3
HEADER = (
    "Telegram-ID",
    "Kdnr",
    "Name",
    "Betrag",
    "Datum",
    "Quote",
    "Beleg",
    "bezahlt",
    "intern",
    "Nr",
    "Dauer",
    "IBAN",
)

moment = dt.datetime.fromisoformat


def write_customers(path: Path) -> None:
    """A sheet as an office keeps it: a title, hidden notes, ids as numbers and as texts, amounts, dates, links."""
    book = Workbook()
    sheet: Any = book.active
    sheet["A1"], sheet["D1"] = "Mahnliste November", moment("2026-11-26")
    sheet["A1"].font = Font(bold=True)
    sheet["D1"].number_format = "dd.mm.yyyy"
    for column, name in enumerate(HEADER, 1):
        sheet.cell(HEADER_ROW, column, name)
    for at in range(ROWS):
        row = HEADER_ROW + 1 + at
        values = [
            (FIRST_USER + at, "General"),
            (at % 100, "0000"),
            (f"Müller & <Söhne> {at}", "General"),
            (round(19.99 * at, 2), '#,##0.00 "€"'),
            (moment("2026-01-01") + dt.timedelta(days=at), "dd.mm.yyyy"),
            (at / ROWS, "0.0%"),
            (f"Rechnung {at}", "General"),
            (at % 2 == 0, "General"),
            ("geheim" if at % 3 else None, "General"),
            (f"00{at}", "@"),
            (dt.timedelta(hours=20 + at), "[h]:mm"),
            (f"{10**17 + at}", "@"),
        ]
        for column, (value, number_format) in enumerate(values, 1):
            cell = sheet.cell(row, column, value)
            cell.number_format = number_format
        sheet.cell(row, 7).hyperlink = f"https://example.org/r/{at}?a=1&b=2"
    sheet.column_dimensions["I"].hidden = True
    sheet.column_dimensions["C"].width = 28.5
    book.save(path)


def seen(cell: Any) -> tuple[object, ...]:
    """What a person can do with a cell; a text has no format that could show."""
    is_text = cell.data_type == "s" or cell.value is None
    link = cell.hyperlink.target if cell.hyperlink else None
    return cell.value, cell.data_type, "" if is_text else cell.number_format, link


def differences(before: Any, after: Any) -> list[object]:
    """Cells of the input that are not the same in the result."""
    pairs = ((cell, after[cell.coordinate]) for row in before.iter_rows() for cell in row)
    return [(one.coordinate, seen(one), seen(other)) for one, other in pairs if seen(one) != seen(other)]
