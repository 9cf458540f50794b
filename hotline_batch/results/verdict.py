"""A summary -> what became of a run, in the one sentence that stands first; why it stopped, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotline_batch.issues.words import RECORDS, meaning_of
from hotline_batch.language.languages import SOURCE, language_of_reader
from hotline_batch.language.words import marked, plural_words, translated, words
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RunState, is_of_users
from hotline_batch.next_step import Advised, NextStep, advised, step


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


STATE_NAMES: Mapping[str, str] = marked(
    {
        RunState.PLANNING.value: "planning",
        RunState.PLANNED.value: "planned",
        RunState.RUNNING.value: "running",
        RunState.FINISHED.value: "finished",
        RunState.STOPPED.value: "stopped",
        RunState.INTERRUPTED.value: "interrupted",
    }
)
"""What people read for where a run stands."""


def state_name(state: RunState) -> str:
    """Where a run stands in the reader's language; a word of a newer version stays as it is."""
    return translated(STATE_NAMES.get(state.value, "")) or state.value


def status_name(code: str) -> str:
    """The code of a status in the reader's language; one that is not known stays as it is."""
    return translated(STATUS_NAMES.get(code, "")) or code


def verdict_of(summary: RunSummary) -> Verdict:
    """The sentence. A row that was left out on purpose is no problem, and counts as none."""
    sentence, tone = _sentence(summary)
    return Verdict(sentence, tone, summary.is_practice)


def done_count(counts: Mapping[Status, int]) -> int:
    """Rows that Hotline confirmed."""
    return counts.get(Status.SENT, 0) + counts.get(Status.ENRICHED, 0)


def to_look_at_count(counts: Mapping[Status, int]) -> int:
    """Rows that somebody has to look at, however the run goes on."""
    return sum(counts.get(status, 0) for status in (Status.FAILED, Status.UNKNOWN, Status.INVALID))


def counts_told(counts: Mapping[Status, int]) -> str:
    """Such as ``sent 189, failed 11``; a status without rows is not told."""
    return ", ".join(f"{status_name(status.value)} {count}" for status, count in counts.items() if count)


def left_out_count(summary: RunSummary) -> int:
    """Rows that were left out on purpose, so that nobody needs to look at them."""
    return summary.counts.get(Status.SKIPPED, 0) - summary.codes.get(_ON_PURPOSE_UNLESS, 0)


def _sentence(summary: RunSummary) -> tuple[str, Tone]:
    wanted, done = summary.rows - left_out_count(summary), done_count(summary.counts)
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


_SHORT: Mapping[str, str] = marked(
    {
        "too_many_failed": "More rows failed than the run was allowed to have.",
        "unknown_in_a_row": "Several rows in a row may or may not have been delivered.",
        "ledger_failed": "The ledger could not be used any more.",
        "worker_failed": "The worker could not begin.",
        "interrupted": "Somebody stopped it.",
    }
)


def stop_words(code: str, reason: str) -> str:
    """The reason as it was noted, which is English; in another language what its code means."""
    if not code or language_of_reader() == SOURCE:
        return reason
    return words(_SHORT[code]) if code in _SHORT else meaning_of(code) or reason


# Invalid rows, which are mended in the sheet, are no failed ones.
_AFTER_MENDING = {"after mending the row", "after mending the settings"}


def next_steps(summary: RunSummary) -> Iterator[Advised]:
    """The steps; none if nothing is left to do."""
    counts = summary.counts
    refused = any(RECORDS[code].again in _AFTER_MENDING for code in summary.codes if code in RECORDS)
    if is_of_users(summary.run):
        if counts.get(Status.FAILED) and refused:
            # Nothing is kept of what was not found: sent as it is, the sheet would stop at it again.
            yield advised("", step(NextStep.MEND_ROW))
        elif counts.get(Status.NOT_ATTEMPTED) or counts.get(Status.FAILED):
            yield advised("", step(NextStep.SEND_SHEET_AGAIN))
        return
    to_resend = summary.codes.get("resend_asked", 0)
    if counts.get(Status.NOT_ATTEMPTED) or to_resend:
        yield advised(words("Go on with the rest:"), step(NextStep.RESUME, run=summary.run))
    if counts.get(Status.UNKNOWN, 0) > to_resend:
        resolve = step(NextStep.RESOLVE, run=summary.run)
        yield advised(words("Look into the topics, then settle the unknown rows:"), resolve)
    if counts.get(Status.FAILED):
        retry = step(NextStep.RETRY, run=summary.run)
        said = (
            words("Mend what was refused, then try the failed rows again:")
            if refused
            else words("Try the failed rows again:")
        )
        yield advised(said, retry)
    if counts.get(Status.SKIPPED) and summary.codes.get("possibly_sent"):
        said = words("Rows that an earlier run may have sent were left out:")
        yield advised(said, step(NextStep.RESOLVE_EARLIER_RUN))
    if counts.get(Status.INVALID) and summary.corrects:
        said = words("Some who got the wrong message could not be sent this text.")
        yield advised(said, step(NextStep.CORRECT_AGAIN, run=summary.corrects))
    elif counts.get(Status.INVALID):
        yield advised("", step(NextStep.MEND_INVALID_ROWS))
