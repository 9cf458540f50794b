"""Runs, rows and jobs for tests of the ledger and the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import GetTopicInfo, Job, Kind, PlannedRow, Request, SendMessage
from hotline_batch.model.runs import RowRecord, Run, RunNotes, RunState
from hotline_batch.model.sheets import Dialect, Row
from hotline_batch.run_options import RunOptions

WALL = 1_800_000_000.0
IDENTITY = "13209946874612345"


def ledger_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.sqlite'}"


def run_named(run_id: str, kind: Kind = Kind.SEND, rows: int = 0) -> Run:
    return Run(
        id=run_id,
        kind=kind,
        state=RunState.PLANNED,
        created_at=WALL,
        started_at=None,
        finished_at=None,
        sheet_path="contacts.csv",
        worksheet=None,
        dialect=Dialect("csv", "utf-8", ","),
        fingerprint="0" * 64,
        header=("user_id", "message"),
        columns={"user_id": "user_id"},
        endpoint="https://example.test/",
        output_path="contacts.results.csv",
        options=RunOptions(),
        owner="someone@somewhere",
        rows=rows,
        notes=RunNotes(connection="main"),
    )


def hold_of(ledger: Ledger, run_id: str) -> Hold:
    """A hold of a whole run whose heart beats no more; it is good for claims until somebody else takes the run."""
    with ledger.hold(run_id) as held:
        return held


def settle_left(ledger: Ledger, run_id: str, now: float) -> int:
    """Settle what a process that is gone left in flight, as whoever holds the run does; how many rows that were."""
    with ledger.hold(run_id) as held:
        return ledger.settle_stale(held, ledger.run(run_id), now)


def key_for(request: Request, identity: str = IDENTITY) -> bytes:
    return hashlib.sha256(f"{identity}|{request!r}".encode("utf-8", "surrogatepass")).digest()[:16]


def planned(number: int, request: Request, connection: str = "main", identity: str = IDENTITY) -> PlannedRow:
    match request:
        case SendMessage(user_id, message):
            cells: tuple[str, ...] = (str(user_id), message)
        case GetTopicInfo(group_id, topic_id):
            cells = (str(group_id), str(topic_id))
    return PlannedRow(Row(number, cells), Job(number, request, connection, key_for(request, identity)))


def messages(count: int, first_user: int = 1001) -> list[SendMessage]:
    """One message each to so many users."""
    return [SendMessage(first_user + i, f"Hello {i}") for i in range(count)]


def add_run(ledger: Ledger, run_id: str, requests: Sequence[Request], connections: Sequence[str] = ("main",)) -> Run:
    """A run over these requests, dealt to the connections in turn."""
    kind = Kind.ENRICH if requests and isinstance(requests[0], GetTopicInfo) else Kind.SEND
    rows = [planned(2 + i, request, connections[i % len(connections)]) for i, request in enumerate(requests)]
    return add_planned(ledger, run_id, rows, kind)


def add_planned(ledger: Ledger, run_id: str, rows: Iterable[PlannedRow], kind: Kind = Kind.SEND) -> Run:
    ledger.add_run(run_named(run_id, kind))
    stored = ledger.add_rows(run_id, rows)
    ledger.change_run(run_id, rows=stored)
    return ledger.run(run_id)


def states(ledger: Ledger, run_id: str) -> list[str]:
    return [row.state.value for row in ledger.rows(run_id)]


def codes(ledger: Ledger, run_id: str) -> list[str]:
    return [row.code for row in ledger.rows(run_id)]


def records(ledger: Ledger, run_id: str) -> list[RowRecord]:
    return list(ledger.rows(run_id))
