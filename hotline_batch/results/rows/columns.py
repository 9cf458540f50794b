"""Which columns a result has, and how the cell of each comes from a row of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from hotline_batch.model.jobs import JobState, Kind
from hotline_batch.model.runs import RowRecord, Run
from hotline_batch.model.sheets import OWN_PREFIX, own_columns
from hotline_batch.results.cell_safety import one_line, printable
from hotline_batch.results.formatting import field_text, utc_text
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.results.rows.result_row import ResultRow, changes_text, places_read

CellOf: TypeAlias = Callable[[ResultRow], str]

CELLS: Mapping[str, CellOf] = MappingProxyType(
    {
        "hotline_row": lambda row: str(row.number),
        "hotline_status": lambda row: row.status.value,
        "hotline_topic_link": lambda row: row.topic_link,
        "hotline_delivered": lambda row: row.delivered,
        "hotline_error_code": lambda row: row.code,
        "hotline_error": lambda row: row.error,
        "hotline_advice": lambda row: row.advice,
        "hotline_attempts": lambda row: str(row.attempts),
        "hotline_http_status": lambda row: "" if row.http_status is None else str(row.http_status),
        "hotline_finished_at": lambda row: utc_text(row.finished_at),
        "hotline_connection": lambda row: row.connection,
        "hotline_run": lambda row: row.run,
        "hotline_message": lambda row: row.message,
        "hotline_chat_id": lambda row: row.chat_id,
        "hotline_thread_id": lambda row: row.thread_id,
        "hotline_changes": lambda row: changes_text(row.changes) if row.changes else "",
        "hotline_service": lambda row: row.service,
        "hotline_recipient": lambda row: row.recipient,
    }
)
"""Every column of ours but those of a reply's fields, in their order."""

LEFT_OUT_COLUMN = "hotline_send_code"
"""Why a send left a row out: an enrichment of its result keeps it there, since its own code takes the place."""

_OF_LOOK_UPS_ALONE = frozenset({"hotline_changes"})
_OF_MESSAGES_ALONE = frozenset(
    {"hotline_delivered", "hotline_message", "hotline_chat_id", "hotline_thread_id", "hotline_recipient"}
)

SEND_COLUMNS = tuple(name for name in CELLS if name not in _OF_LOOK_UPS_ALONE)
"""The program's own columns after ``send``."""

ENRICH_COLUMNS = tuple(name for name in CELLS if name not in _OF_MESSAGES_ALONE)
"""The program's own columns after ``enrich``, before the fields of the reply."""

DOCUMENTED_FIELDS = (
    "group_id",
    "topic_id",
    "frontend_type",
    "instance_name",
    "instance_frontend_user_id",
    "instance_id",
    "chat_id",
    "thread_id",
    "frontend_chat_id",
    "topic_last_date",
    "topic_status",
    "topic_title",
    "user_id",
    "user_name",
    "user_first_name",
    "user_last_name",
    "user_username",
    "user_lang",
    "user_phone",
)
"""Fields of a topic in the order of the Topics API's documentation; ``result`` only says that the call succeeded."""

KNOWN_COLUMNS = (*SEND_COLUMNS, *ENRICH_COLUMNS, LEFT_OUT_COLUMN, *DOCUMENTED_FIELDS)
"""Everything that a result sheet is known to add to the input, fields without their ``hotline_``."""

_LONGEST_COLUMN_NAME = 100


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result: its name and how a row fills it.

    ``input_at`` is the place of the input's column that it is, None where it is added; ``is_ours``: the program fills
    it, also where an earlier result sheet has it already.
    """

    name: str
    cell: CellOf
    input_at: int | None = None
    is_ours: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a result, the input's first."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What stands in the header."""
        return tuple(column.name for column in self.columns)

    def cells(self, row: ResultRow) -> list[str]:
        """One line of the result, as raw text."""
        return [column.cell(row) for column in self.columns]


def lay_out(run: Run, records: Iterable[RowRecord], kept: KeptColumns | None = None) -> Layout:
    """Decide the columns: the input's first and untouched, then ours, then those of the fields that replies held.

    ``records`` are read for ``enrich`` alone; only there do replies decide about columns.
    """
    own: dict[str, CellOf] = {name: CELLS[name] for name in SEND_COLUMNS}
    if run.kind is Kind.ENRICH:
        fields = [name for name in _fields_of(records) if kept is None or kept.keeps_own(name)]
        own = {name: CELLS[name] for name in ENRICH_COLUMNS} | dict(_field_columns(fields, run))
    if _keeps_why_left_out(run.kind, run.header):
        own[LEFT_OUT_COLUMN] = lambda row: row.send_code
    return Layout(tuple(_columns(run.header, own, kept)))


