"""Rows that look like one before them are not parsed, and what is found in them is the same as if they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline_batch.errors import SheetError
from hotline_batch.sheets.row_patterns import RowPatterns
from hotline_batch.sheets.worksheet_facts import WorksheetFacts
from hotline_batch.sheets.xlsx_scan import scan_worksheet

_STYLES_WITH_FORMAT = frozenset({2})

_PLAIN_TEXTS = ("1", "12", "a &amp; b", "ünï", "#N/A", "hyper", "46024", "A7*2")
_ODD_TEXTS = ("", " ", " 7", "\u00a0", "x>y", "\uffff", "\x01", "&no;", "&#65;", "]]>", "<b/>", "<!-- c -->", "\udcff")
_LINK = 'HYPERLINK("https://t.me/c/1/2")'
_VALUES = ("<v>{}</v>", "<v>{}</v>", "<is><t>{}</t></is>", '<is><t xml:space="preserve">{}</t></is>', "{}", "")
_FORMULAS = ("", "", "<f>{}</f>", '<f t="shared" si="0"/>', '<f t="shared" ref="B2:B9" si="0">{}</f>')
_ATTRIBUTES = ("", "", ' t="s"', ' s="1"', ' s="2"', ' t="s"', ' t="str"', ' t="e"', ' s="2" t="n"')
_REFERENCES = (' r="{column}{row}"',) * 40 + ("", ' r="A{row}"', ' r="B1"', ' r="{column}0{row}"')
_ODD_HEADS = (
    "<row>",
    "<row r='{row}'>",
    '<row r="0{row}">',
    '<!-- </row> --><row r="{row}">',
    '<row r="{row}"/><row r="{row}1">',
    '\n<row r="{row}">',
    '<row r="1"><row r="{row}">',
)
_HEADS = ('<row r="{row}">', '<row r="{row}" hidden="1">', '<row r="{row}" ht="0">', '<row r="{row}" spans="1:4">') * 6

cells_of_a_kind = st.lists(
    st.tuples(*map(st.sampled_from, (_REFERENCES, _ATTRIBUTES, _FORMULAS, _VALUES))), min_size=1, max_size=3
)
kinds_of_rows = st.tuples(st.sampled_from(_HEADS + _ODD_HEADS), cells_of_a_kind)


@st.composite
def rows_alike(draw: st.DrawFn) -> str:
    """One or two kinds of rows, each several times over with texts of its own; one of them may be odd."""
    kinds = draw(st.lists(kinds_of_rows, min_size=1, max_size=2))
    steps = draw(st.lists(st.sampled_from([1] * 30 + [2, 10, 0, -1]), min_size=2, max_size=12))
    odd_row = draw(st.integers(0, 24))
    odd_text = draw(st.sampled_from((*_ODD_TEXTS, _LINK, _LINK)))
    number, written = 0, []
    for place, step in enumerate(steps):
        number += step
        head, cells = draw(st.sampled_from(kinds))
        written.append(head.format(row=number))
        for column, (reference, attribute, formula, value) in zip("ABC", cells, strict=False):
            within = [odd_text if place == odd_row else draw(st.sampled_from(_PLAIN_TEXTS)) for _ in range(2)]
            start = reference.format(column=column, row=number) + attribute
            written.append(f"<c{start}>{formula.format(within[0])}{value.format(within[1])}</c>")
        written.append("</row>")
    return "".join(written)


def worksheet(rows: str) -> bytes:
    """A worksheet around these rows, with a link and merged cells behind them."""
    text = f'<worksheet><sheetData>{rows}</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>'
    return text.encode("utf-8", "surrogateescape")


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def scanned(data: bytes, size: int) -> WorksheetFacts | str:
    try:
        return scan_worksheet(pieces(data, size), "sheet.xlsx", _STYLES_WITH_FORMAT)
    except SheetError as error:
        return str(error)


_ROW = '<row r="{0}"><c r="A{0}" t="s"><v>{0}</v></c><c r="B{0}" s="2"><f>A{0}*2</f><v>{1}</v></c></row>'
_NUMBER = '<row r="{0}"><c r="A{0}"><v>{1}</v></c></row>'
_COMMENTED = _ROW.format(4, 1).replace("</row>", "{0}</row>") + _ROW.format(5, 1) + "{1}</row>"


def after_three(*rows: str) -> str:
    """Three rows alike, and others behind them."""
    return "".join((*(_ROW.format(number, "7") for number in (1, 2, 3)), *rows))


@given(rows_alike(), st.integers(1, 400))
@example(after_three(_ROW.format(4, ""), _ROW.format(5, "\u00a0"), _ROW.format(6, " ")), 50)
@example(after_three(_ROW.replace("A{0}*2", _LINK).format(4, 1)), 50)
@example(after_three(_ROW.format(2, 1)), 50)
@example(after_three(_ROW.format(1_048_577, 1)), 50)
@example(after_three(_ROW.replace("<row ", '<row hidden="1" ').format(4, 1), _ROW.format(5, 1)), 50)
@example(after_three("<!--", _ROW.format(4, 1), _ROW.format(5, 1), "-->", _ROW.format(6, 1)), 9)
@example(after_three("<![CDATA[", _ROW.format(4, 1), _ROW.format(5, 1), "]]>", _ROW.format(6, 1)), 9)
@example(after_three(_COMMENTED.format("<!--", "-->"), _ROW.format(6, 1)), 9)
@example(after_three(_COMMENTED.format("<?p ", "?>"), _ROW.format(6, 1)), 9)
@example(after_three('<!--</row><row r="4"> -->', _ROW.format(4, 1), '<row r="5"> -->', _ROW.format(5, 1)), 9)
@example(after_three(_ROW.format("1_0", 1)), 50)
@example(after_three(_ROW.format("04", 1)), 50)
@example("".join(_NUMBER.format(row, text) for row, text in ((1, 1), (2, 1), (3, "\uffff"))), 50)
def test_the_same_is_found_whether_rows_are_parsed_or_known(rows: str, size: int) -> None:
    """A blank in the end tags makes the parser read every row, for then nothing looks like a row that is known."""
    known, parsed = worksheet(rows), worksheet(rows.replace("</row>", "</row >"))

    assert scanned(parsed, size) == scanned(known, size)


def test_a_row_is_known_by_its_tags_alone() -> None:
    """Number and texts may differ; a tag, an attribute or a reference to another row may not."""
    patterns = RowPatterns()
    row = b'<row r="7" spans="1:2"><c r="A7" t="s"><v>1</v></c><c r="B7" s="7"><v>2.5</v></c>'
    patterns.learn(row, 7, is_used=True, is_hidden=False, marks=[(1, 5)])

    alike = row.replace(b'A7"', b'A12"').replace(b'B7"', b'B12"').replace(b'<row r="7"', b'<row r="12"')
    found = patterns.find(alike.replace(b"2.5", b"-33"))

    assert found is not None
    assert (12, [(1, 5)]) == (found[0], list(found[1].marks))
    assert [None] * 5 == [
        patterns.find(other)
        for other in (
            alike.replace(b's="7"', b's="12"'),
            alike.replace(b"A12", b"A7"),
            alike.replace(b"A12", b"C12"),
            alike.replace(b"<v>2.5</v>", b"<v></v>"),
            alike.replace(b"<v>2.5</v>", b"<v>&#50;</v>"),
        )
    ]


@pytest.mark.parametrize("kinds", [1, 8])
def test_a_sheet_of_alike_rows_is_hardly_parsed_at_all(kinds: int) -> None:
    """Of each kind one row is learnt, and every later one is known."""
    patterns, learnt = RowPatterns(), 0
    for number in range(1, 1_001):
        row = b'<row r="%d" ht="%d"><c r="A%d"><v>%d</v></c>' % (number, number % kinds + 9, number, number)
        if patterns.find(row) is None:
            patterns.learn(row, number, is_used=True, is_hidden=False, marks=[])
            learnt += 1

    assert kinds == learnt


def test_a_sheet_whose_rows_are_never_alike_is_left_to_the_parser() -> None:
    """Looking costs time: after some hundred rows in vain nothing is looked for any more."""
    patterns = RowPatterns()
    for number in range(1, 1_001):
        row = b'<row r="%d" ht="%d"><c r="A%d"><v>1</v></c>' % (number, number, number)
        assert patterns.find(row) is None
        patterns.learn(row, number, is_used=True, is_hidden=False, marks=[])

    assert not patterns.is_worth_looking
