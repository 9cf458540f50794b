"""Whoever is to hear of a run hears of it, once, in words a manager reads; who cannot be told harms nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.mail_server import PASSWORD, MailServer, SilentServer, text_of
from tests.support.processes.journey import FAST, PATIENCE_SECONDS, Ended, Machine, asked, lies, people
from tests.support.processes.terminal import said_to_a_person
from tests.support.service.faults import named
from tests.support.service.faults.late import answer_when
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until
from tests.support.webhook import TOKEN, Webhook

SHEET = people(8)
SECRETS = (PASSWORD, TOKEN)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with Webhook() as running:
        yield running


@pytest.fixture
def sheeted(connected: Machine) -> Machine:
    connected.write_sheet("sheet.csv", SHEET)
    return connected


def send(machine: Machine, *options: str) -> Ended:
    return machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST, *options)


def write_settings(machine: Machine, *lines: str) -> None:
    (machine.folder / "hotline-batch.toml").write_text("\n".join(lines), "utf-8")


def teller(machine: Machine, body: str) -> str:
    """A command of one's own, in Python; the list for the settings that starts it."""
    script = machine.home / "tell.py"
    script.write_text(f"import json, os, sys, time\n{body}\n", "utf-8")
    return f'["{sys.executable}", "{script}"]'


def files_with_secrets(machine: Machine) -> list[Path]:
    """Every file of the machine that holds a secret, in whatever form of bytes."""
    files = (path for path in machine.folder.parent.rglob("*") if path.is_file())
    return [path for path in files if any(secret.encode() in content(path) for secret in SECRETS)]


