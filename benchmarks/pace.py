"""How much of an allowed rate is used without ever exceeding it: one process, and two on one pace."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from statistics import median

from benchmarks.job import write_sheet
from benchmarks.measure import OURS, PYTHON, ROOT, Circumstances, Figure, LeftOut, Line, Size, fresh_ledger, pinned
from benchmarks.service import Arrival, Service, why_missing

_SUSPENDED_SECONDS = 2.5
_SHARES = {20: 0.985, 100: 0.985, 1_000: 0.97}
_A_MINUTE = 60.0
_TURNS_WATCHED = 12


@dataclass(frozen=True, slots=True)
class Pace:
    """What the times of grants or arrivals come to, each count as a share of what one second allows."""

    used: float
    worst_second: float
    first_second: float
    after_the_pause: float


def pace_of(moments: Sequence[float], rate: int) -> Pace:
    """Judge times in seconds, ascending; the longest gap among them is the pause, which counts as no waste."""
    before, after = max(pairwise(moments), key=lambda pair: pair[1] - pair[0])
    active = moments[-1] - moments[0] - (after - before)
    return Pace(
        used=(len(moments) - 2) / active / rate,
        worst_second=most_within(moments, 1.0) / rate,
        first_second=_count(moments, moments[0], 1.0) / rate,
        after_the_pause=_count(moments, after, 1.0) / rate,
    )


def most_within(moments: Sequence[float], seconds: float) -> int:
    """The largest number of them in any window of so many seconds."""
    return max(_count(moments, at, seconds) for at in moments)


def _count(moments: Sequence[float], start: float, seconds: float) -> int:
    """How many fall into [start, start + seconds)."""
    return bisect_left(moments, start + seconds) - bisect_left(moments, start)


def fewest_turns(whose: Sequence[str], turns: int) -> int:
    """The smallest number of turns that anybody has in any so many one after the other."""
    windows = (Counter(whose[at : at + turns]) for at in range(len(whose) - turns + 1))
    return min(min(window[one] for one in set(whose)) for window in windows)


def run_suspended(command: Sequence[str], cpus: frozenset[int] | None, env: Mapping[str, str]) -> None:
    """Run a command that suspends itself once; wake it up after a pause. RuntimeError where it fails."""
    process = _started(command, cpus, env)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        time.sleep(_SUSPENDED_SECONDS)
        process.send_signal(signal.SIGCONT)
        _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[1]} ended with {process.returncode}")


def _started(command: Sequence[str], cpus: frozenset[int] | None, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        preexec_fn=pinned(cpus),  # noqa: PLW1509 - there is one thread
    )


def _send(sheet: Path, rate: str, result: Path) -> list[str]:
    return ["send", str(sheet), "--yes", "-q", "--rate", rate, "--concurrency", "32", "--force", "-o", str(result)]


def ours(rate: int, rows: int, around: Circumstances) -> tuple[list[float], list[float]]:
    """A whole ``send`` at that rate: when its pacer granted a turn, and when the service saw the request."""
    noted = around.folder / "grants.txt"
    sheet = write_sheet(around.folder / "paced.csv", rows)
    with Service(keeps_times=True, cpus=around.server_cpus) as service:
        command = [PYTHON, str(OURS / "noted_send.py"), str(noted), str(rows // 2)]
        command += _send(sheet, f"{rate}/s", around.folder / "paced.out.csv")
        run_suspended(command, around.client_cpus, {**service.env, **fresh_ledger(around.folder)})
        granted = sorted(float(line) for line in noted.read_text().split())
        return granted, [arrival.moment for arrival in service.arrivals()]


def figures(around: Circumstances) -> Iterator[Line]:
    """Goals 1 and 2."""
    if why := why_missing():
        yield LeftOut("goals 1 and 2, the pace of the whole program", why)
        return
    seconds = around.pick(tiny=1, quick=6, full=20)
    for rate in _SHARES:
        yield from _our_figures(rate, [ours(rate, rate * seconds, around) for _ in range(around.rounds)])
    if around.size is Size.FULL:
        yield from _by_the_minute(around)
    yield from _two_processes(around)


def _our_figures(rate: int, runs: Sequence[tuple[list[float], list[float]]]) -> Iterator[Figure]:
    """What several runs come to: the median of their shares, but the worst window of all."""
    by_grants = [pace_of(granted, rate) for granted, _ in runs]
    by_server = [pace_of(arrived, rate) for _, arrived in runs]
    what = f"{rate:,}/s"
    used = median(pace.used for pace in by_server)
    yield Figure("1", f"{what}, service's clock: share of the rate", used, _SHARES[rate], True)
    worst = max(by_server, key=attrgetter("worst_second"))
    # Above that, threads wake up too unevenly for a promise about the clock of another machine.
    if rate <= 100:
        yield Figure("1", f"{what}, service's clock: worst second / limit", worst.worst_second, 1.0, note=_told(worst))
    worst = max(by_grants, key=attrgetter("worst_second"))
    yield Figure("1", f"{what}, grants: worst second / limit", worst.worst_second, 1.0, note=_told(worst))
    burst = max(max(pace.first_second, pace.after_the_pause) for pace in by_grants)
    yield Figure("1", f"{what}, grants: first second, and after a suspend / limit", burst, 1.0)


def _told(pace: Pace) -> str:
    return f"first second {pace.first_second:.2f}, after a suspend {pace.after_the_pause:.2f}"


def _by_the_minute(around: Circumstances) -> Iterator[Line]:
    """The rate that the API allows, for ten minutes."""
    a_minute, minutes = 18, 10
    sheet = write_sheet(around.folder / "minutes.csv", a_minute * minutes)
    with Service(keeps_times=True, cpus=around.server_cpus) as service:
        command = [PYTHON, "-m", "hotline_batch", *_send(sheet, f"{a_minute}/min", around.folder / "minutes.out.csv")]
        run_suspended(command, around.client_cpus, {**service.env, **fresh_ledger(around.folder)})
        moments = [arrival.moment for arrival in service.arrivals()]
    used = (len(moments) - 1) / (moments[-1] - moments[0]) * _A_MINUTE / a_minute
    yield Figure("1", f"{a_minute}/min, service's clock: share of the rate", used, 0.995, True)
    worst = most_within(moments, _A_MINUTE) / a_minute
    yield Figure("1", f"{a_minute}/min, service's clock: worst minute / limit", worst, 1.0)


def _two_processes(around: Circumstances) -> Iterator[Line]:
    """Two runs of one connection, in two processes over one ledger, while both have something to send."""
    rate, seconds = 20, around.pick(tiny=3, quick=6, full=30)
    arrivals = two_at_once(rate, rate * seconds // 2, around)
    begun = max(_first_of(arrivals, agent) for agent in {arrival.user_agent for arrival in arrivals})
    ended = min(_last_of(arrivals, agent) for agent in {arrival.user_agent for arrival in arrivals})
    both = [arrival for arrival in arrivals if begun <= arrival.moment <= ended]
    moments = [arrival.moment for arrival in both]
    turns = fewest_turns([arrival.user_agent for arrival in both], _TURNS_WATCHED)
    yield Figure("2", f"two processes at {rate}/s: fewest turns of one in any {_TURNS_WATCHED}", turns, 3, True)
    used = (len(moments) - 1) / (moments[-1] - moments[0]) / rate
    yield Figure("2", f"two processes at {rate}/s, service's clock: share of the rate", used, 0.98, True)
    worst = most_within([arrival.moment for arrival in arrivals], 1.0) / rate
    yield Figure("2", f"two processes at {rate}/s, service's clock: worst second / limit", worst, 1.0)


def two_at_once(rate: int, rows: int, around: Circumstances) -> Sequence[Arrival]:
    """What the service saw of two ``send`` at one time, each with so many rows and a name of its own."""
    ledger = fresh_ledger(around.folder)
    with Service(keeps_times=True, cpus=around.server_cpus) as service:
        processes = []
        for at, name in enumerate(("first", "second")):
            settings = around.folder / f"{name}.toml"
            settings.write_text(f'user_agent = "{name}"\n')
            sheet = around.folder / f"{name}.csv"
            lines = [f"{987_600_000 + 2 * number + at},Note {number}" for number in range(rows)]
            sheet.write_text("\n".join(["user_id,message", *lines]) + "\n")
            command = [PYTHON, "-m", "hotline_batch", *_send(sheet, f"{rate}/s", around.folder / f"{name}.out.csv")]
            command += ["--config", str(settings)]
            processes.append(_started(command, around.client_cpus, {**service.env, **ledger}))
        exit_codes = [process.wait() for process in processes]
        if any(exit_codes):
            raise RuntimeError("one of two hotline-batch at once did not succeed")
        return service.arrivals()


def _first_of(arrivals: Sequence[Arrival], agent: str) -> float:
    return min(arrival.moment for arrival in arrivals if arrival.user_agent == agent)


def _last_of(arrivals: Sequence[Arrival], agent: str) -> float:
    return max(arrival.moment for arrival in arrivals if arrival.user_agent == agent)
