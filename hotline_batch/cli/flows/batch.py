"""What `send` and `enrich` have in common: plan, show, ask, drive, tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import click

from hotline_batch.application.planning.plan_run import PlannedRun, default_output, plan_run
from hotline_batch.application.planning.plan_sheet import plan_sheet
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.application.planning.user_lookup import LookupsUnfinished
from hotline_batch.application.runs.start import (
    Progress,
    forget_plan,
    forgotten_unless_started,
    ledger_kept_open,
    look_up_users,
    ready_to_start,
    start_run,
    try_first_rows,
)
from hotline_batch.application.stopping import Stop, stopped_by_signals
from hotline_batch.cli.flows.questions import is_confirmed, with_answers
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, can_ask, shown
from hotline_batch.cli.screen.next_step_words import error_words
from hotline_batch.cli.screen.plan_lines import check_as_json, plan_lines, unknown_lines
from hotline_batch.cli.screen.summary_lines import summary_lines, trouble_lines
from hotline_batch.errors import ApprovalNeeded, LedgerError, NotWritten
from hotline_batch.language.words import words
from hotline_batch.model import Kind, RunSummary, Status
from hotline_batch.results.summary import summary_as_json
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings


def console_for(options: Mapping[str, Any], output: str | None = None) -> Console:
    """The console that the options ask for. UsageError where a sheet and a summary would mingle."""
    if output == "-" and options["as_json"]:
        raise click.UsageError(
            words(
                "The result sheet and the summary of --json cannot share standard output. Write the "
                "sheet to an -o FILE."
            )
        )
    return Console(
        quiet=options["quiet"],
        as_json=options["as_json"],
        no_color=options["no_color"],
        data_on_stdout=output == "-",
    )


def say_origins(options: Mapping[str, Any]) -> None:
    """With --verbose, say where each setting comes from; secrets are never shown."""
    if options.get("verbose"):
        from hotline_batch.settings.shown_settings import shown_settings  # noqa: PLC0415 - few ask for it

        given = values.given_values(click.get_current_context().params)
        for origin in shown_settings(config=options["config"], ledger=options["ledger"], given=given):
            click.echo(f"  {origin.key} = {shown(origin.shown)} ({shown(origin.source)})", err=True)


def do_batch(kind: Kind, options: Mapping[str, Any]) -> int:
    """Plan a sheet, ask where a question is due, drive the run, tell how it ended; the exit code."""
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    say_origins(options)
    options = values.with_defaults(options, settings.option_defaults)
    request = values.request_of(kind, options)
    if options["dry_run"]:
        return check_and_show(request, settings, options)
    must_ask = kind is Kind.SEND and not options["yes"]
    if must_ask and (not can_ask() or request.sheet == "-"):
        raise click.UsageError(
            words(
                "There is no terminal to ask on before sending. Look at the sheet with 'hotline-batch "
                "check', then pass --yes."
            )
        )
    output = request.output or default_output(request.sheet)
    console = console_for(options, output)
    if options["detach"]:
        from hotline_batch.cli.flows.handed_over import refuse_standard_output  # noqa: PLC0415 - few hand runs over

        refuse_standard_output(output)
    if options.get("canary") and output == "-":
        raise click.UsageError(
            words(
                "With --canary the result sheet is written twice, which standard output cannot take. "
                "Write the sheet to an -o FILE."
            )
        )
    with ledger_kept_open(settings):
        try:
            planned, request = with_answers(
                replace(request, remember=True, asks=must_ask),
                lambda chosen: plan_run(chosen, settings, look_up=lambda run: _look_users_up(console, run, settings)),
                console,
            )
        except LookupsUnfinished as unfinished:
            console.warn(error_words(unfinished))
            return tell(console, unfinished.summary, options, settings)
        for line in plan_lines(planned.plan):
            console.say(line)
        with forgotten_unless_started(settings, planned.run.id):
            connections = ready_to_start(settings, planned.run)
            if not _may_start(console, planned, request, settings, connections, options):
                forget_plan(settings, planned.run.id)
                return 2
            console.say(words("Run {run}", run=planned.run.id))
            if planned.waits_for_approval:
                return _wait_for_approval(console, planned, settings, options)
            summary = _try(console, planned, settings, options) if options.get("canary") else None
            if summary is None and options["detach"]:
                return _hand_over(console, planned, settings, options)
            if summary is None:
                with at_work(console, settings) as (stop, show):
                    summary = start_run(settings, planned.run.id, remember=True, stop=stop, on_progress=show)
    exit_code = tell(console, summary, options, settings)
    if not planned.plan.is_sheet_unchanged:
        console.warn(
            words(
                "Note: {sheet} was changed, moved or removed meanwhile. The run used it as it was at the start.",
                sheet=planned.plan.sheet.name,
            )
        )
    return exit_code


def _hand_over(console: Console, planned: PlannedRun, settings: Settings, options: Mapping[str, Any]) -> int:
    """Leave a run to a worker; the exit code."""
    from hotline_batch.application.runs.detached import start_run_detached  # noqa: PLC0415 - few hand runs over
    from hotline_batch.cli.flows.handed_over import say_handed_over  # noqa: PLC0415 - likewise

    start_run_detached(settings, planned.run.id, remember=True)
    return say_handed_over(console, settings, planned.run.id, options)


def _wait_for_approval(console: Console, planned: PlannedRun, settings: Settings, options: Mapping[str, Any]) -> int:
    """Leave a run for somebody else to look at; the exit code."""
    from hotline_batch.application.runs.overview import show_run  # noqa: PLC0415 - in an office alone

    try:
        summary = start_run(settings, planned.run.id, remember=True)
    except ApprovalNeeded as waits:
        console.warn(error_words(waits))
        summary = show_run(settings, planned.run.id).summary
    return tell(console, summary, options, settings)


def _may_start(
    console: Console,
    planned: PlannedRun,
    request: SheetRequest,
    settings: Settings,
    connections: Sequence[str],
    options: Mapping[str, Any],
) -> bool:
    """Whether the person who is asked says yes, where somebody has to be asked."""
    if not planned.plan.rows_to_do:
        return True
    if request.asks and not _agreed(
        console, _question(planned.plan, request, waits_for_approval=planned.waits_for_approval)
    ):
        console.say(words("Nothing was sent."))
        return False
    return is_confirmed(settings, connections, options.get("confirm", ()))


def _look_users_up(console: Console, run_id: str, settings: Settings) -> RunSummary:
    def begin(topics: int) -> None:
        console.say(words("The sheet names topics: looking up the users of {topics:,} of them.", topics=topics))

    with at_work(console, settings) as (stop, show):
        return look_up_users(settings, run_id, on_begin=begin, stop=stop, on_progress=show)


def _try(console: Console, planned: PlannedRun, settings: Settings, options: Mapping[str, Any]) -> RunSummary | None:
    """Send the first rows and let a person look; the summary if the run ends here, None if it may go on."""
    with at_work(console, settings) as (stop, show):
        run_id, most_rows = planned.run.id, options["canary"]
        trial = try_first_rows(settings, run_id, most_rows, remember=True, stop=stop, on_progress=show)
    if trial.is_over:
        return trial.summary
    for row in trial.rows:
        console.say(
            "  " + words("row {row}: {status} {said}", row=row.number, status=row.status.value, said=row.told).rstrip()
        )
    if options["yes"] or not can_ask():
        # Nobody is there to look: only a canary that is well in every feather lets the rest go.
        return None if trial.is_all_well else trial.summary
    return None if _agreed(console, words("Look into these topics. Go on with the rest?")) else trial.summary


def _agreed(console: Console, question: str) -> bool:
    """The answer to a question; Ctrl-C and the end of the input are a no."""
    try:
        return console.ask(question)
    except click.Abort:
        console.say()
        return False


@contextmanager
def at_work(console: Console, settings: Settings) -> Iterator[tuple[Stop, Callable[[Progress], None]]]:
    """While a run goes on: signals ask it to stop, and its progress is shown."""
    with stopped_by_signals() as stop, console.progress(settings.timezone) as show:
        yield stop, show


def tell(console: Console, summary: RunSummary, options: Mapping[str, Any], settings: Settings) -> int:
    """The last words about a run, and its exit code; also where the words, or the summary, cannot be written."""
    flags = values.pointing(options)
    in_doubt = 0 if options["quiet"] else summary.counts.get(Status.UNKNOWN, 0)
    doubts = _doubts(summary.run, in_doubt, options, settings) if in_doubt else ()
    for line in summary_lines(summary, flags, doubts=doubts):
        console.result(line)
    if options["quiet"]:
        for line in trouble_lines(summary, flags):
            console.warn(line)
    is_answered = not options["as_json"] or console.data(summary_as_json(summary))
    return summary.exit_code or (0 if is_answered else NotWritten.exit_code)


def _doubts(run_id: str, count: int, options: Mapping[str, Any], settings: Settings) -> Sequence[str]:
    """The first of so many rows in doubt, each with what helps to look."""
    # A run without doubts needs nothing of evidence.
    from hotline_batch.application.evidence.doubts import rows_in_doubt  # noqa: PLC0415 - see above
    from hotline_batch.cli.screen.doubt_lines import DOUBTS_SHOWN, doubt_lines  # noqa: PLC0415 - see above

    with suppress(LedgerError):  # the summary is there, and is told whatever became of the ledger since
        rows = rows_in_doubt(settings, run_id, options.get("name_column"), most=DOUBTS_SHOWN)
        return tuple(doubt_lines(rows, count, settings.timezone))
    return ()


def do_check(kind: Kind | None, options: Mapping[str, Any]) -> int:
    """Show what a run would do, of the kind that the sheet's columns tell where none is named; the exit code."""
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    # The settings' default for -o is meant for result sheets.
    marked = options.get("output")
    say_origins(options)
    if kind is None and (options["message"] or options["template"]):
        kind = Kind.SEND
    options = values.with_defaults(options, settings.option_defaults)
    request = replace(values.request_of(kind or Kind.SEND, options), follows_columns=kind is None)
    return check_and_show(request, settings, options, marked)


