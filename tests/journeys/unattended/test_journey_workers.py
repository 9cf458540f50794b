"""A run that was handed over goes on by itself: its terminal may close, its worker die, and anybody may stop it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes.journey import Machine, asked, lies, people, statuses
from tests.support.processes.programs import is_alive
from tests.support.processes.sleepers import put_to_sleep
from tests.support.service.faults import named
from tests.support.service.faults.late import answer_when
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until

SLOW_ENOUGH = ("--rate", "10/s")
CHANGES_NOTHING = "update lane set heartbeat_at = heartbeat_at"


class ByNumber:
    """A worker that is known by the number of its process."""

    def __init__(self, process: int) -> None:
        self._process = process

    @property
    def is_running(self) -> bool:
        return is_alive(self._process)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self._process, number)


@pytest.fixture
def connected(machine: Machine, server: HostileServer) -> Iterator[Machine]:
    """A machine toward the service; whatever workers it still has are ended."""
    yield machine.toward(server)
    end_workers(machine)


def end_workers(machine: Machine) -> None:
    for run in machine.runs():
        for worker in run["workers"]:
            with suppress(ProcessLookupError):
                os.kill(worker["process"], signal.SIGKILL)


def listed(machine: Machine, run_id: str) -> dict[str, Any]:
    return next(run for run in machine.runs() if run["run"] == run_id)


def shown(machine: Machine, run_id: str) -> dict[str, Any]:
    found = json.loads(machine.run("runs", "show", run_id, "--json").stdout)
    assert isinstance(found, dict)
    return found


def hand_over(machine: Machine, rows: int, *words: str) -> str:
    machine.write_sheet("sheet.csv", people(rows))
    handed = machine.run("send", "sheet.csv", "--yes", "--detach", "-o", "out.csv", *words)
    assert 0 == handed.exit_code, handed.stderr
    return handed.stdout.strip()


def test_a_run_that_was_handed_over_ends_without_its_terminal(connected: Machine, server: HostileServer) -> None:
    """The command prints the run's id and ends; the run has a worker, can be followed, and its sheet is true."""
    looked_at = threading.Event()
    server.fault_for(people(40)[-1][0], answer_when(looked_at))  # until then it does not end
    run_id = hand_over(connected, 40, "--rate", "50/s", "--timeout", "600")
    server.wait_until(lambda: asked(server) == 40)
    under_way = listed(connected, run_id)
    shown = connected.run("runs", "show", run_id)
    looked_at.set()

    followed = connected.run("runs", "show", run_id, "--follow")

    assert "running" == under_way["state"]
    assert ["connection:default"] == under_way["workers"][0]["lanes"]
    assert f"process {under_way['workers'][0]['process']} on" in shown.stdout
    assert 0 == followed.exit_code, followed.stderr
    assert ["sent"] * 40 == statuses(connected.read("out.csv"))
    assert [] == lies(connected.read("out.csv"), server, people(40), most_unknown=0)


def test_whoever_handed_it_over_may_be_killed(connected: Machine, server: HostileServer) -> None:
    """With its whole session, as a terminal that is closed does it."""
    connected.write_sheet("sheet.csv", people(30))
    with connected.start("send", "sheet.csv", "--yes", "--detach", "-o", "out.csv", *SLOW_ENOUGH) as command:
        server.wait_until(lambda: asked(server) >= 3)
        with suppress(ProcessLookupError):
            command.signal(signal.SIGHUP)
            command.kill()
    run_id = connected.newest_run()

    followed = connected.run("runs", "show", run_id, "--follow")

    assert 0 == followed.exit_code, followed.stderr
    assert [] == lies(connected.read("out.csv"), server, people(30), most_unknown=0)


def test_a_stop_from_elsewhere_ends_it_within_five_seconds(connected: Machine, server: HostileServer) -> None:
    """Counted in rows, of which no slow machine sends more than its pace. Then it goes on where it was, by a worker."""
    run_id = hand_over(connected, 150, "--rate", "2/s")
    server.wait_until(lambda: asked(server) >= 3)

    stopped = connected.run("stop", run_id)
    seen = asked(server)
    wait_until(lambda: not listed(connected, run_id)["workers"])
    more = asked(server) - seen
    state = listed(connected, run_id)["state"]
    not_sent = statuses(connected.read("out.csv")).count("not_attempted")
    resumed = connected.run("resume", run_id, "--yes", "--detach", "--rate", "200/s")
    followed = connected.run("runs", "show", run_id, "--follow")

    assert 0 == stopped.exit_code, stopped.stderr
    assert more <= 2 * 5
    assert "interrupted" == state
    assert not_sent > 50
    assert (0, run_id) == (resumed.exit_code, resumed.stdout.strip()), resumed.stderr
    assert 0 == followed.exit_code
    assert [] == lies(connected.read("out.csv"), server, people(150), most_unknown=0)


