"""What real programs write into an XLSX and no library reads whole: each kind in its smallest form."""

from __future__ import annotations

import errno
import tempfile

import pytest
from raw_workbook import relations_xml, text_cell, workbook_parts, worksheet_xml

from hotline_batch.errors import SheetError
from hotline_batch.model.sheets import CellKind, ColumnLook, Remark, Row, TypedCell
from hotline_batch.sheets.zip_safety import Package

_HEADER = f'<row r="1">{text_cell("A1", "user_id")}{text_cell("B1", "message")}</row>'
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def styles_xml(*codes: str, more: str = "") -> str:
    """Styles of which the first is General and the others have these formats: numbers of known ones, or codes."""
    own = [code for code in codes if not code.isdecimal()]
    numbers = [code if code.isdecimal() else str(164 + own.index(code)) for code in codes]
    formats = "".join(f'<numFmt numFmtId="{164 + i}" formatCode="{code}"/>' for i, code in enumerate(own))
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in ("0", *numbers))
    return f'<styleSheet xmlns="{_MAIN}"><numFmts>{formats}</numFmts><cellXfs>{styles}</cellXfs>{more}</styleSheet>'


@pytest.fixture
def read_cell(write_xlsx, opened):
    """The one row below the header, whose cell B2 is this XML, with these formats as styles 1, 2, …"""

    def read(xml: str, *formats: str, **more) -> Row:
        parts = {"xl/styles.xml": styles_xml(*formats)} | more.pop("more", {})
        (row,) = opened(write_xlsx(f'{_HEADER}<row r="2">{xml}</row>', more=parts, **more)).rows()
        return row

    return read


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ('<c r="B2" t="str"><v>Hello <![CDATA[& goodbye]]></v></c>', "Hello & goodbye"),
        ('<c r="B2" t="str"><v>a<!-- x -->b<?p q?>c</v></c>', "abc"),
        ('<c r="B2" t="inlineStr"><v>plain</v></c>', "plain"),
        ('<c r="B2" t="inlineStr"><is><r><t>a </t></r><r><rPr><b/></rPr><t>b</t></r></is></c>', "a b"),
        ('<c r="B2" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>', "東京"),
        (text_cell("B2", "Great _xD83D__xDC4D_ _xC1EF_"), "Great 👍 쇯"),
        (text_cell("B2", "_x005F_xD83D_ _x00e9_ _xZZZZ_"), "_xD83D_ é _xZZZZ_"),
        ('<c r="B2" t="str"><v>\n a \n</v></c>', "\n a \n"),
        ('<c r="B2" t="s"><v> 1 </v></c>', "of two"),
        ('<c r="B2"><v>7000<!-- x -->00101</v></c>', "700000101"),
        ('<c r="B2"><v> 5.3E9\n</v></c>', "5300000000"),
    ],
)
def test_texts_arrive_whole(read_cell, xml, text):
    """In pieces, escaped, formatted, with comments in between, with the readings of Japanese words beside."""
    shared = f'<sst xmlns="{_MAIN}"><si><t>first</t></si><si><r><t>of </t></r><r><t>two</t></r></si></sst>'
    row = read_cell(f'<c r="A2"><v>1</v></c>{xml}', more={"xl/sharedStrings.xml": shared})

    assert ("1", text) == row.cells


def test_texts_where_formulas_and_values_stand_are_read(write_xlsx, read):
    """An old LibreOffice writes t="inlineStr" and then a formula with its value."""
    rows = (
        '<row r="2"><c r="A2" t="inlineStr"><f>[1]S!A1</f><v t="inlineStr">700000101</v></c>'
        '<c r="B2" t="inlineStr"><f>[1]S!A1</f><v t="inlineStr">Hello</v></c></row>'
        f'<row r="3"><c r="A3"><v>700000102</v></c>{text_cell("B3", "plain")}</row>'
    )

    assert [
        Row(2, ("700000101", "Hello"), (Remark(0, "formula"), Remark(1, "formula"))),
        Row(3, ("700000102", "plain")),
    ] == read(write_xlsx(_HEADER + rows))


