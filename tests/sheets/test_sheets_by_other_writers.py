"""Old and open formats as other libraries write them: what was written is read, the rows that they see come back."""

from __future__ import annotations

import datetime as dt
import struct
import tracemalloc
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import odf.number
import odf.opendocument
import odf.style
import odf.table
import odf.text
import pytest
import xlrd
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_formats import biff, biff_stream, xls_of_stream
from sheet_rows import without_number_remarks

from hotline_batch.errors import SheetError
from hotline_batch.model.sheets import CellKind, Remark, Row
from hotline_batch.run_options import Reading
from hotline_batch.sheets.source import open_sheet

_QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
_DATE_STYLE = xlwt.easyxf(num_format_str="dd.mm.yyyy")
_AMOUNT_STYLE = xlwt.easyxf(num_format_str="#,##0.00")
_DAYS = (dt.date(2025, 10, 9) - dt.date(1899, 12, 30)).days


def codes(row: Row) -> list[tuple[int, str]]:
    return [(remark.column, remark.code) for remark in row.remarks]


@pytest.fixture
def write_xls(tmp_path: Path):
    """Writes what a function puts on a worksheet of xlwt."""

    def write(fill: Any, name: str = "a.xls", **more: Any) -> Path:
        book = xlwt.Workbook(**more)
        sheet = book.add_sheet("Data")
        fill(sheet)
        book.save(str(tmp_path / name))
        return tmp_path / name

    return write


def test_every_kind_of_cell_of_an_old_workbook(write_xls, read):
    """Texts in any script, rich ones, numbers in three spellings, dates, truths, errors."""

    def fill(sheet: Any) -> None:
        cells = [
            "Grüße, Привет, 你好 👍",
            987654321,
            5339212345,
            0.19,
            True,
            (dt.date(2025, 10, 9), _DATE_STYLE),
            (1234.5, _AMOUNT_STYLE),
            "x" * 20_000,
        ]
        sheet.write(0, 0, "user_id")
        sheet.write(0, 1, "message")
        for row, cell in enumerate(cells, 1):
            sheet.write(row, 0, 700000101)
            sheet.write(row, 1, *(cell if isinstance(cell, tuple) else (cell,)))
        sheet.write_rich_text(len(cells) + 1, 1, [("Rich ", xlwt.easyfont("bold true")), "text"])
        sheet.row(len(cells) + 2).set_cell_error(1, 0x2A)

    rows = read(write_xls(fill))

    texts = ["Grüße, Привет, 你好 👍", "987654321", "5339212345", "0.19", "TRUE", "2025-10-09", "1234.5", "x" * 20_000]
    assert [*texts, "Rich text", "#N/A"] == [row.cells[1] for row in rows]
    assert [[], [], [], [], [(1, "boolean")], [(1, "date")], [(1, "number_format")], [], [], [(1, "error_value")]] == [
        codes(row) for row in rows
    ]


def test_what_each_cell_is_comes_with_its_format(write_xls, opened):
    """So that a result can give it back."""

    def fill(sheet: Any) -> None:
        for column, name in enumerate(("user_id", "Datum", "Betrag")):
            sheet.write(0, column, name)
        sheet.write(1, 0, 700000101)
        sheet.write(1, 1, dt.date(2025, 10, 9), _DATE_STYLE)
        sheet.write(1, 2, 1234.5, _AMOUNT_STYLE)
        sheet.col(2).width = 20 * 256
        sheet.col(0).hidden = True

    sheet = opened(write_xls(fill))
    (row,) = sheet.rows()

    assert [
        (0, CellKind.NUMBER, 700000101, ""),
        (1, CellKind.DATE, _DAYS, "dd.mm.yyyy"),
        (2, CellKind.NUMBER, 1234.5, "#,##0.00"),
    ] == [cell[:4] for cell in row.typed]
    looks = {look.column: look for look in sheet.sheet.look.columns}
    assert (20.0, True) == (looks[2].width, looks[0].is_hidden)


def test_days_that_are_counted_from_1904(tmp_path, read):
    """As old programs of the Macintosh do; a duration or a time of day begins nowhere."""
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("Data")
    sheet.write(0, 0, "m")
    for row, (value, code) in enumerate([(_DAYS - 1462, "dd.mm.yyyy"), (10.5, "[h]:mm:ss"), (0.5, "hh:mm")], 1):
        sheet.write(row, 0, value, xlwt.easyxf(num_format_str=code))
    book.save(str(tmp_path / "a.xls"))

    assert ["2025-10-09", "252:00:00", "12:00:00"] == [row.cells[0] for row in read(tmp_path / "a.xls")]


