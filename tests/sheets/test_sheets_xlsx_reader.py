"""XLSX workbooks: exact values, true row numbers, and a remark wherever a value is not simply what was typed."""

from __future__ import annotations

import datetime as dt
import time
import tracemalloc
import zipfile

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font
from raw_workbook import relations_xml, text_cell, worksheet_xml
from sheet_rows import without_number_remarks

from hotline_batch.errors import SheetError
from hotline_batch.model.sheets import Remark, Row
from hotline_batch.next_step import NextStep, advised, step

_HEADER_XML = f'<row r="1">{text_cell("A1", "user_id")}{text_cell("B1", "message")}</row>'


@pytest.fixture
def save(tmp_path):
    def save_book(book, name="book.xlsx"):
        path = tmp_path / name
        book.save(path)
        return path

    return save_book


@pytest.fixture
def read_cells(save, read):
    """Saves cells below a header ``user_id, message`` with openpyxl and reads them back."""

    def read_back(cells, change=None):
        book = openpyxl.Workbook()
        for row in [("user_id", "message"), *cells]:
            book.active.append(row)
        if change:
            change(book.active)
        return read(save(book))

    return read_back


def test_numbers_keep_every_digit(read_cells):
    """Ids are whole, other numbers as the spreadsheet program shows them."""
    values = [987654321, 1002101424779, 999999999999999, -5, 0, 5.0, 12.5, 59.97, 0.1 + 0.2, 1e-7, -0.00001234, 1e-12]

    rows = read_cells([(value, "x") for value in values])

    assert [row.cells[0] for row in rows] == [
        "987654321",
        "1002101424779",
        "999999999999999",
        "-5",
        "0",
        "5",
        "12.5",
        "59.97",
        "0.3",
        "0.0000001",
        "-0.00001234",
        "1e-12",
    ]
    assert not any(row.remarks for row in rows)


def test_number_cell_beyond_15_digits_has_lost_digits(read_cells):
    """A 17-digit number in a number cell is not what was typed; as text it is exact."""
    rows = read_cells([(132099468746812345, "x"), ("132099468746812345", "x"), (1e15, "x")])

    assert [row.remarks for row in rows] == [(Remark(0, "digits_lost"),), (), (Remark(0, "digits_lost"),)]
    assert rows[1].cells[0] == "132099468746812345"


def test_dates_and_booleans_are_told(read_cells):
    rows = read_cells(
        [
            (dt.date(2025, 2, 1), dt.datetime(2025, 2, 1, 13, 30)),  # noqa: DTZ001 - a sheet knows no zones
            (dt.time(8, 5), dt.timedelta(hours=30)),
            (True, False),
        ]
    )

    assert [row.cells for row in rows] == [
        ("2025-02-01", "2025-02-01 13:30:00"),
        ("08:05:00", "30:00:00"),
        ("TRUE", "FALSE"),
    ]
    assert [[remark.code for remark in row.remarks] for row in rows] == [["date"] * 2, ["date"] * 2, ["boolean"] * 2]


def test_texts_arrive_as_written(read_cells):
    texts = ["NA", "null", "007", "=@x"[1:], "  lead and end ", "a\nb", "\u00a0", "😀" * 3, "1E5", "x" * 32_767]
    rich = CellRichText("Hello ", TextBlock(InlineFont(b=True), "bold"), " end")

    rows = read_cells([(1, text) for text in [*texts, rich]])

    assert [row.cells[1] for row in rows] == [*texts, "Hello bold end"]


def test_escaped_characters_are_decoded_once(write_xlsx, read):
    """Excel writes a carriage return as _x000D_, and that word itself as _x005F_x000D_."""
    path = write_xlsx(_HEADER_XML + f'<row r="2">{text_cell("B2", "a_x000D_&#10;b _x005F_x000D_")}</row>')

    assert read(path)[0].cells == ("", "a\r\nb _x000D_")


def test_formulas_tell_whether_their_value_is_stored(write_xlsx, read):
    path = write_xlsx(
        _HEADER_XML
        + '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>A1&amp;"!"</f><v>Hi!</v></c></row>'
        + '<row r="3"><c r="A3"><f>1+1</f></c><c r="B3"><f>1+1</f><v></v></c></row>'
        + '<row r="4"><c r="A4"><f t="shared" si="0"/><v>7</v></c><c r="B4" t="str"><f>""</f><v></v></c></row>'
    )

    assert read(path) == [
        Row(2, ("2", "Hi!"), (Remark(0, "formula"), Remark(1, "formula"))),
        Row(3, ("", ""), (Remark(0, "formula_without_value"), Remark(1, "formula_without_value"))),
        Row(4, ("7", ""), (Remark(0, "formula"), Remark(1, "formula"))),
    ]


