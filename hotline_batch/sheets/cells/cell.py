"""What every reader of workbooks yields: cells as they stand in the file, in rows, and areas that lie over them.

A plain text is a ``str``, and "" is an empty cell: most cells of most sheets are one or the other, and cost no more.
Whatever else there is to say of a cell makes it a ``Cell``. ``cell_text`` turns both into what planning reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from hotline_batch.model.sheets import CellKind

LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384

_HYPERLINK: Final = re.compile(r'(?:[a-z]+:)?=?\s*HYPERLINK\(\s*"((?:[^"]|"")*)"\s*[;,)]', re.IGNORECASE)


class Cell(NamedTuple):
    """A cell that is more than a plain text.

    ``text`` is that of texts, booleans (TRUE, FALSE) and errors, and of dates that are stored as text; otherwise
    ``value`` says it: a number, or days since 1899-12-30. A formula whose value is not stored is EMPTY with
    ``is_formula``. ``number_format`` is the code of the cell's format; ``link`` is the address that the cell's own
    formula or text brings along.
    """

    kind: CellKind
    text: str = ""
    value: float | None = None
    number_format: str = ""
    link: str = ""
    is_formula: bool = False


Content: TypeAlias = str | Cell


class SheetRow(NamedTuple):
    """One row as it stands in the file: its number from 1, its cells from the first column to the last that is there.

    ``is_hidden``: by hand, by a filter, by a closed group, or by having no height.
    """

    number: int
    cells: Sequence[Content]
    is_hidden: bool = False


class Area(NamedTuple):
    """Cells from one corner to the other, ends included; rows count from 1, columns from 0.

    ``detail`` is the reference of merged cells, such as B2:C9, or the address of a link.
    """

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    detail: str


def link_of_formula(formula: str) -> str:
    """The address in ``HYPERLINK("address", ...)``; empty where the formula is another one, or computes it."""
    found = _HYPERLINK.match(formula)
    return found[1].replace('""', '"') if found else ""


def put_cell(contents: list[Content], column: int, content: Content) -> None:
    """Set a cell of a row, which may still be shorter. ValueError beyond the last column of all programs."""
    if column >= LAST_COLUMN:
        raise ValueError(column)
    if column < len(contents):
        contents[column] = content
    else:
        contents.extend([""] * (column - len(contents)))
        contents.append(content)


def reference(area: tuple[int, int, int, int]) -> str:
    """The cells from one corner to the other as spreadsheet programs call them: rows from 1, columns from 0."""
    first_row, first_column, last_row, last_column = area
    return f"{cell_name(first_row, first_column)}:{cell_name(last_row, last_column)}"


def cell_name(row: int, column: int) -> str:
    """A cell as the spreadsheet program calls it: row 2, column 0 is A2."""
    return f"{column_name(column)}{row}"


def column_name(column: int) -> str:
    """Column 0 is A, column 16383 is XFD."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_WORDS: Final = frozenset(
    # as files have them, old and new; Google's; then German, French, Spanish, Italian, Portuguese, Dutch, Polish,
    # Russian, as they stand in texts that were pasted from there
    """
    #NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CONNECT! #BLOCKED! #UNKNOWN! #FIELD! #CALC!
    #BUSY! #EXTERNAL! #PYTHON! #TIMEOUT! #ERROR! #MACRO?
    #NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF! #KALK! #FELD! #VALEUR! #NOM? #NOMBRE! #NUL! #PROPAGATION!
    #N/D #¡VALOR! #¡REF! #¿NOMBRE? #¡NUM! #¡NULO! #¡DIV/0! #¡DESBORDAMIENTO! #VALORE! #RIF! #NOME? #NULLO! #VALOR!
    #NÚM! #NULO! #N/B #WAARDE! #VERW! #NAAM? #GETAL! #LEEG! #DEEL/0! #N/D! #ARG! #ADR! #NAZWA? #LICZBA! #ZERO!
    #DZIEL/0! #Н/Д #ЗНАЧ! #ССЫЛКА! #ИМЯ? #ЧИСЛО! #ПУСТО! #ДЕЛ/0! #ПЕРЕНОС!
    """.split()  # noqa: SIM905 - a list of 70 words in quotes is hard to read
)
_OFFICE_CODE: Final = re.compile(r"(?:Err|Fehler|Ошибка|Erreur|Error):[0-9]{3}")
_UNMISTAKABLE: Final = re.compile("|".join(re.escape(word) for word in _WORDS if word[-1] in "!?A" or "_" in word))
"""Within a text, #NV may be a hashtag; #N/A and what ends in a mark is none."""


def is_error_word(text: str) -> bool:
    """Whether the whole text is such a word: ``#N/A``, ``#ЗНАЧ!``, ``Err:502``.

    >>> is_error_word(" #REF! "), is_error_word("#1 in town!")
    (True, False)
    """
    text = text.strip()
    return text in _WORDS or _OFFICE_CODE.fullmatch(text) is not None


def holds_error_word(text: str) -> bool:
    """Whether such a word stands alone, or unmistakably within a text.

    >>> holds_error_word("Dear #N/A,"), holds_error_word("#NV"), holds_error_word("Made in #NV")
    (True, True, False)
    """
    return _UNMISTAKABLE.search(text) is not None or is_error_word(text)
