"""The network between the program and PostgreSQL swallows packets, holds them, or breaks around a commit."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest

from tests.support.ledgers.postgresql import Database
from tests.support.ledgers.relay import Manner, Relay
from tests.support.processes.journey import Machine, asked, lies, people, statuses
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

SHEET = people(100)
CONCURRENCY = 8
SEND = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "100/s")
LONGEST_SECONDS = 120.0
"""Nobody waits longer for a database that is silent."""


@pytest.fixture
def relay(database: Database) -> Iterator[Relay]:
    """What lies between the program and its database."""
    with Relay(database.cluster.port) as running:
        yield running


@pytest.fixture
def office(machine: Machine, server: HostileServer, database: Database, relay: Relay) -> Machine:
    """A machine that reaches its ledger through the relay."""
    machine.toward(server).with_ledger(database.url_at(relay.port)).write_sheet("sheet.csv", SHEET)
    return machine


def judge(office: Machine, server: HostileServer, most_unknown: int) -> None:
    """Resume until nothing is left, then judge the result sheet by what the service applied."""
    resumed = office.run("resume", office.newest_run(), "--yes", "--rate", "1000/s")
    assert resumed.exit_code in {0, 3}, resumed.stderr
    assert {"sent", "unknown"} >= set(statuses(office.read("out.csv")))
    assert [] == lies(office.read("out.csv"), server, SHEET, most_unknown=most_unknown)
    assert {} == server.duplicates()


@pytest.mark.parametrize("manner", [Manner.SWALLOW, Manner.HOLD])
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_works_while_the_database_is_silent(
    office: Machine, server: HostileServer, relay: Relay, manner: Manner, times: int
) -> None:
    """Asked once or twice, it ends in its own words, and leaves nothing that a resume could send twice."""
    with office.start(*SEND) as sending:
        server.wait_until(lambda: asked(server) >= 20)
        relay.behave(manner)
        sending.signal(signal.SIGINT)
        if times == 2:
            server.wait_until(lambda: "stopping" in sending.said)
            sending.signal(signal.SIGTERM)
        ended = sending.end(LONGEST_SECONDS)
    relay.behave(Manner.PASS)

    assert ended.exit_code in {4, 130}, ended.stderr
    assert "Traceback" not in ended.stderr
    judge(office, server, CONCURRENCY)


def test_run_ends_or_goes_on_when_its_connections_are_forgotten(
    office: Machine, server: HostileServer, relay: Relay
) -> None:
    """Old connections stay silent for ever, new ones pass: nobody waits for ever, and nothing goes out twice."""
    with office.start(*SEND) as sending:
        server.wait_until(lambda: asked(server) >= 20)
        relay.behave(Manner.SWALLOW)
        relay.behave(Manner.PASS)
        ended = sending.end(LONGEST_SECONDS)

    assert ended.exit_code in {0, 3, 4}, ended.stderr
    assert "Traceback" not in ended.stderr
    judge(office, server, CONCURRENCY)


def test_run_goes_on_when_the_network_comes_back(office: Machine, server: HostileServer, relay: Relay) -> None:
    """What was held arrives, only later."""
    with office.start(*SEND) as sending:
        server.wait_until(lambda: asked(server) >= 20)
        relay.behave(Manner.HOLD)
        is_held = relay.holds.wait(LONGEST_SECONDS)
        relay.behave(Manner.PASS)
        ended = sending.end()

    assert is_held
    assert 0 == ended.exit_code, ended.stderr
    assert len(SHEET) == asked(server)
    judge(office, server, 0)


def test_silence_from_the_start_is_told_in_words(office: Machine, relay: Relay) -> None:
    """Exit 2, the place without a password, and no advice to take another ledger."""
    relay.behave(Manner.SWALLOW)

    with office.start("runs", "list") as asking:
        ended = asking.end(LONGEST_SECONDS)

    assert 2 == ended.exit_code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert str(relay.port) in ended.stderr


@pytest.mark.parametrize("heard", [True, False], ids=["answer_lost", "never_heard"])
@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5, 9, 14])
def test_connection_breaks_around_a_commit(
    office: Machine, server: HostileServer, relay: Relay, nth: int, heard: bool
) -> None:
    """Nobody can tell whether it was kept: the run goes on or is resumed, and no message goes out twice or is lost."""
    happened = relay.when_said("COMMIT", Manner.HANG_UP, nth=nth, heard=heard)

    with office.start(*SEND) as sending:
        cut = happened.wait(LONGEST_SECONDS)
        relay.behave(Manner.PASS)
        ended = sending.end()

    assert cut, "It never committed so often"
    assert "Traceback" not in ended.stderr
    if not json.loads(office.run("runs", "list", "--json").stdout):  # cut before anything was planned
        assert (2, 0) == (ended.exit_code, asked(server)), ended.stderr
        assert 0 == office.run(*SEND).exit_code
    judge(office, server, CONCURRENCY)


@pytest.mark.parametrize("nth", range(4, 14))
def test_whoever_is_told_that_nothing_was_done_finds_nothing_done(
    office: Machine, server: HostileServer, relay: Relay, nth: int
) -> None:
    """A run that was handed over goes on by itself: also where the answer to its last commit is lost, that is told."""
    happened = relay.when_said("COMMIT", Manner.HANG_UP, nth=nth)

    with office.start(*SEND, "--detach") as handing_over:
        cut = happened.wait(LONGEST_SECONDS)
        relay.behave(Manner.PASS)
        ended = handing_over.end()

    assert cut, "It never committed so often"
    states = [run["state"] for run in json.loads(office.run("runs", "list", "--json").stdout)]
    if ended.exit_code == 0:
        server.wait_until(lambda: len(server.applied) == len(SHEET), LONGEST_SECONDS)
    assert (0, len(SHEET)) == (ended.exit_code, len(server.applied)) or "running" not in states, ended.stderr


@pytest.mark.parametrize("nth", range(2, 7))
def test_a_word_whose_commit_breaks_is_kept_and_told_or_neither(
    office: Machine, server: HostileServer, relay: Relay, nth: int
) -> None:
    office.write_sheet("sheet.csv", SHEET[:3])
    server.fault_for(SHEET[0][0], named("close_unanswered_applied"))
    office.run(*SEND)
    happened = relay.when_said("COMMIT", Manner.HANG_UP, nth=nth)

    with office.start("resolve", office.newest_run(), "--delivered", "--all", "--json") as settling:
        cut = happened.wait(LONGEST_SECONDS)
        relay.behave(Manner.PASS)
        ended = settling.end()
    office.run("results", office.newest_run(), "-o", "told.csv")

    assert cut, "It never committed so often"
    expected = {0: "sent", 2: "unknown"}[ended.exit_code]
    assert [expected, "sent", "sent"] == statuses(office.read("told.csv")), ended.stderr