def content(path: Path) -> bytes:
    """Nothing, where a process that ends has just taken it away."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_mail_and_webhook_hear_of_the_end(sheeted: Machine, server: HostileServer, hook: Webhook) -> None:
    """Sheet, run and counts, in one message each; no customer, no message, no name of anybody."""
    server.fault_for(SHEET[1][0], named("user_not_found_400"))
    with MailServer() as mails:
        ended = send(sheeted, "--notify", mails.address, "--notify", hook.address, "--json")

        assert 1 == ended.exit_code, ended.stderr
        assert ["sheet.csv: 7 of 8 messages delivered, 1 needs a look"] == mails.subjects == hook.titles
        text = text_of(mails.mails[0])
        assert "7 of 8 messages delivered, 1 needs a look" in text
        assert str(ended.summary["run"]) in text
        assert "out.csv" in text
        assert "Row 3: The service refused this row." in text
        for personal in (str(SHEET[1][0]), "Message 1", str(sheeted.home)):
            assert personal not in text
            assert personal not in str(hook.taken)


def test_nothing_holds_the_address(sheeted: Machine, server: HostileServer, hook: Webhook) -> None:
    """Neither ledger, result, log, summary nor screen, whether telling goes well or not."""
    with MailServer(takes_password=False) as mails:
        ended = send(
            sheeted,
            *("--notify", mails.address, "--notify", hook.address, "--notify", f"json://127.0.0.1:1/{TOKEN}"),
            *("--log-file", "log.txt", "--debug", "--verbose", "--json"),
        )

    assert 0 == ended.exit_code, ended.stderr
    assert "Note: e-mail via 127.0.0.1 was not told: it refused the user, the password or the token." in ended.stderr
    assert "Note: webhook via 127.0.0.1 was not told: nobody takes the connection there." in ended.stderr
    assert 1 == len(hook.taken)
    assert "news told" in (sheeted.folder / "log.txt").read_text("utf-8")
    assert [] == [secret for secret in SECRETS if secret in ended.stdout + ended.stderr]
    assert [] == files_with_secrets(sheeted)
    shown = sheeted.run("runs", "show", str(ended.summary["run"]))
    assert "Not told: e-mail via 127.0.0.1: it refused the user, the password or the token." in shown.stdout


def test_an_address_that_is_none_stops_before_anything_is_sent(sheeted: Machine, server: HostileServer) -> None:
    """And is not shown: it may hold a password all the same."""
    unknown = send(sheeted, "--notify", f"mailtoo://sender:{PASSWORD}@127.0.0.1")
    no_address = send(sheeted, "--notify", PASSWORD)
    unset = send(sheeted, "--notify", "env:NEWS_ADDRESS")

    assert (2, 2, 2) == (unknown.exit_code, no_address.exit_code, unset.exit_code)
    assert "--notify: mailtoo cannot be told: apprise knows no service of such an address." in unknown.stderr
    assert "--notify: this is no address of a service" in no_address.stderr
    assert "--notify: the environment variable that it names is not set" in unset.stderr
    assert PASSWORD not in unknown.stderr + no_address.stderr
    assert 0 == asked(server)


def test_a_resume_tells_nothing_twice(sheeted: Machine, server: HostileServer, hook: Webhook) -> None:
    """Stopped twice for the same reason it is told once, and then that it ended; the reference is known to the run."""
    sheeted.environment["NEWS_ADDRESS"] = hook.address
    server.fault_next(named("unauthorized_401"), times=2)

    stopped = send(sheeted, "--notify", "env:NEWS_ADDRESS", "--json")
    again = sheeted.run("resume", "--yes")
    between = list(hook.titles)
    ended = sheeted.run("resume", "--yes")
    retried = sheeted.run("retry", str(stopped.summary["run"]), "--yes")

    assert (4, 4, 0, 0) == (stopped.exit_code, again.exit_code, ended.exit_code, retried.exit_code), again.stderr
    assert ["sheet.csv was stopped early: 0 of 8 messages delivered"] == between
    assert ["sheet.csv: 8 of 8 messages delivered"] == list(hook.titles[1:])
    assert "The service refused the keys." in hook.taken[0]["message"]


def test_rows_in_doubt_need_a_person(sheeted: Machine, server: HostileServer, hook: Webhook) -> None:
    """The end and the doubt are one message."""
    server.fault_for(SHEET[1][0], named("close_unanswered_applied"))

    ended = send(sheeted, "--notify", hook.address)

    assert 3 == ended.exit_code, ended.stderr
    assert ["sheet.csv needs somebody: 7 of 8 messages delivered, 1 needs a look"] == hook.titles
    assert "1 may or may not have arrived" in hook.taken[0]["message"]
    assert "They are not sent again by themselves." in hook.taken[0]["message"]


def test_a_quarter_of_the_rows_failing_is_told_while_the_run_goes_on(
    connected: Machine, server: HostileServer, hook: Webhook
) -> None:
    """There is something left to stop then."""
    sheet = people(40)
    connected.write_sheet("sheet.csv", sheet)
    for user, _ in sheet[:30:3]:
        server.fault_for(user, named("user_not_found_400"))
    heard = threading.Event()
    server.fault_for(sheet[34][0], answer_when(heard))  # five more are left to stop then
    words = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "60/s", "--concurrency", "1", "--timeout", "600")
    with connected.start(*words, "--notify", hook.address) as command:
        wait_until(lambda: bool(hook.taken))
        goes_on = command.is_running
        heard.set()
        ended = command.end()

    assert goes_on
    assert 1 == ended.exit_code, ended.stderr
    assert ["sheet.csv: a quarter of the rows fail", "sheet.csv: 30 of 40 messages delivered, 10 need a look"] == list(
        hook.titles
    )


def test_a_run_that_waits_for_approval_is_told(sheeted: Machine, server: HostileServer, hook: Webhook) -> None:
    sheeted.environment["NEWS_ADDRESS"] = hook.address
    write_settings(
        sheeted,
        'notify = ["env:NEWS_ADDRESS"]',
        'x_api_key = "env:HOTLINE_X_API_KEY"',
        "[connections.support_bot]",
        f'instance = "{sheeted.environment["HOTLINE_INSTANCE"]}"',
        'api_key = "env:HOTLINE_API_KEY"',
        'approval = "required"',
    )

    waits, again = send(sheeted), sheeted.run("resume", "--yes")

    assert (4, 4) == (waits.exit_code, again.exit_code) or 2 == again.exit_code, again.stderr
    assert ["sheet.csv waits for approval"] == hook.titles
    assert 0 == asked(server)


def test_a_canary_that_went_wrong_needs_a_person(sheeted: Machine, server: HostileServer, hook: Webhook) -> None:
    """Nobody is there to look; one that went well is no news, the run just goes on."""
    server.fault_for(SHEET[1][0], named("error_in_200"))

    ill = send(sheeted, "--canary", "2", "--notify", hook.address)
    well = send(sheeted, "--canary", "2", "--notify", hook.address, "--force", "--duplicate-window", "0")

    assert (4, 0) == (ill.exit_code, well.exit_code), well.stderr
    assert [
        "sheet.csv: the first rows are done, somebody has to look at them",
        "sheet.csv: 8 of 8 messages delivered",
    ] == list(hook.titles)


def test_canary_asks_with_the_number_of_the_others(sheeted: Machine) -> None:
    words = (sys.executable, "-m", "hotline_batch", "send", "sheet.csv", "-o", "out.csv", "--canary", "3", *FAST)
    said = said_to_a_person(words, sheeted.folder, sheeted.environment, patience_seconds=PATIENCE_SECONDS)

    assert "Send the other 5 messages? [y/N]: y" in said
    assert "8 of 8 delivered" in said


def test_a_worker_of_its_own_tells_with_an_address_that_the_ledger_does_not_keep(
    sheeted: Machine, hook: Webhook
) -> None:
    """It travels in the worker's environment."""
    handed = sheeted.run("send", "sheet.csv", "--yes", "--detach", "-o", "out.csv", "--notify", hook.address)
    run_id = handed.stdout.strip()
    followed = sheeted.run("runs", "show", run_id, "--follow")
    wait_until(lambda: bool(hook.taken))

    assert (0, 0) == (handed.exit_code, followed.exit_code), handed.stderr
    assert ["sheet.csv: 8 of 8 messages delivered"] == hook.titles
    assert [] == files_with_secrets(sheeted)


