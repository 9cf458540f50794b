"""The work of a run: laid out in lanes, and counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace

from sqlalchemy import Connection, Engine, text, update

from hotline_batch.errors import TakenOver
from hotline_batch.ledger.database.transactions import Length, database_now, reading, writing
from hotline_batch.ledger.lanes.holds import refuse_if_lost
from hotline_batch.ledger.lanes.lane import (
    WHOLE_RUN,
    HeldLane,
    Hold,
    connections_as_json,
    lanes_of,
    progress_as_json,
)
from hotline_batch.ledger.records import job_state
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.jobs import JobState, Kind, Status
from hotline_batch.model.progress import LaneProgress, LaneState

Counts = Mapping[str, Mapping[Status, int]]
"""How many rows stand where, by connection; rows that nothing is asked for have none."""

WithLanes = Callable[[Connection, Mapping[str, Collection[str]]], None]
"""What is done with the lanes that have rows to send, their connections by name, within the transaction that lays them
out."""

_COUNT = text("""
    select connection, state, sum(case when state = 'unknown' and code = 'resend_asked' then 1 else 0 end) as again,
           count(*) as rows
    from sheet_row where run_key = :run_key group by connection, state
""")
_CONNECTIONS_UNSETTLED = text("""
    select distinct connection from sheet_row where run_key = :run_key and state in ('in_flight', 'waiting')
""")
_LAY_OUT = text("""
    insert into lane (run_key, name, connections, state, token, worker, taken_at, heartbeat_at, for_workers,
                      stop_asked_by, stop_code, stop_reason, progress)
    values (:run_key, :name, :connections, :state, 1, :worker, :now, :now, :for_workers, '', '', '', :progress)
    on conflict (run_key, name) do update
    set connections = excluded.connections, state = excluded.state, for_workers = excluded.for_workers,
        progress = excluded.progress
""")
# What the lanes ended for before counts no more; nobody works on any of them but whoever lays them out.
_BEGIN_ANEW = text("""
    update lane set stop_asked_at = null, stop_asked_by = '', stop_code = '', stop_reason = ''
    where run_key = :run_key and (name <> '' or stop_asked_at is null)
""")
# Whoever wanted the run to stop while it was laid out asked the one who held it as a whole.
_PASS_ON = text("""
    update lane set stop_asked_at = :at, stop_asked_by = :by, stop_code = :code, stop_reason = :reason
    where run_key = :run_key and state = 'waiting'
