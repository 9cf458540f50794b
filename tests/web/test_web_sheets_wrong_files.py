"""A wrong file says what it is and how that is mended, right there; nothing of it is kept."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from tests.support.crm_export import crm_export, saved
from tests.support.page.page_forms import hand_in
from tests.support.page.page_server import Browser

LOCKED = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(2048)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200)


def zipped(name: str) -> bytes:
    """An archive with one file in it."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr(name, "x")
    return stream.getvalue()


def with_torn_worksheet(workbook: bytes) -> bytes:
    """The same archive, in which the first worksheet ends in the middle."""
    stream = BytesIO()
    with ZipFile(BytesIO(workbook)) as whole, ZipFile(stream, "w") as torn:
        for name in whole.namelist():
            content = whole.read(name)
            torn.writestr(name, content[: len(content) // 2] if name.endswith("worksheets/sheet1.xml") else content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("letter.pdf", b"%PDF-1.7\n1 0 obj", "letter.pdf is a PDF document"),
        ("locked.xlsx", LOCKED, "locked.xlsx is password-protected. Open it in the spreadsheet program, remove"),
        ("empty.xlsx", b"", "empty.xlsx is empty (0 bytes). Save the sheet again."),
        ("photo.xlsx", PICTURE, "photo.xlsx is a picture, whatever its name says."),
        ("export.xls", b"<html><table><tr><td>1</td></tr></table></html>", "export.xls is a web page (HTML)"),
        ("half.xlsx", crm_export(20)[:3_000], "half.xlsx is damaged"),
        ("all.zip", zipped("a.txt"), "a ZIP archive without a workbook"),
        ("text.docx", zipped("word/document.xml"), "text.docx is a Word document"),
        ("~$list.xlsx", b"x" * 165, "the small file that Excel keeps while list.xlsx is open"),
    ],
)
def test_wrong_file_says_what_it_is(
    browser: Browser, fresh_machine: Path, name: str, content: bytes, said: str
) -> None:
    """With the form below it, and what was chosen there still chosen."""
    page = hand_in(browser, name, content, "enrich")

    assert 422 == page.answer.status
    assert "This file cannot be used" in page.words
    assert said in page.words
    assert "Check the sheet" in page.buttons
    assert ["enrich"] == page.tree.xpath("//input[@name='kind'][@checked]/@value")
    assert [] == list((fresh_machine / "ledger-uploads").iterdir())


@pytest.mark.parametrize("kind", ["send", "enrich", "", "delete"])
def test_form_without_a_file_asks_for_one(browser: Browser, kind: str) -> None:
    """As it comes from a browser where none was chosen."""
    page = hand_in(browser, "", b"", kind)

    assert 422 == page.answer.status
    assert "No file was chosen. Choose the sheet first, or drop it onto the field." in page.words


def test_two_files_at_once_become_no_sheet(browser: Browser, fresh_machine: Path) -> None:
    """Nobody can tell which of them is meant, and one after the other they would be rows of one sheet."""
    files = [("a.csv", b"user_id,message\n987654321,Hallo\n"), ("b.csv", b"987654322,Servus\n")]

    answer = browser.upload_all("/sheets", files, {"kind": "send"}, field_name="file")

    assert 422 == answer.status
    assert "Upload one sheet at a time" in answer.text
    assert [] == list((fresh_machine / "ledger-uploads").iterdir())


def test_two_files_do_not_take_the_place_of_the_sheet_before(browser: Browser) -> None:
    """It stays, and is still what would be sent."""
    browser.post("/practice", {"is_on": "yes"})
    page = hand_in(browser, "first.csv", b"user_id,message\n987654321,Hallo\n")
    files = [("a.csv", b"user_id,message\n1,x\n"), ("b.csv", b"2,y\n")]

    refused = browser.upload_all(f"{page.address}/file", files, {}, field_name="file")

    assert 422 == refused.status
    assert "Upload one sheet at a time" in refused.text
    assert "first.csv" in page.reload().words
    assert "The row can be sent." in page.reload().words


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=mark", b"nothing of a form"),
        ("application/x-www-form-urlencoded", b"kind=send"),
        (
            "multipart/form-data; boundary=mark",
            b'--mark\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nuser_id,mess',
        ),
    ],
)
def test_form_that_came_in_pieces_is_told(
    browser: Browser, fresh_machine: Path, content_type: str, body: bytes
) -> None:
    """Half a sheet is no sheet."""
    told = {"origin": browser.site.origin, "sec-fetch-site": "same-origin", "content-type": content_type}

    answer = browser.request("POST", "/sheets", body, told)

    assert 422 == answer.status
    assert "The file did not arrive whole. Upload it once more." in answer.text
    assert [] == list((fresh_machine / "ledger-uploads").glob("*"))


def test_workbook_that_is_damaged_further_inside_can_be_replaced_on_its_page(browser: Browser) -> None:
    """It began like a workbook; what is wrong with it stands beside the field for another one."""
    whole = crm_export(20)
    page = hand_in(browser, "torn.xlsx", with_torn_worksheet(whole))
    assert 200 == page.answer.status
    assert "It cannot be used as it is." in page.words

    page = page.upload("Check this file", "whole.xlsx", whole)

    assert "Are the columns named in row 3?" in page.words


def test_sheet_without_rows_says_so(browser: Browser) -> None:
    """Nothing can be sent from it."""
    page = hand_in(browser, "header.csv", b"user_id,message\n")

    assert "There are no rows below the names of the columns." in page.words
    assert not [words for words in page.buttons if words.startswith("Send ")]