def test_formulas_of_an_old_workbook_without_values_come_back(write_xls, read):
    """xlwt computes nothing, so it stores nothing; such a row must not vanish."""

    def fill(sheet: Any) -> None:
        sheet.write(0, 0, "topic_link")
        sheet.write(1, 0, xlwt.Formula("1+1"))
        sheet.write(2, 0, xlwt.Formula('HYPERLINK("https://t.me/c/1/2";"Open")'))

    assert [
        Row(2, ("",), (Remark(0, "formula_without_value"),)),
        Row(3, ("",), (Remark(0, "formula_without_value"), Remark(0, "link_target", "https://t.me/c/1/2"))),
    ] == read(write_xls(fill))


def test_hidden_rows_and_merged_cells_of_an_old_workbook(write_xls, opened):
    def fill(sheet: Any) -> None:
        sheet.write(0, 0, "user_id")
        sheet.write(0, 1, "message")
        for row in range(1, 5):
            sheet.write(row, 0, row)
        sheet.write_merge(1, 2, 1, 1, "both")
        sheet.row(3).hidden = True
        sheet.row(4).height_mismatch = True
        sheet.row(4).height = 0

    sheet = opened(write_xls(fill))

    assert 2 == sheet.hidden_rows
    assert [[], [(1, "merged")], [(-1, "hidden_row")], [(-1, "hidden_row")]] == [
        codes(row) for row in without_number_remarks(sheet.rows())
    ]


def _formula(row: int, column: int, value: bytes, tokens: bytes = b"\x1e\x01\x00") -> bytes:
    return biff(0x06, struct.pack("<HHH", row, column, 0) + value + bytes(6) + struct.pack("<H", len(tokens)) + tokens)


_HEADER = biff(0x204, struct.pack("<HHHHB", 0, 0, 0, 7, 0) + b"user_id")
_TEXT_VALUE, _NO_VALUE = b"\0\0\0\0\0\0\xff\xff", b"\x03\0\0\0\0\0\xff\xff"


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([_formula(1, 0, struct.pack("<d", 2.0))], ("2", [(0, "formula")])),
        ([_formula(1, 0, b"\x01\0\x01\0\0\0\xff\xff")], ("TRUE", [(0, "formula"), (0, "boolean")])),
        ([_formula(1, 0, b"\x02\0\x2a\0\0\0\xff\xff")], ("#N/A", [(0, "error_value")])),
        ([_formula(1, 0, _TEXT_VALUE), biff(0x207, b"\x02\0\0Hi")], ("Hi", [(0, "formula")])),
        # A text that goes on in the next record, there in wide letters.
        (
            [_formula(1, 0, _TEXT_VALUE), biff(0x207, b"\x04\0\0Hi"), biff(0x3C, b"\x01\x16\x04\x17\x04")],
            ("HiЖЗ", [(0, "formula")]),
        ),
        # A shared formula stands between the two.
        ([_formula(1, 0, _TEXT_VALUE), biff(0x4BC, bytes(10)), biff(0x207, b"\x02\0\0Hi")], ("Hi", [(0, "formula")])),
        ([_formula(1, 0, _TEXT_VALUE)], ("", [(0, "formula_without_value")])),
        ([_formula(1, 0, _NO_VALUE)], ("", [(0, "formula_without_value")])),
    ],
)
def test_stored_values_of_formulas(write_csv, read, records, expected):
    (row,) = read(write_csv(xls_of_stream(biff_stream({"Data": _HEADER + b"".join(records)})), "a.xls"))

    assert expected == (row.cells[0], codes(row))


def test_an_empty_text_that_a_program_computed_is_one(write_csv, read):
    """Prefilled rows whose formulas give "" are blank where Excel computed them."""
    stream = biff_stream({"Data": _HEADER + _formula(1, 0, _NO_VALUE)}, about=biff(0x1C1, bytes(8)))

    assert [] == read(write_csv(xls_of_stream(stream), "a.xls"))


