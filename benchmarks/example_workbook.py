"""A workbook to read. PATH ROWS

A process of its own, since a child's peak memory is never counted below that of the process which started it.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import xlsxwriter

_COLUMNS = ("user_id", "message", "name", "topic_link", "amount", "due", "total", "remark")
_HIDDEN_EVERY = 50
# A worksheet takes 65,530 links of its own; a sheet with more has them in formulas or as text.
_MOST_LINKS = 5_000
_FIRST_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - a cell knows no time zone


def write_workbook(path: Path, rows: int) -> Path:
    """A sheet as spreadsheet programs save it: shared texts, ids as text, hidden rows, formulas with values, links."""
    workbook = xlsxwriter.Workbook(str(path))
    sheet, day = workbook.add_worksheet("Customers"), workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, _COLUMNS)
    for number in range(1, rows + 1):
        sheet.write_string(number, 0, str(987_600_000_000 + number))
        sheet.write_string(number, 1, f"Status of order {number}: it left the warehouse.")
        sheet.write_string(number, 2, f"Customer {number}")
        link = f"https://t.me/c/2101424779/{number}"
        if number <= _MOST_LINKS:
            sheet.write_url(number, 3, link, string="open topic")
        else:
            sheet.write_string(number, 3, link)
        sheet.write_number(number, 4, number / 4)
        sheet.write_datetime(number, 5, _FIRST_DAY + timedelta(days=number % 365), day)
        sheet.write_formula(number, 6, f"=E{number + 1}*1.19", None, number / 4 * 1.19)
        sheet.write_string(number, 7, f"remark {number % 10}")
        if number % _HIDDEN_EVERY == 0:
            sheet.set_row(number, None, None, {"hidden": True})
    workbook.close()
    return path


if __name__ == "__main__":
    write_workbook(Path(sys.argv[1]), int(sys.argv[2]))
