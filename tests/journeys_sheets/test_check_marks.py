"""`check`: every problem in one pass, as tasks with counts, and as the person's own sheet with the bad cells marked."""

from __future__ import annotations

from openpyxl import Workbook, load_workbook

from tests.journeys_sheets.conftest import Desk

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
    assert 0 == desk.asked


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
