"""What a sheet leaves open is asked on a terminal, with a sample or the candidates; the answer is remembered."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.journeys_sheets.conftest import Desk

PATIENCE_SECONDS = 60.0


def at_a_terminal(desk: Desk, typed: str, *arguments: str) -> tuple[int, str]:
    """Run a command in a terminal of its own, with everything typed beforehand; exit code and what was shown."""
    master, slave = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(master, 65_536):
                shown.append(data)
        except OSError:  # the terminal is gone, since the command has ended
            pass

    with subprocess.Popen(
        [sys.executable, "-m", "hotline_batch", *arguments],
        cwd=desk.folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        os.close(slave)
        reader = threading.Thread(target=read)
        reader.start()
        os.write(master, typed.encode())
        code = process.wait(PATIENCE_SECONDS)
        reader.join(PATIENCE_SECONDS)
    os.close(master)
    return code, b"".join(shown).decode("utf-8", "replace")


def send_at_a_terminal(desk: Desk, typed: str, *more: str) -> tuple[int, str]:
    return at_a_terminal(desk, typed, "send", "a.csv", "--rate", "500/s", "-o", "out.csv", *more)


def test_each_encoding_shows_what_it_makes_of_the_text(desk: Desk) -> None:
    """The person chooses by the look of the sample; then the question before sending comes as always."""
    desk.file("a.csv", "user_id;message\n987600001;Привет, ваш заказ готов\n".encode("cp1251"))

    code, shown = send_at_a_terminal(desk, "1\ny\n")

    assert 0 == code, shown
    assert "1  cp1251: 987600001;Привет, ваш заказ готов" in shown
    assert "cp1252: " in shown
    assert [(987600001, "Привет, ваш заказ готов")] == desk.applied


def test_no_sample_that_reads_right_sends_nothing(desk: Desk) -> None:
    desk.file("a.csv", "user_id;message\n987600001;Привет\n".encode("cp1251"))

    code, shown = send_at_a_terminal(desk, "0\n")

    assert 2 == code, shown
    assert 0 == desk.asked


def test_a_list_without_a_header_is_asked_about(desk: Desk) -> None:
    """Nobody in the first row is lost."""
    desk.file("a.csv", "987600001\n987600002\n")

    code, shown = send_at_a_terminal(desk, "y\ny\n", "-m", "Hello")

    assert 0 == code, shown
    assert [(987600001, "Hello"), (987600002, "Hello")] == sorted(desk.applied)


@pytest.mark.parametrize(("answer", "user"), [("1", 987600001), ("2", 987600002)])
def test_two_candidates_are_a_question_whose_answer_is_remembered(desk: Desk, answer: str, user: int) -> None:
    """The next sheet with the same header is not asked about again, and says so."""
    desk.file("a.csv", "Kunden-ID,Contact ID,message\n987600001,987600002,Hello\n")

    code, shown = send_at_a_terminal(desk, f"{answer}\ny\n")
    again = desk.run("check", "a.csv", "--for", "send")

    assert 0 == code, shown
    assert [(user, "Hello")] == desk.applied
    assert 0 == again.exit_code, again.stderr
    assert "Remembered from an earlier sheet with this header: user_id = " in again.stdout


def test_a_look_at_a_sheet_confirms_no_mapping(desk: Desk) -> None:
    """Only what was sent so is remembered; a check, or a no to the question, teaches nothing."""
    desk.file("a.csv", "Kunden-ID,Contact ID,message\n987600001,987600002,Hello\n")

    checked = desk.run("check", "a.csv", "--for", "send", "--map", "user_id=Kunden-ID")
    code, shown = send_at_a_terminal(desk, "n\n", "--map", "user_id=Kunden-ID")
    again = desk.run("check", "a.csv", "--for", "send")

    assert (0, 2, 0) == (checked.exit_code, code, desk.asked), shown
    assert 2 == again.exit_code
    assert "Several columns could hold the user ids" in again.stderr
