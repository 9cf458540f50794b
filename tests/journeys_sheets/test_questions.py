"""What a sheet leaves open is asked on a terminal, with a sample or the candidates; the answer is remembered."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.journeys_sheets.conftest import Desk

PATIENCE_SECONDS = 180.0


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


def send_at_a_terminal(desk: Desk, typed: str, *more: str, sheet: str = "a.csv") -> tuple[int, str]:
    return at_a_terminal(desk, typed, "send", sheet, "--rate", "500/s", "-o", "out.csv", *more)


def test_each_encoding_shows_what_it_makes_of_the_text(desk: Desk) -> None:
    """The person chooses by the look of the sample; then the question before sending comes as always."""
    desk.file("a.csv", "user_id;message\n987600001;Привет, ваш заказ готов\n".encode("cp1251"))

    code, shown = send_at_a_terminal(desk, "1\ny\n")

    assert 0 == code, shown
    assert "1  cp1251: 987600001;Привет, ваш заказ готов" in shown
    assert "cp1252: " in shown
    assert [(987600001, "Привет, ваш заказ готов")] == desk.applied


def test_an_answer_that_is_none_of_them_is_asked_for_again(desk: Desk) -> None:
    """In the words of the question: which answers there are."""
    desk.file("a.csv", "user_id;message\n987600001;Привет, ваш заказ готов\n".encode("cp1251"))

    code, shown = send_at_a_terminal(desk, "cp1251\n1\ny\n")

    assert 0 == code, shown
    assert "'cp1251' is none of the answers. Type a number from 0 to " in shown
    assert "integer" not in shown


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


def _workbook_of_questions(desk: Desk) -> None:
    """A title above the header, two columns that may hold ids, a hidden row."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Our customers"])
    sheet.append(["Kunden-ID", "Contact ID", "message"])
    sheet.append([987600001, 987600002, "Hello"])
    sheet.append([987600003, 987600004, "Hidden"])
    sheet.row_dimensions[4].hidden = True
    book.save(desk.folder / "a.xlsx")


def test_all_that_a_sheet_leaves_open_is_told_at_once(desk: Desk) -> None:
    """Not one after the other, each behind another run of the program."""
    _workbook_of_questions(desk)

    said = desk.send("a.xlsx")

    assert (2, 0) == (said.exit_code, desk.asked)
    assert "leaves 3 things open" in said.stderr
    assert all(words in said.stderr for words in ("--header-row 2", "user_id=Contact ID", "--hidden-rows skip"))
    answered = desk.send("a.xlsx", "--header-row", "2", "--map", "user_id=Contact ID", "--hidden-rows", "skip")
    assert 0 == answered.exit_code, answered.stderr
    assert [(987600002, "Hello")] == desk.applied


def test_all_questions_are_asked_together(desk: Desk) -> None:
    """Row of the header, hidden rows, column; then the usual question before anything is sent."""
    _workbook_of_questions(desk)

    code, shown = send_at_a_terminal(desk, "y\n2\n2\ny\n", sheet="a.xlsx")

    assert 0 == code, shown
    assert 1 == shown.count("leaves 3 things open")
    assert [(987600002, "Hello"), (987600004, "Hidden")] == sorted(desk.applied)


def test_another_answer_than_the_likeliest_is_followed_up(desk: Desk) -> None:
    """The second question was found with the first answer to the first one: it is asked anew, in the right letters."""
    text = "Kunden-ID;ID клиента;message\n987600001;987600002;Привет, ваш заказ готов\n".encode("cp1251")
    desk.file("a.csv", text)

    code, shown = send_at_a_terminal(desk, "1\n2\ny\n")

    assert 0 == code, shown
    assert "ID клиента" in shown
    assert [(987600002, "Привет, ваш заказ готов")] == desk.applied


def test_what_stands_beyond_the_questions_is_told_too(desk: Desk) -> None:
    """A column that is missing stays missing, however the questions are answered."""
    _workbook_of_questions(desk)

    said = desk.send("a.xlsx", "-m", "Hello {{ Nmae }}")

    assert 2 == said.exit_code
    assert "--hidden-rows skip" in said.stderr
    assert "Nmae" in said.stderr


def test_standard_input_is_read_once(desk: Desk) -> None:
    """Its first question is the only one, and no empty second reading is mistaken for the sheet."""
    said = desk.run("check", "-", "--for", "send", stdin="Kunden-ID;Contact ID;message\n1;2;Grüße\n".encode("cp1252"))

    assert 2 == said.exit_code
    assert "--encoding cp1252" in said.stderr
    assert "empty" not in said.stderr


def test_another_worksheet_that_has_the_columns_is_offered(desk: Desk) -> None:
    """As in exports of Apple Numbers, whose first worksheet is a summary."""
    book = Workbook()
    book.worksheets[0].append(["This document was exported from Numbers."])
    sheet = book.create_sheet("Sheet 1")
    sheet.append(["Table 1"])
    sheet.append(["user_id", "message"])
    sheet.append([987600001, "Hello"])
    book.save(desk.folder / "a.xlsx")

    code, shown = send_at_a_terminal(desk, "1\ny\n", sheet="a.xlsx")

    assert 0 == code, shown
    assert "Worksheet 'Sheet 1' (row 2) has such columns" in shown
    assert [(987600001, "Hello")] == desk.applied