def test_shared_texts_without_a_table_are_damage(write_xlsx, opened):
    with pytest.raises(SheetError, match="refers to a text that is not there"):
        opened(write_xlsx(f'{_HEADER}<row r="2"><c r="A2" t="s"><v>0</v></c></row>'))


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "word", ["#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!", "#BUSY!", "Err:502", "#ЗНАЧ!", "#BEZUG!"]
)
@pytest.mark.parametrize("kind", ["e", "str"])
def test_error_values_are_told_whoever_wrote_them(read_cell, word, kind):
    """Also where a formula's error is written as a text; a text that somebody typed is a text."""
    row = read_cell(f'<c r="B2" t="{kind}"><f>X()</f><v>{word}</v></c>')
    typed = read_cell(text_cell("B2", word))

    assert ((Remark(1, "error_value", word),), (TypedCell(1, CellKind.ERROR),)) == (row.remarks, row.typed)
    assert (("", word), ()) == (typed.cells, typed.remarks)


@pytest.mark.parametrize("value", ["NaN", "INF", "1_000", "1,5", "abc", "1e400"])
def test_what_is_no_number_in_a_number_cell_is_an_error(read_cell, value):
    """One odd cell is a matter of its row, not of the whole workbook."""
    assert "error_value" in {remark.code for remark in read_cell(f'<c r="B2"><v>{value}</v></c>').remarks}


# ── dates and number formats ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-26", "2026-11-26"),
        ("2026-11-26T10:00:00", "2026-11-26 10:00:00"),
        ("2026-11-26T10:00:00.500Z", "2026-11-26 10:00:00"),
        ("T10:00:00", "10:00:00"),
        ("T10:00:00Z", "10:00:00"),
        ("PT24H0M0.000S", "24:00:00"),
        ("P1DT2H", "26:00:00"),
        ("once upon a time", "once upon a time"),
        ("0000-00-00", "0000-00-00"),
    ],
)
def test_dates_of_strict_open_xml_are_dates(write_zip, read, value, text):
    """They are written as ISO 8601, not as numbers."""
    rows = f'{_HEADER}<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="d"><v>{value}</v></c></row>'
    parts = workbook_parts({"Data": worksheet_xml(rows)}, {}, 0)
    strict = {name: str(xml).replace(_MAIN, _STRICT) for name, xml in parts.items()}

    assert [Row(2, ("1", text), (Remark(1, "date"),))] == read(write_zip(strict))


@pytest.mark.parametrize(
    ("value", "number_format", "text", "kind"),
    [
        ("5339212345", "[h]:mm:ss", "5339212345", CellKind.NUMBER),
        ("700000101", "[h]:mm:ss", "700000101", CellKind.NUMBER),
        ("987654321", "yyyy-mm-dd", "987654321", CellKind.NUMBER),
        ("2958466", "yyyy-mm-dd", "2958466", CellKind.NUMBER),
        ("2958465", "yyyy-mm-dd", "9999-12-31", CellKind.DATE),
        ("-1", "yyyy-mm-dd", "-1", CellKind.NUMBER),
        ("-0.5", "[h]:mm", "-12:00:00", CellKind.DATE),
        ("45939.9999999", "yyyy-mm-dd", "2025-10-10", CellKind.DATE),
        ("0.5", "hh:mm", "12:00:00", CellKind.DATE),
        ("59", "14", "1900-02-28", CellKind.DATE),
        ("45939", "31", "2025-10-09", CellKind.DATE),
        ("45939", "9", "45939", CellKind.NUMBER),
        ("45939", "0 &quot;days&quot;", "45939", CellKind.NUMBER),
        ("45939", "[Red]#,##0\\ _d", "45939", CellKind.NUMBER),
    ],
)
def test_numbers_are_dates_where_a_program_shows_one(read_cell, value, number_format, text, kind):
    """A user id in a format of dates is a user id: no program shows a date for it."""
    row = read_cell(f'<c r="B2" s="1"><v>{value}</v></c>', number_format)

    assert (text, kind) == (row.cells[1], row.typed[0].kind)
    assert ["date" if kind is CellKind.DATE else "number_format"] == [remark.code for remark in row.remarks]


def test_dates_of_old_macintosh_workbooks_are_told_as_they_are_shown(write_zip, read):
    """They are counted from 1904; times and durations are the same in both."""
    cells = '<c r="A2" s="1"><v>0.5</v></c><c r="B2" s="1"><v>44477</v></c><c r="C2" s="2"><v>1.25</v></c>'
    parts = workbook_parts({"Data": worksheet_xml(f'{_HEADER}<row r="2">{cells}</row>')}, {}, 0)
    parts["xl/workbook.xml"] = str(parts["xl/workbook.xml"]).replace("<book", '<workbookPr date1904="1"/><book', 1)
    parts["xl/styles.xml"] = styles_xml("dd.mm.yyyy hh:mm", "[h]:mm")

    assert [("12:00:00", "2025-10-09", "30:00:00")] == [row.cells for row in read(write_zip(parts))]


