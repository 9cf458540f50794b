"""Numbers and moments -> as a person says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from hotline_batch.language.formats import weekday_and_day
from hotline_batch.language.words import words
from hotline_batch.results.formatting import moment_text, told_moment


def duration(seconds: float) -> str:
    """Such as ``45 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return words("{seconds} s", seconds=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60 and rest:
        return words("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    if minutes < 60:
        return words("{minutes} min", minutes=minutes)
    return words("{hours} h {minutes} min", hours=minutes // 60, minutes=f"{minutes % 60:02d}")


def moment(seconds: float | None, zone: tzinfo | None, form: str = "") -> str:
    """A moment in the zone of the settings, else in that of this machine; the zone is named in any case."""
    if seconds is None:
        return ""
    # Windows calls its zones by long words of its own language.
    zone = zone or timezone(datetime.fromtimestamp(seconds, UTC).astimezone().utcoffset() or timedelta())
    return moment_text(seconds, zone, form) if form else told_moment(seconds, zone)


def day_and_time(seconds: float, now: float, zone: tzinfo | None) -> str:
    """When something is to be, such as ``14:32``; on another day than today with that, such as ``Mon 30 Nov 09:00``.

    In another year that is told, too.
    """
    then, today = datetime.fromtimestamp(seconds, zone), datetime.fromtimestamp(now, zone)
    clock_time = moment_text(seconds, zone, "%H:%M")
    if then.date() == today.date():
        return clock_time
    return f"{weekday_and_day(seconds, zone, with_year=then.year != today.year)} {clock_time}"
