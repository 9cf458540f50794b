"""`check`: every problem in one pass, as tasks with counts, and as the person's own sheet with the bad cells marked."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.journeys_sheets.conftest import Desk
from tests.journeys_sheets.customers_sheet import HEADER_ROW, ROWS, differences, write_customers

MESSY = "user_id;Name;message\n12a4;A;Hello\n;B;Hello\n\n+4915112345678;C;Hello\n987600004;D;{long}\n987600005;E;=1+1\n"


def messy(desk: Desk) -> str:
    return str(desk.file("messy.csv", MESSY.format(long="x" * 4097)))


def test_problems_are_told_as_tasks_with_counts(desk: Desk) -> None:
    """What to do and how often, then row by row; what cannot be known without the service is said."""
    said = desk.run("check", messy(desk), "--for", "send")

    lines = said.stdout.splitlines()
    assert 1 == said.exit_code
    assert "To do: fix 2 user ids (rows 2, 5)" in lines
    assert "To do: fill in 1 user id (row 3)" in lines
    assert "To do: shorten 1 message (row 6)" in lines
    assert any(line.startswith("Not known before the service is asked:") for line in lines)
    assert 0 == desk.asked


def test_the_tasks_are_in_the_json_summary(desk: Desk) -> None:
    said = desk.run("check", messy(desk), "--for", "send", "--json")

    assert {"task": "shorten 1 message", "count": 1, "rows": [6]} in said.summary["tasks"]


def test_bad_cells_of_a_csv_are_marked_in_a_workbook(desk: Desk) -> None:
    """Same rows, same numbers, every cell text; each bad cell is filled and has a note with the cure."""
    desk.run("check", messy(desk), "--for", "send", "-o", "marked.xlsx")

    sheet = load_workbook(desk.folder / "marked.xlsx").worksheets[0]
    noted = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    filled = {cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in row if cell.fill.fill_type == "solid"}
    assert {"A2", "A3", "A5", "C6"} == set(noted) == filled
    assert "digits only" in noted["A2"]
    assert "Shorten the text" in noted["C6"]
    assert ("user_id", "Name", "message") == tuple(cell.value for cell in sheet[1])
    assert ("987600005", "E", "=1+1") == tuple(cell.value for cell in sheet[7])
    assert "s" == sheet["C7"].data_type


def test_what_is_said_of_the_marked_sheet_is_in_the_language_of_its_reader(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_BATCH_LANGUAGE", "de")

    desk.run("check", messy(desk), "--for", "send", "-o", "marked.xlsx")

    said = [str(cell.value) for sheet in load_workbook(desk.folder / "marked.xlsx") for row in sheet for cell in row]
    assert "Jede farbige Zelle hat eine Notiz, die sagt, was falsch ist und was zu tun ist." in said


def test_rows_of_the_tasks_are_told_alike_on_the_terminal_and_in_the_marked_sheet(desk: Desk) -> None:
    """One row in the singular, also where two of its cells are bad; a list that is cut short says so."""
    book = Workbook()
    sheet = book.worksheets[0]
    for line in (["user_id", "A", "B"], [987600001, "#N/A", "#N/A"], *[["x", "a", "b"]] * 6):
        sheet.append(line)
    for at in ("B2", "C2"):
        sheet[at].data_type = "e"
    book.save(desk.folder / "s.xlsx")

    said = desk.run("check", "s.xlsx", "--for", "send", "-m", "{{ A }}{{ B }}", "-o", "marked.xlsx")

    tasks = [
        "To do: fix 6 user ids (rows 3, 4, 5, 6, 7, …)",
        "To do: repair the formulas of 2 cells (row 2)",
    ]
    book = load_workbook(desk.folder / "marked.xlsx")
    assert tasks == [line for line in said.stdout.splitlines() if line.startswith("To do")]
    assert tasks == [
        line for (line,) in book["What to do"].iter_rows(values_only=True) if str(line).startswith("To do")
    ]


def test_a_mended_marked_sheet_is_sent_as_it_is(desk: Desk) -> None:
    """The worksheet keeps its name and place, and a title row above the header keeps its room."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Kunden"
    for row in (["Our customers"], [], ["Kunden-ID", "Nachricht"], ["98760000l", "Hello"], ["987600002", "Hello, Bob"]):
        sheet.append(row)
    book.save(desk.folder / "customers.xlsx")
    desk.run("check", "customers.xlsx", "--for", "send", "--header-row", "3", "-o", "marked.xlsx")
    book = load_workbook(desk.folder / "marked.xlsx")
    book["Kunden"]["A4"] = "987600001"
    book.save(desk.folder / "mended.xlsx")

    said = desk.send("mended.xlsx")

    assert 0 == said.exit_code, said.stderr
    assert [(987600001, "Hello"), (987600002, "Hello, Bob")] == desk.applied


def marked_customers(desk: Desk, **changed: object) -> tuple[Any, Any]:
    """The customers' sheet with some cells changed, and the same once it was checked and marked."""
    write_customers(desk.folder / "customers.xlsx")
    book = load_workbook(desk.folder / "customers.xlsx")
    before: Any = book.active
    for name, value in changed.items():
        before[name] = value
    book.save(desk.folder / "customers.xlsx")
    check = ("check", "customers.xlsx", "--for", "send", "-m", "Hallo", "--header-row", str(HEADER_ROW))
    said = desk.run(*check, "-o", "marked.xlsx")
    assert 1 == said.exit_code, said.stderr
    return before, load_workbook(desk.folder / "marked.xlsx").worksheets[0]