def test_of_two_workers_one_tells(connected: Machine, server: HostileServer, hook: Webhook) -> None:
    """The first is killed, the second ends the run: it knows from the ledger where the address is kept."""
    connected.environment["NEWS_ADDRESS"] = hook.address
    connected.write_sheet("sheet.csv", people(40))
    is_killed = threading.Event()
    for user, _ in people(40)[5:13]:  # as many as may be under way
        server.fault_for(user, answer_when(is_killed))
    handed = connected.run(
        *("send", "sheet.csv", "--yes", "--detach", "-o", "out.csv", "--rate", "50/s", "--timeout", "600"),
        *("--notify", "env:NEWS_ADDRESS"),
    )
    run_id = handed.stdout.strip()
    server.wait_until(lambda: asked(server) == 13)
    os.kill(connected.runs()[0]["workers"][0]["process"], signal.SIGKILL)
    is_killed.set()
    with connected.start("worker") as serving:
        wait_until(lambda: bool(hook.taken))
        serving.signal(signal.SIGTERM)
        serving.end()

    assert (run_id, "finished") == (connected.runs()[0]["run"], connected.runs()[0]["state"])
    assert 1 == len(hook.taken)
    assert [] == lies(connected.read("out.csv"), server, people(40), most_unknown=8)


def test_ctrl_c_ends_the_waiting_for_a_service_and_changes_nothing_about_the_run(sheeted: Machine) -> None:
    with SilentServer() as silent:
        address = f"json://127.0.0.1:{silent.port}/x?rto=600&cto=600"
        with sheeted.start("send", "sheet.csv", "--yes", "-o", "out.csv", "--notify", address, *FAST) as command:
            wait_until(lambda: "Telling those who are to hear of it" in command.said)
            command.signal(signal.SIGINT)
            since = time.monotonic()
            ended = command.end()

    assert time.monotonic() - since < 150
    assert 0 == ended.exit_code, ended.stderr


