"""Run and row records -> the columns of the result sheet and its lines of text cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hotline_batch.issues.codes import advice_for, meaning_of
from hotline_batch.model import GetTopicInfo, JobState, Kind, RowRecord, Run, SendMessage, Status
from hotline_batch.results.cell_safety import one_line, printable
from hotline_batch.results.changes import changes_of, changes_text
from hotline_batch.results.kept_columns import KeptColumns
from hotline_batch.results.texts import field_text as field_text
from hotline_batch.results.texts import utc_text as utc_text
from hotline_batch.settings.practice import is_practice, service_mark

PREFIX = "hotline_"

SEND_COLUMNS = (
    "hotline_row",
    "hotline_status",
    "hotline_topic_link",
    "hotline_delivered",
    "hotline_error_code",
    "hotline_error",
    "hotline_advice",
    "hotline_attempts",
    "hotline_http_status",
    "hotline_finished_at",
    "hotline_connection",
    "hotline_run",
    "hotline_message",
    "hotline_chat_id",
    "hotline_thread_id",
    "hotline_service",
)
"""The program's own columns after ``send``."""

CHANGES_COLUMN = "hotline_changes"

ENRICH_COLUMNS = (
    *(column for column in SEND_COLUMNS[:12] if column != "hotline_delivered"),
    CHANGES_COLUMN,
    "hotline_service",
)
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

KNOWN_COLUMNS = (*SEND_COLUMNS, *ENRICH_COLUMNS, *DOCUMENTED_FIELDS)
"""Everything that a result sheet is known to add to the input, fields without their ``hotline_``."""

_RESERVED = frozenset(ENRICH_COLUMNS)
_LONGEST_COLUMN_NAME = 100


@dataclass(frozen=True, slots=True)
class ResultLayout:
    """The columns of a result sheet and where each of its cells comes from.

    ``own`` are the program's own columns; each refreshes the input columns of that name, ``refreshed`` pairs
    (position in the input, position in ``own``), or stands behind the input, ``appended`` positions in ``own``.
    ``fields`` are the reply's fields that fill the last columns of ``own`` (enrich).
    """

    columns: tuple[str, ...]
    own: tuple[str, ...]
    fields: tuple[str, ...]
    input_width: int
    refreshed: tuple[tuple[int, int], ...]
    appended: tuple[int, ...]


def lay_out(run: Run, records: Iterable[RowRecord]) -> ResultLayout:
    """Decide the columns: the input's first and untouched, then ours, then those of the fields that replies held.

    ``records`` are read for ``enrich`` alone; only there do replies decide about columns.
    """
    fields: tuple[str, ...] = ()
    own: tuple[str, ...] = SEND_COLUMNS
    kept = KeptColumns.of(run.options.results)
    if run.kind is Kind.ENRICH:
        fields = tuple(name for name in _fields_of(records) if kept is None or kept.keeps_own(name))
        own = (*ENRICH_COLUMNS, *_field_columns(fields))
    position_of = {column: position for position, column in enumerate(own)}
    names = [name.strip() for name in run.header]
    refreshed = tuple((at, position_of[name]) for at, name in enumerate(names) if name in position_of)
    present = {position for _, position in refreshed}
    appended = tuple(
        position
        for position, column in enumerate(own)
        if position not in present and (kept is None or kept.keeps_own(column))
    )
    return ResultLayout(
        columns=(*run.header, *(own[position] for position in appended)),
        own=own,
        fields=fields,
        input_width=len(run.header),
        refreshed=refreshed,
        appended=appended,
    )


def status_first(layout: ResultLayout) -> ResultLayout:
    """The layout of a workbook: status and link stand right after the user's columns, where they can stay in view."""
    places = [layout.own.index(column) for column in ("hotline_status", "hotline_topic_link")]
    first = [place for place in places if place in layout.appended]
    appended = (*first, *(place for place in layout.appended if place not in first))
    header = layout.columns[: layout.input_width]
    return replace(layout, columns=(*header, *(layout.own[place] for place in appended)), appended=appended)


def result_cells(run: Run, layout: ResultLayout, record: RowRecord) -> tuple[str, ...]:
    """One line of the result sheet, as raw text in the order of ``layout.columns``."""
    return arrange(layout, record, own_cells(run, layout, record))


def arrange(layout: ResultLayout, record: RowRecord, own: list[str]) -> tuple[str, ...]:
    """Join the input's cells and our own into one line."""
    cells = record.cells
    if len(cells) != layout.input_width:
        cells = (*cells, *[""] * layout.input_width)[: layout.input_width]
    if not layout.refreshed:
        return (*cells, *[own[position] for position in layout.appended])
    line = list(cells)
    for at, position in layout.refreshed:
        line[at] = own[position]
    line.extend([own[position] for position in layout.appended])
    return tuple(line)


