"""Starting, stopping, watching and reading a sandbox."""

import http.client
import json
import logging
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from hotline_batch.sandbox.server import Sandbox
from tests.sandbox.asking import ask, asking, hears_nothing, message
from tests.support.waiting import wait_until


def test_context_manager_serves_and_frees_the_port() -> None:
    """After it, nobody listens, and what was posted can still be read."""
    with Sandbox() as sandbox:
        ask(sandbox, message())

    with pytest.raises(ConnectionRefusedError):
        ask(sandbox, message())
    assert ["Hello"] == [kept.text for kept in sandbox.world.messages]


def test_restart_keeps_port_and_messages(start: Callable[..., Sandbox]) -> None:
    """A service that goes away in the middle and comes back."""
    sandbox = start()
    url = sandbox.url
    ask(sandbox, message())
    sandbox.stop()

    sandbox.start()
    ask(sandbox, message())

    assert url == sandbox.url
    assert (2, 2) == (sandbox.requests, sandbox.world.message_count(987654321))


def test_second_start_and_second_stop_do_no_harm(sandbox: Sandbox) -> None:
    """A start of a running sandbox is a mistake, another stop is none."""
    with pytest.raises(RuntimeError, match="running already"):
        sandbox.start()

    sandbox.stop()
    sandbox.stop()


def test_taken_port_is_an_error_at_once(sandbox: Sandbox) -> None:
    """In the caller's thread, where it can be shown."""
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=sandbox.port).start()


@pytest.mark.parametrize("options", [{"rate": "fast"}, {"latency_ms": -1}, {"mishaps": {"none": 0.5}}])
def test_impossible_options_are_refused_before_anything_starts(options: dict[str, object]) -> None:
    """By the constructor."""
    with pytest.raises(ValueError, match=r"fast|latency|mishap"):
        Sandbox(**options)  # type: ignore[arg-type] - that is the point


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 at hand")
def test_it_listens_on_one_address_only(sandbox: Sandbox) -> None:
    """The port is free on every other address of the machine."""
    assert f"http://127.0.0.1:{sandbox.port}/webhook/topic_action" == sandbox.url
    with socket.create_server(("127.0.0.2", sandbox.port)) as other:
        assert sandbox.port == other.getsockname()[1]


def test_requests_are_counted_with_their_times(start: Callable[..., Sandbox]) -> None:
    """Refused ones and followed redirects too; its own pages do not count."""
    times = iter(range(100))
    sandbox = start(clock=lambda: float(next(times)))

    ask(sandbox, message())
    ask(sandbox, message(), headers={})
    ask(sandbox, message(), path="/webhook/elsewhere")
    ask(sandbox, method="GET", path="/")

    assert (3, (0.0, 1.0, 2.0)) == (sandbox.requests, sandbox.arrivals)


def test_requests_in_flight_together_are_counted(sandbox: Sandbox) -> None:
    """Four that wait for an answer are four at once."""
    sandbox.faults.plan("timeout", times=4)

    with ExitStack() as clients:
        for _ in range(4):
            clients.enter_context(asking(sandbox, message()))
        wait_until(lambda: sandbox.requests == 4)

    assert 4 == sandbox.most_at_once


def test_latency_delays_the_effect_not_only_the_answer(start: Callable[..., Sandbox]) -> None:
    """A client that gives up earlier finds nothing posted yet."""
    sandbox = start(latency_ms=600_000)

    with asking(sandbox, message()) as connection:
        wait_until(lambda: sandbox.requests == 1)
        assert hears_nothing(connection)

    assert 0 == sandbox.world.message_count()


