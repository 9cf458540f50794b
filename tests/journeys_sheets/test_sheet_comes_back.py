"""A workbook comes back with its result as it was: numbers, dates, links, formats, titles, widths, hidden columns."""

from __future__ import annotations

from typing import Any
from zipfile import ZipFile

import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tests.journeys_sheets.conftest import Desk
from tests.journeys_sheets.customers_sheet import (
    FIRST_USER,
    HEADER,
    HEADER_ROW,
    ROWS,
    differences,
    moment,
    write_customers,
)

FORMATS = ("General", "0", "0000", "#,##0.00", '#,##0.00 "€"', "0.0%", "0.00E+00", '"Nr. "0')
DATES = ("dd.mm.yyyy", "yyyy-mm-dd hh:mm", "mmmm yyyy", "h:mm AM/PM")
QUICK = ("--yes", "--rate", "5000/s", "-m", "Hallo")


@pytest.fixture
def result(desk: Desk) -> tuple[Any, Any]:
    """The customers' sheet, and what came back."""
    write_customers(desk.folder / "in.xlsx")
    said = desk.run("send", "in.xlsx", "--header-row", str(HEADER_ROW), *QUICK, "-o", "out.xlsx")
    assert said.exit_code == 0, said.stderr
    return load_workbook(desk.folder / "in.xlsx").active, load_workbook(desk.folder / "out.xlsx")["Results"]


def test_every_cell_of_the_user_comes_back_as_it_was(result: tuple[Any, Any]) -> None:
    """Amounts can be summed, dates filtered, links clicked; titles stand where they stood; 007 is seen as 007."""
    assert [] == differences(*result)


def test_widths_and_hidden_columns_come_back(result: tuple[Any, Any]) -> None:
    _, after = result

    assert after.column_dimensions["C"].width == 28.5
    assert [letter for letter, column in after.column_dimensions.items() if column.hidden] == ["I"]
    assert after.auto_filter.ref.startswith("A3:")


def test_status_and_link_follow_the_users_columns_and_titles_stay_on_top(result: tuple[Any, Any]) -> None:
    _, after = result
    names = [cell.value for cell in after[HEADER_ROW]]

    assert [*HEADER, "hotline_status", "hotline_topic_link"] == names[: len(HEADER) + 2]
    assert after.sheet_view.pane.ySplit == HEADER_ROW


def test_a_narrow_sheet_keeps_its_columns_and_the_status_in_view(desk: Desk) -> None:
    desk.file("s.csv", f"user_id,message\n{FIRST_USER},Hello\n")

    desk.run("send", "s.csv", "--yes", "--rate", "500/s", "-o", "out.xlsx")

    results: Any = load_workbook(desk.folder / "out.xlsx")["Results"]
    assert results.freeze_panes == "E2"


