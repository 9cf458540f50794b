"""What a sheet leaves open -> questions with buttons, in the words of this page; nothing is typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.look import Look
from hotline_batch.application.drafts.seen import ColumnSeen, FirstRow, SheetSeen
from hotline_batch.application.planning.questions import Answer, Question, Subject
from hotline_batch.errors import HotlineBatchError
from hotline_batch.language.words import marked, words
from hotline_batch.next_step import NextStep, Told

FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "user_id": marked("the Telegram IDs of the users"),
        "message": marked("the messages"),
        "topic_link": marked("the links of the topics"),
        "group_id": marked("the IDs of the groups"),
        "topic_id": marked("the IDs of the topics"),
        "connection": marked("the names of the connections"),
    }
)

_HIDDEN_ROWS = {
    "skip": (marked("Leave them out"), marked("They come back in the result as left out.")),
    "include": (marked("Treat them like all others"), marked("They take part as well.")),
}
_HIDDEN_ROW = {
    "skip": (marked("Leave it out"), marked("It comes back in the result as left out.")),
    "include": (marked("Treat it like all others"), marked("It takes part as well.")),
}
_ENCODINGS = {
    "cp1252": marked("Western European"),
    "cp1250": marked("Central European"),
    "cp1251": marked("Cyrillic"),
    "cp1254": marked("Turkish"),
    "mac_roman": marked("Old Macintosh"),
    "cp850": marked("DOS, Western European"),
    "cp866": marked("DOS, Cyrillic"),
}


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A button: its words, what is shown beside it, and what it says as names and texts of choices."""

    words: str
    says: tuple[tuple[str, str], ...]
    detail: str = ""
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A question. ``why``: what is the case. ``asks_for_row``: words for an answer that is a row of the sheet."""

    title: str
    answers: Sequence[PageAnswer]
    why: Told = ""
    asks_for_row: str = ""


def asks_about_the_header(look: Look) -> bool:
    """Whether a question is about the row that names the columns, so that the first rows are to be seen."""
    return any(each.subject in {Subject.HEADER_ROW, Subject.NO_HEADER} for each in look.questions)


def questions_of_look(look: Look, draft: Draft, rows: Sequence[FirstRow] = ()) -> Sequence[PageQuestion]:
    """All of them, those about the file first; where the message comes from has a part of its own.

    ``rows`` are the first ones of the sheet, where a question is about them.
    """
    found = [*(_question(each, look.seen, draft, rows) for each in look.questions)]
    asked = {question.about for question in look.questions if question.subject is Subject.COLUMN}
    missing = [field for field in look.missing if field != "message" and field not in asked]
    found += [_missing(field, look.seen, look.problem) for field in missing if look.seen]
    if look.connections:
        answers = [PageAnswer(name, (("connection", name),)) for name in look.connections]
        column = look.plan.columns.get("connection") if look.plan else None
        why = words("It holds for rows that name none in the column {column}.", column=column) if column else ""
        found.append(PageQuestion(words("Through which connection?"), answers, why=why))
    return found


def _question(question: Question, seen: SheetSeen | None, draft: Draft, rows: Sequence[FirstRow]) -> PageQuestion:
    answers = question.answers
    why: Told = question.refusal.problem
    match question.subject:
        case Subject.ENCODING:
            title = words("Which of these reads right?")
            why = words("{name} does not say how its letters are written. Look at names and umlauts.", name=draft.name)
            return PageQuestion(title, [_encoding(each) for each in answers], why)
        case Subject.COLUMN:
            title = words("Which column holds {what}?", what=words(FIELD_WORDS[question.about]))
            return PageQuestion(title, [_of_column(question.about, each, seen) for each in answers])
        case Subject.WORKSHEET:
            return PageQuestion(words("Which worksheet is meant?"), [_worksheet(each) for each in answers], why)
        case Subject.HIDDEN_ROWS:
            return PageQuestion(_hidden_title(seen), list(_hidden_rows(answers, seen)), _hidden_why(seen) or why)
        case Subject.NO_HEADER:
            title = words("Is the first row a row like all others?")
            first = rows[0].cells if rows else ()
            yes = PageAnswer(words("Yes, the sheet has no column names"), (("header_row", "0"),), samples=first)
            return PageQuestion(
                title, [yes], words("It does not look like names of columns."), words("No, they are in another row")
            )
        case Subject.HEADER_ROW:
            title = words("Are the columns named in row {about}?", about=question.about)
            row = next((each.cells for each in rows if str(each.number) == question.about), ())
            yes = PageAnswer(
                words("Yes, row {about} names them", about=question.about),
                (("header_row", question.about),),
                samples=row,
            )
            return PageQuestion(title, [yes], _above(rows), words("No, another row does"))
        case _:
            return PageQuestion(words("This cannot be decided here"), (), question.refusal.advised)


def _missing(field: str, seen: SheetSeen | None, problem: HotlineBatchError | None) -> PageQuestion:
    """Any column may be meant; the likeliest one stands first."""
    steps = problem.steps if problem else ()
    likely = {str(step.parameters.get("column")) for step in steps if step.action is NextStep.MAP_COLUMN}
    columns = sorted(seen.columns if seen else (), key=lambda column: column.name not in likely)
    answers = [
        PageAnswer(
            each.name, ((f"map.{field}", each.name),), words("Column {letters}", letters=each.letters), each.samples
        )
        for each in columns
    ]
    why: Told = words("No column is named so that this is clear.")
    if problem is not None and seen is not None and seen.column_count == 1:
        why = problem.advised  # what divides the columns was probably not understood, and that says why
    return PageQuestion(
        words("Which column holds {what}?", what=words(FIELD_WORDS[field])),
        answers,
        why,
        words("The columns are named in another row"),
    )


def _above(rows: Sequence[FirstRow]) -> str:
    """What stands in the row that was taken for the names of the columns."""
    return (
        words(
            "Row {number} looks like a title: {cells}",
            number=rows[0].number,
            cells=", ".join(filter(None, rows[0].cells)),
        )
        if rows
        else ""
    )


def _hidden_title(seen: SheetSeen | None) -> str:
    if _is_one_hidden(seen):
        return words("What is to happen with the hidden row?")
    return words("What is to happen with the hidden rows?")


def _is_one_hidden(seen: SheetSeen | None) -> bool:
    return seen is not None and seen.hidden_rows == 1


def _hidden_why(seen: SheetSeen | None) -> str:
    if seen is None or not seen.hidden:
        return ""
    count, numbers = seen.hidden_rows, ", ".join(map(str, seen.hidden))
    if count == 1:
        return words("Row {numbers} is hidden or filtered out in the workbook.", numbers=numbers)
    if count > len(seen.hidden):
        return words(
            "{count:,} rows are hidden or filtered out in the workbook: rows {numbers} and others.",
            count=count,
            numbers=numbers,
        )
    return words(
        "{count:,} rows are hidden or filtered out in the workbook: rows {numbers}.", count=count, numbers=numbers
    )


def _encoding(answer: Answer) -> PageAnswer:
    encoding = answer.reading.encoding or ""
    name = words(_ENCODINGS.get(encoding.replace("-", "_").lower(), ""))
    _, _, sample = answer.shown.partition(": ")
    return PageAnswer(name or encoding, (("encoding", encoding),), encoding if name else "", (sample,))


def _of_column(field: str, answer: Answer, seen: SheetSeen | None) -> PageAnswer:
    name = answer.column_map[field]
    column: ColumnSeen | None = seen.column(name) if seen else None
    detail = words("Column {letters}", letters=column.letters) if column else ""
    return PageAnswer(name, ((f"map.{field}", name),), detail, column.samples if column else ())


def _worksheet(answer: Answer) -> PageAnswer:
    name, row = answer.reading.worksheet or "", answer.reading.header_row
    _, _, columns = answer.shown.partition(": ")
    says = (("worksheet", name), *((("header_row", str(row)),) if row else ()))
    return PageAnswer(name, says, words("Columns named in row {row}", row=row) if row else columns)


def _hidden_rows(answers: Sequence[Answer], seen: SheetSeen | None) -> Iterator[PageAnswer]:
    told = _HIDDEN_ROW if _is_one_hidden(seen) else _HIDDEN_ROWS
    for answer in answers:
        said, detail = told[answer.hidden_rows or "skip"]
        yield PageAnswer(words(said), (("hidden_rows", answer.hidden_rows or "skip"),), words(detail))
