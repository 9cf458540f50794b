"""A run of the ledger -> its result sheet again, at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hotline_batch.application.connections import rate_to_tell
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.request import usual_columns
from hotline_batch.application.runs.checks import words_about_pruning
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.history.asked_messages import rows_to_tell_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run
from hotline_batch.people import Role
from hotline_batch.results.files.output import check_output
from hotline_batch.results.rows.columns import KNOWN_COLUMNS
from hotline_batch.results.rows.kept_columns import refuse_unknown_columns
from hotline_batch.results.write import write_results
from hotline_batch.run_options import ResultColumns
from hotline_batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class WrittenResults:
    """Where the sheet lies. ``pruned`` says when the run's texts were forgotten, empty where they are still there."""

    path: str
    pruned: str


@needs(Role.LOOK)
def write_results_again(
    settings: Settings,
    run_id: str,
    output: str,
    *,
    force: bool = False,
    asked: ResultColumns = ResultColumns(),  # noqa: B008 - frozen
) -> WrittenResults:
    """Write the result sheet of a run as it stands, also while it goes on; ``-`` is CSV on standard output.

    What is ``asked`` for now counts; else what the run was asked for, else what is usual by the settings. Raises
    SheetError for a column that is not there, SettingsError where only what changed is asked for and nobody knows that,
    OutputError where nothing can be written.
    """
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if asked.only:
            _check_changes_are_known(run)
        refuse_unknown_columns(asked, (*run.header, *KNOWN_COLUMNS))
        of_run, usual = run.options.results, usual_columns(settings)
        is_asked = bool(asked.columns or asked.leave_out)
        ways = (asked, usual, of_run) if is_asked else (of_run, usual)
        shown = replace(
            of_run,
            columns=next((way.columns for way in ways if way.columns), ()),
            leave_out=next((way.leave_out for way in ways if way.leave_out), ()),
        )
        run = replace(run, options=replace(run.options, results=shown))
        if settings.timezone:
            run = replace(run, notes=replace(run.notes, timezone=settings.timezone.key))
        check_output(output, run.sheet_path, force=force, own_result=False)
        written = write_results(
            run,
            lambda: ledger.rows(run_id),
            output,
            rate_to_tell(run, settings),
            replace=True,
            only_changed=asked.only == "changed",
            read_compared=lambda: rows_to_tell_of(ledger, run),
        )
    return WrittenResults(written, words_about_pruning(run))


def _check_changes_are_known(run: Run) -> None:
    """SettingsError for a run of which nobody knows what changed: a sheet without rows would say that nothing did."""
    if run.kind is not Kind.ENRICH:
        raise SettingsError(words("Run {run} sent messages. What changed is known of look-ups alone.", run=run.id))
    if run.notes.pruned_at is not None:
        raise SettingsError(
            words("Run {run} was pruned: what its look-ups found was forgotten, and with it what changed.", run=run.id)
        )