def test_cells_without_a_style_have_the_first(read_cell):
    styles = styles_xml().replace('<xf numFmtId="0"/>', '<xf numFmtId="9"/>')
    row = read_cell('<c r="B2"><v>0.19</v></c>', more={"xl/styles.xml": styles})

    assert (TypedCell(1, CellKind.NUMBER, 0.19, "0%"),) == row.typed


def test_formats_of_conditions_are_not_those_of_cells(read_cell):
    """They have formats under the same numbers."""
    more = '<dxfs><dxf><numFmt numFmtId="164" formatCode="yyyy"/></dxf></dxfs>'
    row = read_cell('<c r="B2" s="1"><v>7</v></c>', more={"xl/styles.xml": styles_xml("0.00", more=more)})

    assert (TypedCell(1, CellKind.NUMBER, 7.0, "0.00"),) == row.typed


def test_what_each_cell_is_goes_with_the_row(read_cell):
    """Texts cost nothing; of everything else a result can be made that looks like the sheet."""
    formula = "HYPERLINK(&quot;https://t.me/c/1/2&quot;,5)"
    row = read_cell(
        f'{text_cell("A2", "x")}<c r="B2" s="1"><v>0.19</v></c><c r="C2" t="b"><v>1</v></c>'
        f'<c r="D2" s="2"><v>45939.5</v></c><c r="E2"><f>{formula}</f><v>5</v></c><c r="F2" s="1"/>',
        "0.0%",
        "yyyy-mm-dd",
    )

    assert ("x", "0.19", "TRUE", "2025-10-09 12:00:00", "5") == row.cells
    assert row.typed == (
        TypedCell(1, CellKind.NUMBER, 0.19, "0.0%"),
        TypedCell(2, CellKind.BOOLEAN),
        TypedCell(3, CellKind.DATE, 45939.5, "yyyy-mm-dd"),
        TypedCell(4, CellKind.NUMBER, 5.0, "", "https://t.me/c/1/2"),
    )


def test_titles_and_columns_go_with_the_sheet(write_xlsx, opened):
    """As do widths and hidden columns, up to the last column that is there."""
    columns = '<cols><col min="1" max="1" width="20.5"/><col min="2" max="16384" hidden="1" width="9"/></cols>'
    rows = f'<row r="1">{text_cell("A1", "Customers")}<c r="B1"><v>2025</v></c></row>' + _HEADER.replace('1"', '3"')
    xml = worksheet_xml(f'{rows}<row r="4">{text_cell("B4", "x")}</row>').replace(
        "<sheetData>", f"{columns}<sheetData>"
    )
    look = opened(write_xlsx(worksheets={"Data": xml}), header_row=3).sheet.look

    assert [(1, ("Customers", "2025"), (TypedCell(1, CellKind.NUMBER, 2025.0),))] == [
        (row.number, row.cells, row.typed) for row in look.titles
    ]
    assert (ColumnLook(0, 20.5), ColumnLook(1, 9.0, is_hidden=True)) == look.columns


# ── what lies over cells ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reference", "covered"),
    [
        ("B:B", {2: [1], 3: [1]}),
        ("3:3", {2: [], 3: [1]}),
        ("$A$2:$A$3", {2: [], 3: [0]}),
        ("B3:A2", {2: [1], 3: [0, 1]}),
        ("B2", {2: [], 3: []}),
        ("A1:A1048576", {2: [0], 3: [0]}),
        ("Data!A2:A3", {2: [], 3: [0]}),
        ("", {2: [], 3: []}),
        ("#REF!", {2: [], 3: []}),
    ],
)
def test_merges_of_any_reference_are_told(write_xlsx, read, reference, covered):
    """LibreOffice writes whole columns and rows so; the first cell of a merge has its own value."""
    rows = "".join(f'<row r="{i}">{text_cell(f"A{i}", "1")}{text_cell(f"B{i}", "x")}</row>' for i in (2, 3))
    path = write_xlsx(_HEADER + rows, after=f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>')

    found = {row.number: [remark.column for remark in row.remarks if remark.code == "merged"] for row in read(path)}
    assert covered == found


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("./worksheets/../worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
        ("worksheets\\sheet1.xml", "xl\\worksheets\\sheet1.xml"),
        ("Worksheets/Sheet1.XML", "XL/WORKSHEETS/sheet1.xml"),
        ("worksheets/my%20sheet.xml", "xl/worksheets/my sheet.xml"),
        ("worksheets/a%20b.xml", "xl/worksheets/a%20b.xml"),
        ("worksheets/sheet", "xl/worksheets/sheet"),
    ],
)
def test_targets_of_every_form_are_found(write_zip, read, target, place):
    parts = workbook_parts({"Data": worksheet_xml(f'{_HEADER}<row r="2">{text_cell("A2", "1")}</row>')}, {}, 0)
    parts[place] = parts.pop("xl/worksheets/sheet1.xml")
    links = str(parts["xl/_rels/workbook.xml.rels"])
    parts["xl/_rels/workbook.xml.rels"] = links.replace("worksheets/sheet1.xml", target)

    assert [Row(2, ("1", ""))] == read(write_zip(parts))


