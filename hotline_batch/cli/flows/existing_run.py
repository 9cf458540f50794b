"""What `resume`, `retry` and `resolve` do: choose the run, ask, drive, tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import click

from hotline_batch.application.runs.going_on import (
    OpenRun,
    PersonsWord,
    Settled,
    resume_run,
    retry_run,
    run_to_resume,
    run_to_retry,
    run_to_settle,
    settle_rows,
)
from hotline_batch.application.runs.start import ledger_kept_open
from hotline_batch.application.runs.workers.detached import resume_detached, retry_detached
from hotline_batch.cli.flows.consoles import console_for, say_origins
from hotline_batch.cli.flows.news import keep_addresses, say_who_cannot_be_told, with_news
from hotline_batch.cli.flows.questions import is_confirmed
from hotline_batch.cli.flows.starting import at_work, drive_or_hand_over, refuse_standard_output, tell
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console
from hotline_batch.language.words import plural_words, words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX, is_practice


def resume(run_id: str | None, output: str | None, options: Mapping[str, Any]) -> int:
    """Go on with a run; the exit code."""
    settings, options = _settled(options)
    with ledger_kept_open(settings):
        found = run_to_resume(settings, run_id, output)
        run, pending = found.run, found.pending + found.waiting
        console = console_for(options, output or run.output_path)
        console.say(
            words(
                "Run {run}, {kind} {sheet_path}: {pending} of {rows} rows to go.",
                run=run.id,
                kind=run.kind.value,
                sheet_path=run.sheet_path,
                pending=pending,
                rows=run.rows,
            )
        )
        if run_id is None:
            _say_why_this_one(console, found)
        if found.in_flight and run.kind is Kind.SEND:
            console.say(
                plural_words(
                    "1 row was on its way when the program ended; it becomes 'unknown'.",
                    "{count} rows were on their way when the program ended; they become 'unknown'.",
                    found.in_flight,
                )
            )
        ended = _driven(console, settings, found, pending, output, options, resume_run, resume_detached)
    return ended if isinstance(ended, int) else tell(console, ended, options, settings)


def retry(run_id: str, output: str | None, options: Mapping[str, Any]) -> int:
    """New attempts for failed rows; the exit code."""
    settings, options = _settled(options)
    with ledger_kept_open(settings):
        found = run_to_retry(settings, run_id, output)
        run = found.run
        console = console_for(options, output or run.output_path)
        rows = found.failed + found.pending
        if rows:
            to_do = words("{failed} failed, {pending} not attempted", failed=found.failed, pending=found.pending)
        else:
            to_do = words("no row is left to try again")
        console.say(
            words(
                "Run {run}, {kind} {sheet_path}: {to_do}.",
                run=run.id,
                kind=run.kind.value,
                sheet_path=run.sheet_path,
                to_do=to_do,
            )
        )
        ended = _driven(console, settings, found, rows, output, options, retry_run, retry_detached)
    return ended if isinstance(ended, int) else tell(console, ended, options, settings)


def _driven(
    console: Console,
    settings: Settings,
    found: OpenRun,
    rows: int,
    output: str | None,
    options: Mapping[str, Any],
    drive: Callable[..., RunSummary],
    hand_over: Callable[..., None],
) -> RunSummary | int:
    """Ask about so many rows of a run, then drive it or hand it over: how it ended, else the exit code."""
    run, limits = found.run, values.limits_of(options)
    if rows and not (
        _may_send(console, run, rows, yes=options["yes"])
        and is_confirmed(settings, found.connections, options["confirm"])
    ):
        return 2
    _have_told(console, settings, run)
    if options["detach"]:
        refuse_standard_output(output or run.output_path)
    chosen = (settings, run.id, limits)
    return drive_or_hand_over(
        console,
        run.id,
        settings,
        options,
        partial(drive, *chosen, output=output),
        partial(hand_over, *chosen, output=output),
    )


def resolve(run_id: str, output: str | None, options: Mapping[str, Any]) -> int:
    """Settle rows in doubt; the exit code."""
    said = [word for word in PersonsWord if options[word.value]]
    if len(said) != 1:
        raise click.UsageError(words("Say what became of the rows, one of: --delivered, --not-delivered, --resend."))
    if bool(options["rows"]) == options["all_rows"]:
        raise click.UsageError(words("Say which rows: either --rows 17,44 or --all."))
    word = said[0]
    settings, options = _settled(options)
    rows = ",".join(options["rows"]) if options["rows"] else None
    with ledger_kept_open(settings):
        found = run_to_settle(settings, run_id, rows, output)
        run = found.run
        console = console_for(options, output or run.output_path)
        if word is PersonsWord.RESEND and not _may_resend(console, settings, found, output, options):
            return 2
        settled = settle_rows(settings, run_id, word, rows, options["note"], output=output, seen=found.tried)
        _say_what_was_settled(console, word, settled)
        summary = settled.summary
        if word is PersonsWord.RESEND and settled.rows:
            if found.pending:
                console.say(words("{count:row|rows} still to go: sent, too.", count=found.pending))
            _have_told(console, settings, run)
            with at_work(console, settings) as watcher:
                limits = values.limits_of(options)
                summary = resume_run(settings, run.id, limits, output=output, watcher=watcher)
    return tell(console, summary, options, settings)


def _settled(options: Mapping[str, Any]) -> tuple[Settings, Mapping[str, Any]]:
    settings = with_news(values.settings_of(options), options)
    say_origins(options)
    # The file's rows are rows of a sheet that is planned, and so is its start; here a run goes on.
    defaults = {name: value for name, value in settings.option_defaults.items() if name not in {"rows", "at"}}
    return settings, values.with_defaults(options, defaults)


def _say_what_was_settled(console: Console, word: PersonsWord, settled: Settled) -> None:
    count = len(settled.rows)
    match word:
        case PersonsWord.RESEND:
            console.say(words("{count:row|rows} to be sent again.", count=count))
        case PersonsWord.DELIVERED:
            console.say(words("{count:row|rows} settled as delivered.", count=count))
        case PersonsWord.NOT_DELIVERED:
            console.say(words("{count:row|rows} settled as not delivered.", count=count))
    if settled.left:
        console.warn(
            plural_words(
                "Left as it is, since not 'unknown': row {rows}.",
                "Left as they are, since not 'unknown': row {rows}.",
                len(settled.left),
                rows=", ".join(map(str, settled.left)),
            )
        )
    if settled.tried_since:
        console.warn(
            plural_words(
                "Left as it is, since it was tried again after you looked: row {rows}. Look again.",
                "Left as they are, since they were tried again after you looked: rows {rows}. Look again.",
                len(settled.tried_since),
                rows=", ".join(map(str, settled.tried_since)),
            )
        )


def _have_told(console: Console, settings: Settings, run: Run) -> None:
    """Those who are to hear of it hear of it, wherever the run ends; who cannot is said."""
    say_who_cannot_be_told(console, settings)
    keep_addresses(settings, run.id)


def _say_why_this_one(console: Console, found: OpenRun) -> None:
    """Who named no run is told where practice had to do, or was passed over."""
    if is_practice(found.run):
        console.say(words("No real run is unfinished. {run}", run=_practice_words(found.run)))
    elif found.other_practice:
        others = ", ".join(found.other_practice)
        console.say(
            words(
                "It is the newest real run. Practice that is not finished either stays as it is: {others}.",
                others=others,
            )
        )


def _practice_words(run: Run) -> str:
    if run.endpoint == PRIVATE_SANDBOX:
        return words("This is a practice run in the private sandbox.")
    return words("This is a practice run with the service at {endpoint}.", endpoint=run.endpoint)


def _may_send(console: Console, run: Run, rows: int, *, yes: bool) -> bool:
    if yes or run.kind is Kind.ENRICH:
        return True
    return _agrees(console, run, words("Send {count:message|messages}?", count=rows))


def _may_resend(
    console: Console, settings: Settings, found: OpenRun, output: str | None, options: Mapping[str, Any]
) -> bool:
    if (output or found.run.output_path) == "-":
        raise click.UsageError(
            words(
                "With --resend the result sheet is written twice, which standard output cannot take. "
                "Write the sheet to an -o FILE."
            )
        )
    question = words("These messages may have arrived. Send them again all the same?")
    if found.pending:
        question = words(
            "These messages may have arrived. Send them again all the same, and go on with the {count:row|rows} that "
            "are still to go?",
            count=found.pending,
        )
    may = options["yes"] or _agrees(console, found.run, question)
    return may and is_confirmed(settings, found.connections, options["confirm"])


def _agrees(console: Console, run: Run, question: str) -> bool:
    return console.agrees(
        f"{_practice_words(run)} {question}" if is_practice(run) else question,
        or_else=words("Nothing was sent."),
        without_terminal=words(
            "There is no terminal to ask on before sending. Pass --yes to go on without a question."
        ),
    )
