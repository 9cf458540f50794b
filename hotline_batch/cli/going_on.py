"""What `resume`, `retry` and `resolve` do: choose the run, ask, drive, tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from hotline_batch.application.own_results import is_own_result
from hotline_batch.application.resolve import retry_run, settle_rows
from hotline_batch.application.running import choose_unfinished, unfinished_runs
from hotline_batch.cli import option_values as opts
from hotline_batch.cli.batch import console_for, drive, say_origins, tell
from hotline_batch.cli.confirming import is_confirmed
from hotline_batch.cli.screen.console import Console, can_ask
from hotline_batch.engine.event_queue import EventQueue
from hotline_batch.engine.stop import stop_on_signals
from hotline_batch.errors import SettingsError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.resolutions import PersonsWord
from hotline_batch.model import JobState, Kind, Run, RunSummary
from hotline_batch.plan.selection import RowRanges
from hotline_batch.results.write import check_output
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX, is_practice


def resume(run_id: str | None, output: str | None, options: Mapping[str, Any]) -> int:
    """Go on with a run; the exit code."""
    settings, options = _settled(options)
    with Ledger(settings.ledger) as ledger:
        run = choose_unfinished(ledger, run_id)
        console = _console(run, output, options)
        ledger.check_free(run.id)
        counts = ledger.counts(run.id)
        pending = ledger.pending_rows(run.id) + counts.get(JobState.WAITING, 0)
        in_flight = counts.get(JobState.IN_FLIGHT, 0)
        console.say(f"Run {run.id}, {run.kind.value} {run.sheet_path}: {pending} of {run.rows} rows to go.")
        if run_id is None:
            _say_why_this_one(console, ledger, run)
        if in_flight and run.kind is Kind.SEND:
            rows, they = ("row was on its", "it becomes") if in_flight == 1 else ("rows were on their", "they become")
            console.say(f"{in_flight} {rows} way when the program ended; {they} 'unknown'.")
        if pending and not _may_send(console, run, pending, yes=options["yes"]):
            return 2
        if pending and not is_confirmed(settings, ledger, run, options["confirm"]):
            return 2
        summary = drive(console, ledger, run.id, settings, opts.limits_of(options), output)
    return tell(console, summary, options)


def retry(run_id: str, output: str | None, options: Mapping[str, Any]) -> int:
    """New attempts for failed rows; the exit code."""
    settings, options = _settled(options)
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        console = _console(run, output, options)
        ledger.check_free(run.id)
        counts = ledger.counts(run.id)
        failed, pending = counts.get(JobState.FAILED, 0), ledger.pending_rows(run.id)
        console.say(f"Run {run.id}, {run.kind.value} {run.sheet_path}: {failed} failed, {pending} not attempted.")
        if not _may_send(console, run, failed + pending, yes=options["yes"]):
            return 2
        if not is_confirmed(settings, ledger, run, options["confirm"]):
            return 2
        chosen, inbox = opts.limits_of(options), EventQueue[Any]()
        with stop_on_signals(inbox), console.progress(settings.timezone) as show:
            summary = retry_run(ledger, run, settings, chosen, output=output, on_progress=show, inbox=inbox)
    return tell(console, summary, options)


def resolve(run_id: str, output: str | None, options: Mapping[str, Any]) -> int:
    """Settle rows in doubt; the exit code."""
    words = [word for word in PersonsWord if options[word.value]]
    if len(words) != 1:
        raise click.UsageError("Say what became of the rows, one of: --delivered, --not-delivered, --resend.")
    if bool(options["rows"]) == options["all_rows"]:
        raise click.UsageError("Say which rows: either --rows 17,44 or --all.")
    word = words[0]
    settings, options = _settled(options)
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if run.kind is not Kind.SEND:
            raise SettingsError(f"Run {run_id} looked topics up; none of its rows can be in doubt.")
        console = _console(run, output, options)
        rows = RowRanges(",".join(options["rows"])) if options["rows"] else None
        ledger.check_free(run_id)
        if word is PersonsWord.RESEND and (output or run.output_path) == "-":
            raise click.UsageError(
                "With --resend the result sheet is written twice, which standard output cannot take. "
                "Write the sheet to an -o FILE."
            )
        if word is PersonsWord.RESEND and not _may_resend(console, run, yes=options["yes"]):
            return 2
        if word is PersonsWord.RESEND and not is_confirmed(settings, ledger, run, options["confirm"]):
            return 2
        summary = _settle(console, ledger, run, settings, word, rows, output, options)
    return tell(console, summary, options)


def _settled(options: Mapping[str, Any]) -> tuple[Settings, Mapping[str, Any]]:
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    say_origins(options)
    # The file's rows are rows of a sheet that is planned; here rows of a run are settled.
    defaults = {name: value for name, value in settings.option_defaults.items() if name != "rows"}
    return settings, opts.with_defaults(options, defaults)


def _settle(
    console: Console,
    ledger: Ledger,
    run: Run,
    settings: Settings,
    word: PersonsWord,
    rows: RowRanges | None,
    output: str | None,
    options: Mapping[str, Any],
) -> RunSummary:
    settled, summary = settle_rows(ledger, run, settings, word, rows, options["note"], output=output)
    count = "1 row" if len(settled) == 1 else f"{len(settled)} rows"
    if word is PersonsWord.RESEND:
        console.say(f"{count} to be sent again.")
    else:
        console.say(f"{count} settled as {word.value.replace('_', ' ')}.")
    if rows is not None and (others := rows.single_numbers - set(settled)):
        named = ", ".join(map(str, sorted(others)))
        console.warn(f"Left as {'it is' if len(others) == 1 else 'they are'}, since not 'unknown': row {named}.")
    if word is PersonsWord.RESEND and settled:
        return drive(console, ledger, run.id, settings, opts.limits_of(options), output)
    return summary


def _console(run: Run, output: str | None, options: Mapping[str, Any]) -> Console:
    if output is not None:
        check_output(output, run.sheet_path, force=False, own_result=is_own_result(run, output))
    return console_for(options, output or run.output_path)


def _say_why_this_one(console: Console, ledger: Ledger, run: Run) -> None:
    """Who named no run is told where practice had to do, or was passed over."""
    if is_practice(run):
        console.say(f"No real run is unfinished. {_practice_words(run)}")
        return
    practised = [other.id for other in unfinished_runs(ledger) if is_practice(other)]
    if practised:
        console.say(f"It is the newest real run. Practice that is unfinished, too, is left: {', '.join(practised)}.")


def _practice_words(run: Run) -> str:
    where = "in the private sandbox" if run.endpoint == PRIVATE_SANDBOX else f"with the service at {run.endpoint}"
    return f"This is a practice run {where}."


def _may_send(console: Console, run: Run, rows: int, *, yes: bool) -> bool:
    if yes or run.kind is Kind.ENRICH:
        return True
    return _asked(console, run, f"Send {rows} messages?" if rows != 1 else "Send 1 message?")


def _may_resend(console: Console, run: Run, *, yes: bool) -> bool:
    return yes or _asked(console, run, "These messages may have arrived. Send them again all the same?")


def _asked(console: Console, run: Run, question: str) -> bool:
    if not can_ask():
        raise click.UsageError("There is no terminal to ask on before sending. Pass --yes to go on without a question.")
    if console.ask(f"{_practice_words(run)} {question}" if is_practice(run) else question):
        return True
    console.say("Nothing was sent.")
    return False