def test_an_empty_text_beside_a_stored_result_is_one(write_csv, read):
    """Excel 97 and 2000 do not say that they computed; the results that they stored do."""
    computed = _formula(1, 0, struct.pack("<d", 2.0))
    stream = biff_stream({"Data": _HEADER + computed + _formula(2, 0, _NO_VALUE)})

    assert [2] == [row.number for row in read(write_csv(xls_of_stream(stream), "a.xls"))]


_EMOJI = "a👍b".encode("utf-16-le")


def test_a_character_that_is_divided_between_records_is_whole(write_csv, read):
    """Half of an emoji stands at the end of a record, the other half goes on in the next."""
    text = biff(0x00FC, struct.pack("<IIHB", 1, 1, 4, 1) + _EMOJI[:4]) + biff(0x3C, b"\1" + _EMOJI[4:])
    cell = biff(0x00FD, struct.pack("<HHHI", 1, 0, 0, 0))
    result = biff(0x207, struct.pack("<HB", 4, 1) + _EMOJI[:4]) + biff(0x3C, b"\1" + _EMOJI[4:])
    stream = biff_stream({"Data": _HEADER + cell + _formula(2, 0, _TEXT_VALUE) + result}, about=text)

    assert ["a👍b", "a👍b"] == [row.cells[0] for row in read(write_csv(xls_of_stream(stream), "a.xls"))]


def test_cells_in_any_order_and_twice(write_csv, read):
    """Some programs write column by column; of two records for one cell the later one counts."""
    cells = b"".join(
        biff(0x204, struct.pack("<HHHHB", row, column, 0, 1, 0) + text)
        for row, column, text in [(2, 0, b"c"), (1, 0, b"a"), (2, 1, b"d"), (1, 1, b"x"), (1, 1, b"b")]
    )
    header = _HEADER + biff(0x204, struct.pack("<HHHHB", 0, 1, 0, 1, 0) + b"m")

    rows = read(write_csv(xls_of_stream(biff_stream({"Data": header + cells})), "a.xls"))

    assert [Row(2, ("a", "b")), Row(3, ("c", "d"))] == rows


def _link(address: str, *, kind: str) -> bytes:
    wide = (address + "\0").encode("utf-16-le")
    guid = bytes.fromhex("d0c9ea79f9bace118c8200aa004ba90b")
    if kind == "url":
        url = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
        inside = struct.pack("<II", 2, 0x17) + struct.pack("<I", 3) + "ab\0".encode("utf-16-le")
        inside += url + struct.pack("<I", len(wide)) + wide
    elif kind == "place":
        inside = struct.pack("<II", 2, 0x08) + struct.pack("<I", len(address) + 1) + wide
    else:
        inside = struct.pack("<II", 2, 0x101) + struct.pack("<I", len(address) + 1) + wide
    return biff(0x1B8, struct.pack("<HHHH", 1, 1, 0, 0) + guid + inside)


@pytest.mark.parametrize(("kind", "expected"), [("url", "https://t.me/c/1/2"), ("text", "https://t.me/c/1/2")])
def test_links_behind_cells_of_an_old_workbook(write_csv, read, kind, expected):
    text = biff(0x204, struct.pack("<HHHHB", 1, 0, 0, 5, 0) + b"Topic")
    stream = biff_stream({"Data": _HEADER + text + _link("https://t.me/c/1/2", kind=kind) + biff(0x1B8, bytes(40))})

    assert [Row(2, ("Topic",), (Remark(0, "link_target", expected),))] == read(
        write_csv(xls_of_stream(stream), "a.xls")
    )


@pytest.mark.parametrize(
    ("code_page", "text", "expected"),
    [
        (1252, "Grüße".encode("cp1252"), "Grüße"),
        (1251, "Привет".encode("cp1251"), "Привет"),
        (10000, b"Gr\x9f\xa7e", "Grüße"),
    ],
)
def test_texts_of_excel_95_are_in_the_code_page_of_the_file(write_csv, read, code_page, text, expected):
    cells = biff(0x204, struct.pack("<HHHH", 0, 0, 0, 1) + b"m")
    cells += biff(0x204, struct.pack("<HHHH", 1, 0, 0, len(text)) + text)
    stream = biff_stream({"Data": cells}, version=0x500, about=biff(0x42, struct.pack("<H", code_page)))

    assert [Row(2, (expected,))] == read(write_csv(xls_of_stream(stream), "a.xls"))


