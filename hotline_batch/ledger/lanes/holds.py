"""Who works on which lanes of a run: told by rows of the ledger with a heartbeat, the same on SQLite and PostgreSQL.

A hold ends with its process: at once where that can be seen from here, else when its heart has not beaten for
``LEASE_SECONDS``. Taking a lane raises its token; whoever slept, or was cut off, meanwhile finds that its own token is
old and can claim nothing more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from sqlalchemy import Connection, Engine, bindparam, select, text

from hotline_batch.errors import LedgerError, RunInProgress, TakenOver
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import Length, database_now, writing
from hotline_batch.ledger.lanes.heart import kept_alive
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, HeldLane, Hold, Lane, lanes_of
from hotline_batch.ledger.lanes.workers import Worker, at_work, is_running
from hotline_batch.ledger.schema import lane as lane_table
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.runs import RunState
from hotline_batch.next_step import NextStep, step

_log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""How long a hold that should last a moment is waited for."""

_ASK_AGAIN_AFTER_SECONDS = 0.05

_MAKE_WHOLE = text("""
    insert into lane (run_key, name, connections, state, token, worker, taken_at, heartbeat_at, for_workers,
                      stop_asked_by, stop_code, stop_reason, progress)
    values (:run_key, '', '[]', 'done', 0, '', 0, 0, 0, '', '', '', '') on conflict (run_key, name) do nothing
""")
# What a lane ended for stays until the run goes on. A wish that somebody else has it has come true, and one that is
# still asked of the run as a whole was for whoever had it before.
_TAKE = text("""
    update lane
    set token = token + 1, worker = :worker, taken_at = :now, heartbeat_at = :now,
        stop_code = case when stop_asked_at is null then stop_code else '' end,
        stop_reason = case when stop_asked_at is null then stop_reason else '' end,
        stop_asked_at = null, stop_asked_by = ''
    where run_key = :run_key and name = :name
""")
# Whoever concludes the run is to heed what was asked of it as a whole.
_TAKE_WITH_WISH = text("""
    update lane set token = token + 1, worker = :worker, taken_at = :now, heartbeat_at = :now
    where run_key = :run_key and name = :name
""")
# Whoever was to heed the wish has died. It counts all the same, whoever has the run next, and whatever for.
_END_AS_WISHED = text("""
    update lane set state = 'stopped', token = token + 1, worker = '', stop_asked_at = null, stop_asked_by = ''
    where run_key = :run_key and name = :name
""")
# Whoever was to conclude the run as a person wanted has died. That is what it ended for, until it goes on.
_KEEP_WHAT_WAS_WANTED = text("""
    update lane set stop_asked_at = null, stop_asked_by = ''
    where run_key = :run_key and name = '' and stop_asked_at is not null
""")
_DRIVE = text("update lane set state = 'driving' where run_key = :run_key and name = :name")
_RELEASE = text("""
    update lane set worker = '' where run_key = :run_key and name = :name and token = :token
""")

# Nobody else can take these lanes until the transaction ends.
_TOKENS = (
    select(lane_table.c.name, lane_table.c.token)
    .where(lane_table.c.run_key == bindparam("of_run"), lane_table.c.name.in_(bindparam("names", expanding=True)))
    .order_by(lane_table.c.name)
    .with_for_update(read=True)
)


@contextmanager
def held(engine: Engine, run_id: str, *, is_patient: bool = False) -> Iterator[Hold]:
    """Hold a whole run while the context lasts. Raises RunInProgress where somebody works on any of it.

    ``is_patient``: what is to be done does not depend on who had the run before. So whoever holds one that is not under
    way, as a watcher does for a moment that looks whether it may begin, is waited for.
    """
    with _once_free(engine, partial(_whole_run, engine, run_id), is_patient=is_patient) as hold:
        yield hold


@contextmanager
def _once_free(engine: Engine, take_hold: Callable[[Worker, bool], Hold | None], *, is_patient: bool) -> Iterator[Hold]:
    """The hold that ``take_hold`` gives to this worker, kept alive. It gives none while it, told so, may wait."""
    until = time.monotonic() + (PATIENCE_SECONDS if is_patient else 0.0)
    with at_work() as worker:
        while (hold := take_hold(worker, time.monotonic() < until)) is None:
            time.sleep(_ASK_AGAIN_AFTER_SECONDS)
        with _beating(engine, hold):
            yield hold


def _whole_run(engine: Engine, run_id: str, worker: Worker, waits: bool) -> Hold | None:
    """The hold of a whole run; None where whoever waits asks again in a moment."""
    # Not in a hurry: what a process that vanished had locked comes free within half a minute.
    with writing(engine, "taking the run") as connection:
        run_key = _key_of(connection, run_id)
        connection.execute(_MAKE_WHOLE, {"run_key": run_key})
        lanes = lanes_of(connection, run_key, locked=True)
        if waits and any(lane.is_held for lane in lanes.values()) and not is_under_way(connection, run_key):
            return None
        refuse_if_held(run_id, lanes.values())
        tell_of_the_dead(run_id, lanes.values())
        if end_as_wished(connection, run_key, lanes.values()):
            lanes = lanes_of(connection, run_key, locked=True)
        if is_under_way(connection, run_key):
            connection.execute(_KEEP_WHAT_WAS_WANTED, {"run_key": run_key})
        return Hold(run_id, run_key, worker, take(connection, run_key, worker, lanes.values()))


def is_under_way(connection: Connection, run_key: int) -> bool:
    """Whether a run was begun, and its end is not kept yet."""
    state = connection.execute(select(run_table.c.state).where(run_table.c.run_key == run_key)).scalar()
    return state == RunState.RUNNING.value


