"""Planning over real files: what the sheets room says of a cell arrives as the right decision."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from plan_examples import CONNECTIONS

from hotline_batch.model.jobs import Decision, GetTopicInfo, Job, Kind, SendMessage
from hotline_batch.plan.planner import PlanChoices, Planner
from hotline_batch.run_options import Reading
from hotline_batch.sheets.source import open_sheet


def decisions_for(path: Path, kind: Kind = Kind.SEND, template: str | None = None) -> dict[int, Decision]:
    with open_sheet(path, Reading()) as opened:
        planner = Planner(opened.sheet, PlanChoices(kind, {}, template, CONNECTIONS, "support_bot"))
        return {planned.row.number: planned.decision for planned in planner.plan(opened.rows())}


def codes_of(decision: Decision) -> list[str]:
    return [problem.code for problem in getattr(decision, "issues", ())]


def test_a_csv_row_with_an_unquoted_comma_is_never_sent_in_part(tmp_path: Path) -> None:
    """ "Hello, world" without quotes; a row that lacks only an unused column is fine."""
    path = tmp_path / "contacts.csv"
    path.write_text(
        "user_id,message,note,more\n987654321,Hello, world,x,y\n987654322,NA\n987654323\n'987654324,007,,\n",
        encoding="utf-8",
    )

    results = decisions_for(path)

    assert ["too_many_cells"] == codes_of(results[2])
    assert isinstance(results[3], Job)
    assert SendMessage(987654322, "NA") == results[3].request
    assert ["too_few_cells"] == codes_of(results[4])
    assert isinstance(results[5], Job)
    assert SendMessage(987654324, "007") == results[5].request


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (True, "cell_is_true_or_false"),
        (date(2025, 10, 9), "cell_is_a_date"),
        (12345678901234567, "digits_lost"),
        ("=A1", "formula_without_value"),
        ("#N/A", "cell_is_an_error"),
        (-1002101424779, "user_id_is_negative"),
        (12.5, "user_id_not_a_number"),
    ],
)
def test_a_workbook_cell_that_is_no_id_is_refused(tmp_path: Path, cell: object, code: str) -> None:
    """Whatever Excel made of it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Kunden-ID", "Nachricht"], [cell, "Hello"], [987654321, "Hello"]):
        sheet.append(row)
    book.save(tmp_path / "contacts.xlsx")

    results = decisions_for(tmp_path / "contacts.xlsx")

    assert [code] == codes_of(results[2])
    assert isinstance(results[3], Job)
    assert SendMessage(987654321, "Hello") == results[3].request


def test_a_workbooks_hyperlink_is_followed_to_its_topic(tmp_path: Path) -> None:
    """The text says "Topic 5343", the address lies behind it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Themenlink"])
    sheet.append(["Topic 5343"])
    sheet["A2"].hyperlink = "https://t.me/c/2101424779/5343"
    book.save(tmp_path / "topics.xlsx")

    (decision,) = decisions_for(tmp_path / "topics.xlsx", Kind.ENRICH).values()

    assert isinstance(decision, Job)
    assert GetTopicInfo(2101424779, 5343) == decision.request


def test_a_date_in_a_templates_column_is_written_in_iso(tmp_path: Path) -> None:
    """The appointment reaches the message; as the message itself, a date is refused."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["user_id", "Termin"])
    sheet.append([987654321, date(2025, 10, 9)])
    book.save(tmp_path / "dates.xlsx")

    (decision,) = decisions_for(tmp_path / "dates.xlsx", template="On {{ Termin }}").values()

    assert isinstance(decision, Job)
    assert SendMessage(987654321, "On 2025-10-09") == decision.request


@pytest.mark.parametrize("number_format", ["0%", "00000", "0.00", '#,##0.00 "€"', '"Nr. "0'])
def test_a_number_that_looks_different_is_no_message(tmp_path: Path, number_format: str) -> None:
    """What the person sees is not in the file; General, 0 and text are what they look like. Ids are numbers anyway."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["user_id", "message"], [987654321, 0.19], [987654322, 5.0], [987654323, 5], [987654324, 5]):
        sheet.append(row)
    sheet["B2"].number_format = sheet["A5"].number_format = number_format
    sheet["B4"].number_format = "0"
    book.save(tmp_path / "numbers.xlsx")

    results = decisions_for(tmp_path / "numbers.xlsx")

    assert ["cell_is_a_formatted_number"] == codes_of(results[2])
    assert [SendMessage(987654322, "5"), SendMessage(987654323, "5"), SendMessage(987654324, "5")] == [
        decision.request for decision in results.values() if isinstance(decision, Job)
    ]


def test_a_hyperlink_formula_needs_no_stored_result_to_be_followed(tmp_path: Path) -> None:
    """Programs that only write workbooks store none; the target is spelt out in the formula."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Themenlink"], ['=HYPERLINK("https://t.me/c/2101424779/5344","Topic 5344")'], ["=A2"]):
        sheet.append(row)
    book.save(tmp_path / "topics.xlsx")

    results = decisions_for(tmp_path / "topics.xlsx", Kind.ENRICH)

    assert isinstance(results[2], Job)
    assert GetTopicInfo(2101424779, 5344) == results[2].request
    assert ["formula_without_value"] == codes_of(results[3])
