"""A result sheet that went through another program is used again: it is known as one, and sends nothing twice."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.journeys_sheets.conftest import Desk
from tests.journeys_sheets.test_result_sheets_again import TINY, forget_what_was_sent, put_cell

ANNA, BOB = 987600001, 987600002
HELLO = [(ANNA, "Hello"), (BOB, "Hi")]


def rewrite(path: Path, head: Callable[[str], str], cell: Callable[[str], str] = str) -> None:
    """Every name and every cell as another program writes them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        names, *rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([map(head, names), *(map(cell, row) for row in rows)])


def send_twice(desk: Desk, head: Callable[[str], str], cell: Callable[[str], str] = str) -> str:
    """Send two rows, and the rewritten result once more; its columns."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    rewrite(desk.folder / "g1.csv", head, cell)
    forget_what_was_sent(desk)

    said = desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")

    assert 0 == said.exit_code, said.stderr
    return (desk.folder / "g2.csv").read_text("utf-8-sig").splitlines()[0]


@pytest.mark.parametrize("cell", [lambda cell: cell.ljust(20), lambda cell: f"{cell}\u200b"], ids=["blanks", "unseen"])
def test_cells_with_more_than_is_seen_say_what_was_sent(desk: Desk, cell: Callable[[str], str]) -> None:
    """Columns of one width, as CHAR(20), and what comes along from web pages and chats."""
    send_twice(desk, str, cell)

    assert HELLO == desk.applied
    assert {("skipped", "already_sent", "yes")} == {
        (row["hotline_status"], row["hotline_error_code"], row["hotline_delivered"]) for row in desk.rows("g2.csv")
    }


@pytest.mark.parametrize(
    "head",
    [
        str.upper,
        lambda name: name.replace("_", " ").title(),
        lambda name: name.replace("_", "-"),
        lambda name: f"'{name}",
        lambda name: f"{name[:8]}\u200b{name[8:]}",
    ],
    ids=["capitals", "words", "dashes", "apostrophes", "unseen"],
)
def test_columns_that_another_program_calls_otherwise_are_refreshed_in_place(
    desk: Desk, head: Callable[[str], str]
) -> None:
    """None of them stands there twice, and none is taken for one of the person's, such as that of connections."""
    names = send_twice(desk, head).split(",")

    assert HELLO == desk.applied
    assert [head("user_id"), head("message"), "hotline_row", "hotline_status"] == names[:4]
    assert len(names) == len(set(names)) == sum(name.startswith("hotline_") for name in names) + 2
    assert {"skipped"} == {row["hotline_status"] for row in desk.rows("g2.csv")}


def test_a_column_of_a_person_that_is_called_like_ours_stays_theirs(desk: Desk) -> None:
    """Without the numbers of our rows beside it, it is no column of a result."""
    desk.file("s.csv", f"user_id,message,Hotline Status\n{ANNA},Hello,sent\n")

    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")

    assert HELLO[:1] == desk.applied
    assert [("sent", "sent")] == [(row["Hotline Status"], row["hotline_status"]) for row in desk.rows("g1.csv")]


def unseen(desk: Desk, code: str) -> tuple[str, ...]:
    """A sheet with a row that is unusable for a reason that no copy of its texts shows; the options to send it with."""
    book = Workbook()
    sheet: Any = book.active
    match code:
        case "cell_is_merged":
            rows: tuple[list[object], ...] = (["user_id", "message"], [BOB, "Hi"], [ANNA, "Not seen"])
        case "formula_without_value":
            rows = (["user_id", "name"], [BOB, "Bob"], [ANNA, "=A1"])
        case _:
            desk.file("s.csv", f"user_id,message\n{BOB},Hi\n{ANNA},a\x01b\n")
            return ("s.csv",)
    for row in rows:
        sheet.append(row)
    if code == "cell_is_merged":
        # LibreOffice keeps what stands under merged cells; openpyxl would empty it.
        sheet.merged_cells.add("B2:B3")
    book.save(desk.folder / "s.xlsx")
    return ("s.xlsx", *(("-m", "Dear {{ name }}, hello") if code == "formula_without_value" else ()))


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("code", ["cell_is_merged", "formula_without_value", "message_bad_characters"])
def test_what_no_copy_shows_is_not_sent_by_its_result(desk: Desk, code: str, extension: str) -> None:
    """A hidden text, a value that was never there, a text that lost a letter."""
    sheet, *more = unseen(desk, code)
    desk.run("send", sheet, *more, *TINY, "-o", f"g1.{extension}")
    for before, after in (("g1", "g2"), ("g2", "g3")):
        said = desk.run("send", f"{before}.{extension}", *more, *TINY, "-o", f"{after}.{extension}")
        assert 1 == said.exit_code, said.stderr

    assert [BOB] == [user for user, _ in desk.applied]
    for number in (1, 2, 3):
        row = desk.rows(f"g{number}.{extension}")[1]
        assert ("invalid", code) == (row["hotline_status"], row["hotline_error_code"])


def test_a_cell_that_came_back_empty_is_filled_in_there(desk: Desk) -> None:
    """What stands in it now is the person's own."""
    sheet, *more = unseen(desk, "formula_without_value")
    desk.run("send", sheet, *more, *TINY, "-o", "g1.xlsx")
    put_cell(desk, "g1.xlsx", "name", "Anna", row=3)

    desk.run("send", "g1.xlsx", *more, *TINY, "-o", "g2.csv")

    assert [(BOB, "Dear Bob, hello"), (ANNA, "Dear Anna, hello")] == desk.applied


def test_a_workbook_whose_columns_are_in_capitals_is_coloured_and_linked(desk: Desk) -> None:
    """Its status stands where it stood, and is seen as in any other result."""
    desk.file("s.csv", f"USER_ID,MESSAGE\n{ANNA},Hello\n")
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    rewrite(desk.folder / "g1.csv", str.upper)
    forget_what_was_sent(desk)

    desk.run("send", "g1.csv", *TINY, "-o", "g2.xlsx")

    results = load_workbook(desk.folder / "g2.xlsx")["Results"]
    names = [cell.value for cell in results[1]]
    status, link = (results.cell(2, names.index(name) + 1) for name in ("hotline_status", "hotline_topic_link"))
    assert "skipped" == status.value
    assert "FFE7E6E6" == status.fill.fgColor.rgb
    assert link.hyperlink.target.startswith("https://t.me/c/")
