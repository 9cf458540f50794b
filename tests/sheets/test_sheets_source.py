"""Whatever a path leads to: content decides, and nothing but SheetError ever leaves."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_workbook import text_cell

from hotline_batch.errors import SheetError
from hotline_batch.sheets.source import open_sheet


@pytest.fixture
def saved_workbook(tmp_path: Path) -> bytes:
    book = openpyxl.Workbook()
    for values in (["user_id", "message"], [987654321, "Hello"], ["=1+1", "x"]):
        book.active.append(values)
    book.active["B2"].hyperlink = "https://t.me/c/1/2"
    book.active.merge_cells("A3:A4")
    book.save(tmp_path / "saved.xlsx")
    return (tmp_path / "saved.xlsx").read_bytes()


def test_content_decides_not_the_name(saved_workbook, write_csv, opened):
    """A workbook named .csv and a text named .xlsx are read as what they are."""
    workbook = opened(write_csv(saved_workbook, "a.csv"))
    text = opened(write_csv("user_id;message\n1;x\n", "b.xlsx"))

    assert ("xlsx", "csv") == (workbook.sheet.dialect.format, text.sheet.dialect.format)


def test_fingerprint_is_that_of_the_file(write_csv, opened):
    content = b"a,b\n1,2\n"

    assert opened(write_csv(content)).sheet.fingerprint == hashlib.sha256(content).hexdigest()


def test_a_sheet_that_changes_meanwhile_is_read_as_it_was(write_csv, opened):
    path = write_csv("a,b\n1,2\n")
    sheet = opened(path)

    path.write_text("a,b\n9,9\n")
    first = list(sheet.rows())
    path.unlink()

    assert [("1", "2")] == [row.cells for row in first] == [row.cells for row in sheet.rows()]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<html><body><table>", "web page"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>\n<HTML>", "web page"),
        (b"<table border=1>", "web page"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        ("\ufeff<html><body>".encode("utf-16-le"), "web page"),
        ("<html><body>".encode("utf-16-be"), "web page"),
        ("\ufeff<?xml version='1.0'?><Workbook/>".encode("utf-16-be"), "XML"),
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "web archive"),
        (b"%PDF-1.7", "PDF"),
        (gzip.compress(b"a,b\n", mtime=0), "gzip"),
        (b"PK\x05\x06" + b"\0" * 18, "empty ZIP"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000, "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (bytes(range(128, 256)) + b"\0", "(NUL|not UTF-8|damaged)"),
    ],
)
def test_other_files_are_refused_by_what_they_are(write_csv, opened, content, what):
    with pytest.raises(SheetError, match=what):
        opened(write_csv(content, "contacts.xls"))


def test_a_word_document_is_refused_as_one(write_zip, opened):
    with pytest.raises(SheetError, match="Word document"):
        opened(write_zip({"word/document.xml": "<x/>"}))


def test_a_zip_of_other_files_is_refused(write_zip, opened):
    with pytest.raises(SheetError, match="without a workbook"):
        opened(write_zip({"contacts.csv": "a,b"}))


def test_missing_files_folders_pipes_and_devices_are_refused_at_once(tmp_path, opened):
    os.mkfifo(tmp_path / "pipe")

    for path, why in [
        (tmp_path / "none.csv", "no file none.csv"),
        (tmp_path, "folder"),
        (tmp_path / "pipe", "pipe or a device"),
        (Path("/dev/zero"), "pipe or a device"),
        (tmp_path / "x\0y", "cannot be read"),
        (tmp_path / ("x" * 300), "cannot be read"),
        (tmp_path / "a.csv" / "b.csv", "(no file|cannot be read)"),
    ]:
        with pytest.raises(SheetError, match=why):
            opened(path)


def test_owner_file_of_excel_is_refused_by_name(write_csv, opened):
    with pytest.raises(SheetError, match=r"keeps while contacts.xlsx is open"):
        opened(write_csv(b"\x05owner", "~$contacts.xlsx"))


@pytest.mark.parametrize(
    "name", ["-dash.csv", "mit Leer zeichen %20.csv", "Grüße.csv", "Gru\u0308ße.csv", "x" * 251 + ".csv"]
)
def test_odd_names_are_fine(write_csv, opened, name):
    assert opened(write_csv("a,b\n1,2\n", name)).sheet.name == name


def test_options_of_another_format_are_refused(saved_workbook, write_csv, opened):
    """Silently ignored options would mislead."""
    with pytest.raises(SheetError, match="no worksheets"):
        opened(write_csv("a,b\n"), worksheet="Data")
    with pytest.raises(SheetError, match="neither a delimiter nor an encoding"):
        opened(write_csv(saved_workbook, "a.xlsx"), delimiter=";")


def _read_or_refuse(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(SheetError), open_sheet(path) as sheet:
        for row in sheet.rows():
            assert len(row.cells) <= len(sheet.sheet.header)


_FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
_CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8)


@_FUZZ
@given(_CHANGES, st.integers(0, 10**6))
def test_damaged_workbooks_are_read_or_refused(tmp_path, saved_workbook, changes, cut):
    """Whatever bytes are given, nothing but SheetError leaves."""
    content = bytearray(saved_workbook)
    for place, byte in changes:
        content[place % len(content)] = byte
    _read_or_refuse(tmp_path / "fuzz.xlsx", bytes(content[: cut % (4 * len(content))]))


@_FUZZ
@given(_CHANGES)
def test_workbooks_with_damaged_xml_are_read_or_refused(tmp_path, write_xlsx, changes):
    """The archive is sound, its worksheet is not."""
    rows = f'<row r="1" hidden="1">{text_cell("A1", "user_id")}</row><row r="2"><c r="A2"><f>A1</f><v>5</v></c></row>'
    after = (
        '<mergeCells><mergeCell ref="A1:B2"/></mergeCells><hyperlinks><hyperlink ref="A2" location="x"/></hyperlinks>'
    )
    path = write_xlsx(rows, after=after)
    with zipfile.ZipFile(path) as archive:
        xml = bytearray(archive.read("xl/worksheets/sheet1.xml"))
    for place, byte in changes:
        xml[place % len(xml)] = byte
    path = write_xlsx(rows, more={"xl/worksheets/sheet1.xml": bytes(xml)})
    _read_or_refuse(path, path.read_bytes())


@_FUZZ
@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path, content):
    _read_or_refuse(tmp_path / "fuzz.csv", content)
