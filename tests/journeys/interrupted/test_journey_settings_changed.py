"""Settings that were changed between the begin of a run and what a person does with it afterwards."""

from __future__ import annotations

import csv
import signal
from collections.abc import Mapping

import pytest

from tests.support.processes.journey import FAST, Machine, asked, people
from tests.support.service.hostile_server import HostileServer, named
from tests.support.service.pretend_api import Credentials

FIRST, SECOND = "13209946874612345", "24310057985723456"
SHEET = people(20)
BOTH: Mapping[str, str] = {"support": FIRST, "sales": SECOND}


def connections(machine: Machine, server: HostileServer, instances: Mapping[str, str]) -> None:
    """A settings file that names these connections, by name and instance."""
    server.credentials = Credentials(other_instances=(SECOND,))
    lines = [f'endpoint = "{server.url}"', 'x_api_key = "env:HOTLINE_X_API_KEY"', 'default_connection = "support"']
    for name, instance in instances.items():
        lines += [f"[connections.{name}]", f'instance = "{instance}"', 'api_key = "env:HOTLINE_API_KEY"']
    (machine.folder / "hotline-batch.toml").write_text("\n".join(lines) + "\n", "utf-8")
    machine.environment |= {"HOTLINE_X_API_KEY": "owner-token", "HOTLINE_API_KEY": "instance-key"}


def stop_in_the_middle(machine: Machine, server: HostileServer) -> None:
    with machine.start("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "5/s") as sending:
        server.wait_until(lambda: asked(server) >= 3)
        sending.signal(signal.SIGINT)
        assert 130 == sending.end().exit_code


@pytest.mark.parametrize(
    "now",
    [
        pytest.param({"support": FIRST}, id="it is gone"),
        pytest.param({"support": FIRST, "sales": "35410057985723457"}, id="it is another instance"),
    ],
)
def test_a_connection_that_no_row_goes_through_is_not_needed(
    machine: Machine, server: HostileServer, now: Mapping[str, str]
) -> None:
    """The rest goes out, and so does a correction of all, whatever became of a connection that is not theirs."""
    machine.write_sheet("sheet.csv", SHEET)
    connections(machine, server, BOTH)
    stop_in_the_middle(machine, server)
    connections(machine, server, now)

    resumed = machine.run("resume", "--yes", "--json", *FAST)
    corrected = machine.run("correct", machine.newest_run(), "-m", "Sorry", "--yes", "--json", "-o", "c.csv", *FAST)

    assert (0, {"sent": len(SHEET)}) == (resumed.exit_code, resumed.counts), resumed.stderr
    assert (0, {"sent": len(SHEET)}) == (corrected.exit_code, corrected.counts), corrected.stderr
    assert sorted([*SHEET, *((user, "Sorry") for user, _ in SHEET)]) == sorted(
        (event.user_id, event.message) for event in server.applied
    )


@pytest.mark.parametrize("command", [("resume", "--yes"), ("correct", "-m", "Sorry", "--yes")], ids=lambda its: its[0])
def test_a_connection_that_rows_go_through_is_needed(
    machine: Machine, server: HostileServer, command: tuple[str, ...]
) -> None:
    """Nothing is sent, not even the rows of the others, and it is said which connection is missing."""
    with (machine.folder / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user_id", "message", "connection"))
        writer.writerows((*row, name) for row, name in zip(SHEET, ["support", "sales"] * 10, strict=True))
    connections(machine, server, BOTH)
    stop_in_the_middle(machine, server)
    sent = len(server.applied)
    connections(machine, server, {"support": FIRST})

    ended = machine.run(command[0], machine.newest_run(), *command[1:])

    assert (2, sent) == (ended.exit_code, len(server.applied))
    assert "needs the connection 'sales'" in ended.stderr


@pytest.mark.parametrize("setting", ["dry_run", "sandbox"])
def test_settings_that_let_nothing_be_real_hold_for_runs_that_were_begun(
    connected: Machine, server: HostileServer, setting: str
) -> None:
    """Neither on a terminal nor from Python: no flag there says otherwise, and each says why."""
    connected.write_sheet("sheet.csv", SHEET)
    stop_in_the_middle(connected, server)
    server.fault_for(SHEET[-1][0], named("close_unanswered_applied"))
    ended = connected.run("resume", "--yes", "--json", *FAST)
    run, sent = connected.newest_run(), len(server.applied)
    assert {"sent": len(SHEET) - 1, "unknown": 1} == ended.counts
    (connected.folder / "hotline-batch.toml").write_text(f"{setting} = true\n", "utf-8")

    refused = [
        connected.run("resume", run, "--yes"),
        connected.run("retry", run, "--yes"),
        connected.run("resolve", run, "--resend", "--all", "--yes"),
        connected.python(
            "import hotline_batch as h, hotline_batch.errors as e\n"
            "try: h.send_sheet('sheet.csv', output='other.csv', duplicate_window=0)\n"
            "except e.HotlineBatchError as error: exit(str(error))"
        ),
    ]

    for each in refused:
        assert f"The settings file says {setting} = true, so that nothing is sent for real." in each.stderr
    settled = connected.run("resolve", run, "--delivered", "--all", "--json")
    assert (sent, {"sent": len(SHEET)}) == (len(server.applied), settled.counts)


def test_look_ups_go_on_where_nothing_is_sent_for_real(connected: Machine, server: HostileServer) -> None:
    """They only ask."""
    links = "\n".join(f"https://t.me/c/2101424779/{topic}" for topic in range(5, 25))
    (connected.folder / "links.csv").write_text(f"topic_link\n{links}\n", "utf-8")
    with connected.start("enrich", "links.csv", "-o", "out.csv", "--rate", "5/s") as asking:
        server.wait_until(lambda: asked(server) >= 3)
        asking.signal(signal.SIGINT)
        assert 130 == asking.end().exit_code
    (connected.folder / "hotline-batch.toml").write_text("dry_run = true\n", "utf-8")

    ended = connected.run("resume", "--yes", "--json", *FAST)

    assert (0, {"enriched": 20}) == (ended.exit_code, ended.counts), ended.stderr
