"""From the upload to the started run, as somebody without JavaScript goes; no word leads elsewhere."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import SendMessage, Status
from hotline_batch.model.runs import RunState
from hotline_batch.settings.practice import is_practice
from tests.support.crm_export import FAULTY, FIRST_USER, HEADER, crm_export
from tests.support.page.page_forms import Visit, hand_in, opened
from tests.support.page.page_runs import ended, run_of
from tests.support.page.page_server import Browser, PageServer

NAME = "Kundenexport März.xlsx"


@pytest.fixture
def practising(browser: Browser) -> Browser:
    """A browser in which the switch stands at practice."""
    browser.post("/practice", {"is_on": "yes"})
    return browser


def checked(browser: Browser, content: bytes | None = None) -> Visit:
    """The export with its two questions answered."""
    page = hand_in(browser, NAME, content or crm_export())
    return page.press("Yes, row 3 names them").press("Leave them out")


def test_crm_export_goes_from_the_upload_to_a_started_practice_run(practising: Browser, served: PageServer) -> None:
    """Title row, hidden rows and six faulty rows: each is asked about or told, then one button sends the rest."""
    page = hand_in(practising, NAME, crm_export(40, faulty={7: "12a4", 19: ""}, hidden=(30, 31)))
    assert "Are the columns named in row 3?" in page.words
    assert "2 rows are hidden or filtered out in the workbook: rows 30, 31." in page.words
    page = page.press("Yes, row 3 names them").press("Leave them out")
    assert "2 of 40 rows cannot be sent." in page.words
    assert "Messages go to your operators, not to your customers." in page.words

    refused = page.press("Send 36 messages in practice")
    page = refused.fill("leave_out", "yes").press("Send 36 messages in practice")

    assert "2 rows cannot be used." in refused.words
    progress = ended(served.site.settings(), page)
    assert RunState.FINISHED is progress.state
    assert {Status.SENT: 36, Status.INVALID: 2, Status.SKIPPED: 2} == {k: n for k, n in progress.counts.items() if n}
    assert is_practice(progress.run)
    assert NAME == progress.run.sheet_path


def test_faulty_rows_are_told_with_what_the_cell_shows_and_what_to_do(practising: Browser) -> None:
    """First what is to be done, then each row: number, column, cell, fault, cure."""
    page = checked(practising)

    assert "6 of 180 rows cannot be sent." in page.words
    assert "Fix 3 user ids rows 7, 80, 121" in page.words
    cells = [
        " ".join(" ".join(row.itertext()).split()) for row in page.tree.xpath("//table[@class='stacks faulty']//tr")[1:]
    ]
    assert list(map(str, FAULTY)) == [cell.split()[0] for cell in cells]
    assert cells[0].startswith("7 Kunden-ID 12a4 The user id must hold digits only. Write digits only")
    assert cells[1].startswith("19 Kunden-ID nothing The user id is missing.")


def test_mended_sheet_is_handed_in_on_the_same_page(practising: Browser) -> None:
    """What was said about the sheet before holds on."""
    page = checked(practising)

    mended = page.upload("Check the mended sheet", "mended.xlsx", crm_export(faulty={}))

    assert page.address == mended.address
    assert "176 messages can be sent." in mended.words
    assert "mended.xlsx" in mended.words


def test_marked_sheet_can_be_downloaded_and_handed_in_again(practising: Browser) -> None:
    """It is the same sheet with notes, so that it can be mended and used as it is."""
    page = checked(practising)

    answer = practising.get(f"{page.address}/marked")

    assert 200 == answer.status
    assert "Kundenexport%20M%C3%A4rz%20to%20mend.xlsx" in answer.headers["content-disposition"]
    sheet = load_workbook(BytesIO(answer.body)).worksheets[0]
    assert set(FAULTY) <= {cell.row for row in sheet.iter_rows() for cell in row if cell.comment}
    again = page.upload("Check the mended sheet", "marked.xlsx", answer.body)
    assert "6 of 180 rows cannot be sent." in again.words


def test_wrong_file_in_the_place_of_a_good_one_changes_nothing(practising: Browser) -> None:
    """What it is stands on the same page; the sheet before stays."""
    page = checked(practising)

    refused = page.upload("Check the mended sheet", "letter.pdf", b"%PDF-1.7\n...")

    assert 422 == refused.answer.status
    assert "This file was not taken letter.pdf letter.pdf is a PDF document" in refused.words
    assert "6 of 180 rows cannot be sent." in refused.words
    assert "6 of 180 rows cannot be sent." in page.reload().words


def test_any_row_is_previewed_by_its_number(practising: Browser) -> None:
    """As it will be posted; a faulty one says why it is not."""
    page = checked(practising)

    usable = opened(practising, f"{page.address}?row=50")
    faulty = opened(practising, f"{page.address}?row=44")
    hidden = opened(practising, f"{page.address}?row=31")
    beyond = opened(practising, f"{page.address}?row=99999")

    assert f"into the topic of user {FIRST_USER + 50} Guten Tag Käthe, Ihr Termin 50 ist bestätigt." in usable.words
    assert "cannot be used Kunden-ID : The spreadsheet program shortened this number" in faulty.words
    assert "left out" in hidden.words
    assert "What will be posted" not in beyond.words


def test_own_text_is_written_with_placeholders_that_are_picked(practising: Browser) -> None:
    """A click puts a column into the text; the preview shows what comes of it."""
    page = checked(practising)

    page = page.fill("own_text", "Hallo").press("Vorname")
    page = page.press("Betrag")

    assert "Hallo {{ Vorname }} {{ Betrag }}" == page.tree.xpath("string(//textarea)").strip()
    assert "Your own text is filled in with each row." in page.words
    assert "Hallo Sophie 23.9" in page.words
    back = page.press("Use this column")
    assert "is sent as it stands there." in back.words


def test_mistake_in_the_text_is_told_where_the_text_is(practising: Browser) -> None:
    """With the column that is probably meant; nothing can be sent meanwhile."""
    page = checked(practising)

    page = page.fill("own_text", "Hallo {{ Vornam }}").press("Use this text")

    assert "The template uses 'Vornam', but the sheet has no such column. Did you mean {{ Vorname }}?" in page.words
    assert not [words for words in page.buttons if words.startswith("Send ")]


def test_column_that_is_meant_is_chosen_among_all_of_them(practising: Browser) -> None:
    """Nothing is typed, and each column shows what stands in it."""
    content = b"Nummer;Wer;Was\n987654321;Anna;Hallo\n"

    page = hand_in(practising, "liste.csv", content)
    assert "Which column holds the Telegram IDs of the users?" in page.words
    page = page.press("Nummer")
    assert "Where does the message come from?" in page.words
    page = page.fill("map.message", "Was").press("Use this column")

    assert "The row can be sent." in page.words


def test_two_candidate_columns_are_a_question(practising: Browser) -> None:
    """Never a guess."""
    page = hand_in(practising, "two.csv", b"user_id,Text,Nachricht\n987654321,a,b\n")
    assert "Which column holds the messages?" in page.words

    page = page.press("Nachricht Column C b")

    assert "It stands in the column Nachricht of the sheet" in page.words


def test_letters_are_chosen_by_how_they_read(practising: Browser) -> None:
    """A file that does not say how its letters are written is never guessed."""
    page = hand_in(practising, "alt.csv", "Kunden-ID;Nachricht\n987654321;Grüße aus Köln\n".encode("cp1252"))
    assert "Which of these reads right?" in page.words

    page = page.press("Western European")

    assert "Grüße aus Köln" in page.words


def test_topics_are_looked_up_from_the_same_page(practising: Browser, served: PageServer) -> None:
    """With the words and the columns of a look-up."""
    page = hand_in(practising, "topics.csv", b"topic_link\nhttps://t.me/c/2101424779/5343\n12\n", "enrich")
    assert "1 of 2 rows cannot be looked up." in page.words
    assert "operators" not in page.words

    page = page.fill("leave_out", "yes").press("Look up 1 topic in practice")

    progress = ended(served.site.settings(), page)
    assert 1 == progress.counts[Status.ENRICHED]


def test_headless_sheet_can_be_used_all_the_same(practising: Browser) -> None:
    """The first row is a row like all others, if the person says so."""
    page = hand_in(practising, "plain.csv", b"987654321,Hallo\n987654322,Hallo\n")

    page = page.press("Yes, the sheet has no column names")

    assert "All 2 rows can be sent." in page.words


def test_another_row_can_be_named_as_the_one_with_the_names(practising: Browser) -> None:
    """It is chosen among the first rows, each of them shown."""
    page = hand_in(practising, NAME, crm_export(20, faulty={}, hidden=()))
    chooser = page.follow("No, another row does")
    assert "Row 4 names the columns" in chooser.buttons

    page = chooser.press("Row 3 names the columns")

    assert "All 20 rows can be sent." in page.words


def test_text_of_cells_is_shown_and_never_run(practising: Browser) -> None:
    """Neither by the browser nor by a spreadsheet program."""
    evil = "\"<script>alert(1)</script>=cmd|' /C calc'!A0\""
    page = hand_in(practising, "<b>x.csv", f"user_id,message\n987654321,{evil}\n{evil},x\n".encode())

    assert "<script>alert" not in page.answer.text
    assert "<script>alert(1)</script>=cmd|' /C calc'!A0" in page.words
    assert "<b>x.csv" in page.words


def test_everything_that_was_sent_is_what_was_seen(practising: Browser, served: PageServer) -> None:
    """The ledger holds the messages of the preview, and the columns of the sheet."""
    page = hand_in(practising, NAME, crm_export(3, faulty={}, hidden=(4,)))
    page = page.press("Yes, row 3 names them").press("Leave it out")

    page = page.press("Send 2 messages in practice")

    with Ledger(served.site.settings().ledger) as ledger:
        run_id = run_of(page)
        rows = list(ledger.rows(run_id))
        assert HEADER == ledger.run(run_id).header
    assert [FIRST_USER + 5, FIRST_USER + 6] == [
        row.request.user_id for row in rows if isinstance(row.request, SendMessage)
    ]
    ended(served.site.settings(), page)


def test_nothing_lies_open_to_others(practising: Browser, served: PageServer, fresh_machine: Path) -> None:
    """What was handed in lies in a folder for this user alone, under a name that the file does not choose."""
    hand_in(practising, "../../../etc/passwd.csv", b"user_id,message\n987654321,Hallo\n")

    folder = fresh_machine / "ledger-uploads"
    found = sorted(folder.rglob("*"))
    assert {0o700} == {path.stat().st_mode & 0o777 for path in (folder, *found) if path.is_dir()}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in found if path.is_file()}
    assert not [path for path in found if "passwd" in path.name]
    assert not list(fresh_machine.rglob("passwd*"))


def test_dates_and_numbers_are_written_as_the_person_chooses(practising: Browser) -> None:
    """Each form is a button with what it makes of a value of the sheet."""
    page = checked(practising)
    page = page.fill("own_text", "Am {{ Termin }}: {{ Betrag }}").press("Use this text")
    assert "Am 2026-12-05: 23.9" in page.words

    page = page.press("05.12.2026").press("202,90 €")

    assert "Am 05.12.2026: 23,90 €" in page.words
    assert "holds dates" not in page.words


def test_rows_of_a_task_are_told_however_many_cells_are_to_be_mended_in_them(practising: Browser) -> None:
    """Two bad cells of one row are one row, and there are no others."""
    book = Workbook()
    sheet = book.worksheets[0]
    for line in (["user_id", "Termin", "Betrag"], [987654321, "morgen", "5"], [987654322, "#N/A", "#N/A"]):
        sheet.append(line)
    for at in ("B3", "C3"):
        sheet[at].data_type = "e"
    content = BytesIO()
    book.save(content)
    page = hand_in(practising, "s.xlsx", content.getvalue())

    page = page.fill("own_text", "Am {{ Termin }}: {{ Betrag }}").press("Use this text")

    assert "Repair the formulas of 2 cells row 3" in page.words
    assert "more" not in page.words.partition("Repair the formulas")[2].partition("The cell shows")[0]


def test_text_that_is_too_long_stands_in_its_field_again(practising: Browser) -> None:
    """Nobody types it a second time; what was chosen before stays chosen, and is not sent instead."""
    page = checked(practising)
    text = "Hallo {{ Vorname }}! " * 1_000

    refused = page.fill("own_text", text).press("Use this text")

    assert 422 == refused.answer.status
    assert "The text has more than 20,000 characters." in refused.words
    assert [] == [button for button in refused.buttons if button.startswith("Send")]
    field = refused.tree.xpath("//textarea[@name='own_text']")[0]
    assert text == field.value.removeprefix("\n")
    assert all("open" in each.attrib for each in field.iterancestors("details"))
    assert "Hallo {{" not in page.reload().tree.xpath("//textarea[@name='own_text']")[0].value


def test_worksheet_is_chosen_by_its_very_name(practising: Browser) -> None:
    """A browser would make one blank of two, where an answer has no value of its own."""
    book = Workbook()
    sheet = book.active
    assert sheet
    for title, message in (("First", "Hallo"), ("Q4  2026", "Servus")):
        sheet = sheet if title == "First" else book.create_sheet()
        sheet.title = title
        sheet.append(["user_id", "message"])
        sheet.append([987654321, message])
    content = BytesIO()
    book.save(content)

    page = hand_in(practising, "two.xlsx", content.getvalue()).press("First")

    values = [each.get("value") for each in page.tree.xpath("//select[@name='worksheet']/option")]
    assert ["First", "Q4  2026"] == values
    practising.post(f"{page.address}/choices", {"worksheet": values[1]})
    assert "Servus" in page.reload().words
