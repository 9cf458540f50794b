"""Failures of the way there, of the machine and of the disk -> what the row was called, and what `resume` did."""

from __future__ import annotations

import select
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from json import loads
from pathlib import Path

import pytest
from sqlalchemy import text
from urllib3.util import connection as urllib3_connection

from hotline_batch.application.runs.concluding import write_and_summarise
from hotline_batch.errors import RunInProgress, SettingsError
from hotline_batch.model.jobs import JobState, Kind, Status
from hotline_batch.model.runs import RunState
from tests.failure_points.scenarios import SHORT_SECONDS, Scenario, Seen, is_stopped, seen, service
from tests.failure_points.table import (
    ASKED_TO_END,
    DONE,
    ENDS_AT_ONCE,
    FREE_THE_RESERVE,
    GO_ON,
    KILLED,
    KNOWN_BY_CONTENT,
    MEND,
    NEXT,
    NO_REQUEST,
    SECOND_YIELDS,
    STOP,
    TRY_AGAIN,
    WRITTEN_LATER,
)
from tests.support.batch_bench import FIRST_USER, Bench, real_time
from tests.support.processes.doomed import DiskFull, Doomed
from tests.support.proxy import Manner, Proxy
from tests.support.service.certificates import Certificate, authority
from tests.support.service.exchange import Exchange
from tests.support.service.faults import Applied, Fault, Stage, Verdict, named
from tests.support.service.hostile_server import HostileServer

LONG_SECONDS = 120.0

# ── the way there ────────────────────────────────────────────────────────────────────────────────────────────────────


