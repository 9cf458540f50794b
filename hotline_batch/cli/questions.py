"""What a sheet leaves open -> a question on the terminal; elsewhere the refusal that says which option answers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import click

from hotline_batch.cli.console import Console, can_ask, shown
from hotline_batch.errors import SheetError
from hotline_batch.plan.columns import ColumnQuestion, HeaderQuestion
from hotline_batch.sheets.dialect import EncodingQuestion
from hotline_batch.workflows.choices import BatchChoices

Planned = TypeVar("Planned")
_NEITHER = 0


def with_answers(
    choices: BatchChoices, attempt: Callable[[BatchChoices], Planned], console: Console
) -> tuple[Planned, BatchChoices]:
    """What ``attempt`` makes of the choices, and the choices with what the person answered on the way."""
    while True:
        try:
            return attempt(choices), choices
        except (EncodingQuestion, HeaderQuestion, ColumnQuestion) as question:
            if not can_ask() or choices.sheet == "-":
                raise
            choices = _answered(question, choices, console)


def _answered(question: SheetError, choices: BatchChoices, console: Console) -> BatchChoices:
    """The choices with the answer; the question itself is raised where the person knows none."""
    console.warn(str(question))
    match question:
        case EncodingQuestion(candidates=candidates):
            lines = [f"{candidate.encoding}: {candidate.sample}" for candidate in candidates]
            answer = _choose("Which of these reads right?", lines)
            if answer != _NEITHER:
                return replace(choices, encoding=candidates[answer - 1].encoding)
        case ColumnQuestion(field=field, header=header, candidates=columns):
            answer = _choose(f"Which column holds {field}?", [header[index] for index in columns])
            if answer != _NEITHER:
                return replace(choices, column_map={**choices.column_map, field: header[columns[answer - 1]]})
        case HeaderQuestion():
            if console.ask("Is the first row a row like all others, so that the sheet has no header?"):
                return replace(choices, header_row=0)
        case _:
            pass
    raise question


def _choose(question: str, lines: Sequence[str]) -> int:
    for number, line in enumerate(lines, 1):
        click.echo(f"  {number}  {shown(line)}", err=True)
    return int(click.prompt(f"{question} (0: none of them)", type=click.IntRange(0, len(lines)), err=True))
