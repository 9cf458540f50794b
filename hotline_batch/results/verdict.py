"""A summary -> what became of a run, in the one sentence that stands first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotline_batch.model import Kind, RunState, RunSummary, Status


class Tone(StrEnum):
    """How a sentence is to be taken."""

    GOOD = "good"
    LOOK = "look"
    """A person is needed."""
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence, without a full stop, and how it is to be taken.

    ``told`` calls what was only practised practice; ``words`` are for a page that says so elsewhere.
    """

    words: str
    tone: Tone
    is_practice: bool = False

    @property
    def told(self) -> str:
        """The sentence where nothing else says whether it is real."""
        return f"Practice: {self.words[0].lower()}{self.words[1:]}" if self.is_practice else self.words


_NOT_YET = {RunState.PLANNING, RunState.PLANNED}
_ON_PURPOSE_UNLESS = "possibly_sent"

STATUS_MEANINGS: Mapping[Kind, Mapping[Status, str]] = {
    Kind.SEND: {
        Status.SENT: "Hotline confirmed the message.",
        Status.FAILED: "Certainly not delivered.",
        Status.UNKNOWN: "May have arrived; never sent again by itself.",
        Status.INVALID: "Cannot be used; nothing was sent.",
        Status.SKIPPED: "Left out on purpose.",
        Status.NOT_ATTEMPTED: "Not tried yet.",
    },
    Kind.ENRICH: {
        Status.ENRICHED: "Hotline told about the topic.",
        Status.FAILED: "Hotline gave no answer that can be used.",
        Status.UNKNOWN: "The answer is not known.",
        Status.INVALID: "Cannot be used; nothing was asked.",
        Status.SKIPPED: "Left out on purpose.",
        Status.NOT_ATTEMPTED: "Not tried yet.",
    },
}
"""What each status says about a row, for people."""


def verdict_of(summary: RunSummary) -> Verdict:
    """The sentence. A row that was left out on purpose is no problem, and counts as none."""
    words, tone = _sentence(summary)
    return Verdict(words, tone, summary.is_practice)


def done_count(summary: RunSummary) -> int:
    """Rows that Hotline confirmed."""
    return summary.counts.get(Status.SENT, 0) + summary.counts.get(Status.ENRICHED, 0)


def left_out_count(summary: RunSummary) -> int:
    """Rows that were left out on purpose, so that nobody needs to look at them."""
    return summary.counts.get(Status.SKIPPED, 0) - summary.codes.get(_ON_PURPOSE_UNLESS, 0)


def _sentence(summary: RunSummary) -> tuple[str, Tone]:
    wanted, done = summary.rows - left_out_count(summary), done_count(summary)
    to_go = summary.counts.get(Status.NOT_ATTEMPTED, 0)
    to_look_at = summary.needing_a_person - to_go
    things = "messages" if summary.kind is Kind.SEND else "topics"
    is_done = "delivered" if summary.kind is Kind.SEND else "found"
    if summary.state in _NOT_YET:
        return f"Not started: {_counted(to_go, things)} to go", Tone.UNDER_WAY
    if summary.state is RunState.RUNNING:
        return f"{done:,} of {wanted:,} {is_done} so far", Tone.UNDER_WAY
    if not summary.rows:
        return "The sheet has no rows", Tone.GOOD
    if not wanted:
        return f"Nothing to do: {_every(summary.rows)} left out on purpose", Tone.GOOD
    first = f"{_all_of(wanted, things)} {is_done}" if done == wanted else f"{done:,} of {wanted:,} {is_done}"
    rest = list(_rest(to_go, to_look_at))
    return ", ".join([first, *rest]), Tone.LOOK if rest else Tone.GOOD


def _rest(to_go: int, to_look_at: int) -> Iterator[str]:
    if to_go:
        yield f"{to_go:,} still to go"
    if to_look_at:
        yield f"{to_look_at:,} {'needs' if to_look_at == 1 else 'need'} a look"


def _all_of(count: int, things: str) -> str:
    return f"The {things[:-1]} was" if count == 1 else f"All {count:,} {things}"


def _every(rows: int) -> str:
    return "the row was" if rows == 1 else f"all {rows:,} rows were"


def _counted(count: int, things: str) -> str:
    return f"{count:,} {things[:-1] if count == 1 else things}"
