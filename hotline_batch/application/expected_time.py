"""Rows by connection, and the pace of each -> how long a plan takes, and how its paces are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hotline_batch.application.service import rate_for
from hotline_batch.model import Kind
from hotline_batch.settings.model import Settings
from hotline_batch.settings.units import Rate

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
        more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        return ", ".join(named[:_MOST_NAMED]) + more

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
