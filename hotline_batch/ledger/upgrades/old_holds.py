"""Who works on a run, as versions 2 and 3 told it: one row a run, in the table `hold`."""

from __future__ import annotations

from sqlalchemy import Connection, text

from hotline_batch.errors import RunInProgress
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import database_now
from hotline_batch.ledger.lanes.lane import may_be_at_work
from hotline_batch.ledger.lanes.workers import Worker

_MAKE = text("""
    create table hold (run_key bigint not null primary key references run (run_key) on delete cascade,
                       token integer not null, worker text not null, heartbeat_at double precision not null)
""")

_HELD = text("""
    select run.id, hold.worker, hold.heartbeat_at from run join hold on hold.run_key = run.run_key
    where hold.worker <> ''
""")

_REMOVE = text("drop table hold")


def make_holds(connection: Connection) -> None:
    """The table as version 2 has it."""
    connection.execute(_MAKE)


def remove_holds(connection: Connection) -> None:
    """Version 4 has lanes in its place."""
    connection.execute(_REMOVE)


def refuse_while_held(connection: Connection) -> None:
    """Raises RunInProgress while an older program works on a run: it could keep no answer any more, and what is on its
    way would be in doubt.
    """
    for run_id, worker, heartbeat_at in connection.execute(_HELD).fetchall():
        silent = database_now(connection) - heartbeat_at
        if may_be_at_work(Worker.parse(worker), silent, keeps_asleep=True):
            raise RunInProgress(
                words(
                    "An older version of hotline-batch is working on run {run_id} of this ledger. Wait until it "
                    "ends: then this version brings the ledger up to date.",
                    run_id=run_id,
                )
            )
