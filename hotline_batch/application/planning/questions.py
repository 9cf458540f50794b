"""What a sheet leaves open -> questions as data, each with its answers; and the search for all behind the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar

from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.errors import HotlineBatchError, OpenQuestions, SheetError, SheetQuestion, TemplateError
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import plural_words, words
from hotline_batch.model.jobs import Kind
from hotline_batch.next_step import NextStep, Step, step
from hotline_batch.plan.columns.recognition import (
    ColumnQuestion,
    ColumnsMissing,
    HeaderQuestion,
    HeaderRowQuestion,
    recognise_columns,
)
from hotline_batch.run_options import Reading
from hotline_batch.sheets.csv.encoding import EncodingQuestion
from hotline_batch.sheets.table import OpenSheet, without_empty_end
from hotline_batch.sheets.worksheets import WorksheetQuestion

Planned = TypeVar("Planned")

STANDARD_INPUT = "-"
_MOST_QUESTIONS = 20
_OURS = "hotline_row"
_COLUMNS_SHOWN = 6

HasTheColumns = Callable[[Sequence[str]], bool]


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


class ElsewhereQuestion(SheetQuestion):
    """The worksheet has not the columns, others have: ``places`` are their names and rows, 0 where it is the first."""

    def __init__(self, message: str, places: Sequence[tuple[str, int]], otherwise: Sequence[Step]) -> None:
        name, row = places[0]
        in_row = step(NextStep.USE_WORKSHEET_FROM_ROW, name=name, row=row)
        super().__init__(message, in_row if row else step(NextStep.USE_WORKSHEET, name=name), *otherwise)
        self.places = tuple(places)


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
            answers = [Answer(each, hidden_rows=each) for each in ("skip", "include")]
            return Question(Subject.HIDDEN_ROWS, answers, found)
        case HeaderQuestion():
            return Question(Subject.NO_HEADER, [Answer("yes", Reading(header_row=0))], found)
        case HeaderRowQuestion(row=row):
            return Question(Subject.HEADER_ROW, [Answer("yes", Reading(header_row=row))], found, str(row))
        case _:
            return Question(Subject.OTHER, (), found)


@dataclass(frozen=True, slots=True)
class _Fitting:
    """A worksheet and the row in which its columns are named.

    ``is_first``: nothing stands above that; ``is_filled``: something stands below it.
    """

    name: str
    row: int
    header: tuple[str, ...]
    is_first: bool
    is_filled: bool


def has_the_columns(request: SheetRequest, header: Sequence[str], *, is_template: bool) -> bool:
    """Whether a worksheet with this header could be the one that is meant; ``is_template``: messages come from one."""
    with suppress(SheetError):
        recognise_columns(
            header,
            request.kind,
            request.options.column_map,
            message_from_template=is_template,
            users_by_topic=request.kind is Kind.SEND,
        )
        return True
    return False


def ask_where_the_columns_are(opened: OpenSheet, fits: HasTheColumns, why: ColumnsMissing) -> None:
    """ElsewhereQuestion where other worksheets have the columns that this one has not; ``why`` is what is missing."""
    fitting = list(_fitting(opened, fits))
    if not fitting:
        return
    places = [
        f"'{each.name}'" if each.is_first else words("'{name}' (row {row})", name=each.name, row=each.row)
        for each in fitting
    ]
    raise ElsewhereQuestion(
        plural_words(
            "{why} Worksheet {places} has such columns:",
            "{why} Worksheet {places} have such columns:",
            len(fitting),
            why=why.problem,
            places=list_of(places),
        ),
        [(each.name, 0 if each.is_first else each.row) for each in fitting],
        why.steps,
    )


def refuse_several_worksheets(opened: OpenSheet, fits: HasTheColumns) -> None:
    """WorksheetQuestion where a second visible worksheet has the columns: which one is meant is not for us to say."""
    others = [each for each in _fitting(opened, fits) if each.is_filled and _OURS not in each.header]
    if not others:
        return
    name = opened.sheet.worksheet or ""
    columns = {name: without_empty_end(opened.sheet.header), **{each.name: each.header for each in others}}
    told = "; ".join(f"'{each}' ({_shown(header)})" for each, header in columns.items())
    raise WorksheetQuestion(
        words(
            "{sheet} has several worksheets with the columns that are needed: {told}.",
            sheet=opened.sheet.name,
            told=told,
        ),
        columns,
    )


def _fitting(opened: OpenSheet, fits: HasTheColumns) -> Iterator[_Fitting]:
    for name, rows in opened.other_worksheets():
        for place, (number, cells) in enumerate(rows):
            header = without_empty_end(cells)
            # Instructions say of a column what stands in it, for example a link; a header names columns.
            if fits(header) and not any("://" in cell for cell in header):
                yield _Fitting(name, number, header, place == 0, place + 1 < len(rows))
                break


def _shown(header: Sequence[str]) -> str:
    more = ", …" if len(header) > _COLUMNS_SHOWN else ""
    return ", ".join(header[:_COLUMNS_SHOWN]) + more


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
