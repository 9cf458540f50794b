"""A file of a watched folder -> who is at work on it, and its run: one at most, whoever watches, and from wherever.

A watcher takes a file before it plans it, under the id that its run will have, and gives a sign of life while it is at
it. Who was silent for longer than the lease, or has died on this machine, is replaced. A run that was begun stays the
file's run, also once its cells were forgotten; one that was not is none: whoever comes next plans another one, and who
slept meanwhile begins nothing.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, text, update

from hotline_batch.errors import LedgerError, TakenOver
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import Length, asked_again, database_now, reading, writing
from hotline_batch.ledger.lanes import heart
from hotline_batch.ledger.lanes.lane import may_be_at_work
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.run_records import change_options, options_from_json, with_notes
from hotline_batch.ledger.schema import inbox_file
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import InboxPlace, Run, RunNotes, RunState

_log = logging.getLogger(__name__)

_LOCK_FOLDER = text("select pg_advisory_xact_lock(:folder)")


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file of a folder, told by its content: ``folder`` is the id that lies in it, however it is reached."""

    folder: str
    name: str
    fingerprint: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that this watcher is at work on, and the id of its run. ``is_new``: no watcher has begun that run yet."""

    file: InboxFile
    run_id: str
    watcher: Worker
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class FolderBusy:
    """Somebody else is at work on a file of the folder: one at a time, so that they keep their order."""

    watcher: Worker


def take_file(ledger: Ledger, file: InboxFile, me: Worker, run_id: str) -> TakenFile | FolderBusy:
    """Take a file, unless somebody is at work in its folder; ``run_id`` is for its run where it has none yet."""
    with writing(ledger.engine, "taking a file") as connection:
        _lock(connection, file.folder)
        now = database_now(connection)
        if busy := _others(connection, file.folder, me, now):
            return FolderBusy(busy[0])
        found = connection.execute(select(inbox_file).where(_is(file)).with_for_update()).one_or_none()
        values = {"watcher": str(me), "heartbeat_at": now}
        if found is None:
            connection.execute(insert(inbox_file).values(**_key(file), **values, run=run_id))
            return TakenFile(file, run_id, me, is_new=True)
        if left := Worker.parse(found.watcher):
            _log.warning("file was left", extra={"file": file.name, "run": found.run, "by": left.process})
        is_begun = _is_begun(connection, found.run)
        run_id = found.run if is_begun else run_id
        connection.execute(update(inbox_file).where(_is(file)).values(**values, run=run_id))
        return TakenFile(file, run_id, me, is_new=not is_begun)


def begin(ledger: Ledger, taken: TakenFile) -> None:
    """From now on the run is the file's for good, and may be handed over. TakenOver where the file is another's by now.

    In one step: whoever slept so long that somebody else planned the file anew begins nothing.
    """
    with writing(ledger.engine, "beginning the run") as connection:
        _check_mine(connection, taken)
        _note(connection, taken, lambda notes: replace(notes, waits_for_yes=False, inbox=notes.inbox or InboxPlace()))


def adopt(ledger: Ledger, taken: TakenFile, run_id: str) -> TakenFile:
    """The file has a run from before anybody took it. Raises TakenOver where it is another watcher's by now."""
    with writing(ledger.engine, "taking a file", Length.SHORT) as connection:
        _check_mine(connection, taken)
        connection.execute(update(inbox_file).where(_is_mine(taken)).values(run=run_id))
    return replace(taken, run_id=run_id)


def check_still_mine(ledger: Ledger, taken: TakenFile) -> None:
    """Raises TakenOver where the file is another watcher's by now."""
    with writing(ledger.engine, "looking whose the file is", Length.SHORT) as connection:
        _check_mine(connection, taken)


def give_back(ledger: Ledger, taken: TakenFile) -> None:
    """Nobody is at work on the file now; it keeps its run, if that was begun."""
    with writing(ledger.engine, "giving a file back", Length.SHORT) as connection:
        if _is_begun(connection, taken.run_id):
            connection.execute(update(inbox_file).where(_is_mine(taken)).values(watcher="", heartbeat_at=0.0))
        else:
            connection.execute(delete(inbox_file).where(_is_mine(taken)))


