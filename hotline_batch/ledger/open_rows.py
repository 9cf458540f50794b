"""Which connections the rows of a run would still go through."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from hotline_batch.ledger.failures import ledger_errors
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.schema import sheet_row
from hotline_batch.model import JobState

_MAY_BE_SENT = tuple(
    state.value for state in JobState if state not in {JobState.SUCCEEDED, JobState.REJECTED, JobState.SKIPPED}
)


def connections_of_open_rows(ledger: Ledger, run_id: str) -> Sequence[str]:
    """The connections of rows that are not done; failed rows and those in doubt count, since they may be sent yet."""
    query = (
        select(sheet_row.c.connection)
        .distinct()
        .where(sheet_row.c.run_key == ledger.run_key(run_id))
        .where(sheet_row.c.state.in_(_MAY_BE_SENT))
    )
    with ledger_errors("reading the rows"), ledger.engine.connect().execution_options(reads_only=True) as connection:
        return sorted(connection.execute(query).scalars())
