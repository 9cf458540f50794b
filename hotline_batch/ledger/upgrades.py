"""Ledgers of older versions -> the present schema, one version after the other, within one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, TextClause, text

from hotline_batch.errors import RunInProgress
from hotline_batch.issues.issue import TEXT
from hotline_batch.keys import is_ordinary, request_key
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import database_now
from hotline_batch.ledger.history.known_topics import LearntTopic, learn
from hotline_batch.ledger.lanes.lane import may_be_at_work
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.oversight import run_chain, tables
from hotline_batch.ledger.records import as_json, request_from
from hotline_batch.ledger.schema import ADD_INDEX_IN_FLIGHT, correction, inbox_file, lane, news, pace, streak, topic
from hotline_batch.model.jobs import JobState, Kind, SendMessage

_ROWS_AT_ONCE = 1_000

_One = TypeVar("_One")


def upgrade(connection: Connection, before: int) -> None:
    """Bring the tables of a version up to the present one. Raises RunInProgress while an older program works there."""
    for step in (_to_version_2, _to_version_3, _to_version_4, _to_version_5)[before - 1 :]:
        step(connection)


# ── version 2: who works on a run, whose topic is whose, turns that are reserved, one key for texts that are the same,
#    and what cells are beyond their texts ────────────────────────────────────────────────────────────────────────────

# Rows of then are texts alone.
_ADD_TYPED = text("alter table sheet_row add column typed text")

# Who works on a run, as versions 2 and 3 told it.
_MAKE_HOLDS = text("""
    create table hold (run_key bigint not null primary key references run (run_key) on delete cascade,
                       token integer not null, worker text not null, heartbeat_at double precision not null)
""")

_SENDS = text("""
    select run.options as options, sheet_row.run_key as run_key, sheet_row.position as position,
           sheet_row.connection as connection, sheet_row.arguments as arguments, sheet_row.state as state,
           sheet_row.topic_link as topic_link, sheet_row.finished_at as finished_at
    from run join sheet_row on sheet_row.run_key = run.run_key
    where run.kind = 'send' and sheet_row.key is not null and sheet_row.arguments is not null
    order by run.run_key, sheet_row.position
""")

_RENEW = text("update sheet_row set key = :key where run_key = :at_run and position = :at_position")


class _OldSend(NamedTuple):
    """A row of a send, what it asked for, and through which service and instance."""

    row: Any
    request: SendMessage
    identity: str


def _to_version_2(connection: Connection) -> None:
    connection.execute(_ADD_TYPED)
    _in_pages(_renewed_keys(connection), lambda page: connection.execute(_RENEW, page))
    pace.drop(connection)  # nothing in it outlives the minute
    connection.execute(_MAKE_HOLDS)
    for table in (pace, topic):
        table.create(connection)
    _in_pages(_learnt_topics(connection), lambda page: learn(connection, page))
    if connection.dialect.name == "sqlite":
        _remove_locks(Path(str(connection.engine.url.database)))


def _in_pages(found: Iterable[_One], store: Callable[[list[_One]], object]) -> None:
    found = iter(found)
    while page := list(islice(found, _ROWS_AT_ONCE)):
        store(page)


def _renewed_keys(connection: Connection) -> Iterator[dict[str, object]]:
    """The keys that messages would have today, where version 1 did not know them as the same text.

    A message whose text was pruned keeps its old one.
    """
    for row, request, identity in _sends(connection):
        if not is_ordinary(request.message):
            key = request_key(identity, request)
            yield {"key": key, "at_run": row.run_key, "at_position": row.position}


def _learnt_topics(connection: Connection) -> Iterator[LearntTopic]:
    for row, request, identity in _sends(connection):
        if row.state == JobState.SUCCEEDED.value and row.topic_link:
            yield LearntTopic(identity, request.user_id, row.topic_link, row.finished_at or 0.0)


def _sends(connection: Connection) -> Iterator[_OldSend]:
    """Every row whose message is still known, streamed; those whose connection nobody knows are left out."""
    options: str = ""
    identities: dict[str, str] = {}
    for row in connection.execute(_SENDS, execution_options={"yield_per": _ROWS_AT_ONCE}):
        if row.options != options:
            options, identities = row.options, json.loads(row.options).get("identities", {})
        request = request_from(Kind.SEND, row.arguments)
        if row.connection in identities and isinstance(request, SendMessage):
            yield _OldSend(row, request, identities[row.connection])


def _remove_locks(ledger: Path) -> None:
    """Files that told who works on a run; a row tells that now."""
    folder = ledger.with_name(f"{ledger.name}.locks")
    with suppress(OSError):
        for lock in folder.glob("*.lock"):
            lock.unlink()
        folder.rmdir()


# ── version 3: codes with what their sentences are made of, in place of sentences ────────────────────────────────────

_RENAME = text("alter table sheet_row rename column reason to parameters")

# In pages, not streamed: they are changed meanwhile.
_TOLD = text("""
    select run_key, position, problems, parameters from sheet_row
    where (parameters <> '' or problems is not null)
      and (run_key > :run_key or run_key = :run_key and position > :position)
    order by run_key, position limit :most