def test_a_run_that_nobody_works_on_cannot_be_stopped(connected: Machine) -> None:
    run_id = hand_over(connected, 1)
    connected.run("runs", "show", run_id, "--follow")

    stopped = connected.run("stop", run_id)

    assert 2 == stopped.exit_code
    assert "is not under way" in stopped.stderr


def test_a_worker_that_serves_takes_what_a_dead_one_left(connected: Machine, server: HostileServer) -> None:
    """At most what was on its way is in doubt. Ended itself, the new one leaves the rest to the next."""
    is_killed = threading.Event()
    for user, _ in people(200)[5:9]:  # as many as may be under way
        server.fault_for(user, answer_when(is_killed))
    run_id = hand_over(connected, 200, *SLOW_ENOUGH, "--concurrency", "4", "--timeout", "600")
    server.wait_until(lambda: asked(server) == 9)
    with connected.start("worker") as serving:
        wait_until(lambda: "Serving sqlite" in serving.said)
        os.kill(listed(connected, run_id)["workers"][0]["process"], signal.SIGKILL)
        is_killed.set()
        seen = asked(server)
        server.wait_until(lambda: asked(server) > seen + 5)
        serving.signal(signal.SIGTERM)
        ended = serving.end()
    waits = listed(connected, run_id)
    with connected.start("worker") as next_one:
        followed = connected.run("runs", "show", run_id, "--follow")
        next_one.signal(signal.SIGINT)
        next_one.end()

    assert 0 == ended.exit_code, ended.stderr
    assert ("running", []) == (waits["state"], waits["workers"])
    assert followed.exit_code in {0, 3}, followed.stderr
    assert [] == lies(connected.read("out.csv"), server, people(200), most_unknown=4)


def test_a_worker_that_is_told_twice_to_end_leaves_its_runs_to_the_next(
    connected: Machine, server: HostileServer
) -> None:
    """Whoever tells it so does not want to wait for an answer; nobody said that the run is to stop."""
    is_answered = threading.Event()
    (user, _), *_ = people(30)[20:]
    server.fault_for(user, answer_when(is_answered))
    run_id = hand_over(connected, 30, *SLOW_ENOUGH, "--concurrency", "1", "--timeout", "600")
    wait_until(lambda: bool(listed(connected, run_id)["workers"]))
    os.kill(listed(connected, run_id)["workers"][0]["process"], signal.SIGKILL)
    with connected.start("worker") as serving:
        server.wait_until(lambda: any(request.content.get("user_id") == user for request in server.requests))
        serving.signal(signal.SIGTERM)
        serving.signal(signal.SIGINT)  # another one: two of a kind at once may count as one
        ended = serving.end()
    waits = listed(connected, run_id)
    is_answered.set()
    with connected.start("worker") as next_one:
        followed = connected.run("runs", "show", run_id, "--follow")
        next_one.signal(signal.SIGINT)
        next_one.end()

    assert 0 == ended.exit_code, ended.stderr
    assert ("running", []) == (waits["state"], waits["workers"])
    assert 3 == followed.exit_code, followed.stderr
    assert [] == lies(connected.read("out.csv"), server, people(30), most_unknown=2)


@pytest.mark.parametrize(
    "meanwhile",
    [("correct", "RUN", "-m", "It is another room.", "--yes"), ("resolve", "RUN", "--delivered", "--all"), ()],
    ids=["corrected", "settled", "left alone"],
)
def test_a_stop_that_a_dead_worker_did_not_heed_counts(
    connected: Machine, server: HostileServer, meanwhile: tuple[str, ...]
) -> None:
    """Whatever is done to the run meanwhile, no worker sends more of it: one ends it as was wanted, with its sheet."""
    if sys.platform == "win32":
        pytest.skip("Windows cannot have a process sleep")
    sheet = people(120)
    run_id = hand_over(connected, len(sheet), "--rate", "2/s")  # for a minute: whoever looks slowly finds it at work
    server.wait_until(lambda: asked(server) >= 2)
    (worker,) = listed(connected, run_id)["workers"]
    put_to_sleep(ByNumber(worker["process"]), connected.environment["HOTLINE_BATCH_LEDGER"], CHANGES_NOTHING)
    stopped = connected.run("stop", run_id)
    os.kill(worker["process"], signal.SIGKILL)
    before = sent_of(server)

    connected.run(*(run_id if word == "RUN" else word for word in meanwhile))
    with connected.start("worker") as serving:
        wait_until(lambda: shown(connected, run_id)["stop_reason"] and (connected.folder / "out.csv").exists())
        serving.signal(signal.SIGTERM)
        serving.end()
    told = shown(connected, run_id)
    rows = connected.read("out.csv")

    assert 0 == stopped.exit_code, stopped.stderr
    assert "interrupted" == told["state"]
    assert told["stop_reason"].startswith("Stopped by ")
    assert before == sent_of(server)
    assert len(sheet) - len(before) <= statuses(rows).count("not_attempted") + 1  # one may have been on its way
    assert connected.run("resume", run_id, "--yes", "--rate", "200/s").exit_code in {0, 3}
    lost = set(sheet) - set(sent_of(server))
    assert len(lost) <= 1  # was on its way when the worker fell asleep: in doubt, so nobody sends it again
    assert sorted(set(sheet) - lost) == sent_of(server)


