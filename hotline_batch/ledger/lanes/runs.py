"""Runs that are worked on, those that wait for a worker, and wishes that the work on a run stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import Connection, text

from hotline_batch.ledger.database.transactions import database_now, reading, writing
from hotline_batch.ledger.lanes.holds import is_free, is_under_way
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, Lane, lanes_of
from hotline_batch.ledger.lanes.workers import is_here
from hotline_batch.ledger.ledger import Ledger

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
            is_to_be_concluded = all(lane.is_to_end or not lane.is_open for lane in lanes.values())
            if not lanes[WHOLE_RUN].is_held and (free or is_to_be_concluded):
                found.append(WaitingRun(run_id, free))
    return found


_ASK = text("""
    update lane set stop_asked_at = :now, stop_asked_by = :by, stop_code = 'interrupted', stop_reason = :reason
    where run_key = :run_key and (name = '' or state in ('waiting', 'driving'))
      and (stop_asked_at is null or stop_code = 'handed_back')
""")
_ASK_BACK = text("""
    update lane set stop_asked_at = :now, stop_asked_by = '', stop_code = 'handed_back', stop_reason = ''
    where run_key = :run_key and name = :name and stop_asked_at is null
""")


class Asked(Enum):
    """Who was asked to stop a run."""

    WORKER = auto()
    """Whoever works on it: it is stopped, or ends by itself at this moment."""
    HOLDER = auto()
    """Whoever has one for a moment that is not under way, and heeds it where the work is begun."""
    NOBODY = auto()


def ask_to_stop(ledger: Ledger, run_id: str, by: str, reason: str) -> Asked:
    """Ask whoever has a run to stop, as Ctrl-C does, and say who that is."""
    with writing(ledger.engine, "asking the run to stop") as connection:
        run_key = ledger.run_key(run_id, connection)
        if not any(lane.is_held for lane in lanes_of(connection, run_key, locked=True).values()):
            return Asked.NOBODY
        connection.execute(_ASK, {"run_key": run_key, "now": database_now(connection), "by": by, "reason": reason})
        return Asked.WORKER if is_under_way(connection, run_key) else Asked.HOLDER


def ask_back(ledger: Ledger, run_id: str) -> bool:
    """Ask the workers of a run on this machine to leave their lanes to others; whether there are any.

    Whoever goes on with the whole run, as a person does in a terminal, is none of them.
    """
    with writing(ledger.engine, "asking for the run") as connection:
        run_key = ledger.run_key(run_id, connection)
        lanes = [lane for lane in lanes_of(connection, run_key, locked=True).values() if lane.is_for_workers]
        held = [lane for lane in lanes if lane.is_held and lane.worker is not None and is_here(lane.worker)]
        now = database_now(connection)
        for lane in held:
            if lane.name != WHOLE_RUN:  # whoever concludes a run is about to end
                connection.execute(_ASK_BACK, {"run_key": run_key, "name": lane.name, "now": now})
        return bool(held)