@pytest.mark.parametrize(
    "other",
    [
        '<sheet name="Old" sheetId="9" r:id=""/>',
        '<sheet name="Old" sheetId="9" r:id="rId77"/>',
        '<sheet name="Macro1" sheetId="9" state="veryHidden" r:id="rId8"/>',
        '<sheet name="Chart1" sheetId="9" r:id="rId9"/>',
    ],
)
def test_other_sheets_may_be_missing_or_no_worksheets(write_zip, opened, other):
    """Macro sheets, charts, and worksheets without a part are left alone."""
    parts = workbook_parts({"Data": worksheet_xml(f'{_HEADER}<row r="2">{text_cell("A2", "1")}</row>')}, {}, 0)
    parts["xl/workbook.xml"] = str(parts["xl/workbook.xml"]).replace("</sheets>", f"{other}</sheets>")
    more = '<Relationship Id="rId8" Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"'
    more += ' Target="macrosheets/sheet1.xml"/><Relationship Id="rId9" Type="x/chartsheet" Target="chartsheets/c.xml"/>'
    links = str(parts["xl/_rels/workbook.xml.rels"])
    parts["xl/_rels/workbook.xml.rels"] = links.replace("</Relationships>", f"{more}</Relationships>")
    sheet = opened(write_zip(parts))

    assert [("1", "")] == [row.cells for row in sheet.rows()]
    assert [] == list(sheet.other_worksheets())


def test_a_missing_worksheet_that_is_wanted_is_named(write_zip, opened):
    parts = workbook_parts({"Data": worksheet_xml(_HEADER), "Old": worksheet_xml(_HEADER)}, {}, 0)
    del parts["xl/worksheets/sheet2.xml"]

    with pytest.raises(SheetError, match="its worksheet 'Old' is missing"):
        opened(write_zip(parts), worksheet="Old")


@pytest.mark.parametrize(
    "part",
    [
        "__MACOSX/xl/._workbook.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/theme/theme1.xml",
        "customXml/i.xml",
    ],
)
@pytest.mark.parametrize("content", [b"", b"\0\5\x16\7 no XML", "<x/>".encode("utf-16"), b"<a><!DOCTYPE a>"])
def test_parts_that_no_cell_needs_may_be_anything(write_xlsx, read, part, content):
    """They are not even unpacked."""
    path = write_xlsx(f'{_HEADER}<row r="2">{text_cell("A2", "1")}</row>', more={part: content})

    assert [Row(2, ("1", ""))] == read(path)


