"""Where the result goes and what is said on the way: refused beforehand, or whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.processes.journey import (
    FAST,
    PATIENCE_SECONDS,
    Ended,
    Machine,
    asked,
    people,
    read_csv_text,
    statuses,
)
from tests.support.service.exchange import Exchange
from tests.support.service.faults import Applied, Fault, Verdict, named
from tests.support.service.hostile_server import HostileServer

SHEET = people(5)
SUMMARY_KEYS = {"run", "state", "exit_code", "rows", "counts", "codes", "result", "seconds", "rate"}
STATUSES = {"sent", "failed", "unknown", "invalid", "skipped", "not_attempted"}


@pytest.fixture
def sheet(connected: Machine) -> Path:
    """A small sheet in the working folder."""
    return connected.write_sheet("sheet.csv", SHEET)


def send(machine: Machine, *options: str, stdin: str | None = None) -> Ended:
    return machine.run("send", "sheet.csv", "--yes", *FAST, *options, stdin=stdin)


def assert_refused(ended: Ended, server: HostileServer, *words: str) -> None:
    assert 2 == ended.exit_code, ended.stderr
    assert 0 == asked(server)
    assert "Error: " in ended.stderr
    assert not [word for word in words if word not in ended.stderr]
    assert "" == ended.stdout


def test_result_stands_beside_the_sheet(connected: Machine, sheet: Path) -> None:
    """Without -o it is called after the sheet; nobody else on the machine may read it."""
    ended = send(connected)

    result = connected.folder / "sheet.results.csv"
    assert 0 == ended.exit_code, ended.stderr
    assert {"sheet.csv", "sheet.results.csv"} == {path.name for path in connected.folder.iterdir()}
    assert 0o600 == result.stat().st_mode & 0o777
    assert "sheet.results.csv" in ended.stdout


def test_existing_result_is_not_replaced(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """Exit 2 before the first request; the file is as it was."""
    (connected.folder / "out.csv").write_text("precious")

    ended = send(connected, "-o", "out.csv")

    assert_refused(ended, server, "out.csv", "--force")
    assert "precious" == (connected.folder / "out.csv").read_text()


def test_force_replaces_an_existing_result(connected: Machine, sheet: Path) -> None:
    """A person who says so means it."""
    (connected.folder / "out.csv").write_text("not precious")

    ended = send(connected, "-o", "out.csv", "--force")

    assert 0 == ended.exit_code, ended.stderr
    assert ["sent"] * 5 == statuses(connected.read("out.csv"))


@pytest.mark.parametrize("way", ["name", "dotted", "link", "hard_link"])
def test_input_is_never_the_output(connected: Machine, server: HostileServer, sheet: Path, way: str) -> None:
    """Not even with --force, and under no other name."""
    before = sheet.read_bytes()
    output = {"name": "sheet.csv", "dotted": "./../work/sheet.csv"}.get(way, "other.csv")
    if way == "link":
        (connected.folder / output).symlink_to(sheet)
    elif way == "hard_link":
        os.link(sheet, connected.folder / output)

    ended = send(connected, "-o", output, "--force")

    assert_refused(ended, server, "input")
    assert before == sheet.read_bytes()


@pytest.mark.parametrize(
    "output",
    ["missing/out.csv", "sheet.csv/out.csv", "/proc/out.csv", ".", "out.pdf", "out", "out.xls"],
)
def test_output_that_cannot_be_written(connected: Machine, server: HostileServer, sheet: Path, output: str) -> None:
    """A missing or closed folder, a folder instead of a file, another format: exit 2 before the first request."""
    ended = send(connected, "-o", output)

    assert_refused(ended, server)
    assert {"sheet.csv"} == {path.name for path in connected.folder.iterdir()}


def test_result_on_standard_output(connected: Machine, sheet: Path) -> None:
    """CSV and nothing else; every word for the person goes to standard error."""
    ended = send(connected, "-o", "-")

    assert 0 == ended.exit_code, ended.stderr
    assert ended.stdout.startswith("user_id,message,hotline_row,")
    assert SHEET == [(int(row["user_id"]), row["message"]) for row in read_csv_text(ended.stdout)]
    assert ["sent"] * 5 == statuses(read_csv_text(ended.stdout))
    assert "5 of 5 delivered" in ended.stderr


def test_sheet_on_standard_input(connected: Machine, server: HostileServer) -> None:
    """CSV from a pipe, CSV to a pipe."""
    text = "user_id,message\n1001,Hello\n1002,\n"

    ended = connected.run("send", "-", "--yes", "-o", "-", *FAST, stdin=text)

    assert 1 == ended.exit_code, ended.stderr
    assert ["sent", "invalid"] == statuses(read_csv_text(ended.stdout))
    assert ["Hello"] == server.applied_for(1001)


def test_summary_for_machines(connected: Machine, server: HostileServer) -> None:
    """One JSON object with the agreed keys, whose counts add up to the rows; words go to standard error."""
    connected.write_sheet("sheet.csv", [*SHEET, SHEET[0], (777_000, "To Telegram itself")])
    server.fault_for(SHEET[1][0], named("error_500_applied"))
    server.fault_for(SHEET[2][0], named("error_in_200"))

    ended = send(connected, "-o", "out.xlsx", "--json")

    summary = ended.summary
    assert 3 == ended.exit_code == summary["exit_code"], ended.stderr
    assert summary.keys() >= SUMMARY_KEYS
    assert STATUSES == summary["counts"].keys()
    assert 7 == summary["rows"] == sum(summary["counts"].values())
    assert {"sent": 3, "failed": 1, "unknown": 1, "invalid": 1, "skipped": 1} == ended.counts
    assert "finished" == summary["state"]
    assert {
        "server_error": 1, "api_refused": 1, "user_id_is_reserved": 1, "duplicate_in_sheet": 1
    } == summary["codes"]  # fmt: skip
    assert str(connected.folder / "out.xlsx") == summary["result"]
    assert "500/s" == summary["rate"]
    assert "3 of 7 delivered" in ended.stderr


def test_json_and_sheet_do_not_share_standard_output(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """A reader of one would choke on the other, so it is refused before the first request."""
    ended = send(connected, "-o", "-", "--json")

    assert_refused(ended, server, "--json")


def test_last_lines_tell_what_to_do_next(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """Counts that add up, reasons with row numbers, commands ready to paste, and where the result is."""
    server.fault_for(SHEET[1][0], named("error_500_applied"))
    server.fault_for(SHEET[3][0], named("error_in_200"))

    ended = send(connected, "-o", "out.csv")

    run = connected.newest_run()
    assert 3 == ended.exit_code
    assert "sent 3 · failed 1 · unknown 1 · invalid 0 · skipped 0 · not attempted 0  = 5" in ended.stdout
    assert "1 x server_error, row 3." in ended.stdout
    assert "1 x api_refused, row 5." in ended.stdout
    assert f"hotline-batch resolve {run}" in ended.stdout
    assert f"hotline-batch retry {run}" in ended.stdout
    assert ended.stdout.endswith("out.csv\n")


def test_quiet_says_nothing_where_all_is_well(connected: Machine, sheet: Path) -> None:
    """Nothing on either stream."""
    ended = send(connected, "-o", "out.csv", "--quiet")

    assert (0, "", "") == (ended.exit_code, ended.stdout, ended.stderr)


def test_nobody_to_ask(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """Without a terminal and without --yes, nothing is sent and nothing is left behind."""
    ended = connected.run("send", "sheet.csv", "-o", "out.csv")

    assert_refused(ended, server, "--yes")
    assert not (connected.folder / "out.csv").exists()


def test_lookups_need_no_question(connected: Machine, server: HostileServer) -> None:
    """Nothing is changed by a lookup."""
    (connected.folder / "topics.csv").write_text("topic_link\nhttps://t.me/c/2101424779/5343\n")

    ended = connected.run("enrich", "topics.csv", "-o", "out.csv")

    assert 0 == ended.exit_code, ended.stderr
    assert "user_answered" == connected.read("out.csv")[0]["hotline_topic_status"]


@pytest.mark.parametrize("output", ["out.csv", "out.xlsx"])
def test_sheet_without_rows(connected: Machine, server: HostileServer, output: str) -> None:
    """A header alone is a sheet of no rows: exit 0, an empty result, no request."""
    connected.write_sheet("sheet.csv", [])

    ended = send(connected, "-o", output, "--json")

    assert 0 == ended.exit_code, ended.stderr
    assert 0 == ended.summary["rows"] == asked(server)
    assert [] == connected.read(output)


def test_dry_run_touches_nothing(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """As check: no request, no result sheet, no run in the ledger."""
    ended = connected.run("send", "sheet.csv", "--dry-run", "-o", "out.csv")

    assert 0 == ended.exit_code, ended.stderr
    assert "5 rows to send" in ended.stdout
    assert 0 == asked(server)
    assert {"sheet.csv"} == {path.name for path in connected.folder.iterdir()}
    assert "[]" == connected.run("runs", "list", "--json").stdout.strip()


def test_only_the_chosen_rows(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """--rows means the numbers that the spreadsheet program shows; the others come back as skipped."""
    ended = send(connected, "-o", "out.csv", "--rows", "3-4,6")

    assert 0 == ended.exit_code, ended.stderr
    rows = connected.read("out.csv")
    assert ["skipped", "sent", "sent", "skipped", "sent"] == statuses(rows)
    assert {"not_selected"} == {row["hotline_error_code"] for row in rows if row["hotline_status"] == "skipped"}
    assert 3 == asked(server)


def test_message_template_is_filled_in(connected: Machine, server: HostileServer) -> None:
    """{{ column }} comes from the row."""
    (connected.folder / "sheet.csv").write_text("user_id,Name\n1001,Ann\n1002,Bob\n")

    ended = send(connected, "-o", "out.csv", "-m", "Hello {{ Name }}!")

    assert 0 == ended.exit_code, ended.stderr
    assert [(1001, "Hello Ann!"), (1002, "Hello Bob!")] == sorted(
        (event.user_id, event.message) for event in server.applied
    )
    assert ["Hello Ann!", "Hello Bob!"] == [row["hotline_message"] for row in connected.read("out.csv")]


def test_formulas_come_back_as_texts(connected: Machine, server: HostileServer) -> None:
    """What customers and servers write never runs in a spreadsheet program, and the message itself is untouched."""
    connected.write_sheet("sheet.csv", [(1001, "=1+1"), (1002, "@SUM(A1)"), (1003, "plain")])
    server.fault_for(1003, named("evil_values"))

    ended = send(connected, "-o", "out.csv")

    assert 0 == ended.exit_code, ended.stderr
    assert ["=1+1"] == server.applied_for(1001)
    cells = [cell for row in connected.read("out.csv") for cell in row.values()]
    assert {"'=1+1", "'@SUM(A1)", "plain"} <= set(cells)
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "@", "\t"))]


def test_nobody_reads_along_any_more(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """Whoever read along has gone: every row is sent all the same, the sheet is whole, exit 1 for the lost summary."""
    sending = subprocess.Popen(
        [sys.executable, "-m", "hotline_batch", "send", "sheet.csv", "--yes", "--json", *FAST],
        cwd=connected.folder,
        env=connected.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert sending.stdout is not None
    sending.stdout.close()

    assert 1 == sending.wait(PATIENCE_SECONDS)
    assert ["sent"] * 5 == statuses(connected.read("sheet.results.csv"))
    assert 5 == asked(server)


def test_file_that_somebody_put_there_meanwhile_stays(connected: Machine, server: HostileServer, sheet: Path) -> None:
    """It is nobody's to replace without --force: the result appears beside it, and that is said."""
    server.fault_for(
        SHEET[0][0], Fault("puts_a_file", _put_a_file(connected.folder / "out.csv"), Verdict.SENT, Applied.YES)
    )

    ended = send(connected, "-o", "out.csv", "--json")

    assert 0 == ended.exit_code, ended.stderr
    assert "precious" == (connected.folder / "out.csv").read_text()
    assert str(connected.folder / "out (2).csv") == ended.summary["result"]
    assert ["sent"] * 5 == statuses(connected.read("out (2).csv"))


