"""What a service said about waiting -> seconds, or None where it said nothing that can be used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS_OF = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_UNIT = r"(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)?"
_NUMBER = re.compile(rf"(?<![\w.:-])(\d{{1,40}}(?:\.\d{{1,6}})?)\s*{_UNIT}(?![\w.:])", re.IGNORECASE)
# The three of RFC 9110 (5.6.7), and ISO 8601.
_DATE = re.compile(
    r"[a-z]{3,9}, ?\d{1,2}[ -][a-z]{3}[ -]\d{2,4} \d\d:\d\d:\d\d(?: ?[a-z]{2,4}| ?[+-]\d{4})?|"
    r"[a-z]{3} [a-z]{3} [ \d]?\d \d\d:\d\d:\d\d \d{4}|"
    r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    rf"(?:retry[ _-]?after|(?:retry|try again) (?:in|after)|wait of|flood[ _-]?wait(?: of)?)"
    rf"[\"':=_ ]{{1,4}}(\d{{1,9}}(?:\.\d{{1,3}})?)\s*{_UNIT}\b",
    re.IGNORECASE,
)
_OF_A_CLOCK = re.compile(r"(?<![\w.:-])(\d{1,3}):([0-5]?\d):([0-5]?\d)(?![\w.:])")
_TELL_A_WAIT = ("retry-after", "x-retry-after", "x-ratelimit-retry-after")
_TELL_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
# When the count of requests starts anew. Also told where nobody is asked to wait, so it counts only where one is.
_TELL_A_RESET = ("ratelimit-reset", "x-ratelimit-reset", "x-ratelimit-reset-after", "x-rate-limit-reset")
_RESET_OF_A_LIMIT = re.compile(r";\s*t\s*=\s*(\d{1,9})")  # draft-ietf-httpapi-ratelimit-headers, section 4: RateLimit
_MOST_SECONDS = 1e9
# A number from here on is no wait but a moment: seconds since 1970, or a thousand times as many.
_A_MOMENT, _A_MOMENT_MS = 1e9, 1e12


def wait_asked_for(
    headers: Mapping[str, str], fields: object, text: str, now: float, *, is_asked_to_wait: bool = True
) -> float | None:
    """Seconds to wait: from headers (numbers, units, dates), Telegram's JSON, or the words of an error.

    The longest of several counts. ``now`` is the local clock in seconds since the epoch; a date is measured against the
    answer's own ``Date`` where there is one, so a wrong local clock does not matter. Negative and unreadable values
    count as nothing said. The end of a count of requests (``RateLimit-Reset``) counts only where somebody is asked to
    wait and nothing else tells how long.
    """
    told = [(name.lower(), value) for name, value in headers.items()]
    here = next((moment for name, value in told if name == "date" and (moment := _timestamp(value))), now)
    waits = [wait for name, value in told if name in _TELL_A_WAIT for wait in _waits_in(value, here)]
    waits += [wait / 1_000 for name, value in told if name in _TELL_MILLISECONDS for wait in _waits_in(value, here)]
    longest = _longest((*waits, *_from_json(fields), *_from_words(text)))
    if longest is not None or not is_asked_to_wait:
        return longest
    resets = [wait for name, value in told if name in _TELL_A_RESET for wait in _waits_in(value, here)]
    resets += [float(wait) for name, value in told if name == "ratelimit" for wait in _RESET_OF_A_LIMIT.findall(value)]
    return _longest(resets)


def _waits_in(value: str, now: float) -> Iterator[float]:
    """Every wait that a header tells: several numbers, with or without units, hours:minutes:seconds, and dates."""
    for date in _DATE.findall(value):
        moment = _timestamp(date)
        if moment is not None:
            yield moment - now
    beside = _DATE.sub(" ", value)
    for hours, minutes, seconds in _OF_A_CLOCK.findall(beside):
        yield int(hours) * 3_600.0 + int(minutes) * 60.0 + int(seconds)
    for number, unit in _NUMBER.findall(beside):
        yield _seconds(number, unit, now)


def _from_json(fields: object) -> Iterator[float]:
    if not isinstance(fields, dict):
        return
    for place in (fields, fields.get("parameters"), fields.get("error")):
        if not isinstance(place, dict):
            continue
        found = place.get("retry_after", place.get("retryAfter"))
        if isinstance(found, int | float | str) and not isinstance(found, bool):
            whole = _NUMBER.fullmatch(str(found).strip())
            if whole:
                yield _seconds(whole[1], whole[2] or "", 0.0)


def _from_words(text: str) -> Iterator[float]:
    for number, unit in _IN_WORDS.findall(text):
        yield _seconds(number, unit, 0.0)


def _seconds(number: str, unit: str, now: float) -> float:
    amount, short = float(number), unit.lower()
    if short:
        return amount * _SECONDS_OF["ms" if short.startswith(("ms", "milli")) else short[0]]
    if now and amount >= _A_MOMENT:
        return (amount / 1_000 if amount >= _A_MOMENT_MS else amount) - now
    return amount


def _longest(waits: Iterable[float]) -> float | None:
    longest = max((wait for wait in waits if wait > 0), default=None)
    return None if longest is None else min(longest, _MOST_SECONDS)


def _timestamp(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    # "GMT" comes back with a zone, "-0000" and asctime without one; all mean UTC (RFC 5322, section 3.3).
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
