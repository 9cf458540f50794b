"""What is told of a run afterwards: what was chosen for it, and when it went on, as people there tell the time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook

from tests.support.processes.journey import FAST, Machine

SHEET = "user_id,Name,Status\n1000001,Ann,open\n1000002,Ben,closed\n1000003,Cem,open\n"


def facts(machine: Machine, name: str) -> Mapping[str, object]:
    sheet = load_workbook(machine.folder / name)["Summary"]
    return {str(name): value for name, value in sheet.iter_rows(values_only=True, max_col=2) if name}


def test_summary_tells_what_was_chosen(connected: Machine) -> None:
    """The text of the message, which rows, the limits; also when the sheet is written again later."""
    (connected.folder / "sheet.csv").write_text(SHEET)

    sent = connected.run(
        "send", "sheet.csv", "--yes", "-m", "Dear {{ Name }}", "--where", "Status=open", "--limit", "5",
        "--timeout", "60", "--duplicate-window", "0", "-o", "out.xlsx", *FAST,
    )  # fmt: skip
    again = connected.run("results", connected.newest_run(), "-o", "again.xlsx", "--leave-out", "Name")

    assert (0, 0) == (sent.exit_code, again.exit_code), sent.stderr + again.stderr
    for name in ("out.xlsx", "again.xlsx"):
        told = facts(connected, name)
        assert ("Dear {{ Name }}", "Status=open", "5") == (
            told["Message"], told["Only rows where"], told["At most rows"]
        )  # fmt: skip
        assert ("60 s", "always again (no check)") == (told["Time-out"], told["Not again within"])
    assert "Name" == facts(connected, "again.xlsx")["Columns left out"]


def test_pruned_run_forgets_what_was_chosen(connected: Machine) -> None:
    """A message or a condition may name a customer."""
    (connected.folder / "sheet.csv").write_text(SHEET)
    connected.run("send", "sheet.csv", "--yes", "-m", "Dear Ms. Unforgettable", "--where", "Name=Ann", *FAST)
    before = b"".join(path.read_bytes() for path in connected.ledger.parent.glob("ledger.sqlite*") if path.is_file())

    pruned = connected.run("runs", "prune", "--older-than", "0", "--yes")

    after = b"".join(path.read_bytes() for path in connected.ledger.parent.glob("ledger.sqlite*") if path.is_file())
    assert 0 == pruned.exit_code, pruned.stderr
    assert b"Unforgettable" in before
    assert b"Unforgettable" not in after
    assert b"Name=Ann" not in after


def test_times_are_told_in_the_zone_that_is_set(connected: Machine) -> None:
    """By the lists of runs, the plan, the page and the worksheet; what machines read stays in UTC."""
    (connected.folder / "hotline-batch.toml").write_text('timezone = "Asia/Kolkata"\n')
    (connected.folder / "sheet.csv").write_text(SHEET)
    send = ("send", "sheet.csv", "--yes", "-m", "Hello", "--json", *FAST)

    first = connected.run(*send, "-o", "one.xlsx")
    second = connected.run(*send, "-o", "two.csv")
    run = first.summary["run"]
    listed, shown = connected.run("runs", "list"), connected.run("runs", "show", run)
    page = connected.run("report", run, "-o", "page.html")

    told = json.loads(connected.run("runs", "list", "--json").stdout)[1]["created_at"]
    planned = datetime.fromisoformat(told) + timedelta(hours=5, minutes=30)
    minutes = (planned, planned + timedelta(minutes=1))  # the run may have gone on into the next one
    there = f"(?:{'|'.join(f'{minute:%Y-%m-%d %H:%M}' for minute in minutes)})"
    assert 0 == page.exit_code, page.stderr
    text = (connected.folder / "page.html").read_text("utf-8")
    assert re.search(r", until \d\d:\d\d IST\.", first.stderr), first.stderr
    assert re.search(f"before, by run {run} on {there} IST: skipped", second.stderr), second.stderr
    assert re.search(f"  {there} IST  ", listed.stdout), listed.stdout
    assert re.search(f"Started: {there} IST; ended: {there} IST", shown.stdout), shown.stdout
    assert re.search(f"Messages sent, {there}", text)
    assert "Times are those of Asia/Kolkata" in text
    assert re.fullmatch(f"{there} IST", str(facts(connected, "one.xlsx")["Started"]))
    assert {row["hotline_finished_at"][-1:] for row in connected.read("one.xlsx")} == {"Z"}


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows takes no zone from TZ")
def test_times_of_runs_are_those_of_this_machine_where_no_zone_is_set(connected: Machine) -> None:
    """The list and the run say the same, and how far that is from UTC."""
    connected.environment["TZ"] = "Asia/Kolkata"
    (connected.folder / "sheet.csv").write_text(SHEET)
    connected.run("send", "sheet.csv", "--yes", "-m", "Hello", *FAST)

    listed, shown = connected.run("runs", "list"), connected.run("runs", "show", connected.newest_run())

    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC\+05:30"
    assert re.search(f"  {moment}  ", listed.stdout), listed.stdout
    assert re.search(f"Started: {moment}; ended: {moment}", shown.stdout), shown.stdout


def test_nobody_is_asked_about_no_row_to_try_again(connected: Machine) -> None:
    (connected.folder / "sheet.csv").write_text(SHEET)
    connected.run("send", "sheet.csv", "--yes", "-m", "Hello", *FAST)

    again = connected.run("retry", connected.newest_run())

    assert 0 == again.exit_code, again.stderr
    assert "no row is left to try again" in again.stderr


def test_results_are_written_again_in_the_zone_that_is_set_now(connected: Machine) -> None:
    """A zone that was set later counts."""
    (connected.folder / "sheet.csv").write_text(SHEET)
    connected.run("send", "sheet.csv", "--yes", "-m", "Hello", "-o", "out.xlsx", *FAST)
    (connected.folder / "hotline-batch.toml").write_text('timezone = "Asia/Kolkata"\n')

    again = connected.run("results", connected.newest_run(), "-o", "again.xlsx")

    assert 0 == again.exit_code, again.stderr
    assert "Started (UTC)" in facts(connected, "out.xlsx")
    assert str(facts(connected, "again.xlsx")["Started"]).endswith(" IST")


def test_the_list_of_runs_has_a_head_and_says_how_the_rows_stand(connected: Machine) -> None:
    """Each column below its name, however long a name or a count is."""
    (connected.folder / "sheet.csv").write_text(SHEET)
    connected.run("send", "sheet.csv", "--yes", "-m", "Hello", *FAST)
    connected.run("send", "sheet.csv", "--yes", "-m", "Hello", "-o", "again.csv", *FAST)

    listed = connected.run("runs", "list").stdout.splitlines()
    told = json.loads(connected.run("runs", "list", "--json").stdout)

    head, again, first = listed
    assert head.split()[:4] == ["Run", "Does", "State", "Done"]
    for name, words in (("Rows by status", ("skipped", "sent")), ("Sheet", (str(connected.folder),) * 2)):
        place = head.index(name)
        assert again[place:].startswith(words[0])
        assert first[place:].startswith(words[1])
    rows = told[0]["rows"]
    assert [rows, rows] == [run["counts"]["skipped"] + run["counts"]["sent"] for run in told]


def test_a_ledger_without_runs_says_so(connected: Machine) -> None:
    (connected.folder / "sheet.csv").write_text(SHEET)
    run = connected.run("send", "sheet.csv", "--yes", "-m", "Hello", "--json", *FAST).summary["run"]
    connected.run("runs", "delete", str(run), "--yes")

    assert "The ledger has no runs yet.\n" == connected.run("runs", "list").stdout
