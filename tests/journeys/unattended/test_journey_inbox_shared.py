"""One folder, several watchers: every file is done once, whoever of them is killed, sleeps or only its worker dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.processes.journey import asked, lies, read_sheet, statuses
from tests.support.processes.shared_inbox import CONCURRENCY, FILES, WATCH, Shared
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until


@pytest.fixture
def shared(tmp_path: Path, ledger_url: str, server: HostileServer) -> Iterator[Shared]:
    """In each of the two databases; workers that are left are ended."""
    made = Shared(tmp_path, ledger_url, server)
    yield made
    for process in made.drivers():
        end(process)


def end(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def test_two_watchers_share_a_folder(shared: Shared, server: HostileServer) -> None:
    """They take its files in turns, and nobody does one twice; both end when they are asked to."""
    with shared.watcher() as one, shared.watcher() as other:
        wait_until((shared.inbox / "done").is_dir)
        shared.drop()
        wait_until(lambda: shared.is_served)
        ended = []
        for watcher in (one, other):
            watcher.signal(signal.SIGTERM)
            ended.append(watcher.end())

    assert [] == shared.wrongs(most_unknown=0)
    assert 80 == asked(server)
    assert [130, 130] == [each.exit_code for each in ended]
    said = "".join(each.stdout + each.stderr for each in ended)
    assert all(1 == said.count(f"done/{name} ") for name in FILES), said
    assert "cannot" not in said


def test_a_watcher_with_another_ledger_is_refused(shared: Shared, server: HostileServer, tmp_path: Path) -> None:
    """It would take each file by itself, and know nothing of what the other one sends; looking up is no harm."""
    (name, sheet), *_ = FILES.items()
    elsewhere = shared.machine().with_ledger(f"sqlite:///{tmp_path}/another.sqlite")
    with shared.watcher() as watcher:
        shared.lay(name, sheet)
        server.wait_until(lambda: asked(server) >= 3)
        refused = elsewhere.run("watch", str(shared.inbox), *WATCH, "--once")
        wait_until(lambda: shared.is_served)
        watcher.signal(signal.SIGTERM)
        watcher.end()
    again = shared.machine().run("watch", str(shared.inbox), *WATCH, "--once")
    looked_up = elsewhere.run("watch", str(shared.inbox), "--for", "enrich", "--once")

    assert (2, 0, 0) == (refused.exit_code, again.exit_code, looked_up.exit_code), refused.stderr
    assert "is served with another ledger" in refused.stderr
    assert (20, {}) == (asked(server), server.duplicates())


def test_killed_watchers_and_workers_are_replaced(shared: Shared, server: HostileServer) -> None:
    """SIGKILL in the middle of a file: of its watcher, of the worker alone, of both."""
    shared.drop()
    kills = (("watcher",), ("worker",), ("watcher", "worker"))
    with shared.watcher() as one, shared.watcher() as two, shared.watcher() as three:
        killed = []
        for nth, kinds in enumerate(kills):
            server.wait_until(lambda: asked(server) >= 6 + 18 * nth)  # noqa: B023 - used here
            watcher, worker = shared.wait_for_both()
            for process in (watcher if "watcher" in kinds else 0, worker if "worker" in kinds else 0):
                if process:
                    end(process)
                    killed.append(process)
        wait_until(lambda: shared.is_served)
        alive = sum(watcher.is_running for watcher in (one, two, three))

    assert 4 == len(killed)
    assert 1 == alive
    assert [] == shared.wrongs(most_unknown=2 * CONCURRENCY)


def test_a_watcher_that_slept_does_nothing_to_what_another_has_done(shared: Shared, server: HostileServer) -> None:
    """Its worker goes on meanwhile; another watcher puts the file away, and the next of that name is another file."""
    name, sheet = next(iter(FILES.items()))
    with shared.watcher() as asleep:
        wait_until((shared.inbox / "done").is_dir)
        shared.drop()
        server.wait_until(lambda: asked(server) >= 5)
        shared.wait_for_both()
        shared.put_to_sleep(asleep)
        with shared.watcher() as awake:
            wait_until(lambda: shared.is_served)
            awake.signal(signal.SIGTERM)
            awake.end()
        shared.lay(name, [(1_999_999, "Another file of that name")])
        asleep.signal(signal.SIGCONT)
        wait_until(lambda: (shared.inbox / "done" / "a (2).results.csv").exists() and shared.is_served)
        asleep.signal(signal.SIGTERM)
        ended = asleep.end()

    second = read_sheet(shared.inbox / "done" / "a (2).results.csv")
    assert ["1999999"] == [row["user_id"] for row in second]
    assert {} == server.duplicates()
    assert 81 == asked(server)
    assert [] == lies(
        read_sheet(shared.inbox / "done" / "a.results.csv"),
        SimpleNamespace(applied=[each for each in server.applied if each.user_id in dict(sheet)]),  # type: ignore[arg-type]
        sheet,
        most_unknown=0,
    )
    assert len(FILES) + 1 == len(shared.runs)
    assert 130 == ended.exit_code


def test_a_run_outlives_its_watcher(shared: Shared, server: HostileServer) -> None:
    """Killed right away, it is not missed: the worker ends the run, and the next look puts its file away."""
    (name, sheet), *_ = FILES.items()
    shared.lay(name, sheet)
    with shared.watcher() as watcher:
        server.wait_until(lambda: asked(server) >= 3)
        watcher.kill()
    server.wait_until(lambda: asked(server) >= 20)
    wait_until(lambda: not shared.drivers())

    last = shared.machine().run("watch", str(shared.inbox), *WATCH, "--once")

    assert 0 == last.exit_code, last.stderr
    assert {"sent"} == set(statuses(read_sheet(shared.inbox / "done" / name.replace(".csv", ".results.csv"))))
    assert 20 == asked(server)


def test_a_run_that_a_person_stopped_stays_stopped(shared: Shared, server: HostileServer) -> None:
    """Its file goes where a person finds it, with how far it came and the way to go on; nobody goes on by himself."""
    (name, sheet), *_ = FILES.items()
    shared.lay(name, sheet)
    machine = shared.machine()
    with shared.watcher("--rate", "15/min") as watcher:  # a stop is heard long before the file is done
        server.wait_until(lambda: asked(server) >= 2)
        run_id = shared.runs[0]
        stopped = machine.run("stop", run_id)
        wait_until(lambda: shared.is_served)
        after = asked(server)
        watcher.signal(signal.SIGTERM)
        watcher.end()
    note = (shared.inbox / "failed" / f"{name}.error.txt").read_text()
    so_far = statuses(read_sheet(shared.inbox / "failed" / name.replace(".csv", ".results.csv")))
    resumed = machine.run("resume", run_id, "--yes", "--rate", "200/s")

    assert 0 == stopped.exit_code, stopped.stderr
    assert after < 20
    assert f"Run {run_id} was stopped: Stopped by" in note
    assert after == so_far.count("sent")
    assert 0 == resumed.exit_code, resumed.stderr
    assert ["sent"] * 20 == statuses(read_sheet(shared.inbox / "failed" / name.replace(".csv", ".results.csv")))
    assert {} == server.duplicates()
