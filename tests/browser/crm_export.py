"""A German CRM export as it comes: a title above the header, rows that a filter hides, and six rows that are faulty."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

HEADER = ("Kunden-ID", "Vorname", "Nachname", "Status", "Liefertermin", "Betrag", "Telefon")
HEADER_ROW = 3
FIRST_ROW = HEADER_ROW + 1

_NAMES = (
    ("Jürgen", "Müller"), ("Anna", "Schäfer"), ("Иван", "Иванов"), ("Olena", "Shevchenko"), ("Jörg", "Weiß"),
    ("Ute", "Lang"), ("Günther", "Groß"), ("María", "Núñez"), ("Łukasz", "Żak"), ("Sophie", "Krüger"),
)  # fmt: skip
_TITLE = "Kundenexport CRM, Stand 22.11.2026"
_STATES = ("Bestätigt", "Versandt", "In Bearbeitung", "Bezahlt")
_FAULTY_IDS = ("12a4", "", "+49 151 23456789", "kunde@example.com", "9,87654E+15", "0")
_FAULTY_EVERY = 6
_HIDDEN_EVERY = 9


def write_crm_export(path: Path, rows: int = 40) -> Path:
    """So many rows, six of them faulty; every ninth is hidden, none of the faulty ones."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Export"
    sheet["A1"] = _TITLE
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    sheet.append(list(HEADER))
    for number in range(rows):
        first, last = _NAMES[number % len(_NAMES)]
        line = [customer_id(number), first, last, _STATES[number % 4], date(2026, 12, 1 + number % 28)]
        sheet.append([*line, 12.5 * (number + 1), f"+49 151 {2_000_000 + number}"])
        at = FIRST_ROW + number
        sheet.cell(at, 1).number_format = "@"
        sheet.cell(at, 5).number_format = "DD.MM.YYYY"
        sheet.cell(at, 6).number_format = '#,##0.00 "€"'
        sheet.row_dimensions[at].hidden = at in hidden_rows(rows)
    sheet.auto_filter.ref = f"A{HEADER_ROW}:G{HEADER_ROW + rows}"
    for column, width in zip("ABCDEFG", (16, 14, 16, 18, 14, 12, 20), strict=True):
        sheet.column_dimensions[column].width = width
    book.save(path)
    return path


def cells_of_crm_export() -> frozenset[str]:
    """Words that its cells hold."""
    return frozenset(
        {_TITLE, *HEADER, *_STATES, *(name for names in _NAMES for name in names), *filter(None, _FAULTY_IDS)}
    )


def customer_id(number: int) -> str:
    """The id in a row; rows are counted from 0."""
    place, is_faulty = divmod(number, _FAULTY_EVERY)
    return _FAULTY_IDS[place] if is_faulty == 1 and place < len(_FAULTY_IDS) else str(987_600_001 + number * 7_919)


def faulty_rows() -> list[int]:
    """Their numbers, as the spreadsheet program shows them."""
    return [FIRST_ROW + place * _FAULTY_EVERY + 1 for place in range(len(_FAULTY_IDS))]


def hidden_rows(rows: int = 40) -> list[int]:
    """Their numbers, as the spreadsheet program shows them."""
    return [FIRST_ROW + number for number in range(5, rows, _HIDDEN_EVERY)]
