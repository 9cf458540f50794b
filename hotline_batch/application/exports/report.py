"""Runs of the ledger -> one HTML page about them, whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from hotline_batch.application.connections import rate_to_tell
from hotline_batch.application.office.acting import needs
from hotline_batch.language.words import words
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.row_pages import attempt_figures
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run
from hotline_batch.people import Role
from hotline_batch.results.files.output import check_ending, check_target, write_output
from hotline_batch.results.report.dialogs import dialogs_of
from hotline_batch.results.report.page import report_page
from hotline_batch.results.report.run_section import NEUTRAL, Face, RunFigures
from hotline_batch.results.report.speed import speed_of
from hotline_batch.results.report.tasks import NeedyRows
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.results.rows.result_row import result_rows
from hotline_batch.results.summary import summarise
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """Where the page lies; ``practice`` are the runs on it that were practice, if not all were."""

    path: str
    practice: Sequence[str]


@needs(Role.LOOK)
def write_report(
    settings: Settings, run_ids: Sequence[str], path: str, *, force: bool = False, face: Face = NEUTRAL
) -> WrittenReport:
    """Write a page about these runs, also while they go on; what is to be done is told in the words of ``face``.

    Raises LedgerError where one is not there, OutputError where the file exists already or cannot be written.
    """
    with Ledger(settings.ledger) as ledger:
        runs = [ledger.run(run_id) for run_id in dict.fromkeys(run_ids)]
        written = write_page(ledger, runs, settings, path, replace=force, face=face)
    practice = [run.id for run in runs if is_practice(run)]
    return WrittenReport(written, practice if len(practice) < len(runs) else ())


def write_page(
    ledger: Ledger, runs: Sequence[Run], settings: Settings, path: str, *, replace: bool, face: Face = NEUTRAL
) -> str:
    """The same over an open ledger; the path that was used."""
    check_ending(path, words("{path}: a report is a web page.", path=path), ".html", ".htm")
    for run in runs:
        check_target(path, run.sheet_path, force=replace)
    figures = [figures_of(ledger, run, settings) for run in runs]
    page = report_page(figures, time.time(), settings.timezone, face).encode("utf-8", "replace")

    def fill(stream: BinaryIO) -> None:
        stream.write(page)

    return write_output(path, fill, replace=replace)


def figures_of(ledger: Ledger, run: Run, settings: Settings) -> RunFigures:
    """The figures of one run; the counts are those of its result sheet. Titles that it leaves out are left out here."""
    summary = summarise(run, rows_with_history(ledger, run), rate_to_tell(run, settings))
    needy = NeedyRows.of(run)
    dialogs = None
    if run.kind is Kind.ENRICH or summary.needing_a_person:
        rows = needy.noting(result_rows(run, ledger.rows(run.id)))
        kept = KeptColumns.of(run.options.results)
        # One pass over the rows tells both.
        found = dialogs_of(rows, shows_titles=kept is None or kept.keeps_own("topic_title"))
        # Of a pruned run nobody knows any more what its look-ups found.
        dialogs = found if run.kind is Kind.ENRICH and run.notes.pruned_at is None else None
    return RunFigures(run, summary, speed_of(attempt_figures(ledger, run.id)), dialogs, needy)
