"""Practice is marked wherever runs are told, and stands in the way of nothing real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.journeys_sheets.conftest import Desk
from tests.journeys_sheets.test_practice import ANNA, BOB, NOBODY, SANDBOX, texts, two_rows
from tests.journeys_sheets.test_result_sheets_again import TINY
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

REAL = ("--yes", "--rate", "500/s")
WORDS = "Practice: nothing was sent for real."


def runs(desk: Desk) -> list[dict[str, Any]]:
    """The newest first."""
    found = json.loads(desk.run("runs", "list", "--json").stdout)
    assert isinstance(found, list)
    return found


def leave_unfinished(desk: Desk, name: str, *options: str) -> str:
    """A run whose first row fails, so that the others wait for a person; its id."""
    desk.file(f"{name}.csv", f"user_id,message\n{NOBODY},Hello\n{ANNA},Hello from {name}\n{BOB},Hi from {name}\n")
    said = desk.run("send", f"{name}.csv", "--canary", "1", *options, *TINY)
    assert 4 == said.exit_code, said.stderr
    return str(runs(desk)[0]["run"])


def test_practice_is_marked_in_lists_summaries_and_sheets(desk: Desk, real: HostileServer) -> None:
    """And what is real is not."""
    two_rows(desk)
    practised = desk.run("send", "s.csv", *SANDBOX, "-o", "practised.xlsx")
    told = desk.run("send", "s.csv", *REAL, "-o", "real.xlsx")
    machine = desk.run("send", "s.csv", *SANDBOX, "-o", "machine.csv", "--json")
    machine_real = desk.run("send", "s.csv", *REAL, "-o", "machine_real.csv", "--json")
    listed = runs(desk)
    _head, *lines = desk.run("runs", "list").stdout.splitlines()
    shown = [desk.run("runs", "show", run["run"]).stdout for run in listed]

    assert WORDS in practised.stdout
    assert "ractice" not in told.stdout
    assert (True, False) == (machine.summary["practice"], machine_real.summary["practice"])
    assert [False, True, False, True] == [run["practice"] for run in listed]
    assert [False, True, False, True] == [line.endswith("(practice)") for line in lines]
    assert [False, True, False, True] == [WORDS in one for one in shown]
    for name, is_marked in (("practised.xlsx", True), ("real.xlsx", False)):
        summary = load_workbook(desk.folder / name)["Summary"]
        assert is_marked is (summary["A2"].value == WORDS)
    assert 2 == len(real.applied)


def test_a_page_says_which_of_its_runs_are_practice(desk: Desk, real: HostileServer) -> None:
    """One run, several of practice, practice beside real ones, and real ones alone."""
    del real
    two_rows(desk)
    for number, options in enumerate((SANDBOX, SANDBOX, TINY, TINY)):
        desk.run("send", "s.csv", *options, "-o", f"{number}.csv")
    fourth, third, second, first = (run["run"] for run in runs(desk))

    def page(*names: str) -> tuple[str, str]:
        said = desk.run("report", *names, "-o", "page.html", "--force")
        text = Path(desk.folder / "page.html").read_text("utf-8")
        return text.partition("<body>")[2], said.stderr

    alone, mixed, practice, other = page(first), page(first, third, fourth), page(first, second), page(third, fourth)

    assert 1 == alone[0].count('class="practice"')
    assert WORDS in alone[0]
    assert f"1 of these 3 runs is practice, and nothing of it is real: {first}." in mixed[0]
    assert "show practice and real runs side by side" in mixed[0]
    assert f"practice: {first}" in mixed[1]
    assert f"{first}</a> (practice)</td>" in mixed[0]
    assert "nothing on this page is real" in practice[0]
    assert "ractice" not in other[0] + other[1]


def test_resume_prefers_what_is_real(desk: Desk, real: HostileServer) -> None:
    """The newer practice run does not stand before it, and comes next only where nothing real is left."""
    real.fault_for(NOBODY, named("user_not_found_400"))
    started = leave_unfinished(desk, "real")
    practised = leave_unfinished(desk, "practice", "--sandbox")

    first = desk.run("resume", "--yes")
    second = desk.run("resume", "--yes")
    third = desk.run("resume", "--yes")

    assert (f"Run {started}," in first.stderr, f"Run {practised}," in second.stderr) == (True, True)
    assert f"Practice that is not finished either stays as it is: {practised}." in first.stderr
    assert "No real run is unfinished. This is a practice run in the private sandbox." in second.stderr
    assert "no unfinished run" in third.stderr
    assert [(ANNA, "Hello from real"), (BOB, "Hi from real")] == texts(real)


def test_resume_of_practice_asks_by_name(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says yes knows to what."""
    practised = leave_unfinished(desk, "practice", "--sandbox")
    asked: list[str] = []
    monkeypatch.setattr("hotline_batch.cli.screen.console.can_ask", lambda: True)
    monkeypatch.setattr("hotline_batch.cli.screen.console.confirm", lambda text: bool(asked.append(text)))

    said = [desk.run("resume"), desk.run("resume", practised), desk.run("retry", practised)]

    assert [2, 2, 2] == [one.exit_code for one in said]
    assert ["This is a practice run in the private sandbox. Send 2 messages?"] * 2 + [
        "This is a practice run in the private sandbox. Send 3 messages?"
    ] == asked


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_practice_does_not_take_the_name_of_the_real_result(desk: Desk, real: HostileServer, extension: str) -> None:
    """The same sheet, practised and then sent: no --force is needed, and the sheet there is the real one."""
    two_rows(desk)
    if extension == "xlsx":
        desk.run("send", "s.csv", *SANDBOX, "-o", "s.xlsx", "--columns", "user_id,message,row,status")
    sheet = f"s.{extension}"
    practised = desk.run("send", sheet, *SANDBOX, "--duplicate-window", "0")

    said = desk.run("send", sheet, *TINY, "--duplicate-window", "0")
    third = desk.run("send", sheet, *TINY)

    assert (0, 0) == (practised.exit_code, said.exit_code), practised.stderr + said.stderr
    assert [(ANNA, "Hello"), (BOB, "Hi")] == texts(real)
    assert all("another-host" in row["hotline_service"] for row in desk.rows(f"s.results.{extension}"))
    assert 2 == third.exit_code
    assert "exists already" in third.stderr


def test_a_practice_result_that_somebody_worked_on_is_kept(desk: Desk, real: HostileServer) -> None:
    """Nor does another sheet, or more practice, get its name."""
    two_rows(desk)
    desk.file("other.csv", f"user_id,message\n{ANNA},Hello\n")
    desk.run("send", "s.csv", *SANDBOX)
    result = desk.folder / "s.results.csv"

    other = desk.run("send", "other.csv", *TINY, "-o", "s.results.csv")
    practice = desk.run("send", "s.csv", *SANDBOX)
    result.write_text(f"{result.read_text('utf-8-sig')}\n", "utf-8")
    worked_on = result.read_bytes()
    said = desk.run("send", "s.csv", *TINY)

    assert [2, 2, 2] == [one.exit_code for one in (other, practice, said)]
    assert worked_on == result.read_bytes()
    assert 0 == len(real.applied)
