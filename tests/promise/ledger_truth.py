"""What a ledger says of rows, held against the service's own record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import JobState, SendMessage
from hotline_batch.model.runs import Run, RunState
from tests.promise.promise_model import Key
from tests.support.service.hostile_server import HostileServer


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row: what goes to whom, how it stands, and how often it was tried."""

    number: int
    cells: Sequence[str]
    key: Key | None
    state: JobState
    attempts: int


def runs_planned(ledger_url: str) -> list[Run]:
    """All that are planned, also those that wait for somebody's yes."""
    with Ledger(ledger_url) as ledger:
        return [run for run in ledger.runs() if run.state is not RunState.PLANNING]


def runs_begun(ledger_url: str) -> list[Run]:
    """Those that may have sent something; nothing of practice is sent."""
    return [run for run in runs_planned(ledger_url) if not (run.notes.waits_for_yes or run.notes.is_practice)]


def rows_of_run(ledger_url: str, run_id: str) -> list[LedgerRow]:
    """All rows of a run, in their order."""
    with Ledger(ledger_url) as ledger:
        return [
            LedgerRow(
                row.number,
                row.cells,
                (row.request.user_id, row.request.message) if isinstance(row.request, SendMessage) else None,
                row.state,
                row.attempts,
            )
            for row in ledger.rows(run_id)
        ]


def copies_of(server: HostileServer) -> Counter[Key]:
    """How often each message is in its topic."""
    return Counter((event.user_id, event.message) for event in server.applied)


def untrue_rows(ledger_url: str, server: HostileServer, misjudged: Collection[Key] = ()) -> Iterator[str]:
    """Messages of which the rows of all runs say something else than the service. Of ``misjudged`` ones persons did."""
    sent, perhaps, tried = Counter[Key](), Counter[Key](), Counter[Key]()
    for run in runs_begun(ledger_url):
        for row in rows_of_run(ledger_url, run.id):
            if row.key is not None:
                sent[row.key] += row.state is JobState.SUCCEEDED
                perhaps[row.key] += row.state in {JobState.UNKNOWN, JobState.IN_FLIGHT}
                tried[row.key] += row.attempts
    copies = copies_of(server)
    requests = Counter[Key]((asked.content["user_id"], asked.content["message"]) for asked in server.requests)
    for key in {*copies, *sent, *requests}:
        if key not in misjudged and not sent[key] <= copies[key] <= sent[key] + perhaps[key]:
            yield f"{key}: {copies[key]} copies, {sent[key]} called sent, {perhaps[key]} in doubt"
        if requests[key] > tried[key]:
            yield f"{key}: {requests[key]} requests, {tried[key]} attempts"