def name_not_found(folder: Path) -> Seen:
    """No resolver knows the name."""
    with HostileServer() as server, pytest.MonkeyPatch.context() as patch:
        bench = Bench(folder, server.url.replace("127.0.0.1", "localhost"))

        def nobody_knows(*_arguments: object, **_more: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        patch.setattr(socket, "getaddrinfo", nobody_knows)
        summary = bench.send("abc", attempts=3)

        records = bench.records(summary.run)
        assert is_stopped(summary, records)
        assert [3, 0, 0] == [record.attempts for record in records]
        assert "name of the service was not found" in summary.stop_reason
        patch.undo()
        return seen(bench, server, summary.run, 0, TRY_AGAIN)


@contextmanager
def nobody_accepts() -> Iterator[int]:
    """A port whose queue is full, so that a connection neither comes about nor is refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            waiting.append(client)
        try:
            yield listener.getsockname()[1]
        finally:
            for client in waiting:
                client.close()


def no_connection_in_time(folder: Path) -> Seen:
    """Three tries, each up to the time-out of the connection."""
    with nobody_accepts() as port:
        bench = Bench(folder, f"http://127.0.0.1:{port}/webhook/topic_action")
        summary = bench.send("abc", attempts=3, timeout=SHORT_SECONDS)
    records = bench.records(summary.run)
    assert is_stopped(summary, records)
    assert [3, 0, 0] == [record.attempts for record in records]
    with HostileServer(port) as server:
        return seen(bench, server, summary.run, 0, TRY_AGAIN)


def certificate_refused(certificate: Certificate | None) -> Scenario:
    """A certificate that is not trusted, or none at all: not one request, exit 2, and the run can go on later."""

    def happen(folder: Path) -> Seen:
        with HostileServer(tls=certificate) as server:
            port = server.port
            url = server.url.replace("http://", "https://")
            bench = Bench(folder, url, str(authority().write_ca_file(folder / "ca.pem")))
            summary = bench.send("abc")
            assert [] == server.requests
        records = bench.records(summary.run)
        assert is_stopped(summary, records)
        assert (2, "certificate_refused") == (summary.exit_code, summary.stop_code)
        assert [1, 0, 0] == [record.attempts for record in records]
        with HostileServer(port, tls=Certificate.GOOD) as server:
            return seen(bench, server, summary.run, 0, STOP)

    return happen


def proxy_refuses(manner: Manner) -> Scenario:
    """The proxy says no to the first CONNECT; once it lets a tunnel through, the rows go."""

    def happen(folder: Path) -> Seen:
        with service(folder, secure=True) as (bench, server), Proxy(manner) as proxy:
            bench.proxy = proxy.url
            summary = bench.send("abc")

            assert is_stopped(summary, bench.records(summary.run))
            assert (2, 1) == (summary.exit_code, len(proxy.connects))
            assert [] == server.requests
            assert "owner-token" not in "".join(proxy.heads)
            proxy.manner = Manner.TUNNEL
            return seen(bench, server, summary.run, 0, STOP)

    return happen


def proxy_is_not_there(*, hangs_up: bool) -> Scenario:
    """The proxy refuses the connection, or hangs up in CONNECT: like a service that cannot be reached."""

    def happen(folder: Path) -> Seen:
        with service(folder, secure=True) as (bench, server), Proxy(Manner.HANG_UP) as proxy:
            with socket.socket() as deaf:  # nobody else takes that port, and nobody answers there
                deaf.bind(("127.0.0.1", 0))
                bench.proxy = proxy.url if hangs_up else f"http://127.0.0.1:{deaf.getsockname()[1]}"
                summary = bench.send("abc", attempts=3)

            records = bench.records(summary.run)
            assert is_stopped(summary, records)
            assert [3, 0, 0] == [record.attempts for record in records]
            proxy.manner, bench.proxy = Manner.TUNNEL, proxy.url
            return seen(bench, server, summary.run, 0, TRY_AGAIN)

    return happen


def text_cannot_travel(folder: Path) -> Seen:
    """The row is named while planning; the others go; a mended sheet sends it, and only it."""
    with service(folder) as (bench, server):
        summary = bench.send(["fine", "a bell \x07"])
        row = seen(bench, server, summary.run, 1, NO_REQUEST)

        bench.send(["fine", "a bell"], output="mended.csv")

        assert [["fine"], ["a bell"]] == [server.applied_for(FIRST_USER + number) for number in (0, 1)]
        return Seen(row.status, row.code, row.copies, NO_REQUEST, MEND)


def key_cannot_travel(folder: Path) -> Seen:
    """A key with a line end in its middle: no request, no row touched, and the key is not shown."""
    with service(folder) as (bench, server):
        bench.environment = {"HOTLINE_API_KEY": "instance\nkey"}
        with pytest.raises(SettingsError) as caught:
            bench.send(["fine", "a bell \x07"])
        assert "instance\nkey" not in str(caught.value)
        assert [] == server.requests
        bench.environment = {}
        bench.drive(bench.newest_run().id)
        return Seen(*_row(bench, 1), 0, NO_REQUEST, MEND)


def _row(bench: Bench, row: int) -> tuple[Status, str]:
    record = bench.records(bench.newest_run().id)[row]
    return record.status(Kind.SEND), record.code


def idle_connection_died(name: str) -> Scenario:
    """The service ends the connection after an answer; the next row goes over a new one, once."""

    def happen(folder: Path) -> Seen:
        with service(folder) as (bench, server):
            bench.clock = real_time()
            server.fault_for(FIRST_USER, named(name))
            # The pause lets the end of the connection arrive: it is to be one that can be seen.
            summary = bench.send("abc", rate="1/s")

            assert [Status.SENT] * 3 == bench.statuses(summary.run)
            assert (3, 2) == (len(server.requests), server.connections)
            return seen(bench, server, summary.run, 1, NEXT)

    return happen


def cut_before_the_last_byte(folder: Path) -> Seen:
    """Both tries of the second row meet a connection that breaks before a byte is out; the others get through."""
    connected = threading.Semaphore(0)

    def break_once_connected(exchange: Exchange) -> None:
        connected.acquire(timeout=LONG_SECONDS)
        exchange.connection.reset()

    fault = Fault("break", break_once_connected, Verdict.RETRY, stage=Stage.CONNECTION)
    with service(folder) as (bench, server), pytest.MonkeyPatch.context() as patch:
        connect, numbers, broken = urllib3_connection.create_connection, count(1), (2, 4)

        def connect_and_look(*arguments: object, **more: object) -> socket.socket:
            # On a slow machine the end arrives before our first byte leaves: here it always does.
            made: socket.socket = connect(*arguments, **more)  # type: ignore[arg-type]  # passed on as they are
            if next(numbers) in broken:
                connected.release()
                select.select([made], [], [], LONG_SECONDS)
            return made

        patch.setattr(urllib3_connection, "create_connection", connect_and_look)
        for user in range(3):
            server.fault_for(FIRST_USER + user, named("connection_close"))
        for number in broken:
            server.fault_on_request(number, fault)
        summary = bench.send("abc")

        assert summary.state is RunState.FINISHED
        assert [1, 2, 1] == [record.attempts for record in bench.records(summary.run)]
        assert 2 == len(server.requests)
        return seen(bench, server, summary.run, 1, TRY_AGAIN)


def breaks_inside(folder: Path) -> Seen:
    """An error of our own inside the request: the row is in doubt, the run goes on, and three in a row stop it."""
    with service(folder) as (bench, server), pytest.MonkeyPatch.context() as patch:

        def out_of_memory(raw: str | bytes, *arguments: object, **more: object) -> object:
            if isinstance(raw, str) and '"topic_link"' in raw and '"Bad ' in raw:
                raise MemoryError
            return loads(raw, *arguments, **more)  # type: ignore[arg-type]  # passed on as they are

        patch.setattr("json.loads", out_of_memory)
        summary = bench.send(["a", "Bad 1", "b", "Bad 2", "Bad 3", "Bad 4", "c"])
        patch.undo()

        sent, doubt = Status.SENT, Status.UNKNOWN
        assert [sent, doubt, sent, doubt, doubt, doubt, Status.NOT_ATTEMPTED] == bench.statuses(summary.run)
        assert 6 == len(server.requests)
        return seen(bench, server, summary.run, 1, GO_ON)


# ── killed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def killed_between_rows(row: int) -> Scenario:
    """Killed while the second row waits for its turn: the first has its outcome, the second no intent, no sheet."""

    def happen(folder: Path) -> Seen:
        with service(folder) as (bench, server):
            run = bench.plan("ab", rate="1/h").id
            with Doomed(bench, run) as doomed:
                server.wait_until(lambda: bench.statuses(run)[0] is Status.SENT, LONG_SECONDS)
                doomed.kill()

            assert not bench.result_path.exists()
            found = seen(bench, server, run, row, KILLED)
            assert "sent" == bench.results()[row]["hotline_status"]
            return found

    return happen


def killed_before_the_first_byte(folder: Path) -> Seen:
    """The intent is on the disk, the connection not yet made: nobody can know that from outside, so it is in doubt."""
    with nobody_accepts() as port:
        bench = Bench(folder, f"http://127.0.0.1:{port}/webhook/topic_action")
        run = bench.plan("ab", timeout=LONG_SECONDS).id
        with Doomed(bench, run) as doomed, HostileServer() as waiter:
            waiter.wait_until(lambda: bench.records(run)[0].state is JobState.IN_FLIGHT, LONG_SECONDS)
            doomed.kill()
    with HostileServer(port) as server:
        return after_a_kill(bench, server, run)


def killed_in_flight(name: str) -> Scenario:
    """Killed while the service works on the request."""

    def happen(folder: Path) -> Seen:
        with service(folder) as (bench, server):
            server.fault_next(named(name))
            run = bench.plan("ab", timeout=LONG_SECONDS).id
            with Doomed(bench, run) as doomed:
                server.wait_until(lambda: len(server.requests) == 1, LONG_SECONDS)
                doomed.kill()
            return after_a_kill(bench, server, run)

    return happen


def after_a_kill(bench: Bench, server: HostileServer, run: str, in_the_run: str = KILLED) -> Seen:
    """The run is resumed, which settles what was in flight; the other row goes, once."""
    assert bench.records(run)[0].status(Kind.SEND) is Status.UNKNOWN, "Also before anybody resumes"
    before = len(server.applied_for(FIRST_USER))
    bench.drive(run)
    assert [Status.UNKNOWN, Status.SENT] == bench.statuses(run)
    assert before == len(server.applied_for(FIRST_USER))
    assert 1 == len(server.applied_for(FIRST_USER + 1))
    return seen(bench, server, run, 0, in_the_run)


def power_cut(folder: Path) -> Seen:
    """What the disk holds at the moment of the request, and half a page more: the row is in doubt, and not sent.

    Every commit waits for the disk (synchronous=FULL), so the files as they are then are what a power cut leaves.
    """
    dark = folder / "dark"
    dark.mkdir()

    def cut(exchange: Exchange) -> None:
        for file in folder.glob("ledger.sqlite*"):
            if file.is_file():
                shutil.copy(file, dark / file.name)
        exchange.answer(exchange.good_status, exchange.good_body())

    with service(folder) as (bench, server):
        server.fault_next(Fault("power_cut", cut, Verdict.SENT, Applied.YES))
        run = bench.plan("ab", output="dark/out.csv").id
        bench.drive(run)
        with bench.ledger() as ledger, ledger.engine.connect() as connection:
            assert 2 == connection.execute(text("pragma synchronous")).scalar(), "2 is FULL"
        with (dark / "ledger.sqlite-wal").open("ab") as wal:
            wal.write(bytes(range(256)) * 8)  # a page that was on its way
        after = Bench(dark, server.url)
        after.drive(run)
        # The other row was sent by the world that went on; in the dark one it went again, as it must.
        server.truth.applied.pop()
        assert [Status.UNKNOWN, Status.SENT] == after.statuses(run)
        return seen(after, server, run, 0, KILLED)


# ── the disk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def no_room_for_an_intent(folder: Path) -> Seen:
    """The intent of a row cannot be kept: it is not sent, and the run stops."""
    with service(folder) as (bench, server):
        run = bench.plan("ab").id
        with Doomed(bench, run, DiskFull.AT_CLAIM) as doomed:
            code = doomed.end()

        assert (4, 0) == (code, len(server.requests))
        return seen(bench, server, run, 0, STOP)


def no_room_for_an_outcome(folder: Path) -> Seen:
    """The outcome of the first row finds room in the reserve; the run stops."""
    with service(folder) as (bench, server):
        run = bench.plan("ab").id
        with Doomed(bench, run, DiskFull.AT_OUTCOME_WITH_RESERVE) as doomed:
            code = doomed.end()

        assert (4, 1) == (code, len(server.requests))
        return seen(bench, server, run, 0, FREE_THE_RESERVE)


def sheet_cannot_be_written(folder: Path) -> Seen:
    """Its folder has gone meanwhile: the summary says so, and the sheet is written elsewhere later."""
    (folder / "results").mkdir()

    def remove(exchange: Exchange) -> None:
        (folder / "results").rmdir()
        exchange.answer(exchange.good_status, exchange.good_body())

    with service(folder) as (bench, server):
        server.fault_next(Fault("remove", remove, Verdict.SENT, Applied.YES))
        summary = bench.send("a", output="results/out.csv")

        problem = str(summary.result_problem)
        assert "no folder" in problem or "could not be written" in problem
        with bench.ledger() as ledger:
            write_and_summarise(ledger, ledger.run(summary.run), str(folder / "later.csv"), "1/s")
        assert ["sent"] == [row["hotline_status"] for row in bench.results("later.csv")]
        return seen(bench, server, summary.run, 0, WRITTEN_LATER)


def sheet_is_in_the_way(folder: Path) -> Seen:
    """What is there cannot be replaced: the sheet appears beside it."""

    def block(exchange: Exchange) -> None:
        (folder / "out.csv").mkdir()
        exchange.answer(exchange.good_status, exchange.good_body())

    with service(folder) as (bench, server):
        server.fault_next(Fault("block", block, Verdict.SENT, Applied.YES))
        summary = bench.send("a")

        assert str(folder / "out (2).csv") == summary.result
        assert ["sent"] == [row["hotline_status"] for row in bench.results("out (2).csv")]
        return seen(bench, server, summary.run, 0, WRITTEN_LATER)


# ── signals, sleep and clocks ────────────────────────────────────────────────────────────────────────────────────────


def asked_to_end(number: signal.Signals) -> Scenario:
    """Asked while a request is in flight: its answer is awaited, no new row starts, exit 130."""

    def happen(folder: Path) -> Seen:
        with service(folder) as (bench, server):
            run = bench.plan("abc", rate="20/s", timeout=LONG_SECONDS).id
            doomed = Doomed(bench, run)

            def ask(exchange: Exchange) -> None:
                doomed.signal(number)
                exchange.server.wait_unless_stopped(0.15)  # long enough for a second row to start, if it could
                exchange.answer(exchange.good_status, exchange.good_body())

            server.fault_next(Fault("ask", ask, Verdict.SENT, Applied.YES))
            with doomed:
                code = doomed.end()

            assert (130, 1) == (code, len(server.requests))
            assert ["sent", "not_attempted", "not_attempted"] == [row["hotline_status"] for row in bench.results()]
            return seen(bench, server, run, 0, ASKED_TO_END)

    return happen


def asked_twice(folder: Path) -> Seen:
    """Asked twice while a request hangs: the end comes long before the time-out."""
    with service(folder) as (bench, server):
        server.fault_next(named("hang_applied"))
        run = bench.plan("ab", timeout=LONG_SECONDS).id
        with Doomed(bench, run) as doomed:
            server.wait_until(lambda: len(server.requests) == 1, LONG_SECONDS)
            started = time.monotonic()
            doomed.signal(signal.SIGINT)
            doomed.signal(signal.SIGTERM)
            code = doomed.end()

        assert 130 == code
        assert time.monotonic() - started < LONG_SECONDS / 4
        assert ["unknown", "not_attempted"] == [row["hotline_status"] for row in bench.results()]
        return after_a_kill(bench, server, run, ENDS_AT_ONCE)


def sleeps_in_a_request(folder: Path) -> Seen:
    """The whole program stands still beyond the time-out, then goes on: the row is in doubt, the next is sent."""
    with service(folder) as (bench, server):
        run = bench.plan("ab", timeout=SHORT_SECONDS).id
        doomed = Doomed(bench, run)

        def sleep(exchange: Exchange) -> None:
            doomed.signal(signal.SIGSTOP)
            exchange.server.wait_unless_stopped(SHORT_SECONDS * 1.5)
            doomed.signal(signal.SIGCONT)
            exchange.hang()

        server.fault_next(Fault("sleep", sleep, Verdict.UNKNOWN, Applied.YES, seconds=10.0))
        with doomed:
            assert 3 == doomed.end()

        assert [Status.UNKNOWN, Status.SENT] == bench.statuses(run)
        return seen(bench, server, run, 0, GO_ON)


def clock_moves(seconds: float, connections: int, in_the_run: str) -> Scenario:
    """The clock on the wall moves between two rows; the clock that never jumps does not, as in a suspended Linux."""

    def happen(folder: Path) -> Seen:
        ahead = 0.0
        clock = time.time

        def move(exchange: Exchange) -> None:
            nonlocal ahead
            exchange.answer(exchange.good_status, exchange.good_body())
            exchange.server.wait_unless_stopped(0.03)
            ahead = seconds

        with service(folder) as (bench, server), pytest.MonkeyPatch.context() as patch:
            bench.clock = real_time()
            patch.setattr(time, "time", lambda: clock() + ahead)
            server.fault_for(FIRST_USER + 1, Fault("move", move, Verdict.SENT, Applied.YES))
            summary = bench.send("abcde", rate="2/s")

            moments = sorted(request.at for request in server.requests)
            gaps = [later - earlier for earlier, later in pairwise(moments)]
            assert [Status.SENT] * 5 == bench.statuses(summary.run)
            assert min(gaps) > 0.25, "No burst"
            assert max(gaps) < 10.0, "No long wait"
            assert connections == server.connections
            return seen(bench, server, summary.run, 2, in_the_run)

    return happen


# ── the same message again ───────────────────────────────────────────────────────────────────────────────────────────


def second_process(folder: Path) -> Seen:
    """While a process holds the run nobody else can; a second run that was planned meanwhile skips the message."""
    with service(folder) as (bench, server):
        first, second = bench.plan("a").id, bench.plan("a", output="second.csv").id
        with bench.ledger() as ledger, ledger.hold(first), pytest.raises(RunInProgress):
            bench.drive(first)
        assert [] == server.requests
        bench.drive(first)
        bench.drive(second)
        return skipped(bench, server, second, SECOND_YIELDS)


def second_run_of_a_doubt(folder: Path) -> Seen:
    """A second run that was planned meanwhile skips a message whose confirmation the first one did not get."""
    with service(folder) as (bench, server):
        first, second = bench.plan("a").id, bench.plan("a", output="second.csv").id
        server.fault_for(FIRST_USER, named("close_unanswered_applied"))
        bench.drive(first)
        assert [Status.UNKNOWN] == bench.statuses(first)
        bench.drive(second)
        return skipped(bench, server, second, SECOND_YIELDS)


def planned_afterwards(folder: Path) -> Seen:
    """A second run, planned after the first has sent the message."""
    with service(folder) as (bench, server):
        bench.send("a")
        second = bench.send("a", output="second.csv")
        return skipped(bench, server, second.run, SECOND_YIELDS)


def sorted_sheet(folder: Path) -> Seen:
    """The same rows in another order, and one text edited: only the edited one is sent."""
    with service(folder) as (bench, server):
        bench.send("abc")
        rows = [(FIRST_USER + 2, "c"), (FIRST_USER, "a"), (FIRST_USER + 1, "edited")]
        second = bench.send(rows, output="second.csv")
        assert [Status.SKIPPED, Status.SKIPPED, Status.SENT] == bench.statuses(second.run)
        assert ["b", "edited"] == server.applied_for(FIRST_USER + 1)
        return skipped(bench, server, second.run, KNOWN_BY_CONTENT)


def skipped(bench: Bench, server: HostileServer, run: str, in_the_run: str) -> Seen:
    """What became of the first row of the second run; none of its messages went a second time."""
    record = bench.records(run)[0]
    requests = len(server.requests)
    bench.drive(run)
    bench.retry(run)
    assert requests == len(server.requests)
    assert {} == server.duplicates()
    return Seen(record.status(Kind.SEND), record.code, 0, in_the_run, DONE)
