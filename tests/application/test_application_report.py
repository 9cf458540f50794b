"""One run with every status: the worksheet, the page and the summary for machines say what the ledger says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from hotline_batch.application.exports.report import write_page
from hotline_batch.application.frames import load_run
from hotline_batch.errors import OutputError
from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import GetTopicInfo, JobState, Kind, PlannedRow, RejectedRow, SendMessage, SkippedRow
from hotline_batch.model.runs import Run, RunState
from hotline_batch.model.sheets import Row
from hotline_batch.results.summary import summarise, summary_as_json
from hotline_batch.results.write import write_results
from hotline_batch.run_options import ResultColumns
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.ledgers.ledger_examples import WALL, add_planned, ledger_url, planned, run_named

STATES = {
    JobState.SUCCEEDED: ("", 7),
    JobState.FAILED: ("api_refused", 4),
    JobState.UNKNOWN: ("reply_lost", 3),
    JobState.PENDING: ("", 2),
}
STATUS_OF = {
    "succeeded": {"send": "sent", "enrich": "enriched"},
    "failed": "failed",
    "unknown": "unknown",
    "pending": "not_attempted",
    "rejected": "invalid",
    "skipped": "skipped",
}
TOPIC_STATUSES = ("user_answered", "closed", "brand_new")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environment = {
        "HOTLINE_BATCH_LEDGER": ledger_url(tmp_path),
        "HOTLINE_INSTANCE": "13209946874612345",
        "HOTLINE_API_KEY": "instance-key",
        "HOTLINE_X_API_KEY": "owner-token",
    }
    return load_settings(environ=environment, working_folder=tmp_path)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with Ledger(settings.ledger) as opened:
        yield opened


def run_with_every_status(ledger: Ledger, kind: Kind) -> Run:
    """Rows of every state, with replies and attempts as runs leave them."""
    asked = sum(count for _, count in STATES.values())
    requests = [
        SendMessage(1001 + at, f"Hello {at}") if kind is Kind.SEND else GetTopicInfo(2101424779, 5301 + at)
        for at in range(asked)
    ]
    rows = [planned(2 + at, request) for at, request in enumerate(requests)]
    bad = Issue("user_id_missing", "user_id", "", {"text": "The user id is missing."})
    rows += [
        PlannedRow(Row(2 + asked, ("", "")), RejectedRow(2 + asked, (bad,))),
        PlannedRow(Row(3 + asked, ("1", "x")), SkippedRow(3 + asked, Issue.worded("not_selected", "Left out."))),
    ]
    run = add_planned(ledger, f"20261122-180412-{kind.value[:4]}", rows, kind)
    ends = [(state, code) for state, (code, count) in STATES.items() for _ in range(count)]
    set_row = text(
        "update sheet_row set state = :state, code = :code, reply = :reply, finished_at = :at, attempts = :attempts "
        "where position = :position and run_key = (select run_key from run where id = :run)"
    )
    add_attempt = text(
        "insert into attempt (run_key, position, number, started_at, duration_seconds, http_status, error_code, "
        "delivery) select run_key, :position, 1, :at, 0.25, 200, :code, 'no' from run where id = :run"
    )
    with ledger.engine.begin() as connection:
        for position, (state, code) in enumerate(ends):
            status = TOPIC_STATUSES[position % 3]
            reply = f'{{"topic_status":"{status}"}}' if state is JobState.SUCCEEDED else None
            tried = state is not JobState.PENDING
            values = {"run": run.id, "position": position, "code": code, "at": WALL + position}
            connection.execute(set_row, values | {"state": state.value, "reply": reply, "attempts": int(tried)})
            if tried:
                connection.execute(add_attempt, values)
    changes = {"state": RunState.STOPPED.value, "started_at": WALL, "finished_at": WALL + 60, "active_seconds": 60.0}
    drive = dict.fromkeys(("rate", "concurrency", "timeout", "attempts", "max_errors", "duplicate_window"))
    options = f'{{"connection":"default","identities":{{}},"drive":{str(drive).replace(chr(39), chr(34))}}}'
    ledger.change_run(run.id, **changes, options=options.replace("None", "null"))
    return ledger.run(run.id)


def counts_in_the_ledger(ledger: Ledger, run: Run) -> dict[str, int]:
    """Counted by the database itself."""
    with ledger.engine.connect() as connection:
        found = connection.execute(
            text("select sheet_row.state, count(*) from sheet_row join run using (run_key) where id = :id group by 1"),
            {"id": run.id},
        ).fetchall()
    names = {state: name if isinstance(name, str) else name[run.kind.value] for state, name in STATUS_OF.items()}
    return {names[state]: count for state, count in found}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_figure_agrees_with_the_ledger(ledger: Ledger, settings: Settings, tmp_path: Path, kind: Kind) -> None:
    """Summary, page, JSON and DataFrame: the same counts by status, code and status of the dialog, to the last row."""
    run = run_with_every_status(ledger, kind)
    book_path, page_path = tmp_path / "out.xlsx", tmp_path / "out.html"

    write_results(run, lambda: ledger.rows(run.id), str(book_path), "2/s", replace=False)
    write_page(ledger, [run], settings, str(page_path), replace=False)
    said = summary_as_json(summarise(run, ledger.rows(run.id), "2/s"))
    frame = load_run(run.id, ledger)

    true = counts_in_the_ledger(ledger, run)
    assert 6 == len(true)
    assert true == said["counts"]
    assert true == {word: count for word, count in Counter(frame["hotline_status"].astype(str)).items() if count}
    summary = {line[0]: line[1] for line in load_workbook(book_path)["Summary"].iter_rows(values_only=True, max_col=2)}
    assert true == {status: summary[status] for status in true}
    page = page_path.read_text("utf-8")
    marked = r'<td[^>]*>(?:<span class="status[^>]*>|<svg.*?</svg>)([\w ]+)(?:</span>)?</td>'
    table = re.findall(rf'{marked}<td class="number">([\d,]+)</td>', page)
    told = {word.replace(" ", "_"): int(count) for word, count in table}
    assert true == {status: told[status] for status in true}
    codes = {"api_refused": 4, "reply_lost": 3, "user_id_missing": 1, "not_selected": 1}
    assert codes == said["codes"] == {code: summary[code] for code in codes}
    assert codes == {
        code: int(count)
        for code, count in re.findall(r'<code>(\w+)</code></td><td class="number"[^>]*>([\d,]+)</td><td[^>]*>\d', page)
    }
    if kind is Kind.ENRICH:
        statuses = {"user_answered": 3, "closed": 2, "brand_new": 2}
        assert statuses == said["topic_statuses"]
        assert statuses == {word: summary[word] for word in statuses} == {word: told[word] for word in statuses}


def test_report_never_replaces_a_file_unasked(ledger: Ledger, settings: Settings, tmp_path: Path) -> None:
    """And it is a web page by name, too."""
    run = run_with_every_status(ledger, Kind.SEND)
    path = tmp_path / "out.html"
    path.write_text("mine")

    with pytest.raises(OutputError, match="exists already"):
        write_page(ledger, [run], settings, str(path), replace=False)
    with pytest.raises(OutputError, match=r"ends in \.html"):
        write_page(ledger, [run], settings, str(tmp_path / "out.xlsx"), replace=False)
    write_page(ledger, [run], settings, str(path), replace=True)

    assert path.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_report_leaves_titles_out_where_the_run_does(ledger: Ledger, settings: Settings, tmp_path: Path) -> None:
    """A run without personal data has a report without the names of customers."""
    run = run_with_every_status(ledger, Kind.ENRICH)
    with ledger.engine.begin() as connection:
        reply = '{"topic_status":"user_answered","topic_title":"Somebody Particular"}'
        connection.execute(text("update sheet_row set reply = :reply where reply is not null"), {"reply": reply})
    shy = replace(run, options=replace(run.options, results=ResultColumns(leave_out=("personal_data",))))

    write_page(ledger, [run], settings, str(tmp_path / "all.html"), replace=False)
    write_page(ledger, [shy], settings, str(tmp_path / "shy.html"), replace=False)

    assert "Somebody Particular" in (tmp_path / "all.html").read_text("utf-8")
    assert "Somebody Particular" not in (tmp_path / "shy.html").read_text("utf-8")


def test_examples_hold_every_status(ledger: Ledger) -> None:
    """The run of these tests leaves none out."""
    run = run_with_every_status(ledger, Kind.SEND)

    assert run_named("x").state is not run.state
    assert set(STATUS_OF) == {state.value for state in ledger.counts(run.id)}
