"""A planned run -> asked about, started or handed over, watched, and told how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import click

from hotline_batch.application.runs.start import (
    Watcher,
    forget_plan,
    forgotten_unless_started,
    keep_trial,
    ready_to_start,
    start_run,
    try_first_rows,
)
from hotline_batch.application.runs.views.progress import wait_until_taken
from hotline_batch.application.runs.workers.detached import start_run_detached
from hotline_batch.application.stopping import stopped_by_signals
from hotline_batch.cli.flows.news import finish_news, keep_addresses, say_that_trial_waits, told_if_nobody_answers
from hotline_batch.cli.flows.questions import is_confirmed
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, can_ask, confirm
from hotline_batch.cli.screen.next_step_words import error_words
from hotline_batch.cli.screen.summary_lines import summary_lines, trouble_lines
from hotline_batch.cli.screen.wording import day_and_time
from hotline_batch.errors import ApprovalNeeded, LedgerError, NotWritten, SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.results.formatting import utc_text
from hotline_batch.results.summary import summary_as_json
from hotline_batch.results.verdict import status_name, stop_words
from hotline_batch.settings.model import Settings

_MOST_SECONDS = 15.0


def agree_and_start(
    console: Console,
    run: Run,
    settings: Settings,
    options: Mapping[str, Any],
    *,
    question: str,
    has_messages: bool,
    waits_for_approval: bool,
) -> RunSummary | int:
    """Ask about a planned run where there is a question, and start it: how it ended, or the exit code where it did
    not go to its end here. Without a yes it is forgotten.
    """
    run_id = run.id
    with forgotten_unless_started(settings, run_id):
        keep_addresses(settings, run_id)
        connections = ready_to_start(settings, run)
        if question and not _agreed(console, question):
            console.say(words("Nothing was sent."))
            forget_plan(settings, run_id)
            return 2
        if has_messages and not is_confirmed(settings, connections, options.get("confirm", ())):
            forget_plan(settings, run_id)
            return 2
        console.say(words("Run {run}", run=run_id))
        if waits_for_approval:
            return _wait_for_approval(console, run_id, settings, options)
        summary = _try(console, run_id, settings, options) if options.get("canary") else None
        if summary is not None:
            return summary
        start = partial(start_run, settings, run_id, remember=True)
        return drive_or_hand_over(
            console, run_id, settings, options, start, partial(start_run_detached, settings, run_id, remember=True)
        )


def drive_or_hand_over(
    console: Console,
    run_id: str,
    settings: Settings,
    options: Mapping[str, Any],
    drive: Callable[..., RunSummary],
    hand_over: Callable[[], None],
) -> RunSummary | int:
    """``drive`` a run to its end, or leave it to a worker where that is wanted: how it ended, or the exit code."""
    if options["detach"]:
        hand_over()
        return _say_handed_over(console, settings, run_id, options)
    with at_work(console, settings) as watcher:
        return drive(watcher=watcher)


def _wait_for_approval(console: Console, run_id: str, settings: Settings, options: Mapping[str, Any]) -> int:
    """Leave a run for somebody else to look at; the exit code."""
    from hotline_batch.application.runs.views.listing import show_run  # noqa: PLC0415 - in an office alone

    if options.get("canary"):
        keep_trial(settings, run_id, options["canary"])
    try:
        summary = start_run(settings, run_id, remember=True)
    except ApprovalNeeded as waits:
        console.warn(error_words(waits))
        summary = show_run(settings, run_id).summary
    return tell(console, summary, options, settings)


def _try(console: Console, run_id: str, settings: Settings, options: Mapping[str, Any]) -> RunSummary | None:
    """Send the first rows and let a person look; the summary if the run ends here, None if it may go on."""
    with at_work(console, settings) as watcher:
        trial = try_first_rows(settings, run_id, options["canary"], watcher=watcher)
    if trial.is_over:
        return trial.summary
    for row in trial.rows:
        told = words("row {row}: {said}", row=row.number, said=f"{status_name(row.status.value)} {row.told}".rstrip())
        console.say(f"  {told}")
    if options["yes"] or not can_ask():
        # Nobody is there to look: only a canary that is well in every feather lets the rest go.
        if trial.is_all_well:
            return None
        say_that_trial_waits(settings, run_id)
        return trial.summary
    with told_if_nobody_answers(settings, run_id):
        return None if _agreed(console, _question_about_rest(trial.summary)) else trial.summary


def _question_about_rest(tried: RunSummary) -> str:
    rest = tried.counts.get(Status.NOT_ATTEMPTED, 0)
    match tried.kind, rest:
        case Kind.SEND, 1:
            return words("Look into these topics. Send the other message?")
        case Kind.SEND, _:
            return words("Look into these topics. Send the other {rest:,} messages?", rest=rest)
        case _, 1:
            return words("Look into these topics. Look the other topic up?")
        case _:
            return words("Look into these topics. Look the other {rest:,} topics up?", rest=rest)


def _agreed(console: Console, question: str) -> bool:
    """The answer to a question; Ctrl-C and the end of the input are a no."""
    try:
        return confirm(question)
    except click.Abort:
        console.say()
        return False


@contextmanager
def at_work(console: Console, settings: Settings) -> Iterator[Watcher]:
    """While a run goes on: signals ask it to stop, and its progress is shown."""
    with stopped_by_signals() as stop, console.progress(settings.timezone) as show:
        yield Watcher(show, stop)


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
    finish_news(console)
    return summary.exit_code or (0 if is_answered else NotWritten.exit_code)


def _doubts(run_id: str, count: int, options: Mapping[str, Any], settings: Settings) -> Sequence[str]:
    """The first of so many rows in doubt, each with what helps to look."""
    # A run without doubts needs nothing of evidence.
    from hotline_batch.application.evidence.gathering import rows_in_doubt  # noqa: PLC0415 - see above
    from hotline_batch.cli.screen.doubt_lines import DOUBTS_SHOWN, doubt_lines  # noqa: PLC0415 - see above

    with suppress(LedgerError):  # the summary is there, and is told whatever became of the ledger since
        rows = rows_in_doubt(settings, run_id, options.get("name_column"), most=DOUBTS_SHOWN)
        return tuple(doubt_lines(rows, count, settings.timezone))
    return ()


def refuse_standard_output(output: str) -> None:
    """UsageError where the result sheet is to go where no other process can write."""
    if output == "-":
        raise click.UsageError(
            words(
                "With --detach a worker writes the result sheet, which standard output cannot take. "
                "Write the sheet to an -o FILE."
            )
        )


def _say_handed_over(console: Console, settings: Settings, run_id: str, options: Mapping[str, Any]) -> int:
    """Print the id of the run, once its worker has begun; the exit code. SettingsError where the worker cannot work."""
    progress = wait_until_taken(settings, run_id, _MOST_SECONDS)
    if progress.state is RunState.STOPPED and progress.run.stop_code == "worker_failed":
        raise SettingsError(
            words(
                "The worker could not begin with run {run_id}: {stop_reason}",
                run_id=run_id,
                stop_reason=stop_words(progress.run.stop_code, progress.run.stop_reason),
            )
        )
    is_told = True
    if options["as_json"]:
        waits = {"waits_until": utc_text(progress.closed_until)} if progress.closed_until is not None else {}
        is_told = console.data({"run": run_id, "state": progress.state.value} | waits)
    else:
        click.echo(run_id)
    flags = values.pointing(options)
    if progress.is_waiting_for_worker:
        console.warn(
            words(
                "No worker has begun yet. It stays ready for one: hotline-batch runs show {run_id}{flags}",
                run_id=run_id,
                flags=flags,
            )
        )
    if progress.closed_until is not None:
        opens = day_and_time(progress.closed_until, time.time(), settings.timezone)
        console.say(words("It waits until {moment}.", moment=opens))
    console.say(
        words(
            "It goes on by itself. Look at it: hotline-batch runs show {run_id} --follow{flags}",
            run_id=run_id,
            flags=flags,
        )
    )
    console.say(words("Stop it: hotline-batch stop {run_id}{flags}", run_id=run_id, flags=flags))
    return 0 if is_told else NotWritten.exit_code
