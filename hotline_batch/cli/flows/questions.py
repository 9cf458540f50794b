"""What a sheet leaves open, and which connection is meant -> questions on the terminal; elsewhere the refusal that says
which options answer them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from hotline_batch.application.connections import connections_to_confirm
from hotline_batch.application.planning.questions import STANDARD_INPUT, Answer, Question, Subject, questions_of
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.cli.screen.console import Console, ask, can_ask, confirm, shown
from hotline_batch.cli.screen.next_step_words import error_words
from hotline_batch.errors import OpenQuestions
from hotline_batch.language.words import marked, words
from hotline_batch.settings.model import Settings

Planned = TypeVar("Planned")

_CHOICES = marked(
    {
        Subject.ENCODING: "Which of these reads right?",
        Subject.COLUMN: "Which column holds {about}?",
        Subject.WORKSHEET: "Which worksheet is meant?",
        Subject.HIDDEN_ROWS: "What is to happen with rows that are hidden?",
    }
)
_YES_OR_NO = marked(
    {
        Subject.NO_HEADER: "Is the first row a row like all others, so that the sheet has no header?",
        Subject.HEADER_ROW: "Are the columns named in row {about}?",
    }
)
_HIDDEN_ROWS = marked({"skip": "leave out", "include": "treat like all others"})


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
            console.warn(error_words(found))
            request = _answered(found, request)


def _answered(found: OpenQuestions, request: SheetRequest) -> SheetRequest:
    """The request with all answers; the first question is refused to which the person knows none."""
    for question in questions_of(found):
        answer = _ask(question)
        if answer is None:
            raise question.refusal
        request = answer.said_in(request)
        if answer is not question.answers[0] and question.subject is not Subject.HIDDEN_ROWS:
            break  # the rest was found with the likeliest answer
    return request


def _ask(question: Question) -> Answer | None:
    """The answer; None where it is none of them."""
    subject, answers = question.subject, question.answers
    if subject in _YES_OR_NO:
        is_so = confirm(words(_YES_OR_NO[subject], about=question.about))
        return answers[0] if is_so else None
    if subject in _CHOICES:
        return _choose(words(_CHOICES[subject], about=question.about), answers)
    return None


def _choose(question: str, answers: Sequence[Answer]) -> Answer | None:
    for number, answer in enumerate(answers, 1):
        click.echo(f"  {number}  {_answer_words(answer)}", err=True)
    chosen = ask(words("{question} (0: none of them)", question=question), _number_up_to(len(answers)))
    return answers[chosen - 1] if chosen else None


def _answer_words(answer: Answer) -> str:
    said = _HIDDEN_ROWS.get(answer.hidden_rows or "")
    return words(said) if said else shown(answer.shown)


def _number_up_to(most: int) -> Callable[[str], int]:
    def number(typed: str) -> int:
        if typed.strip() in map(str, range(most + 1)):
            return int(typed)
        raise click.UsageError(
            words("'{typed}' is none of the answers. Type a number from 0 to {most}.", typed=shown(typed), most=most)
        )

    return number


def is_confirmed(settings: Settings, connections: Sequence[str], given: Sequence[str]) -> bool:
    """Whether every marked one of these connections was named, by option or on the terminal.

    Raises click.UsageError where there is no terminal to ask on.
    """
    for name in connections_to_confirm(settings, connections, given):
        if not can_ask():
            raise click.UsageError(
                words(
                    "The connection '{name}' asks for its name before anything is sent. Pass --confirm {name}.",
                    name=name,
                )
            )
        typed = click.prompt(
            words("Type the name of the connection ({name}) to send through it", name=name),
            default="",
            show_default=False,
            err=True,
        )
        if typed.strip() != name:
            click.echo(words("That is not '{name}'. Nothing was sent.", name=name), err=True)
            return False
    return True
