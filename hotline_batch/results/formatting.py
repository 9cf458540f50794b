"""Values of replies and moments -> the texts that stand in cells."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, tzinfo

from hotline_batch.language.words import words


def utc_text(seconds: float | None) -> str:
    """Seconds since the epoch -> ISO 8601 in UTC, e.g. 2026-11-22T18:04:12Z; empty for None."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(math.floor(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_text(
    seconds: float | None, zone: tzinfo | None, form: str = "%Y-%m-%d %H:%M", *, names_zone: bool = True
) -> str:
    """A moment for people, such as ``2026-11-22 19:04 CET``; empty for None.

    Without a zone, the clock of this machine is meant, and not named.
    """
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, zone).strftime(f"{form} %Z" if zone and names_zone else form)


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
