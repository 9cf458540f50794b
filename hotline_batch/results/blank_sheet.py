"""Nothing -> a blank workbook for `send` or `enrich` that a person can fill in without reading anything else.

The first worksheet is the one to fill in and the active one; the second tells how, and is never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from hotline_batch.model import Kind
from hotline_batch.results.text_sheet import HEADER_FILL, HEADER_FONT, TEXT_FORMAT

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
    "The person's Telegram user id: digits only, such as 987654321. Not a phone number, not a @name.",
    "digits",
    "987654321",
)
_MESSAGE = _Column(
    "message",
    70,
    "The text that your operators will see in that person's topic; 4096 characters at most.",
    "message",
    "Order 1047 is confirmed.",
)
_TOPIC_LINK = _Column(
    "topic_link",
    44,
    "The link of the topic: right-click the topic in Telegram, 'Copy link'.",
    "link",
    "https://t.me/c/2101424779/5343",
)
_CONNECTION = _Column(
    "connection", 18, "Which Hotline connection to use. Leave it blank for the usual one.", "connection", ""
)

_COLUMNS = {Kind.SEND: (_USER_ID, _MESSAGE, _CONNECTION), Kind.ENRICH: (_TOPIC_LINK, _CONNECTION)}

_STEPS = {
    Kind.SEND: (
        "Fill in one row for each message on the worksheet 'Messages', from row 2 on, without gaps.",
        "Paste ids as values or as text. The column is formatted as text, so that no digit gets lost.",
        "You may add columns of your own to the right. They come back untouched in the result sheet.",
        "Save, then look at the sheet without sending anything:  hotline-batch check FILE.xlsx --for send",
        "Send it:  hotline-batch send FILE.xlsx",
        "The message reaches your operators in the person's topic. The person does not see it.",
    ),
    Kind.ENRICH: (
        "Fill in one row for each topic on the worksheet 'Topics', from row 2 on, without gaps.",
        "You may add columns of your own to the right. They come back untouched in the result sheet.",
        "Save, then look at the sheet without asking anything:  hotline-batch check FILE.xlsx --for enrich",
        "Look the topics up:  hotline-batch enrich FILE.xlsx",
        "The result sheet has a column for everything that Hotline knows of the topic. Nothing is changed in Hotline.",
    ),
}
_TITLES = {Kind.SEND: "Messages", Kind.ENRICH: "Topics"}


def write_blank_sheet(kind: Kind, connections: Sequence[str], stream: BinaryIO) -> None:
    """Write the workbook. ``connections`` are the names for the drop-down; none: the name of the usual one."""
    workbook = Workbook()
    workbook.properties.creator = "hotline-batch"
    sheet: Any = workbook.active
    sheet.title = _TITLES[kind]
    columns = _COLUMNS[kind]
    names = tuple(connections) or ("default",)
    help_sheet: Any = workbook.create_sheet("How to fill this in")
    choices = _write_help(help_sheet, kind, names)
    for position, column in enumerate(columns, 1):
        letter = get_column_letter(position)
        _write_column(sheet, position, column)
        sheet.add_data_validation(_rule(column, letter, choices))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}1"
    sheet.sheet_view.selection[0].activeCell = sheet.sheet_view.selection[0].sqref = "A2"
    workbook.active = 0
    workbook.save(stream)


def _write_column(sheet: Any, position: int, column: _Column) -> None:
    letter = get_column_letter(position)
    head = sheet.cell(1, position, column.name)
    head.font, head.fill = HEADER_FONT, HEADER_FILL
    head.comment = Comment(column.note, "hotline-batch", height=90, width=260)
    dimension = sheet.column_dimensions[letter]
    dimension.width = column.width
    dimension.number_format = TEXT_FORMAT
    wrap = Alignment(wrap_text=True, vertical="top") if column is _MESSAGE else Alignment(vertical="top")
    for row in range(2, ROWS_PREPARED + 2):
        cell = sheet.cell(row, position)
        cell.number_format = TEXT_FORMAT
        cell.alignment = wrap


def _rule(column: _Column, letter: str, choices: str) -> DataValidation:
    """What the spreadsheet program lets a person type into the column."""
    match column.rule:
        case "digits":
            # The cells are text, so each character is looked up; beyond the end of the text FIND finds nothing at 1.
            digits = f'SUMPRODUCT(--ISNUMBER(FIND(MID({letter}2,ROW($1:$40),1),"0123456789")))=40'
            rule = DataValidation("custom", f"AND({digits},LEN({letter}2)<={_LONGEST_ID})")
            rule.error = "Write the Telegram user id with digits only, for example 987654321."
        case "message":
            rule = DataValidation("textLength", str(_LONGEST_MESSAGE), operator="lessThanOrEqual")
            rule.error = f"Telegram takes {_LONGEST_MESSAGE} characters. Shorten the text."
        case "link":
            rule = DataValidation("custom", f'ISNUMBER(SEARCH("t.me/",{letter}2))+ISNUMBER(SEARCH("tg:",{letter}2))>0')
            rule.error = "Paste the link of the topic, for example https://t.me/c/2101424779/5343."
            rule.errorStyle = "warning"
        case _:
            rule = DataValidation("list", choices)
            rule.error = "Choose one of the connections, or leave the cell blank."
    rule.errorTitle = column.name
    rule.promptTitle, rule.prompt = column.name, column.note
    rule.allow_blank = rule.showErrorMessage = rule.showInputMessage = True
    rule.add(f"{letter}2:{letter}{_LAST_ROW}")
    return rule


def _write_help(sheet: Any, kind: Kind, connections: Sequence[str]) -> str:
    """Fill the worksheet of instructions; the source of the connections' drop-down is returned."""
    sheet.column_dimensions["A"].width = 18
    sheet.column_dimensions["B"].width = 100
    sheet.append([f"A blank sheet for 'hotline-batch {kind.value}'"])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    for number, step in enumerate(_STEPS[kind], 1):
        sheet.append([f"{number}.", step])
    sheet.append([])
    sheet.append(["Column", "What to write", "Example"])
    for cell in sheet[sheet.max_row]:
        cell.font, cell.fill = HEADER_FONT, HEADER_FILL
    sheet.column_dimensions["C"].width = 36
    for column in _COLUMNS[kind]:
        sheet.append([column.name, column.note, column.example])
        sheet.cell(sheet.max_row, 3).number_format = TEXT_FORMAT
    sheet.append([])
    sheet.append(["Connections"])
    first = sheet.max_row + 1
    for name in connections:
        sheet.append([None, name])
        sheet.cell(sheet.max_row, 2).data_type = "s"
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    listed = '"' + ",".join(connections) + '"'
    if len(listed) <= _NARROW_LIST and not any("," in name or '"' in name for name in connections):
        return listed
    return f"{quote_sheetname(sheet.title)}!$B${first}:$B${sheet.max_row}"
