"""The runs of a ledger that wait for a worker: handed over, not done, and nobody works on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from hotline_batch.ledger.database.transactions import reading
from hotline_batch.ledger.lanes.holds import is_free
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, lanes_of
from hotline_batch.ledger.ledger import Ledger

_HANDED_OVER = text("""
    select run.run_key, run.id from run join lane on lane.run_key = run.run_key and lane.name = ''
    where run.state = 'running' and lane.for_workers = 1 order by run.run_key
""")


@dataclass(frozen=True, slots=True)
class WaitingRun:
    """A run, and its lanes that nobody works on; with none of them only its end is left to be told."""

    run_id: str
    lanes: Sequence[str]


def waiting_runs(ledger: Ledger) -> Sequence[WaitingRun]:
    """What a worker may take at this moment, the oldest first."""
    found = []
    with reading(ledger.engine, "looking for runs that wait") as connection:
        for run_key, run_id in connection.execute(_HANDED_OVER).fetchall():
            lanes = lanes_of(connection, run_key)
            free = [lane.name for lane in lanes.values() if is_free(lane)]
            is_to_be_concluded = not any(lane.is_open for lane in lanes.values())
            if not lanes[WHOLE_RUN].is_held and (free or is_to_be_concluded):
                found.append(WaitingRun(run_id, free))
    return found
