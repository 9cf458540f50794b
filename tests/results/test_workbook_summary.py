"""The worksheet Summary: the counts first, what was chosen for the run, and nothing that hides anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
from result_examples import ENRICH_RUN, SEND_RUN, ended, enriched, reader, sent

from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import EarlierAnswer, RowRecord, Run, RunNotes, RunState, UnusualLimits
from hotline_batch.model.sheets import Dialect
from hotline_batch.results.write import write_results
from hotline_batch.run_options import ResultColumns, RunOptions, Selection

LONG_PATH = "/home/olga/" + "a_folder_with_a_rather_long_name/" * 6 + "kunden.csv"


def summary_of(path: Path, run: Run, *records: RowRecord) -> Any:
    write_results(replace(run, rows=len(records)), reader(*records), str(path / "out.xlsx"), "18/min", replace=True)
    return openpyxl.load_workbook(path / "out.xlsx")["Summary"]


def facts(sheet: Any) -> Mapping[str, object]:
    return {str(line[0]): line[1] for line in sheet.iter_rows(values_only=True, max_col=2) if line[0] is not None}


def place(sheet: Any, word: str) -> int:
    """The line of a word in the first column."""
    return next(cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value == word)


def test_counts_come_before_what_only_support_asks_for(tmp_path: Path):
    """Counts, then what to do next, then the reasons; run, fingerprint and service stand at the end."""
    sheet = summary_of(tmp_path, SEND_RUN, sent(2), ended(3, JobState.FAILED, "api_refused"))

    words = ["Status", "What to do next", "Code", "Settings", "Fingerprint (SHA-256)"]
    assert words == sorted(words, key=lambda word: place(sheet, word))
    assert place(sheet, "Status") < place(sheet, "Run") < place(sheet, "Service")


def test_charts_hide_nothing(tmp_path: Path):
    """However long a path is, no text stands in a line beside a chart, but for the counts that it draws."""
    fields = {"topic_status": "user_answered"}
    run = replace(ENRICH_RUN, sheet_path=LONG_PATH, endpoint="https://example.com/" + "x" * 200)

    sheet = summary_of(tmp_path, run, *(enriched(number, fields) for number in range(2, 9)))

    charts = [(chart.anchor._from.row + 1, chart.anchor.to.row + 1) for chart in sheet._charts]
    assert 2 == len(charts)
    for first, last in charts:
        lines = range(first, last + 1)
        beside = [cell for line in lines for cell in sheet[line] if cell.value is not None]
        assert beside
        assert all(cell.column <= 2 and len(str(cell.value)) < 26 for cell in beside), [cell.value for cell in beside]


def test_a_status_without_rows_is_there_but_quiet(tmp_path: Path):
    """All six are counted; only those with rows are coloured."""
    sheet = summary_of(tmp_path, SEND_RUN, sent(2), ended(3, JobState.SKIPPED, "already_sent"))

    first = place(sheet, "Status") + 1
    coloured = {str(cell.value): cell.fill.fill_type for (cell,) in sheet.iter_rows(first, first + 5, max_col=1)}
    assert {"sent": "solid", "skipped": "solid"} == {word: fill for word, fill in coloured.items() if fill}
    assert 6 == len(coloured)


def test_titles_of_charts_are_smaller_than_the_title_of_the_sheet(tmp_path: Path):
    """The sheet says what it is about; the chart does not shout."""
    sheet = summary_of(tmp_path, SEND_RUN, sent(2))

    (chart,) = sheet._charts
    assert chart.title.tx.rich.p[0].r[0].rPr.sz / 100 < sheet["A1"].font.size


def test_settings_that_were_chosen_are_told(tmp_path: Path):
    """The text of the message, columns, connection, which rows, and every limit that is not the usual one."""
    options = RunOptions(
        template="status_update",
        selection=Selection("2-50", 20, ("Status=open",), "skip"),
        results=ResultColumns(columns=("hotline_status",)),
    )
    limits = UnusualLimits(concurrency=2, timeout_seconds=60.0, max_errors="5%", duplicate_window_seconds=172_800.0)
    notes = RunNotes(connection="support_bot", message_text="Hello {{ Name }}", unusual_limits=limits)
    run = replace(SEND_RUN, options=options, notes=notes)

    told = facts(summary_of(tmp_path, run, sent(2)))

    assert "user_id = 'Kunden-ID'" == told["Columns"]
    assert ("support_bot", "status_update", "Hello {{ Name }}") == (
        told["Connection"],
        told["Template"],
        told["Message"],
    )
    assert ("2-50", "Status=open", "20") == (told["Only rows"], told["Only rows where"], told["At most rows"])
    assert ("left out", "60 s", "2") == (told["Hidden rows"], told["Time-out"], told["Requests at once"])
    assert ("48 h", "5%") == (told["Not again within"], told["Stops after failures"])
    assert "hotline_status" == told["Columns shown"]
    assert "Attempts per row" not in told


def test_usual_settings_are_not_told(tmp_path: Path):
    """Only how the file was read, which columns were used and through which connection."""
    sheet = summary_of(tmp_path, replace(SEND_RUN, notes=RunNotes(connection="support_bot")), sent(2))

    lines = range(place(sheet, "Settings") + 1, place(sheet, "Details") - 1)
    assert ["Columns", "Connection", "Read as"] == [sheet.cell(line, 1).value for line in lines]


def test_times_are_shown_in_the_zone_that_is_set(tmp_path: Path):
    """With the zone's abbreviation; in UTC where none is set."""
    berlin = facts(summary_of(tmp_path, replace(SEND_RUN, notes=RunNotes(timezone="Europe/Berlin")), sent(2)))
    plain = facts(summary_of(tmp_path, SEND_RUN, sent(2)))
    unknown = facts(summary_of(tmp_path, replace(SEND_RUN, notes=RunNotes(timezone="Not/Here")), sent(2)))

    assert ("2026-11-22 19:04 CET", "2026-11-22 19:14 CET") == (berlin["Started"], berlin["Finished"])
    assert "2026-11-22T18:04:12Z" == plain["Started (UTC)"] == unknown["Started (UTC)"]


def test_changed_dialogs_are_counted(tmp_path: Path):
    """The number is there without counting lines of Changes, also where it is none."""
    now, before = {"topic_status": "closed"}, EarlierAnswer({"topic_status": "user_answered"}, 1.0, "earlier")
    first = enriched(2, now)

    assert 1 == facts(summary_of(tmp_path, ENRICH_RUN, first, first._replace(number=3, earlier=before)))["Changed rows"]
    assert 0 == facts(summary_of(tmp_path, ENRICH_RUN, first))["Changed rows"]
    assert "Changed rows" not in facts(summary_of(tmp_path, replace(SEND_RUN, dialect=Dialect("xlsx")), sent(2)))


def test_run_that_goes_on_is_not_called_stopped(tmp_path: Path):
    """Nor one that has not begun; how long it took is known when it is over."""
    rows = [sent(2), ended(3, JobState.PENDING)]

    under_way, waiting, stopped = (
        facts(summary_of(tmp_path, replace(SEND_RUN, state=state), *rows))
        for state in (RunState.RUNNING, RunState.PLANNED, RunState.STOPPED)
    )

    assert "Under way when this was written." == under_way["Outcome"]
    assert "Not started yet." == waiting["Outcome"]
    assert "Stopped early; 'resume' goes on." == stopped["Outcome"]
    assert "Time spent" not in under_way
    assert "Time spent" in stopped
