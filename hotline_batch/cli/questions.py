"""What a sheet leaves open -> questions on the terminal; elsewhere the refusal that says which options answer them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from hotline_batch.application.fitting_worksheets import ElsewhereQuestion
from hotline_batch.application.open_questions import STANDARD_INPUT, HiddenRowsQuestion, answers_to
from hotline_batch.application.request import SheetRequest
from hotline_batch.cli.screen.console import Console, can_ask, shown
from hotline_batch.errors import OpenQuestions, SheetQuestion
from hotline_batch.plan.columns import ColumnQuestion, HeaderQuestion, HeaderRowQuestion
from hotline_batch.sheets.csv.encoding import EncodingQuestion
from hotline_batch.sheets.worksheets import WorksheetQuestion

Planned = TypeVar("Planned")
_NEITHER = 0


def with_answers(
    request: SheetRequest, attempt: Callable[[SheetRequest], Planned], console: Console
) -> tuple[Planned, SheetRequest]:
    """What ``attempt`` makes of the request, and the request with what the person answered on the way."""
    while True:
        try:
            return attempt(request), request
        except OpenQuestions as found:
            if not can_ask() or request.sheet == STANDARD_INPUT:
                raise
            console.warn(str(found))
            request = _answered(found.questions, request)


def _answered(questions: Sequence[SheetQuestion], request: SheetRequest) -> SheetRequest:
    """The request with all answers; the first question is raised to which the person knows none.

    The later questions were found with the likeliest answers to the earlier ones. Where the person gives another
    answer, the rest is left for the next look at the sheet.
    """
    for question in questions:
        answers = answers_to(question, request)
        answer = _ask(question, len(answers))
        if answer == _NEITHER:
            raise question
        request = answers[answer - 1]
        if answer != 1 and not isinstance(question, HiddenRowsQuestion):
            break
    return request


def _ask(question: SheetQuestion, answers: int) -> int:
    """The number of the answer, from 1; 0 where it is none of them."""
    match question:
        case EncodingQuestion(candidates=candidates):
            lines = [f"{candidate.encoding}: {candidate.sample}" for candidate in candidates]
            return _choose("Which of these reads right?", lines)
        case ColumnQuestion(field=field, header=header, candidates=columns):
            return _choose(f"Which column holds {field}?", [header[index] for index in columns])
        case WorksheetQuestion(columns=columns_of):
            lines = [f"{name}: {', '.join(header)}" for name, header in columns_of.items()]
            return _choose("Which worksheet is meant?", lines)
        case ElsewhereQuestion(places=places):
            lines = [f"{name}, columns named in row {row}" if row else name for name, row in places]
            return _choose("Which worksheet is meant?", lines)
        case HiddenRowsQuestion():
            return _choose("What is to happen with the hidden rows?", ["leave them out", "treat them like all others"])
        case HeaderQuestion():
            return int(_agrees("Is the first row a row like all others, so that the sheet has no header?"))
        case HeaderRowQuestion(row=row):
            return int(_agrees(f"Are the columns named in row {row}?"))
        case _:
            return min(answers, _NEITHER)


def _agrees(question: str) -> bool:
    return bool(click.confirm(question, default=False, err=True))


def _choose(question: str, lines: Sequence[str]) -> int:
    for number, line in enumerate(lines, 1):
        click.echo(f"  {number}  {shown(line)}", err=True)
    return int(click.prompt(f"{question} (0: none of them)", type=click.IntRange(0, len(lines)), err=True))
