"""The formats that are only read: .xls, .xlsb and .ods arrive like any other sheet."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_formats import (
    Formatted,
    Wrong,
    biff,
    biff_stream,
    ods_parts,
    xls_file,
    xls_of_stream,
    xlsb_parts,
    xlsb_record,
    xlsb_worksheet,
)
from sheet_rows import without_number_remarks

from hotline_batch.errors import SheetError
from hotline_batch.model.sheets import Remark, Row
from hotline_batch.sheets.source import open_sheet

_TABLE = [
    [None, None],
    ["user_id", "message"],
    [987654321.0, "Grüße"],
    [None, None],
    [132099468746812345.0, "007"],
    [12.5, "NA"],
]


@pytest.fixture(params=["ods", "xlsb", "xls"])
def write_sheets(request, write_zip, write_csv):
    """Writes worksheets in one of the formats."""

    def write(sheets, **more):
        match request.param:
            case "ods":
                return write_zip(ods_parts(sheets, **more), "sheet.ods")
            case "xlsb":
                return write_zip(xlsb_parts(sheets, **more), "sheet.xlsb")
            case _:
                return write_csv(xls_file(sheets, **more), "sheet.xls")

    write.format = request.param
    return write


def test_values_and_row_numbers_are_those_of_the_program(write_sheets, opened):
    """The same rules as for XLSX."""
    sheet = opened(write_sheets({"Data": _TABLE}))

    assert (("user_id", "message"), 2) == (sheet.sheet.header, sheet.sheet.header_row)
    assert (write_sheets.format, "Data") == (sheet.sheet.dialect.format, sheet.sheet.worksheet)
    assert 0 == sheet.hidden_rows
    rows = without_number_remarks(sheet.rows())
    assert [(row.number, row.cells[1]) for row in rows] == [(3, "Grüße"), (5, "007"), (6, "NA")]
    assert rows[0] == Row(3, ("987654321", "Grüße"))
    assert rows[1].remarks == (Remark(0, "digits_lost"),)
    assert rows[2].cells[0] == "12.5"


def test_hidden_rows_are_counted_and_marked(write_sheets, opened):
    """By hand or by a filter; a hidden header counts for nothing."""
    table = [["user_id", "message"], ["1", "a"], ["2", "b"], ["3", "c"]]
    sheet = opened(write_sheets({"Data": table}, hidden_rows=(0, 2, 3)))

    assert 2 == sheet.hidden_rows
    assert [["hidden_row"] if row.number > 2 else [] for row in sheet.rows()] == [
        [remark.code for remark in row.remarks] for row in sheet.rows()
    ]


def test_numbers_that_show_something_else_are_told(write_sheets, read):
    """Per cent, leading zeros, words around the number: the text that stands in the cell is not the number."""
    numbers = [Formatted(0.19, "0%", "19%"), Formatted(7.0, "00000", "00007"), Formatted(5.0, '"Nr. "0', "Nr. 5"), 5.0]
    path = write_sheets({"Data": [["user_id", "message"], *(["1", number] for number in numbers)]})

    assert [(row.cells[1], row.remarks) for row in read(path)] == [
        ("0.19", (Remark(1, "number_format"),)),
        ("7", (Remark(1, "number_format"),)),
        ("5", (Remark(1, "number_format"),)),
        ("5", ()),
    ]


def test_error_cells_show_their_error(write_sheets, read):
    path = write_sheets({"Data": [["user_id", "message"], ["1", Wrong("#DIV/0!")], [Wrong("#N/A"), "a"]]})

    rows = read(path)

    assert [row.cells for row in rows] == [("1", "#DIV/0!"), ("#N/A", "a")]
    assert [[remark.detail for remark in row.remarks if remark.code == "error_value"] for row in rows] == [
        ["#DIV/0!"],
        ["#N/A"],
    ]


def test_cells_under_a_merge_are_told(write_sheets, read):
    path = write_sheets({"Data": [["user_id", "message"], ["1", "a"], ["2", None]]}, merged=(1, 1, 2, 1))

    assert [[(remark.column, remark.code) for remark in row.remarks] for row in read(path)] == [[], [(1, "merged")]]


def test_only_worksheet_with_cells_is_read(write_csv, opened):
    """Old programs add empty worksheets by themselves."""
    path = write_csv(xls_file({"Sheet1": [], "Sheet2": [["id"], [1.0]], "Sheet3": []}), "a.xls")

    assert opened(path).sheet.worksheet == "Sheet2"


def test_other_filled_worksheets_are_told(write_sheets, opened):
    """One rule for all formats; what is asked about them is for those who know the columns."""
    path = write_sheets({"First": [["a"], [1.0]], "Second": [["b"], [2.0]]})

    sheet = opened(path)

    assert ("First", ["Second"]) == (sheet.sheet.worksheet, [name for name, _ in sheet.other_worksheets()])
    with pytest.raises(SheetError, match="no worksheet 'Third'"):
        opened(path, worksheet="Third")
    assert opened(path, worksheet=" second").sheet.header == ("b",)


def test_hidden_worksheet_is_not_read_by_accident(write_csv, opened):
    path = write_csv(
        xls_file({"Secret": [["a"], [1.0]], "Data": [["b"], [2.0]]}, hidden=frozenset({"Secret"})), "a.xls"
    )

    assert opened(path).sheet.worksheet == "Data"
    assert opened(path, worksheet="Secret").sheet.header == ("a",)


def test_truncated_files_are_refused(write_sheets, opened):
    path = write_sheets({"Data": _TABLE})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])

    with pytest.raises(SheetError):
        opened(path)


def test_empty_end_of_an_opendocument_costs_nothing(write_zip, read):
    """LibreOffice ends each table with one row that repeats to the bottom."""
    end = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )

    assert len(read(write_zip(ods_parts({"Data": [["id"], [1.0]]}, end)))) == 1


def test_repeated_values_of_an_opendocument_are_counted_first(write_zip, opened):
    """Two lines of XML can stand for 17 billion cells."""
    bomb = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
        "</table:table-row>"
    )

    with pytest.raises(SheetError, match="too large"):
        opened(write_zip(ods_parts({"Data": [["id"]]}, bomb)))


def test_a_stray_cell_costs_its_own_row_alone(write_zip, read):
    """Memory follows the cells that are there, not the rectangle that they span."""
    parts = xlsb_parts({"Data": [["id"], [1.0]]})
    parts["xl/worksheets/sheet1.bin"] = xlsb_worksheet([(0, 0, "id"), (1, 0, 1.0), (1_048_575, 16_383, "x")])
    path = write_zip(parts)

    tracemalloc.start()
    rows = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [2, 1_048_576] == [row.number for row in rows]
    assert "x" == rows[1].cells[16_383]
    assert peak < 10_000_000


def test_an_old_workbook_of_far_cells_is_read_in_little_memory(write_csv, opened):
    """Half a megabyte whose rectangle would take a gigabyte."""
    path = write_csv(xls_file({"Data": [["id"], *([None] * 255 + [1.0] for _ in range(20_000))]}), "a.xls")

    tracemalloc.start()
    count = sum(1 for _ in opened(path).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert 20_000 == count
    assert peak < 20_000_000


def test_pandas_is_loaded_for_no_sheet(write_sheets):
    """Every sheet starts half a second sooner without it."""
    path = str(write_sheets({"Data": _TABLE}))
    program = (
        "import sys; from hotline_batch.sheets.source import open_sheet\n"
        f"with open_sheet({path!r}) as s: print(len(list(s.rows())), 'pandas' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert "3 False" == done.stdout.decode().strip()


@pytest.mark.parametrize("column", [256, 65_535])
def test_impossible_cells_of_an_old_workbook_are_refused(write_csv, opened, column):
    """A reader would reserve a hundred gigabytes up to them."""
    path = write_csv(xls_file({"Data": [["id"], [None] * column + ["x"]]}), "a.xls")

    with pytest.raises(SheetError, match="beyond the last column"):
        opened(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_old_workbooks_are_read_or_refused(tmp_path, changes):
    """Bytes changed in the header, the sector table, the directory and the records."""
    content = bytearray(xls_file({"Data": _TABLE}))
    for place, byte in changes:
        content[place % 2000] = byte
    path = tmp_path / "fuzz.xls"
    path.write_bytes(content)

    with contextlib.suppress(SheetError), open_sheet(path) as sheet:
        assert all(len(row.cells) <= len(sheet.sheet.header) for row in sheet.rows())


def test_password_protected_opendocument_is_refused_as_such(write_zip, opened):
    """Its content is no XML until it is unlocked; the manifest says so."""
    parts = {**ods_parts({"Data": _TABLE}), "content.xml": bytes(range(256))}
    parts["META-INF/manifest.xml"] = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"

    with pytest.raises(SheetError, match="password-protected"):
        opened(write_zip(parts))


def test_an_opendocument_that_is_locked_as_a_whole_is_refused_as_such(write_zip, opened):
    """As LibreOffice does it since version 24.2: not even the names of its parts can be seen."""
    parts = {"mimetype": ods_parts({})["mimetype"], "encrypted-package": bytes(range(256))}

    with pytest.raises(SheetError, match="password-protected"):
        opened(write_zip(parts))


_SETTINGS = (
    '<office:document-settings xmlns:office="o" xmlns:config="c">'
    '<config:config-item config:name="ActiveTable">Second</config:config-item></office:document-settings>'
)
_TWO = {"First": [["a"], [1.0]], "Second": [["b"], [2.0]]}


@pytest.mark.parametrize("kind", ["xls", "xlsb", "ods"])
def test_the_worksheet_on_which_the_file_opens_is_read(write_zip, write_csv, opened, kind):
    """Each format says it in a place of its own."""
    if kind == "xls":
        cell = biff(0x204, struct.pack("<HHHHB", 0, 0, 0, 1, 0) + b"b")
        window = biff(0x3D, struct.pack("<9H", 0, 0, 0, 0, 0, 1, 0, 1, 600))
        path = write_csv(xls_of_stream(biff_stream({"First": cell, "Second": cell}, about=window)), "a.xls")
    elif kind == "xlsb":
        parts = xlsb_parts(_TWO)
        parts["xl/workbook.bin"] = xlsb_record(158, struct.pack("<7IB", 0, 0, 0, 0, 600, 0, 1, 0)) + bytes(
            parts["xl/workbook.bin"]
        )
        path = write_zip(parts)
    else:
        path = write_zip({**ods_parts(_TWO), "settings.xml": _SETTINGS})

    assert "Second" == opened(path).sheet.worksheet
