"""A run while it goes on: how far it is, stopped by a click, and not by the end of whoever serves the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hotline_batch.application.runs.views.progress import RunProgress, run_progress
from hotline_batch.model.jobs import Status
from hotline_batch.model.runs import RunState
from hotline_batch.settings.load import load_settings
from hotline_batch.web.site import Site, mark_of
from hotline_batch.web.wording import done_and_wanted, heading, progress_lines
from tests.support.ledgers.finished_runs import send_list
from tests.support.page.page_forms import Visit, hand_in, opened
from tests.support.page.page_runs import run_of
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until
from tests.web.test_web_server import page_process

ROWS = 40
SHEET = "user_id,message\n" + "".join(f"{1_000_001 + n},Hallo {n}\n" for n in range(ROWS))
NOW = 1_764_000_000.0
PATIENCE_SECONDS = 180


def progress_of(page: Visit) -> RunProgress:
    """How far the run is whose page this is."""
    return run_progress(load_settings(), run_of(page))


def wait_for(page: Visit, *, rows: int) -> RunProgress:
    """Until so many rows have ended and, at the end, nobody works on it."""

    def is_so() -> bool:
        progress = progress_of(page)
        return progress.done >= rows and (rows < ROWS or not progress.is_going_on)

    wait_until(is_so, PATIENCE_SECONDS, lambda: progress_of(page))
    return progress_of(page)


@pytest.fixture
def slow(service: HostileServer, fresh_machine: Path) -> HostileServer:
    """Four messages a second: ten seconds for whoever wants to meet the run while it goes on."""
    (fresh_machine / "hotline-batch.toml").write_text('send_rate = "4/s"\n', "utf-8")
    return service


def test_run_is_stopped_by_a_click_and_goes_on_by_another(
    slow: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """What is on its way ends; the rest goes on when somebody wants it, and nothing is sent twice."""
    started = hand_in(browser, "list.csv", SHEET.encode()).press(f"Send {ROWS} messages")
    wait_for(started, rows=3)
    page = started.reload()
    assert page.title.startswith("Sending: ")
    assert "You can close this page." in page.words

    page.press("Stop")

    wait_until(lambda: not progress_of(page).is_going_on, PATIENCE_SECONDS)
    stopped = progress_of(page)
    assert stopped.done < ROWS
    ended = page.reload()
    assert "None of the others is sent again." in ended.words
    (fresh_machine / "hotline-batch.toml").write_text('send_rate = "200/s"\n', "utf-8")
    ended.press(f"Go on with {ROWS - stopped.done} rows")
    assert ROWS == wait_for(page, rows=ROWS).counts[Status.SENT]
    assert ROWS == len(slow.applied)


def test_killed_server_does_not_end_a_run(slow: HostileServer, fresh_machine: Path) -> None:
    """It goes on by itself, and the next page shows how it ended."""
    with page_process() as (process, address):
        browser = Browser(Site(int(address[1]), mark_of(load_settings())))
        browser.get(address[0].partition(address[1])[2])
        page = hand_in(browser, "list.csv", SHEET.encode()).press(f"Send {ROWS} messages")
        wait_for(page, rows=1)

        process.kill()
        process.wait()
        assert progress_of(page).is_going_on

    assert ROWS == wait_for(page, rows=ROWS).counts[Status.SENT]
    assert ROWS == len(slow.applied)
    with PageServer(fresh_machine / "page") as again:
        assert f"All {ROWS} messages delivered" in opened(again.browser(), page.address).words


def test_part_that_is_fetched_anew_says_when_it_is_over(
    service: HostileServer, browser: Browser, fresh_machine: Path
) -> None:
    """Only a run that nobody works on is over; the page is then opened anew."""
    summary = send_list(service, fresh_machine)

    part = browser.get(f"/runs/{summary.run}/progress").text

    assert 'data-ended="yes"' in part
    assert "<html" not in part


# ── the words ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def far(service: HostileServer, fresh_machine: Path) -> RunProgress:
    """A run, as if it went on."""
    summary = send_list(service, fresh_machine)
    counts: Mapping[Status, int] = {
        Status.SENT: 35,
        Status.FAILED: 3,
        Status.UNKNOWN: 1,
        Status.INVALID: 6,
        Status.SKIPPED: 0,
        Status.NOT_ATTEMPTED: 135,
    }
    progress = run_progress(load_settings(), summary.run)
    run = replace(progress.run, rows=180, state=RunState.RUNNING)
    return replace(progress, run=run, counts=counts, done=45, rate="18/min", per_minute=17.6, seconds_left=460.0)


def said(progress: RunProgress) -> str:
    """The lines of its page, at a fixed moment."""
    return "\n".join(progress_lines(progress, ZoneInfo("Europe/Berlin"), NOW))


def test_heading_counts_what_is_to_be_sent(far: RunProgress) -> None:
    """Rows that cannot be used are none of these."""
    assert "Sending: 39 of 174" == heading(far)
    assert (39, 174) == done_and_wanted(far)


def test_pace_and_end_are_told_by_the_clock(far: RunProgress) -> None:
    """In the zone of the settings."""
    assert "Pace: 18 a minute now, 18 a minute at most.\nEnds about 17:07, in 8 min." == said(far)


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        ("10/s", "Pace: 9.9 a second now, 10 a second at most."),
        ("600/min", "Pace: 594 a minute now, 600 a minute at most."),
        ("36000/h", "Pace: 35,640 an hour now, 36,000 an hour at most."),
    ],
)
def test_pace_of_now_is_told_in_the_unit_of_the_allowed_one(far: RunProgress, rate: str, told: str) -> None:
    """So that both can be compared at a glance."""
    assert told in said(replace(far, rate=rate, per_minute=594.0))


def test_it_is_said_why_it_is_slow(far: RunProgress) -> None:
    """And until when."""
    slowed = replace(far, pace_share=0.5, waiting_code="rate_limited", waiting_until=NOW + 30)

    assert "The next request leaves in 30 seconds." in said(slowed)
    assert "so the pace is 50% of the allowed one for now" in said(slowed)
    assert "The next request leaves at 18:00." in said(replace(far, waiting_until=NOW + 3_600))


def test_what_is_asked_for_is_said(far: RunProgress) -> None:
    """A stop, and a run that nobody has taken yet."""
    assert "Stopping: nothing new leaves, what is on its way is awaited." == said(replace(far, is_stopping=True))
    assert "begins in a moment" in said(replace(far, is_waiting_for_worker=True))
