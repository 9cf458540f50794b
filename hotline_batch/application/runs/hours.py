"""What was chosen, and the settings -> when requests through a connection may leave.

What a person chose goes before what is usual in the settings; the hours of a connection itself always bind, so that the
stricter of both counts. Practice in a private sandbox disturbs nobody: there only what was chosen counts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import tzinfo

from hotline_batch.engine.clock import OUTSIDE_HOURS
from hotline_batch.errors import SettingsError
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import words
from hotline_batch.ledger.lanes.lane import Lane
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.progress import LaneState
from hotline_batch.model.runs import Run, RunState
from hotline_batch.opening_hours.wall_clock import kept, start_of
from hotline_batch.opening_hours.week import ALWAYS, ANY_TIME, Hours, Week, hours_words
from hotline_batch.results.formatting import zone_of_run
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX
from hotline_batch.tally import first_named

_MOST_NAMED = 5


def with_start(chosen: Limits, settings: Settings, now: float, run: Run | None = None) -> Limits:
    """The same, the time of the start as the moment that it means now. SettingsError for one that has passed."""
    if chosen.at is None:
        return chosen
    return replace(chosen, at=kept(start_of(chosen.at, now, zone_of(run, settings))))


def zone_of(run: Run | None, settings: Settings) -> tzinfo | None:
    """The zone that a run's hours are meant in: that of the settings when it was planned. None: this machine's."""
    return (zone_of_run(run) if run is not None else None) or settings.timezone


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


def hours_in_force(run: Run, settings: Settings, names: Iterable[str]) -> Mapping[str, Hours]:
    """Those of a run, whoever works on it. Refuses nothing: where they cannot be told, whoever works on it says so."""
    try:
        return hours_of_run(run, settings, run.notes.limits_of_workers.over(run.options.limits), names)
    except SettingsError:
        return {}


def opens_next(run: Run, settings: Settings, names: Iterable[str], now: float) -> float:
    """When a request of the run may leave through one of these connections; ``now`` at best, and where that is never.

    Refuses nothing, as ``hours_in_force``.
    """
    opens = min((hours.next_open(now) for hours in hours_in_force(run, settings, names).values()), default=now)
    return opens if opens < math.inf else now


def ends_after(run: Run, settings: Settings, names: Iterable[str], now: float, seconds: float) -> float:
    """When so much work is done through these connections; refuses nothing, as ``hours_in_force``."""
    found = hours_in_force(run, settings, names)
    return max((hours.add_working_time(now, seconds) for hours in found.values()), default=now + seconds)


def hours_told(hours: Mapping[str, Hours], names: Iterable[str]) -> str:
    """Such as ``09:00-18:00; Mon–Fri``; of each connection where they differ, empty where there are none."""
    told = {name: list_of([hours_words(week) for week, _ in hours.get(name, ALWAYS).weeks]) for name in names}
    if len(set(told.values())) <= 1:
        return next(iter(told.values()), "")
    named = [
        words("{name} {hours}", name=name, hours=its) if its else words("{name} always", name=name)
        for name, its in told.items()
    ]
    return first_named(named, _MOST_NAMED)


def closed_until_of(run: Run, settings: Settings, lanes: Iterable[Lane], now: float) -> float | None:
    """When the hours of a run that goes on begin again; None where some of its lanes may send now.

    Of a lane that somebody works on it is what that worker says.
    """
    opens = math.inf
    for lane in lanes:
        if run.state is not RunState.RUNNING or not lane.name or not lane.is_open:
            continue
        told = lane.progress
        if not lane.is_held and not lane.is_for_workers:  # a person has to go on with it
            return None
        if not lane.is_held or not told.rows:
            until = opens_next(run, settings, lane.connections, now)
        elif told.rows and told.done >= told.rows:
            continue
        else:
            until = told.waiting_until or now if told.waiting_code == OUTSIDE_HOURS else now
        if until <= now:
            return None
        opens = min(opens, until)
    return opens if opens < math.inf else None


def is_due(ledger: Ledger, settings: Settings, run_id: str) -> bool:
    """Whether a worker that takes the lanes of a run which nobody has may send of them, or has only to end it.

    Also what a worker left that died: what it had on its way is settled before it waits on.
    """
    run, now = ledger.run(run_id), time.time()
    lanes = [lane for lane in ledger.lanes(run_id).values() if lane.is_open and not lane.is_held and not lane.is_to_end]
    was_left = any(lane.state is LaneState.DRIVING for lane in lanes)
    return was_left or not lanes or any(opens_next(run, settings, lane.connections, now) <= now for lane in lanes)


def check_ever_open(hours: Mapping[str, Hours], names: Iterable[str], now: float) -> None:
    """SettingsError where nothing may ever leave through one of these connections."""
    for name in names:
        found = hours.get(name, ALWAYS)
        if found.next_open(now) == math.inf:
            told = list_of([f"'{week}'" for week, _ in found.weeks])
            raise SettingsError(
                words(
                    "Nothing may ever leave through the connection '{name}': its hours are {hours}, and no time within "
                    "a year is in them. Change them, or those of the connection in the settings.",
                    name=name,
                    hours=told,
                )
            )