@contextmanager
def held_lanes(
    engine: Engine, run_id: str, names: Collection[str] | None = None, *, is_patient: bool = False
) -> Iterator[Hold]:
    """Hold those lanes of a run that wait for a worker, or lost theirs, and drive them; ``names`` are the only ones.

    The hold may be empty. Raises RunInProgress where somebody works on the run as a whole; ``is_patient``: whoever has
    it only for a moment, as a person who settles a row, is waited for.
    """
    with _once_free(engine, partial(_lanes, engine, run_id, names), is_patient=is_patient) as hold:
        yield hold


def _lanes(
    engine: Engine,
    run_id: str,
    names: Collection[str] | None,
    worker: Worker,
    waits: bool,
) -> Hold | None:
    """The hold of those lanes; None where whoever waits asks again in a moment."""
    with writing(engine, "taking lanes of the run") as connection:
        run_key = _key_of(connection, run_id)
        lanes = lanes_of(connection, run_key, locked=True)
        whole = [lane for name, lane in lanes.items() if name == WHOLE_RUN]
        if waits and any(lane.is_held for lane in whole):
            return None
        refuse_if_held(run_id, whole)
        free = [lane for lane in lanes.values() if is_free(lane) and (names is None or lane.name in names)]
        tell_of_the_dead(run_id, free)
        taken = take(connection, run_key, worker, free)
        for lane in free:
            connection.execute(_DRIVE, {"run_key": run_key, "name": lane.name})
        return Hold(run_id, run_key, worker, taken)


def is_free(lane: Lane) -> bool:
    """Whether a worker may take a lane: it was handed over, is not done, nobody works on it or wants it stopped."""
    return lane.is_for_workers and lane.is_open and lane.stop_wish is None and not lane.is_held


def end_as_wished(connection: Connection, run_key: int, lanes: Collection[Lane]) -> bool:
    """End those of these lanes, which are locked, that were to stop when their workers died; whether any were."""
    left = [lane for lane in lanes if lane.is_to_end]
    for lane in left:
        connection.execute(_END_AS_WISHED, {"run_key": run_key, "name": lane.name})
    return bool(left)


def take(
    connection: Connection, run_key: int, worker: Worker, lanes: Collection[Lane], *, keeps_wish: bool = False
) -> Mapping[str, HeldLane]:
    """Take lanes that are locked and free, within a transaction. ``keeps_wish``: a wish to stop still counts."""
    now = database_now(connection)
    for lane in lanes:
        values = {"run_key": run_key, "name": lane.name, "worker": str(worker), "now": now}
        connection.execute(_TAKE_WITH_WISH if keeps_wish else _TAKE, values)
    return {lane.name: HeldLane(lane.token + 1, lane.connections, lane.state, lane.progress) for lane in lanes}


def refuse_if_held(run_id: str, lanes: Collection[Lane]) -> None:
    """Raises RunInProgress, which says who works there, where somebody works on any of these lanes."""
    for lane in lanes:
        if lane.is_held:
            told = {"run": run_id, "lane": lane.name or None, "seconds_ago": lane.seconds_silent}
            _log.warning("hold refused", extra=told)
            assert lane.worker is not None  # noqa: S101 - nobody holds nothing
            where = f" on {lane.worker.where}" if is_running(lane.worker) is None else ""
            said = words("Another process{where} is working on run {run_id}.", where=where, run_id=run_id)
            raise RunInProgress(said, step(NextStep.WAIT_FOR_RUN, run=run_id))


def lost_lanes(connection: Connection, hold: Hold, names: Sequence[str]) -> Collection[str]:
    """Those of the held lanes that somebody has taken since; nobody can take the others until the transaction ends."""
    found = connection.execute(_TOKENS, {"of_run": hold.run_key, "names": names})
    tokens = {row.name: row.token for row in found}
    return [name for name in names if tokens.get(name) != hold.token(name)]


def refuse_if_lost(connection: Connection, hold: Hold, names: Collection[str] = (WHOLE_RUN,)) -> None:
    """Raises TakenOver where somebody has taken one of these lanes since it was held, as from a process that slept.

    Otherwise nobody can take them until the transaction ends.
    """
    if lost_lanes(connection, hold, sorted(names)):
        raise TakenOver(hold.run_id)


def tell_of_the_dead(run_id: str, lanes: Collection[Lane]) -> None:
    """Say in the log whose lanes these were, which nobody gave back."""
    for process, machine in sorted({(lane.worker.process, lane.worker.where) for lane in lanes if lane.worker}):
        _log.warning("hold was left", extra={"run": run_id, "by": process, "at": machine})


@contextmanager
def _beating(engine: Engine, hold: Hold) -> Iterator[Hold]:
    told = {"run": hold.run_id, "lanes": sorted(hold.names)}
    _log.info("hold taken", extra=told)
    try:
        with kept_alive(engine, hold):
            yield hold
    finally:
        with suppress(LedgerError), writing(engine, "giving the run back", Length.SHORT) as connection:
            mine = [{"run_key": hold.run_key, "name": name, "token": hold.token(name)} for name in sorted(hold.names)]
            if mine:
                connection.execute(_RELEASE, mine)
            _log.info("hold given back", extra=told)


def _key_of(connection: Connection, run_id: str) -> int:
    run_key = connection.execute(select(run_table.c.run_key).where(run_table.c.id == run_id)).scalar()
    if run_key is None:
        raise LedgerError(words("The ledger has no run '{run_id}'.", run_id=run_id), step(NextStep.LIST_RUNS))
    return int(run_key)
