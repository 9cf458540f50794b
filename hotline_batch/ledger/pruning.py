"""Runs that ended long ago -> runs without cells, messages and replies; what guards against sending twice is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sqlalchemy import text

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.opening import sqlite_path
from hotline_batch.ledger.database.transactions import (
    Length,
    ledger_errors,
    overwrite_what_is_deleted,
    reading,
    writing,
)
from hotline_batch.ledger.lanes.holds import refuse_if_lost
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import Action, record_within
from hotline_batch.ledger.oversight.run_chain import forget_salt
from hotline_batch.ledger.run_records import change_options, without_texts
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Person

# Everything that people wrote or that tells of people. The key (a digest), states, codes and times stay: they tell
# what became of a row, and that a message was sent.
_FORGET_ROWS = text("""
    update sheet_row
    set cells = '[]', arguments = null, problems = null, parameters = '', topic_link = '', reply = null,
        typed = null
    where run_key = :run_key
""")

# The note of a person who settled a row may name a customer; who decided what and when stays.
_FORGET_NOTES = text("update resolution set note = '' where run_key = :run_key")

_DELETE = text("delete from run where run_key = :run_key")

_ENDED_BEFORE = text("""
    select id from run
    where coalesce(finished_at, started_at, created_at) < :before and state <> 'planning'
    order by run_key
""")

# Planning that never came to its end, left by a process that was killed: nothing was sent from it. In one statement: a
# plan that comes to its end meanwhile may be sent.
_DELETE_ABANDONED = text("delete from run where state = 'planning' and created_at < :before")


def runs_ended_before(ledger: Ledger, before: float, *, include_unfinished: bool) -> Sequence[Run]:
    """The runs that ended before a moment and are not pruned yet, the oldest first.

    Runs that could still go on are among them only with ``include_unfinished``.
    """
    with reading(ledger.engine, "reading the runs") as connection:
        names = [row.id for row in connection.execute(_ENDED_BEFORE, {"before": before})]
    runs = [ledger.run(name) for name in names]
    return [run for run in runs if ended_before(run, before, include_unfinished=include_unfinished)]


def ended_before(run: Run, before: float, *, include_unfinished: bool) -> bool:
    """Whether a run is one of those."""
    ended = next(moment for moment in (run.finished_at, run.started_at, run.created_at) if moment is not None)
    is_over = include_unfinished or run.state is RunState.FINISHED
    return ended < before and is_over and run.notes.pruned_at is None


def forget_cells(ledger: Ledger, held: Hold, now: float, by: Person) -> int:
    """Forget what stood in the rows of a run, mark it as pruned and record who did it, in one step; how many rows.

    Rows left in flight by a killed process are settled first. Raises TakenOver where the run is another's by now.
    """
    ledger.settle_stale(held, ledger.run(held.run_id), now)
    parameters: dict[str, object] = {"run_key": held.run_key}
    with writing(ledger.engine, "forgetting rows", Length.LONG) as connection:
        refuse_if_lost(connection, held)
        overwrite_what_is_deleted(connection)
        change_options(connection, held.run_id, lambda options: without_texts(options, now))
        connection.execute(_FORGET_NOTES, parameters)
        forget_salt(connection, held.run_key)
        rows = connection.execute(_FORGET_ROWS, parameters).rowcount
        record_within(connection, by, Action.PRUNED, held.run_id, rows=rows)
        return rows


def forget_run(ledger: Ledger, held: Hold, by: Person) -> None:
    """Forget a run altogether, what guards against sending its messages again included, and record who did it.

    Raises TakenOver where the run is another's by now.
    """
    with writing(ledger.engine, "deleting the run", Length.LONG) as connection:
        refuse_if_lost(connection, held)
        overwrite_what_is_deleted(connection)
        connection.execute(_DELETE, {"run_key": held.run_key})
        record_within(connection, by, Action.DELETED, held.run_id)


def delete_abandoned_plans(ledger: Ledger, before: float) -> int:
    """Delete plans that a killed process left half made before a moment; how many that were."""
    with writing(ledger.engine, "deleting abandoned plans", Length.LONG) as connection:
        overwrite_what_is_deleted(connection)
        return connection.execute(_DELETE_ABANDONED, {"before": before}).rowcount


def give_room_back(ledger: Ledger) -> str:
    """Shrink the ledger's file by what was forgotten; empty, or why it was not done.

    Others would wait as long as that takes, so it is done only while no run is under way. PostgreSQL does it by itself.
    """
    if sqlite_path(ledger.engine) is None:
        return ""
    try:
        for run in ledger.runs():
            if run.state is RunState.RUNNING and any(lane.is_held for lane in ledger.lanes(run.id).values()):
                return words("run {run} is under way", run=run.id)
        with ledger_errors("giving room back"), ledger.engine.connect() as connection:
            driver = connection.connection.cursor()  # outside of a transaction, which a VACUUM refuses
            driver.execute("VACUUM")
            # The write-ahead log holds the old pages until it is emptied.
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            driver.close()
    except (LedgerError, sqlite3.Error) as error:  # all is forgotten already, only room is not won
        return (str(error).splitlines() or [words("no reason given")])[0]
    return ""
