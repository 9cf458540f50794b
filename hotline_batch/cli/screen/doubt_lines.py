"""Rows in doubt, and a verification -> lines with what helps to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from hotline_batch.application.evidence.gathering import DoubtfulRow
from hotline_batch.application.evidence.verification import Verification, VerifiedRow, sentences
from hotline_batch.language.words import words
from hotline_batch.results.cell_safety import one_line

DOUBTS_SHOWN = 10
"""Rows in doubt that the last lines name."""

_LONGEST_TEXT = 60
_ROWS_SHOWN = 20
_LINKS_SHOWN = 3


def doubt_line(row: DoubtfulRow, zone: tzinfo | None) -> str:
    """Such as ``row 17 · Anna Müller · https://t.me/c/… · 2026-11-26 12:31 · "Your order …"``."""
    return words_of_row(row, row.name or words("user {user}", user=row.user_id), zone)


def words_of_row(row: DoubtfulRow | VerifiedRow, who: str, zone: tzinfo | None) -> str:
    """One row with what helps to look; what is not known of it is left out."""
    asked = f"{row.asked_at.astimezone(zone):%Y-%m-%d %H:%M}"
    text = one_line(" ".join(row.text.split()), _LONGEST_TEXT)
    parts = [words("row {row}", row=row.number), who, row.topic_link, asked, f'"{text}"']
    return " · ".join(part for part in parts if part)


def doubt_lines(rows: Sequence[DoubtfulRow], count: int, zone: tzinfo | None) -> Iterator[str]:
    """The first rows in doubt of ``count``; nothing where there are none."""
    if not rows:
        return
    yield words("In doubt:")
    for row in rows[:DOUBTS_SHOWN]:
        yield f"  {doubt_line(row, zone)}"
    if count > DOUBTS_SHOWN:
        yield "  " + words("and {count:,} more: the worksheet Problems has them all.", count=count - DOUBTS_SHOWN)


def verification_lines(found: Verification, zone: tzinfo | None) -> Iterator[str]:
    """What was read, what was found, and the rows that need a person."""
    yield from read_lines(found, zone)
    yield from sentences(found)
    yield from _listed(words("The export contradicts the ledger:"), found.contradictions, zone)
    yield from _listed(words("Can be settled:"), found.to_settle, zone)
    yield from _listed(words("Cannot be told:"), found.untold, zone)


def read_lines(found: Verification, zone: tzinfo | None) -> Iterator[str]:
    """The groups that were read, and as of when."""
    for group in found.groups:
        newest = f"{group.newest.astimezone(zone):%Y-%m-%d %H:%M}"
        yield words(
            "Export of '{group}': {messages:message|messages} in {topics:topic|topics}, the newest of {newest}.",
            group=group.name,
            messages=group.messages,
            topics=group.topics,
            newest=newest,
        )


def row_line(row: VerifiedRow, zone: tzinfo | None) -> str:
    """One row with what helps to look."""
    return words_of_row(row, row.name, zone)


def _listed(title: str, rows: Sequence[VerifiedRow], zone: tzinfo | None) -> Iterator[str]:
    if not rows:
        return
    yield title
    runs = {row.run for row in rows}
    for row in rows[:_ROWS_SHOWN]:
        yield f"  {f'{row.run} ' if len(runs) > 1 else ''}{row_line(row, zone)}"
        links = [link for link in row.links[:_LINKS_SHOWN] if link != row.topic_link]
        more = len(row.links) - _LINKS_SHOWN
        beyond = [words("and {count} more", count=more)] if more > 0 else []
        yield f"    {' '.join([row.words, *links, *beyond])}"
    if len(rows) > _ROWS_SHOWN:
        yield "  " + words("and {count:,} more: -o FILE.xlsx has them all.", count=len(rows) - _ROWS_SHOWN)
