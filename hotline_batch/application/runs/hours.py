"""What was chosen, and the settings -> when requests through a connection may leave.

What a person chose goes before what is usual in the settings; the hours of a connection itself always bind, so that the
stricter of both counts. Practice in a private sandbox disturbs nobody: there only what was chosen counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from zoneinfo import ZoneInfo

from hotline_batch.errors import SettingsError
from hotline_batch.model import Run
from hotline_batch.opening_hours.hours import ALWAYS, Hours
from hotline_batch.opening_hours.start import kept, start_of
from hotline_batch.opening_hours.week import ANY_TIME, Week
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX


def with_start(chosen: Limits, settings: Settings, now: float, run: Run | None = None) -> Limits:
    """The same, the time of the start as the moment that it means now. SettingsError for one that has passed."""
    if chosen.at is None:
        return chosen
    return replace(chosen, at=kept(start_of(chosen.at, now, zone_of(run, settings))))


def zone_of(run: Run | None, settings: Settings) -> tzinfo | None:
    """The zone that a run's hours are meant in: that of the settings when it was planned. None: this machine's."""
    with suppress(KeyError, ValueError, OSError):
        if run is not None and run.notes.timezone:
            return ZoneInfo(run.notes.timezone)
    return settings.timezone


def hours_for(
    settings: Settings, chosen: Limits, names: Iterable[str], zone: tzinfo | None, *, sandbox: bool
) -> Mapping[str, Hours]:
    """The hours of connections. SettingsError where they cannot be read, or where holidays cannot be told.

    The start is a moment already, as of ``with_start``.
    """
    said = Week.parse(chosen.between, chosen.days, chosen.holidays)
    week = said if sandbox else said.over(settings.hours)
    week.check()
    not_before = start_of(chosen.at, 0.0, zone) if chosen.at is not None else -math.inf
    found = {}
    for name in names:
        profile = None if sandbox else settings.connections.get(name)
        own = profile.hours if profile else ANY_TIME
        own.check()
        weeks = ((each, its) for each, its in ((week, zone), (own, settings.timezone)) if not each.is_always)
        found[name] = Hours(tuple(weeks), not_before)
    return found


def hours_of_run(run: Run, settings: Settings, chosen: Limits, names: Iterable[str]) -> Mapping[str, Hours]:
    """Those of a run that is driven by these limits."""
    sandbox = run.endpoint == PRIVATE_SANDBOX
    return hours_for(settings, chosen, names, zone_of(run, settings), sandbox=sandbox)


def opens_next(run: Run, settings: Settings, names: Iterable[str], now: float) -> float:
    """When a request of the run may leave through one of these connections, whoever works on it; ``now`` at best.

    Refuses nothing: where the hours cannot be told, whoever works on the run says so.
    """
    chosen = run.notes.limits_of_workers.over(run.options.limits)
    try:
        found = hours_of_run(run, settings, chosen, names)
    except SettingsError:
        return now
    return min((hours.next_open(now) for hours in found.values()), default=now)


def check_ever_open(hours: Mapping[str, Hours], names: Iterable[str], now: float) -> None:
    """SettingsError where nothing may ever leave through one of these connections."""
    for name in names:
        found = hours.get(name, ALWAYS)
        if found.next_open(now) == math.inf:
            told = " and ".join(f"'{week}'" for week, _ in found.weeks)
            raise SettingsError(
                f"Nothing may ever leave through the connection '{name}': its hours are {told}, and no time within a "
                "year is in them. Change them, or those of the connection in the settings."
            )
