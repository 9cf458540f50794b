"""The rows of a text file as a whole -> a refusal where its cells cannot be told apart, with the cause and the cure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import Row
from hotline_batch.next_step import NextStep, step
from hotline_batch.sheets.csv.dialect import DELIMITER_NAMES, lenient_records
from hotline_batch.sheets.table import is_blank

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
