"""What would be done with a sheet: what `check` prints and `send` asks about."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from hotline_batch.application.connections import rate_for
from hotline_batch.application.runs.hours import check_ever_open, hours_for, hours_told
from hotline_batch.language.words import words
from hotline_batch.ledger.history.sent_before import SentBefore
from hotline_batch.model.jobs import Kind
from hotline_batch.model.sheets import Sheet
from hotline_batch.next_step import Told
from hotline_batch.opening_hours.week import ALWAYS, Hours, Week
from hotline_batch.plan.preview import PlanTally
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.units import Rate
from hotline_batch.sheets.snapshot import is_unchanged
from hotline_batch.tally import first_named

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ExpectedTime:
    """What a plan's rows take: connections run beside each other, those of one group at the slowest of their rates.

    ``rows`` are those that cost a request, by connection; ``share`` of them is still to be done. ``hours`` are those of
    the connections that have any.
    """

    rows: Mapping[str, int]
    rates: Mapping[str, Rate]
    groups: Mapping[str, str]
    share: float = 1.0
    hours: Mapping[str, Hours] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Until the last row leaves, without the time outside of hours; the first row of each pace leaves at once."""
        return max(self._by_group().values(), default=0.0)

    def begins_at(self, now: float) -> float:
        """When the first row may leave; seconds since the epoch, UTC, as all moments."""
        return min((self._hours(name).next_open(now) for name in self.rows), default=now)

    def ends_at(self, now: float) -> float:
        """When the last row leaves of a run that is started now."""
        seconds = self._by_group()
        return max(
            (self._hours(name).add_working_time(now, seconds[self.groups[name]]) for name in self.rows), default=now
        )

    @property
    def weeks(self) -> Sequence[Week]:
        """The hours outside of which something waits, each once."""
        return list(dict.fromkeys(week for name in self.rows for week, _ in self._hours(name).weeks))

    def hours_told(self) -> str:
        """Such as ``09:00-18:00 mon-fri``; of each connection where they differ, empty where there are none."""
        return hours_told(self.hours, self.rows)

    def _hours(self, name: str) -> Hours:
        return self.hours.get(name, ALWAYS)

    def _by_group(self) -> Mapping[str, float]:
        waiting: dict[str, float] = {}
        for name, count in self.rows.items():
            waiting[self.groups[name]] = waiting.get(self.groups[name], 0.0) + count * self.share
        return {group: max(0.0, count - 1) / self._slowest(group).per_second for group, count in waiting.items()}

    def told(self, default: str) -> str:
        """Such as ``18/min``, or ``20/s, slow at 18/min`` where connections differ."""
        paces = {
            name: str(self._slowest(self.groups[name])) for name in sorted(self.rows, key=lambda name: name != default)
        }
        if len(set(paces.values())) <= 1:
            return next(iter(paces.values()), str(self.rates[default]))
        named = [
            pace if name == default else words("{name} at {pace}", name=name, pace=pace) for name, pace in paces.items()
        ]
        return first_named(named, _MOST_NAMED)

    def _slowest(self, group: str) -> Rate:
        return min(
            (self.rates[name] for name, its in self.groups.items() if its == group), key=lambda rate: rate.per_second
        )


def expected_time(
    settings: Settings,
    kind: Kind,
    chosen: Limits,
    names: Mapping[str, object],
    rows: Mapping[str, int],
    share: float,
    *,
    sandbox: bool,
) -> ExpectedTime:
    """The time for these rows; ``names`` are all connections that rows may name, ``chosen`` counts for each.

    SettingsError where the hours never let anything leave.
    """
    hours = hours_for(settings, chosen, names, settings.timezone, sandbox=sandbox)
    check_ever_open(hours, rows, time.time())
    profiles = {name: settings.connections.get(name) for name in names}
    groups = {
        name: words("group {group}", group=found.pace_group)
        if found and found.pace_group
        else words("connection {name}", name=name)
        for name, found in profiles.items()
    }
    rates = {name: rate_for(settings, kind, chosen.rate, name) for name in names}
    return ExpectedTime(rows, rates, groups, share, hours)


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What would be done with a sheet: everything that is known before the first request.

    ``columns`` maps fields to header texts; ``sent_before`` says which rows earlier runs sent already;
    ``reused`` rows got an earlier look-up's answer; ``rate`` is that of the connection for rows that name none.

    ``filled_in`` are the columns that the template takes, as indexes into the header. ``zone`` is that in which times
    are shown, None: this machine's. ``expected`` tells when the rows leave, also across days.
    """

    kind: Kind
    sheet: Sheet
    columns: Mapping[str, str]
    tally: PlanTally
    notices: Sequence[Told]
    warnings: Sequence[Told]
    sent_before: Sequence[SentBefore]
    reused: int
    rate: Rate
    paces: str
    endpoint: str
    filled_in: Sequence[int]
    zone: tzinfo | None
    expected: ExpectedTime
    marked: str = ""

    @property
    def rows_to_do(self) -> int:
        """Rows that will be sent or looked up."""
        return self.tally.usable - self.reused - sum(before.rows for before in self.sent_before)

    @property
    def is_sheet_unchanged(self) -> bool:
        """Whether the file is still as it was when it was planned; also where it came from standard input."""
        return self.sheet.path is None or is_unchanged(self.sheet.path, self.sheet.fingerprint)

    def told_in_log(self) -> Mapping[str, object]:
        """What an administrator may want to know: names of files and columns and figures, no cells."""
        dialect, tally = self.sheet.dialect, self.tally
        told: dict[str, object] = {"kind": self.kind, "worksheet": self.sheet.worksheet, "format": dialect.format}
        told |= {"encoding": dialect.encoding or None, "delimiter": dialect.delimiter or None}
        told |= {"rows": tally.rows, "to_do": self.rows_to_do, "invalid": tally.invalid, "skipped": tally.skipped}
        return told | {"columns": dict(self.columns), "endpoint": self.endpoint, "rate": str(self.rate)}
