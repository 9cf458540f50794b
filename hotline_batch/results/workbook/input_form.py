"""Nothing -> a blank workbook for `send` or `enrich` that a person can fill in without reading anything else.

The first worksheet is the one to fill in and the active one; the second tells how, and is never read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from xlsxwriter.utility import xl_col_to_name

from hotline_batch.language.words import marked, translated, words
from hotline_batch.model.jobs import Kind
from hotline_batch.next_step import Advised, NextStep, SaysHow, Told, advised, step, told_with
from hotline_batch.results.workbook.xlsx import HEADER_LOOK, TEXT_FORMAT, Style, Workbook, Worksheet, new_workbook

ROWS_PREPARED = 2_000
"""Rows whose cells carry the text format themselves, for programs that forget the format of a column."""
_LAST_ROW = 1_048_576
_LONGEST_MESSAGE = 4096
_LONGEST_ID = 13
_NARROW_LIST = 255
"""Characters of a drop-down that is written into the rule itself; Excel takes no more."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    width: int
    note: str
    rule: str
    example: str


_USER_ID = _Column(
    "user_id",
    18,
    marked("The person's Telegram user id: digits only, such as 987654321. Not a phone number, not a @name."),
    "digits",
    "987654321",
)
_MESSAGE = _Column(
    "message",
    70,
    marked("The text that your operators will see in that person's topic; 4096 characters at most."),
    "message",
    marked("Order 1047 is confirmed."),
)
_TOPIC_LINK = _Column(
    "topic_link",
    44,
    marked("The link of the topic: right-click the topic in Telegram, 'Copy link'."),
    "link",
    "https://t.me/c/2101424779/5343",
)
_CONNECTION = _Column(
    "connection", 18, marked("Which Hotline connection to use. Leave it blank for the usual one."), "connection", ""
)

_COLUMNS = {Kind.SEND: (_USER_ID, _MESSAGE, _CONNECTION), Kind.ENRICH: (_TOPIC_LINK, _CONNECTION)}

_STEPS: Mapping[Kind, Sequence[Told]] = marked(
    {
        Kind.SEND: (
            "Fill in one row for each message on the worksheet 'Messages', from row 2 on, without gaps.",
            "Paste ids as values or as text. The column is formatted as text, so that no digit gets lost.",
            "You may add columns of your own to the right. They come back untouched in the result sheet.",
            advised("Save, then look at the sheet without sending anything:", step(NextStep.CHECK_SHEET, kind="send")),
            advised("Send it:", step(NextStep.RUN_SHEET, kind="send")),
            "The message reaches your operators in the person's topic. The person does not see it.",
        ),
        Kind.ENRICH: (
            "Fill in one row for each topic on the worksheet 'Topics', from row 2 on, without gaps.",
            "You may add columns of your own to the right. They come back untouched in the result sheet.",
            advised("Save, then look at the sheet without asking anything:", step(NextStep.CHECK_SHEET, kind="enrich")),
            advised("Look the topics up:", step(NextStep.RUN_SHEET, kind="enrich")),
            (
                "The result sheet has a column for everything that Hotline knows of the topic. Nothing is changed in "
                "Hotline."
            ),
        ),
    }
)
_HELP_TITLE = marked("How to fill this in")
_HEADS = marked({Kind.SEND: "A blank sheet for messages", Kind.ENRICH: "A blank sheet for look-ups"})
_TITLES = marked({Kind.SEND: "Messages", Kind.ENRICH: "Topics"})


def write_blank_sheet(kind: Kind, connections: Sequence[str], stream: BinaryIO, say: SaysHow = str) -> None:
    """Write the workbook, its instructions in the words that ``say`` has for steps.

    ``connections`` are the names for the drop-down; none: the name of the usual one.
    """
    names = tuple(connections) or ("default",)
    with new_workbook(stream, row_by_row=False) as book:
        sheet, help_sheet = book.worksheet(words(_TITLES[kind])), book.worksheet(words(_HELP_TITLE))
        choices = _write_help(book, help_sheet, kind, names, say)
        for at, column in enumerate(_COLUMNS[kind]):
            _write_column(book, sheet, at, column)
            sheet.data_validation(1, at, _LAST_ROW - 1, at, _rule(column, xl_col_to_name(at), choices))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, 0, len(_COLUMNS[kind]) - 1)
        sheet.set_selection(1, 0, 1, 0)
        sheet.activate()