""")

_CHANGE = text("""
    update sheet_row set problems = :problems, parameters = :parameters
    where run_key = :at_run and position = :at_position
""")


def _to_version_3(connection: Connection) -> None:
    """A sentence that was made by then is kept as it is."""
    _refuse_while_held(connection, _HELD)
    connection.execute(_RENAME)
    last = {"run_key": -1, "position": -1}
    while page := connection.execute(_TOLD, last | {"most": _ROWS_AT_ONCE}).fetchall():
        connection.execute(_CHANGE, [_with_codes(row) for row in page])
        last = {"run_key": page[-1].run_key, "position": page[-1].position}


def _with_codes(row: Any) -> dict[str, object]:
    problems = row.problems
    if problems is not None:
        told = json.loads(problems)
        problems = as_json([[code, column, shown, {TEXT: sentence}] for code, column, shown, sentence in told])
    return {
        "problems": problems,
        "parameters": as_json({TEXT: row.parameters}) if row.parameters else "",
        "at_run": row.run_key,
        "at_position": row.position,
    }


# ── version 4: lanes with workers where one process worked on a whole run, people, and who did what ──────────────────

_HELD = text("""
    select run.id, hold.worker, hold.heartbeat_at from run join hold on hold.run_key = run.run_key
    where hold.worker <> ''
""")

_REMOVE_HOLDS = text("drop table hold")


def _to_version_4(connection: Connection) -> None:
    """A run that was interrupted has no lanes yet: they are laid out when it goes on."""
    _refuse_while_held(connection, _HELD)
    connection.execute(_REMOVE_HOLDS)
    later = (tables.run_audit, tables.run_audit_entry)
    for table in (lane, streak, *(table for table in tables.TABLES if table not in later)):
        table.create(connection)
    connection.execute(ADD_INDEX_IN_FLIGHT)


def _refuse_while_held(connection: Connection, held: TextClause) -> None:
    """An older program at work keeps its answers as it always did, or cannot: what it tells would be missing."""
    for run_id, worker, heartbeat_at in connection.execute(held).fetchall():
        silent = database_now(connection) - heartbeat_at
        if may_be_at_work(Worker.parse(worker), silent, keeps_asleep=True):
            raise RunInProgress(
                words(
                    "An older version of hotline-batch is working on run {run_id} of this ledger. Wait until it "
                    "ends: then this version brings the ledger up to date.",
                    run_id=run_id,
                )
            )


# ── version 5: corrections linked to what they correct, files of watched folders, who was told of what, and what was
#    tried and said in a chain ────────────────────────────────────────────────────────────────────────────────────────

_LANES_HELD = text("""
    select run.id, lane.worker, lane.heartbeat_at from run join lane on lane.run_key = run.run_key
    where lane.worker <> ''
""")

_RUNS = text("select run_key, id, kind, options from run order by run_key")

# In the order of rows, page by page: they are many, and the chain grows meanwhile.
_ATTEMPTS = text("""
    select attempt.*, sheet_row.number as row_number, sheet_row.connection, sheet_row.arguments, sheet_row.key
    from attempt
    join sheet_row on sheet_row.run_key = attempt.run_key and sheet_row.position = attempt.position
    where attempt.run_key = :run_key
      and (attempt.position > :position or attempt.position = :position and attempt.number > :number)
    order by attempt.position, attempt.number limit :most
""")

_WORDS = text("""
    select resolution.*, sheet_row.number as row_number
    from resolution
    join sheet_row on sheet_row.run_key = resolution.run_key and sheet_row.position = resolution.position
    where resolution.run_key = :run_key
    order by resolution.resolved_at, resolution.position
""")


def _to_version_5(connection: Connection) -> None:
    """What is there by now counts as it stands."""
    _refuse_while_held(connection, _LANES_HELD)
    for table in (correction, inbox_file, news, tables.run_audit, tables.run_audit_entry):
        table.create(connection)
    for run in connection.execute(_RUNS).fetchall():
        last: dict[str, object] = {"run_key": run.run_key, "position": -1, "number": 0, "most": _ROWS_AT_ONCE}
        while page := connection.execute(_ATTEMPTS, last).fetchall():
            run_chain.append(connection, run.run_key, [_attempt(run, row) for row in page])
            last |= {"position": page[-1].position, "number": page[-1].number}
        said = connection.execute(_WORDS, {"run_key": run.run_key}).mappings().fetchall()
        told = [run_chain.word_to_add(run.id, word["row_number"], {**word}) for word in said]
        run_chain.append(connection, run.run_key, told)
        if json.loads(run.options).get("pruned_at") is not None:
            run_chain.forget_salt(connection, run.run_key)


def _attempt(run: Any, row: Any) -> run_chain.NewEntry:
    fields = run_chain.attempt_fields(run_chain.ATTEMPT, run.id, run.kind, row, row)
    return run_chain.NewEntry(row.position, row.number, fields, run_chain.facts_of(row.arguments))
