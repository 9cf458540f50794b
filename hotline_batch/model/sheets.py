"""The nouns of a sheet: what was read from the file, and what it says of its cells. Values only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from hotline_batch.errors import Delivery as Delivery

OWN_PREFIX: Final = "hotline_"
"""How every column begins that the program adds to a sheet."""


def is_header_of_a_result(header: Iterable[str]) -> bool:
    """Whether a sheet is a result of ours, whichever of our columns a person has left there but for the status."""
    return "hotline_status" in own_columns(header)


def own_columns(header: Iterable[str]) -> Mapping[str, int]:
    """Where our columns stand in a result sheet; the first of each name. One that a database wrote in capitals is ours,
    unless ours stands beside it; so is one with characters that nobody sees.

    So is one that was made good to read, such as ``Hotline Status``, where the sheet is a result for sure: a person may
    have a column that is called so, but none beside it with the numbers of our rows.
    """
    names = [(_as_seen(name), at) for at, name in enumerate(header)][::-1]
    exactly = {name: at for name, at in names if name.startswith(OWN_PREFIX)}
    in_any_case = {name.casefold(): at for name, at in names if name.casefold().startswith(OWN_PREFIX)}
    spelt = {_spelt_by_us(name): at for name, at in names if not name.casefold().startswith(OWN_PREFIX)}
    otherwise = {name: at for name, at in spelt.items() if name.startswith(OWN_PREFIX)}
    found = in_any_case | exactly
    return otherwise | found if (otherwise | found).keys() >= _IN_EVERY_RESULT else found


def without_own(header: Iterable[str]) -> list[str]:
    """The header with nothing in the place of our columns, which only a person's word makes columns of theirs."""
    names = list(header)
    ours = set(own_columns(names).values())
    return [
        "" if at in ours or _as_seen(name).casefold().startswith(OWN_PREFIX) else name for at, name in enumerate(names)
    ]


_IN_EVERY_RESULT: Final = frozenset({"hotline_row", "hotline_status"})
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def _as_seen(name: str) -> str:
    """Without format characters such as U+200B, which come along from web pages and chats, and blanks at the ends."""
    if not name.isprintable():
        name = "".join(character for character in name if unicodedata.category(character) != "Cf")
    return name.strip()


def _spelt_by_us(name: str) -> str:
    """``Hotline Status``, ``hotline-status`` -> hotline_status."""
    return _BETWEEN_WORDS.sub("_", name.casefold()).strip("_")


HEADER_NAME: Final = "hotline_header"
"""How a workbook that the program wrote calls the row of its header, where titles stand above it."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the bytes of a sheet are read; ``encoding``, a codec of Python, and ``delimiter`` are empty for workbooks."""

    format: str
    encoding: str = ""
    delimiter: str = ""

    @property
    def shown_encoding(self) -> str:
        """The encoding as people write it: UTF-8, with or without a mark before the text; a code page as it is."""
        name = self.encoding.removesuffix("-sig")
        return name.upper() if name.startswith("utf-") else name


class CellKind(StrEnum):
    """What a cell of a workbook holds."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"


class TypedCell(NamedTuple):
    """What a cell of a workbook is beyond its text, so that a result workbook can give it back as it was.

    ``column`` is an index into the header. ``value`` is the stored number; of a date, the days since 1899-12-30, of a
    duration, its days; None where the text says it all. ``number_format`` is the format's code, empty for General;
    ``link`` is the address behind the cell.
    """

    column: int
    kind: CellKind
    value: float | None = None
    number_format: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """How wide a column is, in characters, and whether it is hidden; ``column`` is an index into the header."""

    column: int
    width: float | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class SheetLook:
    """What of a workbook is no row below the header, but comes back with a result: rows above it, and columns' looks.

    Columns that look like any other are left out.
    """

    titles: tuple[Row, ...] = ()
    columns: tuple[ColumnLook, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One input table: where it came from and what its columns are called.

    ``path`` is None for standard input; ``fingerprint`` is the SHA-256 of the whole file, in hex;
    ``header_row`` is the row number of the header as the spreadsheet program shows it.
    """

    name: str
    path: Path | None
    dialect: Dialect
    header: tuple[str, ...]
    header_row: int
    fingerprint: str
    worksheet: str | None = None
    look: SheetLook = SheetLook()


def header_form(name: str) -> str:
    """A header without case, blanks, ``_``, ``-`` and everything else that is neither letter nor digit."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


@dataclass(frozen=True, slots=True)
class Remark:
    """What the file says of a cell beyond its text; ``column`` is an index into the header, -1 for the whole row.

    Codes: ``link_target`` (``detail`` is the address), ``error_value``, ``formula_without_value``, ``formula``,
    ``date``, ``boolean``, ``digits_lost`` (a number cell beyond 15 digits), ``number_format`` (a number that is seen
    in a format of its own), ``number`` (the first number cell of a column, and its first with decimals), ``merged``,
    ``hidden_row``, ``too_many_cells``, ``too_few_cells``.
    """

    column: int
    code: str
    detail: str = ""


class Row(NamedTuple):
    """One row of the sheet: its number as the spreadsheet program shows it, and its cells as text.

    There is a cell for each named column at least; where the last columns have no names, a row may end before them.
    ``typed`` tells of those cells of a workbook that are more than their text, in the order of columns.
    """

    number: int
    cells: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    typed: tuple[TypedCell, ...] = ()

    @property
    def is_hidden(self) -> bool:
        """Whether the workbook hides or filters it out."""
        return any(remark.code == "hidden_row" for remark in self.remarks)
