"""What `correct` does: say who gets a correction and who not, ask, drive, tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from hotline_batch.application.corrections.plan_correction import look_at_correction, plan_correction
from hotline_batch.application.corrections.request import CorrectionPlan, CorrectionRequest
from hotline_batch.application.runs.start import ledger_kept_open
from hotline_batch.cli.flows.consoles import console_for, say_origins
from hotline_batch.cli.flows.news import say_who_cannot_be_told, with_news
from hotline_batch.cli.flows.starting import agree_and_start, refuse_standard_output, tell
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, can_ask
from hotline_batch.cli.screen.plan_lines import check_as_json, plan_lines
from hotline_batch.language.languages import SOURCE, reading_in
from hotline_batch.language.words import words
from hotline_batch.run_options import option_names, options_named
from hotline_batch.settings.practice import is_practice
from hotline_batch.tally import row_numbers

_ROWS_SHOWN = 10
# What the settings file says of sheets is not meant for the rows of a run.
_OF_SHEETS = frozenset({"message", "template", "output", "rows", "where", "limit"})


def correction_lines(found: CorrectionPlan) -> Iterator[str]:
    """What is particular to a correction; what its messages are, the lines of its plan tell."""
    run = found.corrected
    yield words(
        "Correction of run {run}: it goes to {recipients:,} of {rows:row|rows}.",
        run=run.id,
        recipients=found.recipients,
        rows=run.rows,
    )
    if found.in_doubt:
        said = words(
            "Of these, {sent:,} were sent for sure; {in_doubt:,} may have been.",
            sent=found.sent,
            in_doubt=found.in_doubt,
        )
        yield f"  {said}"
    for each in found.left_out:
        rows = row_numbers(each.rows[:_ROWS_SHOWN], each.count)
        yield "  " + words("Not to {rows}: {reason}", rows=rows, reason=each.words)
    for earlier in found.earlier:
        yield "  " + words("Corrected before by run {run}, begun by {owner}.", run=earlier.run, owner=earlier.owner)
    if found.sheet_remark:
        yield f"  {found.sheet_remark}"
    if found.to_go:
        yield words(
            "Note: {count:row|rows} of run {run} were not sent yet. Whoever goes on with that run sends them what was "
            "planned then.",
            count=found.to_go,
            run=run.id,
        )


def correct(run_id: str, options: Mapping[str, Any]) -> int:
    """Plan a correction, ask, drive it, tell how it ended; the exit code."""
    settings = with_news(values.settings_of(options), options)
    say_origins(options)
    defaults = {name: value for name, value in settings.option_defaults.items() if name not in _OF_SHEETS}
    options = values.with_defaults(options, defaults)
    if (options["message"] is None) == (options["template"] is None):
        raise click.UsageError(words("Say what the correction is: either -m TEXT or -t NAME."))
    must_ask = not options["yes"]
    if must_ask and not options["dry_run"] and not can_ask():
        raise click.UsageError(
            words("There is no terminal to ask on before sending. Look at it with --dry-run, then pass --yes.")
        )
    request = CorrectionRequest(
        run_id,
        options_named({name: options[name] for name in option_names() if name in options}),
        output=options["output"],
        force=options["force"],
        include_unknown=options["include_unknown"],
        again=options["again"],
        asks=must_ask,
    )
    console = console_for(options, request.output)
    say_who_cannot_be_told(console, settings)
    if options["detach"] and request.output is not None:
        refuse_standard_output(request.output)
    with ledger_kept_open(settings):
        if options["dry_run"]:
            return _show(console, look_at_correction(request, settings), options)
        planned = plan_correction(request, settings)
        for line in _lines(planned.correction):
            console.say(line)
        ended = agree_and_start(
            console,
            planned.run,
            settings,
            options,
            question=_question(planned.correction, approval=planned.waits_for_approval) if must_ask else "",
            has_messages=bool(planned.correction.recipients),
            waits_for_approval=planned.waits_for_approval,
        )
    return ended if isinstance(ended, int) else tell(console, ended, options, settings)


def _show(console: Console, found: CorrectionPlan, options: Mapping[str, Any]) -> int:
    for line in _lines(found):
        console.result(line)
    is_answered = not options["as_json"] or console.data(_as_json(found))
    return 1 if found.plan.tally.invalid or not is_answered else 0


def _lines(found: CorrectionPlan) -> Iterator[str]:
    yield from correction_lines(found)
    yield from plan_lines(found.plan)


def _question(found: CorrectionPlan, *, approval: bool) -> str:
    count = found.recipients
    if approval:
        question = words("Ask somebody else to approve {count:correction|corrections}?", count=count)
    else:
        question = words("Send {count:correction|corrections}?", count=count)
    if not is_practice(found.corrected):
        return question
    return words("This is a practice run. {question}", question=question)


def _as_json(found: CorrectionPlan) -> dict[str, object]:
    with reading_in(SOURCE):  # what programs read
        left_out = [
            {"code": each.code, "rows": each.count, "row_numbers": list(each.rows), "message": each.words}
            for each in found.left_out
        ]
    return {
        **check_as_json(found.plan),
        "corrects": found.corrected.id,
        "recipients": found.recipients,
        "sent": found.sent,
        "in_doubt": found.in_doubt,
        "left_out": left_out,
        "earlier": [each.run for each in found.earlier],
    }
