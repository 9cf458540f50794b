"""Faults strike where they were planned; the server goes down, comes back and stops without a trace."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.service.command_line import apply_rules
from tests.support.service.faults.late import late_answer
from tests.support.service.hostile_server import Fault, HostileServer, Turn, named
from tests.support.service.raw_client import (
    ask,
    connect,
    listen_to,
    lookup_content,
    request_bytes,
    send_content,
    statuses,
)
from tests.support.service.schedule import lot
from tests.support.service.truth import read_applied

ROOT = Path(__file__).resolve().parents[3]


# ── planning faults ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_fault_for_one_user_strikes_nobody_else(server: HostileServer) -> None:
    """Twice for 1002, then the service is well for that user too."""
    server.fault_for(1002, named("error_500_not_applied"), times=2)

    assert [200, 500, 500, 200] == statuses(server, 1001, 1002, 1002, 1002)


def test_fault_on_the_nth_request(server: HostileServer) -> None:
    """The second request only, whoever asks."""
    server.fault_on_request(2, named("bad_gateway_502_applied"))

    assert [200, 502, 200] == statuses(server, 1, 2, 3)


def test_fault_for_a_topic(server: HostileServer) -> None:
    """Lookups are named by group and topic."""
    server.fault_for("2101424779/5343", named("gateway_timeout_504_not_applied"))

    assert [200, 504] == [ask(server, lookup_content(5345)).status, ask(server, lookup_content(5343)).status]


def test_schedule_as_a_mapping_and_as_a_callable() -> None:
    """A mapping names the faults of the 1st, 2nd, ... request; a callable sees the turn."""
    error = named("error_500_applied")

    def every_second(turn: Turn) -> Fault | None:
        return error if turn.request % 2 == 0 else None

    with HostileServer(schedule={1002: [named("error_500_applied"), named("bad_gateway_502_applied")]}) as server:
        by_mapping = statuses(server, 1001, 1002, 1002, 1002)
    with HostileServer(schedule=every_second) as server:
        by_callable = statuses(server, 1, 2, 3, 4)

    assert [200, 500, 502, 200] == by_mapping
    assert [200, 500, 200, 500] == by_callable


def test_share_depends_on_seed_and_user_alone(server: HostileServer) -> None:
    """The same users meet a fault in any order, on their first request only."""
    users = list(range(1000, 1200))
    expected = [user for user in users if lot(7, user) < 0.1]
    server.share([named("error_500_applied"), named("bad_gateway_502_applied")], 0.1, seed=7)

    struck = [user for user in reversed(users) if ask(server, send_content(user)).status != 200]

    assert expected == struck[::-1]
    assert 5 <= len(expected) <= 40
    assert {200} == set(statuses(server, *expected))


def test_connection_fault_cannot_be_planned_for_a_user(server: HostileServer) -> None:
    """Nobody knows the user of a connection before it is read."""
    with pytest.raises(ValueError, match="fault_next"):
        server.fault_for(1001, named("reset_on_accept"))


def test_healed_server_answers_well(server: HostileServer) -> None:
    """Planned faults are forgotten."""
    server.fault_next(named("error_500_applied"), times=9)
    server.heal()

    assert [200] == statuses(server, 1001)


def test_unknown_fault_lists_the_names() -> None:
    """A typing error in a test is found at once."""
    with pytest.raises(KeyError, match="half_body_applied"):
        named("half_bodi")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when bytes came")
def test_request_is_told_from_when_it_came_and_not_from_when_it_was_read(server: HostileServer) -> None:
    """The server's thread was busy meanwhile; on a busy machine it is, without anybody's doing."""
    server.fault_next(late_answer(1.0))
    with connect(server) as connection:
        connection.sendall(b"".join(request_bytes(send_content(user), keep_alive=True) for user in (1001, 1002)))
        server.wait_until(lambda: len(server.applied) == 2)

    first, second = server.requests
    assert second.at - first.at < 0.5
    assert server.applied[1].at - first.at >= 1.0


# ── up and down ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_server_goes_down_and_comes_back_on_its_port(server: HostileServer) -> None:
    """Down: open connections end, new ones are refused. Back: the same address works."""
    url = server.url
    with connect(server) as connection:
        server.wait_until(lambda: server.connections == 1)

        server.go_down()

        assert listen_to(connection).ending in {"closed", "reset"}
    assert "refused" == ask(server).ending
    server.come_back()
    assert (url, [200]) == (server.url, statuses(server, 1001))


def test_nobody_else_gets_the_port_of_a_server_that_is_down(server: HostileServer) -> None:
    """Another test at the same time may look for a free one."""
    server.go_down()

    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", server.port))
    server.come_back()

    assert [200] == statuses(server, 1001)


def test_second_server_takes_over_the_port() -> None:
    """A service that was stopped and started again is another process on the same port."""
    with HostileServer() as first:
        statuses(first, 1001)
    with HostileServer(first.port) as second:
        answered = statuses(second, 1002)

    assert [200] == answered
    assert ([1001], [1002]) == ([event.user_id for event in first.applied], [event.user_id for event in second.applied])


def test_stopping_leaves_no_thread() -> None:
    """Hanging requests, idle connections and late postings end with the server."""
    before = set(threading.enumerate())
    with HostileServer() as server:
        server.fault_next(named("hang_applied"))
        server.fault_next(named("late_apply"))
        sockets = [connect(server) for _ in range(3)]
        for connection in sockets[:2]:
            connection.sendall(request_bytes(send_content()))
        server.wait_until(lambda: len(server.requests) == 2)

    for connection in sockets:
        connection.close()
    assert before == set(threading.enumerate())


def test_failure_of_the_stand_in_is_raised() -> None:
    """A mistake in a schedule is not taken for a fault of the network."""

    def broken(turn: Turn) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught, HostileServer(schedule=broken) as server:
        ask(server)

    assert caught.group_contains(ZeroDivisionError)


# ── as a process of its own ───────────────────────────────────────────────────────────────────────────────────────────


def test_runs_as_a_process_and_writes_its_log(tmp_path: Path) -> None:
    """The URL is the first line; the log holds what was applied and no key."""
    log = tmp_path / "truth.jsonl"
    command = [sys.executable, "-m", "tests.support.service.hostile_server", "--log", str(log), "--until-eof"]
    command += ["--faults", "error_500_applied@user=1002; mix@share=0.0,seed=3; limited_bare@request=3"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        port = int(process.stdout.readline().split(":")[2].split("/")[0])

        answers = []
        for user in (1001, 1002, 1003):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(request_bytes(send_content(user)))
                answers.append(listen_to(connection).status)
        process.stdin.close()

    assert ([200, 500, 429], 0) == (answers, process.returncode)
    assert [1001, 1002] == [event.user_id for event in read_applied(log)]
    assert "key" not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", ["hang_applied@when=1", "hang_applied"])
def test_rule_without_a_place_is_an_error(server: HostileServer, rule: str) -> None:
    """A rule that would never strike is not taken."""
    with pytest.raises(ValueError, match="Cannot read the rule"):
        apply_rules(server, rule)
