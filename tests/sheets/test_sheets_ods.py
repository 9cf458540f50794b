"""What only an OpenDocument spreadsheet has: text in elements, values beside their look, rows that repeat."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from raw_formats import ods_parts

from hotline_batch.errors import SheetError
from hotline_batch.model.sheets import Remark, Row
from hotline_batch.sheets.cells.dates import date_text, iso_cell
from hotline_batch.sheets.ods.styles import OdsStyles

_HEADER = [["user_id", "message"]]


@pytest.fixture
def write_ods(write_zip):
    """Writes rows of raw XML below a header."""

    def write(*rows: str, **more):
        return write_zip(ods_parts({"Data": _HEADER}, "".join(rows), **more), "sheet.ods")

    return write


def row_of(*cells: str, row: str = "") -> str:
    return f"<table:table-row {row}>{''.join(cells)}</table:table-row>"


def text(inside: str) -> str:
    return f'<table:table-cell office:value-type="string">{inside}</table:table-cell>'


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<text:p>a<text:tab/>b</text:p>", "a\tb"),
        ("<text:p>a<text:line-break/>b</text:p>", "a\nb"),
        ("<text:p>a</text:p><text:p/><text:p>b</text:p>", "a\n\nb"),
        ('<text:p><text:s/>a<text:s text:c="2"/>b </text:p>', " a  b "),
        ("<text:p>\n   a\n   b<text:span> c</text:span></text:p>", "a b c"),
        ("<text:p>list:</text:p><text:p>   - one</text:p><text:p>  </text:p>", "list:\n   - one\n  "),
        ("<text:p>a  b<text:span>  c</text:span> </text:p>", "a  b  c "),
        ("<text:p>a\n  <text:span>\n  b\n </text:span> \n c</text:p>", "a b c"),
        ('<text:p>a <text:span text:style-name="T1">bold</text:span> end</text:p>', "a bold end"),
        ("<text:p>a &lt;b&gt; &amp; c</text:p>", "a <b> & c"),
        ("<office:annotation><text:p>a comment</text:p></office:annotation><text:p>a</text:p>", "a"),
        ("<drawing:frame><text:p>a drawing</text:p></drawing:frame><text:p>a</text:p>", "a"),
        ("<text:p>a<text:note><text:p>a footnote</text:p></text:note>b</text:p>", "ab"),
    ],
)
def test_texts_arrive_as_the_program_shows_them(write_ods, read, xml, expected):
    """Tabs, line breaks and blanks are elements; comments and drawings are no text of the cell."""
    path = write_ods(row_of(text("<text:p>1</text:p>"), text(xml)))

    assert [Row(2, ("1", expected))] == read(path)


def test_dates_times_and_truths_are_told(write_ods, read):
    cells = [
        '<table:table-cell office:value-type="date" office:date-value="2025-10-09"><text:p>9. Okt</text:p>',
        '<table:table-cell office:value-type="date" office:date-value="2025-10-09T13:30:00.5"><text:p>x</text:p>',
        '<table:table-cell office:value-type="time" office:time-value="PT36H00M00S"><text:p>36:00</text:p>',
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p>',
    ]
    path = write_ods(*(row_of("<table:table-cell/>", f"{cell}</table:table-cell>") for cell in cells))

    assert [("2025-10-09", "date"), ("2025-10-09 13:30:00", "date"), ("36:00:00", "date"), ("TRUE", "boolean")] == [
        (row.cells[1], row.remarks[0].code) for row in read(path)
    ]


@pytest.mark.parametrize(
    ("number", "number_format", "kind", "value"),
    [
        (9.5 / 24, "hh:mm", "time", "PT09H30M00S"),
        (7 / 1440 - 1e-12, "hh:mm:ss", "time", "PT00H06M59.999999914S"),
        (0.9999999, "hh:mm:ss", "time", "PT23H59M59.99136S"),
        (0.0, "hh:mm", "time", "PT00H00M00S"),
        (9.5 / 24, "[h]:mm", "time", "PT09H30M00S"),
        (1.25, "[h]:mm", "time", "PT30H00M00S"),
        (45939.5625 - 1e-9, "dd.mm.yyyy hh:mm", "date", "2025-10-09T13:29:59.999914"),
        (45939.0, "dd.mm.yyyy hh:mm", "date", "2025-10-09T00:00:00"),
    ],
)
def test_a_moment_has_one_text_in_all_formats(write_ods, read, number, number_format, kind, value):
    """Else the message that a template makes of a time in the morning is another one once a sheet is saved as ODS."""
    is_counting = ' number:truncate-on-overflow="false"' if "[" in number_format else ""
    styles = (
        f'<number:time-style style:name="N1"{is_counting}><number:hours number:style="long"/><number:text>:'
        '</number:text><number:minutes number:style="long"/></number:time-style>'
        '<style:style style:name="c1" style:family="table-cell" style:data-style-name="N1"/>'
    )
    cell = f'<table:table-cell table:style-name="c1" office:value-type="{kind}" office:{kind}-value="{value}"/>'

    (row,) = read(write_ods(row_of("<table:table-cell/>", cell), styles=styles))

    assert date_text(number, number_format) == row.cells[1]
    stored = iso_cell(value, number_format).value
    assert stored is not None
    assert row.cells[1] == date_text(stored, number_format), "as a result in XLSX has it"


@pytest.mark.parametrize(
    ("kind", "value", "shown", "expected"),
    [
        ("float", "987654321", "987654321", ("987654321", None)),
        ("float", "59.97", "59,97", ("59.97", None)),
        ("float", "5E-005", "0,00005", ("0.00005", None)),
        ("float", "7", "007", ("7", "number_format")),
        ("percentage", "0.19", "19%", ("0.19", "number_format")),
        ("currency", "5", "5", ("5", "number_format")),
        ("float", "132099468746812345", "1,32E+17", ("132099468746812352", "digits_lost")),
        ("float", "#N/A", "#N/A", ("#N/A", "error_value")),
        ("float", "1", "WAHR", ("TRUE", "boolean")),
    ],
)
def test_numbers_are_compared_with_their_look(write_ods, read, kind, value, shown, expected):
    """A decimal comma is no other number."""
    cell = f'<table:table-cell office:value-type="{kind}" office:value="{value}"><text:p>{shown}</text:p>'
    (row,) = read(write_ods(row_of("<table:table-cell/>", f"{cell}</table:table-cell>")))

    assert expected == (row.cells[1], row.remarks[0].code if row.remarks else None)


def test_formulas_tell_whether_their_value_is_stored(write_ods, read):
    link = "of:=HYPERLINK(&quot;https://t.me/c/1/3&quot;;&quot;Open&quot;)"
    path = write_ods(
        row_of(
            '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>',
            '<table:table-cell table:formula="of:=A2"/>',
        ),
        row_of(
            f'<table:table-cell table:formula="{link}" office:value-type="string" office:string-value="Open"/>',
            '<table:table-cell table:formula="of:=&quot;&quot;"><text:p/></table:table-cell>',
        ),
    )

    assert [
        Row(2, ("2", ""), (Remark(0, "formula"), Remark(1, "formula_without_value"))),
        Row(
            3,
            ("Open", ""),
            (Remark(0, "formula"), Remark(0, "link_target", "https://t.me/c/1/3"), Remark(1, "formula")),
        ),
    ] == read(path)


def test_link_behind_a_text_is_told(write_ods, read):
    link = '<text:p><text:a xlink:href="https://t.me/c/1/2?single&amp;x=1">Topic</text:a></text:p>'
    path = write_ods(row_of(text(link), text("<text:p>a</text:p>")))

    assert [Row(2, ("Topic", "a"), (Remark(0, "link_target", "https://t.me/c/1/2?single&x=1"),))] == read(path)


def test_rows_of_a_closed_group_are_hidden(write_ods, opened):
    """As are rows that were hidden by hand, also where one element stands for many."""
    some = row_of(text("<text:p>1</text:p>"), text("<text:p>a</text:p>"))
    many = row_of(
        text("<text:p>2</text:p>"), text("<text:p>b</text:p>"),
        row='table:visibility="collapse" table:number-rows-repeated="3"',
    )  # fmt: skip
    closed = f'<table:table-row-group table:display="false">{some}</table:table-row-group>'
    sheet = opened(write_ods(some, closed, many, some))

    assert 4 == sheet.hidden_rows
    assert [3, 4, 5, 6] == [row.number for row in sheet.rows() if row.remarks]
    assert [2, 3, 4, 5, 6, 7] == [row.number for row in sheet.rows()]


def test_hidden_tables_are_read_only_when_asked_for(write_zip, opened):
    path = write_zip(ods_parts({"Secret": [["a"], ["1"]], "Data": [["b"], ["2"]]}, hidden=["Secret"]), "sheet.ods")

    assert ("b",) == opened(path).sheet.header
    assert ("a",) == opened(path, worksheet="Secret").sheet.header


def test_row_numbers_count_repeated_empty_rows(write_ods, read):
    path = write_ods(
        row_of("<table:table-cell/>", row='table:number-rows-repeated="7"'),
        row_of('<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="5"/>'),
    )

    assert [Row(9, ("5", "5"))] == read(path)


@pytest.mark.parametrize("damage", ["<table:table-row>", '<table:table-row table:number-rows-repeated="x"/>'])
def test_damaged_content_is_refused(write_ods, opened, damage):
    with pytest.raises(SheetError, match="damaged"):
        opened(write_ods(damage))


_PLUS = '<number:number number:decimal-places="2" number:min-integer-digits="1"/><number:text> €</number:text>'
_MINUS = f'<style:text-properties fo:color="#ff0000"/><number:text>-</number:text>{_PLUS}'


def _where(condition: str, style: str) -> str:
    return f'<style:map style:condition="value(){condition}" style:apply-style-name="{style}"/>'


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (_PLUS, '0.00 "€"'),
        (_MINUS + _where("&gt;=0", "plus"), '0.00 "€";[Red]-0.00 "€"'),
        (
            "<number:text>none</number:text>" + _where("&gt;0", "plus") + _where("&lt;0", "minus"),
            '0.00 "€";[Red]-0.00 "€";"none"',
        ),
        (_PLUS + _where("&lt;-100", "minus"), '[<-100][Red]-0.00 "€";0.00 "€"'),
        (_PLUS + _where("&gt;=0", "nowhere"), ""),
    ],
)
def test_format_of_an_amount_knows_which_sign_it_is_for(own: str, expected: str) -> None:
    """A style that LibreOffice writes for amounts is the one of negative numbers; it names that of all others."""
    names = " ".join(
        f'xmlns:{word}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
        for word, space in (("style", "style"), ("number", "datastyle"), ("fo", "xsl-fo-compatible"))
    )
    cell = '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="own"/>'
    numbers = (("own", own), ("plus", _PLUS), ("minus", _MINUS))
    xml = "".join(f'<number:number-style style:name="{name}">{parts}</number:number-style>' for name, parts in numbers)
    styles = OdsStyles()

    for style in fromstring(f"<styles {names}>{cell}{xml}</styles>"):  # noqa: S314 - our own XML
        styles.add(style)

    assert expected == styles.code_of("ce1")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ('number:truncate-on-overflow="false"><number:hours/><number:text>:</number:text><number:minutes', "[h]:m"),
        ('number:truncate-on-overflow="false"><number:minutes number:style="long"', "[mm]"),
        ('number:truncate-on-overflow="true"><number:hours number:style="long"', "hh"),
        ("><number:text>: </number:text><number:hours", ": h"),
    ],
)
def test_a_duration_goes_on_counting_beyond_a_day(style: str, expected: str) -> None:
    """So says the whole format of a time, and its largest unit is meant."""
    names = " ".join(
        f'xmlns:{word}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
        for word, space in (("style", "style"), ("number", "datastyle"))
    )
    cell = '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="own"/>'
    xml = f'<number:time-style style:name="own" {style}/></number:time-style>'
    styles = OdsStyles()

    for each in fromstring(f"<styles {names}>{cell}{xml}</styles>"):  # noqa: S314 - our own XML
        styles.add(each)

    assert expected == styles.code_of("ce1")
