"""The export of a customer database as people upload it: a title, hidden rows, dates, amounts, and faulty rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from io import BytesIO

from openpyxl import Workbook

FIRST_USER = 987_654_321
HEADER = ("Kunden-ID", "Vorname", "Nachname", "Termin", "Betrag", "Nachricht")
HEADER_ROW = 3
FAULTY: Mapping[int, str] = {7: "12a4", 19: "", 44: "9.87654E+08", 80: "-5", 121: "½", 150: "#NV"}
"""Row -> what stands in its column of ids."""
HIDDEN = (30, 31, 32, 60)
_NAMES = ("Anna", "Jürgen", "Käthe", "Lukas", "Sophie", "Björn")


def crm_export(
    rows: int = 180, *, faulty: Mapping[int, str] = FAULTY, hidden: tuple[int, ...] = HIDDEN, title: bool = True
) -> bytes:
    """A workbook of so many rows, the first of them row 4 (row 2 without a title)."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Kunden"
    if title:
        sheet.append(["Export Kundenstamm, 26.11.2026"])
        sheet.append([])
    sheet.append(HEADER)
    first = sheet.max_row + 1
    for number in range(first, first + rows):
        user = faulty.get(number, str(FIRST_USER + number))
        name = _NAMES[number % len(_NAMES)]
        text = f"Guten Tag {name}, Ihr Termin {number} ist bestätigt."
        sheet.append([user, name, "Müller", date(2026, 12, 1 + number % 28), 19.9 + number, text])
        sheet.cell(number, 4).number_format = "dd.mm.yyyy"
        sheet.cell(number, 5).number_format = '0.00 "€"'
    for number in hidden:
        sheet.row_dimensions[number].hidden = True
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()
