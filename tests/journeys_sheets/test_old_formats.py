"""Old and open workbooks as a person sends them: the right text reaches the right user, or is refused by name."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import xlwt
from openpyxl import Workbook, load_workbook

from tests.journeys_sheets.conftest import Desk
from tests.sheets.raw_formats import (
    biff,
    biff_stream,
    ods_parts,
    wide,
    xls_file,
    xls_of_stream,
    xlsb_parts,
    xlsb_record,
)

ID = 700000101
ROWS: Sequence[Sequence[Any]] = [["user_id", "message"], [float(ID), "你好 👍"]]


def zipped(path: Path, parts: dict[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_letters_of_excel_97_are_never_those_of_the_code_page(desk: Desk) -> None:
    """The record of a code page is there, and means nothing."""
    book = xlwt.Workbook(encoding="cp1252")
    sheet = book.add_sheet("Sheet1")
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    book.save(str(desk.folder / "a.xls"))

    said = desk.send("a.xls")

    assert 0 == said.exit_code, said.stderr
    assert [(ID, "你好 👍")] == desk.applied


def test_rich_texts_of_a_binary_workbook_are_sent_whole(desk: Desk) -> None:
    parts = xlsb_parts({"Data": ROWS[:1]})
    rich = b"\1" + wide("Rich text") + struct.pack("<IHH", 1, 0, 1)
    rows = b"".join(
        xlsb_record(0, struct.pack("<IIHBB", row, 0, 0x140, 0, 0) + bytes(13))
        + xlsb_record(*first)
        + xlsb_record(62, struct.pack("<II", 1, 0) + text)
        for row, first, text in [
            (0, (6, struct.pack("<II", 0, 0) + wide("user_id")), b"\0" + wide("message")),
            (1, (5, struct.pack("<IId", 0, 0, ID)), rich),
        ]
    )
    parts["xl/worksheets/sheet1.bin"] = xlsb_record(145, b"") + rows + xlsb_record(146, b"")
    zipped(desk.folder / "a.xlsb", parts)

    said = desk.send("a.xlsb")

    assert 0 == said.exit_code, said.stderr
    assert [(ID, "Rich text")] == desk.applied


def test_rows_of_formulas_without_values_come_back(desk: Desk) -> None:
    """Nothing else stands in the row, and still it is one of the sheet's."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for column, name in enumerate(("user_id", "message")):
        sheet.write(0, column, name)
        sheet.write(2, column, xlwt.Formula("1+1"))
    sheet.write(1, 0, ID)
    sheet.write(1, 1, "Hello")
    book.save(str(desk.folder / "a.xls"))

    said = desk.send("a.xls")

    assert 1 == said.exit_code, said.stderr
    assert [("2", "sent", ""), ("3", "invalid", "formula_without_value")] == [
        (row["hotline_row"], row["hotline_status"], row["hotline_error_code"]) for row in desk.rows()
    ]


def test_links_behind_texts_are_used(desk: Desk) -> None:
    """In an .xls as in every other workbook."""
    address = ("https://t.me/c/2101424779/5343\0").encode("utf-16-le")
    url = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
    link = struct.pack("<HHHH16sII", 1, 1, 0, 0, bytes(16), 2, 3) + url + struct.pack("<I", len(address)) + address
    cells = b"".join(
        biff(0x204, struct.pack("<HHHHB", row, 0, 0, len(text), 0) + text)
        for row, text in enumerate((b"topic_link", b"Ann's topic"))
    )
    desk.file("a.xls", xls_of_stream(biff_stream({"Data": cells + biff(0x1B8, link)})))

    said = desk.run("enrich", "a.xls", "-o", "out.csv", "--rate", "500/s")

    assert 0 == said.exit_code, said.stderr
    assert "https://t.me/c/2101424779/5343" == desk.rows()[0]["hotline_topic_link"]


@pytest.mark.parametrize("kind", ["xls", "xlsb", "ods"])
def test_hidden_rows_are_a_question_in_every_format(desk: Desk, kind: str) -> None:
    rows = [*ROWS, [float(ID + 1), "Hidden"]]
    if kind == "xls":
        desk.file("a.xls", xls_file({"Data": rows}, hidden_rows=[2]))
    else:
        parts = xlsb_parts if kind == "xlsb" else ods_parts
        zipped(desk.folder / f"a.{kind}", parts({"Data": rows}, hidden_rows=[2]))

    asked = desk.send(f"a.{kind}")
    skipped = desk.send(f"a.{kind}", "--hidden-rows", "skip")

    assert (2, 0) == (asked.exit_code, skipped.exit_code), skipped.stderr
    assert "1 row is hidden or filtered out" in asked.stderr
    assert [(ID, "你好 👍")] == desk.applied


@pytest.mark.parametrize("kind", ["xls", "xlsb", "ods"])
def test_two_filled_worksheets_are_a_question_in_every_format(desk: Desk, kind: str) -> None:
    sheets = {"May": ROWS, "June": [ROWS[0], [float(ID + 1), "June"]]}
    if kind == "xls":
        desk.file("a.xls", xls_file(sheets))
    else:
        zipped(desk.folder / f"a.{kind}", (xlsb_parts if kind == "xlsb" else ods_parts)(sheets))

    asked = desk.send(f"a.{kind}")
    answered = desk.send(f"a.{kind}", "--worksheet", " june")

    assert (2, 0) == (asked.exit_code, answered.exit_code), answered.stderr
    assert "several worksheets with the columns that are needed: 'May' (user_id, message); 'June'" in asked.stderr
    assert [(ID + 1, "June")] == desk.applied