def test_texts_of_excel_95_without_a_code_page_are_never_guessed(write_csv, opened):
    cells = biff(0x204, struct.pack("<HHHH", 0, 0, 0, 5) + b"Gr\xfc\xdfe")

    with pytest.raises(SheetError, match="does not say in which encoding"):
        opened(write_csv(xls_of_stream(biff_stream({"Data": cells}, version=0x500)), "a.xls"))


def test_a_bare_worksheet_is_read(write_csv, read):
    """As web shops write it: no container, no workbook around it."""
    cells = biff(0x204, struct.pack("<HHHH", 0, 0, 0, 1) + b"m") + biff(0x203, struct.pack("<HHHd", 1, 0, 0, 5.0))

    assert [Row(2, ("5",))] == read(
        write_csv(biff(0x809, struct.pack("<HHHH", 0, 0x10, 0, 0)) + cells + biff(0x0A, b""))
    )


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (biff_stream({"Data": _HEADER}, about=biff(0x2F, bytes(4))), "password-protected"),
        (biff_stream({"Data": _HEADER})[:-4], "damaged"),
        (biff_stream({"Data": _HEADER, "data": _HEADER}).replace(b"d\0a\0t\0a", b"D\0a\0t\0a"), "the same name"),
    ],
)
def test_old_workbooks_that_cannot_be_read_are_refused(write_csv, opened, stream, why):
    with pytest.raises(SheetError, match=why):
        opened(write_csv(xls_of_stream(stream), "a.xls"))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("WordDocument", "a Word document"),
        ("__properties_version1.0", "an Outlook message"),
        ("PowerPoint Document", "a presentation"),
        ("EncryptedPackage", "password-protected"),
        ("\x09DRMContent", "rights management"),
        ("Anything", "a document of another program"),
    ],
)
def test_containers_of_other_programs_are_called_what_they_are(write_csv, opened, name, what):
    with pytest.raises(SheetError, match=what):
        opened(write_csv(xls_of_stream(bytes(5000), name), "a.xls"))


_CELLS = st.none() | st.sampled_from(["a", "Grüße", "😀", " ", ""]) | st.integers(0, 10**9) | st.floats(-1e6, 1e6)
_GRIDS = st.lists(st.lists(_CELLS, max_size=6), max_size=12)


@_QUICK
@given(_GRIDS, st.sets(st.integers(1, 12)))
def test_the_rows_that_xlrd_sees_come_back(tmp_path, grid, hidden):
    path = tmp_path / "a.xls"
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    _fill(sheet, grid)
    for row in hidden:
        sheet.row(row).hidden = True
    book.save(str(path))

    seen = xlrd.open_workbook(str(path), formatting_info=True).sheet_by_index(0)
    expected = {
        number + 1: [cell.value for cell in seen.row(number)]
        for number in range(1, seen.nrows)
        if any(str(cell.value).strip() for cell in seen.row(number))
    }

    rows = _rows_of(path)
    assert list(expected) == [row.number for row in rows]
    assert all(_is_alike(expected[row.number], row.cells) for row in rows)
    assert {row.number - 1 for row in rows} & hidden == {
        row.number - 1 for row in rows if (-1, "hidden_row") in codes(row)
    }


def _fill(sheet: Any, grid: Sequence[Sequence[Any]]) -> None:
    for column in range(6):
        sheet.write(0, column, f"c{column}")
    for row, cells in enumerate(grid, 1):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, column, cell)


def _rows_of(path: Path) -> list[Row]:
    with open_sheet(path, Reading(worksheet="Data")) as sheet:
        return list(sheet.rows())


def _is_alike(seen: Sequence[Any], read: Sequence[str]) -> bool:
    return all(
        cell == text if isinstance(cell, str) else float(text) == pytest.approx(cell, rel=1e-12)
        for cell, text in zip(seen, read, strict=False)
    )


