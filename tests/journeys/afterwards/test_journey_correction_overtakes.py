"""What a correction reached gets its wrong message no more, whatever a person says of the row afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hotline_batch.application.corrections.plan_correction import plan_correction
from hotline_batch.application.corrections.request import CorrectionRequest
from hotline_batch.run_options import options_named
from hotline_batch.settings.load import load_settings
from tests.support.ledgers.postgresql import Database
from tests.support.processes.journey import FAST, Machine, people
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

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


BY_RESENDING_BOTH = [("resolve", "--resend", "--all")]
BY_TRYING_BOTH_AGAIN = [("resolve", "--not-delivered", "--all"), ("retry",)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("words", "status"), [(BY_RESENDING_BOTH, "unknown"), (BY_TRYING_BOTH_AGAIN, "skipped")])
def test_one_correction_of_two_rows_of_a_user_overtakes_both(
    connected: Machine,
    server: HostileServer,
    request: pytest.FixtureRequest,
    kind: str,
    words: Sequence[Sequence[str]],
    status: str,
) -> None:
    """The correction says the same to both, so it goes once; neither wrong text is sent behind it."""
    if kind == "postgresql":
        connected.with_ledger(request.getfixturevalue("database").url)
    user = SHEET[0][0]
    connected.write_sheet("sheet.csv", [(user, "Wrong 0"), (user, "Wrong 1")])
    server.fault_for(user, *[named("close_unanswered_not_applied")] * 2)
    run = str(connected.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST).summary["run"])
    correction = connected.run("correct", run, "-m", "Right", "--include-unknown", "--yes", "--json", *FAST)
    assert {"sent": 1, "skipped": 1} == correction.counts, correction.stderr

    for command, *options in words:
        ended = connected.run(command, run, *options, "--yes", "--json", *(FAST if command == "retry" else ()))

    assert ["Right"] == server.applied_for(user)
    assert {status: 2} == ended.counts, ended.stderr
    assert ["already_corrected"] * 2 == [row["hotline_error_code"] for row in connected.read("out.csv")]
    for row in connected.read("out.csv"):
        assert str(ended.summary["corrected_by"][0]) in row["hotline_error"]


def corrected_in_doubt(machine: Machine, server: HostileServer) -> tuple[str, str]:
    """A run whose row in doubt got a correction that is in doubt as well, and this one another: that arrived. A person
    says of the first correction that it is not there. The run, and its first correction.
    """
    machine.write_sheet("sheet.csv", SHEET)
    server.fault_for(IN_DOUBT, *[named("close_unanswered_not_applied")] * 2)
    run = str(machine.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST).summary["run"])
    first = machine.run("correct", run, "-m", "Nearly", "--include-unknown", "--yes", "--json", *FAST)
    correction = str(first.summary["run"])
    words = ("-m", "Right", "--include-unknown", "-o", "second.csv")
    second = machine.run("correct", correction, *words, "--yes", "--json", *FAST)
    machine.run("resolve", correction, "--not-delivered", "--rows", ROW, "--yes")
    assert ({"sent": 3, "unknown": 1}, {"sent": 4}) == (first.counts, second.counts), second.stderr
    return run, correction


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_wrong_message_is_not_sent_behind_the_correction_of_its_correction(
    connected: Machine, server: HostileServer, request: pytest.FixtureRequest, kind: str
) -> None:
    """Also where the correction between them is not there; nor is that one, nor another correction of the run."""
    if kind == "postgresql":
        connected.with_ledger(request.getfixturevalue("database").url)
    run, correction = corrected_in_doubt(connected, server)

    resent = connected.run("resolve", run, "--resend", "--rows", ROW, "--yes", "--json", *FAST)
    retried = connected.run("retry", correction, "--yes", "--json", *FAST)
    again = connected.run("correct", run, "-m", "Other", "--include-unknown", "--again", "--yes", "-o", "c.csv", *FAST)

    assert ["Right"] == server.applied_for(IN_DOUBT)
    assert {"sent": 3, "unknown": 1} == resent.counts, resent.stderr
    assert {"sent": 3, "skipped": 1} == retried.counts, retried.stderr
    assert 2 == again.exit_code
    assert "no row got its message that no correction has reached" in again.stderr


def test_of_a_correction_and_the_correction_of_another_one_alone_reaches_a_row(
    connected: Machine, server: HostileServer
) -> None:
    """The one was planned while the first correction was in doubt, the other once that was said not to be there."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(IN_DOUBT, *[named("close_unanswered_not_applied")] * 2)
    run = str(connected.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST).summary["run"])
    first = connected.run("correct", run, "-m", "Nearly", "--include-unknown", "--yes", "--json", *FAST)
    correction = str(first.summary["run"])
    settings = load_settings(environ=connected.environment, working_folder=connected.folder)
    options = options_named({"message": "Right", "rate": "500/s"})
    output = str(connected.folder / "second.csv")
    waits = plan_correction(CorrectionRequest(correction, options, output, include_unknown=True), settings).run.id
    connected.run("resolve", correction, "--not-delivered", "--rows", ROW, "--yes")
    words = ("-m", "Other", "--include-unknown", "--again", "-o", "other.csv")
    other = connected.run("correct", run, *words, "--yes", "--json", *FAST)

    ended = connected.run("resume", waits, "--yes", "--json", *FAST)

    assert {"sent": 1, "skipped": 3} == other.counts, other.stderr
    assert ["Other"] == server.applied_for(IN_DOUBT)
    assert {"sent": 3, "skipped": 1} == ended.counts, ended.stderr
    assert {"already_corrected": 1} == ended.summary["codes"]


@pytest.mark.parametrize("corrected", ["sqlite", "postgresql"], indirect=True)
def test_wrong_message_is_not_sent_behind_its_correction_by_the_same_sheet(
    corrected: tuple[Machine, str], server: HostileServer
) -> None:
    """Somebody hands the sheet in once more: of the row that was said not to be there, too, the correction counts."""
    machine, run = corrected
    machine.run("resolve", run, "--not-delivered", "--rows", ROW, "--yes")

    ended = machine.run("send", "sheet.csv", "--yes", "--json", "-o", "again.csv", *FAST)

    assert [f"Right, {IN_DOUBT}"] == server.applied_for(IN_DOUBT)
    assert {"skipped": 4} == ended.counts, ended.stderr
    row = machine.read("again.csv")[1]
    assert ("already_corrected", "no") == (row["hotline_error_code"], row["hotline_delivered"])
    assert str(machine.runs()[1]["run"]) in row["hotline_error"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_wrong_message_is_not_sent_behind_the_correction_of_its_correction_by_the_same_sheet(
    connected: Machine, server: HostileServer, request: pytest.FixtureRequest, kind: str
) -> None:
    """Neither the message nor its first correction is there; the second correction is."""
    if kind == "postgresql":
        connected.with_ledger(request.getfixturevalue("database").url)
    run, _ = corrected_in_doubt(connected, server)
    connected.run("resolve", run, "--not-delivered", "--rows", ROW, "--yes")

    ended = connected.run("send", "sheet.csv", "--yes", "--json", "-o", "again.csv", *FAST)

    assert ["Right"] == server.applied_for(IN_DOUBT)
    assert {"skipped": 4} == ended.counts, ended.stderr
    assert "already_corrected" == connected.read("again.csv")[1]["hotline_error_code"]
