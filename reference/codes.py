"""The catalogue of error codes -> docs/codes.md."""

from __future__ import annotations

from collections.abc import Iterator

from hotline_batch.catalogue import CATALOGUE, CodeEntry
from reference.markdown import GENERATED, code, plain

_OPENING = f"""# Error codes

Every row that was not simply done has a code in the column `hotline_error_code`. The code never changes its meaning, so
filters and formulas may rely on it. `hotline-batch explain CODE` says the same on your screen.

{GENERATED}
"""

# What `delivered` begins with -> the heading; in the order of the page.
_PARTS = {
    "no": ("Certainly not delivered", "Nothing of these rows is in a topic."),
    "yes": ("Delivered", "The message is in its topic."),
    "unknown": ("Perhaps delivered", "Look into the topic. These rows are never sent again by themselves."),
}


def codes_page() -> str:
    """The whole page."""
    return "\n".join([_OPENING, *_parts()])


def _parts() -> Iterator[str]:
    for delivered, (heading, about) in _PARTS.items():
        yield f"## {heading}\n\n{about}\n"
        yield from (_entry(entry) for entry in CATALOGUE.values() if entry.delivered.partition(",")[0] == delivered)


def _entry(entry: CodeEntry) -> str:
    return (
        f"### {code(entry.code)}\n\n"
        f"{plain(entry.meaning)}\n\n"
        f"- Was it delivered? {plain(entry.delivered)}\n"
        f"- Send it again? {plain(entry.retry)}\n"
        f"- What to do: {plain(entry.advice)}\n"
    )
