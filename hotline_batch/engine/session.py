"""How one session of a run is driven, asked to stop, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline_batch.engine.response_policy.decision import StopRun
from hotline_batch.ledger.lanes.lane import HANDED_BACK as HANDED_BACK
from hotline_batch.model.runs import RunState
from hotline_batch.opening_hours.week import Hours
from hotline_batch.settings.units import MaxErrors

CANARY = "canary"
"""The stop code of a session that was to do only the first rows."""

INTERRUPTED = "interrupted"
"""The stop code of a session that a person ended."""


def canary_reason(rows: int) -> str:
    """Why such a session ended."""
    return f"The first {rows} rows are done, and a person is to look at them (canary)."


@dataclass(frozen=True, slots=True)
class RunChoices:
    """How a run is driven.

    ``duplicate_window_seconds`` 0 switches the guard against other runs off; ``most_rows`` ends the session after so
    many rows, as a canary does. ``hours`` are those of connections that have any; with ``leaves_when_closed`` the
    session ends where it would have to wait for them for long, and somebody goes on with its lanes when it is time.
    """

    concurrency: int = 8
    most_tries: int = 5
    error_budget: MaxErrors = field(default_factory=lambda: MaxErrors(in_a_row=10))
    duplicate_window_seconds: float = 86_400.0
    most_rows: int | None = None
    hours: Mapping[str, Hours] = field(default_factory=dict)
    leaves_when_closed: bool = False


@dataclass(frozen=True, slots=True)
class StopRequested:
    """A person, or the machine, asked the program to stop: nothing is torn, nothing new starts."""


@dataclass(frozen=True, slots=True)
class StopTold:
    """The ledger tells that the run is to stop: a person elsewhere wants it, or a worker met what concerns all lanes.

    ``code`` is what the run is stopped for; that of a person is INTERRUPTED.
    """

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class LaneTaken:
    """Another worker has taken a lane over."""

    name: str


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a session of a run ended. ``passes``: what stopped it goes by itself."""

    state: RunState
    seconds: float
    stop_code: str = ""
    stop_reason: str = ""
    reached_anything: bool = True
    passes: bool = False


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
        """How the session ended, which had rows left; None where nobody wanted that. A person's wish goes first.

        Who was to leave its lanes to others before it was asked, is only to be quick about it.
        """
        if self.interrupts and not (self.wish and self.wish.code == HANDED_BACK):
            return RunEnd(RunState.INTERRUPTED, seconds, INTERRUPTED, "Stopped by a person.")
        if self.wish and self.wish.code == INTERRUPTED:
            return RunEnd(RunState.INTERRUPTED, seconds, INTERRUPTED, self.wish.reason)
        reason = self.stop or self.wish
        if reason:
            passes = self.stop is not None and self.stop.passes
            return RunEnd(RunState.STOPPED, seconds, reason.code, reason.reason, reached_anything, passes)
        return None
