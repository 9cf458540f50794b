"""How far a run is: in words, in one line of the terminal that stands in nobody's way, or in plain lines."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from hotline_batch.cli.screen.console import Console
from hotline_batch.cli.screen.progress import told
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import Progress
from tests.support.processes.terminal import Terminal

PROGRESS = Progress(
    rows=100, done=40, counts={Status.SENT: 38, Status.FAILED: 2}, elapsed_seconds=120.0, seconds_left=180.0,
    waiting_seconds=3.0, pace=0.5, stopping=False,
)  # fmt: skip
HALF_PAST_ONE = 1_800_019_800.0  # UTC, on 2027-01-15
BERLIN = ZoneInfo("Europe/Berlin")


def sit_at_a_terminal(patch: pytest.MonkeyPatch, columns: int = 100) -> Terminal:
    """Standard error is a terminal from now on."""
    screen = Terminal()
    patch.setattr(sys, "stderr", screen)
    patch.setenv("COLUMNS", str(columns))
    patch.setenv("LINES", "24")
    return screen


def test_snapshot_in_words() -> None:
    """How far, what became of the rows, the rate, when it is done in the zone of the settings."""
    quiet = replace(PROGRESS, rows=200, done=30, counts={Status.SENT: 28, Status.UNKNOWN: 2}, waiting_seconds=0, pace=1)

    assert "30 of 200 · sent 28 · 2 in doubt · 15/min · done about 14:33 CET, in 3 min" == told(
        quiet, HALF_PAST_ONE, BERLIN
    )


def test_what_went_well_stands_first_whatever_came_first() -> None:
    """The words keep their places while a person watches."""
    counts = {Status.SKIPPED: 1, Status.UNKNOWN: 2, Status.SENT: 28}

    assert "sent 28 · 2 in doubt · 1 left out" in told(replace(PROGRESS, counts=counts), HALF_PAST_ONE, BERLIN)


def test_snapshot_tells_what_holds_the_run_up() -> None:
    """The slowed pace, and the seconds to the next request."""
    words = told(PROGRESS, HALF_PAST_ONE, BERLIN)

    assert words.startswith("40 of 100 · sent 38 · 2 failed · 20/min · slowed to 50% · done about 14:33 CET, in 3 min")
    assert words.endswith(" · next in 3 s")


def test_end_on_another_day_names_the_day() -> None:
    """50,000 rows take days."""
    assert "done about Sun 17 Jan 17:30 CET, in 51 h 00 min" in told(
        replace(PROGRESS, seconds_left=51 * 3600.0), HALF_PAST_ONE, BERLIN
    )


def test_long_wait_is_told_by_its_end() -> None:
    """A pause that the service asked for: nobody reckons with 3,600 seconds."""
    said = told(replace(PROGRESS, seconds_left=None, waiting_seconds=3_600.0), HALF_PAST_ONE, BERLIN)

    assert said.endswith(" · waits until 15:30 CET")


def test_progress_says_that_it_is_stopping() -> None:
    """After Ctrl-C a person sees that it was heard; nobody knows an end then."""
    assert told(replace(PROGRESS, stopping=True), HALF_PAST_ONE, None).endswith("20/min · slowed to 50% · stopping")


# ── plain lines ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_progress_is_silent_before_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    """A short run has no lines of progress where there is no terminal."""
    with Console().progress() as show:
        show(replace(PROGRESS, elapsed_seconds=4.9))

    assert ("", "") == capsys.readouterr()


def test_plain_line_is_told_once_in_five_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """In the words of the bar."""
    with Console().progress() as show:
        show(PROGRESS)
        show(replace(PROGRESS, done=41, elapsed_seconds=124.9))

    said = capsys.readouterr().err
    assert said.startswith("40 of 100 · sent 38 · 2 failed · 20/min · slowed to 50% · done about ")
    assert 1 == said.count("\n")


def test_plain_line_of_a_long_wait_is_told_soon_and_then_seldom(capsys: pytest.CaptureFixture[str]) -> None:
    with Console().progress() as show:
        for seconds in range(300):
            show(replace(PROGRESS, elapsed_seconds=float(seconds), waiting_seconds=3_600.0 - seconds))

    assert 4 == capsys.readouterr().err.count("waits until")


def test_progress_of_one_run_after_another(capsys: pytest.CaptureFixture[str]) -> None:
    """Each tells by its own time, as the runs of a watched folder do."""
    with Console().progress() as show:
        for seconds in (4.0, 5.0, 9.0, 10.0, 1.0, 5.0, 6.0):
            show(replace(PROGRESS, done=round(seconds), elapsed_seconds=seconds))

    assert ["5 of", "10 of", "6 of"] == [line[: line.index(" 100")] for line in capsys.readouterr().err.splitlines()]


# ── the bar ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_bar_stands_in_one_line_that_is_not_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that fills the terminal is broken by the next sign, and what was above it stays for good."""
    terminal = sit_at_a_terminal(monkeypatch)
    with Console().progress() as show:
        for done in range(1, 40):
            show(replace(PROGRESS, done=done))
        seen = terminal.seen()

    assert 1 == len(seen)
    assert seen[0].startswith("39 of 100 · sent 38 · 2 failed · ")
    assert len(seen[0]) <= 96


@pytest.mark.parametrize("columns", [20, 60, 100, 240])
def test_nothing_of_the_bar_is_left_behind(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after the run, and not after Ctrl-C, which a terminal shows as two signs of its own."""
    terminal = sit_at_a_terminal(monkeypatch, columns)
    with pytest.raises(KeyboardInterrupt), Console().progress() as show:  # noqa: PT012 - the second Ctrl-C ends it
        show(PROGRESS)
        terminal.write("^C")
        show(replace(PROGRESS, stopping=True, waiting_seconds=0.0))
        raise KeyboardInterrupt

    assert [""] == terminal.seen()


def test_words_between_snapshots_stand_in_lines_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a watched folder, where a file's end is told while the next one's run begins."""
    terminal = sit_at_a_terminal(monkeypatch)
    console = Console()

    with console.progress() as show:
        show(PROGRESS)
        console.say("done/a.csv: done.")
        show(replace(PROGRESS, rows=7, done=1))
        console.warn("failed/b.csv: failed.")
        show(replace(PROGRESS, rows=3, done=2))
        seen = terminal.seen()

    assert ["done/a.csv: done.", "failed/b.csv: failed."] == [re.sub(r"\x1b\[\d+m", "", line) for line in seen[:2]]
    assert seen[2].startswith("2 of 3 · ")
    assert 3 == len(seen)


def test_each_run_has_a_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar that went on counting would show the rows of the run before."""
    terminal = sit_at_a_terminal(monkeypatch)
    with Console().progress() as show:
        show(replace(PROGRESS, rows=100, done=100))
        show(replace(PROGRESS, rows=4, done=0, counts={}))

        assert "█" not in terminal.seen()[0]
