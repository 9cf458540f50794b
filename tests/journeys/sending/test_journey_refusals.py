"""Wrong keys, no service, a stranger in its place: the run stops before it does harm, and goes on once it is mended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.processes.journey import FAST, Ended, Machine, asked, lies, people, statuses
from tests.support.service.certificates import authority
from tests.support.service.faults import named
from tests.support.service.faults.answers import redirect
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

SHEET = people(20)
RIGHT = Credentials()


def send(machine: Machine, *options: str) -> Ended:
    machine.write_sheet("sheet.csv", SHEET)
    return machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", *FAST, *options)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(RIGHT, x_api_key="another-token"),
        replace(RIGHT, api_key="another-key"),
    ],
    ids=["x_api_key", "api_key"],
)
def test_wrong_key(machine: Machine, server: HostileServer, wrong: Credentials) -> None:
    """One request is enough to know: exit 4, no row attempted; with the right key, resume sends them all."""
    stopped = send(machine.toward(server, wrong))
    requests = asked(server)

    resumed = machine.toward(server).run("resume", "--yes", "--json", *FAST)

    assert (4, {"not_attempted": 20}) == (stopped.exit_code, stopped.counts), stopped.stderr
    assert "credentials_refused" == stopped.summary["stop_code"]
    assert 1 == requests
    assert (0, {"sent": 20}) == (resumed.exit_code, resumed.counts), resumed.stderr
    assert [] == lies(machine.read("out.csv"), server, SHEET)


@pytest.mark.parametrize("name", ["unauthorized_401", "forbidden_403", "method_405"])
def test_service_that_refuses_everybody(connected: Machine, server: HostileServer, name: str) -> None:
    """Exit 4 after one request."""
    server.fault_next(named(name), 100)

    ended = send(connected)

    assert (4, {"not_attempted": 20}) == (ended.exit_code, ended.counts), ended.stderr
    assert 1 == asked(server)


@pytest.mark.parametrize("name", ["not_registered_404", "cannot_post_404", "not_found_404_traefik"])
def test_nothing_under_the_address(connected: Machine, server: HostileServer, name: str) -> None:
    """Exit 4; no other row than the first is tried, and once the workflow is back, resume sends them all."""
    server.fault_next(named(name), 100)
    ended = send(connected, "--attempts", "1")
    users = {request.content["user_id"] for request in server.requests}
    server.heal()

    resumed = connected.run("resume", "--yes", "--json", *FAST)

    assert (4, {"not_attempted": 20}) == (ended.exit_code, ended.counts), ended.stderr
    assert {str(SHEET[0][0])} == {str(user) for user in users}
    assert (0, {"sent": 20}) == (resumed.exit_code, resumed.counts), resumed.stderr


def test_service_down(connected: Machine, server: HostileServer) -> None:
    """Exit 4 within the patience of a person, no row is in doubt; once it is up, resume sends each row once."""
    server.go_down()
    stopped = send(connected, "--attempts", "2")
    server.come_back()

    resumed = connected.run("resume", "--yes", "--json", *FAST)

    assert 4 == stopped.exit_code, stopped.stderr
    assert {"not_attempted", "failed"} >= stopped.counts.keys()
    assert "unreachable" in {stopped.summary["stop_code"], *stopped.summary["codes"]}
    assert {"sent": 20} == resumed.counts, resumed.stderr
    assert [] == lies(connected.read("out.csv"), server, SHEET)


def test_service_goes_away_in_the_middle(connected: Machine, server: HostileServer) -> None:
    """At most those under way are in doubt; the rest is sent once when it is back."""
    server.fault_for(SHEET[8][0], named("go_down_applied").lasting(600.0))
    stopped = send(connected, "--attempts", "2", "--concurrency", "4")
    server.come_back()

    resumed = connected.run("resume", "--yes", "--json", *FAST)

    assert 4 == stopped.exit_code, stopped.stderr
    assert resumed.exit_code in {0, 3}, resumed.stderr
    assert [] == lies(connected.read("out.csv"), server, SHEET, most_unknown=4)


@pytest.mark.parametrize("flaw", ["not_trusted", "expired", "wrong_host"])
def test_certificate_that_cannot_be_trusted(machine: Machine, flaw: str) -> None:
    """Exit 2, not one request, and the advice names no way around."""
    ca_file = authority().write_ca_file(machine.home / "ca.pem")
    machine.environment["REQUESTS_CA_BUNDLE"] = str(ca_file)
    with HostileServer(tls=flaw) as server:
        ended = send(machine.toward(server))

        assert 2 == ended.exit_code, ended.stderr
        assert 0 == asked(server)
    assert "insecure" not in ended.stderr.lower()
    assert {"not_attempted"} == set(statuses(machine.read("out.csv")))


def test_certificate_of_the_company(machine: Machine) -> None:
    """An authority that the settings name is trusted."""
    ca_file = authority().write_ca_file(machine.home / "ca.pem")
    (machine.folder / "hotline-batch.toml").write_text(f'ca_file = "{ca_file}"\n')
    with HostileServer(tls="good") as server:
        ended = send(machine.toward(server))

        assert (0, {"sent": 20}) == (ended.exit_code, ended.counts), ended.stderr
        assert [] == lies(machine.read("out.csv"), server, SHEET)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(connected: Machine, server: HostileServer, status: int) -> None:
    """Exit 4 after one request; the other host gets nothing, least of all the keys."""
    with HostileServer() as elsewhere:
        server.fault_next(redirect(status, elsewhere.url), 100)
        ended = send(connected)

        assert 4 == ended.exit_code, ended.stderr
        assert (1, 0) == (asked(server), elsewhere.connections)
    assert {"unknown": 1, "not_attempted": 19} == ended.counts
    assert "redirected" == ended.summary["stop_code"]


def test_absurd_wait_stops_the_run(connected: Machine, server: HostileServer) -> None:
    """A service that asks for a day's pause gets it from a person, not from a program that sleeps."""
    server.fault_for(SHEET[4][0], named("limited_for_a_day"))

    ended = send(connected, "--concurrency", "1")

    assert (4, {"sent": 4, "not_attempted": 16}) == (ended.exit_code, ended.counts), ended.stderr
    assert "rate_limited_too_long" == ended.summary["stop_code"]
    assert "resume" in ended.stderr


