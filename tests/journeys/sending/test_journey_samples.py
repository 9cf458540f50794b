"""First steps of a newcomer: the sample sheets, on a machine without account and network."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from tests.support.processes.journey import FAST, SAMPLES, Machine, read_csv_text, read_sheet, statuses

FLAWS = {
    "phone number instead of an id": "user_id_is_a_phone_number",
    "no id": "user_id_missing",
    "digits lost by the spreadsheet program": "digits_lost",
    "no message": "message_blank",
    "same as the first row": "duplicate_in_sheet",
    "a chat, not a person": "user_id_is_negative",
    "a letter in the id": "user_id_not_a_number",
    "message of 4097 characters": "message_too_long",
    "zeros before the id": "user_id_leading_zeros",
    "nobody in the sandbox has this id": "api_refused",
    "message of blanks only": "message_blank",
    "two ids in one cell": "user_id_not_a_number",
    "an id of Telegram itself": "user_id_is_reserved",
    "a total line from the report": "user_id_not_a_number",
}


@pytest.mark.parametrize("output", ["out.xlsx", "out.csv"])
def test_sample_workbook_is_sent(machine: Machine, output: str) -> None:
    """Every row comes back once, in order, sent, with its link and its cells untouched."""
    before = read_sheet(SAMPLES / "status_updates.xlsx")

    ended = machine.run("send", SAMPLES / "status_updates.xlsx", "--sandbox", "--yes", "-o", output, *FAST)

    rows = machine.read(output)
    assert 0 == ended.exit_code, ended.stderr
    assert ["sent"] * len(before) == statuses(rows)
    assert before == [{column: row[column] for column in before[0]} for row in rows]
    assert [str(number) for number in range(2, len(before) + 2)] == [row["hotline_row"] for row in rows]
    assert all(row["hotline_topic_link"].startswith("https://t.me/c/") for row in rows)
    assert [row["message"] for row in rows] == [row["hotline_message"] for row in rows]


def test_result_workbook_opens_with_its_worksheets(machine: Machine) -> None:
    """Results, summary and problems; ids are text, links can be clicked, nothing is a formula."""
    machine.run("send", SAMPLES / "status_updates.xlsx", "--sandbox", "--yes", "-o", "out.xlsx", *FAST)

    workbook = load_workbook(machine.folder / "out.xlsx")

    assert ["Results", "Summary", "Problems"] == workbook.sheetnames[:3]
    sheet = workbook["Results"]
    columns = {cell.value: cell.column_letter for cell in sheet[1]}
    assert {"s"} == {cell.data_type for cell in sheet[columns["user_id"]][1:]}
    assert all(cell.hyperlink for cell in sheet[columns["hotline_topic_link"]][1:])
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert sheet.freeze_panes is not None
    assert sheet.auto_filter.ref


def test_german_sample_is_sent(machine: Machine) -> None:
    """Semicolons and a German header need no option; the result is a CSV file in the sheet's dialect."""
    sheet = SAMPLES / "status_updates.csv"

    ended = machine.run("send", sheet, "--sandbox", "--yes", "-o", "out.csv", *FAST)

    text = (machine.folder / "out.csv").read_text("utf-8-sig")
    assert 0 == ended.exit_code, ended.stderr
    assert text.startswith("Kunden-ID;Name;Status;Nachricht;hotline_row;")
    assert ["sent"] * 25 == statuses(read_csv_text(text, ";"))


@pytest.mark.parametrize("name", ["topic_links.csv", "topic_links.xlsx"])
def test_sample_topics_are_looked_up(machine: Machine, name: str) -> None:
    """Links of every shape are understood; each title is the one that the sheet promised."""
    ended = machine.run("enrich", SAMPLES / name, "--sandbox", "-o", name, *FAST)

    rows = machine.read(name)
    assert 0 == ended.exit_code, ended.stderr
    assert ["enriched"] * 20 == statuses(rows)
    assert [row["Title"] for row in rows] == [row["hotline_topic_title"] for row in rows]
    assert all(row["hotline_topic_status"] for row in rows)


def test_each_flaw_of_the_messy_sheet_is_named(machine: Machine) -> None:
    """Exit 1: good rows are sent, every flaw has its code and an advice, and no row is lost."""
    ended = machine.run("send", SAMPLES / "messy_upload.csv", "--sandbox", "--yes", "-o", "out.csv", "--json", *FAST)

    rows = machine.read("out.csv")
    assert 1 == ended.exit_code, ended.stderr
    assert {"sent": 8, "failed": 1, "invalid": 13, "skipped": 1} == ended.counts
    assert 23 == len(rows) == ended.summary["rows"]
    assert FLAWS == {row["Note"]: row["hotline_error_code"] for row in rows if row["Note"] in FLAWS}
    assert {"sent"} == {row["hotline_status"] for row in rows if row["Note"].startswith("good")}
    assert all(row["hotline_advice"] for row in rows if row["hotline_error_code"])
    assert ["too_many_cells"] == [row["hotline_error_code"] for row in rows if row["hotline_row"] == "12"]


def test_check_finds_the_same_flaws_without_a_request(machine: Machine) -> None:
    """Exit 1; every unusable row with its column, what stands there and what to do."""
    ended = machine.run("check", SAMPLES / "messy_upload.csv", "--for", "send", "--sandbox", "--json")

    problems = ended.summary["problems"]
    assert 1 == ended.exit_code, ended.stderr
    assert (23, 9) == (ended.summary["rows"], ended.summary["usable"])
    assert {"user_id": "user_id", "message": "message"} == ended.summary["mapping"]
    assert [4, 5, 6, 7, 12, 13, 14, 15, 18, 20, 21, 22, 25] == [problem["row"] for problem in problems]
    assert all({"row", "column", "code", "shown", "message", "advice"} <= problem.keys() for problem in problems)
    assert not list(machine.folder.iterdir())


def test_result_sheet_serves_as_a_sheet_again(machine: Machine) -> None:
    """Its hotline_ columns are refreshed in place, not added a second time."""
    machine.run("enrich", SAMPLES / "topic_links.csv", "--sandbox", "-o", "once.csv", *FAST)

    ended = machine.run("enrich", "once.csv", "--sandbox", "-o", "twice.csv", *FAST)

    assert 0 == ended.exit_code, ended.stderr
    once, twice = machine.read("once.csv"), machine.read("twice.csv")
    assert list(once[0]) == list(twice[0])
    assert ["enriched"] * 20 == statuses(twice)


def test_results_are_written_again_from_the_ledger(machine: Machine) -> None:
    """The same rows, also on standard output, long after the sheet is gone."""
    machine.run("send", SAMPLES / "status_updates.xlsx", "--sandbox", "--yes", "-o", "first.csv", *FAST)
    first = machine.read("first.csv")
    (machine.folder / "first.csv").unlink()

    ended = machine.run("results", machine.newest_run(), "-o", "-")

    assert 0 == ended.exit_code, ended.stderr
    assert first == read_csv_text(ended.stdout)
