"""The attempts of a run -> bare figures about each, for whoever measures speed, waits and retries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import text

from hotline_batch.ledger.failures import ledger_errors
from hotline_batch.ledger.ledger import Ledger

_ROWS_A_PAGE = 10_000

_ATTEMPTS = text("""
    select position, number, started_at, duration_seconds, error_code from attempt
    where run_key = :run_key order by position, number
""")


class AttemptFigures(NamedTuple):
    """One request: which row (from 0), its nth try, when (seconds since the epoch, UTC), how long, what code."""

    position: int
    number: int
    started_at: float
    duration_seconds: float
    error_code: str


def attempt_figures(ledger: Ledger, run_id: str) -> Iterator[Sequence[AttemptFigures]]:
    """Every attempt of a run by row and number, in pages."""
    values = {"run_key": ledger.run_key(run_id)}
    with (
        ledger_errors("reading the attempts"),
        ledger.engine.connect().execution_options(reads_only=True, yield_per=_ROWS_A_PAGE) as connection,
    ):
        for page in connection.execute(_ATTEMPTS, values).partitions():
            yield [AttemptFigures(*row) for row in page]
