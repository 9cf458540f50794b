"""Who serves a ledger of several machines: one row each, with a heartbeat by the ledger's clock; and the tables that
the queue keeps besides Procrastinate's own, which are there once such a worker was.

Nothing here loads Procrastinate: whoever only asks, or hands nothing over, goes without.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from hotline_batch.ledger.database.transactions import database_now
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS
from hotline_batch.ledger.lanes.workers import Worker, is_running
from hotline_batch.ledger.schema import meta
from hotline_batch.ledger.schema import metadata as ledger_tables

metadata = MetaData()
ledger_tables.tables["run"].to_metadata(metadata)

# A job that is not the one here drives nothing: somebody else was given the lane while its worker was silent. `queue`
# and `pace_group` are those of the job, for the one that replaces it.
lane_job = Table(
    "lane_job",
    metadata,
    Column("run_key", BigInteger, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("lane", Text, primary_key=True),
    Column("job", BigInteger, nullable=False),
    Column("queue", Text, nullable=False),
    Column("pace_group", Text),
)

# The workers that serve, or did lately. `lacks` are the connections they cannot use, as JSON.
cluster_worker = Table(
    "cluster_worker",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("started_at", Float, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
    Column("lanes", Integer, nullable=False),
    Column("lacks", Text, nullable=False),
)

VERSION = "queue_schema"
"""The name in ``meta`` under which the newest of Procrastinate's migrations stands that was applied."""

_FORGOTTEN_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class ServingWorker:
    """A worker that serves, or did. ``lanes`` is how many it drives at most, ``lacks`` the connections it cannot use.

    ``started_at`` is seconds since the epoch, UTC, ``seconds_silent`` the age of its last sign of life.
    """

    worker: Worker
    started_at: float
    seconds_silent: float
    lanes: int
    lacks: Sequence[str]

    @property
    def is_alive(self) -> bool:
        """Whether it can be counted on."""
        return self.seconds_silent < LEASE_SECONDS and is_running(self.worker) is not False


def installed_version(connection: Connection) -> str | None:
    """Which version of the queue the ledger has; None where there never was a worker of several machines."""
    return connection.execute(select(meta.c.value).where(meta.c.name == VERSION)).scalar()


def enter(connection: Connection, worker: Worker, lanes: int) -> None:
    """From now on the worker serves. Those that have been silent for a day are forgotten."""
    now, columns = database_now(connection), cluster_worker.c
    connection.execute(delete(cluster_worker).where(columns.heartbeat_at < now - _FORGOTTEN_SECONDS))
    values = {"worker": str(worker), "lanes": lanes, "lacks": "[]", "started_at": now, "heartbeat_at": now}
    connection.execute(insert(cluster_worker).values(**values))


def beat(connection: Connection, worker: Worker, lacks: Sequence[str]) -> None:
    """A sign of life, and which connections the worker cannot use."""
    values = {"heartbeat_at": database_now(connection), "lacks": json.dumps(list(lacks))}
    connection.execute(update(cluster_worker).where(cluster_worker.c.worker == str(worker)).values(**values))


def leave(connection: Connection, worker: Worker) -> None:
    """The worker serves no more."""
    connection.execute(delete(cluster_worker).where(cluster_worker.c.worker == str(worker)))


def serving_workers(connection: Connection) -> Sequence[ServingWorker]:
    """Those that serve, or did lately, the oldest first; none on a ledger of one machine."""
    if connection.dialect.name != "postgresql" or installed_version(connection) is None:
        return ()
    now, found = database_now(connection), []
    for row in connection.execute(select(cluster_worker).order_by(cluster_worker.c.started_at)):
        if worker := Worker.parse(row.worker):
            silent = now - row.heartbeat_at
            found.append(ServingWorker(worker, row.started_at, silent, row.lanes, tuple(json.loads(row.lacks))))
    return found
