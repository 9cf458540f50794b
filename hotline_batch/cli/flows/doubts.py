"""What `verify` and `resolve` do about rows in doubt: read an export or ask about each row, tell, settle."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from hotline_batch.application.evidence.gathering import DoubtfulRow, rows_in_doubt
from hotline_batch.application.evidence.settle import chosen_to_settle, settle_by_evidence
from hotline_batch.application.evidence.sheet import check_verification_output, write_verification_sheet
from hotline_batch.application.evidence.verification import Verification, VerifiedRow, verification_as_json
from hotline_batch.application.evidence.verify import verify_runs
from hotline_batch.application.runs.driving import Watcher
from hotline_batch.application.runs.going_on import OpenRun, PersonsWord, run_to_settle, settle_rows
from hotline_batch.application.runs.start import ledger_kept_open
from hotline_batch.application.runs.views.rows import status_of_rows
from hotline_batch.application.stopping import stopped_by_signals
from hotline_batch.cli.flows.consoles import console_for
from hotline_batch.cli.flows.starting import tell
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, can_ask
from hotline_batch.cli.screen.doubt_lines import doubt_line, read_lines, row_line, verification_lines
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.settings.model import Settings

_WORDS = {"t": PersonsWord.DELIVERED, "n": PersonsWord.NOT_DELIVERED}
_QUESTION = marked("[t]here, [n]ot there, [l]ater, [q]uit")
_ROWS_SHOWN = 20


def asks_one_by_one(options: Mapping[str, Any]) -> bool:
    """Whether nothing was said of the rows yet, and a person is there to be asked."""
    said = [options[word.value] for word in PersonsWord]
    return not (any(said) or options["rows"] or options["all_rows"]) and can_ask()


def resolve_one_by_one(run_id: str, output: str | None, options: Mapping[str, Any]) -> int:
    """Ask about each row in doubt, and keep each answer at once; the exit code."""
    settings = values.settings_to_tell_with(options)
    with ledger_kept_open(settings):
        found = run_to_settle(settings, run_id, None, output)
        place = output or found.run.output_path
        console = console_for(options, place)
        if place == "-":
            raise click.UsageError(
                words(
                    "The result sheet is written after each answer, which standard output cannot take. Write "
                    "the sheet to an -o FILE."
                )
            )
        rows = rows_in_doubt(settings, run_id, options["name_column"])
        if not rows:
            console.say(words("No row of run {run_id} is in doubt.", run_id=run_id))
            return 2
        console.say(
            words(
                "{rows} of the rows of run {run_id} are in doubt. Open each topic, look, and say what is there.",
                rows=len(rows),
                run_id=run_id,
            )
        )
        summary = _asked(console, settings, found, rows, output, options["note"])
    if summary is None:
        console.say(words("Nothing was settled."))
        return 3
    return tell(console, summary, options, settings)


def _asked(
    console: Console, settings: Settings, found: OpenRun, rows: Sequence[DoubtfulRow], output: str | None, note: str
) -> RunSummary | None:
    """The counts since the last answer; None where nothing was said."""
    summary: RunSummary | None = None
    run_id, seen = found.run.id, found.tried
    for row in rows:
        console.say(doubt_line(row, settings.timezone))
        answer = _choice()
        if answer == "q":
            break
        if answer in _WORDS:
            note = click.prompt(
                "  " + words("Why (kept for audit)"), default=note or words("looked into the topic"), err=True
            )
            if status_of_rows(settings, run_id, [row.number])[row.number] is not Status.UNKNOWN:
                console.warn(
                    words("Row {row} is in doubt no more: it was settled meanwhile, and stays so.", row=row.number)
                )
                continue
            word, number = _WORDS[answer], str(row.number)
            summary = settle_rows(settings, run_id, word, number, note, output=output, seen=seen).summary
    return summary


def _choice() -> str:
    while True:
        answer = (
            str(click.prompt("  " + words(_QUESTION), default="l", show_default=False, err=True)).strip().lower()[:1]
        )
        if answer in {"t", "n", "l", "q"}:
            return answer


def verify(run_ids: Sequence[str], options: Mapping[str, Any]) -> int:
    """Compare runs with an export, and tell; the exit code."""
    output: str | None = options["output"]
    if output is not None:
        check_verification_output(output, force=options["force"])
    settings = _settings(options)
    console = console_for(options)
    found = _verified(settings, run_ids, Path(options["export_path"]), options)
    for line in verification_lines(found, settings.timezone):
        console.result(line)
    if found.to_look_up and not options["look"]:
        console.result(
            words("--look asks the API whose {count:topic|topics} would decide more.", count=len(found.to_look_up))
        )
    for run_id in {row.run: None for row in found.to_settle}:
        export = shlex.quote(options["export_path"])
        console.result(
            words(
                "Next: hotline-batch resolve {run_id} --from-export {export}{values}",
                run_id=run_id,
                export=export,
                values=values.pointing(options),
            )
        )
    if output is not None:
        path = write_verification_sheet(found, output, settings.timezone, force=options["force"])
        console.result(words("Every row: {path}", path=path))
    if options["as_json"] and not console.data(verification_as_json(found)):
        return 1
    return found.exit_code


def resolve_from_export(run_id: str, output: str | None, options: Mapping[str, Any]) -> int:
    """Settle the rows in doubt of which an export is sure; the exit code."""
    if options["all_rows"] and options["rows"]:
        raise click.UsageError(words("Say which rows: either --rows 17,44 or --all."))
    if any(options[word.value] for word in PersonsWord):
        raise click.UsageError(
            words("The export says what became of the rows: leave --delivered and its relatives away.")
        )
    settings = _settings(options)
    rows = ",".join(options["rows"]) if options["rows"] else None
    run = run_to_settle(settings, run_id, rows, output).run
    console = console_for(options, output or run.output_path)
    found = _verified(settings, [run_id], Path(options["from_export"]), options)
    chosen = chosen_to_settle(found, rows)
    for line in read_lines(found, settings.timezone):
        console.say(line)
    console.say(
        words(
            "{confirmed_found} of {confirmed} confirmed rows found.",
            confirmed_found=found.confirmed_found,
            confirmed=found.confirmed,
        )
    )
    _show_chosen(console, chosen, settings)
    open_rows = len(found.in_doubt) - len(found.to_settle)
    if open_rows:
        console.say(
            words(
                "{rows:row|rows} in doubt the export does not settle; 'hotline-batch verify' says why.", rows=open_rows
            )
        )
    if not chosen:
        console.say(words("Nothing was settled."))
        return found.exit_code or 3
    if not options["yes"] and not console.agrees(
        words("Settle {rows:row|rows} so?", rows=len(chosen)),
        or_else=words("Nothing was settled."),
        without_terminal=words("There is no terminal to ask on. Pass --yes to settle these rows without a question."),
    ):
        return 2
    numbers = {row.number for row in chosen}
    settled = settle_by_evidence(settings, run_id, found, numbers, note=options["note"], output=output)
    console.say(
        words(
            "{delivered} settled as delivered, {not_delivered} as not delivered.",
            delivered=len(settled.delivered),
            not_delivered=len(settled.not_delivered),
        )
    )
    return tell(console, settled.summary, options, settings)


def _settings(options: Mapping[str, Any]) -> Settings:
    """Asking the API needs settings that are whole; reading the ledger does not."""
    if options["look"]:
        return values.settings_of(options)
    return values.settings_to_tell_with(options)


def _verified(settings: Settings, run_ids: Sequence[str], path: Path, options: Mapping[str, Any]) -> Verification:
    with stopped_by_signals() as stop:
        watcher, name_column = Watcher(stop=stop), options["name_column"]
        return verify_runs(settings, run_ids, path, look=options["look"], name_column=name_column, watcher=watcher)


def _show_chosen(console: Console, rows: Sequence[VerifiedRow], settings: Settings) -> None:
    for row in rows[:_ROWS_SHOWN]:
        console.say(f"  {row_line(row, settings.timezone)}")
        console.say(f"    {row.words} {row.link}".rstrip())
    if len(rows) > _ROWS_SHOWN:
        console.say(words("  and {rows:row|rows} more.", rows=len(rows) - _ROWS_SHOWN))
