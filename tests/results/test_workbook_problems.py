"""The worksheet Problems: whom it is about, what happened and what to do, all of it to be read at a glance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
from result_examples import ENRICH_RUN, SEND_RUN, ended, enriched, reader, sent

from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import GetTopicInfo, JobState
from hotline_batch.model.runs import RowRecord, Run, RunState
from hotline_batch.results.write import write_results

RUN = replace(
    SEND_RUN,
    header=("Kunden-ID", "Status", "Nachricht"),
    columns={"user_id": "Kunden-ID", "message": "Nachricht"},
)
LONG = "The service answered something that takes more room than one line of a column of this width can give. " * 3


def problems_of(path: Path, run: Run, *records: RowRecord) -> Any:
    write_results(replace(run, rows=len(records)), reader(*records), str(path / "out.xlsx"), "18/min", replace=True)
    return openpyxl.load_workbook(path / "out.xlsx")["Problems"]


def header(sheet: Any) -> list[str]:
    return [cell.value for cell in sheet[1]]


def test_whom_it_is_about_comes_right_after_the_row_number(tmp_path: Path):
    """The columns that the run read, not all of the sheet; what is empty throughout is not there."""
    cells = ("987654321", "ok", "A message that is long enough to want a column of its own width")

    sheet = problems_of(tmp_path, RUN, ended(2, JobState.FAILED, "api_refused", "No.", cells=cells), sent(3, *cells))

    assert ["hotline_row", "Kunden-ID", "Nachricht", "hotline_status", "hotline_error_code"] == header(sheet)[:5]
    assert "hotline_topic_link" not in header(sheet)
    assert ["2", "987654321", cells[2], "failed", "api_refused", "No."] == [cell.value for cell in sheet[2]][:6]
    assert sheet.column_dimensions["B"].width >= 12
    assert sheet.column_dimensions["C"].width >= 40


def test_error_and_advice_are_read_without_opening_the_cell(tmp_path: Path):
    """They are wrapped, in rows that are high enough; short ones take one line."""
    sheet = problems_of(
        tmp_path, RUN, ended(2, JobState.FAILED, "a", LONG), ended(3, JobState.FAILED, "a", "No."), sent(4)
    )

    error = header(sheet).index("hotline_error")
    assert sheet[2][error].alignment.wrap_text
    assert "top" == sheet[2][0].alignment.vertical
    characters = sheet.column_dimensions[sheet[2][error].column_letter].width
    assert sheet.row_dimensions[2].height >= 15 * len(LONG.strip()) / characters
    assert sheet.row_dimensions[3].height is None, "the usual height, of one line"


def test_what_stopped_the_run_is_the_first_line(tmp_path: Path):
    """In a run that was stopped by refused keys, the row that met the refusal is not the last of many."""
    run = replace(RUN, state=RunState.STOPPED, stop_code="credentials_refused", stop_reason="Refused.")
    stopped = ended(5, JobState.PENDING, "credentials_refused", "The service refused the keys.")

    sheet = problems_of(tmp_path, run, *(ended(n, JobState.PENDING) for n in (2, 3, 4)), stopped)

    assert ["5", "2", "3", "4"] == [line[0] for line in sheet.iter_rows(values_only=True, min_row=2)]


def test_rows_of_earlier_runs_and_odd_confirmations_are_there(tmp_path: Path):
    """Skipped because it may have been sent, and sent with another text: both need a person."""
    doubtful = ended(2, JobState.SKIPPED, "possibly_sent", "Run x may have sent this.")
    odd = sent(3)._replace(
        issues=(Issue.worded("reply_differs", "The confirmation shows another text than was sent."),)
    )

    sheet = problems_of(tmp_path, RUN, doubtful, odd, ended(4, JobState.SKIPPED, "already_sent"), sent(5))

    at = {name: position for position, name in enumerate(header(sheet))}
    lines = list(sheet.iter_rows(values_only=True, min_row=2))
    assert [("2", "unknown"), ("3", "yes")] == [(line[0], line[at["hotline_delivered"]]) for line in lines]
    assert sheet.cell(3, at["hotline_topic_link"] + 1).hyperlink.target == "https://t.me/c/2101424779/5343"


def test_topic_of_a_look_up_is_clickable(tmp_path: Path):
    """Also where nothing was found there."""
    failed = ended(3, JobState.FAILED, "api_refused", "No.")._replace(request=GetTopicInfo(2101424779, 5999))

    sheet = problems_of(tmp_path, ENRICH_RUN, enriched(2, {"topic_status": "closed"}), failed)

    link = sheet.cell(2, header(sheet).index("hotline_topic_link") + 1)
    assert "https://t.me/c/2101424779/5999" == link.value == link.hyperlink.target


def test_sheet_without_problems_has_its_header(tmp_path: Path):
    """An empty worksheet would look like a fault."""
    sheet = problems_of(tmp_path, RUN, sent(2))

    assert ["hotline_row", "hotline_status", "hotline_error_code"] == header(sheet)
    assert 1 == sheet.max_row
