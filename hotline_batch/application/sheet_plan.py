"""What would be done with a sheet: what `check` prints and `send` asks about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from hotline_batch.ledger.history.sent_before import SentBefore
from hotline_batch.model import Kind, Sheet
from hotline_batch.plan.preview import PlanTally
from hotline_batch.settings.units import Rate


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What would be done with a sheet: everything that is known before the first request.

    ``columns`` maps fields to header texts; ``sent_before`` says which rows earlier runs sent already;
    ``reused`` rows got an earlier look-up's answer; ``rate`` is that of the connection for rows that name none.
    ``zone`` is that in which times are shown, None: this machine's.
    """

    kind: Kind
    sheet: Sheet
    columns: Mapping[str, str]
    tally: PlanTally
    notices: Sequence[str]
    warnings: Sequence[str]
    sent_before: Sequence[SentBefore]
    reused: int
    rate: Rate
    paces: str
    seconds_expected: float
    endpoint: str
    marked: str = ""
    zone: tzinfo | None = None

    @property
    def rows_to_do(self) -> int:
        """Rows that will be sent or looked up."""
        return self.tally.usable - self.reused - sum(before.rows for before in self.sent_before)

    def told_in_log(self) -> Mapping[str, object]:
        """What an administrator may want to know: names of files and columns and figures, no cells."""
        dialect, tally = self.sheet.dialect, self.tally
        told: dict[str, object] = {"kind": self.kind, "worksheet": self.sheet.worksheet, "format": dialect.format}
        told |= {"encoding": dialect.encoding or None, "delimiter": dialect.delimiter or None}
        told |= {"rows": tally.rows, "to_do": self.rows_to_do, "invalid": tally.invalid, "skipped": tally.skipped}
        return told | {"columns": dict(self.columns), "endpoint": self.endpoint, "rate": str(self.rate)}
