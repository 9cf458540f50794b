"""Two pairs of eyes: whoever prepares cannot start, by whatever way, until somebody else has approved the very plan."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import pytest

from hotline_batch.application.batch import send_sheet
from hotline_batch.application.office.acting import acting_as
from hotline_batch.application.office.approvals import approve_run, ask_again, reject_run
from hotline_batch.application.runs.going_on import retry_run
from hotline_batch.application.runs.workers.detached import resume_detached, start_run_detached
from hotline_batch.errors import ApprovalNeeded, LedgerError, NotAllowed
from hotline_batch.people import ALL_ROLES, Person, PersonKind, Role
from hotline_batch.run_options import Limits
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.processes.journey import FAST, Ended, Machine, asked, people, statuses
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

SHEET = people(5)
SOMEBODY_ELSE = Person("eve@elsewhere", PersonKind.SYSTEM, ALL_ROLES)
SETTINGS = """
x_api_key = "env:HOTLINE_X_API_KEY"
[connections.support_bot]
instance = "{instance}"
api_key = "env:HOTLINE_API_KEY"
{approval}
"""


def write_settings(machine: Machine, approval: str = 'approval = "required"') -> None:
    instance = machine.environment["HOTLINE_INSTANCE"]
    (machine.folder / "hotline-batch.toml").write_text(SETTINGS.format(instance=instance, approval=approval), "utf-8")


def settings_of(machine: Machine) -> Settings:
    return load_settings(environ=machine.environment, working_folder=machine.folder)


@pytest.fixture
def careful(connected: Machine) -> Machine:
    """A machine whose connection asks for a second pair of eyes, with a sheet."""
    connected.write_sheet("sheet.csv", SHEET)
    write_settings(connected)
    return connected


def prepare(machine: Machine, *options: str) -> Ended:
    return machine.run("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", *FAST, *options)


@pytest.fixture
def prepared(careful: Machine) -> str:
    """The id of a run that waits for somebody else."""
    ended = prepare(careful)
    assert 4 == ended.exit_code, ended.stderr
    return str(ended.summary["run"])


def test_send_leaves_the_run_for_somebody_else(careful: Machine, server: HostileServer) -> None:
    """Nothing is sent, the run is kept, and it is said who has to do what."""
    ended = prepare(careful)

    assert 4 == ended.exit_code
    assert {"not_attempted": 5} == ended.counts
    assert f"hotline-batch approve {ended.summary['run']}" in ended.stderr
    assert 0 == asked(server)


WAYS: Sequence[tuple[str, ...]] = [
    ("resume", "RUN", "--yes"),
    ("resume", "--yes"),
    ("retry", "RUN", "--yes"),
    ("approve", "RUN", "--yes"),
    ("resume", "RUN", "--yes", "--config", "other.toml"),
    ("send", "sheet.csv", "--yes", "--canary", "2", "-o", "second.csv"),
    ("send", "sheet.csv", "--yes", "-o", "third.csv"),
]


@pytest.mark.parametrize("words", WAYS, ids=" ".join)
def test_whoever_prepared_it_starts_it_by_no_command(
    careful: Machine, prepared: str, server: HostileServer, words: tuple[str, ...]
) -> None:
    """Also with settings of one's own that ask for no approval: that it is needed is known to the ledger."""
    instance = careful.environment["HOTLINE_INSTANCE"]
    (careful.folder / "other.toml").write_text(SETTINGS.format(instance=instance, approval=""), "utf-8")

    ended = careful.run(*(prepared if word == "RUN" else word for word in words))

    assert ended.exit_code in {2, 4}, ended.stderr
    assert 0 == asked(server)


def test_whoever_prepared_it_starts_it_by_no_function(careful: Machine, prepared: str, server: HostileServer) -> None:
    """The Python functions, and those that hand a run to a worker, refuse like the commands."""
    settings = settings_of(careful)

    with pytest.raises(ApprovalNeeded):
        start_run_detached(settings, prepared)
    with pytest.raises(ApprovalNeeded):
        resume_detached(settings, prepared)
    with pytest.raises(ApprovalNeeded):
        send_sheet(careful.folder / "sheet.csv", output=str(careful.folder / "api.csv"), settings=settings)
    assert 0 == asked(server)


