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
from hotline_batch.next_step import NextStep, Told

FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "user_id": "the Telegram IDs of the users",
        "message": "the messages",
        "topic_link": "the links of the topics",
        "group_id": "the IDs of the groups",
        "topic_id": "the IDs of the topics",
        "connection": "the names of the connections",
    }
)

_HIDDEN_ROWS = {
    "skip": ("Leave them out", "They come back in the result as left out."),
    "include": ("Treat them like all others", "They are sent, too."),
}
_HIDDEN_ROW = {
    "skip": ("Leave it out", "It comes back in the result as left out."),
    "include": ("Treat it like all others", "It is sent, too."),
}
_ENCODINGS = {
    "cp1252": "Western European",
    "cp1250": "Central European",
    "cp1251": "Cyrillic",
    "cp1254": "Turkish",
    "mac_roman": "Old Macintosh",
    "cp850": "DOS, Western European",
    "cp866": "DOS, Cyrillic",
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
        found.append(PageQuestion("Through which connection?", answers))
    return found


def _question(question: Question, seen: SheetSeen | None, draft: Draft, rows: Sequence[FirstRow]) -> PageQuestion:
    answers = question.answers
    why: Told = question.refusal.problem
    match question.subject:
        case Subject.ENCODING:
            title = "Which of these reads right?"
            why = f"{draft.name} does not say how its letters are written. Look at names and umlauts."
            return PageQuestion(title, [_encoding(each) for each in answers], why)
        case Subject.COLUMN:
            title = f"Which column holds {FIELD_WORDS[question.about]}?"
            return PageQuestion(title, [_of_column(question.about, each, seen) for each in answers])
        case Subject.WORKSHEET:
            return PageQuestion("Which worksheet is meant?", [_worksheet(each) for each in answers], why)
        case Subject.HIDDEN_ROWS:
            return PageQuestion(_hidden_title(seen), list(_hidden_rows(answers, seen)), _hidden_why(seen) or why)
        case Subject.NO_HEADER:
            title = "Is the first row a row like all others?"
            first = rows[0].cells if rows else ()
            yes = PageAnswer("Yes, the sheet has no column names", (("header_row", "0"),), samples=first)
            return PageQuestion(title, [yes], "It does not look like names of columns.", "No, they are in another row")
        case Subject.HEADER_ROW:
            title = f"Are the columns named in row {question.about}?"
            row = next((each.cells for each in rows if str(each.number) == question.about), ())
            yes = PageAnswer(f"Yes, row {question.about} names them", (("header_row", question.about),), samples=row)
            return PageQuestion(title, [yes], _above(rows), "No, another row does")
        case _:
            return PageQuestion("This cannot be decided here", (), question.refusal.advised)


def _missing(field: str, seen: SheetSeen | None, problem: HotlineBatchError | None) -> PageQuestion:
    """Any column may be meant; the likeliest one stands first."""
    steps = problem.steps if problem else ()
    likely = {str(step.parameters.get("column")) for step in steps if step.action is NextStep.MAP_COLUMN}
    columns = sorted(seen.columns if seen else (), key=lambda column: column.name not in likely)
    answers = [
        PageAnswer(each.name, ((f"map.{field}", each.name),), f"Column {each.letters}", each.samples)
        for each in columns
    ]
    why: Told = "No column is named so that this is clear."
    if problem is not None and seen is not None and seen.column_count == 1:
        why = problem.advised  # what divides the columns was probably not understood, and that says why
    return PageQuestion(
        f"Which column holds {FIELD_WORDS[field]}?", answers, why, "The columns are named in another row"
    )


def _above(rows: Sequence[FirstRow]) -> str:
    """What stands in the row that was taken for the names of the columns."""
    return f"Row {rows[0].number} looks like a title: {', '.join(filter(None, rows[0].cells))}" if rows else ""


def _hidden_title(seen: SheetSeen | None) -> str:
    return f"What is to happen with the hidden row{'' if _is_one_hidden(seen) else 's'}?"


def _is_one_hidden(seen: SheetSeen | None) -> bool:
    return seen is not None and seen.hidden_rows == 1


def _hidden_why(seen: SheetSeen | None) -> str:
    if seen is None or not seen.hidden:
        return ""
    count, numbers = seen.hidden_rows, ", ".join(map(str, seen.hidden))
    if count == 1:
        return f"Row {numbers} is hidden or filtered out in the workbook."
    more = " and others" if count > len(seen.hidden) else ""
    return f"{count:,} rows are hidden or filtered out in the workbook: rows {numbers}{more}."


def _encoding(answer: Answer) -> PageAnswer:
    encoding = answer.reading.encoding or ""
    name = _ENCODINGS.get(encoding.replace("-", "_").lower(), "")
    _, _, sample = answer.shown.partition(": ")
    return PageAnswer(name or encoding, (("encoding", encoding),), encoding if name else "", (sample,))


def _of_column(field: str, answer: Answer, seen: SheetSeen | None) -> PageAnswer:
    name = answer.column_map[field]
    column: ColumnSeen | None = seen.column(name) if seen else None
    detail = f"Column {column.letters}" if column else ""
    return PageAnswer(name, ((f"map.{field}", name),), detail, column.samples if column else ())


def _worksheet(answer: Answer) -> PageAnswer:
    name, row = answer.reading.worksheet or "", answer.reading.header_row
    _, _, columns = answer.shown.partition(": ")
    says = (("worksheet", name), *((("header_row", str(row)),) if row else ()))
    return PageAnswer(name, says, f"Columns named in row {row}" if row else columns)


def _hidden_rows(answers: Sequence[Answer], seen: SheetSeen | None) -> Iterator[PageAnswer]:
    told = _HIDDEN_ROW if _is_one_hidden(seen) else _HIDDEN_ROWS
    for answer in answers:
        words, detail = told[answer.hidden_rows or "skip"]
        yield PageAnswer(words, (("hidden_rows", answer.hidden_rows or "skip"),), detail)