def test_ids_that_are_texts_get_no_green_triangles(desk: Desk, result: tuple[Any, Any]) -> None:
    with ZipFile(desk.folder / "out.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()

    assert '<ignoredErrors><ignoredError sqref="A1:' in xml
    assert xml.index("<hyperlinks>") < xml.index("<ignoredErrors>") < xml.index("</worksheet>")


def test_the_result_as_a_sheet_again_comes_back_once_more(desk: Desk, result: tuple[Any, Any]) -> None:
    """Its header is found below the titles without being told, nobody gets a message again, nothing of it is lost."""
    before, _ = result
    asked = desk.asked

    said = desk.run("send", "out.xlsx", *QUICK, "-o", "again.xlsx")

    assert (said.exit_code, desk.asked) == (0, asked), said.stderr
    again: Any = load_workbook(desk.folder / "again.xlsx")["Results"]
    assert [] == differences(before, again)
    assert [cell.value for cell in again[HEADER_ROW]] == [cell.value for cell in result[1][HEADER_ROW]]
    assert {again.cell(row, len(HEADER) + 1).value for row in range(4, 4 + ROWS)} == {"skipped"}


def test_columns_that_are_left_out_take_their_values_with_them(desk: Desk) -> None:
    """What follows a column that does not come back keeps its own type, format, width and link."""
    write_customers(desk.folder / "in.xlsx")

    desk.run("send", "in.xlsx", "--header-row", "3", *QUICK, "-o", "out.xlsx", "--leave-out", "Kdnr,intern")

    after: Any = load_workbook(desk.folder / "out.xlsx")["Results"]
    assert [cell.value for cell in after[HEADER_ROW]][:4] == ["Telegram-ID", "Name", "Betrag", "Datum"]
    assert after["B4"].value == "Müller & <Söhne> 0"
    assert (after["C5"].value, after["C5"].number_format) == (19.99, '#,##0.00 "€"')
    assert after["F4"].hyperlink.target == "https://example.org/r/0?a=1&b=2"
    assert (after["C1"].value, after.column_dimensions["B"].width) == (moment("2026-11-26"), 28.5)
    assert not [letter for letter, column in after.column_dimensions.items() if column.hidden]


def test_formulas_come_back_as_their_values_and_errors_as_errors(desk: Desk) -> None:
    """No cell of a result is ever a formula, and a number of more digits than a program keeps stays text."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["user_id", "message", "a", "b", "c"])
    sheet.append([FIRST_USER, "Hello", "=1+1", "#N/A", 12345678901234567890])
    sheet["D2"].data_type = "e"
    book.save(desk.folder / "in.xlsx")

    desk.run("send", "in.xlsx", "--yes", "--rate", "500/s", "-o", "out.xlsx")

    results: Any = load_workbook(desk.folder / "out.xlsx")["Results"]
    assert "f" not in {cell.data_type for row in results.iter_rows() for cell in row}
    assert ("#N/A", "e") == (results["D2"].value, results["D2"].data_type)
    assert results["E2"].data_type == "s"


def test_an_old_workbook_comes_back_in_the_new_format(desk: Desk) -> None:
    """The formats of an .xls are those of an .xlsx."""
    book = xlwt.Workbook()
    old = book.add_sheet("Kunden")
    for column, name in enumerate(("user_id", "message", "Betrag", "Tag")):
        old.write(0, column, name)
    old.write(1, 0, FIRST_USER)
    old.write(1, 1, "Hello")
    old.write(1, 2, 1234.5, xlwt.easyxf(num_format_str="#,##0.00"))
    old.write(1, 3, moment("2026-11-26"), xlwt.easyxf(num_format_str="dd.mm.yyyy"))
    old.col(3).hidden = True
    book.save(str(desk.folder / "in.xls"))

    desk.run("send", "in.xls", "--yes", "--rate", "500/s", "-o", "out.xlsx")

    results: Any = load_workbook(desk.folder / "out.xlsx")["Results"]
    assert [(cell.value, cell.number_format) for cell in results[2][:4]] == [
        (FIRST_USER, "General"),
        ("Hello", "@"),
        (1234.5, "#,##0.00"),
        (moment("2026-11-26"), "dd.mm.yyyy"),
    ]
    assert results.column_dimensions["D"].hidden


numbers = st.one_of(st.integers(-(10**14), 10**14), st.floats(-1e14, 1e14, allow_nan=False))
values = st.one_of(
    st.tuples(numbers, st.sampled_from(FORMATS)),
    st.tuples(st.datetimes(moment("1901-01-01"), moment("9000-01-01")), st.sampled_from(DATES)),
    st.tuples(st.booleans(), st.just("General")),
    st.tuples(st.text("abcxyz0123456789=+-@'äß –", min_size=1, max_size=12).filter(str.strip), st.just("@")),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(values, values, values), min_size=1, max_size=12))
def test_any_values_come_back(desk: Desk, rows: list[tuple[tuple[object, str], ...]]) -> None:
    """What one library reads from the input is what it reads from the result, in every column of the user."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["user_id", "one", "two", "three"])
    for number, row in enumerate(rows, 2):
        sheet.cell(number, 1, FIRST_USER + number)
        for column, (value, number_format) in enumerate(row, 2):
            cell = sheet.cell(number, column, value)
            cell.number_format = number_format
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(desk.folder / "in.xlsx")

    (desk.folder / "out.xlsx").unlink(missing_ok=True)

    said = desk.run("send", "in.xlsx", *QUICK, "-o", "out.xlsx")

    assert said.exit_code == 0, said.stderr
    results: Any = load_workbook(desk.folder / "out.xlsx")["Results"]
    assert [] == differences(load_workbook(desk.folder / "in.xlsx").active, results)


def test_a_result_that_is_too_wide_for_a_workbook_is_refused_before_anything_is_sent(desk: Desk) -> None:
    """With the columns that are added, and not after the last message."""
    names = ["user_id", "message", *(f"c{number}" for number in range(16_370))]
    desk.file("wide.csv", f"{','.join(names)}\n{FIRST_USER},Hello\n")

    said = desk.run("send", "wide.csv", "--yes", "--rate", "5000/s", "-o", "out.xlsx")

    assert (2, 0) == (said.exit_code, desk.asked)
    assert "16,384 columns, the result has 16,389" in said.stderr
