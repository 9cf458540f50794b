"""What reaches the screen: on the right stream, harmless, and in words."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.cli.screen.console import Console, duration, shown
from hotline_batch.engine.progress import Progress
from hotline_batch.model import Status

PROGRESS = Progress(
    rows=100, done=40, counts={Status.SENT: 38, Status.FAILED: 2}, elapsed_seconds=120.0, seconds_left=180.0,
    waiting_seconds=3.0, pace=0.5, stopping=False,
)  # fmt: skip


@given(st.text())
def test_no_text_drives_the_terminal(text: str) -> None:
    """Whatever a cell or a server holds: no control character but line break and tab is printed."""
    printed = shown(text)

    assert not [letter for letter in printed if unicodedata.category(letter) == "Cc" and letter not in "\t\n"]
    assert not set(printed) & set("\u202e\u2066\u2069\u200f")


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_letters_of_every_script_are_printed_as_they_are(text: str) -> None:
    """Names are shown as people write them."""
    assert text == shown(text)


def test_escape_sequence_is_shown_and_not_run() -> None:
    """A reader sees that somebody tried."""
    assert r"\x1b[2Jowned" == shown("\x1b[2Jowned")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (0.4, "0 s"), (1, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (60, "1 min"), (200, "3 min 20 s"),
        (3599.6, "1 h 00 min"), (3600, "1 h 00 min"), (7500, "2 h 05 min"), (90_000, "25 h 00 min"),
    ],
)  # fmt: skip
def test_duration_in_words(seconds: float, words: str) -> None:
    """As a person would say it."""
    assert words == duration(seconds)


def test_news_go_to_standard_error_and_results_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """So that a pipe carries results alone."""
    console = Console()

    console.say("news")
    console.result("result")

    assert ("result\n", "news\n") == capsys.readouterr()


@pytest.mark.parametrize("taken", [{"as_json": True}, {"data_on_stdout": True}])
def test_everything_goes_to_standard_error_where_output_is_data(
    capsys: pytest.CaptureFixture[str], taken: dict[str, bool]
) -> None:
    """Not one word gets between JSON or CSV."""
    console = Console(**taken)

    console.say("news")
    console.result("result")

    assert ("", "news\nresult\n") == capsys.readouterr()


def test_quiet_keeps_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """Silence must not hide what went wrong."""
    console = Console(quiet=True)

    console.say("news")
    console.result("result")
    console.warn("warning")

    assert ("", "warning\n") == capsys.readouterr()


def test_colour_codes_of_others_do_not_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even through a line of ours that is printed on two lines."""
    Console().result("first\x1b[31m\nsecond\r")

    assert "first\\x1b[31m\nsecond\\r\n" == capsys.readouterr().out


def test_progress_is_silent_before_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    """A short run has no lines of progress where there is no terminal."""
    with Console().progress() as show:
        show(replace(PROGRESS, elapsed_seconds=4.9))

    assert ("", "") == capsys.readouterr()


def test_progress_line_says_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts by status, the rate, the slowed pace, the wait and the time left."""
    with Console().progress() as show:
        show(PROGRESS)
        show(replace(PROGRESS, done=41, elapsed_seconds=124.9))

    assert (
        "40 of 100 rows: sent 38, failed 2, 20/min, slowed to 50%, next in 3 s, about 3 min left\n"
        == capsys.readouterr().err
    )


def test_progress_of_one_run_after_another(capsys: pytest.CaptureFixture[str]) -> None:
    """Each tells by its own time, as the runs of a watched folder do."""
    with Console().progress() as show:
        for seconds in (4.0, 5.0, 9.0, 10.0, 1.0, 5.0, 6.0):
            show(replace(PROGRESS, done=round(seconds), elapsed_seconds=seconds))

    assert ["5 of", "10 of", "6 of"] == [line[: line.index(" 100")] for line in capsys.readouterr().err.splitlines()]


def test_progress_says_that_it_is_stopping(capsys: pytest.CaptureFixture[str]) -> None:
    """After Ctrl-C a person sees that it was heard."""
    with Console().progress() as show:
        show(replace(PROGRESS, stopping=True, seconds_left=None))

    assert "stopping" in capsys.readouterr().err
