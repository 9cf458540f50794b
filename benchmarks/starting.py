"""What it costs to begin: `--help`, connections, and the first request of a run."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from functools import partial
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
    compared,
    cost_of,
    fresh_ledger,
    must_succeed,
    own_cpu,
    pinned,
    script,
    side_by_side,
    wall,
)
from benchmarks.service import Service, why_missing

_LONGEST_WAIT_SECONDS = 120.0


def figures(around: Circumstances) -> Iterator[Line]:
    """Goals 5, 6, 10 and 18."""
    run = partial(cost_of, cpus=around.client_cpus)
    rounds = around.pick(tiny=1, quick=10, full=20)
    help_ = partial(run, [PYTHON, "-m", "hotline_batch", "--help"])
    pairs = side_by_side(help_, partial(run, [PYTHON, "-c", "import click"]), rounds)
    yield compared("6", "--help: wall against `import click`", pairs, wall, 2)
    if why := why_missing():
        yield LeftOut("goals 5, 10 and 18, the first request and connections", why)
        return
    yield from _first_requests(around)
    yield _connections(around)
    times = around.pick(tiny=2, quick=50, full=200)
    with Service(tls=True, cpus=around.server_cpus) as service:
        ours = partial(script, OURS / "new_connection.py", times, around=around, env=service.env)
        theirs = partial(script, PEERS / "new_connection.py", times, around=around, env=service.env)
        pairs = side_by_side(ours, theirs, around.rounds)
        what = f"{times} new HTTPS connections and POSTs: CPU against requests.post"
        yield compared("18", what, pairs, own_cpu, 0.10)


def _first_requests(around: Circumstances) -> Iterator[Line]:
    """Of a large sheet after the yes, of a small one after the command."""
    rows = around.pick(tiny=20, quick=100_000, full=1_000_000)
    planning, waiting = _first_request(around, rows)
    note = f"after {planning:.0f} s of planning before the question"
    yield Figure("5", f"{rows:,} rows: seconds from yes to the first request", waiting, 10, note=note)
    moments = [sum(_first_request(around, 200)) for _ in range(around.rounds)]
    yield Figure("5", "200 rows: seconds from the command to the first request", median(moments), 1.0)


def _connections(around: Circumstances) -> Line:
    """How many connections look-ups at 2/s open; one that is idle for half a second is used again."""
    rows = around.pick(tiny=2, quick=10, full=40)
    sheet = around.folder / "topics.csv"
    links = [f"https://t.me/c/2101424779/{1_000 + number}" for number in range(rows)]
    sheet.write_text("\n".join(["topic_link", *links]) + "\n")
    with Service(keeps_times=True, answers_lookups=True, cpus=around.server_cpus) as service:
        command = [PYTHON, "-m", "hotline_batch", "enrich", str(sheet), "--rate", "2/s", "-q", "--force"]
        command += ["-o", str(around.folder / "topics.out.csv")]
        cost = cost_of(command, env={**service.env, **fresh_ledger(around.folder)}, cpus=around.client_cpus)
        must_succeed(cost, "hotline-batch")
        used = len({arrival.connection for arrival in service.arrivals()})
    return Figure("10", f"{rows} look-ups at 2/s: connections", used, 1)


def _first_request(around: Circumstances, rows: int) -> tuple[float, float]:
    """Seconds until the plan is accepted, and from there to the first request at the service."""
    sheet = write_sheet(around.folder / "first.csv", rows)
    with Service(keeps_times=True, cpus=around.server_cpus) as service:
        command = [PYTHON, "-u", "-m", "hotline_batch", "send", str(sheet), "--yes", "--rate", "10/s", "--force"]
        command += ["-o", str(around.folder / "first.out.csv")]
        started = time.time()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **service.env, **fresh_ledger(around.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=pinned(around.client_cpus),  # noqa: PLW1509 - there is one thread
        )
        try:
            # The line is said as soon as the plan is accepted.
            accepted = _when_said(process, "Run ")
            return accepted - started, _first_arrival(service) - accepted
        finally:
            process.kill()
            process.wait()


def _when_said(process: subprocess.Popen[str], beginning: str) -> float:
    said = ""
    for line in process.stdout or ():
        if line.startswith(beginning):
            return time.time()
        said += line
    raise RuntimeError(f"hotline-batch ended before it sent anything:\n{said}")


def _first_arrival(service: Service) -> float:
    until = time.monotonic() + _LONGEST_WAIT_SECONDS
    while time.monotonic() < until:
        if arrivals := service.arrivals():
            return arrivals[0].moment
        time.sleep(0.01)
    raise RuntimeError("no request arrived")
