"""What a correction reached gets its wrong message no more, whatever a person says of the row afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.faults import named
from tests.support.hostile_server import HostileServer
from tests.support.journey import FAST, Machine, people
from tests.support.postgresql import Database

SHEET = people(4, "Wrong")
IN_DOUBT, ROW = SHEET[1][0], "3"
"""Whether its message is there is not known: it is not."""


@pytest.fixture
def corrected(connected: Machine, server: HostileServer, request: pytest.FixtureRequest) -> tuple[Machine, str]:
    """A run whose row in doubt got a correction, on either kind of ledger."""
    if getattr(request, "param", "sqlite") == "postgresql":
        database: Database = request.getfixturevalue("database")
        connected.with_ledger(database.url)
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(IN_DOUBT, named("close_unanswered_not_applied"))
    sent = connected.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST)
    run = str(sent.summary["run"])
    correction = connected.run(
        "correct", run, "-m", "Right, {{ user_id }}", "--include-unknown", "--yes", "--json", *FAST
    )
    assert {"sent": 3, "unknown": 1} == sent.counts, sent.stderr
    assert {"sent": 4} == correction.counts, correction.stderr
    return connected, run


BY_RESENDING = [("resolve", "--resend", "--rows", ROW)]
BY_TRYING_AGAIN = [("resolve", "--not-delivered", "--rows", ROW), ("retry",)]


@pytest.mark.parametrize("corrected", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(("words", "status"), [(BY_RESENDING, "unknown"), (BY_TRYING_AGAIN, "skipped")])
def test_wrong_message_is_not_sent_behind_its_correction(
    corrected: tuple[Machine, str], server: HostileServer, words: Sequence[Sequence[str]], status: str
) -> None:
    """The row says which run corrected it; one in doubt stays in doubt."""
    machine, run = corrected

    for command, *options in words:
        ended = machine.run(command, run, *options, "--yes", "--json", *(FAST if command == "retry" else ()))

    assert [f"Right, {IN_DOUBT}"] == server.applied_for(IN_DOUBT)
    assert {"sent": 3, status: 1} == ended.counts, ended.stderr
    row = machine.read("out.csv")[1]
    assert (status, "already_corrected") == (row["hotline_status"], row["hotline_error_code"])
    assert str(ended.summary["corrected_by"][0]) in row["hotline_error"]


def test_it_is_sent_where_the_correction_failed(connected: Machine, server: HostileServer) -> None:
    """Nobody got anything there, and a person asked for it."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(IN_DOUBT, named("close_unanswered_not_applied"), named("error_in_200"))
    run = str(connected.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST).summary["run"])
    correction = connected.run("correct", run, "-m", "Right", "--include-unknown", "--yes", "--json", *FAST)

    ended = connected.run("resolve", run, "--resend", "--rows", ROW, "--yes", "--json", *FAST)

    assert {"sent": 3, "failed": 1} == correction.counts, correction.stderr
    assert {"sent": 4} == ended.counts, ended.stderr
    assert ["Wrong 1"] == server.applied_for(IN_DOUBT)