def test_only_row_is_faulty(browser: Browser) -> None:
    """There is nothing to send, and no button that says so."""
    browser.post("/practice", {"is_on": "yes"})
    page = hand_in(browser, "one.csv", b"user_id,message\n12a4,Hallo\n")

    assert "1 of 1 row cannot be sent." in page.words
    assert "There is nothing left to send from this sheet." in page.words


def test_worksheets_that_could_be_meant_are_a_question(browser: Browser) -> None:
    """With the columns of each of them."""
    book = Workbook()
    for name in ("März", "April"):
        sheet = book.create_sheet(name)
        sheet.append(["user_id", "message"])
        sheet.append(["987654321", f"Hallo {name}"])
    del book["Sheet"]
    browser.post("/practice", {"is_on": "yes"})

    page = hand_in(browser, "two.xlsx", saved(book))
    assert "Which worksheet is meant?" in page.words
    page = page.press("April")

    assert "Hallo April" in page.words


@pytest.mark.parametrize("address", ["/sheets/..%2f..%2fetc", "/sheets/20261126-120000-aaaaaaaa", "/sheets/x"])
@pytest.mark.parametrize("below", ["", "/header", "/marked", "/starting"])
def test_sheet_that_is_not_there_is_told(browser: Browser, address: str, below: str) -> None:
    """Removed, old, or an address that somebody made up."""
    answer = browser.get(f"{address}{below}")

    assert 404 == answer.status
    assert "Traceback" not in answer.text


def test_sheet_that_cannot_be_read_further_is_replaced_right_there(browser: Browser) -> None:
    """What is in the way, then the field for the mended one."""
    page = hand_in(browser, "open.csv", b'user_id,message\n987654321,"Hallo\n')
    assert 'a quotation mark (") opens on line 2' in page.words

    page = page.upload("Check this file", "closed.csv", b'user_id,message\n987654321,"Hallo"\n')

    assert "The row can be sent." in page.words


def test_columns_that_something_else_divides_are_told(browser: Browser) -> None:
    """One column with all of it: which character it is, and what helps."""
    page = hand_in(browser, "caret.csv", b"user_id^message\n987654321^Hallo\n")

    assert "Which column holds the Telegram IDs of the users?" in page.words
    assert "'^'" in page.words


def test_sheet_of_topics_is_looked_up_instead(browser: Browser) -> None:
    """Whoever chose to send is offered what the sheet seems to be for."""
    page = hand_in(browser, "topics.csv", b"topic_link\nhttps://t.me/c/2101424779/5343\n")

    page = page.press("Look them up instead")

    assert "The row can be looked up." in page.words


def test_wrong_choice_of_how_a_file_is_read_is_taken_back(browser: Browser) -> None:
    """Its letters are no UTF-16; the page that says so leads back, as from a row or a worksheet that is not there."""
    page = hand_in(browser, "list.csv", "user_id;message\n987654321;Grüße\n".encode())
    for choice in ({"encoding": "utf-16"}, {"header_row": "9"}, {"worksheet": "Sheet1"}):
        browser.post(f"{page.address}/choices", choice)
        stuck = page.reload()
        assert "This is in the way" in stuck.words

        again = stuck.press("Read the file as it was found")

        assert "The row can be sent." in again.words
        assert "Grüße" in again.words


def test_file_of_another_kind_takes_the_place_of_one_that_was_read_otherwise(browser: Browser) -> None:
    """As the page advises: save it as a workbook. What was said of letters or worksheets was said of the other."""
    page = hand_in(browser, "list.csv", "user_id;message\n987654321;Grüße\n".encode("cp1252"))
    page = page.press("Western European")
    book = Workbook()
    for sheet in (book.active, book.create_sheet("Other")):
        for row in (["user_id", "message"], [987654321, f"Grüße aus {sheet.title}"]):
            sheet.append(row)
    content = BytesIO()
    book.save(content)

    as_workbook = page.upload("Check this file", "list.xlsx", content.getvalue())
    chosen = as_workbook.press("Other")
    as_text = chosen.upload("Check this file", "list.csv", b"user_id,message\n987654321,Servus\n")

    assert "Which worksheet is meant?" in as_workbook.words
    assert "Grüße aus Other" in chosen.words
    assert "The row can be sent." in as_text.words
    assert "Servus" in as_text.words


@contextmanager
def no_room() -> Iterator[None]:
    """What is written meanwhile does not fit, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("rows", [10, 100_000])
def test_disk_without_room_is_told(browser: Browser, fresh_machine: Path, rows: int) -> None:
    """It is no error of the program, and nothing stays of what did not fit, a small sheet or a large one."""
    sheet = b"user_id,message\n" + b"987654321,Hallo\n" * rows
    with no_room():
        page = hand_in(browser, "list.csv", sheet)

    assert 503 == page.answer.status
    assert "It says: File too large." in page.words
    assert "error of its own" not in page.words
    assert [] == list((fresh_machine / "ledger-uploads").iterdir())


def test_choice_for_which_there_is_no_room_is_told(browser: Browser) -> None:
    """What was chosen before holds on, and counts once there is room again."""
    page = hand_in(browser, "list.csv", b"user_id,message\n987654321,Hallo\n").fill("own_text", "Servus")
    with no_room():
        told = page.press("Use this text")

    assert "It says: File too large." in told.words
    assert "Hallo" in page.reload().words
    assert "Servus" in page.press("Use this text").words