def test_another_name_for_oneself_is_no_second_person(careful: Machine, prepared: str, server: HostileServer) -> None:
    """Variables that name the user are whatever somebody sets them to; the user of the process counts."""
    careful.environment |= {"LOGNAME": "eve", "USER": "eve", "USERNAME": "eve"}

    ended = careful.run("approve", prepared, "--yes")

    assert 2 == ended.exit_code
    assert "somebody else has to look at it" in ended.stderr
    assert 4 == careful.run("resume", prepared, "--yes").exit_code
    assert 0 == asked(server)


def test_what_somebody_else_approved_is_sent(careful: Machine, prepared: str, server: HostileServer) -> None:
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(careful), prepared, note="seen")

    ended = careful.run("resume", prepared, "--yes", "--json", *FAST)

    assert 0 == ended.exit_code, ended.stderr
    assert 5 == asked(server)
    assert ["sent"] * 5 == statuses(careful.read("out.csv"))


def test_first_rows_of_a_canary_go_alone_whoever_starts_the_run(careful: Machine, server: HostileServer) -> None:
    """Somebody else's yes is for the messages; the person who looks at the first of them is asked all the same."""
    run = str(prepare(careful, "--canary", "2").summary["run"])
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(careful), run)

    first = careful.run("resume", run, "--yes", "--json", *FAST)
    then = careful.run("resume", run, "--yes", "--json", *FAST)

    assert (4, "stopped", {"sent": 2, "not_attempted": 3}) == (first.exit_code, first.summary["state"], first.counts)
    assert (0, {"sent": 5}) == (then.exit_code, then.counts)
    assert 5 == asked(server)


def test_changed_message_voids_the_approval(careful: Machine, prepared: str, server: HostileServer) -> None:
    """Whoever changes a message in the ledger itself, after it was approved, sends nothing by that."""
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(careful), prepared)
    with sqlite3.connect(careful.ledger) as ledger:
        ledger.execute("""update sheet_row set arguments = '[1000001,"Pay at once"]' where position = 0""")
    ledger.close()

    ended = careful.run("resume", prepared, "--yes")

    assert 4 == ended.exit_code
    assert "has changed since it was approved" in ended.stderr
    assert 0 == asked(server)


def test_what_was_rejected_never_starts(careful: Machine, prepared: str, server: HostileServer) -> None:
    """Whoever prepared it reads who rejected it, and why."""
    with acting_as(SOMEBODY_ELSE):
        reject_run(settings_of(careful), prepared, "row 4 names another customer")

    ended = careful.run("resume", prepared, "--yes")

    assert 4 == ended.exit_code
    assert "eve@elsewhere rejected it: row 4 names another customer" in ended.stderr
    assert 0 == asked(server)


def test_whoever_prepared_it_approves_it_neither_when_another_asked_once_more(
    careful: Machine, prepared: str, server: HostileServer
) -> None:
    """It was rejected, and somebody who only prepares asked again: it stays the question of whoever asked first."""
    with acting_as(SOMEBODY_ELSE):
        reject_run(settings_of(careful), prepared, "row 4 names another customer")
    with acting_as(Person("carl@elsewhere", PersonKind.SYSTEM, frozenset({Role.PREPARE}))):
        ask_again(settings_of(careful), prepared)

    ended = careful.run("approve", prepared, "--yes")

    assert 2 == ended.exit_code
    assert f"Run {prepared} was prepared by " in ended.stderr
    assert "somebody else has to look at it" in ended.stderr
    assert 4 == careful.run("resume", prepared, "--yes").exit_code
    assert 0 == asked(server)