""")
_GIVE_BACK = text("update lane set worker = '', heartbeat_at = 0 where run_key = :run_key")
_FORGET_STREAK = text("delete from streak where run_key = :run_key")
_TELL = text("update lane set progress = :progress where run_key = :run_key and name = :name and token = :token")


def lay_out(
    engine: Engine,
    hold: Hold,
    kind: Kind,
    groups: Mapping[str, str],
    *,
    for_workers: bool,
    changes: Mapping[str, object] | None = None,
    in_the_same_step: WithLanes | None = None,
) -> None:
    """Make the lanes of a run that is held as a whole, from the connections that still have rows to send.

    ``groups`` is the lane of each connection, ``changes`` are new values of the run's columns. The lanes are held with
    the run; with ``for_workers`` the run is given back in the same step, for whoever serves the ledger to take its
    lanes. ``in_the_same_step`` is told of the lanes with rows to send, within the transaction. Raises TakenOver, and
    nothing is changed, where the run is another's by now.
    """
    state = LaneState.WAITING if for_workers else LaneState.DRIVING
    # Before anything is locked: it takes a second where there are a million rows.
    with reading(engine, "counting the rows", Length.LONG) as connection:
        counts, pending = _counted(connection, hold.run_key, kind)
    hold.pending = pending
    laid_out = {}
    with writing(engine, "laying the run out") as connection:
        before = lanes_of(connection, hold.run_key, locked=True)
        named: defaultdict[str, list[str]] = defaultdict(list)
        for name in pending:
            named[groups.get(name, name)].append(name)
        now = database_now(connection)
        for name, lane in before.items():
            named.setdefault(name, [])
            if lane.token != hold.token(name):  # whoever slept for long does not hold it as a whole any more
                raise TakenOver(hold.run_id)
        for name, connections in sorted(named.items()):
            progress = LaneProgress(counts=_sum_of(counts, connections))
            is_open = bool(connections)
            if name == WHOLE_RUN:
                others = [other for other in counts if other not in pending]
                progress, is_open = LaneProgress(counts=_sum_of(counts, others)), False
            values = {"run_key": hold.run_key, "name": name, "worker": str(hold.worker), "now": now}
            values |= {"connections": connections_as_json(connections), "progress": progress_as_json(progress)}
            values |= {"state": (state if is_open else LaneState.DONE).value, "for_workers": int(for_workers)}
            connection.execute(_LAY_OUT, values)
            token = before[name].token if name in before else 1
            laid_out[name] = HeldLane(token, tuple(connections), state if is_open else LaneState.DONE, progress)
        connection.execute(_BEGIN_ANEW, {"run_key": hold.run_key})
        connection.execute(_FORGET_STREAK, {"run_key": hold.run_key})
        if changes:
            connection.execute(update(run_table).where(run_table.c.run_key == hold.run_key).values(**changes))
        if for_workers:
            if wish := before[WHOLE_RUN].stop_wish:
                connection.execute(_PASS_ON, {"run_key": hold.run_key, **asdict(wish)})
                hold.wish(wish)
            connection.execute(_GIVE_BACK, {"run_key": hold.run_key})
        if in_the_same_step is not None:
            in_the_same_step(connection, {name: found for name, found in sorted(named.items()) if name and found})
    # Not before the step has ended: the heart would take them for lost.
    for name, held in laid_out.items():
        hold.add(name, held)


def connections_unsettled(engine: Engine, hold: Hold) -> Collection[str]:
    """The connections of rows that are on their way, or wait for another row's answer: they may be to do yet."""
    with reading(engine, "reading the rows") as connection:
        return connection.execute(_CONNECTIONS_UNSETTLED, {"run_key": hold.run_key}).scalars().all()


def recount(engine: Engine, hold: Hold, kind: Kind) -> None:
    """Count the rows of the held lanes anew; where the run is held as a whole, of all its lanes.

    Raises TakenOver where that is another's by now.
    """
    with reading(engine, "counting the rows", Length.LONG) as connection:
        lanes = lanes_of(connection, hold.run_key)
        counts, hold.pending = _counted(connection, hold.run_key, kind)
    of_lanes = {name for lane in lanes.values() for name in lane.connections}
    told = {}
    for name, lane in lanes.items():
        if name in hold.names or hold.is_whole:
            of_lane = lane.connections if name != WHOLE_RUN else [other for other in counts if other not in of_lanes]
            told[name] = replace(lane.progress, counts=_sum_of(counts, of_lane))
    hold.tell({})
    with writing(engine, "storing the counts", Length.SHORT) as connection:
        if hold.is_whole:
            refuse_if_lost(connection, hold)
        for name, progress in told.items():
            values = {"run_key": hold.run_key, "name": name, "token": lanes[name].token}
            connection.execute(_TELL, values | {"progress": progress_as_json(progress)})
            if held := hold.lanes.get(name):
                hold.add(name, replace(held, progress=progress))


def _counted(connection: Connection, run_key: int, kind: Kind) -> tuple[Counts, Mapping[str, int]]:
    """The rows of each connection by status, and how many are still to be sent, where there are any."""
    counts: defaultdict[str, Counter[Status]] = defaultdict(Counter)
    pending: Counter[str] = Counter()
    for row in connection.execute(_COUNT, {"run_key": run_key}):
        counts[row.connection][status_of(kind, job_state(row.state))] += row.rows
        if to_send := row.rows if row.state == JobState.PENDING.value else row.again:
            pending[row.connection] += to_send
    return counts, pending


def status_of(kind: Kind, state: JobState) -> Status:
    """The word for a row while its run goes on: one that is on its way is not done yet."""
    return Status.NOT_ATTEMPTED if state is JobState.IN_FLIGHT else state.status(kind)


def _sum_of(counts: Counts, connections: Collection[str]) -> Mapping[Status, int]:
    found: Counter[Status] = Counter()
    for connection in connections:
        found.update(counts.get(connection, {}))
    return dict(found)