def test_rows_of_formulas_without_values_are_not_lost(read_cells):
    """Such a file looks empty to every reader of values; its rows must come back as unusable, not vanish."""
    rows = read_cells([(1, "x"), ("=A2+1", "=B2"), ("=A3+1", "=B3")])

    assert [row.number for row in rows] == [2, 3, 4]
    assert {remark.code for row in rows[1:] for remark in row.remarks} == {"formula_without_value"}


def test_error_cells_show_their_error(read_cells):
    rows = read_cells([("#N/A", "x"), ("#REF!", None)])

    assert rows == [
        Row(2, ("#N/A", "x"), (Remark(0, "error_value", "#N/A"),)),
        Row(3, ("#REF!", ""), (Remark(0, "error_value", "#REF!"),)),
    ]


def test_hidden_rows_are_counted_and_marked(save, opened):
    """Hidden rows without cells and a hidden header count for nothing."""
    book = openpyxl.Workbook()
    for row in [("user_id", "message"), (1, "a"), (2, "b"), (3, "c")]:
        book.active.append(row)
    for number in (1, 3, 9):
        book.active.row_dimensions[number].hidden = True
    sheet = opened(save(book))

    assert sheet.hidden_rows == 1
    rows = without_number_remarks(sheet.rows())
    assert [[remark.code for remark in row.remarks] for row in rows] == [[], ["hidden_row"], []]


def test_rows_of_height_zero_are_hidden_too(write_xlsx, opened):
    sheet = opened(write_xlsx(f'{_HEADER_XML}<row r="2" ht="0" customHeight="1">{text_cell("A2", "1")}</row>'))

    assert sheet.hidden_rows == 1


def test_link_targets_are_told(save, read):
    """Behind a cell, behind a range, inside the workbook, and by formula."""
    book = openpyxl.Workbook()
    for row in [("id", "topic"), (1, "Open"), (2, "Open"), (3, '=HYPERLINK("https://t.me/c/1/3","Open")')]:
        book.active.append(row)
    book.active["B2"].hyperlink = "https://t.me/c/1/2?single&x=1"
    book.active["B3"].hyperlink = openpyxl.worksheet.hyperlink.Hyperlink(ref="B3", location="Sheet!A1")

    links = [
        (row.number, remark.column, remark.detail)
        for row in read(save(book))
        for remark in row.remarks
        if remark.code == "link_target"
    ]

    assert links == [(2, 1, "https://t.me/c/1/2?single&x=1"), (3, 1, "#Sheet!A1"), (4, 1, "https://t.me/c/1/3")]


def test_link_over_a_range_belongs_to_each_cell(write_xlsx, read):
    rows = "".join(f'<row r="{i}">{text_cell(f"A{i}", "x")}</row>' for i in range(1, 5))
    relation = '<Relationship Id="r9" Type="x/hyperlink" Target="https://t.me/c/1/2" TargetMode="External"/>'
    path = write_xlsx(
        rows,
        after='<hyperlinks><hyperlink ref="A1:A3" r:id="r9"/></hyperlinks>',
        more={"xl/worksheets/_rels/sheet1.xml.rels": relations_xml(relation)},
    )

    found = [[remark.detail for remark in row.remarks] for row in read(path)]

    assert found == [["https://t.me/c/1/2"], ["https://t.me/c/1/2"], []]


def test_cells_under_a_merge_are_told(read_cells):
    """The value belongs to the first cell alone; also where the merge begins in the header."""
    rows = read_cells(
        [(1, "a"), (2, "b"), (3, "c")],
        lambda sheet: (sheet.merge_cells("A2:A3"), sheet.merge_cells("B1:B2")),
    )

    assert rows == [
        Row(2, ("1", ""), (Remark(1, "merged", "B1:B2"),)),
        Row(3, ("", "b"), (Remark(0, "merged", "A2:A3"),)),
        Row(4, ("3", "c")),
    ]


