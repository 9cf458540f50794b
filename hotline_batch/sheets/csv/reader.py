"""A snapshot of delimited text -> rows. Nothing is converted: every cell arrives as it was written.

Row numbers are Excel's: one per record, so a line break inside quotes adds none, an empty line does, and a first line
``sep=;`` is obeyed and not counted.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from hotline_batch.errors import SheetError
from hotline_batch.issues.words import WITHIN_QUOTES
from hotline_batch.language.words import words
from hotline_batch.model.sheets import Dialect, Remark, Row, Sheet, is_header_of_a_result
from hotline_batch.sheets.csv.dialect import (
    DELIMITER_NAMES,
    SAMPLE_CHARACTERS,
    asked_delimiter,
    find_delimiter,
    refuse_quoted_lines,
    refuse_shifted_columns,
    separator_line,
)
from hotline_batch.sheets.csv.encoding import find_encoding, text_end
from hotline_batch.sheets.csv.guard import unguarded
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import OpenSheet, find_header, is_blank, nameless, without_empty_end

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

LONGEST_CELL = 16 * 1024**2
# A character that no sheet uses, for the csv module, which cannot do without a delimiter.
_NO_DELIMITER = "\x1f"


def open_csv(snapshot: Snapshot, *, delimiter: str | None, encoding: str | None, header_row: int | None) -> OpenSheet:
    """The table in a CSV file; arguments that are not None say what detection would decide.

    SheetError for bytes that are not text, a file without rows, quotes that do not close, and a sheet in which almost
    every row has more cells than the header.
    """
    chosen = asked_delimiter(delimiter) if delimiter else None
    codec = find_encoding(snapshot, encoding)
    end = text_end(snapshot, codec)
    with io.TextIOWrapper(snapshot.open(end), encoding=codec, newline="") as file:
        sample = file.read(SAMPLE_CHARACTERS)
    declared = separator_line(sample)
    if chosen is None:
        chosen = declared or find_delimiter(_whole_lines(sample), header_row)
    refuse_quoted_lines(_whole_lines(sample), snapshot.name)
    text = _DelimitedText(snapshot, end, codec, chosen, has_separator_line=declared is not None)
    number, cells = find_header(text.records(), header_row, snapshot.name)
    header = nameless(len(cells)) if header_row == 0 else without_empty_end((cells[0].lstrip("\ufeff"), *cells[1:]))
    guarded = is_header_of_a_result(header)
    if guarded:
        header = tuple(map(unguarded, header))
    refuse_shifted_columns(text.rows(number, len(header)), number, header, snapshot.name)
    dialect = Dialect("csv", codec, chosen)
    return OpenSheet(
        Sheet(snapshot.name, snapshot.path, dialect, header, number, snapshot.fingerprint),
        lambda: text.rows(number, len(header), guarded=guarded),
        snapshot.close,
        notices=(_told(dialect.shown_encoding, words(DELIMITER_NAMES[chosen])),),
    )


def _whole_lines(sample: str) -> str:
    if len(sample) < SAMPLE_CHARACTERS:
        return sample
    end = max(sample.rfind("\n"), sample.rfind("\r"))
    return sample[: end + 1] if end > 0 else sample


@dataclass(frozen=True, slots=True)
class _DelimitedText:
    """A decoded file that can be read from its start any number of times."""

    snapshot: Snapshot
    end: int
    encoding: str
    delimiter: str
    has_separator_line: bool

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Every record with its row number, empty ones included."""
        with self._open() as file:
            try:
                yield from enumerate(self._reader(file), 1)
            except csv.Error as error:
                raise self._unreadable() from error

    def rows(self, header_row: int, width: int, *, guarded: bool = False) -> Iterator[Row]:
        """The rows below the header, ``width`` cells each; rows without any text are left out.

        ``guarded``: the file is a result of ours, and the apostrophes before formulas are ours too.
        """
        with self._open() as file:
            reader: Iterator[list[str]] = self._reader(file)
            if guarded:
                reader = ([unguarded(cell) for cell in record] for record in reader)
            try:
                deque(islice(reader, header_row), maxlen=0)
                for number, record in enumerate(reader, header_row + 1):
                    if len(record) != width:
                        if not is_blank(record):
                            yield _uneven_row(number, record, width, self.delimiter)
                    elif ((first := record[0]) and not first.isspace()) or not is_blank(record):
                        yield Row(number, tuple(record))
            except csv.Error as error:
                raise self._unreadable() from error

    def _open(self) -> io.TextIOWrapper:
        file = io.TextIOWrapper(self.snapshot.open(self.end), encoding=self.encoding, newline="")
        if self.has_separator_line:
            file.readline()
        return file

    def _reader(self, file: io.TextIOWrapper) -> CsvReader:
        # The limit belongs to the whole process, hence it is only ever raised.
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
        return csv.reader(file, delimiter=self.delimiter or _NO_DELIMITER, strict=True)

    def _unreadable(self) -> SheetError:
        """The same text once more, to name the line where a quote opened that did not close, or the endless cell."""
        ended = self._line_of_last_good_row()
        with self._open() as file:
            deque(islice(file, ended), maxlen=0)
            first = ended + 1 + self.has_separator_line
            line = _opening_line(file, first, self.delimiter)
        if line is None:
            return SheetError(
                words(
                    "{snapshot}: line {first} has a cell of more than {longest_cell:,} characters; a message takes "
                    "4096. Shorten the cell, or save the sheet again as 'CSV UTF-8' or as XLSX.",
                    snapshot=self.snapshot.name,
                    first=first,
                    longest_cell=LONGEST_CELL,
                )
            )
        return SheetError(
            words(
                '{snapshot}: a quotation mark (") opens on line {line} and does not close where the cell ends, '
                "so the rows after it run together. Close it, double the quotation marks inside texts, or save "
                "the sheet as XLSX.",
                snapshot=self.snapshot.name,
                line=line,
            )
        )

    def _line_of_last_good_row(self) -> int:
        ended = 0
        with self._open() as file:
            reader = self._reader(file)
            with suppress(csv.Error):
                for _ in reader:
                    ended = reader.line_num
        return ended