REFUSED = {
    "password": ("a.xls", xls_of_stream(biff_stream({"D": b""}, about=biff(0x2F, bytes(6)))), "password-protected"),
    "new password": ("a.xlsx", xls_of_stream(bytes(5000), "EncryptedPackage"), "password-protected"),
    "word": ("a.xls", xls_of_stream(bytes(5000), "WordDocument"), "is a Word document"),
    "outlook": ("a.xls", xls_of_stream(bytes(5000), "__properties_version1.0"), "is an Outlook message"),
    "anything": ("a.xls", xls_of_stream(bytes(5000), "Contents"), "a document of another program (OLE2)"),
}


@pytest.mark.parametrize(("name", "content", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_containers_without_a_readable_workbook_are_called_what_they_are(
    desk: Desk, name: str, content: bytes, words: str
) -> None:
    desk.file(name, content)

    said = desk.run("check", name, "--for", "send")

    assert 2 == said.exit_code
    assert words in said.stderr


def test_two_tables_of_one_name_are_refused(desk: Desk) -> None:
    parts = ods_parts({"A": ROWS, "B": ROWS})
    parts["content.xml"] = str(parts["content.xml"]).replace('table:name="B"', 'table:name="A"')
    zipped(desk.folder / "a.ods", parts)

    said = desk.run("check", "a.ods", "--for", "send")

    assert 2 == said.exit_code
    assert "two worksheets have the same name" in said.stderr


def test_a_list_of_several_lines_is_one_message_in_every_format(desk: Desk) -> None:
    """LibreOffice writes the blanks before a line as they are. Lost, they would make it another message, sent again."""
    book = Workbook()
    assert book.active is not None
    for row in (["user_id", "message"], [str(ID), "list:\n   - one\n   - two"]):
        book.active.append(row)
    book.save(desk.folder / "a.xlsx")
    lines = "<text:p>list:</text:p><text:p>   - one</text:p><text:p>   - two</text:p>"
    cells = "".join(
        f'<table:table-cell office:value-type="string">{each}</table:table-cell>'
        for each in (f"<text:p>{ID}</text:p>", lines)
    )
    zipped(desk.folder / "a.ods", ods_parts({"Data": ROWS[:1]}, f"<table:table-row>{cells}</table:table-row>"))
    assert 0 == desk.send("a.xlsx").exit_code

    said = desk.send("a.ods")

    assert 0 == said.exit_code, said.stderr
    assert [(ID, "list:\n   - one\n   - two")] == desk.applied
    assert ["already_sent"] == [row["hotline_error_code"] for row in desk.rows()]


def test_a_duration_comes_back_as_one(desk: Desk) -> None:
    """Thirty hours are shown as thirty, as LibreOffice writes them."""
    parts = ods_parts(
        {"Data": [["user_id", "message", "worked"]]},
        f'<table:table-row><table:table-cell office:value-type="string"><text:p>{ID}</text:p></table:table-cell>'
        '<table:table-cell office:value-type="string"><text:p>Hello</text:p></table:table-cell>'
        '<table:table-cell table:style-name="ce1" office:value-type="time" office:time-value="PT30H00M00S">'
        "<text:p>30:00</text:p></table:table-cell></table:table-row>",
    )
    styles = (
        '<office:automatic-styles xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0">'
        '<number:time-style style:name="N1" number:truncate-on-overflow="false"><number:hours/>'
        '<number:text>:</number:text><number:minutes number:style="long"/></number:time-style>'
        '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'
    )
    parts["content.xml"] = str(parts["content.xml"]).replace("<office:automatic-styles>", styles)
    zipped(desk.folder / "a.ods", parts)

    said = desk.run("send", "a.ods", "--yes", "--rate", "500/s", "-o", "out.xlsx")

    assert 0 == said.exit_code, said.stderr
    cell = load_workbook(desk.folder / "out.xlsx").worksheets[0]["C2"]
    assert (timedelta(hours=30), "[h]:mm") == (cell.value, cell.number_format)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_small_amount_is_written_with_its_zeros_in_every_format(desk: Desk, kind: str) -> None:
    """As spreadsheet programs show it; 5e-05 would be another text, and no message at all from an .ods."""
    rows = [["user_id", "message"], [float(ID), 0.00005]]
    if kind == "xls":
        desk.file("a.xls", xls_file({"Data": rows}))
    elif kind == "ods":
        cell = '<table:table-cell office:value-type="float" office:value="{}"><text:p>{}</text:p></table:table-cell>'
        cells = cell.format(ID, ID) + cell.format("5E-005", "0,00005")
        zipped(desk.folder / "a.ods", ods_parts({"Data": rows[:1]}, f"<table:table-row>{cells}</table:table-row>"))
    else:
        book = Workbook()
        assert book.active is not None
        for row in rows:
            book.active.append(row)
        book.save(desk.folder / "a.xlsx")

    said = desk.send(f"a.{kind}")

    assert 0 == said.exit_code, said.stderr
    assert [(ID, "0.00005")] == desk.applied


def test_carriage_returns_that_became_letters_make_no_other_message(desk: Desk) -> None:
    """As pandas reads them with openpyxl. Whom they reach for the first time, they reach with a warning."""
    book = Workbook()
    sheet: Any = book.active
    for row in (["user_id", "message"], [987600001, "Line 1_x000D_\nLine 2"]):
        sheet.append(row)
    book.save(desk.folder / "s.xlsx")
    desk.send("s.xlsx")
    desk.file("saved.csv", 'user_id,message\n987600001,"Line 1_x000D_\nLine 2"\n987600002,"Hi_x000D_\nBob"\n')

    said = desk.send("saved.csv")

    assert [(987600001, "Line 1\nLine 2"), (987600002, "Hi_x000D_\nBob")] == desk.applied
    assert ["already_sent", ""] == [row["hotline_error_code"] for row in desk.rows()]
    assert "letters of the message look lost or garbled" in said.stderr
