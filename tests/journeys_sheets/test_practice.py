"""Practice is practice: what was only practised is sent for real, and what was sent for real is not sent again."""

from __future__ import annotations

import re

import pytest

from hotline_batch.sandbox.server import Sandbox
from hotline_batch.settings.practice import SANDBOX_TOKEN
from tests.journeys_sheets.conftest import REAL_HOST, Desk, Reality
from tests.journeys_sheets.test_result_sheets_again import TINY, forget_what_was_sent
from tests.support.service.certificates import Certificate
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

ANNA, BOB, NOBODY = 987654321, 1818033998, 700000123
"""The private sandbox knows the first two; the third exists there no more than in the sample sheet."""
SANDBOX = ("--sandbox", *TINY)
OTHER_INSTANCE = Credentials(instance="13209946874619999")


def texts(server: HostileServer) -> list[tuple[int, str]]:
    return [(event.user_id, event.message) for event in server.applied]


def two_rows(desk: Desk) -> None:
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("again", [(), ("--sandbox",)])
def test_what_was_practised_in_a_sandbox_is_sent(
    desk: Desk, real: HostileServer, extension: str, again: tuple[str, ...]
) -> None:
    """Also where the practice sheet was practised once more; the notice says how many rows that are."""
    two_rows(desk)
    desk.run("send", "s.csv", *SANDBOX, "-o", f"g1.{extension}")
    if again:
        said = desk.run("send", f"g1.{extension}", *again, *TINY, "-o", f"g2.{extension}")
        assert "2 rows to send" in said.stderr

    said = desk.run("send", f"g{2 if again else 1}.{extension}", *TINY, "-o", "out.csv")

    assert 0 == said.exit_code, said.stderr
    assert [(ANNA, "Hello"), (BOB, "Hi")] == texts(real)
    assert "2 rows (2, 3): sent in practice alone" in said.stderr
    assert all(row["hotline_service"].startswith("practice (sandbox) ") for row in desk.rows(f"g1.{extension}"))
    assert all(row["hotline_service"].startswith(f"{REAL_HOST}:{real.port} ") for row in desk.rows())


def test_what_went_through_another_service_of_this_machine_is_sent(desk: Desk, reality: Reality) -> None:
    """A service lives on, so its sheet is heeded there, and there alone; it may be real, so it is not practice."""
    two_rows(desk)
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)
    with HostileServer() as other, HostileServer(tls=Certificate.WRONG_HOST) as server:
        same = desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOTLINE_ENDPOINT", other.url)
            elsewhere = desk.run("send", "g1.csv", *TINY, "-o", "g3.csv")
        reality.toward(server)
        real = desk.run("send", "g2.csv", *TINY, "-o", "g4.csv")

        assert "2 left out (2 already sent)" in same.stderr
        for said, service in ((elsewhere, other), (real, server)):
            assert "2 rows (2, 3): sent through another service or instance" in said.stderr
            assert [(ANNA, "Hello"), (BOB, "Hi")] == texts(service)


@pytest.mark.parametrize(
    ("known", "spelt"),
    [
        ("127.0.0.1", "localhost"),
        ("topic_action", "topic_action/"),
        ("127.0.0.1", "[::1]"),
        ("127.0.0.1", "[0:0:0:0:0:0:0:1]"),
        ("topic_action", "topic%5Faction"),
        ("webhook", "./webhook"),
    ],
    ids=["name", "slash at the end", "IPv6", "IPv6 at length", "percent", "dot"],
)
def test_a_service_of_this_machine_has_one_address(desk: Desk, known: str, spelt: str) -> None:
    """What went through it under one spelling would count as not sent under another; practice there does not matter."""
    two_rows(desk)
    with HostileServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLINE_ENDPOINT", server.url)
        first = desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
        patch.setenv("HOTLINE_ENDPOINT", server.url.replace(known, spelt))
        second = desk.run("send", "s.csv", *TINY, "-o", "g2.csv")
        rehearsed = desk.run("send", "s.csv", *SANDBOX, "-o", "g3.csv")
        patch.setenv("HOTLINE_ENDPOINT", server.url)
        third = desk.run("send", "s.csv", "--yes", "--rate", "500/s", "-o", "g4.csv")

        assert 0 == first.exit_code, first.stderr
        assert 2 == second.exit_code
        assert f"Set the endpoint to {server.url}." in second.stderr
        assert 0 == rehearsed.exit_code, rehearsed.stderr
        assert "2 left out (2 sent before)" in third.stderr
        assert [(ANNA, "Hello"), (BOB, "Hi")] == texts(server)


