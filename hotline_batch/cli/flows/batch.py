"""What `send` and `enrich` have in common: plan, show and start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import click

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import default_output
from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.application.planning.user_lookup import LookupsUnfinished
from hotline_batch.application.runs.start import ledger_kept_open, look_up_users
from hotline_batch.cli.flows.check import check_and_show
from hotline_batch.cli.flows.consoles import console_for, say_origins
from hotline_batch.cli.flows.news import say_who_cannot_be_told, with_news
from hotline_batch.cli.flows.questions import with_answers
from hotline_batch.cli.flows.starting import agree_and_start, at_work, refuse_standard_output, tell
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, can_ask
from hotline_batch.cli.screen.next_step_words import error_words
from hotline_batch.cli.screen.plan_lines import plan_lines
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RunSummary
from hotline_batch.settings.model import Settings


def do_batch(kind: Kind, options: Mapping[str, Any]) -> int:
    """Plan a sheet, ask where a question is due, drive the run, tell how it ended; the exit code."""
    settings = with_news(values.settings_of(options), options)
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
    output = request.output or default_output(request.sheet, request.result_format)
    console = console_for(options, output)
    say_who_cannot_be_told(console, settings)
    if options["detach"]:
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
        question = _question(planned.plan, sandbox=request.options.sandbox, approval=planned.waits_for_approval)
        ended = agree_and_start(
            console,
            planned.run,
            settings,
            options,
            question=question if request.asks and planned.plan.rows_to_do else "",
            has_messages=bool(planned.plan.rows_to_do),
            waits_for_approval=planned.waits_for_approval,
        )
    if isinstance(ended, int):
        return ended
    exit_code = tell(console, ended, options, settings)
    if not planned.plan.is_sheet_unchanged:
        console.warn(
            words(
                "Note: {sheet} was changed, moved or removed meanwhile. The run used it as it was at the start.",
                sheet=planned.plan.sheet.name,
            )
        )
    return exit_code


def _look_users_up(console: Console, run_id: str, settings: Settings) -> RunSummary:
    def begin(topics: int) -> None:
        console.say(words("The sheet names topics: looking up the users of {topics:,} of them.", topics=topics))

    with at_work(console, settings) as watcher:
        return look_up_users(settings, run_id, on_begin=begin, watcher=watcher)


def _question(plan: SheetPlan, *, sandbox: bool, approval: bool) -> str:
    count, where = plan.rows_to_do, urlsplit(plan.endpoint).hostname or plan.endpoint
    match approval, sandbox:
        case True, True:
            return words("Ask somebody else to approve {count:message|messages} to the private sandbox?", count=count)
        case True, False:
            return words("Ask somebody else to approve {count:message|messages} to {where}?", count=count, where=where)
        case False, True:
            return words("Send {count:message|messages} to the private sandbox?", count=count)
        case _:
            return words("Send {count:message|messages} to {where}?", count=count, where=where)
