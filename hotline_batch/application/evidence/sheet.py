"""A verification -> its workbook: a line for each row, what needs a person first, and what was compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import BinaryIO

from hotline_batch.application.evidence.verification import Verification, VerifiedRow
from hotline_batch.language.words import words
from hotline_batch.results.files.output import check_ending, check_output, write_output
from hotline_batch.results.workbook.table import Table
from hotline_batch.results.workbook.xlsx import Workbook, new_workbook

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
_LINKS_SHOWN = 10
_LINES_LOOKED_AT_FOR_WIDTHS = 50


def check_verification_output(output: str, *, force: bool) -> None:
    """OutputError where the workbook could not be written. Asked before the export is read."""
    check_ending(output, words("{output}: what an export says of runs is a workbook.", output=output), ".xlsx")
    check_output(output, "", force=force)


def write_verification_sheet(found: Verification, output: str, zone: tzinfo | None, *, force: bool) -> str:
    """Write the workbook; the path that was used. Times are those of ``zone``, else of this machine."""

    def fill(stream: BinaryIO) -> None:
        rows = sorted(found.rows, key=_first_things_first)
        with new_workbook(stream, "Verification") as book:
            _write(book, words("Verification"), COLUMNS, [_line(row, zone) for row in rows])
            _write(book, words("Export"), (words("what"), words("value")), list(_facts(found, zone)))

    return write_output(output, fill, replace=force, called=words("The verification "))


def _write(book: Workbook, title: str, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    table = Table(book, book.worksheet(title), columns, lines[:_LINES_LOOKED_AT_FOR_WIDTHS], wrapped=_WRAPPED)
    for line in lines:
        table.append(line)
    table.finish()


def _first_things_first(row: VerifiedRow) -> tuple[bool, bool, bool]:
    return not row.contradicts, not row.can_be_settled, not row.is_untold


def _line(row: VerifiedRow, zone: tzinfo | None) -> tuple[str, ...]:
    return (
        row.run,
        str(row.number),
        row.status.value,
        row.finding.value,
        row.link or row.topic_link,
        row.words,
        row.name,
        f"{row.asked_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "\n".join(row.links[:_LINKS_SHOWN]),
        row.text,
    )


def _facts(found: Verification, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    yield words("file"), found.path
    yield "SHA-256", found.sha256
    for group in found.groups:
        newest = f"{group.newest.astimezone(zone):%Y-%m-%d %H:%M}"
        told = words(
            "{group}: {messages} messages in {topics} topics, the newest of {newest}",
            group=group.name,
            messages=group.messages,
            topics=group.topics,
            newest=newest,
        )
        yield words("group {group}", group=group.group_id), told
    yield words("runs"), ", ".join(found.runs)
    yield words("confirmed rows found"), _of(found.confirmed_found, found.confirmed)
    yield words("rows in doubt that can be settled"), _of(len(found.to_settle), len(found.in_doubt))
    yield words("contradictions"), str(len(found.contradictions))
    yield words("rows that cannot be told"), str(len(found.untold))
    yield words("rows without a request"), str(found.not_asked)


def _of(part: int, whole: int) -> str:
    return words("{part:,} of {whole:,}", part=part, whole=whole)
