"""The sample sheets and templates fit each other and the sandbox; they are read here with nothing of ours."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined, Template
from openpyxl import load_workbook

from hotline_batch.sandbox.world import World

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_data"
TEMPLATES = sorted((ROOT / "templates").glob("*.txt.j2"))
WORLD = World()
LINK_SHAPES = (
    r"(?:https?://)?(?:t|telegram)\.me/c/(?P<group>\d+)/(?:\d+\?thread=)?(?P<topic>\d+)(?:/\d*|\?single)?",
    r"tg://privatepost\?channel=(?P<group>\d+)&post=\d+&thread=(?P<topic>\d+)",
    r"https://web\.telegram\.org/a/#-100(?P<group>\d+)_(?P<topic>\d+)",
    r"https://web\.telegram\.org/k/#-(?P<group>\d+)_(?P<topic>\d+)",
)


def csv_rows(name: str, delimiter: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


def workbook_rows(name: str) -> list[dict[str, str]]:
    header, *rows = load_workbook(SAMPLES / name).active.iter_rows(values_only=True)
    return [{str(key): str(value or "") for key, value in zip(header, row, strict=True)} for row in rows]


def filled_in(source: str, **options: Any) -> Template:
    """A template whose dates and amounts stay as they stand in the sheet."""
    environment = Environment(autoescape=False, **options)  # noqa: S701 - plain text
    environment.filters |= {"date": str, "euro": str}
    return environment.from_string(source)


def place_of(link: str) -> tuple[int, int]:
    found = next(match for shape in LINK_SHAPES if (match := re.fullmatch(shape, link)))
    return int(found["group"]), int(found["topic"])


def status_updates() -> Iterator[tuple[str, str, str]]:
    for row in csv_rows("status_updates.csv", ";", "utf-8-sig"):
        yield row["Kunden-ID"], row["Name"], row["Nachricht"]
    for row in workbook_rows("status_updates.xlsx"):
        yield row["user_id"], row["Name"], row["message"]


def test_status_updates_name_people_of_the_sandbox() -> None:
    """Every row of the clean sheets can be sent as it is, and nobody is named twice in one sheet."""
    rows = list(status_updates())

    assert 50 == len(rows)
    assert 25 == len({user_id for user_id, _, _ in rows[:25]}) == len({user_id for user_id, _, _ in rows[25:]})
    for user_id, name, text in rows:
        topic = WORLD.topic_of(int(user_id))
        assert topic is not None
        assert name == topic.title
        assert 1 <= len(text.strip()) <= 4096


def test_german_sheet_is_written_as_german_excel_writes_it() -> None:
    """A byte order mark, semicolons, and CRLF at the end of every row."""
    raw = (SAMPLES / "status_updates.csv").read_bytes()

    assert raw.startswith(b"\xef\xbb\xbfKunden-ID;Name;Status;Nachricht\r\n")
    assert raw.endswith(b"\r\n")
    assert 26 == raw.count(b"\r\n")


def test_ids_in_the_workbook_are_text_cells() -> None:
    """So that no spreadsheet program rounds them."""
    sheet = load_workbook(SAMPLES / "status_updates.xlsx").active

    cells = [row[0] for row in sheet.iter_rows(min_row=2)]

    assert {("s", "@")} == {(cell.data_type, cell.number_format) for cell in cells}


def test_links_in_the_csv_lead_to_topics_of_the_sandbox() -> None:
    """In ten shapes, each of them twice, and every title is the one that the topic has."""
    rows = csv_rows("topic_links.csv", ",")

    topics = [WORLD.topic(*place_of(row["topic_link"])) for row in rows]

    assert [row["Title"] for row in rows] == [topic.title for topic in topics if topic]
    assert 20 == len(set(topics))
    assert {2} == {[row["Note"] for row in rows].count(row["Note"]) for row in rows}
    assert any(topic and topic.person is None for topic in topics)


def test_links_in_the_workbook_lead_to_topics_of_the_sandbox() -> None:
    """Some cells show a name and keep the link behind it."""
    sheet = load_workbook(SAMPLES / "topic_links.xlsx").active
    cells = [(row[0], row[1].value) for row in sheet.iter_rows(min_row=2)]

    links = [cell.hyperlink.target if cell.hyperlink else cell.value for cell, _ in cells]
    topics = [WORLD.topic(*place_of(link)) for link in links]

    assert [title for _, title in cells] == [topic.title for topic in topics if topic]
    assert 20 == len(set(topics))
    assert {"Topic 5343"} == {cell.value for cell, title in cells if title == "John Doe"}
    assert 7 == sum(str(cell.value).startswith("Topic ") for cell, _ in cells)


def test_good_rows_of_the_messy_sheet_name_people_of_the_sandbox() -> None:
    """Some of them need a repair that loses nothing: blanks, an apostrophe, a decimal zero."""
    rows = [row for row in csv_rows("messy_upload.csv", ",") if row["Note"].startswith("good")]

    ids = [row["user_id"].strip().removeprefix("'").removesuffix(".0") for row in rows]

    assert 8 == len(rows)
    assert all(WORLD.topic_of(int(user_id)) for user_id in ids)
    assert 3 == sum(not row["user_id"].isdecimal() for row in rows)


def test_messy_sheet_has_the_flaws_it_speaks_of() -> None:
    """Each of them once, as people make them."""
    rows = csv_rows("messy_upload.csv", ",")
    by_note = {row["Note"]: row for row in rows}

    assert "+4915555512345" == by_note["phone number instead of an id"]["user_id"]
    assert not by_note["no id"]["user_id"]
    assert "9.87654E+08" == by_note["digits lost by the spreadsheet program"]["user_id"]
    assert not by_note["no message"]["message"]
    assert by_note["same as the first row"] | {"Note": ""} == rows[0] | {"Note": ""}
    assert int(by_note["a chat, not a person"]["user_id"]) < 0
    assert not by_note["a letter in the id"]["user_id"].isdecimal()
    assert 4097 == len(by_note["message of 4097 characters"]["message"])
    assert by_note["zeros before the id"]["user_id"].startswith("0")
    assert WORLD.topic_of(int(by_note["nobody in the sandbox has this id"]["user_id"])) is None
    assert not by_note["message of blanks only"]["message"].strip()
    assert " / " in by_note["two ids in one cell"]["user_id"]
    assert "777000" == by_note["an id of Telegram itself"]["user_id"]
    assert 1 == sum(None in row for row in rows)
    assert 1 == sum(not any(row.values()) for row in rows)
    assert 24 == len(rows)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_fit_the_sample_workbook(path: Path) -> None:
    """The first line names the columns that a template needs, and with them it says something about every row."""
    source = path.read_text("utf-8")
    template = filled_in(source, undefined=StrictUndefined)
    named = re.match(r"\{# Needs the columns: (?P<columns>[A-Za-z, ]+?)(?: \([A-Za-z ]+\))? #\}\n", source)
    assert named is not None
    needed = named["columns"].split(", ")

    texts = [
        template.render({column: row[column] for column in needed}).strip()
        for row in workbook_rows("status_updates.xlsx")
    ]

    assert 25 == len(set(texts))
    assert all(1 <= len(text) <= 4096 and "{" not in text and "\n\n" not in text for text in texts)


def test_there_are_three_templates_and_one_fits_both_sheets() -> None:
    """A status update needs a name and a status, which both sample sheets have."""
    header = csv_rows("status_updates.csv", ";", "utf-8-sig")[0]

    assert ["follow_up.txt.j2", "payment_reminder.txt.j2", "status_update.txt.j2"] == [path.name for path in TEMPLATES]
    assert {"Name", "Status"} <= set(header)


def test_payment_reminder_leaves_a_blank_amount_out() -> None:
    """No line about an amount that the row does not have."""
    source = (ROOT / "templates" / "payment_reminder.txt.j2").read_text("utf-8")
    template = filled_in(source)

    with_amount, without = (
        template.render(Name="John Doe", Order="A-1", Amount=amount, Due="2026-12-01").strip()
        for amount in ("49.90 EUR", "")
    )

    assert ["Open amount: 49.90 EUR"] == [line for line in with_amount.splitlines() if line not in without]
