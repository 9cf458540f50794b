"""Rows of a run, as a person looks at them: a page of those of one status, or one with all that happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline_batch.application.office.acting import needs
from hotline_batch.ledger.history.asked_messages import link_of_sheet, topic_links_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.row_pages import (
    SaidOfRow,
    attempts_of_rows,
    count_rows,
    row_history,
    rows_page,
    said_of_run,
    states_of_rows,
)
from hotline_batch.model.jobs import MESSAGE_LINK, Attempt, JobState, Kind, SendMessage, Status
from hotline_batch.model.runs import RowRecord, Run
from hotline_batch.people import Role
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.results.rows.result_row import ResultRow, result_rows
from hotline_batch.results.rows.row_names import RowNames
from hotline_batch.settings.model import Settings

ROWS_A_PAGE = 50
_WORDS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row and whom it is about. ``text`` is what is, was or would be posted; empty for a look-up.

    ``topic_link`` is that of the row; where it has none, that of the sheet or of an earlier message to the same person.
    What leads elsewhere than to a topic of Telegram is none, whoever wrote it.
    """

    row: ResultRow
    name: str
    user_id: str
    text: str
    topic_link: str


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Some rows of a run. ``next_after`` is the row number after which the next page begins; None: this is the last."""

    run: Run
    rows: Sequence[ShownRow]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class RowDetails:
    """One row, its cells by column, every request that was made for it, and every word of a person about it."""

    run: Run
    shown: ShownRow
    cells: Sequence[tuple[str, str]]
    attempts: Sequence[Attempt]
    said: Sequence[SaidOfRow]


@needs(Role.LOOK)
def rows_of_run(
    settings: Settings,
    run_id: str,
    status: Status,
    *,
    code: str = "",
    but: str = "",
    after: int = 0,
    most: int = ROWS_A_PAGE,
) -> RowsPage:
    """The rows of one status from the row number ``after`` on: those of one code where one is named, or all ``but``
    those of another.
    """
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        found = rows_page(ledger, run, _states_of(run, status), code=code, but=but, after=after, most=most + 1)
        rows = found[:most]
        shown = _shown(ledger, run, rows)
    return RowsPage(run, shown, rows[-1].number if len(found) > most else None)


@needs(Role.LOOK)
def rows_with_code(settings: Settings, run_id: str, status: Status, code: str) -> int:
    """How many rows of one status have this code."""
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        return count_rows(ledger, run, _states_of(run, status), code)


@needs(Role.LOOK)
def row_of_run(settings: Settings, run_id: str, number: int) -> RowDetails:
    """One row by its number in the sheet. LedgerError where there is none."""
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        history = row_history(ledger, run, number)
        (shown,) = _shown(ledger, run, [history.record])
    kept = KeptColumns.of(run.options.results)
    cells = [
        (name, cell)
        for name, cell in zip(run.header, shown.row.cells, strict=False)
        if kept is None or kept.keeps_input(name)
    ]
    return RowDetails(run, shown, cells, history.attempts, history.said)


@needs(Role.LOOK)
def attempts_so_far(settings: Settings, run_id: str, numbers: Sequence[int]) -> Mapping[int, int]:
    """How many requests were made for each of these rows so far. LedgerError where one of them is not there."""
    with Ledger(settings.ledger) as ledger:
        return attempts_of_rows(ledger, run_id, numbers)


@needs(Role.LOOK)
def status_of_rows(settings: Settings, run_id: str, numbers: Sequence[int]) -> Mapping[int, Status]:
    """What became of each of these rows so far. LedgerError where one of them is not there."""
    with Ledger(settings.ledger) as ledger:
        kind = ledger.run(run_id).kind
        return {number: state.status(kind) for number, state in states_of_rows(ledger, run_id, numbers).items()}


@needs(Role.LOOK)
def last_words(settings: Settings, run_id: str) -> Sequence[SaidOfRow]:
    """What people said last about rows in doubt of a run, the newest first."""
    with Ledger(settings.ledger) as ledger:
        return said_of_run(ledger, run_id, _WORDS_SHOWN)


def _states_of(run: Run, status: Status) -> Sequence[JobState]:
    return [state for state in JobState if state.status(run.kind) is status]


def _shown(ledger: Ledger, run: Run, records: Sequence[RowRecord]) -> list[ShownRow]:
    names = RowNames.of(run)
    rows = result_rows(run, records, KeptColumns.of(run.options.results))
    known = _known_topics(ledger, run, records)
    return [
        ShownRow(
            row,
            names.name(row),
            names.user_id(row),
            _text_of(run.kind, record),
            _link_to_topic(row.topic_link, link_of_sheet(record), known.get(_whose(run, record), "")),
        )
        for row, record in zip(rows, records, strict=True)
    ]


def _link_to_topic(*links: str) -> str:
    return next(filter(MESSAGE_LINK.fullmatch, links), "")


def _known_topics(ledger: Ledger, run: Run, records: Sequence[RowRecord]) -> Mapping[tuple[str, int], str]:
    """The topics of the people of rows in doubt, by connection and user: there a person has to look."""
    in_doubt = (record for record in records if record.state.status(run.kind) is Status.UNKNOWN)
    return topic_links_of(ledger, {_whose(run, record) for record in in_doubt if not record.topic_link})


def _whose(run: Run, record: RowRecord) -> tuple[str, int]:
    user_id = record.request.user_id if isinstance(record.request, SendMessage) else 0
    return run.notes.identities.get(record.connection, record.connection), user_id


def _text_of(kind: Kind, record: RowRecord) -> str:
    match record.request:
        case SendMessage(message=message) if kind is Kind.SEND:
            return message
        case _:
            return ""
