"""The work of a run: laid out in lanes, ended lane by lane, counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from enum import Enum, auto

from sqlalchemy import Connection, Engine, text, update

from hotline_batch.errors import TakenOver
from hotline_batch.ledger.database.transactions import Length, database_now, reading, writing
from hotline_batch.ledger.lanes.heart import ask_others_to_stop
from hotline_batch.ledger.lanes.holds import end_as_wished, refuse_if_lost, take
from hotline_batch.ledger.lanes.lane import (
    WHOLE_RUN,
    HeldLane,
    Hold,
    Lane,
    connections_as_json,
    lanes_of,
    progress_as_json,
)
from hotline_batch.ledger.records import job_state
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.jobs import JobState, Kind, Status
from hotline_batch.model.progress import LaneProgress, LaneState
from hotline_batch.model.runs import RunState

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
    where run_key = :run_key and name <> ''
""")
# Whoever wanted the run to stop while it was laid out asked the one who held it as a whole.
_PASS_ON = text("""
    update lane set stop_asked_at = :at, stop_asked_by = :by, stop_code = :code, stop_reason = :reason
    where run_key = :run_key and state = 'waiting'
""")
_GIVE_BACK = text("update lane set worker = '', heartbeat_at = 0 where run_key = :run_key")
_STATE = text("select state from run where run_key = :run_key")
_FORGET_STREAK = text("delete from streak where run_key = :run_key")
_END = text("""
    update lane set state = :state, stop_code = :code, stop_reason = :reason, stop_asked_at = null, stop_asked_by = ''
    where run_key = :run_key and name = :name and token = :token
""")
# Nobody works on it, and what it had in flight is settled with the run.
_END_LEFT = text("""
    update lane set state = 'stopped', token = token + 1, worker = '', stop_code = :code, stop_reason = :reason
    where run_key = :run_key and name = :name
""")
_END_OPEN = text("update lane set state = 'done' where run_key = :run_key and state in ('waiting', 'driving')")
_TELL = text("update lane set progress = :progress where run_key = :run_key and name = :name and token = :token")


class Ending(Enum):
    """What the end of a worker's lanes is for their run."""

    LAST = auto()
    """All lanes have ended, and whoever is told so concludes the run, which it holds as a whole now."""
    OTHERS_GO_ON = auto()
    """Others work on lanes of the run, or are to."""
    TAKEN_OVER = auto()
    """Somebody else has taken the lanes, or the run as a whole."""


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
    _hold(hold, laid_out)


def end_lanes(engine: Engine, hold: Hold, state: LaneState, code: str, reason: str) -> Ending:
    """The work on the held lanes has ended; with a ``code`` for a reason that the whole run is to stop for.

    Lanes that end as WAITING are for somebody else to go on with; those of them in which nothing is left are done.
    """
    with writing(engine, "ending the work on the run") as connection:
        lanes = lanes_of(connection, hold.run_key, locked=True)
        mine = [name for name in hold.names if name in lanes and lanes[name].token == hold.token(name)]
        if not mine or (hold.is_whole and WHOLE_RUN not in mine):
            return Ending.TAKEN_OVER
        wishes = [lanes[name].stop_wish for name in sorted(mine)]
        if state is LaneState.WAITING and (wish := next(filter(None, wishes), None)):
            # Somebody wanted the run to stop, which the work ended too soon to hear of.
            state, code, reason = LaneState.STOPPED, wish.code, wish.reason
        told = {"run_key": hold.run_key, "code": code, "reason": reason}
        for name in sorted(mine):
            if name != WHOLE_RUN:
                is_left = state is not LaneState.WAITING or _has_rows_left(hold, name)
                values = told | {"name": name, "token": hold.token(name)}
                connection.execute(_END, values | {"state": (state if is_left else LaneState.DONE).value})
        if hold.is_whole:
            return Ending.LAST
        if state is LaneState.WAITING:
            return Ending.OTHERS_GO_ON
        others = [lane for name, lane in lanes.items() if name not in mine and lane.is_open]
        if code:
            others = _stop_others(connection, hold, others, told)
        whole = lanes[WHOLE_RUN]
        if others or whole.is_held:
            return Ending.OTHERS_GO_ON
        taken = take(connection, hold.run_key, hold.worker, [whole])
    _hold(hold, taken)
    return Ending.LAST


def _hold(hold: Hold, taken: Mapping[str, HeldLane]) -> None:
    """These lanes are held from now on; not before the step has ended, since the heart would take them for lost."""
    for name, lane in taken.items():
        hold.add(name, lane)


def _has_rows_left(hold: Hold, name: str) -> bool:
    """Whether the session that told last how far a lane is left rows of it; a lane that none has told of is left."""
    progress = hold.progress.get(name)
    return progress is None or progress.done < progress.rows


def end_open_lanes(engine: Engine, hold: Hold) -> None:
    """Nobody is to work on the lanes any more of a run that is held as a whole, and that has nothing left to do.

    Raises TakenOver where it is another's by now.
    """
    with writing(engine, "ending the work on the run") as connection:
        refuse_if_lost(connection, hold)
        connection.execute(_END_OPEN, {"run_key": hold.run_key})


def take_conclusion(engine: Engine, hold: Hold) -> bool:
    """Whether all lanes of the run have ended and nobody concludes it: then it is held as a whole now.

    Lanes that were to stop when their workers died end here.
    """
    with writing(engine, "concluding the run") as connection:
        lanes = lanes_of(connection, hold.run_key, locked=True)
        whole = lanes.get(WHOLE_RUN)
        state = connection.execute(_STATE, {"run_key": hold.run_key}).scalar()
        if state != RunState.RUNNING.value or whole is None or whole.is_held:
            return False
        if any(lane.is_open and not lane.is_to_end for lane in lanes.values()):
            return False
        end_as_wished(connection, hold.run_key, lanes.values())
        taken = take(connection, hold.run_key, hold.worker, [whole])
    _hold(hold, taken)
    return True


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


def _stop_others(
    connection: Connection, hold: Hold, others: Collection[Lane], told: Mapping[str, object]
) -> list[Lane]:
    """Those of the other lanes that somebody works on, who is asked to stop; the others end here."""
    held = [lane for lane in others if lane.is_held]
    for lane in others:
        if lane not in held:
            connection.execute(_END_LEFT, {**told, "name": lane.name})
    ask_others_to_stop(connection, hold, str(told["code"]), str(told["reason"]))
    return held


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