def test_stop_drops_waiting_clients_without_a_word(
    start: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """As when a process is killed: the connection ends, nothing is printed, nothing is logged."""
    sandbox = start()
    slow = start(latency_ms=600_000)
    sandbox.faults.plan("timeout")
    seen: list[type[BaseException]] = []

    def wait_for_an_answer(where: Sandbox) -> None:
        try:
            ask(where, message(), timeout=300)
        except (OSError, http.client.HTTPException) as problem:
            seen.append(type(problem))

    clients = [threading.Thread(target=wait_for_an_answer, args=(where,)) for where in (sandbox, slow)]
    for client in clients:
        client.start()
    wait_until(lambda: bool(sandbox.requests and slow.requests))
    sandbox.stop()
    slow.stop()
    for client in clients:
        client.join()

    assert 2 == len(seen)
    assert set(seen) <= {http.client.RemoteDisconnected, ConnectionResetError}
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert ("", "") == capfd.readouterr()


def test_connection_is_kept_open_as_node_keeps_it(sandbox: Sandbox) -> None:
    """One connection serves many requests, and clients are told for how long."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=60)

    connection.request("GET", "/webhook/topic_action")
    first = connection.getresponse()
    first.read()
    before = connection.sock
    connection.request("GET", "/webhook/topic_action")
    connection.getresponse().read()
    after = connection.sock
    connection.close()

    assert "timeout=5" == first.getheader("keep-alive")
    assert before is after


def test_posted_messages_can_be_read_over_http(sandbox: Sandbox) -> None:
    """All of them in order, or those of one person."""
    other = sandbox.world.people[1].user_id
    for user_id, text in ((987654321, "one"), (other, "two ✓"), (987654321, "three")):
        ask(sandbox, message(user_id, text))

    everything = ask(sandbox, method="GET", path="/sandbox/messages").json
    johns = ask(sandbox, method="GET", path="/sandbox/messages?user_id=987654321").json

    assert ["one", "two ✓", "three"] == [kept["message"] for kept in everything]
    assert ["number", "user_id", "message", "topic_link", "received_at"] == list(everything[0])
    assert ["one", "three"] == [kept["message"] for kept in johns]
    assert 400 == ask(sandbox, method="GET", path="/sandbox/messages?user_id=x").status


def test_front_page_tells_a_person_how_to_use_it(sandbox: Sandbox) -> None:
    """The endpoint, the practice keys, somebody to write to, and the mishaps."""
    page = ask(sandbox, method="GET", path="/").body.decode()

    assert sandbox.describe() == page
    for word in (sandbox.url, sandbox.x_api_key, sandbox.instance, sandbox.api_key, "987654321", "lost_reply"):
        assert word in page


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole consoles, not to one process")
def test_serving_ends_quietly_on_ctrl_c_and_leaves_the_messages(tmp_path: Path) -> None:
    """No traceback, exit 0, and the file holds what was posted."""
    kept = tmp_path / "messages.jsonl"
    program = (
        "import signal, sys; from pathlib import Path; from hotline_batch.sandbox.server import Sandbox\n"
        # A shell starts background jobs with Ctrl-C ignored, and children inherit that.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sandbox = Sandbox(messages_file=Path(sys.argv[1])).start()\n"
        "sandbox.serve_until_stopped(lambda: print(sandbox.port, flush=True))"
    )
    served = subprocess.Popen(
        [sys.executable, "-c", program, str(kept)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert served.stdout is not None
    there = Sandbox(port=int(served.stdout.readline()), people=1)
    ask(there, message())

    served.send_signal(signal.SIGINT)
    _, errors = served.communicate(timeout=120)

    assert (0, "") == (served.returncode, errors)
    assert ["Hello"] == [json.loads(line)["message"] for line in kept.read_text("utf-8").splitlines()]


def test_sandbox_imports_none_of_our_other_rooms() -> None:
    """Client and sandbox cannot share a mistake."""
    program = (
        "import sys, hotline_batch.sandbox.server\n"
        "print(*sorted(name for name in sys.modules if name.startswith('hotline_batch.')))"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert all(name.startswith("hotline_batch.sandbox") for name in loaded)
    assert "hotline_batch.sandbox.server" in loaded
