"""Workbook, blank sheet and report in the reader's language; what programs read in none."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from result_examples import ENRICH_RUN, SEND_RUN, ended, enriched, reader, sent

from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.language.languages import languages, reading_in
from hotline_batch.ledger.row_pages import AttemptFigures
from hotline_batch.model.jobs import JobState, Kind
from hotline_batch.model.runs import EarlierAnswer, RowRecord, Run
from hotline_batch.results.report.dialogs import dialogs_of
from hotline_batch.results.report.page import report_page
from hotline_batch.results.report.run_section import RunFigures
from hotline_batch.results.report.speed import speed_of
from hotline_batch.results.report.tasks import NeedyRows
from hotline_batch.results.rows.result_row import result_rows
from hotline_batch.results.summary import summarise
from hotline_batch.results.workbook.input_form import write_blank_sheet
from hotline_batch.results.write import write_results
from tests.support.pseudo_language import escaped, speak_in_brackets

BAD = ended(3, JobState.REJECTED, cells=("98765x", "ok"))._replace(
    issues=(Issue("too_few_cells", "", "", {CASE: "counted", "found": 2, "columns": 5, "missing": "Text"}),)
)
DOUBTFUL = ended(4, JobState.UNKNOWN)._replace(issues=(Issue("reply_lost"),))
SEND_ROWS = (sent(2), BAD, DOUBTFUL, ended(5, JobState.PENDING))
CHANGED = enriched(2, {"topic_status": "closed", "topic_title": "Ivan", "topic_last_date": "2026-11-01 10:00:00"})
ENRICH_ROWS = (
    CHANGED._replace(
        earlier=EarlierAnswer(
            finished_at=1_790_000_000.0, run="20261101-080000-abcd", fields={"topic_status": "user_answered"}
        )
    ),
    enriched(3, {"topic_status": "user_answered", "topic_title": "Olga", "user_lang": "de", "instance_name": "bot"}),
)


def book_of(path: Path, run: Run, rows: tuple[RowRecord, ...]) -> Any:
    write_results(replace(run, rows=len(rows)), reader(*rows), str(path / "out.xlsx"), "18/min", replace=True)
    return openpyxl.load_workbook(path / "out.xlsx")


def texts_of(sheet: Any) -> Iterator[str]:
    for row in sheet.iter_rows(values_only=True):
        yield from (value for value in row if isinstance(value, str))


def report_of(run: Run, rows: tuple[RowRecord, ...]) -> str:
    attempts = [AttemptFigures(at, 1, 1_795_400_000.0 + at, 0.25, "") for at in range(3)]
    run = replace(run, rows=len(rows))
    needy = NeedyRows.of(run)
    dialogs = dialogs_of(needy.noting(result_rows(run, list(rows))))
    shown = dialogs if run.kind is Kind.ENRICH else None
    figures = RunFigures(run, summarise(run, list(rows), "2/s"), speed_of([attempts]), shown, needy)
    return report_page([figures], 1_795_400_000.0)


def test_a_workbook_is_told_in_the_readers_language(tmp_path: Path) -> None:
    """Worksheets, headings, sentences and advice; columns, codes and statuses stay what programs read."""
    with reading_in("de"):
        book = book_of(tmp_path, SEND_RUN, SEND_ROWS)

    assert ["Ergebnisse", "Übersicht", "Probleme"] == book.sheetnames
    told = list(texts_of(book["Übersicht"]))
    assert {"Gesendete Nachrichten", "Was als Nächstes zu tun ist", "Bedeutung", "sent", "unknown"} <= set(told)
    header, *lines = book["Ergebnisse"].iter_rows(values_only=True)
    found = {line[header.index("hotline_row")]: dict(zip(header, line, strict=True)) for line in lines}
    assert ("invalid", "too_few_cells") == (found["3"]["hotline_status"], found["3"]["hotline_error_code"])
    assert "Die Zeile hat 2 Zellen, die Kopfzeile 5 Spalten; es fehlt Text." == found["3"]["hotline_error"]
    assert found["4"]["hotline_advice"].startswith("Sehen Sie im Thema nach")


@pytest.mark.parametrize(
    ("language", "started", "seen"),
    [
        ("en", "2026-11-22T18:04:12Z", "2026-09-21T14:13:20Z"),
        ("de", "22.11.2026, 18:04", "21.09.2026, 14:13 UTC"),
        ("es", "22 nov 2026, 18:04", "21 sept 2026, 14:13 UTC"),
        ("ru", "22 нояб. 2026 г., 18:04", "21 сент. 2026 г., 14:13 UTC"),
    ],
)
def test_moments_in_a_workbook_are_written_as_the_reader_does(
    language: str, started: str, seen: str, tmp_path: Path
) -> None:
    """In the worksheets that are for people; in the columns of the result they are what programs read."""
    run = replace(ENRICH_RUN, started_at=1_795_370_652.0)
    with reading_in(language):
        book = book_of(tmp_path, run, ENRICH_ROWS)

    results, summary, *_, changes = book.worksheets
    told = [
        text.replace("\u00a0", " ").replace("\u202f", " ") for page in (summary, changes) for text in texts_of(page)
    ]
    header, first, *_ = results.iter_rows(values_only=True)
    finished = first[header.index("hotline_finished_at")]
    assert {started, seen} <= set(told)
    assert finished is None or re.fullmatch(r"[\d-]+T[\d:]+Z", finished)


def test_what_programs_read_is_the_same_in_every_language(tmp_path: Path) -> None:
    """The columns, and every value of those that are no sentences."""
    sentences = {"hotline_error", "hotline_advice"}
    told = []
    for language in languages():
        with reading_in(language):
            write_results(
                replace(SEND_RUN, rows=4), reader(*SEND_ROWS), str(tmp_path / f"{language}.csv"), "18/min", replace=True
            )
        with (tmp_path / f"{language}.csv").open(encoding="utf-8-sig", newline="") as file:
            header, *lines = csv.reader(file, delimiter=";")
        kept = [at for at, name in enumerate(header) if name not in sentences]
        told.append([[line[at] for at in kept] for line in (header, *lines)])

    assert told == [told[0]] * len(told)


@pytest.mark.parametrize(("run", "rows"), [(SEND_RUN, SEND_ROWS), (ENRICH_RUN, ENRICH_ROWS)])
def test_no_word_of_a_workbook_escapes(
    run: Run, rows: tuple[RowRecord, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the worksheets that are for people; but for codes, and for what the run itself is made of."""
    speak_in_brackets(monkeypatch)

    book = book_of(tmp_path, run, rows)

    known = {
        *("sent", "enriched", "failed", "unknown", "invalid", "skipped", "not_attempted", "finished", "reply_lost"),
        *("too_few_cells", "topic_status", "user_answered", "closed", "csv", "xlsx", "UTF-8", "user_id", "topic_link"),
        *("18/min", run.id, run.sheet_path, run.owner, run.fingerprint, run.endpoint, "Kunden-ID", "UTC"),
        *(
            "hotline_row",
            "hotline_topic_link",
            "hotline_topic_title",
            "20261101-080000-abcd",
            "topic_title",
            "topic_last_date",
            "Ivan",
        ),
    }
    sheets = [sheet for sheet in book.worksheets if "Summary" in sheet.title or "Changes" in sheet.title]
    assert all("⟦" in sheet.title for sheet in book.worksheets)
    told = [text for sheet in sheets for text in texts_of(sheet) if not re.fullmatch(r"[\d:TZ -]+|https://.*", text)]
    assert [] == [(text, left) for text in told if (left := escaped(text, known))]


