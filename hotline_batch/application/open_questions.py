"""Questions that a sheet leaves open -> the answers as options; and the search for further ones behind the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from hotline_batch.application.fitting_worksheets import ElsewhereQuestion
from hotline_batch.application.request import SheetRequest
from hotline_batch.errors import HotlineBatchError, OpenQuestions, SheetError, SheetQuestion, TemplateError
from hotline_batch.plan.columns import ColumnQuestion, HeaderQuestion, HeaderRowQuestion
from hotline_batch.run_options import Reading
from hotline_batch.sheets.csv.encoding import EncodingQuestion
from hotline_batch.sheets.worksheets import WorksheetQuestion

Planned = TypeVar("Planned")

SKIP, INCLUDE = "skip", "include"
_MOST_QUESTIONS = 20
STANDARD_INPUT = "-"


class HiddenRowsQuestion(SheetQuestion):
    """Rows are hidden or filtered out in the workbook; nobody but a person knows whether they are meant."""

    def __init__(self, name: str, rows: int) -> None:
        some = "1 row is" if rows == 1 else f"{rows} rows are"
        super().__init__(
            f"{name}: {some} hidden or filtered out in the workbook. Say what is to happen with them: "
            "--hidden-rows skip leaves them out, --hidden-rows include treats them like all others."
        )


class Unfinished(SheetError):
    """Questions were found, and then ``reason``, behind which nothing more can be found without an answer."""

    def __init__(self, questions: Sequence[SheetQuestion], reason: HotlineBatchError) -> None:
        super().__init__(str(reason))
        self.questions = tuple(questions)
        self.reason = reason


def answers_to(question: SheetQuestion, request: SheetRequest) -> Sequence[SheetRequest]:
    """What is asked for with each possible answer, the likeliest first."""
    options = request.options
    reading, selection = options.reading, options.selection
    match question:
        case ColumnQuestion(field=field, header=header, candidates=columns):
            maps = [{**options.column_map, field: header[column]} for column in columns]
            answers = [replace(options, column_map=each) for each in maps]
        case HiddenRowsQuestion():
            selections = [replace(selection, hidden_rows=answer) for answer in (SKIP, INCLUDE)]
            answers = [replace(options, selection=each) for each in selections]
        case _:
            answers = [replace(options, reading=each) for each in _readings(question, reading)]
    return [replace(request, options=each) for each in answers]


def _readings(question: SheetQuestion, reading: Reading) -> Sequence[Reading]:
    match question:
        case EncodingQuestion(candidates=candidates):
            return [replace(reading, encoding=candidate.encoding) for candidate in candidates]
        case HeaderQuestion():
            return [replace(reading, header_row=0)]
        case HeaderRowQuestion(row=row):
            return [replace(reading, header_row=row)]
        case WorksheetQuestion(columns=columns_of):
            return [replace(reading, worksheet=name) for name in columns_of]
        case ElsewhereQuestion(places=places):
            return [replace(reading, worksheet=name, header_row=row or reading.header_row) for name, row in places]
        case _:
            return []


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
                raise OpenQuestions([*found, *unfinished.questions], str(unfinished)) from unfinished
            # What was noted on the way is noted again in the next attempt.
            found.append(unfinished.reason)
        except (SheetError, TemplateError) as error:
            if found:
                raise OpenQuestions(found, str(error)) from error
            raise
        give_up()
        likely = answers_to(found[-1], request)
        if request.sheet == STANDARD_INPUT or not likely or likely[0] == request or len(found) >= _MOST_QUESTIONS:
            raise OpenQuestions(found)
        request = likely[0]