def own_cells(run: Run, layout: ResultLayout, record: RowRecord) -> list[str]:
    """Our own cells of one row, in the order of ``layout.own``."""
    status = record.status(run.kind)
    code, error, advice = explanation(run, record, status)
    cells = [
        str(record.number),
        status.value,
        topic_link_of(record),
        code,
        error,
        advice,
        str(record.attempts),
        "" if record.http_status is None else str(record.http_status),
        utc_text(record.finished_at),
        record.connection,
        run.id,
    ]
    if run.kind is Kind.SEND:
        cells.insert(3, record.delivered())
        cells.append(_posted_message(run, record, status))
        cells.append(field_text(record.fields.get("chat_id")))
        cells.append(field_text(record.fields.get("thread_id")))
        cells.append(_service(run, record))
    elif status is Status.ENRICHED:
        reply = record.fields
        cells.append(changes_text(changes_of(record)))
        cells.append(_service(run, record))
        cells.extend([field_text(reply.get(name)) for name in layout.fields])
    else:
        cells += ["", _service(run, record)]
        cells.extend([""] * len(layout.fields))
    return cells


def explanation(run: Run, record: RowRecord, status: Status) -> tuple[str, str, str]:
    """Code, what happened, what to do; all empty for a row that is simply fine."""
    if record.problems:
        error = "; ".join(
            f"{problem.column}: {problem.message}" if problem.column else problem.message for problem in record.problems
        )
        code = record.problems[0].code
        return code, one_line(error), advice_for(code)
    code, reason = record.code, record.reason
    if status is Status.UNKNOWN and record.state is JobState.IN_FLIGHT:
        advice = f"Write the results again when the run has ended; if it was killed: 'hotline-batch resume {run.id}'."
        return "interrupted_in_flight", "The row was on its way when this was written.", advice
    if code:
        return code, one_line(reason or meaning_of(code)), advice_for(code)
    if status is Status.NOT_ATTEMPTED:
        return "", "The run ended before this row was done.", f"Continue with 'hotline-batch resume {run.id}'."
    return "", one_line(reason) if reason else "", ""


def _fields_of(records: Iterable[RowRecord]) -> tuple[str, ...]:
    """The documented fields, then every other field of a reply in the order of first appearance."""
    fields = dict.fromkeys(DOCUMENTED_FIELDS)
    for record in records:
        if record.state is JobState.SUCCEEDED and not record.fields.keys() <= fields.keys():
            fields.update(dict.fromkeys(name for name in record.fields if name != "result" and name not in fields))
    return tuple(fields)


def _field_columns(fields: Iterable[str]) -> tuple[str, ...]:
    """A column name per field; one named like a column of ours becomes ``hotline_reply_...``, and none comes twice."""
    taken = set(_RESERVED)
    columns = []
    for field in fields:
        # As it will be read back: names that only differ in what no sheet can hold would grow with every use.
        name = one_line(printable(field), _LONGEST_COLUMN_NAME)
        wanted = f"{PREFIX}{name}" if f"{PREFIX}{name}" not in _RESERVED else f"{PREFIX}reply_{name}"
        column, copies = wanted, 1
        while column in taken:
            copies += 1
            column = f"{wanted}_{copies}"
        taken.add(column)
        columns.append(column)
    return tuple(columns)


def topic_link_of(record: RowRecord) -> str:
    """The link of the reply; a lookup's own topic otherwise, since that is where to look."""
    match record.request:
        case GetTopicInfo(group_id, topic_id) if not record.topic_link:
            return f"https://t.me/c/{group_id}/{topic_id}"
        case _:
            return record.topic_link


def _posted_message(run: Run, record: RowRecord, status: Status) -> str:
    """The text that was posted, may have been, or was refused; empty where nothing left the machine on purpose.

    A row that was posted before keeps the text that an earlier result sheet says of it, for the next one to compare.
    """
    match record.request:
        case SendMessage(message=message) if status in _TRIED or record.code in _POSTED_BEFORE:
            return message
        case _ if record.code in _POSTED_BEFORE:
            return _earlier_cell(run, record, "hotline_message")
        case _:
            return ""


def _service(run: Run, record: RowRecord) -> str:
    """Through which service the row goes; for one that was posted before, through which that was, if it is known."""
    is_of_a_send = run.kind is Kind.ENRICH and "hotline_delivered" in run.header
    if is_of_a_send and _earlier_cell(run, record, "hotline_delivered") in {"yes", "unknown"}:
        return _earlier_cell(run, record, "hotline_service")
    if record.connection:
        return service_mark(run.endpoint, run.notes.identities.get(record.connection, ""), practice=is_practice(run))
    return _earlier_cell(run, record, "hotline_service") if record.code in _POSTED_BEFORE else ""


def _earlier_cell(run: Run, record: RowRecord, column: str) -> str:
    """What a result sheet that was used as a sheet again says in a column of ours."""
    names = [name.strip() for name in run.header]
    place = names.index(column) if column in names else len(record.cells)
    return record.cells[place] if place < len(record.cells) else ""


_TRIED = frozenset({Status.SENT, Status.UNKNOWN, Status.FAILED})
_POSTED_BEFORE = frozenset({"already_sent", "possibly_sent"})
