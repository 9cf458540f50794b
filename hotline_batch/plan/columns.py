"""Header -> which column holds which field; two candidates are a question, never a guess."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline_batch.errors import SheetError
from hotline_batch.model import Kind, Row
from hotline_batch.plan.aliases import ALIASES, THREAD_HEADERS, WORDS, normalised
from hotline_batch.plan.identifiers import Found, read_user_id, shown
from hotline_batch.plan.topic_links import Topic, read_topic_link

OWN_PREFIX = "hotline_"
"""Columns of an earlier result sheet begin so; they are used only where a person maps them."""

_PLAUSIBLE_ID_DIGITS = 5
_COLUMNS_SHOWN = 30
_DELIMITERS = ";,\t|"


class ColumnQuestion(SheetError):
    """Several columns could hold one field; a person at a terminal can be asked which.

    ``candidates`` are indexes into ``header``.
    """

    def __init__(self, field: str, header: Sequence[str], candidates: Sequence[int]) -> None:
        names = [header[index] for index in candidates]
        both = " and ".join(
            f"'{shown(name)}' (column {column_letters(index)})" for name, index in zip(names, candidates, strict=True)
        )
        super().__init__(
            f"Several columns could hold the {WORDS[field]}: {both}. Say which one with --map '{field}={names[0]}'."
        )
        self.field = field
        self.header = tuple(header)
        self.candidates = tuple(candidates)


class ColumnsMissing(SheetError):
    """The header names no column for a field that the run needs; another worksheet may."""


class HeaderQuestion(SheetError):
    """The first row looks like data; a person at a terminal can be asked whether the sheet has no header."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The columns that a run uses: field -> index into the header."""

    fields: Mapping[str, int]
    topic_is_thread: bool = False
    """Whether the topic ids stand in a column headed ``thread_id``."""

    def names(self, header: Sequence[str]) -> dict[str, str]:
        """Field -> the column's header as the person wrote it."""
        return {field: header[index] for field, index in self.fields.items()}


def recognise_columns(
    header: Sequence[str],
    kind: Kind,
    chosen: Mapping[str, str],
    first_rows: Sequence[Row] = (),
    *,
    message_from_template: bool = False,
    users_by_topic: bool = False,
    header_row: int = 1,
) -> ColumnMap:
    """The columns that this kind of run needs and the optional ones that are there.

    ``chosen`` is field -> column as given with ``--map``. ``users_by_topic``: a send may find its users through the
    topics where there is no column of user ids. ``first_rows`` only help to word the errors.
    Raises SheetError for a column that is missing, chosen but not there, or there twice.
    """
    recognition = _Recognition(tuple(header), _chosen_columns(header, chosen))
    wanted: list[tuple[str, ...]]
    if kind is Kind.SEND:
        wanted = [("user_id",)]
        if users_by_topic and recognition.find("user_id") is None:
            wanted = [recognition.topic_fields()]
        if not message_from_template:
            wanted.append(("message",))
    else:
        wanted = [recognition.topic_fields()]
    fields: dict[str, int] = {}
    missing: list[str] = []
    for names in wanted:
        for name in names:
            index = recognition.find(name)
            if index is None:
                missing.append(name)
            else:
                fields[name] = index
    if missing:
        if any(_looks_like_data(cell) for cell in header):
            raise HeaderQuestion(
                f"Row {header_row} looks like data, not like a header: {listed(header)}. Add a header row that names "
                f"the columns, for example '{missing[0]}', or pass --header-row 0 if the sheet has none."
            )
        raise ColumnsMissing(_why_missing(missing, kind, recognition, first_rows))
    _add_optional(fields, recognition)
    topic_column = fields.get("topic_id")
    is_thread = topic_column is not None and normalised(header[topic_column]) in THREAD_HEADERS
    return ColumnMap(fields, topic_is_thread=is_thread)


def has_topics_but_no_users(header: Sequence[str], chosen: Mapping[str, str]) -> bool:
    """Whether a send over this sheet has to look its users up: topics are there, user ids are not."""
    recognition = _Recognition(tuple(header), _chosen_columns(header, chosen))
    if recognition.find("user_id") is not None:
        return False
    return all(recognition.find(field) is not None for field in recognition.topic_fields())


