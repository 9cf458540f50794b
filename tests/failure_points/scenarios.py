"""Failures made to happen for real, by line of the table -> what the row was called, and what the run and `resume` did.

Each scenario drives whole runs: a real sheet, a real ledger, real sockets. It checks what its word for the run claims
(that the run went on, waited, stopped), and returns what was seen of the row that met the failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RowRecord, RunState
from tests.failure_points.table import DONE, GO_ON, NEVER, NEXT, ON_REQUEST, SEND, STOP, TRY_AGAIN, WAIT
from tests.support.batch_bench import FIRST_USER, Bench
from tests.support.service.certificates import Certificate, authority
from tests.support.service.faults import Applied, Fault, Stage, named
from tests.support.service.hostile_server import HostileServer

SHORT_SECONDS = 1.5
"""A time-out that is waited for; well above what a good answer takes, also where the machine is busy."""
PATIENT_SECONDS = 10.0
FAST = "5000/s"


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of the row that met the failure; ``copies`` are those in its topic before anybody went on."""

    status: Status
    code: str
    copies: int
    in_the_run: str
    on_resume: str


Scenario: TypeAlias = Callable[[Path], Seen]


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which a line of the table can come about, and the code that it is to show."""

    name: str
    code: str
    happen: Scenario


def what_happens_next(bench: Bench, server: HostileServer, run_id: str, row: int, status: Status) -> str:
    """Let everything be well, then `resume` and `retry`: which of them sent the row, and whether any could."""
    server.heal()
    user = FIRST_USER + row

    def requests() -> int:
        return sum(request.content.get("user_id") == user for request in server.requests)

    before = requests()
    bench.drive(run_id, rate=FAST)
    after_resume = requests()
    bench.retry(run_id, rate=FAST)
    after_retry = requests()
    assert after_retry - before <= 1
    assert {} == server.duplicates()
    if after_resume > before:
        return SEND
    if after_retry > before:
        return ON_REQUEST
    return DONE if status is Status.SENT else NEVER


def seen(bench: Bench, server: HostileServer, run_id: str, row: int, in_the_run: str, code: str | None = None) -> Seen:
    """What was seen of a row; ``code`` where it is not the row's own."""
    record = bench.records(run_id)[row]
    status = record.status(Kind.SEND)
    copies = len(server.applied_for(FIRST_USER + row))
    on_resume = what_happens_next(bench, server, run_id, row, status)
    return Seen(status, record.code if code is None else code, copies, in_the_run, on_resume)


def attempts(bench: Bench, run_id: str, row: int) -> int:
    return bench.records(run_id)[row].attempts


def is_stopped(summary: RunSummary, records: Sequence[RowRecord]) -> bool:
    return summary.state is RunState.STOPPED and records[-1].status(Kind.SEND) is Status.NOT_ATTEMPTED


@contextmanager
def service(folder: Path, *, secure: bool = False) -> Iterator[tuple[Bench, HostileServer]]:
    """A service in good health and a bench toward it."""
    with HostileServer(tls=Certificate.GOOD if secure else None) as server:
        ca_file = str(authority().write_ca_file(folder / "ca.pem")) if secure else None
        yield Bench(folder, server.url, ca_file), server


# ── answers, and the lack of one ─────────────────────────────────────────────────────────────────────────────────────


def in_doubt(fault: Fault, in_the_run: str = GO_ON, *, secure: bool = False, rows_later: int = 0) -> Scenario:
    """The second row of seven meets the fault, and the run goes on; so do three in a row, and it stops.

    ``rows_later``: so many more rows leave before the doubt is seen, where only the ledger sees it.
    """

    def happen(folder: Path) -> Seen:
        with service(folder, secure=secure) as (bench, server):
            for row in (1, 3, 4, 5):
                server.fault_for(FIRST_USER + row, fault)

            summary = bench.send(
                "abcdefghi"[: 7 + rows_later], timeout=SHORT_SECONDS if _outlasts(fault) else PATIENT_SECONDS
            )

            sent, doubt = Status.SENT, Status.UNKNOWN
            first = [sent, doubt, sent, doubt, doubt, doubt]
            assert [*first, *[sent] * rows_later, Status.NOT_ATTEMPTED] == bench.statuses(summary.run)
            assert ("unknown_in_a_row", 4) == (summary.stop_code, summary.exit_code)
            assert 6 + rows_later == len(server.requests), "One row, one request"
            if fault.applied is Applied.LATER:
                assert 4 == server.apply_late_now()
            return seen(bench, server, summary.run, 1, in_the_run)

    return happen


