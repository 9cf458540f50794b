"""Why a session of a run ends before its rows do: a breaker, a person here, or a wish in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from hotline_batch.engine.response_policy.decision import StopRun
from hotline_batch.engine.session import HANDED_BACK, INTERRUPTED, RunEnd, StopTold
from hotline_batch.model.runs import RunState


@dataclass(slots=True)
class StopReasons:
    """What was said so far; the first of each kind counts. ``interrupts`` is how often a person here asked."""

    stop: StopRun | None = None
    wish: StopTold | None = None
    interrupts: int = 0

    def heed(self, wish: StopTold) -> None:
        """The first counts; but who is only to leave its lanes to others may hear yet that the run is to stop."""
        if self.wish is None or self.wish.code == HANDED_BACK:
            self.wish = wish

    @property
    def is_any(self) -> bool:
        """Whether nothing new is to be sent."""
        return bool(self.stop or self.wish or self.interrupts)

    def end(self, seconds: float, *, reached_anything: bool) -> RunEnd | None:
        """How the session ended, which had rows left; None where nobody wanted that. A person's wish goes first."""
        if self.interrupts:
            return RunEnd(RunState.INTERRUPTED, seconds, INTERRUPTED, "Stopped by a person.")
        if self.wish and self.wish.code == INTERRUPTED:
            return RunEnd(RunState.INTERRUPTED, seconds, INTERRUPTED, self.wish.reason)
        reason = self.stop or self.wish
        if reason:
            return RunEnd(RunState.STOPPED, seconds, reason.code, reason.reason, reached_anything)
        return None
