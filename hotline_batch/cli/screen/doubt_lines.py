"""Rows in doubt -> lines with what helps to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from hotline_batch.application.evidence.gathering import DoubtfulRow
from hotline_batch.application.evidence.verification import VerifiedRow
from hotline_batch.language.words import words
from hotline_batch.results.cell_safety import one_line

DOUBTS_SHOWN = 10
"""Rows in doubt that the last lines name."""

_LONGEST_TEXT = 60


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
