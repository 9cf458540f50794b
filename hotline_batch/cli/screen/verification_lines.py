"""A verification -> the lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from hotline_batch.application.evidence.verification import Verification, VerifiedRow, sentences
from hotline_batch.cli.screen.doubt_lines import words_of_row
from hotline_batch.language.words import words

_ROWS_SHOWN = 20
_LINKS_SHOWN = 3


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
