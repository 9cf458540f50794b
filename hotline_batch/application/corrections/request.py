"""What is asked for when a run is corrected, and what would be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.ledger.corrections import Correction
from hotline_batch.model.runs import Run
from hotline_batch.run_options import RunOptions


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """A run whose messages were wrong, and what those who got them are to get.

    Of the ``options``, those about messages, rows and limits count; one of ``message`` and ``template`` is needed.
    ``output`` as of ``SheetRequest``; None: beside the sheet. ``include_unknown``: rows in doubt get it, too.
    ``again``: the run was corrected before, and those whom that correction did not reach are to get this one.
    ``asks``: a person is asked before anything is sent. ``seen`` is how many corrections of the run whoever asks has
    seen; None: whatever there is.
    """

    run: str
    options: RunOptions = field(default_factory=RunOptions)
    output: str | None = None
    force: bool = False
    include_unknown: bool = False
    again: bool = False
    asks: bool = False
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that a correction leaves out for one reason: how many, and the first row numbers."""

    code: str
    words: str
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CorrectionPlan:
    """To whom a correction would go, to whom not and why, and what they would get.

    ``plan`` is that of the new run, over all rows of the ``corrected`` one. ``sent`` of its recipients surely got the
    wrong message, ``in_doubt`` may have. ``earlier`` are corrections that there are already; ``given`` rows were given
    to one of them. ``to_go`` rows of the corrected run are still to be sent as they were planned. ``sheet_remark``
    says what became of the sheet meanwhile, empty where it is as it was.
    """

    corrected: Run
    plan: SheetPlan
    sent: int
    in_doubt: int
    left_out: Sequence[LeftOut]
    earlier: Sequence[Correction]
    given: int
    to_go: int
    sheet_remark: str

    @property
    def recipients(self) -> int:
        """Rows that would get the correction."""
        return self.plan.tally.usable


@dataclass(frozen=True, slots=True)
class PlannedCorrection:
    """A correction in the ledger that waits for a yes: what a person looks at before ``start_run``.

    ``waits_for_approval``: somebody else has to look at it, too.
    """

    run: Run
    correction: CorrectionPlan
    waits_for_approval: bool = False

    @property
    def plan(self) -> SheetPlan:
        """The plan of the new run."""
        return self.correction.plan