def in_doubt_both(name: str, *, code: str, secure: bool = False) -> tuple[Case, Case]:
    """The twins that nobody can tell apart: posted before the fault, or not."""
    twins = [f"{name}_{twin}" for twin in ("applied", "not_applied")]
    cases = [Case(twin, code, in_doubt(named(twin).lasting(_seconds(named(twin))), secure=secure)) for twin in twins]
    return cases[0], cases[1]


def _outlasts(fault: Fault) -> bool:
    """Whether the fault ends only with our time-out, which then must be short."""
    return fault.seconds > 1 or fault.name.startswith("slow_endless")


def _seconds(fault: Fault) -> float:
    """As short as the fault can be: beyond the time-out where it must outlast it, else as it is."""
    return 10.0 if fault.seconds > 1 else fault.seconds


def goes_on(fault: Fault, *, secure: bool = False) -> Scenario:
    """The second of three rows meets the fault, once; the third is sent, and the run ends by itself."""

    def happen(folder: Path) -> Seen:
        with service(folder, secure=secure) as (bench, server):
            server.fault_for(FIRST_USER + 1, fault)

            summary = bench.send("abc")

            records = bench.records(summary.run)
            assert summary.state is RunState.FINISHED
            assert [1, 1, 1] == [record.attempts for record in records]
            assert [Status.SENT, Status.SENT] == bench.statuses(summary.run)[::2]
            return seen(bench, server, summary.run, 1, NEXT)

    return happen


def stops(fault: Fault, in_the_run: str = STOP) -> Scenario:
    """The first of three rows meets the fault: one request, and the run is over."""

    def happen(folder: Path) -> Seen:
        with service(folder) as (bench, server):
            server.fault_next(fault)

            summary = bench.send("abc")

            assert is_stopped(summary, bench.records(summary.run))
            assert (4, 1) == (summary.exit_code, len(server.requests))
            return seen(bench, server, summary.run, 0, in_the_run)

    return happen


def waits(fault: Fault) -> Scenario:
    """A row is asked to wait, once: everybody waits, then it is sent. Asked every time, its tries are used up."""

    def happen(folder: Path) -> Seen:
        with service(folder) as (bench, server):
            server.fault_for(FIRST_USER, fault)
            once = bench.send("ab")
            told = fault.told_wait or 0.5  # half a second: the shortest pause of our own
            starts = [_moment(entry) for entry in bench.audit(once.run)]
            assert [Status.SENT, Status.SENT] == bench.statuses(once.run)
            assert 2 == attempts(bench, once.run, 0)
            assert min(starts[1:]) - starts[0] >= told, "Everybody waits"

            server.fault_for(FIRST_USER, fault, times=2)
            always = bench.send(["another", "and one more"], output="always.csv", attempts=2)
            assert (RunState.FINISHED, 2) == (always.state, attempts(bench, always.run, 0))
            result = seen(bench, server, always.run, 0, WAIT)
            return replace(result, copies=result.copies - 1)  # the first run's

    return happen


def _moment(entry: dict[str, object]) -> float:
    return datetime.fromisoformat(str(entry["started_at"])).timestamp()


# ── no way through ───────────────────────────────────────────────────────────────────────────────────────────────────


def nobody_gets_through(break_it: Callable[[HostileServer], None], *, secure: bool = False) -> Scenario:
    """Every try of the first row fails before a request; the run stops, and the rest was never tried."""

    def happen(folder: Path) -> Seen:
        with service(folder, secure=secure) as (bench, server):
            break_it(server)

            summary = bench.send("abc", attempts=3, timeout=SHORT_SECONDS)

            records = bench.records(summary.run)
            assert is_stopped(summary, records)
            assert ("unreachable", 4) == (summary.stop_code, summary.exit_code)
            assert [3, 0, 0] == [record.attempts for record in records]
            assert [] == server.requests
            server.come_back()
            return seen(bench, server, summary.run, 0, TRY_AGAIN)

    return happen


def refuses_connections(server: HostileServer) -> None:
    server.go_down()


def handshake(name: str) -> Callable[[HostileServer], None]:
    fault = named(name)
    assert fault.stage is Stage.CONNECTION
    return lambda server: server.fault_next(fault.lasting(min(fault.seconds, 10.0)), times=3)
