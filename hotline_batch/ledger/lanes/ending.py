"""The work of a run ends: lane by lane, then as a whole, with its state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import Enum, auto

from sqlalchemy import Connection, Engine, text, update

from hotline_batch.ledger.database.transactions import Length, writing
from hotline_batch.ledger.lanes.heart import ask_others_to_stop
from hotline_batch.ledger.lanes.holds import end_as_wished, is_under_way, refuse_if_lost, take
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, Hold, Lane, lanes_of
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.progress import LaneState
from hotline_batch.model.runs import Run, RunState

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


class Ending(Enum):
    """What the end of a worker's lanes is for their run."""

    LAST = auto()
    """All lanes have ended, and whoever is told so concludes the run, which it holds as a whole now."""
    OTHERS_GO_ON = auto()
    """Others work on lanes of the run, or are to."""
    TAKEN_OVER = auto()
    """Somebody else has taken the lanes, or the run as a whole."""


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
        taken = take(connection, hold.run_key, hold.worker, [whole], keeps_wish=True)
    hold.add(WHOLE_RUN, taken[WHOLE_RUN])
    return Ending.LAST


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
        if whole is None or whole.is_held or not is_under_way(connection, hold.run_key):
            return False
        if any(lane.is_open and not lane.is_to_end for lane in lanes.values()):
            return False
        end_as_wished(connection, hold.run_key, lanes.values())
        taken = take(connection, hold.run_key, hold.worker, [whole], keeps_wish=True)
    hold.add(WHOLE_RUN, taken[WHOLE_RUN])
    return True


def keep_end(engine: Engine, hold: Hold, ended: Run) -> Run:
    """Store how a run that is held as a whole ended; the run as it stands then.

    Where it stopped for a reason of its own, and a person asked for a stop that its work ended too soon to hear of, it
    ends by that: nobody goes on by itself with what a person wanted stopped. Raises TakenOver where the run is
    another's by now.
    """
    with writing(engine, "storing the run's state", Length.SHORT) as connection:
        refuse_if_lost(connection, hold)
        wish = lanes_of(connection, hold.run_key)[WHOLE_RUN].stop_wish
        if ended.state is RunState.STOPPED and wish:
            ended = replace(ended, state=RunState.INTERRUPTED, stop_code=wish.code, stop_reason=wish.reason)
        values = {
            "state": ended.state.value,
            "finished_at": ended.finished_at,
            "active_seconds": ended.active_seconds,
            "stop_code": ended.stop_code,
            "stop_reason": ended.stop_reason,
        }
        connection.execute(update(run_table).where(run_table.c.run_key == hold.run_key).values(values))
    return ended


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
