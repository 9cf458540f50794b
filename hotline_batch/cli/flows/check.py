"""What `check` does, and `send` and `enrich` with --dry-run: plan a sheet and show the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hotline_batch.application.planning.plan_sheet import plan_sheet
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.cli.flows.consoles import console_for, say_origins
from hotline_batch.cli.flows.questions import with_answers
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.plan_lines import check_as_json, plan_lines, unknown_lines
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.settings.model import Settings


def do_check(kind: Kind | None, options: Mapping[str, Any]) -> int:
    """Show what a run would do, of the kind that the sheet's columns tell where none is named; the exit code."""
    settings = values.settings_of(options)
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
