"""Files that are no sheet, or not quite: each is called what it is, with a cure; nothing is asked of the service."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.journeys_sheets.conftest import Desk

ID = 700000101
TABLE = f"user_id,message\n{ID},Grüße\n"

REFUSED: dict[str, tuple[str | bytes, Sequence[str]]] = {
    "utf-16-be": (TABLE.encode("utf-16-be"), ["is UTF-16 (big-endian)", "--encoding utf-16-be"]),
    "utf-16-le": (TABLE.encode("utf-16-le"), ["is UTF-16 (little-endian)", "--encoding utf-16-le"]),
    "utf-16 cyrillic": (f"user_id;message\n{ID};{'Привет, как дела' * 9}\n".encode("utf-16-le"), ["utf-16-le"]),
    "utf-32": (TABLE.encode("utf-32-be"), ["is UTF-32 (big-endian)", "--encoding utf-32-be"]),
    "whole lines quoted": (
        f'"user_id,message"\n"{ID},Hello"\n"{ID + 1},Bye"\n',
        ["whole lines stand in quotation marks", "Text to Columns"],
    ),
    "whole lines quoted, doubled inside": (
        f'"user_id;message"\n"{ID};""Hello; there"""\n',
        ["whole lines stand in quotation marks"],
    ),
    "rows quoted as a whole": (
        f'user_id,message\n"{ID},""Hello, there"""\n"{ID + 1},""Bye, all"""\n',
        ["whole lines stand in quotation marks"],
    ),
    "blank before the quote": (
        f'user_id,message\n{ID}, "Hello, world"\n{ID + 1}, "Bye, all"\n',
        ["blank before the quotation mark is the cause", "row 2", "Remove the blanks"],
    ),
    "caret": (f"user_id^message\n{ID}^Hello\n", ["divided by '^'", "';', ',', tab or '|'"]),
    "colon": (f"user_id:message\n{ID}:Hello\n", ["divided by ':'"]),
    "blanks": (f"user_id     message\n{ID}   Hello\n", ["divided by blanks"]),
    "a blank": (f"user_id message\n{ID} Hello\n", ["divided by blanks"]),
    "declared": (f"sep=^\nuser_id^message\n{ID}^Hello\n", ["'^' divides the columns", "tab or '|' can divide"]),
    "web page": ("<div><table><tr><td>user_id</td></tr></table></div>", ["web page (HTML)", "save it as XLSX"]),
    "web page after a comment": ("<!-- a --><!-- b -->\n<p>x</p>", ["web page (HTML)"]),
    "json": ('[{"user_id": 700000101, "message": "Hello"}]', ["is JSON", "Get Data"]),
    "json lines": ('\ufeff{"user_id": 700000101}\n{"user_id": 700000102}\n', ["is JSON"]),
    "json of numbers": ("[700000101, 700000102]", ["is JSON"]),
    "google shortcut": (
        '{"url": "https://docs.google.com/open?id=1AbCdEf", "doc_id": "1AbCdEf"}',
        ["shortcut to a Google document", "Download"],
    ),
    "google shortcut, newer": ('{"":"WARNING!","doc_id":"1AbC","email":"a@b.c"}', ["shortcut to a Google document"]),
    "windows shortcut": ("[InternetShortcut]\r\nURL=https://example.org/\r\n", ["is a shortcut"]),
    "macos shortcut": ('<?xml version="1.0"?>\n<!DOCTYPE plist>\n<plist><dict/></plist>', ["shortcut"]),
    "xml": ("<Workbook xmlns='x'><Worksheet/></Workbook>", ["is an XML file"]),
    "sylk": ("ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K1\r\nE\r\n", ["is a SYLK file", "save it as XLSX"]),
    "vcard": ("BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n", ["list of contacts"]),
    "excel 2": (b"\x09\x00\x04\x00\x02\x00\x10\x00" + b"\0" * 40, ["old Excel", "LibreOffice"]),
    "excel 3": (b"\x09\x02\x06\x00\x00\x00\x10\x00\x00\x00" + b"\0" * 40, ["old Excel"]),
    "excel 4": (b"\x09\x04\x06\x00\x00\x00\x10\x00\x00\x00B\x00\x02\x00\xe4\x04", ["old Excel"]),
    "excel 4 with worksheets": (b"\x09\x04\x06\x00\x00\x00\x00\x01\x00\x00" + b"\0" * 40, ["old Excel"]),
    "dbase": (b"\x03\x7c\x0b\x1a\x02\0\0\0\x61\0\x1e\0" + b"\0" * 30 + b"\r", ["dBASE"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_sheet_is_called_what_it_is(desk: Desk, content: str | bytes, words: Sequence[str]) -> None:
    """And never a code page."""
    desk.file("a.csv", content)

    said = desk.run("check", "a.csv", "--for", "send")

    assert 2 == said.exit_code, said.stdout
    assert all(word in said.stderr for word in words), said.stderr
    assert "cp125" not in said.stderr
    assert "error of its own" not in said.stderr


SENT: dict[str, tuple[str | bytes, Sequence[str], Sequence[tuple[int, str]]]] = {
    "PK": (f"PKZ;user_id;message\n7;{ID};Hello\n", (), [(ID, "Hello")]),
    "in brackets": (f"[Name],[user_id],[message]\nAnn,{ID},Hello\n", (), [(ID, "Hello")]),
    "in angles": (f"<Name>;<user_id>;<message>\nAnn;{ID};Hello <b>you</b>\n", (), [(ID, "Hello <b>you</b>")]),
    "in braces": (f"{{{{Name}}}};user_id;message\nAnn;{ID};Hello\n", (), [(ID, "Hello")]),
    "ID;Preis": (f"ID;Preis;user_id;message\n1;2;{ID};Hello\n", (), [(ID, "Hello")]),
    "ctrl-z": (f"user_id,message\n{ID},Hello\n\x1a", (), [(ID, "Hello")]),
    "ctrl-z without a line end": (f"user_id,message\n{ID},Hello\x1a", (), [(ID, "Hello")]),
    "ctrl-z to the end of the block": (f"user_id,message\r\n{ID},Hello\r\n" + "\x1a" * 90, (), [(ID, "Hello")]),
    "ctrl-z and a line end": (f"user_id,message\r\n{ID},Hello\r\n\x1a\r\n", (), [(ID, "Hello")]),
    "utf-16, told": (TABLE.encode("utf-16-be"), ["--encoding", "utf-16"], [(ID, "Grüße")]),
    "utf-16-be, told": (TABLE.encode("utf-16-be"), ["--encoding", "utf-16-be"], [(ID, "Grüße")]),
    "one column of texts with commas": (
        f'"Hello, Anna"\n"{ID}"\n',
        ["--map", "user_id=Hello, Anna", "-m", "Hi"],
        [(ID, "Hi")],
    ),
}


@pytest.mark.parametrize(("content", "options", "sent"), SENT.values(), ids=SENT.keys())
def test_what_only_looks_strange_is_sent(
    desk: Desk, content: str | bytes, options: Sequence[str], sent: Sequence[tuple[int, str]]
) -> None:
    desk.file("a.csv", content)

    said = desk.send("a.csv", *options)

    assert 0 == said.exit_code, said.stderr
    assert list(sent) == desk.applied


def test_one_row_with_a_blank_before_the_quote_is_told_so(desk: Desk) -> None:
    """The others are sent."""
    desk.file("a.csv", f'user_id,message\n{ID}, "Hello, world"\n{ID + 1},Hi\n{ID + 2},Hi\n')

    said = desk.run("check", "a.csv", "--for", "send", "--json")

    (problem,) = said.summary["problems"]
    assert (2, "too_many_cells") == (problem["row"], problem["code"])
    assert "A blank stands before a quotation mark" in problem["message"]


def test_one_row_that_is_quoted_as_a_whole_is_told_so(desk: Desk) -> None:
    desk.file("a.csv", f'user_id,message\n"{ID},""Hello, world"""\n{ID + 1},Hi\n{ID + 2},Hi\n')

    said = desk.run("check", "a.csv", "--for", "send", "--json")

    assert {2} == {problem["row"] for problem in said.summary["problems"]}
    assert "the whole line stands in quotation marks" in said.summary["problems"][0]["message"]
