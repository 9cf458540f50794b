"""What only the records of a binary workbook have: rich texts, formulas, links, short cells, shared texts."""

from __future__ import annotations

import struct

import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_formats import wide, xlsb_parts, xlsb_record
from raw_workbook import relations_xml

from hotline_batch.errors import SheetError
from hotline_batch.model.sheets import CellKind, Remark, Row
from hotline_batch.sheets.source import open_sheet

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def row_header(row: int, *, flags: int = 0, height: int = 0x0140) -> bytes:
    return xlsb_record(0, struct.pack("<IIHBB", row, 0, height, 0, flags) + bytes(13))


def place(column: int) -> bytes:
    return struct.pack("<II", column, 0)


_HEADER = row_header(0) + xlsb_record(6, place(0) + wide("user_id")) + xlsb_record(6, place(1) + wide("message"))
_ONE = b"\x03\0\0\0\x1e\x01\0"
"""A parsed formula: the number one."""
_ADDRESS = "https://t.me/c/1/2"
_LINK = b"\x17" + struct.pack("<H", len(_ADDRESS)) + _ADDRESS.encode("utf-16-le") + b"\x17\1\0x\0\x42\2\x67\1"


@pytest.fixture
def write_xlsb(write_zip):
    """A workbook whose only worksheet has these records below its header."""

    def write(*records: bytes, after: bytes = b"", more: dict[str, str | bytes] | None = None, about: bytes = b""):
        parts = xlsb_parts({"Data": [["user_id"]]})
        body = xlsb_record(145, b"") + _HEADER + b"".join(records) + xlsb_record(146, b"") + after
        parts["xl/worksheets/sheet1.bin"] = xlsb_record(129, b"") + body + xlsb_record(130, b"")
        parts["xl/workbook.bin"] = about + bytes(parts["xl/workbook.bin"])
        return write_zip({**parts, **(more or {})}, "a.xlsb")

    return write


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (xlsb_record(2, place(1) + struct.pack("<I", 5 << 2 | 2)), ("5", [])),
        (xlsb_record(2, place(1) + struct.pack("<I", 250 << 2 | 3)), ("2.5", [])),
        (xlsb_record(2, place(1) + struct.pack("<i", -5 * 4 + 2)), ("-5", [])),
        (xlsb_record(2, place(1) + struct.pack("<d", 0.5)[4:]), ("0.5", [])),
        (xlsb_record(3, place(1) + b"\x2b"), ("#GETTING_DATA", ["error_value"])),
        (xlsb_record(4, place(1) + b"\1"), ("TRUE", ["boolean"])),
        (xlsb_record(5, place(1) + struct.pack("<d", 5339212345.0)), ("5339212345", [])),
        (xlsb_record(6, place(1) + wide("Grüße 👍")), ("Grüße 👍", [])),
        (xlsb_record(62, place(1) + b"\1" + wide("Rich text") + struct.pack("<IHH", 1, 0, 1)), ("Rich text", [])),
        (xlsb_record(8, place(1) + wide("Hi") + b"\0\0" + _ONE), ("Hi", ["formula"])),
        (xlsb_record(8, place(1) + wide("Err:502") + b"\0\0" + _ONE), ("Err:502", ["error_value"])),
        (xlsb_record(8, place(1) + wide("") + b"\0\0" + _ONE), ("", ["formula_without_value"])),
        (
            xlsb_record(8, place(1) + wide("x") + b"\0\0" + struct.pack("<I", len(_LINK)) + _LINK),
            ("x", ["formula", "link_target"]),
        ),
        (xlsb_record(9, place(1) + struct.pack("<d", 2.0) + b"\0\0" + _ONE), ("2", ["formula"])),
        (xlsb_record(10, place(1) + b"\0\0\0" + _ONE), ("FALSE", ["formula", "boolean"])),
        (xlsb_record(11, place(1) + b"\x07\0\0" + _ONE), ("#DIV/0!", ["error_value"])),
    ],
)
def test_every_kind_of_cell(write_xlsb, read, record, expected):
    (row,) = read(write_xlsb(row_header(1), xlsb_record(1, place(0)), record))

    assert (2, expected) == (row.number, (row.cells[1], [remark.code for remark in row.remarks]))


def test_cells_that_name_no_column_stand_right_of_the_one_before(write_xlsb, read):
    short = xlsb_record(17, bytes(4) + wide("Hello"))
    number = xlsb_record(16, bytes(4) + struct.pack("<d", 700000101.0))

    path = write_xlsb(row_header(1), number, short, row_header(2), xlsb_record(12, bytes(4)), short)

    assert [Row(2, ("700000101", "Hello")), Row(3, ("", "Hello"))] == read(path)


