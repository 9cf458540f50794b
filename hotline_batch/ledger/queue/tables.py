"""What the queue keeps besides Procrastinate's own tables: which job may drive a lane, and who serves.

These tables are there once a worker of several machines was; a ledger of one machine goes without.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Float, ForeignKey, Integer, MetaData, Table, Text, select

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


def installed_version(connection: Connection) -> str | None:
    """Which version of the queue the ledger has; None where there never was a worker of several machines."""
    return connection.execute(select(meta.c.value).where(meta.c.name == VERSION)).scalar()
