"""Values of replies and moments -> the texts that stand in cells; statuses -> the colours that they are drawn in.

The colours are strong enough for white paper and for a dark screen alike.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from itertools import cycle
from zoneinfo import ZoneInfo

from hotline_batch.language.formats import day_and_time
from hotline_batch.language.languages import SOURCE, language_of_reader
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Status
from hotline_batch.model.runs import Run


def utc_text(seconds: float | None) -> str:
    """Seconds since the epoch -> ISO 8601 in UTC, e.g. 2026-11-22T18:04:12Z; empty for None."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(math.floor(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> float | None:
    """The same backwards; None for what is no such moment. Without a zone, as spreadsheet programs write it, UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def moment_text(
    seconds: float | None, zone: tzinfo | None, form: str = "%Y-%m-%d %H:%M", *, names_zone: bool = True
) -> str:
    """A moment that sorts, such as ``2026-11-22 19:04 CET``; empty for None.

    Without a zone, the clock of this machine is meant, and not named.
    """
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, zone).strftime(f"{form} %Z" if zone and names_zone else form)


def told_moment(seconds: float | None, zone: tzinfo | None, *, names_zone: bool = True) -> str:
    """A moment as the reader's language writes it: 22.11.2026, 19:04 CET; empty for None.

    English has readers everywhere, who write days and months in either order, so there it is ``moment_text``.
    """
    if seconds is None or language_of_reader() == SOURCE:
        return moment_text(seconds, zone, names_zone=names_zone)
    said = day_and_time(seconds, zone)
    return f"{said} {datetime.fromtimestamp(seconds, zone):%Z}" if zone and names_zone else said


def zone_of_run(run: Run) -> ZoneInfo | None:
    """The zone in which the run's times are meant; None where none was set, or this machine does not know it."""
    name = run.notes.timezone
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def field_text(value: object) -> str:
    """A value of a JSON reply as a cell's text; nothing is rounded, what is nested stays JSON."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def name_of_sheet(path: str) -> str:
    """The name of a sheet's file, without the folders of any system: where it lies is nobody else's business."""
    return words("standard input") if path == "-" else re.split(r"[\\/]", path)[-1] or path


def duration_text(seconds: float) -> str:
    """603.2 -> 10 min 3 s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        words("{hours} h", hours=hours) if hours else "",
        words("{minutes} min", minutes=minutes) if minutes else "",
        words("{seconds} s", seconds=rest) if rest else "",
    ]
    return " ".join(filter(None, parts)) or words("{seconds} s", seconds=0)


STATUS_COLOURS: Mapping[str, str] = {
    Status.SENT.value: "3F9B5B",
    Status.ENRICHED.value: "3F9B5B",
    Status.FAILED.value: "D64545",
    Status.UNKNOWN.value: "E0A100",
    Status.INVALID.value: "D9763A",
    Status.SKIPPED.value: "9A9A9A",
    Status.NOT_ATTEMPTED.value: "6D9BD1",
}

# The squares that Hotline puts before a topic: purple, yellow and black; black would vanish on a dark screen.
TOPIC_STATUS_COLOURS: Mapping[str, str] = {
    "user_answered": "8E5BC0",
    "support_answered": "D9AF1F",
    "closed": "6B7280",
}

PRACTICE_COLOUR = "FFD54F"
"""Behind the words that nothing of a run was real."""

OTHER_COLOUR = "4A90B8"

# For statuses that Hotline did not have when this was written: none like another, nor like those above.
_NEW_STATUS_COLOURS = ("4A90B8", "D9763A", "3F9B5B", "C2508F", "2BA6A0", "A67C52", "7F8FE0", "D64545")

WAITS_FOR_US = "user_answered"
"""The status of a dialog in which the customer spoke last."""


def topic_status_colours(statuses: Iterable[str]) -> Mapping[str, str]:
    """A colour for each status of dialogs, also for those that nobody knows yet; the same ones get the same again."""
    new = sorted({*statuses} - TOPIC_STATUS_COLOURS.keys())
    return {**TOPIC_STATUS_COLOURS, **dict(zip(new, cycle(_NEW_STATUS_COLOURS), strict=False))}
