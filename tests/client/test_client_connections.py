"""Threads share the connections of a client: as few as they need, each used by one at a time, none too old."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from hotline_batch.client.network import evidence
from hotline_batch.client.network.evidence import Withheld
from hotline_batch.client.reachability import reach
from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import UntrustedEndpoint
from hotline_batch.model.jobs import SendMessage
from tests.support.proxy import Proxy
from tests.support.service.exchange import Exchange
from tests.support.service.faults import Applied, Fault, Verdict
from tests.support.service.hostile_server import HostileServer

GROUP = 2101424779
USER = 987654321


class Clock:
    """The clocks by which a connection grows old: they stand still until the test moves one on.

    On a busy machine a tenth of a second passes between two requests, and what is meant here is less.
    """

    def __init__(self) -> None:
        self.seconds_ahead = 0.0
        self.monotonic_ahead = 0.0
        self._began = time.monotonic()

    def time(self) -> float:
        return 1_800_000_000.0 + self.seconds_ahead

    def monotonic(self) -> float:
        return self._began + self.monotonic_ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(evidence, "time", clock)
    return clock


def client_for(server: HostileServer, **options: object) -> TopicsClient:
    return TopicsClient("owner-token", "13209946874612345", "instance-key", endpoint=server.url, **options)  # type: ignore[arg-type]  # as they are


def in_a_thread_of_its_own(call: object, *arguments: object) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(call, *arguments).result()  # type: ignore[arg-type]  # any call


def answers_with(*fields: tuple[str, str]) -> Fault:
    """A good answer with these header fields."""

    def behave(exchange: Exchange) -> None:
        exchange.answer(exchange.good_status, exchange.good_body(), fields=fields)

    return Fault("with_fields", behave, Verdict.SENT, Applied.YES)


@pytest.mark.parametrize(("seconds_apart", "connections"), [(0.5, 1), (3.3, 40)], ids=["2_a_second", "18_a_minute"])
def test_threads_that_take_turns_share_a_connection_while_it_is_young(
    clock: Clock, seconds_apart: float, connections: int
) -> None:
    """Forty look-ups at two a second, each by another thread: one connection; at 18 a minute each is too old."""
    with HostileServer() as server, client_for(server) as client:
        for number in range(40):
            in_a_thread_of_its_own(client.get_topic_info, GROUP, 5000 + number)
            clock.seconds_ahead += seconds_apart

        assert (40, connections) == (len(server.requests), server.connections)


@pytest.mark.parametrize(
    ("keep_alive", "idle_seconds", "connections"),
    [
        (None, 1.9, 1), (None, 2.1, 2),
        ("timeout=5", 1.9, 1), ("timeout=5", 2.1, 2),
        ("timeout=1", 0.4, 1), ("timeout=1", 0.6, 2), ("timeout=0", 0.0, 2),
        ("max=100, Timeout=1", 0.6, 2), ("max=1", 1.9, 1),
        ("timeout=123456", 1.9, 1), ("timeout=", 1.9, 1), ("timeout=soon", 1.9, 1),
    ],
)  # fmt: skip
def test_idle_connection_is_used_within_half_of_what_the_server_grants_and_two_seconds(
    clock: Clock, keep_alive: str | None, idle_seconds: float, connections: int
) -> None:
    """The server may be closing it otherwise, and a request that meets the closing is lost in doubt."""
    with HostileServer() as server, client_for(server) as client:
        server.fault_next(answers_with(*([("Keep-Alive", keep_alive)] if keep_alive is not None else [])))
        client.send_message(USER, "one")
        clock.seconds_ahead += idle_seconds
        client.send_message(USER, "two")

        assert (2, connections) == (len(server.requests), server.connections)


def test_what_one_connection_was_granted_says_nothing_of_the_next(clock: Clock) -> None:
    """A server that once gave a second may give the usual time later."""
    with HostileServer() as server, client_for(server) as client:
        server.fault_next(answers_with(("Keep-Alive", "timeout=1")))
        for seconds in (0.6, 1.5, 0.0):
            client.send_message(USER, f"before {seconds}")
            clock.seconds_ahead += seconds

        assert [1, 2, 2] == [request.connection for request in server.requests]


def test_clock_that_is_set_back_keeps_a_connection_no_longer(clock: Clock) -> None:
    """Whichever clock says that it is too old is believed."""
    with HostileServer() as server, client_for(server) as client:
        client.send_message(USER, "one")
        clock.seconds_ahead -= 3600
        clock.monotonic_ahead += 3
        client.send_message(USER, "two")

        assert 2 == server.connections


def test_connection_is_used_by_one_at_a_time_and_the_last_used_goes_first() -> None:
    """Three at once need three; whoever comes alone afterwards takes the one that was used last, again and again."""
    together = threading.Barrier(3)

    def meet(exchange: Exchange) -> None:
        together.wait(60)
        exchange.answer(exchange.good_status, exchange.good_body())

    with HostileServer() as server, client_for(server) as client:
        server.fault_next(Fault("meet", meet, Verdict.SENT, Applied.YES), 3)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda number: client.send_message(USER + number, "at once"), range(3)))
        for number in range(5):
            in_a_thread_of_its_own(client.send_message, USER, f"alone {number}")

        used = [request.connection for request in server.requests]
        assert {1, 2, 3} == set(used[:3])
        assert 1 == len(set(used[3:]))
        assert 3 == server.connections


def test_close_ends_every_connection_and_the_client_stays_usable() -> None:
    """The server sees the end of the idle ones at once, of the one in use behind its answer."""
    may_answer = threading.Event()
    ended: list[int] = []

    def wait(exchange: Exchange) -> None:
        assert may_answer.wait(60)
        exchange.answer(exchange.good_status, exchange.good_body())
        see_the_end(exchange)

    def answer(exchange: Exchange) -> None:
        exchange.answer(exchange.good_status, exchange.good_body())
        see_the_end(exchange)

    def see_the_end(exchange: Exchange) -> None:
        if exchange.connection.wait_until_client_leaves(60):
            ended.append(exchange.connection.number)
            exchange.connection.close()
            exchange.server.truth.notify()

    with HostileServer() as server, client_for(server) as client:
        server.fault_for(USER, Fault("answer", answer, Verdict.SENT, Applied.YES))
        server.fault_for(USER + 1, Fault("wait", wait, Verdict.SENT, Applied.YES))
        with ThreadPoolExecutor(1) as pool:
            in_use = pool.submit(client.send_message, USER + 1, "in use")
            server.wait_until(lambda: len(server.requests) == 1)
            client.send_message(USER, "idle")

            client.close()

            server.wait_until(lambda: len(ended) == 1)
            may_answer.set()
            in_use.result()
            server.wait_until(lambda: len(ended) == 2)

        assert [2, 1] == ended
        client.send_message(USER + 2, "afterwards")
        assert [1, 2, 3] == [request.connection for request in server.requests]


def test_no_cache_on_the_way_is_to_answer() -> None:
    """Its answer would be another row's confirmation."""
    with HostileServer() as server, client_for(server) as client:
        client.send_message(USER, "one")
        client.get_topic_info(GROUP, 5343)

        fields = [(request.field("cache-control"), request.field("pragma")) for request in server.requests]
        assert [("no-store", "no-cache")] * 2 == fields