def test_an_empty_text_that_a_program_computed_is_one(write_xlsb, read):
    """Prefilled rows whose formulas give "" are blank where Excel computed them."""
    formula = xlsb_record(8, place(1) + wide("") + b"\0\0" + _ONE)

    assert [] == read(write_xlsb(row_header(1), formula, about=xlsb_record(157, struct.pack("<I", 191029) + bytes(22))))


def test_shared_texts_links_columns_and_hidden_rows(write_xlsb, opened):
    """The look, and the address behind a text, come from the same reading as the texts."""
    texts = b"".join(xlsb_record(19, bytes([rich]) + wide(text)) for rich, text in [(0, "700000101"), (1, "Topic")])
    links = f'<Relationship Id="rId7" Type="{_OFFICE}/hyperlink" Target="{_ADDRESS}" TargetMode="External"/>'
    book = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in [
            ("rId1", "worksheet", "worksheets/sheet1.bin"),
            ("rId8", "sharedStrings", "sharedStrings.bin"),
        ]
    )
    path = write_xlsb(
        row_header(1, flags=0x10),
        xlsb_record(7, place(0) + struct.pack("<I", 0)),
        xlsb_record(7, place(1) + struct.pack("<I", 1)),
        after=xlsb_record(494, struct.pack("<IIII", 1, 1, 1, 1) + wide("rId7") + wide("") + wide("") + wide("")),
        about=b"",
        more={
            "xl/sharedStrings.bin": xlsb_record(159, struct.pack("<II", 2, 2)) + texts + xlsb_record(160, b""),
            "xl/_rels/workbook.bin.rels": relations_xml(book),
            "xl/worksheets/_rels/sheet1.bin.rels": relations_xml(links),
        },
    )

    sheet = opened(path)
    (row,) = sheet.rows()

    assert (1, ("700000101", "Topic")) == (sheet.hidden_rows, row.cells)
    assert (Remark(-1, "hidden_row"), Remark(1, "link_target", _ADDRESS)) == row.remarks
    assert [(1, CellKind.TEXT, _ADDRESS)] == [(cell.column, cell.kind, cell.link) for cell in row.typed]


@pytest.mark.parametrize(
    "records",
    [
        [row_header(1), xlsb_record(6, place(1) + struct.pack("<I", 50) + b"x\0")],
        [row_header(1), xlsb_record(7, place(1) + struct.pack("<I", 5))],
        [row_header(1), xlsb_record(6, place(16_384) + wide("x"))],
        [row_header(1_048_576), xlsb_record(6, place(0) + wide("x"))],
        [row_header(1), xlsb_record(6, place(1) + wide("a")), xlsb_record(6, place(1) + wide("b"))],
        [row_header(1), xlsb_record(6, place(0) + wide("a")), row_header(2), xlsb_record(6, place(0) + wide("b")),
         row_header(1), xlsb_record(6, place(1) + wide("c"))],
    ],
)  # fmt: skip
def test_records_that_cannot_be_are_refused(write_xlsb, opened, records):
    """A text that ends too early, one that is not there, a cell too far, a cell or row that stands there twice."""
    with pytest.raises(SheetError, match="damaged"):
        opened(write_xlsb(*records))


def test_a_worksheet_that_is_cut_off_is_refused(write_xlsb, opened):
    with pytest.raises(SheetError, match="damaged"):
        opened(write_xlsb(row_header(1), xlsb_record(6, place(0) + wide("x")), after=b"\x86\x03\x7f"))


def test_two_worksheets_of_one_name_are_refused(write_zip, opened):
    parts = xlsb_parts({"Data": [["a"]], "Date": [["b"]]})
    parts["xl/workbook.bin"] = bytes(parts["xl/workbook.bin"]).replace(wide("Date"), wide("Data"))

    with pytest.raises(SheetError, match="the same name"):
        opened(write_zip(parts))


_CELLS = st.none() | st.sampled_from(["a", "Grüße", "😀", " ", "x" * 300]) | st.floats(-1e9, 1e9).map(float)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.lists(_CELLS, max_size=6), max_size=12), st.sets(st.integers(1, 12)))
def test_the_rows_that_calamine_sees_come_back(write_zip, grid, hidden):
    """Whatever stands in them, hidden or not."""
    path = write_zip(xlsb_parts({"Data": [[f"c{i}" for i in range(6)], *grid]}, hidden_rows=hidden), "a.xlsb")

    seen = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    expected = [number for number, row in enumerate(seen, 1) if number > 1 and any(str(cell).strip() for cell in row)]
    with open_sheet(path) as sheet:
        rows = list(sheet.rows())

    assert expected == [row.number for row in rows]
    assert {row.number - 1 for row in rows} & hidden == {
        row.number - 1 for row in rows if any(remark.code == "hidden_row" for remark in row.remarks)
    }