def _told(said: Told, say: SaysHow) -> str:
    match said:
        case Advised(text, steps):
            return told_with(advised(words(text), *steps), say)
        case _:
            return words(said)


def _write_column(book: Workbook, sheet: Worksheet, at: int, column: _Column) -> None:
    sheet.set_width(at, column.width, book.style(num_format=TEXT_FORMAT))
    sheet.write_text(0, at, column.name, book.style(**HEADER_LOOK))
    sheet.write_comment(0, at, words(column.note), {"author": "hotline-batch", "height": 90, "width": 260})
    style = book.text_style(**({"text_wrap": True} if column is _MESSAGE else {}))
    for row in range(1, ROWS_PREPARED + 1):
        sheet.write_blank(row, at, None, style)


def _rule(column: _Column, letter: str, choices: str | list[str]) -> Mapping[str, object]:
    """What the spreadsheet program lets a person type into the column, in XlsxWriter's words."""
    told = {"error_title": column.name, "input_title": column.name, "input_message": words(column.note)}
    match column.rule:
        case "digits":
            # The cells are text, so each character is looked up; beyond the end of the text FIND finds nothing at 1.
            digits = f'SUMPRODUCT(--ISNUMBER(FIND(MID({letter}2,ROW($1:$40),1),"0123456789")))=40'
            return told | {
                "validate": "custom",
                "value": f"=AND({digits},LEN({letter}2)<={_LONGEST_ID})",
                "error_message": words("Write the Telegram user id with digits only, for example 987654321."),
            }
        case "message":
            return told | {
                "validate": "length",
                "criteria": "<=",
                "value": _LONGEST_MESSAGE,
                "error_message": words(
                    "Telegram takes {longest} characters. Shorten the text.", longest=_LONGEST_MESSAGE
                ),
            }
        case "link":
            return told | {
                "validate": "custom",
                "value": f'=ISNUMBER(SEARCH("t.me/",{letter}2))+ISNUMBER(SEARCH("tg:",{letter}2))>0',
                "error_message": words("Paste the link of the topic, for example https://t.me/c/2101424779/5343."),
                "error_type": "warning",
            }
        case _:
            return told | {
                "validate": "list",
                "source": choices,
                "error_message": words("Choose one of the connections, or leave the cell blank."),
            }


def _write_help(
    book: Workbook, sheet: Worksheet, kind: Kind, connections: Sequence[str], say: SaysHow
) -> str | list[str]:
    """Fill the worksheet of instructions; the source of the connections' drop-down is returned."""
    wrapped = book.text_style(text_wrap=True)
    header = book.style(text_wrap=True, valign="top", **HEADER_LOOK)
    lines: list[tuple[Sequence[str], Style]] = [
        ([words(_HEADS[kind])], book.style(bold=True, font_size=14, valign="top")),
        ([], wrapped),
        *(([f"{number}.", _told(each, say)], wrapped) for number, each in enumerate(_STEPS[kind], 1)),
        ([], wrapped),
        ([words("Column"), words("What to write"), words("Example")], header),
        *(([column.name, words(column.note), translated(column.example)], wrapped) for column in _COLUMNS[kind]),
        ([], wrapped),
        ([words("Connections")], wrapped),
    ]
    first = len(lines)
    lines += [(["", name], wrapped) for name in connections]
    for column, width in enumerate((18, 100, 36)):
        sheet.set_width(column, width)
    for row, (texts, style) in enumerate(lines):
        for column, text in enumerate(texts):
            sheet.write_text(row, column, text, style)
    if len(",".join(connections)) <= _NARROW_LIST - 2 and not any("," in name or '"' in name for name in connections):
        return list(connections)
    return f"='{words(_HELP_TITLE)}'!$B${first + 1}:$B${len(lines)}"