def test_outage_leaves_three_in_doubt(connected: Machine, server: HostileServer) -> None:
    """Ten 500s in a row: the run stops after three unknown rows and those that were under way."""
    for user, _ in SHEET[5:15]:
        server.fault_for(user, named("error_500_applied"))

    ended = send(connected, "--concurrency", "2")

    assert 4 == ended.exit_code, ended.stderr
    assert "unknown_in_a_row" == ended.summary["stop_code"]
    assert 3 <= ended.counts["unknown"] <= 3 + 2
    assert [] == lies(connected.read("out.csv"), server, SHEET)


def test_too_many_refusals_stop_the_run(connected: Machine, server: HostileServer) -> None:
    """--max-errors counts failed rows in a row."""
    server.fault_next(named("error_in_200"), 100)

    ended = send(connected, "--max-errors", "4", "--concurrency", "1")

    assert (4, {"failed": 4, "not_attempted": 16}) == (ended.exit_code, ended.counts), ended.stderr


def test_pace_is_kept_across_the_whole_run(connected: Machine, server: HostileServer) -> None:
    """Never more requests than the rate in any window of its length, whoever sends them."""
    ended = send(connected, "--rate", "8/s", "--concurrency", "8")

    assert 0 == ended.exit_code, ended.stderr
    # A tenth less than the window: on a busy machine one request travels longer than the next.
    assert server.most_requests_in(0.9) <= 8


@pytest.mark.parametrize(
    "option", ["--template", "--ledger", "--between", "--days", "--max-errors", "--leave-out", "--output", "--config"]
)
def test_empty_value_is_not_an_option_left_out(connected: Machine, server: HostileServer, option: str) -> None:
    """A variable that a script forgot to set would send another text, at another time, past what was sent before."""
    connected.write_sheet("sheet.csv", SHEET)

    ended = connected.run("send", "sheet.csv", "--yes", *FAST, option, "")

    assert 2 == ended.exit_code
    assert f"{option} is empty. Say what is meant, or leave the option out." in ended.stderr
    assert 0 == asked(server)
