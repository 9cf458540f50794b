"""Who works: a task of a process of a machine, and whether it is still there, as far as that can be told from here."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

_STATE, _STARTED = 0, 19  # of the fields behind the name in /proc/PID/stat, see proc(5)

_tasks_here: set[str] = set()


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


def is_here(worker: Worker) -> bool:
    """Whether it is one of this machine."""
    return worker.machine == _machine()


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


@contextmanager
def at_work() -> Iterator[Worker]:
    """A new task of this process, which is at work while the context lasts."""
    worker = this_worker()
    _tasks_here.add(worker.task)
    try:
        yield worker
    finally:
        _tasks_here.discard(worker.task)


def is_at_work(worker: Worker) -> bool | None:
    """The same as ``is_running``, and of a task of this very process, whether it has not ended."""
    running = is_running(worker)
    return worker.task in _tasks_here if running and worker.process == os.getpid() else running
