"""The codes of issues -> docs/codes.md."""

from __future__ import annotations

from collections.abc import Iterator

from hotline_batch.cli.screen.next_step_words import command_for
from hotline_batch.issues.issue import IssueRecord
from hotline_batch.issues.words import RECORDS
from reference.markdown import GENERATED, code, plain, table

_OPENING = f"""# Error codes

Every row that was not simply done has a code in the column `hotline_error_code`. The code never changes its meaning, so
filters and formulas may rely on it. `hotline-batch explain CODE` says the same on your screen.

{GENERATED}
"""

_HEADER = ("code", "what it means", "delivered?", "send again?", "what to do")

# What `delivered` begins with -> the heading; in the order of the page.
_PARTS = {
    "no": ("Certainly not delivered", "Nothing of these rows is in a topic."),
    "yes": ("Delivered", "The message is in its topic."),
    "unknown": ("Perhaps delivered", "Look into the topic. These rows are never sent again by themselves."),
}


def codes_page() -> str:
    """The whole page."""
    return "\n".join([_OPENING, "## All codes\n", table(_HEADER, map(_cells, RECORDS.values())), *_parts()])


def _cells(record: IssueRecord) -> tuple[str, ...]:
    return (code(record.code), *map(plain, (record.meaning, record.delivered, record.again, record.advice)))


def _parts() -> Iterator[str]:
    for delivered, (heading, about) in _PARTS.items():
        yield f"## {heading}\n\n{about}\n"
        yield from (_entry(record) for record in RECORDS.values() if record.delivered.partition(",")[0] == delivered)


def _entry(record: IssueRecord) -> str:
    command = command_for(record.next_step)
    return (
        f"### {code(record.code)}\n\n"
        f"{plain(record.meaning)}\n\n"
        f"- Was it delivered? {plain(record.delivered)}\n"
        f"- Send it again? {plain(record.again)}\n"
        f"- What to do: {plain(record.advice)}\n" + (f"- With: {code(command)}\n" if command else "")
    )
