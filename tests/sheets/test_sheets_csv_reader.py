"""CSV files as people export them: every cell arrives as written, or the sheet is refused with place and cure."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline_batch.errors import SheetError
from hotline_batch.model.sheets import Remark, Row
from hotline_batch.results.cell_safety import csv_text
from hotline_batch.run_options import Reading
from hotline_batch.sheets.source import open_sheet

_HEADER = ("user_id", "message")
_ROWS = [Row(2, ("987654321", "Hello")), Row(3, ("007", "Grüße"))]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_delimiter_and_marked_encoding_is_found(write_csv, opened, delimiter, encoding):
    """Exports of every program read alike, without an option."""
    lines = [("user_id", "message"), ("987654321", "Hello"), ("007", "Grüße")]
    path = write_csv("\r\n".join(map(delimiter.join, lines)).encode(encoding))

    sheet = opened(path)

    assert _HEADER == sheet.sheet.header
    assert (encoding, delimiter) == (sheet.sheet.dialect.encoding, sheet.sheet.dialect.delimiter)
    assert list(sheet.rows()) == _ROWS


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "cp1252")]
)
def test_an_encoding_is_told_as_people_write_it(write_csv, encoding, shown):
    """Whether a mark stands before the text is nobody's business; a code page is told as --encoding takes it."""
    path = write_csv("user_id,message\n987654321,Grüße\n".encode(encoding))

    with open_sheet(path, Reading(encoding=encoding)) as sheet:
        assert (f"Encoding {shown}, delimiter ','",) == sheet.notices


def test_utf16_big_endian_is_found_by_its_mark(write_csv, read):
    path = write_csv(b"\xfe\xff" + "user_id\tmessage\n987654321\tHello\n007\tGrüße".encode("utf-16-be"))

    assert read(path) == _ROWS


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_every_line_end_is_a_row_end(write_csv, read, line_end, last):
    """Also old Mac line ends, and a missing line end in the last row."""
    path = write_csv(line_end.join(["user_id,message", "987654321,Hello", "007,Grüße"]) + (line_end if last else ""))

    assert read(path) == _ROWS


def test_line_ends_may_be_mixed(write_csv, read):
    path = write_csv("user_id,message\r987654321,Hello\r\n007,Grüße\n")

    assert read(path) == _ROWS


def test_texts_with_quotes_line_breaks_and_delimiters_survive(write_csv, read):
    """A quoted line break adds no row number, since the spreadsheet program shows one row."""
    message = 'He said "no";\r\nthen, \n\n\rleft '
    path = write_csv('user_id;message\r\n1;"' + message.replace('"', '""') + '"\r\n2;x\r\n')

    assert read(path) == [Row(2, ("1", message)), Row(3, ("2", "x"))]


def test_cells_that_other_readers_convert_are_left_alone(write_csv, read):
    values = ["NA", "null", "None", "nan", "TRUE", "1E5", "01.02.2025", "007", "=1+1", "  x ", "'5"]
    path = write_csv("message,n\n" + "".join(f"{value},1\n" for value in values))

    assert [row.cells[0] for row in read(path)] == values


def test_empty_lines_count_but_are_no_rows(write_csv, read):
    """Numbers are those of the spreadsheet program, which shows an empty line as a row."""
    path = write_csv("\nuser_id;message\n\n1;a\n;\n ; \n2;b\n;;;\n\n")

    assert read(path) == [Row(4, ("1", "a")), Row(7, ("2", "b"))]


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
def test_separator_line_is_obeyed_and_is_no_row(write_csv, opened, line):
    """Excel hides that line, so the header stays row 1."""
    sheet = opened(write_csv(f"\ufeff{line}\r\nuser_id;a,b\r\n1;2,3\r\n"))

    assert (("user_id", "a,b"), 1) == (sheet.sheet.header, sheet.sheet.header_row)
    assert list(sheet.rows()) == [Row(2, ("1", "2,3"))]


def test_one_column_stays_one_column(write_csv, opened):
    """A list of ids has no delimiter, and a comma in a later text makes none."""
    sheet = opened(write_csv("message\nHello, Anna; how are you\n\tyes | no\n"))

    assert sheet.sheet.header == ("message",)
    assert [row.cells[0] for row in sheet.rows()] == ["Hello, Anna; how are you", "\tyes | no"]


def test_rows_decide_where_the_header_holds_two_delimiters(write_csv, opened):
    sheet = opened(write_csv("user_id;Name, Vorname;message\n1;Meier, Hans;Hallo\n2;M, K;Hi\n"))

    assert sheet.sheet.header == ("user_id", "Name, Vorname", "message")


@pytest.mark.parametrize("asked", ["tab", "\\t", "\t", "TAB"])
def test_asked_delimiter_wins(write_csv, opened, asked):
    sheet = opened(write_csv("a;b\tc\n1;2\t3\n"), delimiter=asked)

    assert sheet.sheet.header == ("a;b", "c")