def forget_file(ledger: Ledger, taken: TakenFile) -> None:
    """The file was put away: one of the same name and content is a new one."""
    with writing(ledger.engine, "forgetting a file", Length.SHORT) as connection:
        connection.execute(delete(inbox_file).where(_is_mine(taken)))


def files_left(ledger: Ledger, folder: str, me: Worker) -> Sequence[tuple[InboxFile, str]]:
    """Files of a folder that nobody is at work on, with the ids of their runs; the oldest run first."""
    with reading(ledger.engine, "looking for files", Length.SHORT) as connection:
        now = database_now(connection)
        query = select(inbox_file).where(inbox_file.c.folder == folder).order_by(inbox_file.c.run)
        rows = connection.execute(query).fetchall()
    return [
        (InboxFile(row.folder, row.name, row.fingerprint, Kind(row.kind)), row.run)
        for row in rows
        if not _is_at_work(row, me, now)
    ]


@contextmanager
def kept(ledger: Ledger, taken: TakenFile) -> Iterator[None]:
    """Within: this watcher gives signs of life for the file; afterwards nobody is at work on it."""
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(heart.HEARTBEAT_SECONDS):
            with suppress(LedgerError), writing(ledger.engine, "giving a sign of life", Length.SHORT) as connection:
                values = {"heartbeat_at": database_now(connection)}
                connection.execute(update(inbox_file).where(_is_mine(taken)).values(**values))

    thread = threading.Thread(target=beat, name="file heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(heart.HEARTBEAT_SECONDS)
        with suppress(LedgerError):  # then the lease ends by itself
            give_back(ledger, taken)


def _others(connection: Connection, folder: str, me: Worker, now: float) -> Sequence[Worker]:
    query = select(inbox_file).where(inbox_file.c.folder == folder, inbox_file.c.watcher != "")
    rows = connection.execute(query.order_by(inbox_file.c.run)).fetchall()
    found = [Worker.parse(row.watcher) for row in rows if _is_at_work(row, me, now)]
    return [worker for worker in found if worker is not None]


def _is_at_work(row: Any, me: Worker, now: float) -> bool:
    worker = Worker.parse(row.watcher)
    return worker != me and may_be_at_work(worker, now - row.heartbeat_at, keeps_asleep=False)


def _is_begun(connection: Connection, run_id: str) -> bool:
    """Whether a run is the file's. One that was only planned is nobody's, and goes; one that was put away with an
    earlier file of the same content stays as it is.
    """
    columns = run_table.c
    row = connection.execute(select(columns.state, columns.options).where(columns.id == run_id)).one_or_none()
    if row is None or row.state == RunState.PLANNING.value:
        return False
    _, notes = options_from_json(row.options)
    if row.state == RunState.PLANNED.value and notes.waits_for_yes:
        # Unless somebody has started it in this very moment.
        plan = delete(run_table).where(columns.id == run_id, columns.state == RunState.PLANNED.value)
        return connection.execute(plan).rowcount == 0
    return notes.inbox is None or not notes.inbox.is_put_away


def _note(connection: Connection, taken: TakenFile, change: Callable[[RunNotes], RunNotes]) -> None:
    if not change_options(connection, taken.run_id, lambda options: with_notes(options, change)):
        raise LedgerError(words("Run {run_id} was deleted meanwhile.", run_id=taken.run_id))


def _check_mine(connection: Connection, taken: TakenFile) -> None:
    # Written to, so that nobody else can take it until the transaction ends.
    now = database_now(connection)
    if connection.execute(update(inbox_file).where(_is_mine(taken)).values(heartbeat_at=now)).rowcount != 1:
        _log.warning("file lost", extra={"file": taken.file.name, "run": taken.run_id})
        raise TakenOver(taken.run_id)


def _lock(connection: Connection, folder: str) -> None:
    """One after the other: two that look who is at work in a folder at one moment would not see each other."""
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(f"inbox {folder}".encode()).digest()
        connection.execute(_LOCK_FOLDER, {"folder": int.from_bytes(digest[:8], "big", signed=True)})


def _key(file: InboxFile) -> dict[str, str]:
    return {"folder": file.folder, "name": file.name, "fingerprint": file.fingerprint, "kind": file.kind.value}


def _is(file: InboxFile) -> ColumnElement[bool]:
    columns = inbox_file.c
    return (
        (columns.folder == file.folder)
        & (columns.name == file.name)
        & (columns.fingerprint == file.fingerprint)
        & (columns.kind == file.kind.value)
    )


def _is_mine(taken: TakenFile) -> ColumnElement[bool]:
    return _is(taken.file) & (inbox_file.c.watcher == str(taken.watcher)) & (inbox_file.c.run == taken.run_id)


def run_of_file(ledger: Ledger, path: Path, fingerprint: str, kind: Kind) -> Run | None:
    """The newest run over this very file that has to go on, or is finished while the file still lies in its inbox.

    One that was pruned is among them: nothing of it is sent anew without a person. A run that somebody else finished
    over the file is none of the inbox's, nor one that waits for a person's yes.
    """
    query = (
        select(run_table.c.id)
        .where(run_table.c.sheet_path == str(path))
        .where(run_table.c.fingerprint == fingerprint)
        .where(run_table.c.kind == kind.value)
        .where(run_table.c.state != RunState.PLANNING.value)
        .order_by(run_table.c.run_key.desc())
    )
    with reading(ledger.engine, "reading the runs") as connection:
        names = list(connection.execute(query).scalars())
    for run in map(ledger.run, names):
        waits_for_yes = run.state is RunState.PLANNED and run.notes.waits_for_yes
        if (run.state is not RunState.FINISHED and not waits_for_yes) or run.notes.lies_in_inbox:
            return run
    return None


def mark_as_leaving(ledger: Ledger, taken: TakenFile, sheet: Path, result: Path) -> None:
    """Remember, before anything is moved, where the file and its result sheet will lie. TakenOver where the file is
    another's by now, who may have put it away.
    """
    with writing(ledger.engine, "putting a file away") as connection:
        _check_mine(connection, taken)
        _note(connection, taken, lambda notes: replace(notes, inbox=InboxPlace(sheet=str(sheet), result=str(result))))


def destination_of(run: Run) -> tuple[Path, Path] | None:
    """Where the file and its result sheet are being moved; None where that was not decided yet."""
    return _destination(run.notes)


def _destination(notes: RunNotes) -> tuple[Path, Path] | None:
    inbox = notes.inbox
    is_leaving = inbox is not None and inbox.sheet and not inbox.is_put_away
    return (Path(inbox.sheet), Path(inbox.result)) if inbox and is_leaving else None


def places_promised(ledger: Ledger, folder: str) -> Collection[Path]:
    """Where files of a folder and their result sheets are being moved, by whoever is at it or was killed there."""
    with reading(ledger.engine, "looking for files", Length.SHORT) as connection:
        query = select(run_table.c.options).join(inbox_file, inbox_file.c.run == run_table.c.id)
        found = connection.execute(query.where(inbox_file.c.folder == folder)).scalars().all()
    return {place for options in found for place in _destination(options_from_json(options)[1]) or ()}


@asked_again
def mark_as_put_away(ledger: Ledger, run: Run, sheet: Path, result: Path) -> None:
    """Remember where the file and its result sheet lie now: a file of the same name and content is a new one.

    In one step: whoever is killed leaves a run whose result is replaced where it lies.
    """
    with writing(ledger.engine, "putting a file away") as connection:
        change_options(connection, run.id, _put_away)
        places = {"sheet_path": str(sheet), "output_path": str(result)}
        connection.execute(update(run_table).where(run_table.c.id == run.id).values(**places))


def _put_away(options: str) -> str:
    return with_notes(options, lambda notes: replace(notes, inbox=InboxPlace(is_put_away=True)))


def runs_leaving(ledger: Ledger, folder: Path) -> Sequence[Run]:
    """The runs of this inbox whose files were about to be moved, as far as the ledger knows."""
    return [run for run in ledger.runs() if destination_of(run) and Path(run.sheet_path).parent == folder]
