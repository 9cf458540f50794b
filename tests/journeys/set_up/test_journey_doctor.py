"""The doctor on a machine: what is in the way is found, with its cure, and no secret is shown."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.processes.journey import FAST, Ended, Machine, people
from tests.support.proxy import Manner, Proxy
from tests.support.service.certificates import Certificate, authority
from tests.support.service.hostile_server import HostileServer


def findings(ended: Ended, subject: str) -> list[Mapping[str, str]]:
    """What was found about a subject."""
    return [found for found in json.loads(ended.stdout)["findings"] if found["subject"].startswith(subject)]


def level(ended: Ended, subject: str) -> str:
    """The worst that was found about a subject."""
    levels = [found["level"] for found in findings(ended, subject)]
    return max(levels, key=["ok", "warning", "problem"].index)


def test_healthy_machine(connected: Machine, server: HostileServer) -> None:
    """Exit 0, no problem; every value with its source; nothing is applied by looking."""
    connected.write_sheet("sheet.csv", people(1))
    connected.run("send", "sheet.csv", "--yes", *FAST)
    before = list(server.applied)

    ended = connected.run("doctor", "--json")
    shown = connected.run("doctor")

    assert 0 == ended.exit_code, ended.stdout
    assert ["ok"] * 4 == [level(ended, subject) for subject in ("secret", "service", "ledger", "clock")]
    assert any("HOTLINE_ENDPOINT" in found["said"] for found in findings(ended, "setting"))
    assert before == list(server.applied)
    assert "0 problems" in shown.stdout
    secrets = [connected.environment[name] for name in ("HOTLINE_X_API_KEY", "HOTLINE_API_KEY")]
    assert not any(secret in shown.stdout + ended.stdout for secret in secrets)


def test_fresh_machine_without_anything(machine: Machine) -> None:
    """Each thing that is missing is named with its cure; no ledger is made by looking."""
    ended = machine.run("doctor", "--offline", "--json")

    assert 1 == ended.exit_code
    assert "problem" == level(ended, "connections") == level(ended, "secret x_api_key")
    assert all(found["cure"] for found in json.loads(ended.stdout)["findings"] if found["level"] != "ok")
    assert not machine.ledger.exists()


def test_settings_that_cannot_be_read(machine: Machine) -> None:
    """A misspelt key is a finding, not a crash."""
    (machine.folder / "hotline-batch.toml").write_text('endpont = "https://example.test/"\n')

    ended = machine.run("doctor", "--json")

    assert 1 == ended.exit_code
    assert "endpoint" in findings(ended, "settings")[0]["said"]


def test_run_that_is_not_finished_is_no_matter_of_the_machine(connected: Machine) -> None:
    """The doctor tells what is in the way of any run; `runs list` tells of runs."""
    connected.write_sheet("sheet.csv", people(2))
    connected.run("send", "sheet.csv", "--yes", *FAST)
    with closing(sqlite3.connect(connected.ledger)) as ledger, ledger:
        ledger.execute("update run set state = 'stopped'")

    ended = connected.run("doctor", "--json")

    assert 0 == ended.exit_code, ended.stdout
    assert "ok" == level(ended, "ledger")
    assert "resume" not in ended.stdout
    assert " runs" not in " ".join(str(found["said"]) for found in findings(ended, "ledger"))


def test_damaged_ledger(connected: Machine) -> None:
    """What SQLite says of the damage is told."""
    connected.write_sheet("sheet.csv", people(200))
    connected.run("send", "sheet.csv", "--yes", *FAST)
    content = bytearray(connected.ledger.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    connected.ledger.write_bytes(content)

    ended = connected.run("doctor", "--offline", "--json")

    assert 1 == ended.exit_code
    assert "problem" == level(ended, "ledger")


def test_large_ledger_is_looked_through_only_when_asked(connected: Machine) -> None:
    """Years of runs must not make the doctor slow; it says so, and how all of it is looked at."""
    connected.write_sheet("sheet.csv", people(200))
    connected.run("send", "sheet.csv", "--yes", *FAST)
    content = bytearray(connected.ledger.read_bytes())
    last = len(content) - 4096
    content[last:] = b"\xff" * 4096
    connected.ledger.write_bytes(content)
    os.truncate(connected.ledger, 110_000_000)

    ended = connected.run("doctor", "--offline", "--json")
    full = connected.run("doctor", "--offline", "--full", "--json")

    assert 0 == ended.exit_code, ended.stdout
    assert "--full" in findings(ended, "ledger")[0]["cure"]
    assert (1, "problem") == (full.exit_code, level(full, "ledger"))


def test_service_that_is_not_there(connected: Machine) -> None:
    """Nobody listens: a problem with a cure."""
    with socket.socket() as deaf:  # nobody else takes that port meanwhile
        deaf.bind(("127.0.0.1", 0))
        connected.environment["HOTLINE_ENDPOINT"] = f"http://127.0.0.1:{deaf.getsockname()[1]}/webhook/topic_action"

        ended = connected.run("doctor", "--json")

    assert (1, "problem") == (ended.exit_code, level(ended, "service"))
    assert "refused" in findings(ended, "service")[0]["said"]


def test_certificate_that_is_not_trusted(machine: Machine, tmp_path: Path) -> None:
    """Without the company's file of certificates a problem; with it all is well, and the last day is told."""
    ca_file = authority().write_ca_file(tmp_path / "company.pem")
    with HostileServer(tls=Certificate.GOOD) as server:
        machine.toward(server)
        refused = machine.run("doctor", "--json")
        (machine.folder / "hotline-batch.toml").write_text(f'ca_file = "{ca_file}"\n')
        trusted = machine.run("doctor", "--json")

    assert "certificate" in findings(refused, "service")[0]["said"]
    assert ("problem", "ok", "ok") == (
        level(refused, "service"),
        level(trusted, "service"),
        level(trusted, "certificate"),
    )