def test_unknown_delimiter_is_refused(write_csv, opened):
    with pytest.raises(SheetError, match="':' cannot be the delimiter"):
        opened(write_csv("a:b\n"), delimiter=":")


def test_broken_byte_is_refused_with_its_line(write_csv, opened):
    """A UTF-8 file with one broken byte is damaged, not in another encoding."""
    content = "id,text\n1,Grüße\n2,Köln\n3,X\n".encode().replace(b"X", b"\xff")

    with pytest.raises(SheetError, match=r"damaged: line 4 holds byte 0xFF"):
        opened(write_csv(content))


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", "Grüße aus Köln, schöne Größe"), ("cp1251", "Привет, это ваш заказ из магазина")]
)
def test_code_page_is_suggested_never_guessed(write_csv, opened, encoding, text):
    """A wrong guess would send garbled text, so a person looks at a sample and decides."""
    path = write_csv(f"user_id;message\n1;ok\n2;{text}\n".encode(encoding))

    with pytest.raises(SheetError) as refusal:
        opened(path)

    assert f"If that looks right, choose the encoding {encoding};" in str(refusal.value)
    assert "line 3" in str(refusal.value)
    assert text[:10] in str(refusal.value)
    assert [row.cells[1] for row in opened(path, encoding=encoding).rows()] == ["ok", text]


def test_line_of_a_bad_byte_is_found_far_into_the_file(write_csv, opened):
    lines = [b"id,text", *(b"%d,abcdefghijklmnop" % i for i in range(100_000)), b"1,\xe4"]

    with pytest.raises(SheetError, match="line 100002 "):
        opened(write_csv(b"\r\n".join(lines)))


@pytest.mark.parametrize("asked", ["klingon", "base64", "idna", "\0"])
def test_unknown_encoding_is_refused(write_csv, opened, asked):
    with pytest.raises(SheetError, match="not an encoding"):
        opened(write_csv("a,b\n1,2\n"), encoding=asked)


def test_asked_encoding_that_does_not_fit_is_refused(write_csv, opened):
    with pytest.raises(SheetError, match="cannot be read as ascii: line 2"):
        opened(write_csv("a,b\n1,ü\n"), encoding="ascii")


@pytest.mark.parametrize("content", [b"a,b\n1,\0\n", b"a,b\n1,2\n" + b"\0" * 5000])
def test_nul_characters_are_refused(write_csv, opened, content):
    with pytest.raises(SheetError, match="NUL"):
        opened(write_csv(content))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\n\r\n\n", b"  \n;;;\n", b"sep=;\n"])
def test_sheet_without_any_text_is_refused(write_csv, opened, content):
    with pytest.raises(SheetError, match="is empty"):
        opened(write_csv(content))


def test_header_alone_is_a_sheet_without_rows(write_csv, opened):
    sheet = opened(write_csv("user_id,message\n"))

    assert (_HEADER, []) == (sheet.sheet.header, list(sheet.rows()))


def test_header_names_stay_as_written(write_csv, opened):
    """Duplicates, blanks and odd spaces are judged by planning; only an empty end is cut."""
    sheet = opened(write_csv("User ID ;\u00a0message;;User ID ;;\n1;a;;2;;\n"))

    assert sheet.sheet.header == ("User ID ", "\u00a0message", "", "User ID ")
    assert list(sheet.rows()) == [Row(2, ("1", "a", "", "2"))]


def test_header_row_may_be_named(write_csv, opened):
    sheet = opened(write_csv("Kundenliste\n\nuser_id;message\n1;a\n"), header_row=3)

    assert (_HEADER, 3) == (sheet.sheet.header, sheet.sheet.header_row)
    assert list(sheet.rows()) == [Row(4, ("1", "a"))]


@pytest.mark.parametrize(("row", "why"), [(2, "is empty"), (9, "no row 9"), (-1, "count from 1")])
def test_header_row_that_cannot_be_is_refused(write_csv, opened, row, why):
    with pytest.raises(SheetError, match=why):
        opened(write_csv("a;b\n\n1;2\n"), header_row=row)


def test_uneven_rows_carry_a_remark(write_csv, read):
    """The row keeps as many cells as the header; nothing shifts into a neighbour column, and nothing gets lost."""
    rows = read(write_csv("user_id,message\n1,Hello, world,!\n2\n3,fine\n4,fine,,\n"))

    assert rows == [
        Row(2, ("1", "Hello"), (Remark(-1, "too_many_cells", "4 cells, the header has 2\n world,!"),)),
        Row(3, ("2", ""), (Remark(-1, "too_few_cells", "1 cell, the header has 2"),)),
        Row(4, ("3", "fine")),
        Row(5, ("4", "fine")),
    ]