def test_run_that_goes_on_from_another_folder_keeps_to_its_own_files(connected: Machine, server: HostileServer) -> None:
    """A path given once is a place, not a name: what is called the same elsewhere stays."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(SHEET[2][0], named("error_in_200"))
    send(connected, "-o", "out.csv")
    first = connected.run("retry", connected.newest_run(), "--yes", "-o", "again.csv", *FAST)
    connected.folder = connected.folder / "elsewhere"
    connected.folder.mkdir()
    (connected.folder / "again.csv").write_text("precious")

    ended = connected.run("results", connected.newest_run(), "-o", "third.csv")
    again = connected.run("retry", connected.newest_run(), "--yes", "--json", *FAST)

    assert (0, 0, 0) == (first.exit_code, ended.exit_code, again.exit_code), again.stderr
    assert "precious" == (connected.folder / "again.csv").read_text()
    assert str(connected.folder.parent / "again.csv") == again.summary["result"]


def _put_a_file(path: Path) -> Callable[[Exchange], None]:
    def behave(exchange: Exchange) -> None:
        path.write_text("precious")
        exchange.answer(exchange.good_status, exchange.good_body())

    return behave


@pytest.mark.parametrize("by", ["option", "setting"])
def test_results_of_csv_sheets_are_workbooks_where_that_is_wanted(connected: Machine, by: str) -> None:
    """With the worksheet Problems, which no CSV has; a file that is named wins."""
    connected.write_sheet("sheet.csv", [(1_000_001, "Hello"), (0, "Nobody")])
    wanted = ("--result-format", "xlsx") if by == "option" else ()
    if by == "setting":
        (connected.folder / "hotline-batch.toml").write_text('result_format = "xlsx"\n')

    sent = connected.run("send", "sheet.csv", "--yes", *FAST, *wanted)
    named = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST, *wanted)

    assert (1, 1) == (sent.exit_code, named.exit_code), sent.stderr
    book = load_workbook(connected.folder / "sheet.results.xlsx")
    assert {"Results", "Summary", "Problems"} <= set(book.sheetnames)
    assert not (connected.folder / "sheet.results.csv").exists()
    assert (connected.folder / "out.csv").read_bytes().startswith("\ufeff".encode())
