"""An outage of one connection leaves as few rows in doubt as one of all, whatever goes well through the others."""

from __future__ import annotations

import csv

import pytest

from tests.support.processes.journey import Machine, lies, people
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

SHEET = people(40)
OUT_OF_ORDER = SHEET[1::2]
SLOW_ENOUGH = ("--concurrency", "1", "--rate", "20/s")
"""One row after the other: rows of both connections take turns."""


@pytest.mark.parametrize("faulty", ["a", "b"])
def test_three_rows_in_doubt_of_one_connection_stop_the_run(
    machine: Machine, server: HostileServer, faulty: str
) -> None:
    """Those of the other one in between were sent, and say nothing about it."""
    keys = Credentials()
    machine.environment |= {"TOKEN": keys.x_api_key, "KEY": keys.api_key}
    connections = (f'[connections.{name}]\ninstance = "{keys.instance}"\napi_key = "env:KEY"\n' for name in "ab")
    (machine.folder / "hotline-batch.toml").write_text(
        f'endpoint = "{server.url}"\nx_api_key = "env:TOKEN"\ndefault_connection = "a"\n' + "".join(connections)
    )
    well = "b" if faulty == "a" else "a"
    with (machine.folder / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user_id", "message", "connection"))
        writer.writerows((*row, faulty if row in OUT_OF_ORDER else well) for row in SHEET)
    for user, _ in OUT_OF_ORDER:
        server.fault_for(user, named("error_500_applied"))

    ended = machine.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *SLOW_ENOUGH)

    assert (4, "unknown_in_a_row") == (ended.exit_code, ended.summary["stop_code"]), ended.stderr
    assert 3 == ended.counts["unknown"]
    assert 1 <= ended.counts["sent"]  # a machine that is busy lets one of them go ahead
    assert [] == lies(machine.read("out.csv"), server, SHEET, most_unknown=3)