@pytest.mark.parametrize("asks", ["client", "doctor"])
def test_proxy_gets_the_password_of_its_address(asks: str) -> None:
    """Advice for 407 is to write user name and password into the address: then they are sent, to the proxy alone."""
    with HostileServer(tls="good") as server, Proxy() as proxy:
        address = proxy.url.replace("//", "//someone:p%40ss@")
        with client_for(server, proxy=address) as client, suppress(UntrustedEndpoint):
            if asks == "client":
                client.send_message(USER, "not trusted, but the tunnel is there")
            reach(server.url, timeout_seconds=60, ca_file=None, proxy=address, user_agent="someone")

    assert "Proxy-Authorization: Basic c29tZW9uZTpwQHNz\r\n" in proxy.heads[0]


@pytest.mark.parametrize("requests_before", [0, 1], ids=["new_connection", "used_connection"])
def test_what_is_withheld_when_the_way_is_free_never_leaves(requests_before: int) -> None:
    """It is asked with the connection standing, and what it says is raised as it is; the next request goes."""
    stood: list[int] = []

    with HostileServer() as server, client_for(server) as client:

        def withhold() -> None:
            server.wait_until(lambda: server.connections == 1)
            stood.append(server.connections)
            raise Withheld("too late")

        for number in range(requests_before):
            client.send_message(USER, f"before {number}")
        with pytest.raises(Withheld, match="too late"):
            client.perform(SendMessage(USER, "withheld"), withhold)
        client.send_message(USER, "afterwards")

        assert [1] == stood
        assert requests_before + 1 == len(server.requests)
        assert 2 == server.connections


IN_A_FORK = """
import os, sys
from hotline_batch import TopicsClient

client = TopicsClient("owner-token", "13209946874612345", "instance-key", endpoint=sys.argv[1])
client.send_message(987654321, "before")
if child := os.fork():
    assert os.waitpid(child, 0)[1] == 0
    client.send_message(987654321, "parent")
else:
    client.send_message(987654321, "child")
    os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_fork_of_a_process_makes_connections_of_its_own() -> None:
    """As workers of ``multiprocessing`` are: over one connection each would read what the other was answered."""
    with HostileServer() as server:
        ended = subprocess.run(
            [sys.executable, "-c", IN_A_FORK, server.url], timeout=60, capture_output=True, text=True, check=False
        )

        assert 0 == ended.returncode, ended.stderr
        assert ["before", "child", "parent"] == server.applied_for(USER)
        before, of_child, of_parent = [request.connection for request in server.requests]
        assert of_child not in {before, of_parent}
