"""What was chosen, now or when a run was planned, and the settings -> how the run is driven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hotline_batch.application.connections import connections_of, rate_for
from hotline_batch.application.runs.hours import hours_for, hours_of_run
from hotline_batch.engine.session import RunChoices
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.ledger.pace.turns import pauses_in_force
from hotline_batch.model.jobs import Connection, Kind
from hotline_batch.model.runs import Run
from hotline_batch.run_options import Limits
from hotline_batch.settings.addresses import check_timeout
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX
from hotline_batch.settings.units import MaxErrors, Rate, parse_duration

_THIS_MACHINE = "http://127.0.0.1/"


@dataclass(frozen=True, slots=True)
class Drive:
    """Limits with every question answered; ``pacers`` by connection."""

    rate: str
    pacers: Mapping[str, Pacer]
    runner: RunChoices
    timeout_seconds: float

    def told_in_log(self) -> Mapping[str, object]:
        """What an administrator may want to know."""
        told = {"rate": self.rate, "connections": list(self.pacers), "timeout_seconds": self.timeout_seconds}
        return told | {"concurrency": self.runner.concurrency, "attempts": self.runner.most_tries}


def drive_for(run: Run, settings: Settings, chosen: Limits) -> Drive:
    """How the run is driven: chosen now, else as when it was planned, else by the settings and defaults.

    The rate is that of the last time it was chosen.
    """
    planned = run.options.limits
    chosen = chosen.over(replace(planned, rate=run.notes.last_rate or planned.rate))
    budget = MaxErrors.parse(chosen.max_errors, "max_errors") if chosen.max_errors else settings.max_errors
    _check_timeout(chosen, settings, sandbox=run.endpoint == PRIVATE_SANDBOX)
    names = _connections_of_run(run, settings)
    rates = {name: rate_for(settings, run.kind, chosen.rate, name) for name in names}
    paces = {name: _pace_of(run, settings, connection) for name, connection in names.items()}
    return Drive(
        rate=str(rate_for(settings, run.kind, chosen.rate, run.notes.connection)),
        pacers=_pacers(rates, paces),
        runner=RunChoices(
            concurrency=chosen.concurrency or settings.concurrency,
            most_tries=chosen.attempts or settings.attempts,
            error_budget=budget,
            # A correction is asked for by a person whatever was sent before, and has a guard of its own.
            duplicate_window_seconds=0.0 if run.notes.corrects else duplicate_window_seconds(settings, chosen),
            hours=hours_of_run(run, settings, chosen, names),
        ),
        timeout_seconds=chosen.timeout or settings.timeout,
    )


def check_drive(settings: Settings, kind: Kind, chosen: Limits, *, sandbox: bool) -> None:
    """SettingsError where a choice cannot be read; asked before a sheet is planned."""
    rate_for(settings, kind, chosen.rate)
    duplicate_window_seconds(settings, chosen)
    hours_for(settings, chosen, (), settings.timezone, sandbox=sandbox)
    if chosen.max_errors:
        MaxErrors.parse(chosen.max_errors, "max_errors")
    _check_timeout(chosen, settings, sandbox=sandbox)


def _check_timeout(chosen: Limits, settings: Settings, *, sandbox: bool) -> None:
    """A sandbox of one's own is on this machine, whatever the settings name."""
    if chosen.timeout is not None:
        check_timeout(chosen.timeout, _THIS_MACHINE if sandbox else settings.endpoint, "timeout")


def _connections_of_run(run: Run, settings: Settings) -> Mapping[str, Connection]:
    """The connections of the settings; for a private sandbox those it was planned with, whatever the settings name."""
    if run.endpoint != PRIVATE_SANDBOX:
        return connections_of(settings, run.id, sandbox=False)
    return {name: Connection(name, identity) for name, identity in run.notes.identities.items()}


@dataclass(frozen=True, slots=True)
class _SharedPace:
    """Who keeps one pace together: connections with the same ``group``, processes with the same ``name``.

    The name is empty where the service is this process's own. ``neighbours`` are the names of the paces of requests of
    other kinds with the same keys: a pause that the service asks for is theirs, too.
    """

    group: str
    name: str
    neighbours: tuple[str, ...]


def _pace_of(run: Run, settings: Settings, connection: Connection) -> _SharedPace:
    profile = settings.connections.get(connection.name)
    pace_group = profile.pace_group if profile else None
    group = f"group:{pace_group}" if pace_group else f"connection:{connection.name}"
    shared = group if pace_group else connection.identity
    if run.endpoint == PRIVATE_SANDBOX:
        return _SharedPace(group, "", ())
    names = {kind: f"{kind.value}:{shared}" for kind in Kind}
    return _SharedPace(group, names.pop(run.kind), tuple(names.values()))


def lanes_for(run: Run, settings: Settings) -> Mapping[str, str]:
    """The lane of each connection: those that keep one pace together are worked on together."""
    return {name: _pace_of(run, settings, found).group for name, found in _connections_of_run(run, settings).items()}


def pace_name_by_connection(run: Run, settings: Settings) -> Mapping[str, str]:
    """What other processes know the pace of each connection by; empty where it is no concern of theirs.

    It can be told of any run, also by a machine that could not drive it.
    """
    return {name: _pace_of(run, settings, found).name for name, found in _connections_of_run(run, settings).items()}


def pace_names(run: Run, settings: Settings, names: Iterable[str]) -> Sequence[str]:
    """Those of these connections; nothing of connections that the settings do not name."""
    told = pace_name_by_connection(run, settings)
    return [told[name] for name in names if told.get(name)]


def paused_until(ledger: Ledger, run: Run, settings: Settings) -> float | None:
    """When the first connection with rows to send may be used again; None where one may now.

    Seconds since the epoch, UTC. Raises LedgerError.
    """
    names = set(pace_names(run, settings, ledger.connections_pending(run.id)))
    pauses = pauses_in_force(ledger.engine, names)
    return min(pauses.values()) if names and len(pauses) == len(names) else None


def _pacers(rates: Mapping[str, Rate], paces: Mapping[str, _SharedPace]) -> dict[str, Pacer]:
    """One pacer for each connection; those of one group share theirs, at the slowest rate among them."""
    slowest: dict[_SharedPace, Rate] = {}
    for name, rate in rates.items():
        slowest[paces[name]] = min(slowest.get(paces[name], rate), rate, key=lambda found: found.per_second)
    pacers = {
        pace: Pacer(rate.count, rate.window_seconds, pace.name, neighbours=pace.neighbours)
        for pace, rate in slowest.items()
    }
    return {name: pacers[paces[name]] for name in rates}


def duplicate_window_seconds(settings: Settings, chosen: Limits) -> float:
    """How far back an earlier message counts; 0: not at all."""
    if chosen.duplicate_window is None:
        return settings.duplicate_window
    return parse_duration(chosen.duplicate_window, "duplicate_window")
