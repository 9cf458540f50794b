"""What a sheet leaves open -> questions as data, each with its answers; and the search for all behind the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar

from hotline_batch.application.planning.other_worksheets import ElsewhereQuestion
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.errors import HotlineBatchError, OpenQuestions, SheetError, SheetQuestion, TemplateError
from hotline_batch.language.words import plural_words, words
from hotline_batch.next_step import NextStep, step
from hotline_batch.plan.columns.recognition import ColumnQuestion, HeaderQuestion, HeaderRowQuestion
from hotline_batch.run_options import Reading
from hotline_batch.sheets.csv.encoding import EncodingQuestion
from hotline_batch.sheets.worksheets import WorksheetQuestion

Planned = TypeVar("Planned")

STANDARD_INPUT = "-"
_MOST_QUESTIONS = 20


class HiddenRowsQuestion(SheetQuestion):
    """Rows are hidden or filtered out in the workbook; nobody but a person knows whether they are meant."""

    def __init__(self, name: str, rows: int) -> None:
        super().__init__(
            plural_words(
                "{name}: 1 row is hidden or filtered out in the workbook.",
                "{name}: {count} rows are hidden or filtered out in the workbook.",
                rows,
                name=name,
            ),
            step(NextStep.CHOOSE_HIDDEN_ROW if rows == 1 else NextStep.CHOOSE_HIDDEN_ROWS),
        )


class Unfinished(SheetError):
    """Questions were found, and then ``reason``, behind which nothing more can be found without an answer."""

    def __init__(self, questions: Sequence[SheetQuestion], reason: HotlineBatchError) -> None:
        super().__init__(reason.problem, *reason.steps)
        self.questions = tuple(questions)
        self.reason = reason


class Subject(Enum):
    """What a question is about; each face has its own words for it."""

    ENCODING = "encoding"
    COLUMN = "column"
    WORKSHEET = "worksheet"
    HIDDEN_ROWS = "hidden_rows"
    NO_HEADER = "no_header"
    HEADER_ROW = "header_row"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: what a person sees of it, and what it says of the options."""

    shown: str
    reading: Reading = field(default_factory=Reading)
    column_map: Mapping[str, str] = field(default_factory=dict)
    hidden_rows: str | None = None

    def said_in(self, request: SheetRequest) -> SheetRequest:
        """What is asked for, with this answer."""
        options, selection = request.options, request.options.selection
        said = replace(
            options,
            reading=self.reading.over(options.reading),
            column_map={**options.column_map, **self.column_map},
            selection=replace(selection, hidden_rows=self.hidden_rows or selection.hidden_rows),
        )
        return replace(request, options=said)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a sheet leaves open, with all answers, the likeliest first.

    ``about`` is the field that a column is looked for, or the row of a header. ``refusal`` is raised where a person
    knows no answer.
    """

    subject: Subject
    answers: Sequence[Answer]
    refusal: SheetQuestion
    about: str = ""


def questions_of(found: OpenQuestions) -> Iterator[Question]:
    """The questions, in the order in which they are to be asked.

    The later ones were found with the likeliest answers to the earlier ones: where another answer is given, the rest is
    left for the next look at the sheet.
    """
    yield from map(_question, found.questions)


def _question(found: SheetQuestion) -> Question:
    match found:
        case EncodingQuestion(candidates=candidates):
            answers = [
                Answer(f"{each.encoding}: {each.sample}", Reading(encoding=each.encoding)) for each in candidates
            ]
            return Question(Subject.ENCODING, answers, found)
        case ColumnQuestion(field=wanted, header=header, candidates=columns):
            names = [header[column] for column in columns]
            return Question(Subject.COLUMN, [Answer(name, column_map={wanted: name}) for name in names], found, wanted)
        case WorksheetQuestion(columns=columns_of):
            answers = [Answer(f"{name}: {', '.join(of)}", Reading(worksheet=name)) for name, of in columns_of.items()]
            return Question(Subject.WORKSHEET, answers, found)
        case ElsewhereQuestion(places=places):
            answers = [
                Answer(
                    words("{name}, columns named in row {row}", name=name, row=row) if row else name,
                    Reading(name, header_row=row or None),
                )
                for name, row in places
            ]
            return Question(Subject.WORKSHEET, answers, found)
        case HiddenRowsQuestion():
            answers = [
                Answer("skip", hidden_rows="skip"),
                Answer("include", hidden_rows="include"),
            ]
            return Question(Subject.HIDDEN_ROWS, answers, found)
        case HeaderQuestion():
            return Question(Subject.NO_HEADER, [Answer("yes", Reading(header_row=0))], found)
        case HeaderRowQuestion(row=row):
            return Question(Subject.HEADER_ROW, [Answer("yes", Reading(header_row=row))], found, str(row))
        case _:
            return Question(Subject.OTHER, (), found)


def gather(
    request: SheetRequest,
    found: list[SheetQuestion],
    attempt: Callable[[SheetRequest], Planned],
    give_up: Callable[[], None],
) -> Planned:
    """What ``attempt`` makes of the request with the likeliest answers to the questions that it raises on the way.

    These are added to ``found``. OpenQuestions where they lead to what cannot be used; standard input can be read only
    once, so its first question is the only one.
    """
    while True:
        try:
            return attempt(request)
        except SheetQuestion as question:
            found.append(question)
        except Unfinished as unfinished:
            if not isinstance(unfinished.reason, SheetQuestion):
                raise OpenQuestions([*found, *unfinished.questions], unfinished.reason) from unfinished
            # What was noted on the way is noted again in the next attempt.
            found.append(unfinished.reason)
        except (SheetError, TemplateError) as error:
            if found:
                raise OpenQuestions(found, error) from error
            raise
        give_up()
        likely = next((answer.said_in(request) for answer in _question(found[-1]).answers), request)
        if request.sheet == STANDARD_INPUT or likely == request or len(found) >= _MOST_QUESTIONS:
            raise OpenQuestions(found)
        request = likely
