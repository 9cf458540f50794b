"""Every attempt of a run as bare figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import text

from hotline_batch.ledger.database.transactions import reading
from hotline_batch.ledger.ledger import Ledger

_FIGURES_A_PAGE = 10_000

_FIGURES = text("""
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
    with reading(ledger.engine, "reading the attempts") as connection:
        in_pages = {"yield_per": _FIGURES_A_PAGE}
        for page in connection.execute(_FIGURES, values, execution_options=in_pages).partitions():
            yield [AttemptFigures(*row) for row in page]
