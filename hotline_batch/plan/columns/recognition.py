"""Header -> which column holds which field; two candidates are a question, never a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hotline_batch.errors import SheetError, SheetQuestion
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.sheets import Row, header_form, without_own
from hotline_batch.next_step import Advised, NextStep, step
from hotline_batch.plan.columns.missing import listed, looks_like_data, meant, row_with_names, why_missing
from hotline_batch.plan.columns.names import ALIASES, THREAD_HEADERS, WORDS, forms_of, names_telegram
from hotline_batch.plan.visible_text import shown
from hotline_batch.sheets.cells.cell import column_name


class ColumnQuestion(SheetQuestion):
    """Several columns could hold one field; a person at a terminal can be asked which.

    ``candidates`` are indexes into ``header``.
    """

    def __init__(self, field: str, header: Sequence[str], candidates: Sequence[int]) -> None:
        super().__init__(
            words(
                "Several columns could hold the {things}: {both}.",
                things=words(WORDS[field]),
                both=_listed_with_letters(header, candidates),
            ),
            step(NextStep.CHOOSE_COLUMN, field=field, columns=tuple(header[index] for index in candidates)),
        )
        self.field = field
        self.header = tuple(header)
        self.candidates = tuple(candidates)


def _listed_with_letters(header: Sequence[str], columns: Iterable[int]) -> str:
    told = [words("'{name}' (column {letters})", name=shown(header[at]), letters=column_name(at)) for at in columns]
    return list_of(told)


class ColumnsMissing(SheetError):
    """The header names no column for some ``fields`` that the run needs; another worksheet may."""

    def __init__(self, why: Advised, fields: Sequence[str]) -> None:
        super().__init__(why.text, *why.steps)
        self.fields = tuple(fields)


class HeaderQuestion(SheetQuestion):
    """The first row looks like data; a person at a terminal can be asked whether the sheet has no header."""


class HeaderRowQuestion(SheetQuestion):
    """The columns are named in a row below the header; ``row`` is its number."""

    def __init__(self, why: Advised, row: int) -> None:
        super().__init__(why.text, *why.steps)
        self.row = row


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

    ``chosen`` is field -> column as a person maps them. ``users_by_topic``: a send may find its users through the
    topics where there is no column of user ids. ``first_rows`` only help to word the errors.
    Raises SheetError for a column that is missing, chosen but not there, or there twice.
    """
    recognition = _Recognition(header, chosen)
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
        if any(looks_like_data(cell) for cell in header):
            raise HeaderQuestion(
                words("Row {row} looks like data, not like a header: {header}.", row=header_row, header=listed(header)),
                step(NextStep.ADD_HEADER_ROW, field=missing[0]),
            )
        why = why_missing(missing, kind, header, first_rows)
        if row := row_with_names(missing, first_rows):
            raise HeaderRowQuestion(why, row)
        raise ColumnsMissing(why, missing)
    _add_optional(fields, recognition)
    topic_column = fields.get("topic_id")
    is_thread = topic_column is not None and header_form(header[topic_column]) in THREAD_HEADERS
    return ColumnMap(fields, topic_is_thread=is_thread)


def has_topics_but_no_users(header: Sequence[str], chosen: Mapping[str, str]) -> bool:
    """Whether a send over this sheet has to look its users up: topics are there, user ids are not."""
    recognition = _Recognition(header, chosen)
    if recognition.find("user_id") is not None:
        return False
    return all(recognition.find(field) is not None for field in recognition.topic_fields())


def passed_over_users(header: Sequence[str], columns: ColumnMap, chosen: Mapping[str, str]) -> str:
    """The columns that could hold user ids as well, for a sentence; empty where there is none, or a person chose."""
    recognition = _Recognition(header, chosen)
    if "user_id" in recognition.chosen:
        return ""
    others = [header[index] for index in recognition.candidates("user_id") if index not in columns.fields.values()]
    return " and ".join(f"'{shown(name)}'" for name in others)


def column_index(header: Sequence[str], name: str, choice: str) -> int:
    """The column that a person names in a choice: exactly as written, else regardless of case and separators.

    Raises SheetError that begins with the choice.
    """
    exact = [index for index, text in enumerate(header) if text == name]
    if len(exact) == 1:
        return exact[0]
    alike = exact or [index for index, text in enumerate(header) if name and header_form(text) == header_form(name)]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise SheetError(
            words(
                "{choice}: the sheet has {alike} columns named '{name}'. Rename all but one in the sheet.",
                choice=choice,
                alike=len(alike),
                name=shown(name),
            )
        )
    raise SheetError(
        words(
            "{choice}: the sheet has no column '{name}'.{hint} Columns: {listed}.",
            choice=choice,
            name=shown(name),
            hint=meant(name, header),
            listed=listed(header),
        )
    )


def _chosen_columns(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, column in chosen.items():
        name = {header_form(known): known for known in ALIASES}.get(header_form(field))
        if name in found:
            both = f"'{shown(header[found[name]])}' and '{shown(column)}'"
            raise SheetError(words("'{name}' is mapped twice: {both}. Leave one of them out.", name=name, both=both))
        if name is None:
            raise SheetError(
                words(
                    "map {field}={column}: there is no field '{field}'.{hint} Fields: {aliases}.",
                    field=field,
                    column=column,
                    hint=meant(field, tuple(ALIASES)),
                    aliases=", ".join(ALIASES),
                )
            )
        found[name] = column_index(header, column, f"map {field}={column}")
    return found


class _Recognition:
    """One header, asked field by field."""

    def __init__(self, header: Sequence[str], chosen: Mapping[str, str]) -> None:
        self.header = tuple(header)
        self.chosen = _chosen_columns(header, chosen)
        # Columns of an earlier result sheet are used only where a person maps them.
        self._forms = list(map(header_form, without_own(header)))

    def candidates(self, field: str) -> list[int]:
        """The columns that bear the field's own name or one of its aliases: any two of them are a question."""
        known = forms_of(field)
        return [index for index, form in enumerate(self._forms) if form in known]

    def find(self, field: str) -> int | None:
        """The field's column; None where there is none. Raises SheetError where there are two."""
        if field in self.chosen:
            return self.chosen[field]
        found = [index for index in self.candidates(field) if index not in self.chosen.values()]
        found = self._explicit(field, found) or found
        if len(found) <= 1:
            return found[0] if found else None
        if len({self.header[index] for index in found}) < len(found):
            raise SheetError(
                words(
                    "Several columns could hold the {words}: {both}. Rename all but one in the sheet.",
                    words=words(WORDS[field]),
                    both=_listed_with_letters(self.header, found),
                )
            )
        raise ColumnQuestion(field, self.header, found)

    def _explicit(self, field: str, found: Sequence[int]) -> list[int]:
        """The one column that is called Telegram's, where no other bears the field's own name; else none."""
        if field != "user_id" or any(self._forms[index] == header_form(field) for index in found):
            return []
        explicit = [index for index in found if names_telegram(self.header[index])]
        return explicit if len(explicit) == 1 else []

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
