"""What the page costs whoever looks at it: its first screen, the check of a sheet, and the progress of a large run."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import requests

from benchmarks.measure import PYTHON, ROOT, Circumstances, Figure, Line, cost_of, fresh_ledger, must_succeed, pinned

_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/\S+")
_PATIENCE_SECONDS = 120.0
_LOOK_EVERY_SECONDS = 0.02
_SOMEBODY_IN_THE_SANDBOX = 987654321

# Two fifths are sent, the others wait: copies of the one row that is there, whatever columns this version has.
_ADD_ROWS = """
    with recursive nth(n) as (select 1 union all select n + 1 from nth where n < :rows - 1)
    insert into sheet_row ({columns})
    select {values} from nth, sheet_row where sheet_row.run_key = 1 and sheet_row.position = 0
"""
_OF_EACH = {
    "position": "n",
    "number": "n + 2",
    "key": "randomblob(16)",
    "state": "case when n % 5 < 2 then 'succeeded' else 'pending' end",
    "claimed_at": "case when n % 5 < 2 then claimed_at end",
}

# What a worker on another machine tells of itself and of the run, whose next sign of life is not due before tomorrow.
_TELL = """
    update lane set state = 'driving', worker = 'another-machine/1 4711 0 a', heartbeat_at = :tomorrow,
                    progress = case when name = '' then progress else :progress end
"""


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 7. No service is needed: nothing is sent."""
    rows = around.pick(tiny=100, quick=200_000, full=1_000_000)
    times = around.pick(tiny=1, quick=10, full=30)
    env = {**fresh_ledger(around.folder), **_private(around.folder)}
    run = _large_run(around, env, rows)
    with _page(around, env) as (process, origin, browser):
        first = browser.get(origin)
        size = len(first.content) / 1000
        yield Figure(
            "7",
            "the page: first screen: kB",
            size,
            10,
            note=f"{_sent_along(browser, origin, first.text)} kB of styles, script and icon with it, once",
        )
        seconds = median(_check(around, origin, browser) for _ in range(around.rounds))
        yield Figure("7", "the page: check of 1,000 rows of XLSX shown: seconds from the upload", seconds, 1.5)
        address = f"{origin}/runs/{run}"
        if "You can close this page" not in browser.get(address).text:
            raise RuntimeError("The run does not go on, as its page sees it.")
        before = _cpu_seconds(process)
        walls = [_seconds(lambda: browser.get(address)) for _ in range(times)]
        cpu = 1000 * (_cpu_seconds(process) - before) / times
        what = f"the page: progress of a run of {rows:,} rows: milliseconds of the server"
        yield Figure("7", what, cpu, 50, note=f"{1000 * median(walls):.0f} ms until it is there")


def _large_run(around: Circumstances, env: Mapping[str, str], rows: int) -> str:
    """A run of so many rows that goes on; its id. One row is practised for real, the others are copies of it."""
    sheet = around.folder / "one.csv"
    sheet.write_text(f"user_id,message\n{_SOMEBODY_IN_THE_SANDBOX},Your order is confirmed.\n")
    command = [PYTHON, "-m", "hotline_batch", "send", str(sheet), "--sandbox", "--yes", "--force"]
    must_succeed(cost_of([*command, "-o", str(around.folder / "one.out.csv")], env=env), "send")
    with closing(sqlite3.connect(around.folder / "ledger.sqlite")) as connection, connection:
        columns = [name for _, name, *_ in connection.execute("pragma table_info(sheet_row)")]
        values = ", ".join(_OF_EACH.get(name, f"sheet_row.{name}") for name in columns)
        connection.execute(_ADD_ROWS.format(columns=", ".join(columns), values=values), {"rows": rows})
        connection.execute("update run set rows = ?, state = 'running', finished_at = null", (rows,))
        counts = dict(connection.execute("select state, count(*) from sheet_row group by state"))
        told = {"sent": counts["succeeded"], "not_attempted": counts.get("pending", 0)}
        progress = json.dumps({"counts": told, "rows": rows, "done": told["sent"], "pace_share": 1.0})
        connection.execute(_TELL, {"tomorrow": time.time() + 86_400, "progress": progress})
        return str(connection.execute("select id from run").fetchone()[0])


def _check(around: Circumstances, origin: str, browser: requests.Session) -> float:
    """Upload a workbook of 1,000 rows; seconds until its check is shown."""
    path = around.folder / "thousand.xlsx"
    if not path.exists():
        cost = cost_of([PYTHON, "-m", "benchmarks.example_workbook", str(path), "1000"])
        must_succeed(cost, "example_workbook")

    def upload() -> None:
        with path.open("rb") as file:
            answer = browser.post(f"{origin}/sheets", data={"kind": "send"}, files={"file": (path.name, file)})
        answer.raise_for_status()
        ends_at = time.monotonic() + _PATIENCE_SECONDS
        while "Reading the sheet" in answer.text and time.monotonic() < ends_at:
            time.sleep(_LOOK_EVERY_SECONDS)
            answer = browser.get(answer.url)
        if "thousand.xlsx" not in answer.text:
            raise RuntimeError(f"The check of the sheet was not shown: {answer.url}")

    return _seconds(upload)


@contextmanager
def _page(around: Circumstances, env: Mapping[str, str]) -> Iterator[tuple[int, str, requests.Session]]:
    """The page as the program serves it, pinned like every client, and a browser that it knows."""
    with subprocess.Popen(
        [PYTHON, "-m", "hotline_batch", "ui", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, **env},
        preexec_fn=pinned(around.client_cpus),  # noqa: PLW1509 - there is one thread
    ) as process:
        try:
            assert process.stdout  # noqa: S101 - asked for above
            address = next(found for line in process.stdout if (found := _ADDRESS.search(line)))
            with requests.Session() as browser:
                browser.trust_env = False
                browser.headers.update({"sec-fetch-site": "same-origin", "origin": address[1]})
                browser.get(address[0], headers={"sec-fetch-site": "none"}).raise_for_status()
                yield process.pid, address[1], browser
        finally:
            process.kill()


def _sent_along(browser: requests.Session, origin: str, page: str) -> int:
    """What a browser fetches with the page and keeps, in kB."""
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    return round(sum(len(browser.get(origin + address).content) for address in addresses) / 1000)


def _cpu_seconds(process: int) -> float:
    """What a process has cost so far, user and system; Linux alone tells it."""
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _seconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def _private(folder: Path) -> dict[str, str]:
    """Folders that belong to nobody else."""
    names = {"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"}
    return {name: str(folder / place) for name, place in names.items()}