def column_index(header: Sequence[str], name: str, option: str) -> int:
    """The column that a person names in an option: exactly as written, else regardless of case and separators.

    Raises SheetError that begins with the option.
    """
    exact = [index for index, text in enumerate(header) if text == name]
    if len(exact) == 1:
        return exact[0]
    alike = exact or [index for index, text in enumerate(header) if name and normalised(text) == normalised(name)]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise SheetError(
            f"{option}: the sheet has {len(alike)} columns named '{shown(name)}'. Rename all but one in the sheet."
        )
    near = nearest(name, header)
    hint = f" Did you mean '{near}'?" if near else ""
    raise SheetError(f"{option}: the sheet has no column '{shown(name)}'.{hint} Columns: {listed(header)}.")


def nearest(name: str, candidates: Sequence[str]) -> str:
    """The candidate that is written most like ``name``; empty where none is."""
    by_form = {normalised(candidate): candidate for candidate in reversed(candidates) if candidate.strip()}
    found = difflib.get_close_matches(normalised(name), by_form, n=1, cutoff=0.72)
    return by_form[found[0]] if found else ""


def listed(header: Sequence[str]) -> str:
    """The column names for a sentence, shortened where there are very many."""
    named = [f"'{shown(name)}'" for name in header if name.strip()]
    if len(named) > _COLUMNS_SHOWN:
        return ", ".join(named[:_COLUMNS_SHOWN]) + f" and {len(named) - _COLUMNS_SHOWN} more"
    return ", ".join(named) or "none"


