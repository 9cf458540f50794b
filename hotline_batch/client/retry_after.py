"""What a service said about waiting -> seconds, or None where it said nothing that can be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

_IN_WORDS = re.compile(r"retry[ _]after[\"':= ]{1,4}(\d{1,9}(?:\.\d{1,3})?)", re.IGNORECASE)
_MOST_SECONDS = 1e9


def wait_asked_for(headers: Mapping[str, str], fields: object, text: str, now: float) -> float | None:
    """Seconds to wait: from ``Retry-After`` (seconds or an HTTP date), Telegram's JSON, or the words of an error.

    ``now`` is the local clock in seconds since the epoch; a date is measured against the answer's own ``Date`` where
    there is one, so a wrong local clock does not matter. Negative and unreadable values count as nothing said.
    """
    return (
        _from_header(headers.get("Retry-After", ""), headers.get("Date", ""), now)
        or _from_json(fields)
        or _from_words(text)
    )


def _from_header(value: str, date: str, now: float) -> float | None:
    seconds = _number(value.strip())
    if seconds is not None or not value.strip():
        return seconds
    until = _timestamp(value)
    if until is None:
        return None
    since = _timestamp(date)
    return max(until - (now if since is None else since), 0.0) or None


def _from_json(fields: object) -> float | None:
    if not isinstance(fields, dict):
        return None
    parameters = fields.get("parameters")
    found = parameters.get("retry_after") if isinstance(parameters, dict) else fields.get("retry_after")
    return _number(str(found)) if isinstance(found, int | float | str) and not isinstance(found, bool) else None


def _from_words(text: str) -> float | None:
    found = _IN_WORDS.search(text)
    return _number(found[1]) if found else None


def _number(text: str) -> float | None:
    if not re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text, re.ASCII):
        return None
    return min(float(text), _MOST_SECONDS) or None


def _timestamp(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    # "GMT" comes back with a zone, "-0000" without one; both mean UTC (RFC 5322, section 3.3).
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
