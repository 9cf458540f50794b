"""The runs of a ledger that somebody works on, or that wait for a worker, with their lanes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from hotline_batch.ledger.lanes.lane import Lane, lanes_of

_UNDER_WAY = text("""
    select run.run_key, run.id from run
    where run.state = 'running'
      and exists (select 1 from lane where lane.run_key = run.run_key
                  and (lane.worker <> '' or lane.for_workers <> 0 and lane.state in ('waiting', 'driving')))
    order by run.run_key
""")


def runs_under_way(connection: Connection) -> Mapping[str, Mapping[str, Lane]]:
    """The lanes by name, by run, the oldest run first."""
    found = connection.execute(_UNDER_WAY).fetchall()
    return {row.id: lanes_of(connection, row.run_key) for row in found}
