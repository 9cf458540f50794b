"""A result sheet is used as a sheet again, and its result once more: nobody gets a message twice, or half of one."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.journeys_sheets.conftest import Desk
from tests.support.ledgers.past import put_back
from tests.support.service.hostile_server import CATALOGUE
from tests.support.service.pretend_api import user_of

ANNA, BOB, CLEO = 987600001, 987600002, 987600003
TINY = ("--yes", "--rate", "500/s", "--duplicate-window", "1s")


def forget_what_was_sent(desk: Desk) -> None:
    """As if the duplicate window were over: another ledger knows nothing."""
    (desk.folder.parent / "ledger.sqlite").unlink()


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_the_third_generation_sends_nothing_again(desk: Desk, extension: str) -> None:
    """What a result sheet calls skipped because it was sent stays sent."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", f"g1.{extension}")
    for before, after in ((f"g1.{extension}", f"g2.{extension}"), (f"g2.{extension}", "g3.csv"), ("g3.csv", "g4.csv")):
        forget_what_was_sent(desk)
        asked = desk.asked

        said = desk.run("send", before, *TINY, "-o", after)

        assert (0, asked) == (said.exit_code, desk.asked), said.stderr
        assert "2 left out (2 already sent)" in said.stderr
    assert ["already_sent"] * 2 == [row["hotline_error_code"] for row in desk.rows("g4.csv")]
    assert ["Hello", "Hi"] == [row["hotline_message"] for row in desk.rows("g4.csv")]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_who_was_hidden_and_left_out_stays_so_in_every_generation(desk: Desk, extension: str) -> None:
    """A result sheet shows the row, and yet nobody has said that it is meant; whoever means it says so."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["user_id", "message"], [ANNA, "Hello"], [BOB, "Not to be sent"]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    book.save(desk.folder / "s.xlsx")
    desk.run("send", "s.xlsx", "--hidden-rows", "skip", *TINY, "-o", f"g1.{extension}")
    forget_what_was_sent(desk)

    desk.run("send", f"g1.{extension}", *TINY, "-o", f"g2.{extension}")
    desk.run("send", f"g2.{extension}", *TINY, "-o", "g3.csv")
    asked = desk.asked
    desk.run("send", f"g2.{extension}", "--hidden-rows", "include", *TINY, "-o", "g4.csv")

    assert [("skipped", "hidden_row")] == [
        (row["hotline_status"], row["hotline_error_code"]) for row in desk.rows("g3.csv")[1:]
    ]
    assert (1, 2) == (asked, desk.asked)
    assert "sent" == desk.rows("g4.csv")[1]["hotline_status"]


@pytest.mark.parametrize("written", [f"+{ANNA}", f"00{ANNA}", f"{ANNA} EUR", f"{ANNA:,}".replace(",", "'")])
def test_who_got_it_has_got_it_however_a_program_writes_the_id(desk: Desk, written: str) -> None:
    """One that opens a CSV and saves it writes a number as it shows it. Whose digits are others' is not known."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    rows = list(csv.reader((desk.folder / "g1.csv").read_text("utf-8-sig").splitlines()))
    rows[1][0], rows[2][0] = written, "+4917012345"
    with (desk.folder / "saved.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    forget_what_was_sent(desk)
    asked = desk.asked

    desk.run("send", "saved.csv", *TINY, "-o", "g2.csv")

    first, second = desk.rows("g2.csv")
    assert ("skipped", "already_sent", "yes") == tuple(
        first[f"hotline_{name}"] for name in ("status", "error_code", "delivered")
    )
    assert "invalid" == second["hotline_status"]
    assert asked == desk.asked


def test_another_text_is_open_in_every_generation(desk: Desk) -> None:
    """The text that was posted is kept beside the row, so a new one is known for what it is."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)
    desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")
    forget_what_was_sent(desk)

    desk.run("send", "g2.csv", *TINY, "-o", "g3.csv", "-m", "Good morning")

    assert [(ANNA, "Hello"), (ANNA, "Good morning")] == desk.applied


@pytest.mark.parametrize("forgotten", [False, True])
def test_the_same_text_in_another_spelling_is_not_sent_again(desk: Desk, forgotten: bool) -> None:
    """Blanks at its ends and how its letters are made up: nobody sees that; ledger and result sheet know it alike."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Grüße\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY[:-1], "24h", "-o", "g1.csv")
    if forgotten:
        forget_what_was_sent(desk)
    path = desk.folder / "g1.csv"
    path.write_text(path.read_text("utf-8").replace(f"{ANNA},Grüße,", f"{ANNA},\ufeffGru\u0308ße\u00a0,", 1), "utf-8")
    path.write_text(path.read_text("utf-8").replace(f"{BOB},Hi,", f"{BOB},Hi there,", 1), "utf-8")

    said = desk.run("send", "g1.csv", *TINY[:-1], "24h", "-o", "g2.csv")

    assert 0 == said.exit_code, said.stderr
    assert [(ANNA, "Grüße"), (BOB, "Hi"), (BOB, "Hi there")] == desk.applied
    assert ["already_sent", ""] == [row["hotline_error_code"] for row in desk.rows("g2.csv")]


def test_a_text_that_ends_with_what_joins_signs_is_not_sent_again(desk: Desk) -> None:
    """The flag of England ends with a mark that nobody sees by itself, and is another sign without it."""
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    desk.file("s.csv", f"user_id,message\n{ANNA},Come on {flag}\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)

    desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    assert [(ANNA, f"Come on {flag}")] == desk.applied


def test_a_text_that_begins_with_a_wide_blank_is_not_sent_again(desk: Desk) -> None:
    """Paragraphs of Chinese and Japanese begin with U+3000, which Telegram leaves there."""
    desk.file("s.csv", f"user_id,message\n{ANNA},\u3000今日は\n{BOB},Hi\u2003\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)

    desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    assert [(ANNA, "\u3000今日は"), (BOB, "Hi\u2003")] == desk.applied
    assert ["already_sent"] * 2 == [row["hotline_error_code"] for row in desk.rows("g2.csv")]


def test_apostrophes_of_a_csv_result_make_no_other_text_without_its_columns(desk: Desk) -> None:
    """Whoever cuts our columns off has the sheet as it was, but for our apostrophes."""
    texts = ["+++ News +++", "- please call", "@all: hello", "=1"]
    desk.file("s.csv", "user_id,message\n" + "".join(f"{ANNA + at},{text}\n" for at, text in enumerate(texts)))
    desk.run("send", "s.csv", "--yes", "--rate", "500/s", "-o", "g1.csv")
    lines = (desk.folder / "g1.csv").read_text("utf-8-sig").splitlines()
    desk.file("cut.csv", "".join(",".join(line[:2]) + "\n" for line in csv.reader(lines)))
    assert f"{ANNA},'+++ News +++" in (desk.folder / "cut.csv").read_text("utf-8")

    desk.run("send", "cut.csv", "--yes", "--rate", "500/s", "-o", "g2.csv")

    assert texts == [text for _, text in desk.applied]
    assert ["already_sent"] * 4 == [row["hotline_error_code"] for row in desk.rows("g2.csv")]


def test_what_may_have_been_sent_is_left_out_in_every_generation(desk: Desk) -> None:
    desk.file(
        "g1.csv",
        "user_id,message,hotline_row,hotline_status,hotline_error_code,hotline_run\n"
        f"{ANNA},Hello,2,skipped,possibly_sent,20261122-180412-k3f9\n"
        f"{BOB},Hi,3,skipped,not_selected,20261122-180412-k3f9\n",
    )

    desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    assert [(BOB, "Hi")] == desk.applied
    assert ["possibly_sent", ""] == [row["hotline_error_code"] for row in desk.rows("g2.csv")]


def test_a_row_with_too_many_cells_is_not_sent_in_part_by_its_result(desk: Desk) -> None:
    """The result keeps what stood beyond the last column; the row stays unusable until a person has looked at it."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello, world\n{BOB},Hi\n{CLEO},Hey\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    first = desk.rows("g1.csv")[0]

    again = desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")
    second = desk.rows("g2.csv")[0]
    path = desk.folder / "g2.csv"
    text = path.read_text(encoding="utf-8").replace(f"{ANNA},Hello,", f'{ANNA},"Hello, world",', 1)
    path.write_text(text.replace("too_many_cells,", ",", 1), encoding="utf-8")
    mended = desk.run("send", "g2.csv", *TINY, "-o", "g3.csv")

    assert all("Beyond the last column stands: world" in row["hotline_error"] for row in (first, second))
    assert (1, 0) == (again.exit_code, mended.exit_code), mended.stderr
    assert "empty its hotline_error_code cell" in again.stderr
    assert sorted([(BOB, "Hi"), (CLEO, "Hey"), (ANNA, "Hello, world")]) == sorted(desk.applied)


def test_a_date_is_no_message_in_its_result_either(desk: Desk) -> None:
    """There it is a text like any other; ids are judged by their text wherever they stand."""
    book = Workbook()
    sheet: Any = book.active
    for row in (["user_id", "message"], [ANNA, 0.19], ["#N/A", "Hi"]):
        sheet.append(row)
    sheet["B2"].number_format = "0%"
    book.save(desk.folder / "s.xlsx")
    desk.run("send", "s.xlsx", *TINY, "-o", "g1.xlsx")
    result = load_workbook(desk.folder / "g1.xlsx")
    result["Results"]["A3"] = str(BOB)
    result.save(desk.folder / "g1.xlsx")

    desk.run("send", "g1.xlsx", *TINY, "-o", "g2.csv")

    assert [(BOB, "Hi")] == desk.applied
    assert ["cell_is_a_formatted_number", ""] == [row["hotline_error_code"] for row in desk.rows("g2.csv")]


def write_workbook(path: Path, message: object, number_format: str = "General", data_type: str = "") -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["user_id", "message"])
    sheet.append([ANNA, message])
    sheet["B2"].number_format = number_format
    if data_type:
        sheet["B2"].data_type = data_type
    sheet.append([BOB, "Hi"])
    book.save(path)


def write_unseen(desk: Desk, code: str) -> str:
    """A sheet whose second row is unusable for this reason; its name."""
    path = desk.folder / "s.xlsx"
    match code:
        case "too_many_cells":
            desk.file("s.csv", f"user_id,message\n{ANNA},Hello, world\n{BOB},Hi\n")
        case "too_few_cells":
            desk.file("s.csv", f"user_id,message\n{ANNA}\n{BOB},Hi\n")
        case "cell_is_an_error":
            write_workbook(path, "#N/A", data_type="e")
        case "cell_is_a_date":
            write_workbook(path, datetime(2026, 12, 1), "DD.MM.YYYY")  # noqa: DTZ001 - a cell has no zone
        case "cell_is_true_or_false":
            write_workbook(path, True)
        case "cell_is_a_formatted_number":
            write_workbook(path, 0.19, "0%")
        case "digits_lost":
            write_workbook(path, 1234567890123456700)
    return "s.csv" if code.startswith("too_") else "s.xlsx"


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "code",
    [
        "too_many_cells",
        "too_few_cells",
        "cell_is_an_error",
        "cell_is_a_date",
        "cell_is_true_or_false",
        "cell_is_a_formatted_number",
        "digits_lost",
    ],
)
def test_what_a_result_does_not_show_stays_unusable_in_it(desk: Desk, code: str, extension: str) -> None:
    """In every generation, with the same words; once a person empties the code, the row is judged by what it shows.

    A workbook's result shows what the cell is: a date is one there, too, until somebody types a text.
    """
    sheet = write_unseen(desk, code)
    desk.run("send", sheet, *TINY, "-o", f"g1.{extension}")
    for before, after in (("g1", "g2"), ("g2", "g3")):
        said = desk.run("send", f"{before}.{extension}", *TINY, "-o", f"{after}.{extension}")
        assert 1 == said.exit_code, said.stderr
    first, second, third = (desk.rows(f"g{number}.{extension}")[0] for number in (1, 2, 3))

    empty_the_code(desk, f"g3.{extension}")
    mended = desk.run("send", f"g3.{extension}", *TINY, "-o", "g4.csv")

    assert [("invalid", code)] * 3 == [
        (row["hotline_status"], row["hotline_error_code"]) for row in (first, second, third)
    ]
    reason = first["hotline_error"].removeprefix("message: ")
    for row in (second, third):
        assert 1 == row["hotline_error"].count(reason)
        assert 1 == row["hotline_error"].count("Not every result sheet shows this.")
    assert second["hotline_error"] == third["hotline_error"]
    after = desk.rows("g4.csv")[0]
    is_shown = extension == "xlsx" and code.startswith("cell_is_")
    assert (after["hotline_status"] == "sent") is (code != "too_few_cells" and not is_shown), mended.stderr
    assert (code == after["hotline_error_code"]) is is_shown
    assert 1 == [user for user, _ in desk.applied].count(BOB)


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def empty_the_code(desk: Desk, name: str) -> None:
    """As a person does who has looked at the first row."""
    put_cell(desk, name, "hotline_error_code", "")


def put_cell(desk: Desk, name: str, column: str, text: str, *, row: int = 2) -> None:
    """Write into a cell; of the first row, if no other is named."""
    path = desk.folder / name
    if name.endswith(".csv"):
        rows = desk.rows(name)
        rows[row - 2][column] = text
        write_rows(path, rows)
        return
    book = load_workbook(path)
    results = book["Results"]
    at = [cell.value for cell in results[1]].index(column) + 1
    results.cell(row, at).value = text or None
    book.save(path)


def opened_by_a_program(path: Path) -> tuple[Workbook, Any]:
    """A CSV file as a spreadsheet program has it that was told to read every column as text."""
    book = Workbook()
    sheet: Any = book.active
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.reader(file):
            sheet.append(line)
    return book, sheet


def let_days_pass(desk: Desk) -> None:
    """All that the ledger knows lies as far back."""
    put_back(desk.folder.parent / "ledger.sqlite", 260_000)


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_row_that_is_invalid_now_does_not_show_what_was_posted_before(desk: Desk, extension: str) -> None:
    """Its old message would look as if it had been posted by this run, and to whoever stands there now."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    path = desk.folder / "g1.csv"
    path.write_text(path.read_text("utf-8").replace(f"{ANNA},Hello,", "nobody,Hello,", 1), "utf-8")

    desk.run("send", "g1.csv", *TINY, "-o", f"g2.{extension}")

    invalid, kept = desk.rows(f"g2.{extension}")
    assert ("invalid", "", "") == tuple(invalid[f"hotline_{name}"] for name in ("status", "message", "service"))
    assert ("already_sent", "Hi") == (kept["hotline_error_code"], kept["hotline_message"])
    assert kept["hotline_service"]


def test_links_behind_cells_are_kept_for_the_next_enrichment(desk: Desk, tmp_path: Path) -> None:
    """A result has the text of the cell, and beside it the link that was followed."""
    book = Workbook()
    sheet: Any = book.active
    for row in (["Topic"], ["Topic 5343"], ["no link at all"]):
        sheet.append(row)
    sheet["A2"].hyperlink = "https://t.me/c/2101424779/5343"
    book.save(desk.folder / "s.xlsx")
    desk.run("enrich", "s.xlsx", "--rate", "500/s", "-o", "g1.csv")

    said = desk.run("enrich", "g1.csv", "--rate", "500/s", "-o", "g2.csv")

    assert 1 == said.exit_code
    assert "the link that the earlier result kept in hotline_topic_link was used" in said.stderr
    assert ["enriched", "invalid"] == [row["hotline_status"] for row in desk.rows("g2.csv")]


def keep_rows(desk: Desk, name: str, code: str) -> None:
    """As a person does who filters a result by its code and saves what is left."""
    rows = [row for row in desk.rows(name) if row["hotline_error_code"] == code]
    write_rows(desk.folder / name, rows)


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_copy_is_not_sent_without_the_row_that_it_is_a_copy_of(desk: Desk, extension: str) -> None:
    """That one was sent, and stands no more in the sheet; until a person says that the copy is meant."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n{ANNA},Hello\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    keep_rows(desk, "g1.csv", "duplicate_in_sheet")
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.csv", *TINY, "-o", f"g2.{extension}")
    desk.run("send", f"g2.{extension}", *TINY, "-o", f"g3.{extension}")

    assert [(ANNA, "Hello"), (BOB, "Hi")] == desk.applied
    assert (0, True) == (said.exit_code, "1 left out (1 duplicate in sheet)" in said.stderr), said.stderr
    assert "left out before, as the sheet says, for the sake of another row" in said.stderr
    (row,) = desk.rows(f"g3.{extension}")
    assert ("skipped", "duplicate_in_sheet", "Hello") == tuple(
        row[f"hotline_{name}"] for name in ("status", "error_code", "message")
    )
    assert "another row had the same message, which may have been sent" in row["hotline_error"]

    empty_the_code(desk, f"g3.{extension}")
    desk.run("send", f"g3.{extension}", *TINY, "-o", "g4.csv")

    assert 2 == desk.applied.count((ANNA, "Hello"))


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_an_enrichment_keeps_that_a_row_is_a_copy(desk: Desk, extension: str) -> None:
    """Its own words stand in place of the send's; the copy is known all the same, also where it was enriched twice."""
    link = "https://t.me/c/2101424779/5301"
    desk.file("s.csv", f"user_id,message,topic\n{ANNA},Hello,{link}\n{BOB},Hi,\n{ANNA},Hello,{link}\n")
    desk.run("send", "s.csv", *TINY, "-o", f"g1.{extension}")
    look_up = ("--map", "topic_link=topic", "--rate", "500/s")
    desk.run("enrich", f"g1.{extension}", *look_up, "-o", f"g2.{extension}")
    desk.run("enrich", f"g2.{extension}", *look_up, "-o", "g3.csv")
    assert ["enriched", "invalid", "enriched"] == [row["hotline_status"] for row in desk.rows("g3.csv")]
    write_rows(desk.folder / "g3.csv", desk.rows("g3.csv")[2:])
    forget_what_was_sent(desk)

    said = desk.run("send", "g3.csv", *TINY, "-o", "g4.csv")
    desk.run("send", "g4.csv", *TINY, "-o", "g5.csv", "-m", "Another text")

    assert (0, True) == (said.exit_code, "1 left out (1 duplicate in sheet)" in said.stderr), said.stderr
    assert ["duplicate_in_sheet"] == [row["hotline_error_code"] for row in desk.rows("g4.csv")]
    assert [(ANNA, "Hello"), (BOB, "Hi"), (ANNA, "Another text")] == desk.applied
    assert ["duplicate_in_sheet"] == [row["hotline_send_code"] for row in desk.rows("g3.csv")]
    assert [""] == [row["hotline_send_code"] for row in desk.rows("g5.csv")]
    assert "hotline_send_code" not in desk.rows(f"g1.{extension}")[0]


def test_a_copy_gets_another_text_like_any_other_row(desk: Desk) -> None:
    """Last week's result as a list of addresses: the text is new, and the rows differ in it."""
    desk.file("s.csv", f"user_id,message,order\n{ANNA},Hello,17\n{ANNA},Hello,18\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.csv", *TINY, "-o", "g2.csv", "-m", "Order {{ order }} is ready")

    assert 0 == said.exit_code, said.stderr
    assert [(ANNA, "Hello"), (ANNA, "Order 17 is ready"), (ANNA, "Order 18 is ready")] == desk.applied


def test_a_copy_of_what_was_only_practised_goes(desk: Desk) -> None:
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{ANNA},Hello\n")
    desk.run("send", "s.csv", "--sandbox", *TINY, "-o", "g1.csv")
    keep_rows(desk, "g1.csv", "duplicate_in_sheet")

    said = desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    assert 0 == said.exit_code, said.stderr
    assert [(ANNA, "Hello")] == desk.applied


def test_whom_another_correction_reached_gets_none_by_its_result(desk: Desk) -> None:
    """The result of a correction tells of rows that it left out; what reached them it does not know."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    run = desk.run("send", "s.csv", *TINY, "--json", "-o", "g1.csv").summary["run"]
    desk.run("correct", run, "-m", "Sorry", "--rows", "2", *TINY[:-2], "-o", "c1.csv")
    desk.run("correct", run, "-m", "Sorry", "--again", *TINY[:-2], "-o", "c2.csv")
    assert ["already_corrected", ""] == [row["hotline_error_code"] for row in desk.rows("c2.csv")]
    keep_rows(desk, "c2.csv", "already_corrected")
    forget_what_was_sent(desk)
    asked = desk.asked

    said = desk.run("send", "c2.csv", *TINY, "-o", "g2.csv", "-m", "Sorry")

    assert (0, asked) == (said.exit_code, desk.asked), said.stderr
    assert "1 left out (1 already corrected)" in said.stderr


def test_a_copy_in_a_correction_is_told_by_its_text(desk: Desk) -> None:
    """Left out with the text that its twin got; open for any other."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{ANNA},Hi\n")
    run = desk.run("send", "s.csv", *TINY, "--json", "-o", "g1.csv").summary["run"]
    desk.run("correct", run, "-m", "Sorry", *TINY[:-2], "-o", "c1.csv")
    keep_rows(desk, "c1.csv", "duplicate_in_sheet")
    forget_what_was_sent(desk)

    desk.run("send", "c1.csv", *TINY, "-o", "g2.csv", "-m", "Sorry")
    desk.run("send", "c1.csv", *TINY, "-o", "g3.csv", "-m", "Come in")

    assert [(ANNA, text) for text in ("Hello", "Hi", "Sorry", "Come in")] == desk.applied


@pytest.mark.parametrize("chosen", [("--rows", "4-5"), ("--where", "message=Hi"), ("--limit", "1")])
@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_what_was_sent_is_kept_of_rows_that_are_not_chosen(desk: Desk, extension: str, chosen: tuple[str, str]) -> None:
    """New people below, and only they are asked for: the result knows of all the others what the sheet knew."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{ANNA},Hello\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)
    rows = desk.rows("g1.csv")
    people = [dict.fromkeys(rows[0], "") | {"user_id": str(user), "message": "Hi"} for user in (BOB, CLEO)]
    order = [people[0], *rows, people[1]] if chosen[0] == "--limit" else [*rows, *people]
    write_rows(desk.folder / "g1.csv", order)

    said = desk.run("send", "g1.csv", *TINY, *chosen, "-o", f"g2.{extension}")
    told = {(row["user_id"], row["hotline_error_code"]): row for row in desk.rows(f"g2.{extension}")}
    sent, copy = told[str(ANNA), "already_sent"], told[str(ANNA), "duplicate_in_sheet"]
    forget_what_was_sent(desk)
    desk.run("send", f"g2.{extension}", *TINY, "-o", "g3.csv")

    assert 0 == said.exit_code, said.stderr
    assert ("skipped", "yes", "Hello") == tuple(sent[f"hotline_{name}"] for name in ("status", "delivered", "message"))
    assert ("skipped", "no", "Hello") == tuple(copy[f"hotline_{name}"] for name in ("status", "delivered", "message"))
    assert rows[0]["hotline_service"] == sent["hotline_service"]
    assert [(ANNA, "Hello"), (BOB, "Hi"), (CLEO, "Hi")] == sorted(desk.applied)


def test_what_was_sent_is_kept_of_rows_that_are_hidden(desk: Desk) -> None:
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.xlsx")
    forget_what_was_sent(desk)
    book = load_workbook(desk.folder / "g1.xlsx")
    book["Results"].row_dimensions[2].hidden = True
    book.save(desk.folder / "g1.xlsx")

    desk.run("send", "g1.xlsx", "--hidden-rows", "skip", *TINY, "-o", "g2.xlsx")
    desk.run("send", "g2.xlsx", "--hidden-rows", "include", *TINY, "-o", "g3.csv")

    assert ["already_sent"] * 2 == [row["hotline_error_code"] for row in desk.rows("g2.xlsx")]
    assert [(ANNA, "Hello"), (BOB, "Hi")] == desk.applied


def test_who_was_not_chosen_gets_another_text_later(desk: Desk) -> None:
    """What was sent is kept with its text, whatever was to be sent when the row was not chosen."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    desk.run("send", "g1.csv", *TINY, "--rows", "3", "-m", "Come in", "-o", "g2.csv")
    forget_what_was_sent(desk)

    desk.run("send", "g2.csv", *TINY, "-m", "Come in", "-o", "g3.csv")

    assert [(ANNA, "Hello"), (BOB, "Hi"), (BOB, "Come in"), (ANNA, "Come in")] == desk.applied


def test_what_was_practised_is_not_kept_of_rows_that_are_not_chosen(desk: Desk) -> None:
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", "--sandbox", *TINY, "-o", "g1.csv")
    desk.run("send", "g1.csv", *TINY, "--rows", "3", "-o", "g2.csv")

    desk.run("send", "g2.csv", *TINY, "-o", "g3.csv")

    first = desk.rows("g2.csv")[0]
    assert ("not_selected", "no") == (first["hotline_error_code"], first["hotline_delivered"])
    assert [(BOB, "Hi"), (ANNA, "Hello")] == desk.applied


def test_a_row_stays_sent_below_a_new_one_of_the_same_text(desk: Desk) -> None:
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)
    (row,) = desk.rows("g1.csv")
    write_rows(desk.folder / "g1.csv", [dict.fromkeys(row, "") | {"user_id": str(ANNA), "message": "Hello"}, row])

    desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    kept = desk.rows("g2.csv")[1]
    assert ("already_sent", "yes") == (kept["hotline_error_code"], kept["hotline_delivered"])


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_what_was_sent_is_kept_of_a_row_that_cannot_be_used_now(desk: Desk, extension: str) -> None:
    """A new text does not fit it: it is still to be mended, and the old text was sent all the same."""
    desk.file("s.csv", f"user_id,message,name\n{ANNA},Hello,\n{BOB},Hi,Bob\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.csv", *TINY, "-m", "{{ name }}", "-o", f"g2.{extension}")
    invalid = desk.rows(f"g2.{extension}")[0]
    forget_what_was_sent(desk)
    desk.run("send", f"g2.{extension}", *TINY, "--rows", "2", "-o", "g3.csv")

    assert 1 == said.exit_code, said.stderr
    assert ("invalid", "yes", "Hello") == tuple(
        invalid[f"hotline_{name}"] for name in ("status", "delivered", "message")
    )
    assert [(ANNA, "Hello"), (BOB, "Hi"), (BOB, "Bob")] == desk.applied
    assert "already_sent" == desk.rows("g3.csv")[0]["hotline_error_code"]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_whom_another_correction_reached_gets_another_text(desk: Desk, extension: str) -> None:
    """Left out with the text that the other correction sent; that it may have sent any other is not true."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    run = desk.run("send", "s.csv", *TINY, "--json", "-o", "g1.csv").summary["run"]
    desk.run("correct", run, "-m", "Sorry", "--rows", "2", *TINY[:-2], "-o", "c1.csv")
    desk.run("correct", run, "-m", "Sorry", "--again", *TINY[:-2], "-o", f"c2.{extension}")
    forget_what_was_sent(desk)
    asked = desk.asked
    desk.run("send", f"c2.{extension}", *TINY, "-m", "Sorry", "-o", "g2.csv")
    still = desk.asked
    desk.run("send", f"c2.{extension}", *TINY, "-m", "Come in", "-o", "g3.csv")

    kept = desk.rows(f"c2.{extension}")[0]
    assert ("already_corrected", "no", "Sorry") == tuple(
        kept[f"hotline_{name}"] for name in ("error_code", "delivered", "message")
    )
    assert desk.rows("g1.csv")[0]["hotline_service"] == kept["hotline_service"]
    assert (asked, asked + 2) == (still, desk.asked)
    assert [(ANNA, "Come in"), (BOB, "Come in")] == desk.applied[-2:]


def test_what_was_to_be_corrected_is_not_sent_where_the_correction_failed(desk: Desk) -> None:
    """Whoever hands its result in to have the failed row sent would send the wrong text a second time."""
    desk.file("s.csv", f"user_id,message\n{ANNA},We open at 8\n{BOB},We open at 8\n")
    run = desk.run("send", "s.csv", *TINY, "--json", "-o", "g1.csv").summary["run"]
    desk.server.fault_for(BOB, CATALOGUE["error_in_200"])
    desk.run("correct", run, "-m", "We open at 9", *TINY[:-2], "-o", "c1.csv")
    desk.server.heal()
    let_days_pass(desk)
    asked = desk.asked

    said = desk.run("send", "c1.csv", *TINY, "-o", "g2.csv")
    still = desk.asked
    desk.run("send", "g2.csv", *TINY, "-m", "We open at 9", "-o", "g3.csv")

    assert ["sent", "failed"] == [row["hotline_status"] for row in desk.rows("c1.csv")]
    assert (0, asked) == (said.exit_code, still), said.stderr
    assert ["already_sent"] * 2 == [row["hotline_error_code"] for row in desk.rows("g2.csv")]
    assert ["We open at 9", "We open at 8"] == [row["hotline_message"] for row in desk.rows("g2.csv")]
    assert str(BOB) == desk.rows("g2.csv")[1]["hotline_recipient"]
    assert [(BOB, "We open at 9")] == desk.applied[3:]


def test_what_was_corrected_once_can_be_sent_where_no_correction_is_handed_in(desk: Desk) -> None:
    """Another run failed to send the text of an earlier correction; its row says now what that one corrected."""
    desk.file("s.csv", f"user_id,message\n{BOB},We open at 8\n")
    run = desk.run("send", "s.csv", *TINY, "--json", "-o", "g1.csv").summary["run"]
    desk.run("correct", run, "-m", "We open at 9", *TINY[:-2], "-o", "c1.csv")
    let_days_pass(desk)
    desk.server.fault_for(BOB, CATALOGUE["error_in_200"])
    desk.file("n.csv", f"user_id,message\n{BOB},We open at 9\n")
    desk.run("send", "n.csv", *TINY, "-o", "n1.csv")
    desk.server.heal()
    (failed,) = desk.rows("n1.csv")
    write_rows(desk.folder / "n1.csv", [failed | {"message": "We open at 8"}])

    desk.run("send", "n1.csv", *TINY, "-o", "n2.csv")

    assert "failed" == failed["hotline_status"]
    assert [(BOB, "We open at 8"), (BOB, "We open at 9"), (BOB, "We open at 8")] == desk.applied


def test_whom_another_correction_reached_with_another_text_is_left_out(desk: Desk) -> None:
    """Which text that was, the result of this one does not know."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    run = desk.run("send", "s.csv", *TINY, "--json", "-o", "g1.csv").summary["run"]
    desk.run("correct", run, "-m", "Sorry", "--rows", "2", *TINY[:-2], "-o", "c1.csv")
    desk.run("correct", run, "-m", "Excuse us", "--again", *TINY[:-2], "-o", "c2.csv")
    forget_what_was_sent(desk)

    desk.run("send", "c2.csv", *TINY, "-m", "Sorry", "-o", "g2.csv")

    assert ["already_corrected", ""] == [row["hotline_error_code"] for row in desk.rows("g2.csv")]
    assert 1 == desk.applied.count((ANNA, "Sorry"))


def test_who_got_nothing_to_correct_gets_another_text(desk: Desk) -> None:
    """A row that was not chosen then, and one that was a copy: what the copy's own row got is not known there."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n{ANNA},Hello\n")
    run = desk.run("send", "s.csv", *TINY, "--rows", "2,4", "--json", "-o", "g1.csv").summary["run"]
    desk.run("correct", run, "-m", "Sorry", *TINY[:-2], "-o", "c1.csv")
    assert ["", "nothing_to_correct", "nothing_to_correct"] == [
        row["hotline_error_code"] for row in desk.rows("c1.csv")
    ]
    keep_rows(desk, "c1.csv", "nothing_to_correct")
    forget_what_was_sent(desk)

    desk.run("send", "c1.csv", *TINY, "-m", "Sorry", "-o", "g2.csv")
    same = desk.rows("g2.csv")
    desk.run("send", "c1.csv", *TINY, "-m", "Come in", "-o", "g3.csv")

    assert ["nothing_to_correct"] * 2 == [row["hotline_error_code"] for row in same]
    assert ["", "nothing_to_correct"] == [row["hotline_error_code"] for row in desk.rows("g3.csv")]
    assert [(ANNA, "Hello"), (ANNA, "Sorry"), (BOB, "Come in")] == desk.applied


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_new_row_above_one_of_the_same_text_is_a_copy_of_it(desk: Desk, extension: str) -> None:
    """Wherever the row stands that the sheet calls sent: nobody gets its message twice."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)
    rows = desk.rows("g1.csv")
    new = dict.fromkeys(rows[0], "") | {"user_id": str(BOB), "message": "Hi"}
    write_rows(desk.folder / "g1.csv", [new, *rows])

    checked = desk.run("check", "g1.csv", "--for", "send")
    said = desk.run("send", "g1.csv", *TINY, "-o", f"g2.{extension}")

    assert (0, 0) == (checked.exit_code, said.exit_code), said.stderr
    assert "1 duplicate in sheet" in checked.stdout
    assert [(ANNA, "Hello"), (BOB, "Hi")] == desk.applied
    told = [(row["hotline_error_code"], row["hotline_error"]) for row in desk.rows(f"g2.{extension}")]
    assert ("duplicate_in_sheet", f"Row 4 has the same message for user {BOB}.") == told[0]
    assert ["already_sent"] * 2 == [code for code, _ in told[1:]]


def test_a_new_row_above_one_that_was_only_practised_goes(desk: Desk) -> None:
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n")
    desk.run("send", "s.csv", "--sandbox", *TINY, "-o", "g1.csv")
    (row,) = desk.rows("g1.csv")
    write_rows(desk.folder / "g1.csv", [dict.fromkeys(row, "") | {"user_id": str(ANNA), "message": "Hello"}, row])

    desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    assert [(ANNA, "Hello")] == desk.applied
    assert ["sent", "skipped"] == [row["hotline_status"] for row in desk.rows("g2.csv")]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_what_was_sent_is_kept_of_a_row_whose_number_a_program_has_shortened(desk: Desk, extension: str) -> None:
    """9.876E+08 is nobody else: its digits went where the result was saved again."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    path = desk.folder / "g1.csv"
    path.write_text(path.read_text("utf-8").replace(f"{ANNA},Hello,", "9.876E+08,Hello,", 1), "utf-8")
    forget_what_was_sent(desk)

    desk.run("send", "g1.csv", *TINY, "-o", f"g2.{extension}")
    shortened = desk.rows(f"g2.{extension}")[0]
    put_cell(desk, f"g2.{extension}", "user_id", str(ANNA))
    forget_what_was_sent(desk)
    desk.run("send", f"g2.{extension}", *TINY, "-o", "g3.csv")

    assert ("invalid", "yes", "Hello") == tuple(
        shortened[f"hotline_{name}"] for name in ("status", "delivered", "message")
    )
    assert [(ANNA, "Hello"), (BOB, "Hi")] == desk.applied
    assert ["already_sent"] * 2 == [row["hotline_error_code"] for row in desk.rows("g3.csv")]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_what_was_sent_to_users_of_topics_stays_sent(desk: Desk, extension: str) -> None:
    """Who got the message is not looked up again, and is left out all the same."""
    links = [f"https://t.me/c/2101424779/{topic}" for topic in (5341, 5342)]
    desk.file("s.csv", f"topic_link,message\n{links[0]},Hello\n{links[1]},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", f"g1.{extension}")
    for before, after in ((f"g1.{extension}", f"g2.{extension}"), (f"g2.{extension}", "g3.csv")):
        forget_what_was_sent(desk)
        asked = desk.asked

        said = desk.run("send", before, *TINY, "-o", after)

        assert (0, asked) == (said.exit_code, desk.asked), said.stderr
        assert ["already_sent"] * 2 == [row["hotline_error_code"] for row in desk.rows(after)]


def test_what_was_corrected_is_not_sent_by_the_result_of_the_correction(desk: Desk) -> None:
    """Its own message column has the wrong text still; whoever has another text for them says so."""
    desk.file("s.csv", f"user_id,message\n{ANNA},We open at 8\n{BOB},We open at 8\n")
    run = desk.run("send", "s.csv", *TINY, "--json", "-o", "g1.csv").summary["run"]
    desk.run("correct", run, "-m", "We open at 9", *TINY[:-2], "-o", "c1.csv")
    let_days_pass(desk)
    asked = desk.asked

    checked = desk.run("check", "c1.csv", "--for", "send")
    said = desk.run("send", "c1.csv", *TINY, "-o", "g2.csv")
    still = desk.asked
    desk.run("send", "c1.csv", *TINY, "-m", "Come in", "-o", "g3.csv")

    assert "2 already sent" in checked.stdout
    assert (0, asked) == (said.exit_code, still), said.stderr
    assert {f"already_sent|{run}"} == {
        f"{row['hotline_error_code']}|{row['hotline_error'].rpartition('run ')[2].rstrip('.')}"
        for row in desk.rows("g2.csv")
    }
    assert [(ANNA, "Come in"), (BOB, "Come in")] == desk.applied[-2:]


@pytest.mark.parametrize(
    "less",
    [("--leave-out", "run"), ("--columns", "user_id,message"), ("--leave-out", "error_code,delivered"), ("-q",)],
    ids=" ".join,
)
def test_a_result_with_fewer_columns_is_a_result_still(desk: Desk, less: tuple[str, ...]) -> None:
    """Whatever a person leaves out of it: its status says what was sent, and apostrophes are ours."""
    desk.file("s.csv", f"user_id,message\n{ANNA},- please call\n{BOB},Hi\n{ANNA},- please call\n")
    desk.run("send", "s.csv", *TINY, *less, "-o", "g1.csv")
    if less == ("-q",):
        path = desk.folder / "g1.csv"
        head, rest = path.read_text("utf-8-sig").split("\n", 1)
        path.write_text(f"{head.upper()}\n{rest}", "utf-8")
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    assert 0 == said.exit_code, said.stderr
    assert [(ANNA, "- please call"), (BOB, "Hi")] == desk.applied
    assert {"skipped"} == {row["hotline_status"] for row in desk.rows("g2.csv")}
    assert {"'- please call", "Hi"} == {row.get("message") or row["MESSAGE"] for row in desk.rows("g2.csv")}


def test_rows_in_doubt_are_left_out_by_the_worksheet_of_problems_too(desk: Desk) -> None:
    """There they stand with what to do; it is the active worksheet of whoever mends them there."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\nnobody,Hi\n")
    desk.server.fault_for(ANNA, CATALOGUE["close_unanswered_applied"])
    desk.run("send", "s.csv", *TINY, "-o", "g1.xlsx")
    desk.server.heal()
    book = load_workbook(desk.folder / "g1.xlsx")
    for name in ("Results", "Summary"):
        del book[name]
    problems = book["Problems"]
    names = [cell.value for cell in problems[1]]
    for line in problems.iter_rows(min_row=2):
        if line[names.index("user_id")].value == "nobody":
            line[names.index("user_id")].value = str(BOB)
    book.save(desk.folder / "problems.xlsx")
    forget_what_was_sent(desk)

    said = desk.run("send", "problems.xlsx", *TINY, "-o", "g2.csv")

    assert 0 == said.exit_code, said.stderr
    assert [(ANNA, "Hello"), (BOB, "Hi")] == desk.applied
    assert {"possibly_sent", ""} == {row["hotline_error_code"] for row in desk.rows("g2.csv")}
    assert {"hotline_run", "hotline_service", "hotline_recipient"} <= set(names)


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_whoever_stands_now_in_a_row_that_was_sent_to_another_gets_it(desk: Desk, extension: str) -> None:
    """A wrong id that was put right, and a row that was copied for one more person; it is told."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    (row,) = desk.rows("g1.csv")
    write_rows(desk.folder / "g1.csv", [row, row | {"user_id": str(BOB)}])
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.csv", *TINY, "-o", f"g2.{extension}")
    forget_what_was_sent(desk)
    desk.run("send", f"g2.{extension}", *TINY, "-o", "g3.csv")

    assert 0 == said.exit_code, said.stderr
    assert "Row 3: sent before to another user than now" in said.stderr
    assert [(ANNA, "Hello"), (BOB, "Hello")] == desk.applied
    told = [(row["hotline_status"], row["hotline_recipient"]) for row in desk.rows(f"g2.{extension}")]
    assert [("skipped", str(ANNA)), ("sent", str(BOB))] == told
    assert [str(ANNA), str(BOB)] == [row["hotline_recipient"] for row in desk.rows("g3.csv")]


def test_that_a_row_was_sent_with_another_text_is_told(desk: Desk) -> None:
    """A date that a program shows otherwise makes another text of a template."""
    desk.file("s.csv", f"user_id,day\n{ANNA},2026-12-01\n")
    desk.run("send", "s.csv", *TINY, "-m", "See you on {{ day }}", "-o", "g1.csv")
    put_cell(desk, "g1.csv", "day", "12/01/2026")

    said = desk.run("check", "g1.csv", "--for", "send", "-m", "See you on {{ day }}")

    assert "Row 2: sent before with another text, as the sheet says, so not left out." in said.stdout


def test_a_text_is_known_whose_letters_an_old_encoding_has_lost(desk: Desk) -> None:
    """The result was saved again as a CSV file in the code page of a German office."""
    desk.file("s.csv", f"user_id,name\n{ANNA},Anna\n")
    text = "Приветствие, {{ name }} 👍"
    desk.run("send", "s.csv", *TINY, "-m", text, "-o", "g1.csv")
    path = desk.folder / "g1.csv"
    path.write_bytes(path.read_text("utf-8-sig").encode("cp1252", "replace"))
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.csv", *TINY, "-m", text, "-o", "g2.csv")

    assert 0 == said.exit_code, said.stderr
    assert [(ANNA, "Приветствие, Anna 👍")] == desk.applied
    assert "already_sent" == desk.rows("g2.csv")[0]["hotline_error_code"]


def test_apostrophes_of_a_csv_result_are_no_text_in_a_workbook_either(desk: Desk) -> None:
    """A spreadsheet program that saves the file as a workbook keeps them as letters."""
    desk.file("s.csv", f"user_id,message,name\n{ANNA},- please call,=b\nnobody,@all: hello,c\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    book, sheet = opened_by_a_program(desk.folder / "g1.csv")
    assert "'- please call" == sheet["B2"].value
    sheet["A3"] = str(BOB)
    book.save(desk.folder / "g1.xlsx")
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.xlsx", *TINY, "-o", "g2.xlsx")

    assert "apostrophes before texts that begin like formulas are not read" in said.stderr
    assert [(ANNA, "- please call"), (BOB, "@all: hello")] == desk.applied
    assert ["=b", "c"] == [row["name"] for row in desk.rows("g2.xlsx")]


def test_apostrophes_of_a_person_stay_in_a_workbook(desk: Desk) -> None:
    """A result workbook has no apostrophes of ours; what a person wrote comes back as it was."""
    book = Workbook()
    sheet: Any = book.active
    for row in (["user_id", "message", "name"], [ANNA, "Hello", "'=a"], ["nobody", "Hi", "c"]):
        sheet.append(row)
    book.save(desk.folder / "s.xlsx")

    desk.run("send", "s.xlsx", *TINY, "-o", "g1.xlsx")
    put_cell(desk, "g1.xlsx", "message", "Good morning")
    desk.run("send", "g1.xlsx", *TINY, "-o", "g2.xlsx")

    assert ["'=a", "c"] == [row["name"] for row in desk.rows("g2.xlsx")]


LINK = "https://t.me/c/2101424779/{}"


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_topics_above_and_below_what_was_sent_are_looked_up_and_sent(desk: Desk, extension: str) -> None:
    """Only whoever is open is looked up."""
    rows = "".join(f"{LINK.format(topic)}\n" for topic in (5341, 5342, 5343))
    desk.file("s.csv", f"topic_link\n{rows}")
    desk.run("send", "s.csv", *TINY, "-m", "Hello", "--rows", "3", "-o", f"g1.{extension}")
    forget_what_was_sent(desk)
    asked = desk.asked

    said = desk.run("send", f"g1.{extension}", *TINY, "-m", "Hello", "-o", "g2.csv")

    assert (0, asked + 4) == (said.exit_code, desk.asked), said.stderr
    assert sorted((user_of(topic), "Hello") for topic in (5341, 5342, 5343)) == sorted(desk.applied)


def test_who_cannot_be_looked_up_now_got_the_message_all_the_same(desk: Desk) -> None:
    """Another row asks for the same topic, with another text, while the topic is not to be found."""
    desk.file("s.csv", f"topic_link,message\n{LINK.format(5341)},Hello\n{LINK.format(5342)},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)
    rows = desk.rows("g1.csv")
    more = dict.fromkeys(rows[0], "") | {"topic_link": LINK.format(5341), "message": "More"}
    write_rows(desk.folder / "g1.csv", [*rows, more])
    desk.server.fault_for("2101424779/5341", CATALOGUE["error_in_200"], times=20)
    desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")
    desk.server.heal()
    forget_what_was_sent(desk)

    desk.run("send", "g2.csv", *TINY, "-o", "g3.csv")

    assert ["already_sent"] * 2 == [row["hotline_error_code"] for row in desk.rows("g2.csv")][:2]
    assert sorted([(user_of(5341), "Hello"), (user_of(5341), "More"), (user_of(5342), "Hi")]) == sorted(desk.applied)


def test_another_topic_in_a_row_that_was_sent_gets_it(desk: Desk) -> None:
    desk.file("s.csv", f"topic_link,message\n{LINK.format(5341)},Hello\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    put_cell(desk, "g1.csv", "topic_link", LINK.format(5342))
    put_cell(desk, "g1.csv", "hotline_topic_link", LINK.format(5341))
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    assert 0 == said.exit_code, said.stderr
    assert [(user_of(5341), "Hello"), (user_of(5342), "Hello")] == desk.applied


@pytest.mark.parametrize("is_found", [True, False])
def test_a_topic_of_another_group_in_a_row_that_was_sent_gets_it_if_it_is_another_user_s(
    desk: Desk, is_found: bool
) -> None:
    """That is looked up; where it cannot be told, nothing is sent: whoever has it may have moved to another group."""
    desk.file("s.csv", "topic_link,message\n" + "".join(f"{LINK.format(topic)},Hello\n" for topic in (5341, 5342)))
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    for row, topic in ((2, 5341), (3, 5342)):
        put_cell(desk, "g1.csv", "hotline_topic_link", LINK.replace("779", "780").format(topic), row=row)
    put_cell(desk, "g1.csv", "topic_link", LINK.format(5343), row=3)
    forget_what_was_sent(desk)
    if not is_found:
        for topic in (5341, 5343):
            desk.server.fault_for(f"2101424779/{topic}", CATALOGUE["error_in_200"], times=20)

    desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")
    desk.server.heal()

    more = [(user_of(5343), "Hello")] if is_found else []
    assert [(user_of(5341), "Hello"), (user_of(5342), "Hello"), *more] == desk.applied
    assert ["already_sent"] * (2 - len(more)) == [
        row["hotline_error_code"] for row in desk.rows("g2.csv") if row["hotline_error_code"]
    ]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_columns_that_were_sorted_without_ours_send_nothing_again(desk: Desk, extension: str) -> None:
    """What the result says of who got which text holds wherever they stand now."""
    people = [(ANNA, "Hello"), (BOB, "Hi"), (CLEO, "Hey")]
    desk.file("s.csv", "user_id,message\n" + "".join(f"{user},{text}\n" for user, text in people))
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    rows = desk.rows("g1.csv")
    theirs = [{name: row[name] for name in ("user_id", "message")} for row in rows[::-1]]
    write_rows(desk.folder / "g1.csv", [row | other for row, other in zip(rows, theirs, strict=True)])
    for before, after in (("g1.csv", f"g2.{extension}"), (f"g2.{extension}", "g3.csv")):
        forget_what_was_sent(desk)
        said = desk.run("send", before, *TINY, "-o", after)

        assert 0 == said.exit_code, said.stderr
        assert sorted(people) == sorted(desk.applied)
        assert "sent before to another user" not in said.stderr
    assert {"skipped"} == {row["hotline_status"] for row in desk.rows("g3.csv")}


def test_a_line_typed_into_a_saved_csv_result_takes_nothing_from_the_others(desk: Desk) -> None:
    """It has no apostrophe, which is no sign that those of the others are a person's."""
    desk.file("s.csv", f"user_id,message\n{ANNA},- please call\nnobody,- come in\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    book, sheet = opened_by_a_program(desk.folder / "g1.csv")
    sheet["A3"] = str(BOB)
    sheet.append([str(CLEO), "+ new"])
    book.save(desk.folder / "g1.xlsx")

    desk.run("send", "g1.xlsx", *TINY, "-o", "g2.xlsx")

    assert [(ANNA, "- please call"), (BOB, "- come in"), (CLEO, "+ new")] == desk.applied