def test_row_numbers_are_those_of_the_program(save, opened):
    """Empty rows above, between and below, and an empty first column, move nothing."""
    book = openpyxl.Workbook()
    for cell, value in {"B3": "user_id", "C3": "message", "B4": 1, "C4": "a", "B7": 2, "D7": "note"}.items():
        book.active[cell] = value
    book.active["Z900"].font = Font(bold=True)
    sheet = opened(save(book))

    assert (("", "user_id", "message", ""), 3) == (sheet.sheet.header, sheet.sheet.header_row)
    assert without_number_remarks(sheet.rows()) == [Row(4, ("", "1", "a")), Row(7, ("", "2", "", "note"))]


def test_rows_in_any_order_and_without_numbers_are_placed(write_xlsx, read):
    numbered = write_xlsx(f'<row r="2"><c r="A2"><f>1</f><v>5</v></c></row><row r="1">{text_cell("A1", "id")}</row>')
    bare = write_xlsx("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>", name="bare.xlsx")

    assert read(numbered) == [Row(2, ("5",), (Remark(0, "formula"),))]
    assert read(bare) == [Row(2, ("3", ""))]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (f'<row r="2">{text_cell("A2", "1")}</row><row r="2">{text_cell("A2", "2")}</row>', "row 2 stands in it twice"),
        (f'<row r="2">{text_cell("B2", "1")}{text_cell("B2", "2")}</row>', "cell B2 stands in it twice"),
        (f'<row r="2">{text_cell("B2", "1")}<c r="A2"/>{text_cell("A2", "2")}</row>', "cell A2 stands in it twice"),
    ],
)
def test_rows_and_cells_that_stand_there_twice_are_refused(write_xlsx, opened, rows, what):
    """Readers keep the last one, and somebody's message would be lost without a word."""
    with pytest.raises(SheetError, match=what):
        opened(write_xlsx(_HEADER_XML + rows))


def test_cells_of_a_row_may_stand_in_any_order(write_xlsx, read):
    path = write_xlsx(_HEADER_XML + f'<row r="2">{text_cell("B2", "x")}{text_cell("A2", "1")}</row><row r="2"/>')

    assert read(path) == [Row(2, ("1", "x"))]


def test_numbers_that_show_something_else_are_told(read_cells):
    """General, 0 and @ are what they look like; a date is told as a date."""
    formats = ["General", "0", "@", "0%", "0.00", "00000", '"Nr. "0', "yyyy-mm-dd"]

    def show(sheet):
        for row, code in enumerate(formats, 2):
            sheet.cell(row, 2).number_format = code
            sheet.cell(row, 1).number_format = code

    rows = read_cells([("text", 45939) for _ in formats], show)

    assert [row.remarks for row in rows] == [(), (), (), *[(Remark(1, "number_format"),)] * 4, (Remark(1, "date"),)]


def test_the_first_numbers_of_a_column_are_told(save, opened):
    """One whole number and one with decimals stand for all."""
    book = openpyxl.Workbook()
    for row in [("user_id", "message"), (1, "a"), (2, 5), (3, 6.5), (4, 7.5)]:
        book.active.append(row)

    told = [(row.number, remark.column, remark.code) for row in opened(save(book)).rows() for remark in row.remarks]

    assert [(2, 0, "number"), (3, 1, "number"), (4, 1, "number")] == told


def test_prefixed_elements_are_scanned_too(write_xlsx, read):
    """Some programs write <x:row>."""
    xml = worksheet_xml(
        _HEADER_XML + f'<row r="2" hidden="1"><c r="A2"><f>1</f><v>5</v></c>{text_cell("B2", "x")}</row>'
    )
    for tag in ("worksheet", "sheetData", "row", "c", "f", "v", "is", "t"):
        for old in (f"<{tag} ", f"<{tag}>", f"</{tag}>"):
            xml = xml.replace(old, old.replace(tag, f"x:{tag}"))
    path = write_xlsx(worksheets={"Data": xml.replace("xmlns=", "xmlns:x=")})

    assert read(path) == [Row(2, ("5", "x"), (Remark(-1, "hidden_row"), Remark(0, "formula")))]


def test_ghost_cell_in_the_last_row_costs_nothing(read_cells):
    """A formatted cell at the very end is no row and no wait."""
    started = time.thread_time()  # whatever else the machine does
    rows = read_cells([(1, "a")], lambda sheet: setattr(sheet["XFD1048576"], "font", Font(bold=True)))

    assert rows == [Row(2, ("1", "a"))]
    assert time.thread_time() - started < 5


