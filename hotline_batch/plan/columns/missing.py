"""Columns that a header does not name -> a sentence with the most likely way out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from hotline_batch.language.formats import list_of
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.sheets import Row, header_form
from hotline_batch.next_step import Advised, NextStep, Step, advised, step
from hotline_batch.plan.columns.names import ALIASES, WORDS, forms_of, is_named_otherwise, names_people
from hotline_batch.plan.ids.numbers import Found, read_user_id
from hotline_batch.plan.ids.topic_links import Topic, read_topic_link
from hotline_batch.plan.visible_text import shown
from hotline_batch.tally import first_named

_PLAUSIBLE_ID_DIGITS = 5
_COLUMNS_SHOWN = 30
_NAMES_DO_NOT_DO = marked(
    "A name does not do: {columns} holds names, and the service takes the number of a Telegram user only."
)
_DELIMITERS = ";,\t|"
_FOREIGN_DELIMITERS = re.compile(r"[\^~¦:#§!/\\\x01-\x1f]|\s+")
"""What other programs put between cells; none of these can be named as the delimiter."""


def nearest(name: str, candidates: Sequence[str]) -> str:
    """The candidate that is written most like ``name``; empty where none is."""
    by_form = {header_form(candidate): candidate for candidate in reversed(candidates) if candidate.strip()}
    found = difflib.get_close_matches(header_form(name), by_form, n=1, cutoff=0.72)
    return by_form[found[0]] if found else ""


def meant(name: str, candidates: Sequence[str]) -> str:
    """A sentence, behind a blank, with the candidate that was probably meant; empty where none is near."""
    near = nearest(name, candidates)
    return words(" Did you mean '{near}'?", near=near) if near else ""


def listed(header: Sequence[str]) -> str:
    """The column names for a sentence, shortened where there are very many."""
    named = [f"'{shown(name)}'" for name in header if name.strip()]
    return first_named(named, _COLUMNS_SHOWN) or words("none")


def why_missing(missing: Sequence[str], kind: Kind, header: Sequence[str], first_rows: Sequence[Row]) -> Advised:
    """What is missing, what is there, and the most likely way out."""
    what = list_of([words("no column with {things}", things=words(WORDS[field])) for field in missing])
    text = words("The sheet has {what}. Columns found: {header}.", what=what, header=listed(header))
    if row := row_with_names(missing, first_rows):
        return advised(text, step(NextStep.USE_HEADER_ROW, row=row))
    if hint := _other_delimiter(missing, header):
        return advised(text, hint)
    if foreign := _foreign_delimiter(missing, header):
        return advised(words("{said} {cure}", said=text, cure=foreign))
    if missing[0] == "user_id" and (named := [name for name in header if names_people(name)]):
        text = words("{said} {cure}", said=text, cure=words(_NAMES_DO_NOT_DO, columns=listed(named)))
    if suggestion := _suggestion(missing[0], header, first_rows):
        return advised(text, step(NextStep.MAP_COLUMN, field=missing[0], column=suggestion))
    if kind is Kind.SEND and missing == ["message"]:
        return advised(text, step(NextStep.NAME_MESSAGE_COLUMN))
    name = NextStep.NAME_TOPIC_COLUMN if missing[0] == "topic_link" else NextStep.NAME_COLUMN
    return advised(text, step(name, field=missing[0]))


def looks_like_id(cell: str) -> bool:
    """Whether a cell holds a number that is long enough for an id, and can be one."""
    return len(cell.strip()) >= _PLAUSIBLE_ID_DIGITS and isinstance(read_user_id(cell), Found)


def looks_like_data(cell: str) -> bool:
    """Whether a cell holds an id or a link, as no header does."""
    text = cell.strip()
    if looks_like_id(text):
        return True
    return "t.me/" in text.casefold() or text.casefold().startswith(("tg:", "https://", "http://"))


def row_with_names(missing: Sequence[str], first_rows: Sequence[Row]) -> int | None:
    """The first row below whose cells name everything that is missing: the real header under a title.

    Messages may come from elsewhere than the sheet, so that a row which names all but these will do.
    """
    others = [field for field in missing if field != "message"]
    return _row_that_names(missing, first_rows) or (_row_that_names(others, first_rows) if others else None)


def _row_that_names(fields: Sequence[str], first_rows: Sequence[Row]) -> int | None:
    """Under a title without a delimiter each row is one cell, delimiters and all."""
    for row in first_rows:
        readings = [row.cells] if len(row.cells) > 1 else [row.cells[0].split(each) for each in _DELIMITERS]
        for cells in readings:
            forms = {header_form(cell) for cell in cells}
            if all(forms & forms_of(field) for field in fields):
                return row.number
    return None


def _other_delimiter(missing: Sequence[str], header: Sequence[str]) -> Step | None:
    """What to do where a missing name is part of a column's, divided by what could be the delimiter."""
    for name in header:
        for delimiter in _DELIMITERS:
            forms = [header_form(part) for part in name.split(delimiter)] if delimiter in name else []
            field = next((field for field in missing if forms_of(field).intersection(forms)), "")
            if field:
                said = "tab" if delimiter == "\t" else delimiter
                return step(NextStep.DIVIDE_COLUMNS, delimiter=said, field=field, column=shown(name))
    return None


def _foreign_delimiter(missing: Sequence[str], header: Sequence[str]) -> str:
    """What to do where a missing name is part of the only column's, divided by what cannot be the delimiter."""
    if len(header) != 1:
        return ""
    for found in dict.fromkeys(_FOREIGN_DELIMITERS.findall(header[0])):
        forms = {header_form(part) for part in header[0].split(found)}
        named = [field for field in missing if forms & forms_of(field)]
        # A title has blanks between its words, too.
        if len(named) == len(missing) if found == " " else named:
            said = words("blanks") if found.isspace() else f"'{shown(found)}'"
            return words(
                "The columns seem to be divided by {said}; columns can be divided by ';', ',', tab or "
                "'|' only. Open the file in the spreadsheet program with {said} as the delimiter and "
                "save it as XLSX, or replace {said} by a tab in a text editor.",
                said=said,
            )
    return ""


def _suggestion(field: str, header: Sequence[str], first_rows: Sequence[Row]) -> str:
    """A column of nearly the same name, else the only one whose first cells look like this field."""
    likely = ["" if is_named_otherwise(field, name) else name for name in header]
    if near := nearest(field, likely):
        return near
    for alias in sorted(ALIASES[field]):
        if len(alias) >= _PLAUSIBLE_ID_DIGITS and (near := nearest(alias, likely)):
            return near
    fitting = [index for index, name in enumerate(likely) if name.strip() and _fits(field, index, first_rows)]
    return header[fitting[0]] if len(fitting) == 1 else ""


def _fits(field: str, index: int, rows: Sequence[Row]) -> bool:
    cells = [row.cells[index] for row in rows if index < len(row.cells) and row.cells[index].strip()]
    if field == "user_id":
        return bool(cells) and all(map(looks_like_id, cells))
    return field == "topic_link" and bool(cells) and all(isinstance(read_topic_link(cell), Topic) for cell in cells)