def sent_of(server: HostileServer) -> list[tuple[int, str]]:
    """The messages of the sheet that are posted, in its order."""
    return sorted((event.user_id, event.message) for event in server.applied if event.message.startswith("Message"))


def test_a_small_run_does_not_wait_for_a_large_one(connected: Machine, server: HostileServer) -> None:
    """Both go through one connection of one machine, and share its pace from the moment that the small one is there."""
    large = hand_over(connected, 3_000, *SLOW_ENOUGH)
    server.wait_until(lambda: asked(server) >= 3)
    connected.write_sheet("small.csv", [(2_000_001 + number, f"Small {number}") for number in range(8)])
    small = connected.run("send", "small.csv", "--yes", "--detach", "-o", "small.out.csv", *SLOW_ENOUGH).stdout.strip()

    followed = connected.run("runs", "show", small, "--follow")
    still = listed(connected, large)["state"]
    connected.run("stop", large)
    wait_until(lambda: not listed(connected, large)["workers"])

    assert 0 == followed.exit_code, followed.stderr
    assert "running" == still
    assert ["sent"] * 8 == statuses(connected.read("small.out.csv"))
    assert {} == server.duplicates()
    assert server.most_requests_in(0.9) <= 10


def test_failed_rows_are_tried_again_by_a_worker(connected: Machine, server: HostileServer) -> None:
    server.fault_for(1_000_002, named("user_not_found_400"))
    run_id = hand_over(connected, 3)
    connected.run("runs", "show", run_id, "--follow")
    before = statuses(connected.read("out.csv"))

    connected.run("retry", run_id, "--yes", "--detach")
    followed = connected.run("runs", "show", run_id, "--follow")

    assert ["sent", "failed", "sent"] == before
    assert 0 == followed.exit_code
    assert ["sent"] * 3 == statuses(connected.read("out.csv"))


def test_the_log_of_workers_is_kept_unasked_and_holds_no_key(connected: Machine) -> None:
    written = connected.ledger.with_name("worker.log")
    run_id = hand_over(connected, 2)
    connected.run("runs", "show", run_id, "--follow")

    wait_until(lambda: f"run ended run={run_id} state=finished" in written.read_text("utf-8"))
    log = written.read_text("utf-8")

    assert connected.environment["HOTLINE_API_KEY"] not in log
    if os.name == "posix":
        assert 0o600 == connected.ledger.with_name("worker.log").stat().st_mode & 0o777


def test_a_run_that_no_worker_can_work_on_says_why(connected: Machine, tmp_path: Path) -> None:
    """The key was there when the run was handed over, and is not where the worker looks."""
    (connected.folder / "key.txt").write_text(connected.environment.pop("HOTLINE_API_KEY"))
    (connected.folder / "hotline-batch.toml").write_text(
        f'x_api_key = "env:HOTLINE_X_API_KEY"\n[connections.main]\n'
        f'instance = "{connected.environment.pop("HOTLINE_INSTANCE")}"\napi_key = "file:key.txt"\n'
    )
    run_id = hand_over(connected, 2_000, "--rate", "5/s")
    wait_until(lambda: bool(listed(connected, run_id)["workers"]))
    os.kill(listed(connected, run_id)["workers"][0]["process"], signal.SIGKILL)
    (connected.folder / "key.txt").unlink()

    with connected.start("worker") as serving:
        wait_until(lambda: listed(connected, run_id)["state"] == "stopped")
        serving.signal(signal.SIGINT)
        serving.end()
    told = json.loads(connected.run("runs", "show", run_id, "--json").stdout)

    assert "stopped" == told["state"]
    assert "the file that it names cannot be read" in told["stop_reason"]


def test_a_private_sandbox_serves_a_run_that_was_handed_over(machine: Machine) -> None:
    handed = machine.run(
        "send", "sample_data/status_updates.xlsx", "--sandbox", "--yes", "--detach", "-o", "o.csv", "--rate", "50/s"
    )

    followed = machine.run("runs", "show", handed.stdout.strip(), "--follow")

    assert followed.exit_code in {0, 1}, followed.stderr
    assert 25 == len(machine.read("o.csv"))


def test_a_result_on_standard_output_cannot_be_left_to_a_worker(connected: Machine) -> None:
    connected.write_sheet("sheet.csv", people(2))

    refused = connected.run("send", "sheet.csv", "--yes", "--detach", "-o", "-")

    assert 2 == refused.exit_code
    assert "--detach" in refused.stderr
