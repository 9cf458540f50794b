"""How much of an allowed rate is used without ever exceeding it: the program's pacer against libraries."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from statistics import median

from benchmarks.job import write_sheet
from benchmarks.measure import (
    OURS,
    PEERS,
    PYTHON,
    ROOT,
    Circumstances,
    Figure,
    LeftOut,
    Line,
    Size,
    fresh_ledger,
    pinned,
)
from benchmarks.service import Service, why_missing

_SUSPENDED_SECONDS = 2.5
_PEERS = {
    "aiolimiter": "aiolimiter",
    "limits_fixed": "limits",
    "limits_moving": "limits",
    "pyrate_limiter": "pyrate_limiter",
}
_SHARES = {20: 0.985, 100: 0.985, 1_000: 0.97}


@dataclass(frozen=True, slots=True)
class Pace:
    """What the times of grants or arrivals come to, each count as a share of what one second allows."""

    used: float
    worst_second: float
    first_second: float
    after_the_pause: float
    worst_tenth: float


def pace_of(moments: Sequence[float], rate: int) -> Pace:
    """Judge times in seconds, ascending; the longest gap among them is the pause, which counts as no waste."""
    before, after = max(pairwise(moments), key=lambda pair: pair[1] - pair[0])
    active = moments[-1] - moments[0] - (after - before)
    return Pace(
        used=(len(moments) - 2) / active / rate,
        worst_second=max(_count(moments, at, 1.0) for at in moments) / rate,
        first_second=_count(moments, moments[0], 1.0) / rate,
        after_the_pause=_count(moments, after, 1.0) / rate,
        worst_tenth=max(_count(moments, at, 0.1) for at in moments) / (rate / 10),
    )


def _count(moments: Sequence[float], start: float, seconds: float) -> int:
    """How many fall into [start, start + seconds)."""
    return bisect_left(moments, start + seconds) - bisect_left(moments, start)


def run_suspended(command: Sequence[str], cpus: frozenset[int] | None, env: Mapping[str, str]) -> None:
    """Run a command that suspends itself once; wake it up after a pause. RuntimeError where it fails."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        preexec_fn=pinned(cpus),  # noqa: PLW1509 - there is one thread
    )
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        time.sleep(_SUSPENDED_SECONDS)
        process.send_signal(signal.SIGCONT)
        _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[1]} ended with {process.returncode}")


def peer_grants(name: str, rate: int, grants: int, around: Circumstances) -> list[float]:
    """When a library granted a turn to one of 16 threads or tasks that ask for it all the time."""
    noted = around.folder / "grants.txt"
    command = [PYTHON, str(PEERS / "throttles.py"), name, str(rate), str(grants), str(noted)]
    run_suspended(command, around.client_cpus, {})
    return _read(noted)


def ours(rate: int, rows: int, around: Circumstances) -> tuple[list[float], list[float]]:
    """A whole ``send`` at that rate: when its pacer granted a turn, and when the service saw the request."""
    noted = around.folder / "grants.txt"
    sheet = write_sheet(around.folder / "paced.csv", rows)
    with Service(keeps_times=True, cpus=around.server_cpus) as service:
        command = [PYTHON, str(OURS / "noted_send.py"), str(noted), str(rows // 2), "send", str(sheet), "--yes", "-q"]
        command += ["--rate", f"{rate}/s", "--concurrency", "32", "--force", "-o", str(around.folder / "paced.out.csv")]
        run_suspended(command, around.client_cpus, {**service.env, **fresh_ledger(around.folder)})
        return _read(noted), service.arrivals()


def _read(path: Path) -> list[float]:
    return sorted(float(line) for line in path.read_text().split())


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 1, and how others do."""
    seconds = around.pick(tiny=1, quick=6, full=20)
    if why := why_missing():
        yield LeftOut("goal 1, the throttle of the whole program", why)
    else:
        for rate in _SHARES:
            yield from _our_figures(rate, [ours(rate, rate * seconds, around) for _ in range(around.rounds)])
    rates = {Size.TINY: (100,), Size.QUICK: (100,), Size.FULL: (20, 100, 1_000)}[around.size]
    for rate in rates:
        for name, module in _PEERS.items():
            if importlib.util.find_spec(module) is None:
                yield LeftOut(f"the throttle {name}", f"{module} is not installed (pip install -e '.[bench]')")
                continue
            pace = pace_of(peer_grants(name, rate, rate * seconds, around), rate)
            what = f"{name} at {rate:,}/s by grants: worst 1-second window / limit"
            yield Figure("", what, pace.worst_second, note=_told(pace))


def _our_figures(rate: int, runs: Sequence[tuple[list[float], list[float]]]) -> Iterator[Figure]:
    """What several runs come to: the median of their shares, but the worst window of all."""
    by_grants = [pace_of(granted, rate) for granted, _ in runs]
    by_server = [pace_of(arrived, rate) for _, arrived in runs]
    what = f"ours at {rate:,}/s"
    used = median(pace.used for pace in by_server)
    yield Figure("1", f"{what}, server's clock: share of the rate", used, _SHARES[rate], True)
    # Above that, threads wake up too unevenly for a promise about the clock of another machine.
    is_promised_to_the_server = rate <= 100
    worst = max(by_server, key=attrgetter("worst_second"))
    yield Figure(
        "1" if is_promised_to_the_server else "",
        f"{what}, server's clock: worst 1-second window / limit",
        worst.worst_second,
        1.0 if is_promised_to_the_server else None,
        note=_told(worst),
    )
    worst = max(by_grants, key=attrgetter("worst_second"))
    yield Figure("1", f"{what}, grants: worst 1-second window / limit", worst.worst_second, 1.0, note=_told(worst))
    burst = max(max(pace.first_second, pace.after_the_pause) for pace in by_grants)
    yield Figure("1", f"{what}, grants: first second, and after a suspend / limit", burst, 1.0)


def _told(pace: Pace) -> str:
    return (
        f"first second {pace.first_second:.2f}, after a suspend {pace.after_the_pause:.2f}, "
        f"worst tenth of a second {pace.worst_tenth:.1f}"
    )
