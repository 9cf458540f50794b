"""What would be done with a sheet: what `check` prints and `send` asks about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from hotline_batch.application.service import rate_for
from hotline_batch.ledger.history.sent_before import SentBefore
from hotline_batch.model import Kind, Sheet
from hotline_batch.next_step import Told
from hotline_batch.plan.preview import PlanTally
from hotline_batch.settings.model import Settings
from hotline_batch.settings.units import Rate
from hotline_batch.sheets.snapshot import is_unchanged
from hotline_batch.tally import first_named

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ExpectedTime:
    """What a plan's rows take: connections run beside each other, those of one group at the slowest of their rates.

    ``rows`` are those that cost a request, by connection; ``share`` of them is still to be done.
    """

    rows: Mapping[str, int]
    rates: Mapping[str, Rate]
    groups: Mapping[str, str]
    share: float = 1.0

    @property
    def seconds(self) -> float:
        """Until the last row leaves; the first row of each pace leaves at once."""
        waiting: dict[str, float] = {}
        for name, count in self.rows.items():
            waiting[self.groups[name]] = waiting.get(self.groups[name], 0.0) + count * self.share
        return max(
            (max(0.0, count - 1) / self._slowest(group).per_second for group, count in waiting.items()), default=0.0
        )

    def told(self, default: str) -> str:
        """Such as ``18/min``, or ``20/s, slow at 18/min`` where connections differ."""
        paces = {
            name: str(self._slowest(self.groups[name])) for name in sorted(self.rows, key=lambda name: name != default)
        }
        if len(set(paces.values())) <= 1:
            return next(iter(paces.values()), str(self.rates[default]))
        named = [pace if name == default else f"{name} at {pace}" for name, pace in paces.items()]
        return first_named(named, _MOST_NAMED)

    def _slowest(self, group: str) -> Rate:
        return min(
            (self.rates[name] for name, its in self.groups.items() if its == group), key=lambda rate: rate.per_second
        )


def expected_time(
    settings: Settings,
    kind: Kind,
    chosen: str | None,
    names: Mapping[str, object],
    rows: Mapping[str, int],
    share: float,
) -> ExpectedTime:
    """The time for these rows; ``names`` are all connections that rows may name, ``chosen`` is a rate for each."""
    profiles = {name: settings.connections.get(name) for name in names}
    groups = {
        name: f"group {found.pace_group}" if found and found.pace_group else f"connection {name}"
        for name, found in profiles.items()
    }
    return ExpectedTime(rows, {name: rate_for(settings, kind, chosen, name) for name in names}, groups, share)


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What would be done with a sheet: everything that is known before the first request.

    ``columns`` maps fields to header texts; ``sent_before`` says which rows earlier runs sent already;
    ``reused`` rows got an earlier look-up's answer; ``rate`` is that of the connection for rows that name none.

    ``filled_in`` are the columns that the template takes, as indexes into the header. ``zone`` is that in which times
    are shown, None: this machine's.
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
    seconds_expected: float
    endpoint: str
    filled_in: Sequence[int] = ()
    marked: str = ""
    zone: tzinfo | None = None

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
