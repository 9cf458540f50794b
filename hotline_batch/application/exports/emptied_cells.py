"""A row that cannot be used -> which of its cells stand empty in a marked sheet, so that it is not sent as it is.

The cells of a marked sheet are texts. A date, or what is left of a row with too many cells, would look well there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hotline_batch.issues.cells import IN_TEXT, NOT_SEEN_IN_A_COPY
from hotline_batch.issues.issue import CASE, STILL_WRONG, Issue
from hotline_batch.results.cell_safety import printable


def emptied_columns(issue: Issue, column: int, cells: Sequence[str], columns: Mapping[str, int]) -> Collection[int]:
    """The columns, by index, in which the row is to be filled in anew; none where its texts show what is wrong.

    ``column`` is that of the issue, -1 for one of the whole row; ``columns`` is field -> index. Where the row could be
    sent without that cell, as without one that only a template uses, its recipient is taken out, too.
    """
    if not _is_lost(issue, column, cells):
        return ()
    message = {at for field, at in columns.items() if field == "message"}
    recipient = set(recipient_columns(columns))
    match issue.code:
        case "too_many_cells":
            return sorted(message | recipient)
        case "too_few_cells":
            empty, others = {at for at in columns.values() if at >= column}, message | recipient
        case _:
            empty, others = {column}, recipient
    cannot_be_sent = any(needed and needed <= empty for needed in (message, recipient))
    return sorted({column, *(() if cannot_be_sent else others)} - {-1})


def recipient_columns(columns: Mapping[str, int]) -> Sequence[int]:
    """The columns that say whom a row is about, the first of them before all."""
    fields = ("user_id",) if "user_id" in columns else ("topic_link", "group_id", "topic_id")
    return [columns[field] for field in fields if field in columns]


def _is_lost(issue: Issue, column: int, cells: Sequence[str]) -> bool:
    """Whether a workbook of the row's texts would not show what is wrong."""
    case = issue.parameters.get(CASE)
    if case == STILL_WRONG:  # told by a column of ours, which comes along
        return False
    if issue.code in NOT_SEEN_IN_A_COPY and case != IN_TEXT:
        return True
    return any(map(_loses_characters, cells if column < 0 else cells[column : column + 1]))


def _loses_characters(text: str) -> bool:
    lines = text.replace("\r", "")
    return not lines.isprintable() and printable(lines) != lines
