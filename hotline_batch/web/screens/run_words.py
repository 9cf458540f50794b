"""How far a run is -> the sentences that its page says."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import tzinfo

from hotline_batch.application.runs.listing import ListedRun
from hotline_batch.application.runs.progress import RunProgress
from hotline_batch.issues.codes import meaning_of
from hotline_batch.language.formats import decimal
from hotline_batch.language.words import marked, words
from hotline_batch.model import Kind, Status
from hotline_batch.web.formatting import clock_time, count, duration, number

STATUS_WORDS: Mapping[Status, str] = {
    Status.SENT: "delivered",
    Status.ENRICHED: "found",
    Status.FAILED: "failed",
    Status.UNKNOWN: "in doubt",
    Status.INVALID: "cannot be used",
    Status.SKIPPED: "left out",
    Status.NOT_ATTEMPTED: "to go",
}
"""What the page calls each status."""

_RATES = marked(
    {"s": "{count:,} a second", "min": "{count:,} a minute", "h": "{count:,} an hour", "d": "{count:,} a day"}
)
# Each with the minutes of its unit.
_PACES = {
    "s": (marked("Pace: {now} a second now, {allowed} at most."), 1 / 60),
    "min": (marked("Pace: {now} a minute now, {allowed} at most."), 1),
    "h": (marked("Pace: {now} an hour now, {allowed} at most."), 60),
    "d": (marked("Pace: {now} a day now, {allowed} at most."), 1_440),
}
_MUCH_SLOWER = 0.95


def heading(progress: RunProgress) -> str:
    """Such as ``Sending: 39 of 176``; rows that are left out, or cannot be used, are not among these."""
    doing = "Sending" if progress.run.kind is Kind.SEND else "Looking up"
    done, wanted = done_and_wanted(progress)
    return f"{doing}: {number(done)} of {number(wanted)}"


def done_and_wanted(progress: RunProgress) -> tuple[int, int]:
    """How many rows have ended, of those that are to be sent or asked for at all."""
    aside = progress.counts.get(Status.INVALID, 0) + progress.counts.get(Status.SKIPPED, 0)
    return progress.done - aside, progress.rows - aside


def progress_lines(progress: RunProgress, zone: tzinfo | None, now: float | None = None) -> Iterator[str]:
    """The pace, why it is what it is, and when the run ends."""
    now = time.time() if now is None else now
    if progress.is_stopping:
        yield "Stopping: nothing new leaves, what is on its way is awaited."
        return
    if progress.is_waiting_for_worker:
        yield "It is handed over, and begins in a moment."
        return
    yield from _waiting(progress, zone, now)
    if progress.pace_share < _MUCH_SLOWER:
        yield f"The service asked to slow down, so the pace is {progress.pace_share:.0%} of the allowed one for now."
    yield _pace(progress)
    if progress.seconds_left is not None:
        ends = clock_time(now + progress.seconds_left, zone)
        yield f"Ends about {ends}, in {duration(progress.seconds_left)}."


def _waiting(progress: RunProgress, zone: tzinfo | None, now: float) -> Iterator[str]:
    until = progress.waiting_until
    if until is None or until <= now:
        return
    why = meaning_of(progress.waiting_code) or "It waits."
    is_soon = until - now < 90
    when = (
        f"in {count(max(1, round(until - now)), 'second', 'seconds')}" if is_soon else f"at {clock_time(until, zone)}"
    )
    if progress.waiting_code:
        yield f"{why} The next request leaves {when}."
    elif not is_soon:
        yield f"The next request leaves {when}."


def _pace(progress: RunProgress) -> str:
    """What is reached now, in the unit of what is allowed."""
    allowed = rate_words(progress.rate)
    if progress.per_minute is None:
        return words("Pace: {allowed} at most.", allowed=allowed)
    unit = progress.rate.rpartition("/")[2]
    sentence, minutes = _PACES.get(unit, _PACES["min"])
    now = progress.per_minute * minutes
    return words(sentence, now=decimal(now, 0 if now >= 10 else 1), allowed=allowed)


def so_far(listed: ListedRun) -> str:
    """Such as ``189 of 200 delivered``; what is left out, or cannot be used, is not among these."""
    progress = listed.progress
    done = progress.counts.get(Status.SENT, 0) + progress.counts.get(Status.ENRICHED, 0)
    _, wanted = done_and_wanted(progress)
    if not wanted:
        return "nothing to do"
    return f"{number(done)} of {number(wanted)} {'delivered' if progress.run.kind is Kind.SEND else 'found'}"


def rate_words(rate: str) -> str:
    """``18/min`` -> 18 a minute; what is no rate, such as those of several connections, as it is."""
    amount, _, unit = rate.partition("/")
    sentence = _RATES.get(unit)
    return words(sentence, count=int(amount)) if sentence else rate