def test_a_command_of_ones_own_hears_of_the_end(sheeted: Machine, server: HostileServer) -> None:
    """Without the extra: JSON on standard input, no keys in its environment, its words not shown."""
    told = sheeted.home / "told.json"
    body = f"print('chatter'); open({str(told)!r}, 'w').write(json.dumps([json.load(sys.stdin), dict(os.environ)]))"
    sheeted.environment["OFFICE_SECRET"] = "of-the-office-alone"
    openid = 'issuer = "https://login.example.org"', 'client_id = "hotline"', 'client_secret = "env:OFFICE_SECRET"'
    office = "[office]", 'address = "https://hotline.example.org"', "[office.openid]", *openid
    write_settings(sheeted, f"notify_command = {teller(sheeted, body)}", *office)

    ended = send(sheeted)

    assert 0 == ended.exit_code, ended.stderr
    assert "chatter" not in ended.stdout + ended.stderr
    said = told.read_text("utf-8")
    assert '"kind": "ended"' in said
    assert '"sheet": "sheet.csv"' in said
    assert '"sent": 8' in said
    for name in ("HOTLINE_X_API_KEY", "HOTLINE_API_KEY", "HOTLINE_BATCH_LEDGER", "OFFICE_SECRET"):
        assert sheeted.environment[name] not in said


def test_a_command_does_not_hear_where_else_it_is_told(sheeted: Machine, hook: Webhook) -> None:
    """The address that was chosen for a run is in the environment of the worker that ends it."""
    told = sheeted.home / "told.json"
    body = f"json.dump(dict(os.environ), open({str(told)!r}, 'w'))"
    write_settings(sheeted, f"notify_command = {teller(sheeted, body)}")
    sheeted.environment["NEWS_ADDRESS"] = hook.address

    handed = sheeted.run("send", "sheet.csv", "--yes", "--detach", "-o", "out.csv", "--notify", "env:NEWS_ADDRESS")
    sheeted.run("runs", "show", handed.stdout.strip(), "--follow")
    wait_until(lambda: bool(hook.taken) and content(told).endswith(b"}"))

    assert 0 == handed.exit_code, handed.stderr
    assert TOKEN not in told.read_text("utf-8")


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("print('no such team'); sys.exit(3)", "the command python was not told: it ended with 3: no such team."),
        ("os.close(0); sys.exit(1)", "was not told: it ended with 1."),
    ],
)
def test_a_command_that_fails_is_a_note(sheeted: Machine, body: str, note: str) -> None:
    write_settings(sheeted, f"notify_command = {teller(sheeted, body)}")

    ended = send(sheeted)

    assert 0 == ended.exit_code, ended.stderr
    assert note.removeprefix("the command python ") in ended.stderr


def test_a_command_that_is_not_there_is_a_note(sheeted: Machine) -> None:
    write_settings(sheeted, 'notify_command = "/opt/nothing-here --to team-token-1"')

    ended = send(sheeted)

    assert 0 == ended.exit_code, ended.stderr
    assert "Note: the command nothing-here was not told: it cannot be started: No such file or directory." in (
        ended.stderr
    )
    assert "team-token-1" not in ended.stderr


def test_only_what_was_asked_for_is_told(sheeted: Machine, server: HostileServer, hook: Webhook) -> None:
    sheeted.environment["NEWS_ADDRESS"] = hook.address
    write_settings(sheeted, 'notify = "env:NEWS_ADDRESS"', 'notify_about = ["stopped", "needs_a_person"]')
    well = send(sheeted)
    server.fault_for(SHEET[1][0], named("close_unanswered_applied"))
    doubtful = send(sheeted, "--force", "--duplicate-window", "0")

    assert (0, 3) == (well.exit_code, doubtful.exit_code)
    assert ["sheet.csv needs somebody: 7 of 8 messages delivered, 1 needs a look"] == hook.titles