def test_proxy_that_wants_a_password(machine: Machine) -> None:
    """The proxy is what stands in the way; its own password is not shown."""
    with Proxy(Manner.DEMAND_PASSWORD) as proxy:
        machine.environment["HOTLINE_ENDPOINT"] = "https://hotline.tg/webhook/topic_action"
        address = proxy.url.replace("http://", "http://me:unforgettable@")
        (machine.folder / "hotline-batch.toml").write_text(f'proxy = "{address}"\n')
        ended = machine.run("doctor", "--json")

    assert "proxy" in findings(ended, "service")[0]["said"]
    assert "unforgettable" not in ended.stdout + ended.stderr


def test_file_that_others_may_read(connected: Machine) -> None:
    """A key in a file for everybody is worth a warning."""
    key = connected.folder / "key"
    key.write_text("some-key-of-mine")
    key.chmod(0o644)
    connected.environment["HOTLINE_X_API_KEY"] = "another"
    (connected.folder / "hotline-batch.toml").write_text(
        '[connections.one]\ninstance = "13209946874612345"\napi_key = "file:key"\n'
    )

    ended = connected.run("doctor", "--offline", "--json")

    assert "warning" == level(ended, "secret connections.one")
    assert "some-key-of-mine" not in ended.stdout


def test_verbose_says_where_settings_come_from(machine: Machine) -> None:
    """Each value with its source: option, variable, file or default."""
    (machine.folder / "hotline-batch.toml").write_text('timezone = "UTC"\n')
    machine.write_sheet("sheet.csv", people(1))

    ended = machine.run("check", "sheet.csv", "--for", "send", "-v")

    assert f"timezone = UTC ({machine.folder / 'hotline-batch.toml'})" in ended.stderr
    assert "(environment variable HOTLINE_BATCH_LEDGER)" in ended.stderr
    assert "(default)" in ended.stderr


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("This webhook is not registered for GET requests. Did you mean to make a POST request?", "ok"),
        ('The requested webhook "GET topic_actoin" is not registered.', "warning"),
    ],
)
def test_path_under_which_nothing_listens(machine: Machine, said: str, expected: str) -> None:
    """A webhook that takes messages alone has no answer to a look without keys either, but says so."""
    with answering(404, json.dumps({"code": 404, "message": said}).encode()) as url:
        machine.toward(url)
        ended = machine.run("doctor", "--json")

    assert (0, expected) == (ended.exit_code, level(ended, "service")), ended.stdout
    assert ("connections test" in findings(ended, "service")[0]["cure"]) == (expected == "warning")


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected", "word"),
    [
        (403, b"<html><title>Just a moment...</title></html>", {"cf-mitigated": "challenge"}, "problem", "user_agent"),
        (403, b"error code: 1020", {}, "problem", "network"),
        (402, b'{"message":"Payment Required"}', {}, "problem", "pays"),
        (403, b"<html>Denied</html>", {"Server": "squid/5.7"}, "problem", "setting proxy"),
        (302, b"", {"Location": "https://elsewhere.example"}, "problem", "setting endpoint"),
        (503, b"<html><h1>503 Service Unavailable</h1></html>", {}, "warning", "in some minutes"),
        (502, b"Bad Gateway", {}, "warning", "in some minutes"),
        (405, b"<html>405 Not Allowed</html>", {}, "ok", ""),
        (403, b"Authorization data is wrong!", {}, "ok", ""),
    ],
)
def test_what_stands_in_front_is_named(
    machine: Machine, status: int, body: bytes, headers: Mapping[str, str], expected: str, word: str
) -> None:
    """Judged as answers to messages are; without keys, a refusal of them is as it should be. No word of rows."""
    with answering(status, body, headers) as url:
        machine.toward(url)
        ended = machine.run("doctor", "--json")

    found = findings(ended, "service")[0]
    assert expected == found["level"], found
    assert word in found["cure"]
    assert not {"row", "rows", "resume", "retry"} & set(found["cure"].replace("'", " ").split())


@contextmanager
def answering(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """A service that answers every GET and HEAD so; its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name is the server's

        def log_message(self, *_words: object) -> None:
            """Nothing: what was asked is of no interest."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/webhook/topic_action"
        server.shutdown()
        serving.join()
