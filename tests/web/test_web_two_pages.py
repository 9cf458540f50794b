"""Two pages and a command line on one ledger: they see each other's runs, stop them, go on with them, share a pace."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.model.runs import RunState
from hotline_batch.settings.load import load_settings
from hotline_batch.web.site import Site, mark_of
from tests.support.page.page_forms import Visit, hand_in, opened
from tests.support.page.page_runs import ended, run_of
from tests.support.page.page_server import Browser, PageServer
from tests.support.processes.journey import read_sheet, statuses
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until
from tests.web.test_web_server import page_process

ROWS = 60  # of the run that is stopped
FEW_ROWS = 10
PER_SECOND = 4
COMMAND = [sys.executable, "-m", "hotline_batch"]


@pytest.fixture
def pages(
    ledger_url: str, service: HostileServer, fresh_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Browser, Browser]]:
    """A browser at each of two pages, which two processes serve from the same ledger, in each of the two databases."""
    (fresh_machine / "hotline-batch.toml").write_text(f'send_rate = "{PER_SECOND}/s"\n', "utf-8")
    monkeypatch.setenv("HOTLINE_BATCH_LEDGER", ledger_url)
    with PageServer(fresh_machine / "page") as first:
        monkeypatch.setenv("XDG_STATE_HOME", str(fresh_machine / "elsewhere"))  # as on another machine
        with page_process() as (_, address):
            second = Browser(Site(int(address[1]), mark_of(load_settings())))
            second.get(address[0].partition(address[1])[2])
            yield first.browser(), second


def sheet(first_user: int, rows: int) -> str:
    return "user_id,message\n" + "".join(f"{first_user + number},Hallo {number}\n" for number in range(rows))


def send(browser: Browser, first_user: int, rows: int) -> Visit:
    return hand_in(browser, f"{first_user}.csv", sheet(first_user, rows).encode()).press(f"Send {rows} messages")


def test_two_pages_and_a_command_line_on_one_ledger(
    pages: tuple[Browser, Browser], service: HostileServer, fresh_machine: Path
) -> None:
    """A run of the one is stopped at the other, and gone on with at the command line; nothing is sent twice."""
    one, other = pages
    (fresh_machine / "c.csv").write_text(sheet(3_000_001, FEW_ROWS), "utf-8")
    first, second = send(one, 1_000_001, ROWS), send(other, 2_000_001, FEW_ROWS)
    with subprocess.Popen([*COMMAND, "send", "c.csv", "--yes", "-q", "-o", "c.out.csv"]) as command:
        settings = load_settings()
        wait_until(lambda: run_progress(settings, run_of(first)).done >= 2)
        seen = opened(other, first.address)
        seen.press("Stop")
        wait_until(lambda: not run_progress(settings, run_of(first)).is_going_on)
        stopped = run_progress(settings, run_of(first))
        resumed = subprocess.run([*COMMAND, "resume", run_of(first), "--yes", "-q"], check=False)
        at_the_end = [ended(settings, page).state for page in (first, second)]
    told = [opened(browser, page.address).words for browser in pages for page in (first, second)]

    assert seen.title.startswith("Sending: ")
    assert RunState.INTERRUPTED is stopped.state
    assert 0 < stopped.done < ROWS
    assert [0, 0] == [command.returncode, resumed.returncode]
    assert [RunState.FINISHED] * 2 == at_the_end
    assert all(
        f"All {rows} messages delivered" in words for words, rows in zip(told, [ROWS, FEW_ROWS] * 2, strict=True)
    )
    assert ["sent"] * FEW_ROWS == statuses(read_sheet(fresh_machine / "c.out.csv"))
    assert {} == service.duplicates()
    assert ROWS + 2 * FEW_ROWS == len(service.applied)
    # Each has the whole rate where the pace is not shared. One request may arrive a second later than it left.
    assert service.most_requests_in(5.0) <= PER_SECOND * (5 + 1)