def test_a_file_of_an_inbox_that_cannot_be_used_is_told(sheeted: Machine, hook: Webhook) -> None:
    """Of one that became a run, its end is told; what stands in a file is told to nobody."""
    (sheeted.folder / "inbox").mkdir()
    sheeted.write_sheet("inbox/good.csv", SHEET)
    (sheeted.folder / "inbox" / "bad.csv").write_text("neither,nor\nAnna Schmidt,1\n", "utf-8")

    ended = sheeted.run(
        *("watch", "inbox", "--for", "send", "--once", "--settle", "0.1", "--notify", hook.address, *FAST)
    )
    wait_until(lambda: len(hook.taken) == 2)

    assert 1 == ended.exit_code, ended.stderr
    assert ["bad.csv in the inbox could not be used", "good.csv: 8 of 8 messages delivered"] == sorted(hook.titles)
    assert "Anna" not in str(hook.taken)
    assert "Inbox: inbox" in next(each["message"] for each in hook.taken if each["title"].startswith("bad"))


def test_names_are_told_where_the_settings_ask_for_them(sheeted: Machine, server: HostileServer, hook: Webhook) -> None:
    sheeted.environment["NEWS_ADDRESS"] = hook.address
    write_settings(sheeted, 'notify = "env:NEWS_ADDRESS"', "notify_personal_data = true")

    send(sheeted)

    assert f"Prepared by: {sheeted.runs()[0]['owner']}" in hook.taken[0]["message"]


def test_a_test_message_shows_who_can_be_told(machine: Machine, hook: Webhook) -> None:
    """Each by service and host; the exit code says whether all were."""
    machine.environment |= {"NEWS_ADDRESS": hook.address}
    write_settings(machine, 'notify = ["env:NEWS_ADDRESS"]', f"notify_command = {teller(machine, 'sys.exit(4)')}")

    tested = machine.run("notify", "test")
    as_json = machine.run("notify", "test", "--notify", "env:NEWS_ADDRESS", "--json")
    looked = machine.run("doctor", "--offline")

    assert 1 == tested.exit_code, tested.stderr
    assert "webhook via 127.0.0.1: told." in tested.stdout
    assert "failed, it ended with 4." in tested.stdout
    assert '{"channel": "webhook via 127.0.0.1", "told": true, "problem": ""}' in as_json.stdout
    assert ["Test message of hotline-batch"] * 2 == list(hook.titles)
    assert "news: webhook via 127.0.0.1 hears of runs." in looked.stdout
    assert "notify = env:…" in looked.stdout
    assert TOKEN not in looked.stdout + tested.stdout + as_json.stdout


def test_nobody_to_be_told_is_said(machine: Machine) -> None:
    tested, looked = machine.run("notify", "test"), machine.run("doctor", "--offline")

    assert 2 == tested.exit_code
    assert "Nobody is to be told" in tested.stderr
    assert "Nobody is told when a run ends or needs a person" in looked.stdout


def test_an_address_in_the_settings_file_itself_is_worth_a_word(machine: Machine, hook: Webhook) -> None:
    """It works; but whoever reads the file reads the password."""
    write_settings(machine, f'notify = "{hook.address}"')

    tested, looked = machine.run("notify", "test"), machine.run("doctor", "--offline")

    assert 0 == tested.exit_code, tested.stderr
    assert "An address stands in the settings file itself" in looked.stdout
    assert TOKEN not in looked.stdout


def test_practice_says_that_it_is(machine: Machine, hook: Webhook) -> None:
    machine.write_sheet("sheet.csv", SHEET)

    ended = machine.run("send", "sheet.csv", "--sandbox", "--yes", "--notify", hook.address, *FAST)

    assert ended.exit_code in {0, 1}, ended.stderr
    assert hook.titles[0].startswith("Practice: sheet.csv: ")
    assert "Practice: nothing was sent for real." in hook.taken[0]["message"]


def test_the_ledger_keeps_where_the_address_is_kept_and_nothing_of_it(sheeted: Machine, hook: Webhook) -> None:
    sheeted.environment["NEWS_ADDRESS"] = hook.address

    send(sheeted, "--notify", "env:NEWS_ADDRESS")

    with closing(sqlite3.connect(sheeted.ledger)) as ledger:
        options = ledger.execute("select options from run").fetchone()[0]
        kinds = ledger.execute("select kind, told from news").fetchall()
    assert '"notify":["env:NEWS_ADDRESS"]' in options
    assert [("ended", '[{"channel":"webhook via 127.0.0.1","problem":""}]')] == kinds
    assert [] == files_with_secrets(sheeted)
