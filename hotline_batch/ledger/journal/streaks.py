"""Outcomes of all workers of a run -> one count of them, in the order in which they are kept.

So an outage that three workers meet leaves three doubtful rows, not three for each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, select, text

from hotline_batch.ledger.journal.entries import Postponed, Record
from hotline_batch.ledger.schema import streak as streak_table
from hotline_batch.model.jobs import Outcome, Succeeded

_MAKE = text("insert into streak (run_key, state) values (:run_key, '') on conflict (run_key) do nothing")
_STORE = text("update streak set state = :state where run_key = :run_key")


class OutcomesInARow(Protocol):
    """Whoever counts outcomes, such as the engine's breaker; what it remembers is a text that the ledger keeps."""

    def remember(self, state: str) -> None:
        """Go on from what was kept; an empty text is the beginning."""
        ...

    @property
    def state(self) -> str:
        """What is to be kept; empty where there is nothing that a good outcome would change."""
        ...

    def note(self, outcome: Outcome, position: int) -> object | None:
        """Count an outcome; the reason to stop, if there is one."""
        ...


def count_outcomes(
    connection: Connection, run_key: int, records: Sequence[Record], in_a_row: OutcomesInARow
) -> dict[int, object]:
    """Count what became of rows; the reasons to stop, by position."""
    outcomes = [(record.job.position, record.result) for record in records]
    query = select(streak_table.c.state).where(streak_table.c.run_key == run_key)
    state = connection.execute(query).scalar()
    if not state and all(isinstance(result, Succeeded | Postponed) for _, result in outcomes):
        return {}  # as nearly always, and nobody's turn is awaited
    if state is None:
        connection.execute(_MAKE, {"run_key": run_key})
    before = str(connection.execute(query.with_for_update()).scalar_one())
    in_a_row.remember(before)
    stops = {}
    for position, result in outcomes:
        if not isinstance(result, Postponed) and (stop := in_a_row.note(result, position)) is not None:
            stops[position] = stop
    if in_a_row.state != before:
        connection.execute(_STORE, {"run_key": run_key, "state": in_a_row.state})
    return stops
