"""Hostile and damaged workbooks: refused in words, within seconds and little memory."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zipfile

import pytest
from raw_workbook import text_cell, workbook_parts, worksheet_xml

from hotline_batch.errors import SheetError

_ROWS = f'<row r="1">{text_cell("A1", "id")}</row><row r="2">{text_cell("A2", "x")}</row>'


@pytest.fixture
def refused(opened):
    """Opens a file, expects a refusal within ten seconds of work and 60 MB, and returns its words."""

    def refuse(path):
        started = time.thread_time()  # whatever else the machine does
        tracemalloc.start()
        with pytest.raises(SheetError) as refusal:
            opened(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 60_000_000
        assert time.thread_time() - started < 10
        return str(refusal.value)

    return refuse


_LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))


@pytest.mark.parametrize(
    "declaration",
    [
        f'<!DOCTYPE w [<!ENTITY l0 "lol">{_LAUGHS}]>',
        f'<!DOCTYPE w [<!ENTITY a "{"a" * 100_000}">]>',
        '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE w [<!ENTITY a SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!-- innocent --><!DOCTYPE w>",
    ],
    ids=["billion-laughs", "quadratic", "xxe-file", "xxe-http", "dtd", "bare"],
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entity_declarations_are_refused(write_zip, refused, declaration, part):
    """In every part, before anything is expanded, opened or connected."""
    shared = '<row r="3"><c r="A3" t="s"><v>0</v></c></row>'
    parts = workbook_parts({"Data": worksheet_xml(_ROWS + shared)}, {}, 0)
    xml = str(parts.get(part, "<sst/>"))
    head, _, rest = xml.rpartition("?>")
    parts[part] = f"{head}?>{declaration}{rest}" if head else declaration + rest

    assert "declares XML entities" in refused(write_zip(parts))


def _text_of(size: int) -> str:
    return worksheet_xml(f'<row r="1">{text_cell("A1", " " * size)}</row>')


def test_endless_cell_is_refused(write_xlsx, refused):
    """One cell of 60 MB in a file of 60 KB."""
    assert "more than four million characters" in refused(write_xlsx(worksheets={"Data": _text_of(60_000_000)}))


def test_bomb_of_many_tags_is_refused(write_xlsx, refused):
    """1,000-fold inflation is no sheet, however it is divided into cells."""
    bomb = "<c/>" * 40_000_000

    assert "200-fold" in refused(write_xlsx(worksheets={"Data": worksheet_xml(f'<row r="1">{bomb}</row>')}))


def test_bomb_with_a_lying_size_is_refused(write_xlsx, refused):
    """What is more than the directory says is not parsed."""
    path = write_xlsx(worksheets={"Data": _text_of(20_000_000)})
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", len(_text_of(20_000_000))), struct.pack("<I", 1000)))

    assert "larger than its ZIP directory says" in refused(path)


def test_one_text_repeated_in_every_row_is_not_a_bomb(write_xlsx, read):
    """The limits admit what people make: 20,000 rows of the same long message, written cell by cell."""
    rows = "".join(
        f'<row r="{i}">{text_cell(f"A{i}", "Hello, your order is ready. " * 40)}</row>' for i in range(1, 20_002)
    )

    assert len(read(write_xlsx(rows))) == 20_000


def test_too_many_parts_are_refused(write_xlsx, refused):
    assert "parts" in refused(write_xlsx(_ROWS, more={f"xl/x{i}.txt": b"" for i in range(10_001)}))


def test_names_outside_the_archive_are_ignored(write_xlsx, read, tmp_path):
    """Nothing is ever unpacked to disk."""
    path = write_xlsx(_ROWS, more={"../../evil.xml": "<x/>", "/abs.xml": "<x/>", "..\\w.txt": "x"})
    before = sorted(tmp_path.parent.rglob("*"))

    assert len(read(path)) == 1
    assert sorted(tmp_path.parent.rglob("*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_part_that_exists_twice_is_refused(write_xlsx, refused):
    """Two readers might each take another one."""
    path = write_xlsx(_ROWS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/Sheet1.xml", worksheet_xml(""))

    assert "twice" in refused(path)


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95, 0.999])
def test_truncated_workbook_is_refused(write_xlsx, refused, kept):
    path = write_xlsx(_ROWS)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    assert "damaged" in refused(path)


def test_password_protected_archive_is_refused(write_xlsx, refused):
    """The flag of an encrypted entry, in its local header and in the directory."""
    path = write_xlsx(_ROWS)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(signature, place + 4)
    path.write_bytes(bytes(content))

    assert "password-protected" in refused(path)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1048577"><c><v>1</v></c></row>',
        '<row r="99999999999"><c><v>1</v></c></row>',
        '<row r="-1"/>',
        '<row r="x"/>',
        f'<row r="1">{text_cell("XFE1", "x")}</row>',
        f'<row r="1">{text_cell("A5", "x")}</row>',
        f'<row r="1">{text_cell("1", "x")}</row>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
        '<row r="1"><c r="A1">',
        "<row r='1'>&nbsp;</row>",
    ],
)
def test_impossible_worksheets_are_refused(write_xlsx, refused, rows):
    """Rows and columns that no sheet has would make other readers reserve all memory."""
    assert "damaged" in refused(write_xlsx(rows))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_worksheets_in_other_encodings_are_refused(write_xlsx, refused, encoding):
    """Two parsers might read them differently."""
    xml = worksheet_xml(_ROWS).replace("UTF-8", encoding).encode(encoding)

    assert "refused" in refused(write_xlsx(worksheets={"Data": xml}))


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])
def test_missing_parts_are_refused(write_zip, refused, part):
    parts = workbook_parts({"Data": worksheet_xml(_ROWS)}, {}, 0)
    del parts[part]

    assert "damaged" in refused(write_zip(parts))


def test_merges_over_everything_cost_little(write_xlsx, opened):
    """A thousand merges over the whole sheet are not looked at a thousand times for each cell."""
    rows = _ROWS + "".join(f'<row r="{i}"><c r="J{i}"><v>1</v></c></row>' for i in range(3, 10_000))
    after = "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 1000 + "</mergeCells>"
    started = time.thread_time()  # whatever else the machine does

    read = list(opened(write_xlsx(rows, after=after)).rows())

    assert 9_998 == len(read)
    assert 10 == sum(remark.code == "merged" for remark in read[-1].remarks)
    assert time.thread_time() - started < 10


def test_overlapping_merges_are_refused(write_xlsx, opened):
    """Each row would be looked at once more for each merge that begins above it."""
    merges = "".join(f'<mergeCell ref="A{i}:XFD1048576"/>' for i in range(3, 3_000))
    last = text_cell("XFD3000", "x")
    rows = _ROWS + "".join(f'<row r="{i}"><c r="A{i}"><v>1</v></c></row>' for i in range(3, 3_000))
    sheet = opened(write_xlsx(f'{rows}<row r="3000">{last}</row>', after=f"<mergeCells>{merges}</mergeCells>"))

    with pytest.raises(SheetError, match="overlap"):
        list(sheet.rows())


def test_custom_parts_may_be_written_in_utf16(write_xlsx, read):
    """Excel does so itself, and nothing reads them."""
    custom = '<?xml version="1.0" encoding="UTF-16"?><x/>'.encode("utf-16")

    assert len(read(write_xlsx(_ROWS, more={"customXml/item1.xml": custom}))) == 1


def test_workbook_may_lie_anywhere_in_the_archive(write_zip, read):
    """The relations tell where; some programs do without folders."""
    parts = workbook_parts({"Data": worksheet_xml(_ROWS)}, {}, 0)
    moved = {name.replace("xl/worksheets/", "").replace("xl/", ""): content for name, content in parts.items()}
    moved["_rels/.rels"] = str(moved["_rels/.rels"]).replace("xl/", "")
    moved["_rels/workbook.xml.rels"] = str(moved["_rels/workbook.xml.rels"]).replace("worksheets/", "")

    assert len(read(write_zip(moved))) == 1
