"""Numbers, moments, durations, and how far a run is -> as the page says them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo

from hotline_batch.application.runs.views.listing import ListedRun
from hotline_batch.application.runs.views.progress import RunProgress
from hotline_batch.issues.words import meaning_of
from hotline_batch.language import formats
from hotline_batch.language.formats import decimal, percent
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.results.formatting import duration_text
from hotline_batch.results.verdict import done_count

_MEGA = 1_000_000
_STATUS_WORDS: Mapping[Status, str] = marked(
    {
        Status.SENT: "delivered",
        Status.ENRICHED: "found",
        Status.FAILED: "failed",
        Status.UNKNOWN: "in doubt",
        Status.INVALID: "cannot be used",
        Status.SKIPPED: "left out",
        Status.NOT_ATTEMPTED: "to go",
    }
)

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


def moment(seconds: float | None, zone: tzinfo | None = None, now: float | None = None) -> str:
    """A moment as a person says it: today 14:32, yesterday 9:05, 22 Nov 2026, 19:04. Empty for None."""
    if seconds is None:
        return ""
    told, clock = datetime.fromtimestamp(seconds, zone), formats.clock_time(seconds, zone)
    today = datetime.fromtimestamp(time.time() if now is None else now, zone).date()
    days_ago = (today - told.date()).days
    match days_ago:
        case 0:
            return words("today, {time}", time=clock)
        case 1:
            return words("yesterday, {time}", time=clock)
        case -1:
            return words("tomorrow, {time}", time=clock)
        case _:
            return formats.day_and_time(seconds, zone)


def ending(seconds: float, zone: tzinfo | None = None, now: float | None = None) -> str:
    """A moment that is still to come: 14:32 of today; tomorrow, 2:10."""
    today = datetime.fromtimestamp(time.time() if now is None else now, zone).date()
    is_today = datetime.fromtimestamp(seconds, zone).date() == today
    return formats.clock_time(seconds, zone) if is_today else moment(seconds, zone, now)


def clock_time(seconds: float | None, zone: tzinfo | None = None) -> str:
    """14:32; empty for None."""
    return "" if seconds is None else formats.clock_time(seconds, zone)


def iso_time(seconds: float) -> str:
    """For machines: ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def duration(seconds: float) -> str:
    """603.2 -> about 10 min; 42 -> 42 s."""
    if seconds < 60:
        return duration_text(seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    return duration_text(3_600 * hours + 60 * minutes)


def visible(text: str) -> str:
    """A message as it is; characters that nobody would see, or that turn the text round, are told by their codes."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in text)


def size(of_bytes: int) -> str:
    """12 kB, 3.4 MB."""
    if of_bytes >= _MEGA:
        return words("{size} MB", size=formats.decimal(of_bytes / _MEGA))
    return words("{size} kB", size=max(1, round(of_bytes / 1000)))


def status_words() -> Mapping[Status, str]:
    """What the page calls each status, in the reader's language."""
    return {status: words(name) for status, name in _STATUS_WORDS.items()}


def heading(progress: RunProgress) -> str:
    """Such as ``Sending: 39 of 176``; rows that are left out, or cannot be used, are not among these."""
    done, wanted = done_and_wanted(progress)
    if progress.run.kind is Kind.SEND:
        return words("Sending: {done:,} of {wanted:,}", done=done, wanted=wanted)
    return words("Looking up: {done:,} of {wanted:,}", done=done, wanted=wanted)


def done_and_wanted(progress: RunProgress) -> tuple[int, int]:
    """How many rows have ended, of those that are to be sent or asked for at all."""
    aside = progress.counts.get(Status.INVALID, 0) + progress.counts.get(Status.SKIPPED, 0)
    return progress.done - aside, progress.rows - aside


def progress_lines(progress: RunProgress, zone: tzinfo | None, now: float | None = None) -> Iterator[str]:
    """The pace, why it is what it is, and when the run ends."""
    now = time.time() if now is None else now
    if progress.is_stopping:
        yield words("Stopping: nothing new leaves, what is on its way is awaited.")
        return
    if progress.is_waiting_for_worker:
        yield words("It is handed over, and begins in a moment.")
        return
    if progress.closed_until is not None and progress.closed_until > now:
        yield from _outside_hours(progress, progress.closed_until, zone, now)
        return
    yield from _waiting(progress, zone, now)
    if progress.pace_share < _MUCH_SLOWER:
        yield words(
            "The service asked to slow down, so the pace is {pace_share} of the allowed one for now.",
            pace_share=percent(progress.pace_share),
        )
    yield _pace(progress)
    if progress.seconds_left is not None:
        ends = ending(now + progress.seconds_left, zone, now)
        yield words("Ends about {ends}, in {duration}.", ends=ends, duration=duration(progress.seconds_left))


def _outside_hours(progress: RunProgress, until: float, zone: tzinfo | None, now: float) -> Iterator[str]:
    yield words("It waits, and goes on by itself: {moment}.", moment=ending(until, zone, now))
    yield words("Nothing is sent outside of its hours.")
    if progress.seconds_left is not None:
        yield words("Ends about {ends}.", ends=ending(now + progress.seconds_left, zone, now))


def _waiting(progress: RunProgress, zone: tzinfo | None, now: float) -> Iterator[str]:
    until = progress.waiting_until
    if until is None or until <= now:
        return
    why = meaning_of(progress.waiting_code) or words("It waits.")
    if until - now < 90:
        if progress.waiting_code:
            seconds = max(1, round(until - now))
            yield words("{why} The next request leaves in {count:second|seconds}.", why=why, count=seconds)
        return
    at = clock_time(until, zone)
    if progress.waiting_code:
        yield words("{why} The next request leaves at {time}.", why=why, time=at)
    else:
        yield words("The next request leaves at {time}.", time=at)


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
    done = done_count(progress.counts)
    _, wanted = done_and_wanted(progress)
    if not wanted:
        return words("nothing to do")
    if progress.run.kind is Kind.SEND:
        return words("{done:,} of {wanted:,} delivered", done=done, wanted=wanted)
    return words("{done:,} of {wanted:,} found", done=done, wanted=wanted)


def rate_words(rate: str) -> str:
    """``18/min`` -> 18 a minute; what is no rate, such as those of several connections, as it is."""
    amount, _, unit = rate.partition("/")
    sentence = _RATES.get(unit)
    return words(sentence, count=int(amount)) if sentence else rate