def test_all_but_the_marked_cells_looks_as_it_did(desk: Desk) -> None:
    """Amounts can be summed, dates filtered, links clicked; titles, widths and hidden columns come back."""
    before, marked = marked_customers(desk, A5="98760000l", A7=1.5)

    assert ["A7"] == [name for name, *_ in differences(before, marked)]
    assert "98760000l" == marked["A5"].value
    assert 28.5 == marked.column_dimensions["C"].width
    assert ["I"] == [letter for letter, column in marked.column_dimensions.items() if column.hidden]
    assert marked.auto_filter.ref.startswith(f"A{HEADER_ROW}:")


def test_a_marked_sheet_below_a_title_is_sent_as_it_is(desk: Desk) -> None:
    """Nobody has to say again where its header stands, also after rows were inserted above it."""
    marked_customers(desk, A5="98760000l")
    book = load_workbook(desk.folder / "marked.xlsx")
    book.worksheets[0]["A5"] = "987600001"
    book.save(desk.folder / "mended.xlsx")

    said = desk.send("mended.xlsx", "-m", "Hallo")

    assert 0 == said.exit_code, said.stderr
    assert ROWS == desk.asked


def test_a_hidden_column_is_shown_where_its_cells_are_to_be_mended(desk: Desk) -> None:
    book = Workbook()
    sheet: Any = book.active
    for row in (["user_id", "message", "internal"], ["98760000l", "Hello", "x"]):
        sheet.append(row)
    for letter in "AC":
        sheet.column_dimensions[letter].hidden = True
    book.save(desk.folder / "hidden.xlsx")

    desk.run("check", "hidden.xlsx", "--for", "send", "-o", "marked.xlsx")

    marked = load_workbook(desk.folder / "marked.xlsx").worksheets[0]
    assert ["C"] == [letter for letter, column in marked.column_dimensions.items() if column.hidden]


@pytest.mark.parametrize("name", ["It's K! (1)", "x" * 31, "What to do"])
def test_a_worksheet_of_any_name_is_marked_and_found_again(desk: Desk, name: str) -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet.title = name
    for row in (["Our customers"], ["user_id", "message"], ["987600001", "Hello"], ["98760000l", "Hello"]):
        sheet.append(row)
    book.save(desk.folder / "named.xlsx")

    desk.run("check", "named.xlsx", "--for", "send", "--header-row", "2", "-o", "marked.xlsx")
    said = desk.send("marked.xlsx")

    assert 1 == said.exit_code, said.stderr
    assert [(987600001, "Hello")] == desk.applied


def test_a_headerless_sheet_is_marked(desk: Desk) -> None:
    desk.file("bare.csv", "987600001,Hello\n987600002,Hello\n987600003,\n")

    desk.run("check", "bare.csv", "--for", "send", "--header-row", "0", "-o", "marked.xlsx")

    marked = load_workbook(desk.folder / "marked.xlsx").worksheets[0]
    assert ["987600001", "987600002", "987600003"] == [cell.value for cell in marked["A"]]
    assert marked["B3"].comment


def test_a_hidden_row_that_is_left_out_stays_hidden_in_the_marked_sheet(desk: Desk) -> None:
    """Else whoever sends the mended sheet would write to people who were left out, without a question."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["user_id", "message"], ["98760000l", "Hello"], ["987600002", "Not to be sent"]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    book.save(desk.folder / "hidden.xlsx")

    desk.run("check", "hidden.xlsx", "--for", "send", "--hidden-rows", "skip", "-o", "marked.xlsx")
    sent = desk.run("send", "marked.xlsx", "--yes", "-o", "out.xlsx")

    marked = load_workbook(desk.folder / "marked.xlsx").worksheets[0]
    assert [3] == [number for number, row in marked.row_dimensions.items() if row.hidden]
    assert "Not to be sent" == marked["B3"].value
    assert 2 == sent.exit_code
    assert "1 row is hidden or filtered out" in sent.stderr
    assert "what is to happen with it: --hidden-rows skip leaves it out" in sent.stderr
    assert 0 == desk.asked


def test_what_a_sheet_without_a_header_is_for_is_seen_from_its_cells(desk: Desk) -> None:
    desk.file("links.csv", "https://t.me/c/2101424779/5343\nhttps://t.me/c/2101424779/5344\n")

    said = desk.run("check", "links.csv", "--header-row", "0", "--json")

    assert ("enrich", 2) == (said.summary["for"], said.summary["usable"]), said.stderr


def test_a_sheet_that_cannot_be_read_is_told_first_and_leaves_no_marked_sheet(desk: Desk) -> None:
    sheet = desk.file("broken.csv", 'user_id,message\n987600001,"Hello\n')

    said = desk.run("check", sheet, "--for", "send", "-o", "marked.xlsx")

    assert 2 == said.exit_code
    assert "opens on line 2" in said.stderr
    assert not (desk.folder / "marked.xlsx").exists()


def test_the_sheet_itself_is_never_overwritten(desk: Desk) -> None:
    desk.run("template", "sheet", "send", "-o", "mine.xlsx")

    said = desk.run("check", "mine.xlsx", "--for", "send", "-o", "mine.xlsx", "--force")

    assert 2 == said.exit_code
    assert "never overwritten" in said.stderr
