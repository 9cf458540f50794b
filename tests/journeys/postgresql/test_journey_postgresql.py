"""A ledger in PostgreSQL: the server restarts, dies, forgets and has settings of its own; the promise holds."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.ledgers.postgresql import Cluster, Database
from tests.support.processes.journey import Ended, Machine, asked, lies, people, statuses
from tests.support.service.faults.late import answer_when
from tests.support.service.hostile_server import HostileServer

SHEET = people(150)
CONCURRENCY = 8
SEND = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "100/s")


@pytest.fixture
def office(machine: Machine, server: HostileServer, database: Database) -> Machine:
    """A machine whose ledger is a fresh PostgreSQL database, a sheet, and a service in good health."""
    machine.toward(server).with_ledger(database.url).write_sheet("sheet.csv", SHEET)
    return machine


def resume(machine: Machine, *more: str) -> Ended:
    return machine.run("resume", "--yes", "--rate", "1000/s", *more)


@pytest.mark.parametrize("times", [1, 3])
def test_run_goes_on_when_the_server_restarts(
    office: Machine, server: HostileServer, database: Database, times: int
) -> None:
    """Immediate restarts in the middle: every row is sent once, and doubt is only for what was on its way."""
    with office.start(*SEND) as sending:
        for number in range(1, times + 1):
            server.wait_until(lambda count=number * 30: asked(server) >= count)
            database.cluster.restart()
        ended = sending.end()

    rows = office.read("out.csv")
    assert ended.exit_code in {0, 3}, ended.stderr
    assert "Traceback" not in ended.stderr
    assert {"sent", "unknown"} >= set(statuses(rows))
    assert [] == lies(rows, server, SHEET, most_unknown=times * CONCURRENCY)
    assert {} == server.duplicates()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_server_that_stays_away_can_be_waited_for_or_not(
    office: Machine, server: HostileServer, database: Database, name: str
) -> None:
    """Asked to stop, the program ends soon, in its own words; when the server is back, a resume does the rest once."""
    with office.start(*SEND) as sending:
        server.wait_until(lambda: asked(server) >= 30)
        database.cluster.stop_immediately()
        sending.signal(signal.Signals[name])
        ended = sending.end()
    database.cluster.start()
    resumed = resume(office)

    assert ended.exit_code in {4, 130}, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "disk" not in ended.stderr
    assert resumed.exit_code in {0, 3}, resumed.stderr
    assert [] == lies(office.read("out.csv"), server, SHEET, most_unknown=CONCURRENCY)
    assert {} == server.duplicates()


@pytest.mark.parametrize("death", ["stop_immediately", "kill"])
def test_nothing_goes_out_twice_when_a_role_commits_lazily(
    office: Machine, server: HostileServer, database: Database, lazy_writer: Cluster, death: str
) -> None:
    """``synchronous_commit=off`` for the role, and the server dies before it writes: claims were on its disk."""
    database.set_for_role(synchronous_commit="off")

    with office.start(*SEND) as sending:
        server.wait_until(lambda: asked(server) >= 60)
        sending.kill()
        getattr(lazy_writer, death)()
    lazy_writer.start()
    resumed = resume(office)
    again = office.run(*SEND[:3], "-o", "again.csv", "--rate", "1000/s")

    assert resumed.exit_code in {0, 3}, resumed.stderr
    assert again.exit_code in {0, 3}, again.stderr
    assert {} == server.duplicates()
    assert [] == lies(office.read("out.csv"), server, SHEET, most_unknown=CONCURRENCY)


@pytest.fixture
def lazy_writer(postgresql: Cluster) -> Iterator[Cluster]:
    """A server that writes what was committed lazily as late as it may."""
    postgresql.tell("alter system set wal_writer_delay = '10s'")
    postgresql.tell("select pg_reload_conf()")
    yield postgresql
    postgresql.start()
    postgresql.tell("alter system reset all")
    postgresql.tell("select pg_reload_conf()")


@pytest.mark.parametrize(
    "setting",
    [
        {"default_transaction_isolation": "repeatable read"},
        {"default_transaction_isolation": "serializable"},
        {"default_transaction_deferrable": "on"},
        {"statement_timeout": "1h", "lock_timeout": "1ms"},
        {},
    ],
    ids=lambda setting: "+".join(setting) or "none",
)
def test_two_processes_on_one_sheet_send_each_message_once(
    office: Machine, server: HostileServer, database: Database, setting: dict[str, str]
) -> None:
    """Both plan while the other has sent nothing; each row is sent by one and skipped by the other, or in doubt."""
    database.set_for_role(**setting)

    with (
        office.start(*SEND[:3], "-o", "one.csv", "--rate", "100/s") as one,
        office.start(*SEND[:3], "-o", "two.csv", "--rate", "100/s") as two,
    ):
        ended = [one.end(), two.end()]

    assert [0, 0] == [end.exit_code for end in ended], ended
    assert {} == server.duplicates()
    assert len(SHEET) == len(server.applied)
    both = zip(statuses(office.read("one.csv")), statuses(office.read("two.csv")), strict=True)
    assert {("sent", "skipped"), ("skipped", "sent")} >= set(both)


def test_a_search_path_that_leads_past_the_ledger_begins_no_second_one(
    office: Machine, server: HostileServer, database: Database
) -> None:
    """As where somebody gives the role a schema of its own: an empty ledger would send everything again."""
    first = office.run(*SEND)
    database.cluster.tell(f"create schema tidy authorization {database.name}", database.name)
    database.set_for_role(search_path="tidy")

    refused = office.run(*SEND, "--force")
    database.set_for_role(search_path="public")
    again = office.run(*SEND, "--force")

    assert (0, 2, 0) == (first.exit_code, refused.exit_code, again.exit_code), refused.stderr
    assert "holds a ledger already, in the schema public" in refused.stderr
    assert [(0,)] == database.rows("select count(*) from pg_tables where schemaname = 'tidy'")
    assert {} == server.duplicates()


@pytest.mark.parametrize("where", ["variable", "role", "database"])
def test_all_letters_pass_whatever_encoding_is_set(
    office: Machine, server: HostileServer, database: Database, where: str
) -> None:
    """PGCLIENTENCODING of a machine, or what a role or a database has, is not that of sheets and messages."""
    match where:
        case "variable":
            office.environment["PGCLIENTENCODING"] = "LATIN1"
        case "role":
            database.set_for_role(client_encoding="WIN1252")
        case _:
            make_anew(database, "SQL_ASCII")
    sheet = list(zip((user for user, _ in SHEET), ["Grüße", "Привет", "Done \N{PARTY POPPER}"], strict=False))
    office.write_sheet("sheet.csv", sheet)

    ended = office.run(*SEND)

    assert 0 == ended.exit_code, ended.stderr
    assert [] == lies(office.read("out.csv"), server, sheet)


def test_a_database_that_lacks_letters_is_told_before_anything_is_sent(
    office: Machine, server: HostileServer, database: Database
) -> None:
    make_anew(database, "LATIN1")
    office.write_sheet("sheet.csv", [(SHEET[0][0], "Grüße"), (SHEET[1][0], "Привет")])

    ended = office.run(*SEND)

    assert (2, 0) == (ended.exit_code, asked(server))
    assert "its encoding is not UTF8" in ended.stderr


def make_anew(database: Database, encoding: str) -> None:
    database.cluster.tell(f"drop database {database.name}")
    database.cluster.tell(
        f"create database {database.name} owner {database.name} encoding '{encoding}' locale 'C' template template0"
    )


def test_several_open_an_empty_database_at_once(office: Machine, database: Database) -> None:
    """Each finds the tables or makes them; none fails."""
    with ExitStack() as stack:
        started = [stack.enter_context(office.start("runs", "list", "--json")) for _ in range(4)]
        ended = [command.end() for command in started]

    assert [(0, "[]")] * 4 == [(end.exit_code, end.stdout.strip()) for end in ended], ended
    assert [(1,)] == database.rows("select count(*) from meta where name = 'schema_version'")


@pytest.mark.parametrize(
    "setting",
    [
        {"idle_session_timeout": "150ms"},
        {"idle_in_transaction_session_timeout": "150ms"},
        {"idle_session_timeout": "150ms", "idle_in_transaction_session_timeout": "150ms"},
    ],
    ids=lambda setting: "+".join(name.removesuffix("_timeout") for name in setting),
)
def test_idle_time_outs_end_no_run_and_let_nobody_in(
    office: Machine, server: HostileServer, database: Database, setting: dict[str, str]
) -> None:
    """While an answer takes long, the hold on the run stays; a second process is turned away, and all rows are sent."""
    database.set_for_role(**setting)
    released = threading.Event()
    server.fault_for(SHEET[5][0], answer_when(released))

    with office.start(*SEND, "--concurrency", "1", "--timeout", "600") as sending:
        server.wait_until(lambda: asked(server) == 6)
        run = office.newest_run()
        second = office.run("resume", run, "--yes")
        released.set()
        ended = sending.end()

    assert 2 == second.exit_code, second.stderr
    assert run in second.stderr
    assert 0 == ended.exit_code, ended.stderr
    assert ["sent"] * len(SHEET) == statuses(office.read("out.csv"))
    assert len(SHEET) == asked(server)


def test_killed_program_leaves_doubt_only_for_what_was_on_its_way(office: Machine, server: HostileServer) -> None:
    """SIGKILL, and the run can be resumed at once: nobody has to wait for a server to notice."""
    with office.start(*SEND) as sending:
        server.wait_until(lambda: asked(server) >= 50)
        sending.kill()
    resumed = resume(office)

    assert resumed.exit_code in {0, 3}, resumed.stderr
    assert [] == lies(office.read("out.csv"), server, SHEET, most_unknown=CONCURRENCY)
    assert {} == server.duplicates()


@pytest.mark.parametrize("ahead", [2 * 86_400, -2 * 86_400], ids=["ahead", "behind"])
def test_a_machine_whose_clock_is_not_the_database_s_sends_nothing(
    office: Machine, server: HostileServer, ahead: int
) -> None:
    """Else a sheet would go out again, since its messages seem to be older than the duplicate window."""
    office.write_sheet("sheet.csv", SHEET[:4])
    office.run(*SEND, "--limit", "2")
    right = dict(office.environment)
    office.environment |= clock_set(office, ahead)
    checked = office.run("check", "sheet.csv")
    sent = office.run("send", "sheet.csv", "--yes", "-o", "again.csv")
    office.environment = right
    planned = office.run("send", "sheet.csv", "--yes", "-o", "third.csv", "--at", "2031-01-01 09:00", "--detach")
    office.run("stop", planned.stdout.strip())
    office.environment = right | clock_set(office, ahead)
    resumed = office.run("resume", planned.stdout.strip(), "--yes")

    assert (0, 2, 2) == (checked.exit_code, sent.exit_code, resumed.exit_code), resumed.stderr
    for ended in (checked, sent, resumed):
        assert "that of the ledger's database says" in ended.stdout + ended.stderr
    assert "Nothing was sent." in sent.stderr
    assert "Nothing was sent." in resumed.stderr
    assert 2 == asked(server)


def test_a_machine_whose_clock_differs_by_minutes_sends(office: Machine, server: HostileServer) -> None:
    """As those of several machines do."""
    office.write_sheet("sheet.csv", SHEET[:2])
    office.environment |= clock_set(office, 300)

    sent = office.run(*SEND)

    assert 0 == sent.exit_code, sent.stderr
    assert "database says" not in sent.stderr
    assert 2 == asked(server)


def clock_set(machine: Machine, ahead: int) -> dict[str, str]:
    """What makes the clock of a machine's programs so many seconds ahead."""
    folder = machine.folder / f"clock {ahead}"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(f"import time\nright = time.time\ntime.time = lambda: right() + {ahead}\n")
    return {"PYTHONPATH": str(folder)}
