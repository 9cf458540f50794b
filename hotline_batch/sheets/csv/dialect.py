"""The text of a CSV file -> its delimiter: the one that it declares, or the one that divides its rows.

A file whose cells cannot be told apart is refused, with the cause and the cure.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice

from hotline_batch.errors import SheetError
from hotline_batch.language.words import marked, words
from hotline_batch.model.sheets import Row
from hotline_batch.next_step import NextStep, step
from hotline_batch.sheets.table import is_blank

ONE_COLUMN = ""
"""The delimiter of a sheet whose header holds none."""

DELIMITER_NAMES = {";": "';'", ",": "','", "\t": marked("tab"), "|": "'|'", ONE_COLUMN: marked("none (one column)")}
SAMPLE_CHARACTERS = 32 * 1024

_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=([^\r\n])"?(?=[\r\n]|\Z)', re.IGNORECASE)
_ASKED_DELIMITERS = {";": ";", ",": ",", "\t": "\t", "\\t": "\t", "tab": "\t", "|": "|"}
_JUDGED_RECORDS = 200


def separator_line(text: str) -> str | None:
    """The delimiter that a first line ``sep=;`` declares. Excel obeys that line and does not show it as a row.

    SheetError where it declares another than semicolon, comma, tab and pipe.
    """
    found = _SEPARATOR_LINE.match(text)
    if found and found[1] not in DELIMITER_NAMES:
        raise SheetError(
            words(
                "The first line says that '{found}' divides the columns; only ';', ',', tab or '|' can divide "
                "them. Open the file in the spreadsheet program, which obeys that line, and save it as XLSX.",
                found=found[1],
            )
        )
    return found[1] if found else None


def asked_delimiter(asked: str) -> str:
    """What the chosen delimiter means. SheetError for anything but semicolon, comma, tab and pipe."""
    delimiter = _ASKED_DELIMITERS.get(asked.lower())
    if delimiter is None:
        raise SheetError(words("'{asked}' cannot be the delimiter.", asked=asked), step(NextStep.NAME_DELIMITER))
    return delimiter


def find_delimiter(sample: str, header_row: int | None) -> str:
    """The delimiter of a sheet, from its first lines: one that divides the header, or ``ONE_COLUMN``.

    Where several divide it, the one that gives every row as many cells as the header; where that leaves a doubt,
    clevercsv decides among them.
    """
    shares: dict[str, float] = {}
    empty_rows = ONE_COLUMN
    for delimiter in ";,\t|":
        records = lenient_records(sample, delimiter, _JUDGED_RECORDS)
        start = header_row - 1 if header_row else next((i for i, r in enumerate(records) if not is_blank(r)), 0)
        if start < len(records) and len(records[start]) > 1 and not is_blank(records[start]):
            shares[delimiter] = _share_of_even_rows(records[start:])
        # A line of nothing but delimiters is an empty row, not a name.
        if not empty_rows and any(len(record) > 1 and is_blank(record) for record in records):
            empty_rows = delimiter
    if len(shares) <= 1:
        return next(iter(shares), empty_rows)
    best = max(shares.values())
    even = [delimiter for delimiter, share in shares.items() if share == best]
    if best == 1.0 and len(even) == 1:
        return even[0]
    return _clever_choice(sample, list(shares)) or even[0]


def lenient_records(text: str, delimiter: str, most: int) -> list[list[str]]:
    """The first records as a delimiter divides them, whatever stands around quotes; none where that cannot be."""
    try:
        return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), most))
    except csv.Error:
        return []


def _share_of_even_rows(records: Sequence[Sequence[str]]) -> float:
    rows = [record for record in records if not is_blank(record)]
    return sum(1 for record in rows if len(record) == len(rows[0])) / len(rows)


def _clever_choice(sample: str, candidates: list[str]) -> str | None:
    import clevercsv  # noqa: PLC0415 - costs 0.2 s, and only doubtful sheets need it

    try:
        found = clevercsv.Detector().detect(sample, delimiters=candidates)
    except clevercsv.exceptions.Error:
        return None
    return found.delimiter if found and found.delimiter in candidates else None


BLANK_BEFORE_QUOTE = re.compile(r'\s+"')
"""How a cell begins whose quotation mark does not hold it together, since a blank stands before it."""

_JUDGED_ROWS = 1000
_NEARLY_ALL = 0.9


def refuse_quoted_lines(sample: str, name: str) -> None:
    """SheetError where whole lines stand in quotation marks, so that each of them is one cell.

    Programs write such lines where a sheet was opened with another delimiter than it has, and saved again.
    """
    for delimiter in ";,\t|":
        records = [record for record in lenient_records(sample, delimiter, _JUDGED_ROWS) if not is_blank(record)]
        header = _unwrapped(records[0], delimiter) if records else []
        rows = records[1:]
        if len(header) < 2 or not rows:
            continue
        whole = [row for row in rows if len(row) == 1 and len(_unwrapped(row, delimiter)) >= len(header)]
        if len(whole) >= _NEARLY_ALL * len(rows):
            raise SheetError(
                words(
                    "{name}: whole lines stand in quotation marks, so that each of them is one cell. Open it in the "
                    "spreadsheet program, divide its only column at {delimiter_names} (in Excel: Data, Text to "
                    'Columns) and save it as XLSX; or remove the quotation marks (") at both ends of each line in a '
                    'text editor, and write doubled ones ("") once.',
                    name=name,
                    delimiter_names=words(DELIMITER_NAMES[delimiter]),
                )
            )


def _unwrapped(record: Sequence[str], delimiter: str) -> Sequence[str]:
    """The cells of a record; those within its only cell, where it has one."""
    if len(record) > 1:
        return record
    inner = lenient_records(record[0], delimiter, 1)
    return inner[0] if inner else record


def refuse_shifted_columns(rows: Iterable[Row], header_row: int, header: Sequence[str], name: str) -> None:
    """A sheet whose rows nearly all have more cells than the header is not a sheet with a few bad rows."""
    judged = list(islice(rows, _JUDGED_ROWS))
    longer = [row for row in judged if any(remark.code == "too_many_cells" for remark in row.remarks)]
    if len(longer) > 1 and len(longer) >= _NEARLY_ALL * len(judged):
        found = int(longer[0].remarks[0].detail.partition(" ")[0])
        said = words(
            "{name}: row {number} and almost every other row have more cells than the header has columns "
            "({found:cell|cells}, the header has {columns}), so it is not clear which cell belongs to which column.",
            name=name,
            number=longer[0].number,
            found=found,
            columns=len(header),
        )
        if sum(1 for text in header if text.strip()) == 1:
            below = step(NextStep.NAME_HEADER_ROW_BELOW_TITLE, title=header_row, row=longer[0].number)
            raise SheetError(said, below)
        raise SheetError(words("{said} {cure}", said=said, cure=_cure_of_shift(longer)))


def _cure_of_shift(longer: Sequence[Row]) -> str:
    blank = next((row for row in longer if any(map(BLANK_BEFORE_QUOTE.match, row.cells))), None)
    if blank is not None:
        return words(
            "A blank before the quotation mark is the cause, as in row {row}: such a mark does not hold its "
            'cell together. Remove the blanks between the delimiters and the quotation marks ("), or save the sheet '
            "as XLSX.",
            row=blank.number,
        )
    return words("Name every column, put texts that hold the delimiter into double quotes, or save the sheet as XLSX.")
