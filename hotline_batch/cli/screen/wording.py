"""Numbers and moments -> as a person says them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from hotline_batch.results.formatting import moment_text
from hotline_batch.tally import first_of


def counted(count: int, word: str) -> str:
    """Such as ``1 row`` or ``1,200 rows``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def duration(seconds: float) -> str:
    """Such as ``45 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def moment(seconds: float | None, zone: tzinfo | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment in the zone of the settings, else in that of this machine; the zone is named in any case."""
    if seconds is None or zone is not None:
        return moment_text(seconds, zone, form)
    # Windows calls its zones by long words of its own language.
    here = timezone(datetime.fromtimestamp(seconds, UTC).astimezone().utcoffset() or timedelta())
    return moment_text(seconds, here, form)


def day_and_time(seconds: float, now: float, zone: tzinfo | None) -> str:
    """When something is to be, such as ``14:32``; on another day than today with that, such as ``Mon 30 Nov 09:00``.

    In another year that is told, too.
    """
    then, today = datetime.fromtimestamp(seconds, zone), datetime.fromtimestamp(now, zone)
    day = "" if then.date() == today.date() else "%a %d %b " if then.year == today.year else "%a %d %b %Y "
    return moment_text(seconds, zone, f"{day}%H:%M")


def row_numbers(numbers: Sequence[int], count: int) -> str:
    """Such as ``rows 2, 3, …``: the first numbers of ``count`` rows."""
    return f"{'row' if count == 1 else 'rows'} {first_of(numbers, count)}"