def test_whoever_approves_is_told_when_it_begins(careful: Machine, server: HostileServer) -> None:
    """The time and the hours of a run that begins on another day."""
    run = str(prepare(careful, "--at", "2099-03-02 09:00", "--between", "08:00-18:00").summary["run"])

    ended = careful.run("approve", run, "--yes")

    assert "It begins Mon, 2 Mar 2099 09:00, once somebody lets it go on." in ended.stderr
    assert "Only within these hours: 08:00–18:00." in ended.stderr
    assert 0 == asked(server)


def test_rejection_needs_a_reason(careful: Machine, prepared: str) -> None:
    with acting_as(SOMEBODY_ELSE), pytest.raises(LedgerError, match="Say why"):
        reject_run(settings_of(careful), prepared, "  ")


def test_approval_is_given_once(careful: Machine, prepared: str) -> None:
    settings = settings_of(careful)
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings, prepared)

        with pytest.raises(LedgerError, match=r"approved by eve@elsewhere already"):
            approve_run(settings, prepared)


def test_only_what_was_looked_at_is_approved(careful: Machine, prepared: str) -> None:
    """A page that was open while the plan became another one approves nothing."""
    with acting_as(SOMEBODY_ELSE), pytest.raises(LedgerError, match="changed meanwhile"):
        approve_run(settings_of(careful), prepared, seen="00" * 32)


def approved_with_a_row_in_doubt(machine: Machine, server: HostileServer) -> str:
    """A run that somebody else approved and that has ended, with row 4 in doubt, which has arrived; its id."""
    server.fault_for(SHEET[2][0], named("close_unanswered_applied"))
    run = str(prepare(machine).summary["run"])
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(machine), run)
    assert 3 == machine.run("resume", run, "--yes", *FAST).exit_code
    return run


def test_second_copy_needs_an_approval_of_its_own(careful: Machine, server: HostileServer) -> None:
    """What was approved once is not sent again by a word alone; whoever asked for that cannot approve it."""
    machine, run = careful, approved_with_a_row_in_doubt(careful, server)
    before = asked(server)

    refused = machine.run("resolve", run, "--resend", "--all", "--yes", *FAST)
    again = machine.run("resume", run, "--yes", *FAST)
    themselves = machine.run("approve", run, "--yes")

    assert (4, 4, 2) == (refused.exit_code, again.exit_code, themselves.exit_code)
    assert before == asked(server)
    with acting_as(SOMEBODY_ELSE):
        assert (1, 1) == _figures(approve_run(settings_of(machine), run))
    assert 0 == machine.run("resume", run, "--yes", *FAST).exit_code
    assert before + 1 == asked(server)


def test_person_s_word_that_it_did_not_arrive_needs_an_approval_before_it_goes_again(
    careful: Machine, server: HostileServer
) -> None:
    """The row was in doubt: a second copy may come of it, by whatever word it goes."""
    machine, run = careful, approved_with_a_row_in_doubt(careful, server)
    before = asked(server)
    assert 1 == machine.run("resolve", run, "--not-delivered", "--all").exit_code

    ways = (("retry", run), ("retry", run), ("retry", run, "--detach"), ("resume", run), ("approve", run))
    refused = [machine.run(*way, "--yes") for way in ways]

    assert [4, 4, 4, 4, 2] == [ended.exit_code for ended in refused], refused[2].stderr
    assert before == asked(server)
    assert "1 message of these may have arrived already" in refused[-1].stderr
    assert "row 4, user 1000003 (again): Message 2" in refused[-1].stderr
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(machine), run)
    assert 0 == machine.run("resume", run, "--yes", *FAST).exit_code
    assert before + 1 == asked(server)


