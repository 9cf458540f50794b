"""Runs of the ledger -> one HTML page about them, whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from hotline_batch.application.run_notes import rate_to_tell
from hotline_batch.errors import NotWritten, OutputError
from hotline_batch.ledger.attempts import attempt_figures
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import Kind, Run
from hotline_batch.results.atomic import write_whole
from hotline_batch.results.dialogs import dialogs_of
from hotline_batch.results.html import RunFigures, report_page
from hotline_batch.results.kept_columns import KeptColumns
from hotline_batch.results.summary import summarise
from hotline_batch.results.tempo import tempo_of
from hotline_batch.results.write import check_target
from hotline_batch.settings.model import Settings


def write_report(ledger: Ledger, runs: Sequence[Run], settings: Settings, path: str, *, replace: bool) -> str:
    """Write a page about these runs, also while they go on, and return the path that was used.

    Raises OutputError where the file exists already or cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in {".html", ".htm"}:
        raise OutputError(f"{path}: a report is a web page. Choose an -o FILE that ends in .html.")
    for run in runs:
        check_target(path, run.sheet_path, force=replace)
    figures = [figures_of(ledger, run, settings) for run in runs]
    page = report_page(figures, time.time(), settings.timezone).encode("utf-8", "replace")

    def fill(stream: BinaryIO) -> None:
        stream.write(page)

    try:
        return str(write_whole(target, fill, replace=replace))
    except OSError as error:
        raise NotWritten(f"{path} could not be written: {error.strerror or error}. Choose another -o FILE.") from error


def figures_of(ledger: Ledger, run: Run, settings: Settings) -> RunFigures:
    """The figures of one run; the counts are those of its result sheet. Titles that it leaves out are left out here."""
    kept = KeptColumns.of(run.options.results)
    shows_titles = kept is None or kept.keeps_own("topic_title")
    return RunFigures(
        run=run,
        summary=summarise(run, rows_with_history(ledger, run), rate_to_tell(run, settings)),
        tempo=tempo_of(attempt_figures(ledger, run.id)),
        dialogs=dialogs_of(ledger.rows(run.id), shows_titles=shows_titles) if run.kind is Kind.ENRICH else None,
    )