def test_practice_over_a_real_result_does_not_make_it_forget(desk: Desk, real: HostileServer) -> None:
    """Rehearsing with the sheet of a real send leaves its rows out, and the next real send does so too."""
    two_rows(desk)
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    rehearsed = desk.run("send", "g1.csv", *SANDBOX, "-o", "g2.csv")
    forget_what_was_sent(desk)

    said = desk.run("send", "g2.csv", *TINY, "-o", "g3.csv")

    assert "2 left out (2 already sent)" in rehearsed.stderr
    assert "2 left out (2 already sent)" in said.stderr
    assert [(ANNA, "Hello"), (BOB, "Hi")] == texts(real)
    marks = [[row["hotline_service"] for row in desk.rows(name)] for name in ("g1.csv", "g2.csv", "g3.csv")]
    assert marks[0] == marks[1] == marks[2]


def test_another_instance_is_another_service(desk: Desk, real: HostileServer, reality: Reality) -> None:
    """What one team's connection sent, another's has not; the notice says so. The instance decides, not its address."""
    two_rows(desk)
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv")
    forget_what_was_sent(desk)
    with (
        HostileServer(tls=Certificate.WRONG_HOST, credentials=OTHER_INSTANCE) as other,
        HostileServer(tls=Certificate.WRONG_HOST) as moved,
    ):
        reality.toward(other)
        said = desk.run("send", "g1.csv", *TINY, "-o", "g2.csv")
        forget_what_was_sent(desk)
        reality.toward(moved)
        same = desk.run("send", "g1.csv", *TINY, "-o", "g3.csv")

        assert "2 rows (2, 3): sent through another service or instance" in said.stderr
        assert [(ANNA, "Hello"), (BOB, "Hi")] == texts(other)
        assert "2 left out (2 already sent)" in same.stderr
        assert [] == texts(moved)


@pytest.mark.parametrize("word", ["", "Practice", "practice (sandbox) 0123456789"])
def test_a_sheet_that_does_not_say_where_it_went(desk: Desk, real: HostileServer, word: str) -> None:
    """An older result may be of a real send: its rows are left out, and the notice says what can be done."""
    two_rows(desk)
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv", "--leave-out", "service")
    forget_what_was_sent(desk)
    text = (desk.folder / "g1.csv").read_text("utf-8-sig")
    if word:
        lines = text.splitlines()
        text = "\n".join([f"{lines[0]},hotline_service", *(f"{line},{word}" for line in lines[1:])])
    desk.file("g2.csv", text)

    said = desk.run("send", "g2.csv", *TINY, "-o", "g3.csv")
    again = desk.run("send", "g3.csv", *TINY, "-o", "g4.csv")

    if word:
        assert "2 rows (2, 3): sent in practice alone" in said.stderr
        assert 4 == len(real.applied)
        return
    for one in (said, again):
        assert "2 rows (2, 3): sent before, as the sheet says, but not through which service" in one.stderr
        assert "write 'practice' into a column hotline_service" in one.stderr
    assert 2 == len(real.applied)
    assert ["", ""] == [row["hotline_service"] for row in desk.rows("g4.csv")]


