"""Options go before the settings file, the file before the program's own ways; -v says which it was."""

from __future__ import annotations

import pytest

from tests.support.processes.journey import FAST, Machine, people
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

SHEET = "user_id,message,Status\n1000001,Hello,open\n1000002,Bye,closed\n"


@pytest.fixture
def settled(connected: Machine) -> Machine:
    (connected.folder / "sheet.csv").write_text(SHEET)
    return connected


def settings(machine: Machine, toml: str) -> None:
    (machine.folder / "hotline-batch.toml").write_text(toml)


@pytest.mark.parametrize("where", ['"Status=open"', '["Status=open"]'])
def test_rows_are_chosen_by_the_file(settled: Machine, server: HostileServer, where: str) -> None:
    """As one text or as a list."""
    settings(settled, f"where = {where}\n")

    ended = settled.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    assert 0 == ended.exit_code, ended.stderr
    assert ["Hello"] == [event.message for event in server.applied]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('message = "file"', ("-m", "typed {{ Status }}")),
        ('template = "status_update"', ("-m", "typed {{ Status }}")),
        ('message = "file"', ("-t", "typed.txt")),
    ],
)
def test_message_that_was_typed_is_sent(
    settled: Machine, server: HostileServer, toml: str, words: tuple[str, ...]
) -> None:
    """Whatever the file says of messages or templates."""
    settings(settled, toml)
    (settled.folder / "typed.txt").write_text("typed {{ Status }}")

    ended = settled.run("send", "sheet.csv", "--yes", "-o", "out.csv", *words, *FAST)

    assert 0 == ended.exit_code, ended.stderr
    assert {"typed open", "typed closed"} == {event.message for event in server.applied}


def test_message_and_template_on_one_command_line_are_a_contradiction(settled: Machine) -> None:
    """Nothing is guessed."""
    ended = settled.run("send", "sheet.csv", "--yes", "-m", "a", "-t", "follow_up")

    assert 2 == ended.exit_code
    assert "not with both" in ended.stderr


def test_resolve_takes_no_rows_of_the_file(connected: Machine, server: HostileServer) -> None:
    """There the rows are those of a sheet that is planned."""
    connected.write_sheet("sheet.csv", people(3))
    server.fault_for(1_000_003, named("half_body_applied"))
    connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)
    settings(connected, 'rows = "2-3"\n')

    ended = connected.run("resolve", connected.newest_run(), "--all", "--delivered")

    assert 0 == ended.exit_code, ended.stderr
    assert "1 row settled" in ended.stderr


# ── -v ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

BOTS = """
enrich_rate = "3/s"
[connections.slow]
instance = "13209946874612345"
api_key = "env:HOTLINE_API_KEY"
send_rate = "18/min"
pace_group = "team"
confirm = true
"""


def test_verbose_says_what_is_in_force(settled: Machine) -> None:
    """Options, variables, the file, each connection's own, and what the program does by itself."""
    settings(settled, BOTS)
    ca_file = settled.folder / "ca.pem"
    settled.environment |= {"REQUESTS_CA_BUNDLE": str(ca_file), "HTTPS_PROXY": "http://me:unforgettable@proxy:1"}
    settled.environment["HOTLINE_ENDPOINT"] = "https://hotline.tg/webhook/topic_action"
    file = settled.folder / "hotline-batch.toml"

    ended = settled.run("check", "sheet.csv", "--for", "send", "-v", "--limit", "1", "-m", "Hello")

    assert 0 == ended.exit_code, ended.stderr
    for line in (
        "limit = 1 (command line)",
        "message = 5 characters (command line)",
        "endpoint = https://hotline.tg/webhook/topic_action (environment variable HOTLINE_ENDPOINT)",
        f"ca_file = {ca_file} (environment variable REQUESTS_CA_BUNDLE)",
        "proxy = http://***@proxy:1 (environment variable HTTPS_PROXY)",
        f"enrich_rate = 3/s ({file})",
        "send_rate = 18/min (default)",
        f"connections.slow.send_rate = 18/min ({file})",
        f"connections.slow.pace_group = team ({file})",
        f"connections.slow.confirm = true ({file})",
        f"connections.slow.api_key = env:… ({file})",
        "concurrency = 8 (default)",
        "attempts = 5 (default)",
    ):
        assert f"  {line}\n" in ended.stderr, line
    assert "unforgettable" not in ended.stderr


def test_verbose_says_that_a_rate_was_typed(settled: Machine) -> None:
    """It goes before those of the file, the general one and each connection's own."""
    settings(settled, BOTS)

    ended = settled.run("check", "sheet.csv", "--for", "send", "-v", "--rate", "7/s")

    for key in ("rate", "send_rate", "connections.slow.send_rate"):
        assert f"  {key} = 7/s (command line)\n" in ended.stderr, ended.stderr


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_commands_that_go_on_tell_it_too(settled: Machine, command: str) -> None:
    """With the same option."""
    settled.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    ended = settled.run(command, settled.newest_run(), "-v", "--yes", "--rate", "7/s")

    assert "  rate = 7/s (command line)\n" in ended.stderr, ended.stderr