@_QUICK
@given(_GRIDS, st.lists(st.integers(1, 4), min_size=12, max_size=12))
def test_the_rows_that_were_written_to_an_opendocument_come_back(tmp_path, grid, repeats):
    """Rows and cells that repeat are as many as they say."""
    path = tmp_path / "a.ods"
    document = odf.opendocument.OpenDocumentSpreadsheet()
    table = odf.table.Table(name="Data")
    table.addElement(_ods_row([f"c{column}" for column in range(6)]))
    expected: dict[int, list[Any]] = {}
    number = 2
    for cells, times in zip(grid, repeats, strict=False):
        table.addElement(_ods_row(cells, numberrowsrepeated=times))
        if any(cell is not None and str(cell).strip() for cell in cells):
            expected |= {number + step: cells for step in range(times)}
        number += times
    document.spreadsheet.addElement(table)
    document.save(str(path))

    rows = _rows_of(path)
    assert list(expected) == [row.number for row in rows]
    assert all(
        _is_alike(["" if cell is None else cell for cell in expected[row.number] if cell != " "], row.cells)
        for row in rows
        if " " not in expected[row.number] and None not in expected[row.number]
    )


def _ods_row(cells: Sequence[Any], **attributes: Any) -> Any:
    row = odf.table.TableRow(**attributes)
    for cell in cells:
        if cell is None:
            row.addElement(odf.table.TableCell())
        elif isinstance(cell, str):
            element = odf.table.TableCell(valuetype="string")
            element.addElement(odf.text.P(text=cell))
            row.addElement(element)
        else:
            row.addElement(odf.table.TableCell(valuetype="float", value=repr(cell)))
    return row


def test_formats_of_an_opendocument_are_those_of_a_workbook(tmp_path, opened):
    """Dates, percentages and amounts come with the code that Excel has for them."""
    document = odf.opendocument.OpenDocumentSpreadsheet()
    date = odf.number.DateStyle(name="N1")
    for part in (odf.number.Day(style="long"), odf.number.Text(text="."), odf.number.Month(style="long")):
        date.addElement(part)
    per_cent = odf.number.PercentageStyle(name="N2")
    per_cent.addElement(odf.number.Number(decimalplaces="1", minintegerdigits="1"))
    per_cent.addElement(odf.number.Text(text="%"))
    amount = odf.number.CurrencyStyle(name="N3")
    amount.addElement(odf.number.Number(decimalplaces="2", minintegerdigits="1", grouping="true"))
    amount.addElement(odf.number.Text(text=" "))
    amount.addElement(odf.number.CurrencySymbol(text="€"))
    for index, style in enumerate((date, per_cent, amount), 1):
        document.automaticstyles.addElement(style)
        document.automaticstyles.addElement(
            odf.style.Style(name=f"ce{index}", family="table-cell", datastylename=f"N{index}")
        )
    table = odf.table.Table(name="Data")
    table.addElement(_ods_row(["Datum", "Anteil", "Betrag"]))
    row = odf.table.TableRow()
    row.addElement(odf.table.TableCell(stylename="ce1", valuetype="date", datevalue="2025-10-09"))
    row.addElement(odf.table.TableCell(stylename="ce2", valuetype="percentage", value="0.19"))
    row.addElement(odf.table.TableCell(stylename="ce3", valuetype="currency", value="1234.5"))
    table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(str(tmp_path / "a.ods"))

    (read,) = opened(tmp_path / "a.ods").rows()

    assert [
        (CellKind.DATE, _DAYS, "dd.mm"),
        (CellKind.NUMBER, 0.19, "0.0%"),
        (CellKind.NUMBER, 1234.5, '#,##0.00 "€"'),
    ] == [cell[1:4] for cell in read.typed]


def test_chains_of_sectors_that_repeat_cost_no_memory(write_csv, opened):
    """A small file whose sector table lists one sector a million times."""
    content = bytearray(xls_of_stream(biff_stream({"Data": _HEADER}) + bytes(400_000)))
    content[76 : 76 + 4 * 109] = struct.pack("<109I", *[0] * 109)
    path = write_csv(bytes(content), "a.xls")

    tracemalloc.start()
    with pytest.raises(SheetError):
        opened(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 10_000_000


def test_texts_that_go_on_in_further_records_are_whole(write_xls, read):
    """The shared table of xlwt is cut every eight kilobytes, in the middle of texts, narrow and wide ones."""
    texts = [f"{number} {'ab' * (number * 7 % 900)} {'Жз' * (number * 3 % 500)}".strip() for number in range(200)]

    def fill(sheet: Any) -> None:
        sheet.write(0, 0, "message")
        for row, text in enumerate(texts, 1):
            sheet.write(row, 0, text)

    rows = read(write_xls(fill))

    assert texts == [row.cells[0] for row in rows]
    assert all(one.number + 1 == other.number for one, other in pairwise(rows))