def test_shifted_columns_are_refused(write_csv, opened):
    """One extra cell in every row means that the header does not belong to the columns below it."""
    with pytest.raises(SheetError, match="row 2 and almost every other row have more cells"):
        opened(write_csv("user_id,message\n7,1,Hello\n8,2,Hi\n9,3,Hey\n"))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('a,b\n1,"open\n2,x\n', 2),
        ('a,b\n1,"fine"\n2,"open\n3,"shut"\n', 3),
        ('a,b\n1,"two\nlines","open\n2,x\n', 3),
        ('a,b\n1,"x"y\n', 2),
        ('sep=,\na,b\n1,"open\n', 3),
        ('a,b\r1,"a "" b\r2,x\r', 2),
    ],
)
def test_open_quote_is_refused_with_its_line(write_csv, read, content, line):
    with pytest.raises(SheetError, match=rf"opens on line {line} "):
        read(write_csv(content))


def test_an_endless_cell_is_called_what_it_is(write_csv, opened):
    """No quotation mark is to blame for it."""
    sheet = opened(write_csv("a,b\n" + "1,x\n" * 2000 + f"2,{'x' * 17_000_000}\n3,x\n"))

    with pytest.raises(SheetError, match="line 2002 has a cell of more than 16,777,216 characters"):
        list(sheet.rows())


def test_the_header_below_a_title_is_suggested_where_it_stands(write_csv, opened):
    """An empty row between the two is no header."""
    with pytest.raises(SheetError, match="as the header row, for example 3"):
        opened(write_csv("Report 2026,\n,\nuser_id,message\n1,Hello\n2,Hi\n"))


def test_open_quote_beyond_the_judged_rows_is_refused_while_reading(write_csv, opened):
    sheet = opened(write_csv("a,b\n" + "1,x\n" * 3000 + '1,"open\n'))

    with pytest.raises(SheetError, match="opens on line 3002 "):
        list(sheet.rows())


def test_very_long_cells_and_very_many_columns_are_read(write_csv, read):
    wide = ",".join(f"c{i}" for i in range(16_384))
    long = "x" * 200_000

    assert read(write_csv(f"a,b\n1,{long}\n"))[0].cells[1] == long
    assert len(read(write_csv(f"{wide}\n{wide}\n"))[0].cells) == 16_384


def test_rows_can_be_read_twice_even_in_turns(write_csv, opened):
    sheet = opened(write_csv("a,b\n" + "".join(f"{i},x\n" for i in range(50_000))))

    first, second = sheet.rows(), sheet.rows()

    assert all(one == other for one, other in zip(first, second, strict=True))


def test_a_long_sheet_streams(write_csv, opened):
    """Memory does not grow with the rows."""
    sheet = opened(write_csv("user_id,message\n" + "".join(f"{i},Hello number {i}\n" for i in range(100_000))))

    tracemalloc.start()
    count = sum(1 for _ in sheet.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 100_000
    assert peak < 3_000_000


def test_standard_input_is_csv(tmp_path):
    """The notices, the name and the rows of a piped sheet; there is no path to go back to."""
    program = (
        "from hotline_batch.sheets.source import open_sheet\n"
        "with open_sheet('-') as s: print(s.sheet.name, s.sheet.path, [r.cells for r in s.rows()])"
    )

    done = subprocess.run([sys.executable, "-c", program], input=b"a;b\n1;2\n", capture_output=True, check=True)

    assert done.stdout.decode().strip() == "standard input None [('1', '2')]"


# Ctrl-Z ends a file of DOS, so none may stand at the end.
_TEXTS = st.text(st.characters(exclude_characters="\0\x1a", exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=20), st.sampled_from(";,\t|"))
def test_whatever_the_csv_module_writes_comes_back(tmp_path, records, delimiter):
    """Every text survives, and no row without text is a row."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([_HEADER, *records])
    path = tmp_path / "sheet.csv"
    path.write_bytes(file.getvalue().encode())

    with open_sheet(path) as sheet:
        rows = list(sheet.rows())

    expected = [(i, record) for i, record in enumerate(records, 2) if "".join(record).strip()]
    assert [(row.number, row.cells) for row in rows] == expected


def test_a_sheet_may_have_no_header(write_csv, opened):
    """Header row 0: the first row is data and keeps its number."""
    sheet = opened(write_csv("987600001;Hello\n\n987600002;Hi\n"), header_row=0)

    assert (("column_1", "column_2"), 0) == (sheet.sheet.header, sheet.sheet.header_row)
    assert list(sheet.rows()) == [Row(1, ("987600001", "Hello")), Row(3, ("987600002", "Hi"))]


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''+x", "-5", "'7", "@x", "\t=1", "plain", "'quoted'"])
def test_guards_of_our_own_result_are_taken_off_exactly(write_csv, opened, text):
    """What was put before a formula is removed; apostrophes of the person's stay."""
    guarded = csv_text(text)
    path = write_csv(f'text,hotline_row,hotline_status,hotline_run\n"{guarded}",2,failed,r\n')

    (row,) = opened(path).rows()

    assert text == row.cells[0]


def test_guards_in_sheets_of_others_are_text(write_csv, read):
    (row,) = read(write_csv("text,more\n'=1+1,x\n"))

    assert "'=1+1" == row.cells[0]
