"""Who works on a run: one at a time, told by a row of the ledger with a heartbeat, the same on SQLite and PostgreSQL.

The hold ends with its process: at once where that can be seen from here, else when its heart has not beaten for
``LEASE_SECONDS``. Taking a run raises its token; whoever slept, or was cut off, meanwhile finds that its own token is
old and can claim nothing more.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select, text

from hotline_batch.errors import LedgerError, RunInProgress
from hotline_batch.ledger.database.transactions import Length, database_now, writing
from hotline_batch.ledger.schema import hold as hold_table
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.next_step import NextStep, step

LEASE_SECONDS = 20.0
"""Whoever gave no sign of life for so long does not work on the run any more."""

HEARTBEAT_SECONDS = 4.0

_log = logging.getLogger(__name__)
_held_here: set[str] = set()

_MAKE = text("""
    insert into hold (run_key, token, worker, heartbeat_at) values (:run_key, 0, '', 0) on conflict (run_key) do nothing
""")
_TAKE = text("""
    update hold set token = token + 1, worker = :worker, heartbeat_at = :now where run_key = :run_key
""")
_BEAT = text("update hold set heartbeat_at = :now where run_key = :run_key and token = :token and worker <> ''")
_RELEASE = text("update hold set worker = '', heartbeat_at = 0 where run_key = :run_key and token = :token")

_STATE, _STARTED = 0, 19  # of the fields behind the name in /proc/PID/stat, see proc(5)


class Worker(NamedTuple):
    """Who works: on which machine (until it starts anew), in which process, and which of its tasks."""

    machine: str
    process: int
    started: str
    task: str

    def __str__(self) -> str:
        return " ".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> Worker | None:
        """The worker of that name; None for a name of another form."""
        parts = text.split(" ")
        if len(parts) != len(cls._fields) or not parts[1].isdecimal():
            return None
        return cls(parts[0], int(parts[1]), parts[2], parts[3])

    @property
    def where(self) -> str:
        """The machine in words."""
        return self.machine.partition("/")[0]


def this_worker() -> Worker:
    """A new name for a task of this process."""
    return Worker(_machine(), os.getpid(), _started(os.getpid()), secrets.token_hex(8))


def is_running(worker: Worker) -> bool | None:
    """Whether the worker's process is there; None where that cannot be told from here.

    A process that is stopped (SIGSTOP) is there, and one that has ended but was not waited for is not.
    """
    if worker.machine != _machine() or not worker.started or not _can_look():
        return None
    return _started(worker.process) == worker.started


def is_stopped(worker: Worker) -> bool:
    """Whether a process of this machine was stopped (SIGSTOP, or Ctrl-Z): it does nothing, and may go on any time."""
    fields = _fields(worker.process)
    return bool(fields) and fields[_STATE] in {"T", "t"}


@cache
def _machine() -> str:
    """The machine since it was started last, and the space in which its process numbers count."""
    boot = space = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    name = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in socket.gethostname())
    return f"{name}/{boot}/{space}"


def _can_look() -> bool:
    return Path("/proc/self/stat").exists()


def _started(process: int) -> str:
    """When a process was started, in ticks since the machine was; empty where it is not there, or cannot be seen."""
    fields = _fields(process)
    return "" if not fields or fields[_STATE] in {"Z", "X"} else fields[_STARTED]


def _fields(process: int) -> list[str]:
    with suppress(OSError):
        # The name stands in parentheses and may hold anything.
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []


class Hold(NamedTuple):
    """A run that is held by this process under a token."""

    run_key: int
    token: int


class Holder(NamedTuple):
    """Who holds a run, and how long ago its heart beat last (seconds, by the database's clock)."""

    worker: Worker | None
    seconds_ago: float

    @property
    def is_alive(self) -> bool:
        """Whether it may still be at work."""
        if self.worker is None:
            return False
        running = is_running(self.worker)
        if running is False:
            return False
        if running and self.worker.process == os.getpid():
            return self.worker.task in _held_here
        # One that is stopped (SIGSTOP) on this machine may go on at any moment: it is waited for, or ended.
        return self.seconds_ago < LEASE_SECONDS or (bool(running) and is_stopped(self.worker))


@contextmanager
def held(engine: Engine, run_id: str) -> Iterator[Hold]:
    """Hold a run while the context lasts. Raises RunInProgress where somebody else has it."""
    worker = this_worker()
    # Not in a hurry: what a process that vanished had locked comes free within half a minute.
    with writing(engine, "taking the run") as connection:
        taken = _take(connection, run_id, worker)
    _held_here.add(worker.task)
    _log.info("hold taken", extra={"run": run_id, "token": taken.token})
    over = threading.Event()
    heart = threading.Thread(target=_beat, args=(engine, taken, over), name="heartbeat", daemon=True)
    heart.start()
    try:
        yield taken
    finally:
        over.set()
        _held_here.discard(worker.task)
        heart.join(HEARTBEAT_SECONDS)
        with suppress(LedgerError), writing(engine, "giving the run back", Length.SHORT) as connection:
            connection.execute(_RELEASE, taken._asdict())
            _log.info("hold given back", extra={"run": run_id, "token": taken.token})


def holder_of(connection: Connection, run_key: int) -> Holder:
    """Who holds a run, as the ledger says."""
    query = select(hold_table.c.worker, hold_table.c.heartbeat_at).where(hold_table.c.run_key == run_key)
    found = connection.execute(query).one_or_none()
    if found is None:
        return Holder(None, 0.0)
    return Holder(Worker.parse(found.worker), database_now(connection) - found.heartbeat_at)


def in_progress(run_id: str, holder: Holder) -> RunInProgress:
    """The error that says who works on the run."""
    where = f" on {holder.worker.where}" if holder.worker and is_running(holder.worker) is None else ""
    return RunInProgress(f"Another process{where} is working on run {run_id}.", step(NextStep.WAIT_FOR_RUN, run=run_id))


def still_holds(connection: Connection, held_run: Hold) -> bool:
    """Whether nobody has taken the run since; nobody can until the transaction ends."""
    query = select(hold_table.c.token).where(hold_table.c.run_key == held_run.run_key)
    return connection.execute(query.with_for_update(read=True)).scalar() == held_run.token


def _take(connection: Connection, run_id: str, worker: Worker) -> Hold:
    run_key = connection.execute(select(run_table.c.run_key).where(run_table.c.id == run_id)).scalar()
    if run_key is None:
        raise LedgerError(f"The ledger has no run '{run_id}'.", step(NextStep.LIST_RUNS))
    connection.execute(_MAKE, {"run_key": run_key})
    connection.execute(select(hold_table.c.token).where(hold_table.c.run_key == run_key).with_for_update())
    holder = holder_of(connection, run_key)
    if holder.is_alive:
        _log.warning("hold refused", extra={"run": run_id, "seconds_ago": holder.seconds_ago})
        raise in_progress(run_id, holder)
    if holder.worker:
        _log.warning("hold was left", extra={"run": run_id, "by": holder.worker.process, "at": holder.worker.where})
    connection.execute(_TAKE, {"run_key": run_key, "worker": str(worker), "now": database_now(connection)})
    token = connection.execute(select(hold_table.c.token).where(hold_table.c.run_key == run_key)).scalar_one()
    return Hold(run_key, token)


def _beat(engine: Engine, taken: Hold, over: threading.Event) -> None:
    while not over.wait(HEARTBEAT_SECONDS):
        # One beat that is missed costs nothing; whoever takes the run over raises the token.
        with suppress(LedgerError), writing(engine, "giving a sign of life", Length.SHORT) as connection:
            connection.execute(_BEAT, taken._asdict() | {"now": database_now(connection)})