@pytest.mark.parametrize("before", [b"\n", b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_something_before_the_archive_is_named(write_xlsx, write_csv, opened, before):
    """No spreadsheet program opens such a file, and it is no CSV in some code page either."""
    content = before + write_xlsx(_HEADER).read_bytes()

    with pytest.raises(SheetError, match=r"Something stands before the workbook in damaged\.xlsx"):
        opened(write_csv(content, "damaged.xlsx"))


def test_a_worksheet_is_unpacked_once(write_xlsx, opened, monkeypatch):
    """However often its rows are read, and whatever is told of them."""
    unpacked: list[str] = []
    chunks = Package.chunks

    def note(package, part):
        unpacked.append(part)
        return chunks(package, part)

    monkeypatch.setattr(Package, "chunks", note)
    sheet = opened(write_xlsx(f'{_HEADER}<row r="2" hidden="1">{text_cell("A2", "1")}</row>'))

    assert 1 == sheet.hidden_rows
    assert list(sheet.rows()) == list(sheet.rows()) != []
    assert 1 == unpacked.count("xl/worksheets/sheet1.xml")


# ── structure ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dimension", ["1:4", "A1", "A1:A1", "XFD1048576", "B2:C3", "A:A", "nonsense", ""])
def test_dimensions_are_not_believed(write_xlsx, read, dimension):
    xml = worksheet_xml(f'{_HEADER}<row r="2">{text_cell("A2", "1")}{text_cell("B2", "x")}</row>')
    path = write_xlsx(worksheets={"Data": xml.replace("<sheetData>", f'<dimension ref="{dimension}"/><sheetData>')})

    assert [Row(2, ("1", "x"))] == read(path)


@pytest.mark.parametrize(
    ("requires", "expected"),
    [("x14", ["choice", "after"]), ("own", ["fallback", "after"]), ("x14 own", ["fallback", "after"])],
)
def test_of_alternate_content_one_branch_is_read(write_xlsx, read, requires, expected):
    """The one that Excel shows: never both, never none."""
    names = (
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:own="urn:own"'
        ' xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
    )
    alternate = (
        f'<mc:AlternateContent {names}><mc:Choice Requires="{requires}"><row r="2">{text_cell("B2", "choice")}</row>'
        f'</mc:Choice><mc:Fallback><row r="2">{text_cell("B2", "fallback")}</row></mc:Fallback></mc:AlternateContent>'
    )
    path = write_xlsx(f'{_HEADER}{alternate}<row r="3">{text_cell("B3", "after")}</row>')

    assert expected == [row.cells[1] for row in read(path)]


def test_strangers_within_a_row_are_not_its_cells(write_xlsx, read):
    """Extensions bring elements of other namespaces with the same names."""
    stranger = '<extLst><ext xmlns:o="urn:own"><o:row r="9"><o:c r="B9"><o:v>5</o:v></o:c></o:row></ext></extLst>'
    inside = '<extLst><ext xmlns:o="urn:own"><o:v>6</o:v></ext></extLst>'
    path = write_xlsx(f'{_HEADER}<row r="2"><c r="A2"><v>1</v>{inside}</c>{stranger}</row>')

    assert [Row(2, ("1", ""))] == read(path)


def test_a_million_formatted_empty_rows_are_no_rows(write_xlsx, opened):
    """As a program writes them whose user formatted whole columns."""
    ghosts = "".join(f'<row r="{i}" s="1" customFormat="1"/>' for i in range(3, 1_048_577))
    sheet = opened(write_xlsx(f'{_HEADER}<row r="2">{text_cell("A2", "1")}</row>{ghosts}'))

    assert ([Row(2, ("1", ""))], 2) == (list(sheet.rows()), len(sheet.sheet.header))


def test_hidden_rows_in_which_nothing_stands_are_not_counted(write_xlsx, opened):
    rows = (
        f'<row r="2" hidden="true">{text_cell("A2", "1")}</row><row r="3" hidden="1">{text_cell("A3", " ")}</row>'
        f'<row r="4" hidden="0">{text_cell("A4", "2")}</row><row r="5" hidden="1"><c r="A5"><f>1</f></c></row>'
    )
    sheet = opened(write_xlsx(_HEADER + rows))

    assert 2 == sheet.hidden_rows == sum(remark.code == "hidden_row" for row in sheet.rows() for remark in row.remarks)


def test_links_that_name_no_relation_are_none(write_xlsx, read):
    """A relation may be missing; a place within the workbook needs none."""
    rows = "".join(f'<row r="{i}">{text_cell(f"A{i}", "x")}</row>' for i in (2, 3, 4))
    relation = '<Relationship Id="r1" Type="x/hyperlink" Target="https://t.me/c/1/2" TargetMode="External"/>'
    links = '<hyperlink ref="A2" r:id="r1"/><hyperlink ref="A3" r:id="r2"/><hyperlink ref="$A$4" location="S!A1"/>'
    path = write_xlsx(
        _HEADER + rows,
        after=f"<hyperlinks>{links}</hyperlinks>",
        more={"xl/worksheets/_rels/sheet1.xml.rels": relations_xml(relation)},
    )

    assert [["https://t.me/c/1/2"], [], ["#S!A1"]] == [[remark.detail for remark in row.remarks] for row in read(path)]


def test_a_full_disk_is_told(write_xlsx, opened, monkeypatch):
    """Rows that do not fit into memory are kept among the temporary files."""

    write = tempfile.SpooledTemporaryFile.write

    def is_full(file, data) -> int:
        if data.startswith(b"["):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    path = write_xlsx(f'{_HEADER}<row r="2">{text_cell("A2", "1")}</row>')
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "write", is_full)

    with pytest.raises(SheetError, match="no room for its rows"):
        opened(path)