def _chosen_columns(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, column in chosen.items():
        name = {normalised(known): known for known in ALIASES}.get(normalised(field))
        if name in found:
            both = f"'{shown(header[found[name]])}' and '{shown(column)}'"
            raise SheetError(f"--map names {name} twice: {both}. Leave one of them out.")
        if name is None:
            near = nearest(field, tuple(ALIASES))
            hint = f" Did you mean '{near}'?" if near else ""
            raise SheetError(
                f"--map {field}={column}: there is no field '{field}'.{hint} Fields: {', '.join(ALIASES)}."
            )
        found[name] = column_index(header, column, f"--map {field}={column}")
    return found


class _Recognition:
    """One header, asked field by field."""

    def __init__(self, header: tuple[str, ...], chosen: Mapping[str, int]) -> None:
        self.header = header
        self.chosen = chosen
        self._forms = ["" if name.strip().casefold().startswith(OWN_PREFIX) else normalised(name) for name in header]

    def candidates(self, field: str) -> list[int]:
        """The columns that bear the field's own name or one of its aliases: any two of them are a question."""
        known = ALIASES[field] | {normalised(field)}
        return [index for index, form in enumerate(self._forms) if form in known]

    def find(self, field: str) -> int | None:
        """The field's column; None where there is none. Raises SheetError where there are two."""
        if field in self.chosen:
            return self.chosen[field]
        found = [index for index in self.candidates(field) if index not in self.chosen.values()]
        if len(found) <= 1:
            return found[0] if found else None
        names = [self.header[index] for index in found]
        both = " and ".join(
            f"'{shown(name)}' (column {column_letters(index)})" for name, index in zip(names, found, strict=True)
        )
        if len(set(names)) < len(names):
            raise SheetError(f"Several columns could hold the {WORDS[field]}: {both}. Rename all but one in the sheet.")
        raise ColumnQuestion(field, self.header, found)

    def topic_fields(self) -> tuple[str, ...]:
        """How this sheet names its topics: what the person mapped, else links, else the two ids."""
        pair = ("group_id", "topic_id")
        if "topic_link" in self.chosen:
            return ("topic_link",)
        if any(field in self.chosen for field in pair):
            return pair
        if not self.candidates("topic_link") and any(self.candidates(field) for field in pair):
            return pair
        return ("topic_link",)


def _add_optional(fields: dict[str, int], recognition: _Recognition) -> None:
    """The connection column; beside links the two ids, which stand in where a link is blank."""
    connection = recognition.find("connection")
    if connection is not None:
        fields["connection"] = connection
    if "topic_link" in fields:
        pair = {field: recognition.candidates(field) for field in ("group_id", "topic_id")}
        if all(len(found) == 1 and found[0] not in fields.values() for found in pair.values()):
            fields.update({field: found[0] for field, found in pair.items()})


def column_letters(index: int) -> str:
    """The column's name in a spreadsheet program: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _why_missing(missing: Sequence[str], kind: Kind, recognition: _Recognition, first_rows: Sequence[Row]) -> str:
    """What is missing, what is there, and the most likely way out."""
    header = recognition.header
    what = " and ".join(f"no column with {WORDS[field]}" for field in missing)
    text = f"The sheet has {what}. Columns found: {listed(header)}."
    if row := _row_with_names(missing, first_rows):
        return f"{text} Row {row} looks like the header: use --header-row {row}."
    if hint := _other_delimiter(missing, header):
        return f"{text} {hint}"
    if suggestion := _suggestion(missing[0], recognition, first_rows):
        return f"{text} Perhaps '{suggestion}' is meant: use --map '{missing[0]}={suggestion}'."
    if kind is Kind.SEND and missing == ["message"]:
        return f"{text} Name one column 'message', use --map 'message=COLUMN', or give a template (-m or -t)."
    others = " (group_id and topic_id do as well)" if missing[0] == "topic_link" else ""
    return f"{text} Name one column '{missing[0]}'{others}, or use --map '{missing[0]}=COLUMN'."


def looks_like_id(cell: str) -> bool:
    """Whether a cell holds a number that is long enough for an id, and can be one."""
    return len(cell.strip()) >= _PLAUSIBLE_ID_DIGITS and isinstance(read_user_id(cell), Found)


def _looks_like_data(cell: str) -> bool:
    text = cell.strip()
    if looks_like_id(text):
        return True
    return "t.me/" in text.casefold() or text.casefold().startswith(("tg:", "https://", "http://"))


def _row_with_names(missing: Sequence[str], first_rows: Sequence[Row]) -> int | None:
    """The first row below whose cells name everything that is missing: the real header under a title.

    Under a title without a delimiter each row is one cell, delimiters and all.
    """
    for row in first_rows:
        readings = [row.cells] if len(row.cells) > 1 else [row.cells[0].split(each) for each in _DELIMITERS]
        for cells in readings:
            forms = {normalised(cell) for cell in cells}
            if all(normalised(field) in forms or forms & ALIASES[field] for field in missing):
                return row.number
    return None


def _other_delimiter(missing: Sequence[str], header: Sequence[str]) -> str:
    """What to do where a missing name is part of a column's, divided by what could be the delimiter."""
    for name in header:
        for delimiter in _DELIMITERS:
            forms = [normalised(part) for part in name.split(delimiter)] if delimiter in name else []
            field = next((field for field in missing if {normalised(field), *ALIASES[field]}.intersection(forms)), "")
            if field:
                said = "tab" if delimiter == "\t" else delimiter
                return (
                    f"Column '{shown(name)}' has a '{said}' in its name: if that divides the columns, use --delimiter "
                    f"'{said}'; otherwise rename the column '{field}', or use --map '{field}={name}'."
                )
    return ""


def _suggestion(field: str, recognition: _Recognition, first_rows: Sequence[Row]) -> str:
    """A column of nearly the same name, else the only one whose first cells look like this field."""
    header = recognition.header
    if near := nearest(field, header):
        return near
    for alias in sorted(ALIASES[field]):
        if len(alias) >= _PLAUSIBLE_ID_DIGITS and (near := nearest(alias, header)):
            return near
    fitting = [index for index in range(len(header)) if header[index].strip() and _fits(field, index, first_rows)]
    return header[fitting[0]] if len(fitting) == 1 else ""


def _fits(field: str, index: int, rows: Sequence[Row]) -> bool:
    cells = [row.cells[index] for row in rows if index < len(row.cells) and row.cells[index].strip()]
    if field == "user_id":
        return bool(cells) and all(map(looks_like_id, cells))
    return field == "topic_link" and bool(cells) and all(isinstance(read_topic_link(cell), Topic) for cell in cells)
