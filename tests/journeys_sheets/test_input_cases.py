"""Sheets that real people upload, by the number of their case: the right text reaches the right user, or nobody.

Each case is a real file. ``sent`` are the messages that the service applied, in order; ``codes`` are row number and
code of the rows that were not sent; ``refused`` are words of the refusal before any request.
"""

from __future__ import annotations

import datetime as dt
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from hotline_batch.cli.flows import starting
from tests.journeys_sheets.conftest import Desk

ANNA, BOB, CLEO = 987600001, 987600002, 987600003
Build = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One file and what becomes of it."""

    name: str
    build: Build
    sent: Sequence[tuple[int, str]] = ()
    codes: Mapping[int, str] = field(default_factory=dict)
    refused: Sequence[str] = ()
    options: Sequence[str] = ()


def raw(content: str | bytes, encoding: str = "utf-8") -> Build:
    data = content if isinstance(content, bytes) else content.encode(encoding)

    def build(path: Path) -> None:
        path.write_bytes(data)

    return build


def nothing(_path: Path) -> None:
    """No file at all."""


def cut_off(path: Path) -> None:
    """A workbook whose end got lost."""
    book((str(ANNA), "Hello"))(path)
    path.write_bytes(path.read_bytes()[:3000])


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def ids(*values: str) -> Build:
    """One row for each spelling of an id, with a message of its own."""
    lines = "".join(f"{cell(value)},Text {number}\n" for number, value in enumerate(values))
    return raw(f"user_id,message\n{lines}")


def texts(*values: str) -> Build:
    """One row for each message, all to Anna."""
    return raw("user_id,message\n" + "".join(f"{ANNA},{cell(value)}\n" for value in values))


def book(*rows: Sequence[Any], change: Callable[[Workbook], None] | None = None, header: bool = True) -> Build:
    def build(path: Path) -> None:
        workbook = Workbook()
        sheet: Any = workbook.active
        for row in ([("user_id", "message")] if header else []) + list(rows):
            sheet.append(list(row))
        if change:
            change(workbook)
        workbook.save(path)

    return build


def parts(path: Path, *, replace: Mapping[str, bytes] | None = None, add: Mapping[str, bytes] | None = None) -> None:
    """A small workbook with some of its parts replaced or added."""
    plain = path.with_name("plain.xlsx")
    book((str(ANNA), "Hello"))(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, (replace or {}).get(name, source.read(name)))
        for name, content in (add or {}).items():
            target.writestr(name, content)
    plain.unlink()


def ods(*rows: str) -> Build:
    """An OpenDocument spreadsheet of these rows of XML below the header."""
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{word}="{urn}:{word}:1.0"' for word in ("office", "table", "text"))
    table = f'<table:table table:name="Data">{ods_row("user_id", "message")}{"".join(rows)}</table:table>'
    content = f"<office:document-content {spaces}><office:body><office:spreadsheet>{table}</office:spreadsheet>"

    def build(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("META-INF/manifest.xml", "<manifest/>")
            archive.writestr("content.xml", f"{content}</office:body></office:document-content>")

    return build


def ods_row(*cells: object, hidden: str = "") -> str:
    xml = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{each}</text:p></table:table-cell>' for each in cells
    )
    return f"<table:table-row{hidden}>{xml}</table:table-row>"


def _two_sheets(workbook: Workbook, *, hide_first: bool) -> None:
    second: Any = workbook.create_sheet("Second")
    second.append(["user_id", "message"])
    second.append([str(BOB), "From the second"])
    if hide_first:
        workbook.worksheets[0].sheet_state = "hidden"
        workbook.active = 1


def _hide_row(workbook: Workbook) -> None:
    workbook.worksheets[0].row_dimensions[3].hidden = True


def _show_per_cent(workbook: Workbook) -> None:
    workbook.worksheets[0]["B2"].number_format = "0%"


def _merge(workbook: Workbook) -> None:
    workbook.worksheets[0].merge_cells("B2:B3")


def _stray(workbook: Workbook) -> None:
    for place, value in {"A3600": BOB, "B3600": "Hi", "XFD3600": "x"}.items():
        workbook.worksheets[0][place] = value


def _ghost(workbook: Workbook) -> None:
    workbook.worksheets[0].cell(1_048_576, 1).font = Font(bold=True)


HELLO: tuple[tuple[int, str], ...] = ((ANNA, "Hello"),)
PLAIN = f"user_id,message\n{ANNA},Hello\n"
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
)
OUTSIDE = ENTITIES.replace(b'"aaaaaaaaaa"', b'SYSTEM "file:///etc/passwd"')
SHEET_1 = "xl/worksheets/sheet1.xml"
LONGEST = "x" * 4096
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"

CASES = {
    "I01": Case("a.csv", raw(PLAIN), HELLO),
    "I02": Case("a.csv", raw(f"Kunden-ID;Nachricht\r\n{ANNA};Grüße\r\n", "utf-8-sig"), [(ANNA, "Grüße")]),
    "I03-le": Case("a.txt", raw(f"user_id\tmessage\n{ANNA}\tПривет\n", "utf-16"), [(ANNA, "Привет")]),
    "I03-be": Case("a.txt", raw(b"\xfe\xff" + f"user_id\tmessage\n{ANNA}\tHi\n".encode("utf-16-be")), [(ANNA, "Hi")]),
    "I04-western": Case(
        "a.csv", raw(f"user_id;message\n{ANNA};Grüße aus Köln\n", "cp1252"), refused=["--encoding cp1252", "line 2"]
    ),
    "I04-cyrillic": Case(
        "a.csv",
        raw(f"user_id;message\n{ANNA};Привет, ваш заказ готов\n", "cp1251"),
        refused=["--encoding cp1251", "Привет"],
    ),
    "I04-said": Case(
        "a.csv",
        raw(f"user_id;message\n{ANNA};Привет\n", "cp1251"),
        [(ANNA, "Привет")],
        options=["--encoding", "cp1251"],
    ),
    "I05": Case(
        "a.csv", raw(f"user_id,message\n{ANNA},Grüße é ü ö\n{BOB},".encode() + b"\xff\n"), refused=["line 3", "0xFF"]
    ),
    "I06": Case("a.csv", raw(f"sep=;\nuser_id;message\n{ANNA};a,b\n"), [(ANNA, "a,b")]),
    "I07-tab": Case("a.tsv", raw(f"user_id\tmessage\n{ANNA}\ta,b;c\n"), [(ANNA, "a,b;c")]),
    "I07-pipe": Case("a.csv", raw(f"user_id|message\n{ANNA}|a,b\n"), [(ANNA, "a,b")]),
    "I08": Case("a.csv", texts('One "two",\nthree; four\n\nfive'), [(ANNA, 'One "two",\nthree; four\n\nfive')]),
    "I09": Case("a.csv", raw(f'user_id,message\n{ANNA},"Hello\n{BOB},Hi\n'), refused=["line 2"]),
    "I10": Case(
        "a.csv",
        raw(f"user_id,message\n{ANNA},Hello\n{BOB},Hi, you\n{CLEO}\n"),
        HELLO,
        {3: "too_many_cells", 4: "too_few_cells"},
    ),
    "I11": Case(
        "a.csv", raw(f"user_id,message\n{ANNA},Hello, you\n{BOB},Hello, me\n"), refused=["row 2", "more cells"]
    ),
    "I12-padded": Case("a.csv", raw(f" USER_ID ,\u00a0Message\u00a0,\n{ANNA},Hello,\n"), HELLO),
    "I12-twice": Case("a.csv", raw(f"user_id,message,user_id\n{ANNA},Hello,{BOB}\n"), refused=["user_id", "column C"]),
    "I13": Case("a.csv", raw("user_id,message\n")),
    "I14-empty": Case("a.csv", raw(b""), refused=["empty"]),
    "I14-bom": Case("a.csv", raw(b"\xef\xbb\xbf"), refused=["empty"]),
    "I14-blank": Case("a.csv", raw("\n\n\n"), refused=["empty"]),
    "I15": Case("a.csv", raw(f"{ANNA},Hello\n{BOB},Hi\n"), refused=["Row 1 looks like data", "--header-row 0"]),
    "I15-said": Case("a.csv", raw(f"{ANNA},Hello\n{BOB},Hi\n"), [*HELLO, (BOB, "Hi")], options=["--header-row", "0"]),
    "I15-list": Case(
        "a.csv", raw(f"{ANNA}\n{BOB}\n"), [*HELLO, (BOB, "Hello")], options=["--header-row", "0", "-m", "Hello"]
    ),
    "I16": Case("a.csv", raw(f"Our customers,\nuser_id,message\n{ANNA},Hello\n"), refused=["--header-row 2"]),
    "I16-bare": Case("a.csv", raw(f"Our customers\nuser_id,message\n{ANNA},Hello\n"), refused=["--header-row 2"]),
    "I16-bare-said": Case(
        "a.csv", raw(f"Our customers\nuser_id,message\n{ANNA},Hello\n"), HELLO, options=["--header-row", "2"]
    ),
    "I16-said": Case(
        "a.csv", raw(f"Our customers,\nuser_id,message\n{ANNA},Hello\n"), HELLO, options=["--header-row", "2"]
    ),
    "I17": Case("a.csv", raw(f"usr_id,message\n{ANNA},Hello\n"), refused=["'usr_id'", "--map"]),
    "I18": Case("a.csv", ids(str(ANNA), "", str(BOB)), [(ANNA, "Text 0"), (BOB, "Text 2")], {3: "user_id_missing"}),
    "I19": Case(
        "a.csv",
        ids("987600001.0", " 987600002 ", "'987600003", '="987600001"'),
        [(ANNA, "Text 0"), (BOB, "Text 1"), (CLEO, "Text 2"), (ANNA, "Text 3")],
    ),
    "I20": Case("a.csv", ids("9.87654E+08", "1.32099E+16"), codes={2: "digits_lost", 3: "digits_lost"}),
    "I21": Case("a.xlsx", book((12345678901234567, "Hello")), codes={2: "digits_lost"}),
    "I22": Case(
        "a.csv",
        ids("987.600.001", "987 600 002", "\u0669\u0668\u0667", "９８７６００００３", "98760000²", "987,6"),
        [(ANNA, "Text 0"), (BOB, "Text 1"), (CLEO, "Text 3")],
        {4: "user_id_not_a_number", 6: "user_id_not_a_number", 7: "user_id_not_a_number"},
    ),
    "I23": Case(
        "a.csv",
        ids("0987600001", "+987600001", "0", "-987600001", "TRUE", "2025-10-09", "9223372036854775808"),
        codes={
            2: "user_id_leading_zeros",
            3: "user_id_is_a_phone_number",
            4: "user_id_out_of_range",
            5: "user_id_is_negative",
            6: "cell_is_true_or_false",
            7: "cell_is_a_date",
            8: "user_id_out_of_range",
        },
    ),
    "I24": Case(
        "a.csv",
        texts("NA", "null", "None", "nan", "TRUE", "1E5", "01.02.2025", "007"),
        [(ANNA, text) for text in ("NA", "null", "None", "nan", "TRUE", "1E5", "01.02.2025", "007")],
    ),
    "I25": Case("a.csv", texts("", "   ", "\u00a0", "\u200b"), codes=dict.fromkeys((2, 3, 4, 5), "message_blank")),
    "I26": Case(
        "a.csv",
        texts(LONGEST, LONGEST + "x", "😀" * 4096, FAMILY * 819, "e\u0301" * 2048),
        [(ANNA, LONGEST), (ANNA, "😀" * 4096), (ANNA, FAMILY * 819), (ANNA, "e\u0301" * 2048)],
        {3: "message_too_long"},
    ),
    "I27": Case("a.csv", texts("a\r\nb", "c\rd  "), [(ANNA, "a\nb"), (ANNA, "c\nd  ")]),
    "I28": Case("a.csv", texts("a\x01b", "a\ufffeb"), codes={2: "message_bad_characters", 3: "message_bad_characters"}),
    "I28-nul": Case("a.csv", raw(f"user_id,message\n{ANNA},a\0b\n"), refused=["NUL"]),
    "I29": Case("a.csv", texts("abc\u202edef", "раураl"), [(ANNA, "abc\u202edef"), (ANNA, "раураl")]),
    "I30": Case(
        "a.csv", texts("=1+1", "@x", "+49 151", "-x"), [(ANNA, text) for text in ("=1+1", "@x", "+49 151", "-x")]
    ),
    "I31": Case("a.xlsx", book(("=987600000+1", "Hello")), codes={2: "formula_without_value"}),
    "I32": Case(
        "a.xlsx", book(("#N/A", "Hello"), (str(ANNA), "#REF!")), codes=dict.fromkeys((2, 3), "cell_is_an_error")
    ),
    "I33": Case("a.xlsx", book((ANNA, "Hello"), (BOB, None), change=_merge), HELLO, {3: "cell_is_merged"}),
    "I34": Case("a.xlsx", book((ANNA, "Hello"), (BOB, "Hi"), change=_hide_row), refused=["hidden", "--hidden-rows"]),
    "I34-skip": Case(
        "a.xlsx",
        book((ANNA, "Hello"), (BOB, "Hi"), change=_hide_row),
        HELLO,
        {3: "hidden_row"},
        options=["--hidden-rows", "skip"],
    ),
    "I34-include": Case(
        "a.xlsx",
        book((ANNA, "Hello"), (BOB, "Hi"), change=_hide_row),
        [*HELLO, (BOB, "Hi")],
        options=["--hidden-rows", "include"],
    ),
    "I34-ods": Case(
        "a.ods",
        ods(ods_row(ANNA, "Hello"), ods_row(BOB, "Hi", hidden=' table:visibility="filter"')),
        refused=["1 row is hidden or filtered out", "--hidden-rows"],
    ),
    "I34-ods-skip": Case(
        "a.ods",
        ods(ods_row(ANNA, "Hello"), ods_row(BOB, "Hi", hidden=' table:visibility="collapse"')),
        HELLO,
        {3: "hidden_row"},
        options=["--hidden-rows", "skip"],
    ),
    "I35-hidden": Case(
        "a.xlsx",
        book((ANNA, "Hello"), change=lambda workbook: _two_sheets(workbook, hide_first=True)),
        [(BOB, "From the second")],
    ),
    "I35-named": Case(
        "a.xlsx",
        book((ANNA, "Hello"), change=lambda workbook: _two_sheets(workbook, hide_first=False)),
        [(BOB, "From the second")],
        options=["--worksheet", "Second"],
    ),
    "I35-elsewhere": Case(
        "a.xlsx",
        book(("Only words", "here"), header=False, change=lambda workbook: _two_sheets(workbook, hide_first=False)),
        refused=["Worksheet 'Second' has such columns: use --worksheet 'Second'"],
    ),
    "I36": Case("a.xlsx", book((ANNA, "Hello"), change=_ghost), HELLO),
    "I77": Case("a.xlsx", book((ANNA, "Hello"), change=_stray), [*HELLO, (BOB, "Hi")]),
    "I37": Case("a.xlsx", book((ANNA, dt.date(2025, 10, 9))), codes={2: "cell_is_a_date"}),
    "I37-per-cent": Case("a.xlsx", book((ANNA, 0.19), change=_show_per_cent), codes={2: "cell_is_a_formatted_number"}),
    "I38": Case("a.xlsx", book((ANNA, 5.0)), [(ANNA, "5")]),
    "I39": Case(
        "a.xlsx",
        raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512),
        refused=["password-protected"],
    ),
    "I40": Case(
        "a.xls", raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2048), refused=["damaged", "save it again as XLSX"]
    ),
    "I40-ods": Case("a.ods", ods(ods_row(ANNA, "a<text:tab/>b<text:line-break/>c")), [(ANNA, "a\tb\nc")]),
    "I41-csv": Case("a.xlsx", raw(PLAIN), HELLO),
    "I41-xlsx": Case("a.csv", book((ANNA, "Hello")), HELLO),
    "I41-html": Case("a.xls", raw("<html><table><tr><td>user_id</td></tr></table></html>"), refused=["HTML"]),
    "I42-cut": Case("a.xlsx", cut_off, refused=["damaged"]),
    "I42-empty-zip": Case("a.xlsx", raw(b"PK\x05\x06" + b"\0" * 18), refused=["empty ZIP"]),
    "I43": Case(
        "a.xlsx",
        lambda path: parts(path, replace={SHEET_1: b"<worksheet><sheetData>" + b"<row/>" * 30_000_000}),
        refused=["inflates"],
    ),
    "I44": Case(
        "a.xlsx", lambda path: parts(path, replace={SHEET_1: b"<worksheet>" + b"x" * 9_000_000}), refused=["characters"]
    ),
    "I45": Case("a.xlsx", lambda path: parts(path, replace={SHEET_1: ENTITIES}), refused=["entities"]),
    "I47": Case("a.xlsx", lambda path: parts(path, replace={SHEET_1: OUTSIDE}), refused=["entities"]),
    "I48": Case("a.xlsm", lambda path: parts(path, add={"xl/vbaProject.bin": b"macro"}), HELLO),
    "I49": Case("a.xlsx", lambda path: parts(path, add={"../../evil.txt": b"evil"}), HELLO),
    "I51": Case("a.csv", raw(f"user_id,message,note\n{ANNA},Hello,{'y' * 200_000}\n"), HELLO),
    "I52": Case("a.csv", texts("Hello", "Hello"), HELLO, {3: "duplicate_in_sheet"}),
    "I53": Case("a.csv", texts("One", "Two"), [(ANNA, "One"), (ANNA, "Two")]),
    "I57-folder": Case("a.csv", lambda path: path.mkdir(), refused=["is a folder"]),
    "I57-missing": Case("a.csv", nothing, refused=["There is no file"]),
    "I57-fifo": Case("a.csv", os.mkfifo, refused=["not a file"]),
    "I59": Case("~$a.xlsx", raw(b"x"), refused=["Name a.xlsx"]),
    "I65": Case("Kunden 100% ü.csv", raw(PLAIN), HELLO),
    "I66-column": Case("a.csv", raw(PLAIN), refused=["nmae"], options=["-m", "Hello {{ nmae }}"]),
    "I66-data": Case("a.csv", texts("{{ user_id }} {x.__class__}"), [(ANNA, "{{ user_id }} {x.__class__}")]),
    "I68-cr": Case("a.csv", raw(PLAIN.replace("\n", "\r")), HELLO),
    "I68-no-end": Case("a.csv", raw(PLAIN.rstrip("\n")), HELLO),
    "I69": Case("a.csv", raw(f"user_id,message,,\n{ANNA},Hello,,\n,,,\n,,,\n"), HELLO),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_right_text_reaches_the_right_user_or_nobody(desk: Desk, case: Case) -> None:
    """Byte for byte; what is not sent is named with its row and code, or refused with a cure."""
    case.build(desk.folder / case.name)

    said = desk.send(case.name, *case.options)

    assert "error of its own" not in said.stderr
    if case.refused:
        assert 2 == said.exit_code, said.stderr
        assert all(words in said.stderr for words in case.refused), said.stderr
        assert 0 == desk.asked
        return
    assert sorted(case.sent) == sorted(desk.applied), said.stderr
    rows = [row for row in desk.rows() if row["hotline_status"] != "sent"]
    assert dict(case.codes) == {int(row["hotline_row"]): row["hotline_error_code"] for row in rows}
    invalid = any(row["hotline_status"] == "invalid" for row in rows)
    assert (1 if invalid else 0) == said.exit_code


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_check_says_the_same_without_a_request(desk: Desk, case: Case) -> None:
    """The same refusal, or the same rows with the same codes."""
    case.build(desk.folder / case.name)

    said = desk.run("check", case.name, "--for", "send", "--json", *case.options)

    assert 0 == desk.asked
    if case.refused:
        assert 2 == said.exit_code
        assert all(words in said.stderr for words in case.refused), said.stderr
        return
    found = {problem["row"]: problem["code"] for problem in said.summary["problems"]}
    left_out = {"duplicate_in_sheet", "hidden_row"}
    assert {row: code for row, code in case.codes.items() if code not in left_out} == found
    assert len(case.sent) == said.summary["usable"]
    assert all(problem["message"] and problem["advice"] for problem in said.summary["problems"])


LINKS = {
    "https://t.me/c/2101424779/5343": (2101424779, 5343),
    "https://t.me/c/2101424779/5343/5999": (2101424779, 5343),
    "tg://privatepost?channel=2101424779&post=5999&thread=5343": (2101424779, 5343),
    "https://t.me/c/2101424779/5999?thread=5343": (2101424779, 5343),
    "http://telegram.me/c/2101424779/5343/": (2101424779, 5343),
    "https://web.telegram.org/a/#-1002101424779_5343": (2101424779, 5343),
    "https://t.me/support_group/5343": None,
    "https://t.me/c/2101424779": None,
    "https://t.me/+abcdef": None,
}


def test_every_shape_of_link_is_exact_or_refused(desk: Desk) -> None:
    """I55, and I56 in its last column: what was asked of the service is the topic itself, never a guess."""
    rows = "".join(f'"{link}"\n' for link in LINKS)
    sheet = desk.file("links.csv", f"topic_link\n{rows}")

    said = desk.run("enrich", sheet, "-o", "out.csv", "--rate", "500/s")

    usable = [link for link, topic in LINKS.items() if topic]
    found = desk.rows()
    assert 1 == said.exit_code
    assert usable == [row["topic_link"] for row in found if row["hotline_status"] == "enriched"]
    assert {("2101424779", "5343")} == {
        (row["hotline_group_id"], row["hotline_topic_id"]) for row in found if row["hotline_status"] == "enriched"
    }
    assert all(
        row["hotline_error_code"].startswith("topic_link_") for row in found if row["hotline_status"] == "invalid"
    )


@pytest.mark.parametrize("group", ["2101424779", "-1002101424779", "1002101424779"])
def test_a_group_id_may_carry_its_prefix(desk: Desk, group: str) -> None:
    """I56: one rule, and the reading is told."""
    sheet = desk.file("topics.csv", f"group_id,topic_id\n{group},5343\n")

    said = desk.run("enrich", sheet, "-o", "out.csv", "--rate", "500/s")

    assert 0 == said.exit_code, said.stderr
    assert "https://t.me/c/2101424779/5343" == desk.rows()[0]["hotline_topic_link"]
    assert (group == "2101424779") == ("read as group" not in said.stderr)


def test_standard_input_is_read_as_csv(desk: Desk) -> None:
    """I58: the question before sending never reads it, and the result goes to standard output."""
    said = desk.run("send", "-", "--yes", "--rate", "500/s", stdin=PLAIN.encode())

    assert 0 == said.exit_code, said.stderr
    assert list(HELLO) == desk.applied
    assert said.stdout.startswith("user_id,message,hotline_row")


def test_a_sheet_that_changes_during_the_run_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """I60: what was read at the start is sent; the last line says that the file is another one by now."""
    sheet = desk.file("a.csv", PLAIN)
    start = starting.start_run

    def edit_and_start(*arguments: Any, **named: Any) -> Any:
        sheet.write_text(PLAIN + f"{BOB},Hi\n")
        return start(*arguments, **named)

    calm = desk.send(sheet)
    monkeypatch.setattr(starting, "start_run", edit_and_start)
    changed = desk.send(sheet, "-m", "Hello again")

    assert "meanwhile" not in calm.stderr
    assert "Note: a.csv was changed, moved or removed meanwhile." in changed.stderr.splitlines()[-1]
    assert [*HELLO, (ANNA, "Hello again")] == desk.applied


def test_a_field_is_mapped_once(desk: Desk) -> None:
    sheet = desk.file("a.csv", f"A,B,message\n{ANNA},{BOB},Hello\n")

    said = desk.send(sheet, "--map", "user_id=A", "--map", "user_id=B")

    assert (2, 0) == (said.exit_code, desk.asked)
    assert "--map names user_id twice: 'A' and 'B'" in said.stderr


def test_the_input_is_never_the_output(desk: Desk) -> None:
    """I61 and I62: refused before anything is sent, also with --force; an existing file stays as it is."""
    sheet = desk.file("a.csv", PLAIN)
    other = desk.file("b.csv", "mine")

    same = desk.run("send", sheet, "--yes", "-o", "a.csv", "--force")
    taken = desk.run("send", sheet, "--yes", "-o", "b.csv")
    nowhere = desk.run("send", sheet, "--yes", "-o", "missing/b.csv")

    assert (2, 2, 2) == (same.exit_code, taken.exit_code, nowhere.exit_code)
    assert (PLAIN, "mine") == (sheet.read_text(), other.read_text())
    assert 0 == desk.asked


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_an_old_result_sheet_sends_only_its_open_rows(desk: Desk, extension: str) -> None:
    """I67: what it calls sent is left out, its columns are refreshed in place, apostrophes that guard are no text."""
    desk.file("a.csv", f"user_id,message\n{ANNA},=1+1\n{BOB}x,'=2+2\n{ANNA},=1+1\n")
    desk.run("send", "a.csv", "--yes", "--rate", "500/s", "-o", f"first.{extension}")
    (desk.folder.parent / "ledger.sqlite").unlink()
    if extension == "csv":
        path = desk.folder / "first.csv"
        path.write_bytes(path.read_bytes().replace(f"{BOB}x".encode(), str(BOB).encode()))

    said = desk.run("send", f"first.{extension}", "--yes", "--rate", "500/s", "-o", "second.csv")

    rows = desk.rows("second.csv")
    last = [("sent", "")] if extension == "csv" else [("invalid", "user_id_not_a_number")]
    assert [("skipped", "already_sent"), *last, ("skipped", "duplicate_in_sheet")] == [
        (row["hotline_status"], row["hotline_error_code"]) for row in rows
    ], said.stderr
    assert [(ANNA, "=1+1"), *([(BOB, "'=2+2")] if extension == "csv" else [])] == desk.applied
    assert len(set(rows[0])) == len(rows[0])


def test_sent_rows_of_an_old_result_are_sent_again_when_a_person_says_so(desk: Desk) -> None:
    """--duplicate-window 0."""
    desk.file("a.csv", PLAIN)
    desk.run("send", "a.csv", "--yes", "-o", "first.csv")

    said = desk.run("send", "first.csv", "--yes", "-o", "second.csv", "--duplicate-window", "0")

    assert 0 == said.exit_code, said.stderr
    assert [*HELLO, *HELLO] == desk.applied


def test_a_mapping_is_remembered_for_the_same_header(desk: Desk) -> None:
    """Given once with --map, told the next time; --map overrides; the file is for its owner alone."""
    sheet = desk.file("a.csv", f"Nummer,Zahl,message\n{ANNA},{BOB},Hello\n")
    refused = desk.send(sheet)
    desk.send(sheet, "--map", "user_id=Nummer")

    remembered = desk.send(sheet, "-m", "Again")
    overridden = desk.run("check", sheet, "--for", "send", "--json", "--map", "user_id=Zahl")

    kept = Path(os.environ["XDG_STATE_HOME"]) / "hotline-batch" / "mappings.json"
    assert (2, 0) == (refused.exit_code, remembered.exit_code)
    assert "Remembered from an earlier sheet with this header: user_id = 'Nummer'" in remembered.stderr
    assert [(ANNA, "Hello"), (ANNA, "Again")] == desk.applied
    assert {"user_id": "Zahl", "message": "message"} == overridden.summary["mapping"]
    assert 0o600 == kept.stat().st_mode & 0o777
    assert str(ANNA) not in kept.read_text()


@pytest.mark.parametrize(
    ("where", "sent"), [("City=Bonn", [ANNA]), ("City!=Bonn", [BOB, CLEO]), ("City~^(ber|ess)", [BOB, CLEO])]
)
def test_only_rows_that_meet_a_condition_are_sent(desk: Desk, where: str, sent: list[int]) -> None:
    """The others come back skipped, with the code not_selected."""
    desk.file("a.csv", f"user_id,message,City\n{ANNA},Hi,Bonn\n{BOB},Hi,Berlin\n{CLEO},Hi,Essen\n")

    said = desk.send("a.csv", "--where", where)

    assert 0 == said.exit_code, said.stderr
    assert sent == sorted(user for user, _ in desk.applied)
    assert 3 - len(sent) == [row["hotline_error_code"] for row in desk.rows()].count("not_selected")
