"""A command -> what the operating system says it cost; two of them side by side -> a figure of the table."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TypeAlias

PYTHON = sys.executable
ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "benchmarks" / "peers"
OURS = ROOT / "benchmarks" / "ours"


class Size(IntEnum):
    """How much is measured. ``TINY`` only shows that everything runs; its figures mean nothing."""

    TINY = 0
    QUICK = 1
    FULL = 2


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and how everything is measured. None for CPUs: the system places the processes."""

    folder: Path
    size: Size
    rounds: int
    client_cpus: frozenset[int] | None = None
    server_cpus: frozenset[int] | None = None

    def pick(self, *, tiny: int, quick: int, full: int) -> int:
        """The number for this size."""
        return (tiny, quick, full)[self.size]


@dataclass(frozen=True, slots=True)
class Cost:
    """One finished process. ``peak_mb`` is its largest resident set; ``output`` the end of what it said."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    exit_code: int
    output: str


Pair: TypeAlias = tuple[Cost, Cost]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: ``value`` against ``limit``. ``goal`` is its number; without a goal there is no limit."""

    goal: str
    what: str
    value: float
    limit: float | None = None
    higher_is_better: bool = False
    note: str = ""

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal is reached in this run; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.higher_is_better else self.value <= self.limit


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that could not be measured here, and why."""

    what: str
    why: str


Line: TypeAlias = Figure | LeftOut


def pinned(cpus: frozenset[int] | None) -> Callable[[], None] | None:
    """What a child process does before it starts, so that it keeps to these CPUs."""
    return None if cpus is None else lambda: os.sched_setaffinity(0, cpus)


def cost_of(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, cpus: frozenset[int] | None = None
) -> Cost:
    """Run a command to its end. ``cpus`` pins it, so that both sides of a comparison have the same."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            env=None if env is None else {**os.environ, **env},
            preexec_fn=pinned(cpus),  # noqa: PLW1509 - there is one thread
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read()[-2_000:].decode("utf-8", "replace")
    return Cost(
        wall_seconds=wall,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss / 1024,
        exit_code=process.returncode,
        output=output,
    )


def must_succeed(cost: Cost, what: str) -> Cost:
    """The cost; raises RuntimeError with the end of the output where the command failed."""
    if cost.exit_code != 0:
        raise RuntimeError(f"{what} ended with {cost.exit_code}:\n{cost.output}")
    return cost


def script(path: Path, *arguments: object, around: Circumstances, env: Mapping[str, str] | None = None) -> Cost:
    """Run one of the scripts beside this module to its end."""
    command = [PYTHON, str(path), *map(str, arguments)]
    return must_succeed(cost_of(command, env=env, cpus=around.client_cpus), path.name)


def fresh_ledger(folder: Path) -> dict[str, str]:
    """The settings of a ledger that has no runs; an earlier one is removed."""
    for leftover in folder.glob("ledger.sqlite*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    return {"HOTLINE_BATCH_LEDGER": f"sqlite:///{folder}/ledger.sqlite"}


def side_by_side(ours: Callable[[], Cost], theirs: Callable[[], Cost], rounds: int) -> list[Pair]:
    """Both in turn, so often, so that the machine's moods meet both."""
    return [(ours(), theirs()) for _ in range(rounds)]


def compared(
    goal: str, what: str, pairs: Iterable[Pair], value: Callable[[Cost], float], limit: float | None = None
) -> Figure:
    """The median of ours / theirs, pair by pair; the note says what both were."""
    ours, theirs = zip(*[(value(mine), value(other)) for mine, other in pairs], strict=True)
    ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
    unit = _UNITS[value]
    note = f"{statistics.median(ours):.3g} {unit} against {statistics.median(theirs):.3g} {unit}"
    return Figure(goal, what, ratio, limit, note=note)


def cpu(cost: Cost) -> float:
    """CPU seconds of the whole process, user and system."""
    return cost.cpu_seconds


def wall(cost: Cost) -> float:
    """Wall seconds of the whole process."""
    return cost.wall_seconds


def peak(cost: Cost) -> float:
    """Peak memory in MB."""
    return cost.peak_mb


def own_cpu(cost: Cost) -> float:
    """CPU seconds that a script measured itself, start-up left out; the last line that it printed."""
    return float(json.loads(cost.output.splitlines()[-1])["cpu_seconds"])


_UNITS: Mapping[Callable[[Cost], float], str] = {cpu: "s CPU", wall: "s", peak: "MB", own_cpu: "s CPU"}
