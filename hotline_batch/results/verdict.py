"""A summary -> what became of a run, in the one sentence that stands first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotline_batch.language.words import marked, plural_words, translated, words
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RunState


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
        if not self.is_practice:
            return self.words
        return words("Practice: {verdict}", verdict=f"{self.words[0].lower()}{self.words[1:]}")


_NOT_YET = {RunState.PLANNING, RunState.PLANNED}
_ON_PURPOSE_UNLESS = "possibly_sent"

STATUS_MEANINGS: Mapping[Kind, Mapping[Status, str]] = marked(
    {
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
)
"""What each status says about a row, for people."""

STATUS_NAMES: Mapping[str, str] = marked(
    {
        Status.SENT.value: "sent",
        Status.ENRICHED.value: "enriched",
        Status.FAILED.value: "failed",
        Status.UNKNOWN.value: "unknown",
        Status.INVALID.value: "invalid",
        Status.SKIPPED.value: "skipped",
        Status.NOT_ATTEMPTED.value: "not attempted",
    }
)
"""What people read for the code of a status."""


def status_name(code: str) -> str:
    """The code of a status in the reader's language; one that is not known stays as it is."""
    return translated(STATUS_NAMES.get(code, "")) or code


def verdict_of(summary: RunSummary) -> Verdict:
    """The sentence. A row that was left out on purpose is no problem, and counts as none."""
    sentence, tone = _sentence(summary)
    return Verdict(sentence, tone, summary.is_practice)


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
    is_send = summary.kind is Kind.SEND
    if summary.state in _NOT_YET:
        return _not_started(to_go, is_send=is_send), Tone.UNDER_WAY
    if summary.state is RunState.RUNNING:
        return _so_far(done, wanted, is_send=is_send), Tone.UNDER_WAY
    if not summary.rows:
        return words("The sheet has no rows"), Tone.GOOD
    if not wanted:
        return _all_left_out(summary.rows), Tone.GOOD
    first = _all_done(wanted, is_send=is_send) if done == wanted else _some_done(done, wanted, is_send=is_send)
    rest = list(_rest(to_go, to_look_at))
    return ", ".join([first, *rest]), Tone.LOOK if rest else Tone.GOOD


def _rest(to_go: int, to_look_at: int) -> Iterator[str]:
    if to_go:
        yield words("{count:,} still to go", count=to_go)
    if to_look_at:
        yield plural_words("{count} needs a look", "{count} need a look", to_look_at)


def _not_started(to_go: int, *, is_send: bool) -> str:
    if is_send:
        return words("Not started: {count:message|messages} to go", count=to_go)
    return words("Not started: {count:topic|topics} to go", count=to_go)


def _so_far(done: int, wanted: int, *, is_send: bool) -> str:
    if is_send:
        return words("{done:,} of {wanted:,} delivered so far", done=done, wanted=wanted)
    return words("{done:,} of {wanted:,} found so far", done=done, wanted=wanted)


def _some_done(done: int, wanted: int, *, is_send: bool) -> str:
    if is_send:
        return words("{done:,} of {wanted:,} delivered", done=done, wanted=wanted)
    return words("{done:,} of {wanted:,} found", done=done, wanted=wanted)


def _all_done(count: int, *, is_send: bool) -> str:
    if is_send:
        return plural_words("The message was delivered", "All {count} messages delivered", count)
    return plural_words("The topic was found", "All {count} topics found", count)


def _all_left_out(rows: int) -> str:
    return plural_words(
        "Nothing to do: the row was left out on purpose",
        "Nothing to do: all {count} rows were left out on purpose",
        rows,
    )