def check_and_show(
    request: SheetRequest, settings: Settings, options: Mapping[str, Any], marked: str | None = None
) -> int:
    """Plan a sheet and show the plan, and write the marked sheet if one is wanted; the exit code of `check`."""
    console = console_for(options)
    plan, _ = with_answers(
        replace(request, remember=True), lambda chosen: plan_sheet(chosen, settings, marked=marked), console
    )
    for line in (*plan_lines(plan, is_kind_seen=request.follows_columns), *unknown_lines(plan)):
        console.result(line)
    if plan.marked:
        console.result(words("Marked sheet: {marked}", marked=plan.marked))
    is_answered = not options["as_json"] or console.data(check_as_json(plan))
    return 1 if plan.tally.invalid or not is_answered else 0


def _question(plan: SheetPlan, request: SheetRequest, *, waits_for_approval: bool) -> str:
    if request.options.sandbox:
        if waits_for_approval:
            return words(
                "Ask somebody else to approve {count:message|messages} to the private sandbox?", count=plan.rows_to_do
            )
        return words("Send {count:message|messages} to the private sandbox?", count=plan.rows_to_do)
    where = urlsplit(plan.endpoint).hostname or plan.endpoint
    if waits_for_approval:
        return words(
            "Ask somebody else to approve {count:message|messages} to {where}?", count=plan.rows_to_do, where=where
        )
    return words("Send {count:message|messages} to {where}?", count=plan.rows_to_do, where=where)