def test_a_sheet_says_for_each_row_which_connection_it_took(desk: Desk, real: HostileServer) -> None:
    """Two connections in one sheet are two services; a check without any account knows practice from the rest."""
    desk.file(
        "hotline-batch.toml",
        "".join(
            f'[connections.{name}]\ninstance = "{instance}"\napi_key = "env:HOTLINE_API_KEY"\n'
            for name, instance in (("a", real.credentials.instance), ("b", "13209946874619999"))
        ),
    )
    desk.file("s.csv", f"user_id,message,connection\n{ANNA},Hello,a\n{BOB},Hi,b\n,nobody,b\n")

    said = desk.run("send", "s.csv", "--connection", "a", *TINY, "-o", "out.csv")

    first, second, nobody = (row["hotline_service"] for row in desk.rows())
    assert 4 == said.exit_code  # the second connection's key is not that of its instance
    assert first != second
    assert all(mark.startswith(f"{REAL_HOST}:{real.port} ") for mark in (first, second))
    assert "" == nobody
    assert all(real.credentials.instance not in mark for mark in (first, second))


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("look_up", [(), ("--sandbox",), ("--rows", "3")])
def test_an_enrichment_in_between_does_not_make_a_sheet_forget_what_was_sent(
    desk: Desk, real: HostileServer, extension: str, look_up: tuple[str, ...]
) -> None:
    """Its status is that of the look-up; what the send said of delivery, and through which service, stays."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n{NOBODY},Hey\n")
    real.fault_for(NOBODY, named("user_not_found_400"))
    desk.run("send", "s.csv", *TINY, "-o", f"g1.{extension}")
    enriched = desk.run(
        "enrich", f"g1.{extension}", "--map", "topic_link=hotline_topic_link", *look_up, "-o", f"g2.{extension}"
    )
    assert "hotline_changes" in desk.rows(f"g2.{extension}")[0], enriched.stderr
    forget_what_was_sent(desk)

    said = desk.run("send", f"g2.{extension}", *TINY, "-o", "g3.csv")

    assert "2 left out (2 already sent)" in said.stderr
    assert [(ANNA, "Hello"), (BOB, "Hi"), (NOBODY, "Hey")] == texts(real)
    assert ["skipped", "skipped", "sent"] == [row["hotline_status"] for row in desk.rows("g3.csv")]


def test_a_sandbox_that_serves_this_machine_is_practice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known by the token that opens it and nothing else; any other service of this machine may be real."""
    two_rows(desk)
    desk.run("send", "s.csv", *TINY, "-o", "g1.csv", "--json")
    with Sandbox() as sandbox:
        monkeypatch.setenv("HOTLINE_ENDPOINT", sandbox.url)
        monkeypatch.setenv("HOTLINE_X_API_KEY", Sandbox.x_api_key)
        monkeypatch.setenv("HOTLINE_INSTANCE", Sandbox.instance)
        monkeypatch.setenv("HOTLINE_API_KEY", Sandbox.api_key)
        desk.run("send", "s.csv", *TINY, "-o", "g2.csv")

    listed = desk.run("runs", "list").stdout.splitlines()

    assert Sandbox.x_api_key == SANDBOX_TOKEN
    assert [True, False] == ["practice" in line for line in listed if "s.csv" in line]
    assert all(row["hotline_service"].startswith("practice (127.0.0.1:") for row in desk.rows("g2.csv"))
    assert not any("practice" in row["hotline_service"] for row in desk.rows("g1.csv"))


@pytest.mark.parametrize("seconds", ["-1", "0", "99999999999999"])
def test_time_out_that_is_none_is_refused_in_practice_too(desk: Desk, seconds: str) -> None:
    """It ended the run with an error of the program's own, or left its rows in doubt."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n")

    said = desk.run("send", "s.csv", "--sandbox", "--yes", "--timeout", seconds, "-o", "out.csv")

    assert 2 == said.exit_code
    assert re.search("timeout: .* s is too (short|long)", said.stderr)
    assert not (desk.folder / "out.csv").exists()
