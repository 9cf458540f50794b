"""The command `template`: what comes with the program, a row filled in, blank sheets that can be used as they are."""

from __future__ import annotations

from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.datavalidation import DataValidation

from tests.journeys_sheets.conftest import Desk


def test_every_template_is_listed_with_the_columns_that_it_needs(desk: Desk) -> None:
    """One line each: the name, and what the sheet must have."""
    said = desk.run("template", "list")

    assert 0 == said.exit_code
    assert "status_update     Needs the columns: Name, Status" in said.stdout.splitlines()


def test_a_template_is_shown_as_it_is_written(desk: Desk) -> None:
    said = desk.run("template", "show", "status_update")

    assert 0 == said.exit_code
    assert said.stdout.endswith("Status of {{ Name }} is changed: {{ Status }}\n")


def test_a_misspelt_template_is_answered_with_the_nearest_name(desk: Desk) -> None:
    said = desk.run("template", "show", "status_updte")

    assert 2 == said.exit_code
    assert "Did you mean 'status_update'?" in said.stderr


def test_a_preview_is_the_message_of_that_row_and_nothing_is_asked(desk: Desk) -> None:
    """Row 3 as the spreadsheet program counts; standard output holds the message alone."""
    sheet = desk.file("people.csv", "user_id,Name,Status\n987600001,Anna,open\n987600002,Bob,closed\n")

    said = desk.run("template", "preview", "status_update", sheet, "--row", "3")

    assert (0, "Status of Bob is changed: closed\n") == (said.exit_code, said.stdout)
    assert 0 == desk.asked


def test_a_preview_of_a_row_that_is_not_there_names_the_last_one(desk: Desk) -> None:
    sheet = desk.file("people.csv", "user_id,Name,Status\n987600001,Anna,open\n")

    said = desk.run("template", "preview", "status_update", sheet, "--row", "9")

    assert 2 == said.exit_code
    assert "no row 9 with text; its last row is 2" in said.stderr


def test_a_blank_sheet_for_sending_is_accepted_as_it_was_filled_in(desk: Desk) -> None:
    """Nothing but the two cells of each row is typed; check finds both rows, and sending delivers them."""
    desk.run("template", "sheet", "send", "-o", "blank.xlsx")
    book = load_workbook(desk.folder / "blank.xlsx")
    sheet = book.active
    assert sheet is not None
    for row, (user, text) in enumerate([("987600001", "Hello, Anna"), ("987600002", "=1+1 is 2\nHello")], start=2):
        sheet.cell(row, 1, user)
        sheet.cell(row, 2, text).data_type = "s"
    book.save(desk.folder / "filled.xlsx")

    checked = desk.run("check", "filled.xlsx", "--for", "send", "--json")
    sent = desk.send("filled.xlsx")

    assert (0, 2, 2) == (checked.exit_code, checked.summary["rows"], checked.summary["usable"])
    assert 0 == sent.exit_code, sent.stderr
    assert [(987600001, "Hello, Anna"), (987600002, "=1+1 is 2\nHello")] == desk.applied


def test_a_blank_sheet_for_looking_up_is_accepted_as_it_was_filled_in(desk: Desk) -> None:
    desk.run("template", "sheet", "enrich", "-o", "blank.xlsx")
    book = load_workbook(desk.folder / "blank.xlsx")
    sheet = book.active
    assert sheet is not None
    sheet["A2"] = "https://t.me/c/2101424779/5343"
    book.save(desk.folder / "filled.xlsx")

    said = desk.run("enrich", "filled.xlsx", "-o", "out.csv", "--rate", "500/s")

    assert 0 == said.exit_code, said.stderr
    assert ["enriched"] == [row["hotline_status"] for row in desk.rows()]


def test_a_blank_sheet_guards_what_is_typed(desk: Desk) -> None:
    """Ids are text cells far down, a rule asks for digits, the message has its limit, the connection a list."""
    desk.run("template", "sheet", "send", "-o", "blank.xlsx")

    book = load_workbook(desk.folder / "blank.xlsx")

    sheet = book.worksheets[0]
    assert (sheet.title, "A2") == (book.active.title if book.active else "", sheet.freeze_panes)
    assert 2 == len(book.sheetnames)
    assert {"@"} == {sheet.cell(row, 1).number_format for row in (2, 1000, 2001)}
    assert "@" == sheet.column_dimensions["A"].number_format
    rules: dict[str, DataValidation] = {rule.type: rule for rule in sheet.data_validations.dataValidation}
    assert {"custom", "textLength", "list"} == set(rules)
    assert ("lessThanOrEqual", "4096") == (rules["textLength"].operator, rules["textLength"].formula1)
    assert '"default"' == rules["list"].formula1


def test_a_blank_sheet_never_replaces_a_file_by_itself(desk: Desk) -> None:
    desk.file("blank.xlsx", b"mine")

    said = desk.run("template", "sheet", "send", "-o", "blank.xlsx")

    assert 2 == said.exit_code
    assert b"mine" == (desk.folder / "blank.xlsx").read_bytes()


def test_columns_called_like_words_of_the_language_are_sent(desk: Desk) -> None:
    """The cell, and not the word; a minus is never read as part of a name."""
    desk.file("s.csv", "user_id,True,none,Total,Tax,Total Tax\n987600001,yes,nothing,9,2,11\n")

    sent = desk.send("s.csv", "-m", "{{ True }}, {{ none }}")
    refused = desk.send("s.csv", "-m", "{{ Total - Tax }}")

    assert 0 == sent.exit_code, sent.stderr
    assert 2 == refused.exit_code
    assert "{{ Amount|float }}" in refused.stderr
    assert [(987600001, "yes, nothing")] == desk.applied


def test_a_number_of_a_workbook_is_one_however_many_decimals_it_has(desk: Desk) -> None:
    """In a text, 10.005 could be ten thousand and five; a cell that holds a number says that it is not."""
    book = Workbook()
    sheet: Any = book.active
    for row in (["user_id", "Amount", "Typed"], [987600001, 10.005, "10.005"]):
        sheet.append(row)
    book.save(desk.folder / "s.xlsx")

    of_number = desk.send("s.xlsx", "-m", "{{ Amount|euro('en') }}, {{ Amount|number(3, 'en') }}, {{ Amount }}")
    seen = desk.run("template", "preview", "-m", "{{ Amount|euro('en') }}", "s.xlsx")
    of_text = desk.send("s.xlsx", "-m", "{{ Typed|euro('en') }}")

    assert (0, 1) == (of_number.exit_code, of_text.exit_code), of_number.stderr
    assert [(987600001, "€10.01, 10.005, 10.005")] == desk.applied
    assert "€10.01\n" == seen.stdout
    assert "cannot tell whether '10.005' has thousands or decimals" in of_text.stderr


def test_blanks_at_the_ends_of_lines_make_no_other_message(desk: Desk) -> None:
    """Editors take them away when somebody saves the template, and nobody sees that."""
    desk.file("s.csv", "user_id,Name\n987600001,Anna\n")
    desk.file("t.txt", "Dear {{ Name }}, \n \n  your order has come.\t\nBye\n")
    desk.send("s.csv", "-t", "t.txt")
    desk.file("t.txt", "Dear {{ Name }},\r\n\r\n  your order has come.\r\nBye")

    said = desk.send("s.csv", "-t", "t.txt")

    assert [(987600001, "Dear Anna, \n \n  your order has come.\t\nBye")] == desk.applied, said.stderr
    assert "already_sent" == desk.rows()[0]["hotline_error_code"]
