"""A run of bad outcomes -> the run stops: an outage leaves three doubtful rows, not three thousand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

from hotline_batch.engine.response_policy.decision import StopRun
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.language.languages import SOURCE
from hotline_batch.language.reader import reading_in
from hotline_batch.model.jobs import Failed, Outcome, Succeeded, Unknown
from hotline_batch.settings.units import MaxErrors

_MOST_UNKNOWN_IN_A_ROW = 3


def _nothing_between(_first: int, _last: int) -> bool:
    return False


class Breaker:
    """Counts outcomes in the order in which they come, and says when to stop.

    ``is_well_between`` says whether a row between two positions of the sheet is well already, from another session or
    an earlier answer: failed rows around it are not in a row. ``state`` is what it remembers, for another
    breaker of the same run to go on from.
    """

    def __init__(
        self, budget: MaxErrors, rows: int, is_well_between: Callable[[int, int], bool] = _nothing_between
    ) -> None:
        self._budget = budget
        self._is_well_between = is_well_between
        self._failed_positions: list[int] = []
        self._most_failed = math.inf if budget.share is None else max(1, math.ceil(round(budget.share * rows, 6)))
        self._unknown_in_a_row = 0
        self._failed = 0

    @property
    def state(self) -> str:
        """What it remembers, as JSON; empty at the beginning."""
        remembered = {
            "failed_positions": self._failed_positions,
            "unknown_in_a_row": self._unknown_in_a_row,
            "failed": self._failed,
        }
        return (
            json.dumps({name: value for name, value in remembered.items() if value}) if any(remembered.values()) else ""
        )

    def remember(self, state: str) -> None:
        """Go on from what another breaker remembered."""
        remembered = json.loads(state) if state else {}
        self._failed_positions = list(remembered.get("failed_positions", ()))
        self._unknown_in_a_row = int(remembered.get("unknown_in_a_row", 0))
        self._failed = int(remembered.get("failed", 0))

    def note(self, outcome: Outcome, position: int = 0) -> StopRun | None:
        """Count the outcome of the row at a position; the reason to stop, if there is one."""
        match outcome:
            case Succeeded():
                self._failed_positions.clear()
                self._unknown_in_a_row = 0
                return None
            case Failed(issue):
                self._failed += 1
                self._failed_positions.append(position)
                self._unknown_in_a_row = 0
            case Unknown(issue):
                self._unknown_in_a_row += 1
        with reading_in(SOURCE):  # as the ledger keeps it for whoever reads it
            reason = words_of(issue)
        if self._unknown_in_a_row >= _MOST_UNKNOWN_IN_A_ROW:
            told = f"{self._unknown_in_a_row} rows in a row may or may not have been delivered. The last: {reason}"
            return StopRun(Issue.worded("unknown_in_a_row", told))
        in_a_row = len(self._failed_positions)
        if self._budget.in_a_row is not None and in_a_row >= self._budget.in_a_row:
            # Asked when it matters: it is a look into the ledger.
            if not self._is_well_between(min(self._failed_positions), max(self._failed_positions)):
                told = f"{in_a_row} rows in a row failed (max_errors). The last: {reason}"
                return StopRun(Issue.worded("too_many_failed", told))
            self._failed_positions = [position]
        if self._failed >= self._most_failed:
            told = f"{self._failed} rows failed, as many as max_errors allows. The last: {reason}"
            return StopRun(Issue.worded("too_many_failed", told))
        return None