def test_two_persons_are_enough_to_try_failed_rows_again_together_with_one_that_was_in_doubt(
    careful: Machine, server: HostileServer
) -> None:
    """Whoever approved the run wants them tried; whoever prepared it, who did not ask, may approve that."""
    server.fault_for(SHEET[1][0], named("blocked_by_user_403"))
    machine, run = careful, approved_with_a_row_in_doubt(careful, server)
    assert 1 == machine.run("resolve", run, "--not-delivered", "--all").exit_code
    before = asked(server)
    with acting_as(SOMEBODY_ELSE), pytest.raises(ApprovalNeeded):
        retry_run(settings_of(machine), run, Limits())

    approved = machine.run("approve", run, "--yes")

    assert 0 == approved.exit_code, approved.stderr
    assert 0 == machine.run("resume", run, "--yes", *FAST).exit_code
    assert before + 2 == asked(server)


def _figures(question: object) -> tuple[int, int]:
    return question.messages, question.resends  # type: ignore[attr-defined]


def test_failed_rows_are_tried_again_within_the_approval(connected: Machine, server: HostileServer) -> None:
    """They did not arrive, and the messages are those that were approved."""
    machine = connected
    machine.write_sheet("sheet.csv", SHEET)
    write_settings(machine)
    server.fault_for(SHEET[2][0], named("error_in_200"))
    run = str(prepare(machine).summary["run"])
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(machine), run)
    assert 1 == machine.run("resume", run, "--yes", *FAST).exit_code

    ended = machine.run("retry", run, "--yes", *FAST)

    assert 0 == ended.exit_code, ended.stderr


def test_run_of_before_the_setting_needs_it_too(connected: Machine, server: HostileServer) -> None:
    """Somebody interrupted it, then the setting came: it goes on when somebody else has approved the rest."""
    connected.write_sheet("sheet.csv", SHEET)
    write_settings(connected, approval="")
    server.fault_for(SHEET[2][0], named("error_in_200"))
    run = str(prepare(connected).summary["run"])
    before = asked(server)
    write_settings(connected)

    ended = connected.run("retry", run, "--yes", *FAST)

    assert 4 == ended.exit_code
    assert before == asked(server)


def test_practice_needs_none(careful: Machine, server: HostileServer) -> None:
    """It goes at once: its pretend service gets the messages, the real one is not asked."""
    ended = prepare(careful, "--sandbox")

    assert {"sent": 5} == ended.counts
    assert 0 == asked(server)


def test_approve_shows_what_is_approved(careful: Machine, prepared: str) -> None:
    """Count, connection, the first messages and a mark of the plan; here to whoever may not approve it."""
    ended = careful.run("approve", prepared, "--yes")

    assert "5 messages through support_bot" in ended.stderr
    assert "row 2, user 1000001: Message 0" in ended.stderr


def test_role_is_asked_for_where_it_is_done(careful: Machine, prepared: str) -> None:
    """Whoever may only look approves nothing, whatever page or script asks."""
    looks = Person("max", PersonKind.ACCOUNT)
    for call in (approve_run, reject_run):
        with acting_as(looks), pytest.raises(NotAllowed):
            call(settings_of(careful), prepared, note="no")


def test_sheet_in_the_inbox_waits_and_goes_on_when_it_is_approved(careful: Machine, server: HostileServer) -> None:
    inbox = careful.folder / "inbox"
    inbox.mkdir()
    (careful.folder / "sheet.csv").rename(inbox / "sheet.csv")
    watch = ("watch", inbox, "--for", "send", "--once", *FAST)
    waits = careful.run(*watch)
    run = careful.newest_run()

    assert "waits" in waits.stderr + waits.stdout
    assert (inbox / "sheet.csv").exists()
    assert 0 == asked(server)
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(careful), run)

    ended = careful.run(*watch)

    assert 0 == ended.exit_code, ended.stderr
    assert 5 == asked(server)
    assert run == careful.newest_run()


