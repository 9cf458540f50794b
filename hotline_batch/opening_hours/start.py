"""When a run is to begin, as a person writes it -> the moment; and that moment as it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.opening_hours.wall_clock import first_moment, on_the_wall

_TIMES = ("%H:%M", "%H.%M")
_DATES = ("%Y-%m-%d", "%d.%m.%Y")


def start_of(text: str, now: float, zone: tzinfo | None, where: str = "at") -> float:
    """The next ``09:00``, or ``2026-11-27 09:00``, by a clock on the wall of the zone (None: this machine's).

    SettingsError for what cannot be read, and for a date whose time has passed. What ``kept`` made has no zone but its
    own, and may have passed.
    """
    word = " ".join(text.strip().replace("T", " ").split())
    if (moment := _kept(text)) is not None:
        return moment
    if (time := _read(word, _TIMES)) is not None:
        today = on_the_wall(now, zone).replace(hour=time.hour, minute=time.minute, second=0, microsecond=0)
        ahead = (first_moment(today + timedelta(days=days), zone) for days in range(-1, 3))
        return next(found for found in ahead if found > now)
    if (date := _read(word, [f"{date} {time}" for date in _DATES for time in _TIMES])) is not None:
        found = first_moment(date, zone)
        if found <= now:
            raise SettingsError(
                words(
                    "{where}: {text} has passed; it is {now}. Name a time that lies ahead, or leave it out to begin at "
                    "once.",
                    where=where,
                    text=text.strip(),
                    now=f"{on_the_wall(now, zone):%Y-%m-%d %H:%M}",
                )
            )
        return found
    raise SettingsError(
        words("{where}: {text} is no time. Write such as 09:00, or 2026-11-27 09:00.", where=where, text=repr(text))
    )


def kept(moment: float) -> str:
    """A moment as a text that ``start_of`` reads again, whatever time it is then."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _kept(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo else None


def _read(text: str, forms: list[str] | tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a time on the wall
        except ValueError:
            continue
    return None