@pytest.mark.parametrize("kind", Kind)
def test_no_word_of_a_blank_sheet_escapes(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its worksheets, notes and instructions; columns and examples are what programs read."""
    speak_in_brackets(monkeypatch)
    made = io.BytesIO()

    write_blank_sheet(kind, ["support_bot"], made)

    known = {
        "user_id",
        "message",
        "topic_link",
        "connection",
        "support_bot",
        "send",
        "enrich",
        "https://t.me/c/2101424779/5343",
    }
    book = openpyxl.load_workbook(made)
    told = [text for sheet in book.worksheets for text in (sheet.title, *texts_of(sheet))]
    notes = [cell.comment.text for cell in book.worksheets[0][1] if cell.comment]
    assert [] == [(text, left) for text in (*told, *notes) if (left := escaped(text, known))]


@pytest.mark.parametrize(("run", "rows"), [(SEND_RUN, SEND_ROWS), (ENRICH_RUN, ENRICH_ROWS)])
def test_no_word_of_a_report_escapes(run: Run, rows: tuple[RowRecord, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is read or read out; but for codes, and for what the run itself is made of."""
    speak_in_brackets(monkeypatch)

    page = report_of(run, rows)

    shown = re.sub(r"<style>.*?</style>|<svg(?! class=\"chart\").*?</svg>", " ", page, flags=re.DOTALL)
    spoken = " ".join(re.findall(r'(?:aria-label|data-name|alt|title)="([^"]*)"', shown))
    text = re.sub(r"<[^>]*>", " ", shown)
    known = {
        *(run.id, run.sheet_path, run.owner, "UTC", "user_answered", "closed", "reply_lost", "too_few_cells", "send"),
        *("enrich", "Ivan", "Olga", "bot", "t.me/c", "Kunden-ID", "98765x", "de", "2/s", "Text"),
    }
    assert [] == escaped(text, known)
    assert [] == escaped(spoken, known)


def test_a_report_is_told_in_the_readers_language() -> None:
    """With its own numbers and plurals; the page says which language it is in."""
    with reading_in("ru"):
        page = report_of(SEND_RUN, SEND_ROWS)

    assert '<html lang="ru">' in page
    assert "Что стало со строками" in page
    assert "строки требуют участия человека" in page, "three of them"
    assert "requests" not in page