def _keeps_why_left_out(kind: Kind, header: Iterable[str]) -> bool:
    """Whether an enrichment is one of a send's result; a send only empties the column where it finds it."""
    found = own_columns(header)
    return LEFT_OUT_COLUMN in found or (kind is Kind.ENRICH and {"hotline_delivered", "hotline_status"} <= found.keys())


def expected_columns(kind: Kind, header: Iterable[str], kept: KeptColumns | None = None) -> int:
    """How many columns the result will have, as far as that is known before any reply."""
    names = list(header)
    own = SEND_COLUMNS
    if kind is Kind.ENRICH:
        own = (*ENRICH_COLUMNS, *(f"{OWN_PREFIX}{field}" for field in DOCUMENTED_FIELDS))
    if _keeps_why_left_out(kind, names):
        own = (*own, LEFT_OUT_COLUMN)
    return sum(1 for _ in _columns(names, dict.fromkeys(own, _nothing), kept))


def status_first(layout: Layout) -> Layout:
    """The layout of a workbook: status and link stand right after the user's columns, where they can stay in view."""
    given = [column for column in layout.columns if column.input_at is not None]
    added = [column for column in layout.columns if column.input_at is None]
    # Sorting keeps the order of those that are equal.
    added.sort(key=lambda column: column.name not in {"hotline_status", "hotline_topic_link"})
    return Layout((*given, *added))


def _columns(header: Iterable[str], own: Mapping[str, CellOf], kept: KeptColumns | None) -> Iterator[Column]:
    """Ours are called as we call them, also where a database wrote them in capitals: others go by their names."""
    given = list(header)
    ours_at = {at: name for name, at in own_columns(given).items() if name in own}
    present = set()
    for at, name in enumerate(given):
        called = ours_at.get(at, name.strip())
        if kept is not None and not kept.keeps_input(called):
            continue
        ours = own.get(called)
        present.add(called)
        yield Column(ours_at.get(at, name), ours or _input_cell(at), at, is_ours=ours is not None)
    for name, cell in own.items():
        if name not in present and (kept is None or kept.keeps_own(name)):
            yield Column(name, cell)


def _input_cell(at: int) -> CellOf:
    return lambda row: row.cells[at] if at < len(row.cells) else ""


def _nothing(_row: ResultRow) -> str:
    return ""


def _fields_of(records: Iterable[RowRecord]) -> tuple[str, ...]:
    """The documented fields, then every other field of a reply in the order of first appearance.

    Last those that only earlier answers held: a sheet may have their columns still, and they are empty now.
    """
    fields = dict.fromkeys(DOCUMENTED_FIELDS)
    earlier: dict[str, None] = {}
    for record in records:
        if record.state is JobState.SUCCEEDED and not record.fields.keys() <= fields.keys():
            fields.update(dict.fromkeys(name for name in record.fields if name != "result" and name not in fields))
        if record.earlier and not record.earlier.fields.keys() <= fields.keys():
            earlier.update(dict.fromkeys(name for name in record.earlier.fields if name != "result"))
    return tuple(fields | earlier)


def _field_columns(fields: Iterable[str], run: Run) -> Iterator[tuple[str, CellOf]]:
    """A column per field; one named like a column of ours becomes ``hotline_reply_...``, and no name comes twice."""
    earlier = own_columns(run.header)
    read = places_read(run)
    taken = set(ENRICH_COLUMNS)
    for field in fields:
        # As it will be read back: names that only differ in what no sheet can hold would grow with every use.
        name = one_line(printable(field), _LONGEST_COLUMN_NAME)
        wanted = f"{OWN_PREFIX}{name}"
        if wanted in ENRICH_COLUMNS:
            wanted = f"{OWN_PREFIX}reply_{name}"
        column, copies = wanted, 1
        while column in taken:
            copies += 1
            column = f"{wanted}_{copies}"
        taken.add(column)
        at = earlier.get(column)
        yield column, _field_cell(field) if at is None else _field_over_cell(field, at, is_read=at in read)


def _field_cell(field: str) -> CellOf:
    return lambda row: field_text(row.reply.get(field))


def _field_over_cell(field: str, at: int, *, is_read: bool) -> CellOf:
    """A field whose column the input has already: a row that takes no part keeps what stands there.

    So does a row without an answer where the column ``is_read``, since it says which topic is meant.
    """

    def cell(row: ResultRow) -> str:
        found = field_text(row.reply.get(field))
        stays = row.is_as_before or (is_read and not found)
        return row.cells[at] if stays and at < len(row.cells) else found

    return cell