def test_stray_value_in_the_far_corner_costs_its_own_row(read_cells):
    """The area up to it has 17 billion cells; those that are there are three."""
    tracemalloc.start()
    rows = read_cells([(1, "a")], lambda sheet: setattr(sheet["XFD1048576"], "value", "x"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [2, 1_048_576] == [row.number for row in rows]
    assert (("1", "a"), "x", 16_384) == (rows[0].cells, rows[1].cells[-1], len(rows[1].cells))
    assert peak < 20_000_000


def test_too_many_far_cells_are_refused_by_name(write_xlsx, opened):
    """Each of these rows is 16,384 cells wide."""
    rows = "".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(2, 4_000))

    with pytest.raises(SheetError, match=r"too large to read: it reaches XFD3\d+\."):
        opened(write_xlsx(_HEADER_XML + rows))


# ── which worksheet ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def several(write_xlsx):
    def write(**more):
        sheets = {
            name: worksheet_xml(f'<row r="1">{text_cell("A1", name)}</row>' if name != "Empty" else "")
            for name in ("First", "Second", "Empty")
        }
        return write_xlsx(worksheets=sheets, **more)

    return write


def test_active_worksheet_is_read_and_the_others_are_named(several, opened):
    sheet = opened(several(active=1))

    assert (("Second",), "Second") == (sheet.sheet.header, sheet.sheet.worksheet)
    assert sheet.notices == (
        advised("Worksheet 'Second' of 3: 'First', 'Second', 'Empty'.", step(NextStep.CHOOSE_OTHER_WORKSHEET)),
    )


@pytest.mark.parametrize("hidden", ["hidden", "veryHidden"])
def test_hidden_worksheet_is_read_only_when_asked_for(several, opened, hidden):
    path = several(active=0, states={"First": hidden, "Empty": hidden})

    assert opened(path).sheet.worksheet == "Second"
    assert opened(path, worksheet="first").sheet.header == ("First",)


@pytest.mark.parametrize(
    ("part", "place", "links", "target"),
    [
        ("xl/worksheets/sheet1.xml", "data/blatt.xml", "xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml"),
        ("xl/workbook.xml", "book/wb.xml", "_rels/.rels", b"xl/workbook.xml"),
    ],
)
def test_worksheet_may_lie_anywhere(several, write_zip, opened, part, place, links, target):
    """Such a file is legal: the relations say where its parts are."""
    with zipfile.ZipFile(several()) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[place] = parts.pop(part)
    parts[links] = parts[links].replace(target, b"../" + place.encode())
    if part == "xl/workbook.xml":
        relations = parts.pop("xl/_rels/workbook.xml.rels")
        parts["book/_rels/wb.xml.rels"] = relations.replace(b'"worksheets/', b'"/xl/worksheets/')

    assert ("First",) == opened(write_zip(parts, "odd.xlsx")).sheet.header


def test_other_visible_worksheets_tell_their_first_rows(several, opened):
    assert [("First", [(1, ("First",))])] == list(opened(several(active=1)).other_worksheets())
    assert [] == list(opened(several(active=1, states={"First": "hidden"})).other_worksheets())


def test_unknown_worksheet_is_refused_with_the_known_ones(several, opened):
    with pytest.raises(SheetError, match=r"no worksheet 'Data'.*'First', 'Second', 'Empty'"):
        opened(several(), worksheet="Data")


def test_empty_active_worksheet_is_refused_with_the_others(several, opened):
    """The data stand elsewhere; which ones are meant is for the person to say."""
    with pytest.raises(SheetError, match=r"'Empty'.* is empty.*'First', 'Second'"):
        opened(several(active=2))


def test_workbook_with_hidden_worksheets_only_is_refused(several, opened):
    with pytest.raises(SheetError, match="All worksheets"):
        opened(several(states=dict.fromkeys(("First", "Second", "Empty"), "hidden")))


def test_header_row_may_be_named(read_cells, save, opened):
    book = openpyxl.Workbook()
    for row in [("Customers 2025",), ("user_id", "message"), (1, "a")]:
        book.active.append(row)
    sheet = opened(save(book), header_row=2)

    assert sheet.sheet.header == ("user_id", "message")
    assert without_number_remarks(sheet.rows()) == [Row(3, ("1", "a"))]


def test_macro_workbooks_are_read_for_their_values(write_xlsx, read):
    """Macros and embedded objects are not even unpacked."""
    path = write_xlsx(
        _HEADER_XML + '<row r="2"><c r="A2"><v>1</v></c></row>',
        more={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0", "xl/externalLinks/externalLink1.xml": "<externalLink/>"},
        name="book.xlsm",
    )

    assert read(path) == [Row(2, ("1", ""))]
