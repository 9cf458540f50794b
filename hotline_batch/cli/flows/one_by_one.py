"""`resolve` on a terminal: the rows in doubt one after the other, each with what helps to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from hotline_batch.application.evidence.gathering import DoubtfulRow, rows_in_doubt
from hotline_batch.application.runs.going_on import PersonsWord, run_to_settle, settle_rows
from hotline_batch.application.runs.start import ledger_kept_open
from hotline_batch.cli.flows.batch import console_for
from hotline_batch.cli.flows.starting import tell
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, can_ask
from hotline_batch.cli.screen.doubt_lines import doubt_line
from hotline_batch.language.words import marked, words
from hotline_batch.model.progress import RunSummary
from hotline_batch.settings.model import Settings

_WORDS = {"t": PersonsWord.DELIVERED, "n": PersonsWord.NOT_DELIVERED}
_QUESTION = marked("[t]here, [n]ot there, [l]ater, [q]uit")


def is_wanted(options: Mapping[str, Any]) -> bool:
    """Whether nothing was said of the rows yet, and a person is there to be asked."""
    said = [options[word.value] for word in PersonsWord]
    return not (any(said) or options["rows"] or options["all_rows"]) and can_ask()


def resolve(run_id: str, output: str | None, options: Mapping[str, Any]) -> int:
    """Ask about each row in doubt, and keep each answer at once; the exit code."""
    settings = values.settings_to_tell_with(options["config"], options["ledger"])
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
        summary = _asked(console, settings, run_id, rows, output, options["note"])
    if summary is None:
        console.say(words("Nothing was settled."))
        return 3
    return tell(console, summary, options, settings)


def _asked(
    console: Console, settings: Settings, run_id: str, rows: Sequence[DoubtfulRow], output: str | None, note: str
) -> RunSummary | None:
    """The counts since the last answer; None where nothing was said."""
    summary: RunSummary | None = None
    for row in rows:
        console.say(doubt_line(row, settings.timezone))
        answer = _choice()
        if answer == "q":
            break
        if answer in _WORDS:
            note = click.prompt(
                "  " + words("Why (kept for audit)"), default=note or words("looked into the topic"), err=True
            )
            summary = settle_rows(settings, run_id, _WORDS[answer], str(row.number), note, output=output).summary
    return summary


def _choice() -> str:
    while True:
        answer = (
            str(click.prompt("  " + words(_QUESTION), default="l", show_default=False, err=True)).strip().lower()[:1]
        )
        if answer in {"t", "n", "l", "q"}:
            return answer
