"""What an export says of runs -> a workbook: a line for each row, what needs a person first, and what was compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from hotline_batch.language.words import words
from hotline_batch.results.workbook.table import Table
from hotline_batch.results.workbook.xlsx import new_workbook

COLUMNS = (
    "hotline_run",
    "hotline_row",
    "hotline_status",
    "hotline_verdict",
    "hotline_topic_link",
    "hotline_error",
    "hotline_name",
    "hotline_asked_at",
    "hotline_look_at",
    "hotline_message",
)
"""Of each line; ``hotline_error`` tells the verdict in a sentence."""

_WRAPPED = ("hotline_error", "hotline_look_at")


def write_verification(lines: Sequence[Sequence[str]], facts: Iterable[tuple[str, str]], stream: BinaryIO) -> None:
    """Write both worksheets. ``facts`` are named values about the export. OSError where a disk is full."""
    with new_workbook(stream, "Verification") as book:
        table = Table(book, book.worksheet(words("Verification")), COLUMNS, lines[:50], wrapped=_WRAPPED)
        for line in lines:
            table.append(line)
        table.finish()
        told = [list(fact) for fact in facts]
        about = Table(book, book.worksheet(words("Export")), (words("what"), words("value")), told)
        for fact in told:
            about.append(fact)
        about.finish()
