"""What reaches the screen: on the right stream, harmless, and in words."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.cli.screen.console import Console, shown
from tests.support.processes.terminal import Terminal


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


def test_a_line_without_a_colour_takes_none_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even on a terminal, whose words somebody may keep in a file."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)

    Console().say("news")
    Console().warn("warning")

    assert "news\n\x1b[33mwarning\x1b[0m\n" == screen.getvalue()


def test_colour_codes_of_others_do_not_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even through a line of ours that is printed on two lines."""
    Console().result("first\x1b[31m\nsecond\r")

    assert "first\\x1b[31m\nsecond\\r\n" == capsys.readouterr().out