def _opening_line(lines: Iterator[str], line: int, delimiter: str) -> int | None:
    """The number of the line that holds the last opening quote, from the start of a record that does not end well.

    None where its quotes are well, so that only its length can be the reason.
    """
    opened, quoted, at_cell_start, just_closed = line, False, True, False
    for number, text in enumerate(lines, line):
        for character in text if quoted or '"' in text else "":
            if quoted:
                quoted = character != '"'
                just_closed = not quoted
                at_cell_start = False
                continue
            if character == '"' and (at_cell_start or just_closed):
                opened = number if at_cell_start else opened
                quoted = True
            elif just_closed and character not in {delimiter, "\r", "\n"}:
                return opened
            at_cell_start = character in {delimiter, "\r", "\n"}
            just_closed = False
        if not quoted:
            return None
    return opened


def _uneven_row(number: int, record: Sequence[str], width: int, delimiter: str) -> Row:
    count = len(record)
    detail = f"{count} {'cell' if count == 1 else 'cells'}, the header has {width}"
    if count < width:
        cells = (*record, *[""] * (width - count))
        if count == 1 and delimiter and delimiter in record[0]:
            detail = f"{detail}\n{WITHIN_QUOTES}"
        return Row(number, cells, (Remark(-1, "too_few_cells", detail),))
    cells = tuple(record[:width])
    if is_blank(record[width:]):
        return Row(number, cells)
    surplus = delimiter.join(record[width:])
    return Row(number, cells, (Remark(-1, "too_many_cells", f"{detail}\n{surplus}"),))


def _told(encoding: str, delimiter: str) -> str:
    return words("Encoding {encoding}, delimiter {delimiter}", encoding=encoding, delimiter=delimiter)