SEVEN_WAYS: Sequence[tuple[str, ...]] = [
    ("send", "new.csv", "--yes", "-o", "new.out.csv"),
    ("send", "new.csv", "--yes", "-o", "new.out.csv", "--detach"),
    ("resume", "STOPPED", "--yes"),
    ("resume", "STOPPED", "--yes", "--detach"),
    ("retry", "DONE", "--yes"),
    ("retry", "DONE", "--yes", "--detach"),
    ("resolve", "DONE", "--resend", "--all", "--yes"),
    ("correct", "DONE", "-m", "Correction", "--yes"),
    ("correct", "DONE", "-m", "Correction", "--yes", "--detach"),
    ("correct", "DONE", "-m", "Correction", "--yes", "--canary", "1"),
    ("watch", "inbox", "--for", "send", "--once", "--settle", "0"),
]


@pytest.mark.parametrize("words", SEVEN_WAYS, ids=" ".join)
def test_nobody_starts_what_needs_approval(connected: Machine, server: HostileServer, words: tuple[str, ...]) -> None:
    """A run that ended before the setting came, with a row in doubt and a failed one; one that stopped; new sheets."""
    machine = connected
    machine.write_sheet("sheet.csv", SHEET)
    machine.write_sheet("stopped.csv", people(3, "Stopped"))
    machine.write_sheet("new.csv", people(3, "New"))
    (machine.folder / "inbox").mkdir()
    machine.write_sheet("inbox/laid.csv", people(3, "Laid"))
    write_settings(machine, approval="")
    server.fault_for(SHEET[1][0], named("error_in_200"))
    server.fault_for(SHEET[3][0], named("close_unanswered_applied"))
    done = str(prepare(machine).summary["run"])
    server.fault_for(people(1)[0][0], named("error_in_200"))
    trial = machine.run("send", "stopped.csv", "--yes", "--json", "--canary", "1", "-o", "stopped.out.csv", *FAST)
    assert "stopped" == trial.summary["state"], trial.stderr
    write_settings(machine)
    before = asked(server)

    ended = machine.run(*({"DONE": done, "STOPPED": str(trial.summary["run"])}.get(word, word) for word in words))

    assert before == asked(server), ended.stderr
    waiting = json.loads(machine.run("runs", "list", "--json").stdout)
    assert [done] == [each["run"] for each in waiting if each["state"] == "finished"] or words[0] == "resolve"


def test_correction_is_sent_when_somebody_else_approved_it(connected: Machine, server: HostileServer) -> None:
    """What was approved is sent, once, to those who got the wrong message."""
    machine = connected
    machine.write_sheet("sheet.csv", SHEET)
    write_settings(machine, approval="")
    done = str(prepare(machine).summary["run"])
    write_settings(machine)
    waits = machine.run("correct", done, "-m", "Correction", "--yes", "--json", *FAST)
    assert (4, {"not_attempted": 5}) == (waits.exit_code, waits.counts), waits.stderr

    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(machine), str(waits.summary["run"]))
    ended = machine.run("resume", str(waits.summary["run"]), "--yes", "--json", *FAST)

    assert {"sent": 5} == ended.counts, ended.stderr
    assert 10 == asked(server)


def test_correction_that_was_rejected_gives_way_to_a_better_one(connected: Machine, server: HostileServer) -> None:
    """Nothing of the first was sent, so that another one reaches everybody; the first reaches nobody any more."""
    machine = connected
    machine.write_sheet("sheet.csv", SHEET)
    write_settings(machine, approval="")
    done = str(prepare(machine).summary["run"])
    write_settings(machine)
    first = str(machine.run("correct", done, "-m", "Corection", "--yes", "--json", *FAST).summary["run"])
    with acting_as(SOMEBODY_ELSE):
        reject_run(settings_of(machine), first, "a slip")

    second = machine.run("correct", done, "-m", "Correction", "--again", "--yes", "--json", *FAST)
    assert (4, {"not_attempted": 5}) == (second.exit_code, second.counts), second.stderr
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(machine), str(second.summary["run"]))
    ended = machine.run("resume", str(second.summary["run"]), "--yes", "--json", *FAST)

    assert {"sent": 5} == ended.counts, ended.stderr
    assert ["Correction"] * 5 == [event.message for event in server.applied][5:]
