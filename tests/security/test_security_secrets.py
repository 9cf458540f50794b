"""S1, S2: both keys stay where they are kept, whatever a service, an error or a kill does."""

from __future__ import annotations

import base64
import html
import json
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import pytest

from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import ApiError
from tests.support.batch_bench import Bench, real_time
from tests.support.processes.doomed import Doomed
from tests.support.processes.journey import FAST, Machine, people
from tests.support.processes.programs import ALWAYS_NEW
from tests.support.service.exchange import Exchange, to_json
from tests.support.service.faults import CATALOGUE, Applied, Fault, Verdict, named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

# Every sign that JSON, URLs, HTML or a shell escape.
KEYS = Credentials(
    x_api_key="tok3n/+=&<>\"'\\%20-owner", instance="13209946874612345", api_key="k3y;\"\\/<&>'+%41=inst"
)
SECRETS = (KEYS.x_api_key, KEYS.api_key)
ENVIRONMENT = {"HOTLINE_X_API_KEY": KEYS.x_api_key, "HOTLINE_API_KEY": KEYS.api_key}

ESCAPES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in JSON": lambda key: json.dumps(key)[1:-1],
    "in JSON in JSON": lambda key: json.dumps(json.dumps(key))[1:-1],
    "in JSON as PHP writes it": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "in Unicode escapes": lambda key: "".join(f"\\u{ord(letter):04X}" for letter in key),
    "in a URL": lambda key: quote(key, safe=""),
    "in a URL in lower case": lambda key: "".join(f"%{ord(letter):02x}" for letter in key),
    "in a URL in a URL": lambda key: quote(quote(key, safe=""), safe=""),
    "in HTML": html.escape,
    "in HTML in HTML": lambda key: html.escape(html.escape(key)),
    "in HTML numbers": lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    "in HTML hex numbers": lambda key: "".join(f"&#x{ord(letter):x};" for letter in key),
    "in Base64": lambda key: base64.b64encode(key.encode()).decode(),
    "in Base64 behind one byte": lambda key: base64.b64encode(b"x" + key.encode() + b"yz").decode(),
    "in Base64 behind two bytes": lambda key: base64.b64encode(b"xy" + key.encode() + b"z").decode(),
    "in Base64 for URLs": lambda key: base64.urlsafe_b64encode(f"{{{key}}}".encode()).decode(),
    "in hex": lambda key: key.encode().hex(),
    "in capital hex": lambda key: key.encode().hex().upper(),
    "around a control character": lambda key: f"{key[:4]}\x01{key[4:]}",
    "around a mark of nothing": lambda key: f"{key[:5]}\ufffe{key[5:]}",
    "around a space without width": lambda key: f"{key[:6]}\u200b{key[6:]}",
}


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer(credentials=KEYS) as running:
        yield running


@pytest.fixture
def bench(tmp_path: Path, server: HostileServer) -> Bench:
    return Bench(tmp_path, server.url, environment=ENVIRONMENT)


def in_any_form(text: str) -> list[str]:
    """The forms in which a key can be read in a text."""
    return [name for name, escape in ESCAPES.items() for secret in SECRETS if escape(secret) in text]


def everything_written(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def saying(text: str, status: int) -> Fault:
    def answer(exchange: Exchange) -> None:
        exchange.answer(status, to_json({"message": text}))

    return Fault("saying", answer, Verdict.UNKNOWN, Applied.NO)


def confirming(text: str) -> Fault:
    def answer(exchange: Exchange) -> None:
        good = exchange.good_answer
        assert isinstance(good, dict)
        exchange.answer(200, to_json(good | {"echo": text, text: 1, "deep": [{"er": text}], "topic_link": text}))

    return Fault("confirming", answer, Verdict.SENT, Applied.YES)


@pytest.mark.parametrize("escape", ESCAPES)
def test_echo_of_a_key_is_kept_nowhere(bench: Bench, server: HostileServer, escape: str) -> None:
    """S1: in a confirmation, a refusal and a breakdown; ledger, its log, and the result sheet hold nothing of it."""
    echo = " and ".join(ESCAPES[escape](secret) for secret in SECRETS)
    faults = [confirming(echo), saying(echo, 413), saying(echo, 500), saying(f"<b>{echo}</b>", 415)]
    for fault in faults:
        server.fault_next(fault)

    summary = bench.send([str(number) for number in range(5)])

    sheet = bench.result_path.read_text("utf-8")
    assert 5 == len(server.requests)
    assert [] == in_any_form(everything_written(bench.folder))
    assert "***" in sheet
    assert [] == in_any_form(repr(summary))


@pytest.mark.parametrize("cut", ["<wbr>", "<!-- -->", "</b>\n<b>", "&#8203;"])
def test_key_that_tags_cut_into_pieces_is_kept_nowhere(tmp_path: Path, cut: str) -> None:
    """S1: the words of an error are told without tags, and never as the two halves of a key."""
    keys = Credentials(x_api_key="TokenOfTheOwner1", instance="13209946874612345", api_key="KeyOfTheInstance")
    environment = {"HOTLINE_X_API_KEY": keys.x_api_key, "HOTLINE_API_KEY": keys.api_key}
    with HostileServer(credentials=keys) as server:
        bench = Bench(tmp_path, server.url, environment=environment)
        server.fault_next(saying(f"<b>TokenOfT{cut}heOwner1</b> <i>KeyOfT{cut}heInstance</i>", 400))

        bench.send(["1"])

    told = everything_written(tmp_path)
    assert "***" in told
    assert not [piece for piece in ("TokenOfT", "heOwner1", "KeyOfT", "heInstance") if piece in told]


@pytest.mark.parametrize("name", ["forbidden_403", "limited_seconds_1", "redirect_307", "half_body_applied",
                                  "html_page_200_applied", "reset_on_accept", "hang_applied", "deep_json"])  # fmt: skip
def test_errors_hold_no_key(server: HostileServer, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """S1: not the text of an error, not its traceback with all that led to it, not the log at its most talkative."""
    server.fault_next(CATALOGUE[name])
    caplog.set_level(logging.DEBUG)
    seconds = 0.2 if name.startswith("hang") else 60

    with TopicsClient(
        KEYS.x_api_key, KEYS.instance, KEYS.api_key, endpoint=server.url, timeout_seconds=seconds
    ) as client:
        with pytest.raises(ApiError) as caught:
            client.send_message(987654321, "Hello")
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(client)

    causes: list[BaseException | None] = [caught.value]
    while causes[-1] is not None:
        causes.append(causes[-1].__cause__ or causes[-1].__context__)
    told += "".join(f"{cause!r} {cause}" for cause in causes)
    assert [] == in_any_form(told + caplog.text)


def test_settings_hold_no_key(bench: Bench) -> None:
    """S1: printing or copying the settings shows where the keys are, not what they are."""
    settings = bench.settings()

    assert [] == in_any_form(repr(settings) + repr(settings.connections) + str(settings.required_x_api_key()))
    with pytest.raises(TypeError):
        json.dumps(asdict(settings.connection("default")))


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to look at the arguments")
def test_arguments_of_the_process_hold_no_key(
    tmp_path: Path, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S1: what every user of the machine can see of a running command; and there is no option that takes a key."""
    monkeypatch.setenv(ALWAYS_NEW, "1")  # a fork has the arguments of whatever it is a fork of
    machine = Machine(tmp_path).toward(server, KEYS)
    machine.write_sheet("sheet.csv", people(2))
    server.fault_next(named("hang_applied").lasting(20.0))

    with machine.start("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST) as sending:
        server.wait_until(lambda: len(server.requests) == 1)
        arguments = Path(f"/proc/{sending._process.pid}/cmdline").read_bytes().decode()
    help_text = machine.run("send", "--help").stdout

    assert "hotline_batch" in arguments
    assert [] == in_any_form(arguments)
    assert "--api-key" not in help_text
    assert "token" not in help_text.lower()


def test_killed_process_leaves_no_key_behind(bench: Bench, server: HostileServer) -> None:
    """S1: also the log of the ledger, and its reserve, as they lie there after a kill."""
    server.fault_next(named("hang_applied"))
    run = bench.plan("ab", timeout=20.0).id
    with Doomed(bench, run) as doomed:
        server.wait_until(lambda: len(server.requests) == 1)
        doomed.kill()

    names = {path.name for path in bench.folder.rglob("*")}
    assert {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite.reserve"} <= names
    assert [] == in_any_form(everything_written(bench.folder))


def test_audit_has_neither_texts_nor_keys(bench: Bench, server: HostileServer) -> None:
    """S12: who was asked what, when, and what came of it; the text only as a hash and a length."""
    server.fault_next(saying(f"echo {KEYS.api_key}", 500))
    summary = bench.send(["A text about Mrs Smith", "Another about Mr Jones"])

    trail = bench.audit(summary.run)

    told = json.dumps(trail, ensure_ascii=False)
    assert 2 == len(trail)
    assert not [word for word in ("Smith", "Jones", "echo") if word in told]
    assert [] == in_any_form(told)
    assert {"run", "row", "attempt", "started_at", "duration_ms", "user_id", "message_sha256", "message_length",
            "http_status", "error_code", "delivery"} <= trail[0].keys()  # fmt: skip


def test_request_carries_each_key_once_and_nothing_foreign(bench: Bench, server: HostileServer) -> None:
    """S1, S2: one key in the header, one in the body; no cookie of an earlier answer, no other authorization."""

    def with_cookie(exchange: Exchange) -> None:
        exchange.answer(200, exchange.good_body(), fields=[("Set-Cookie", "track=1; Path=/")])

    server.fault_next(Fault("cookie", with_cookie, Verdict.SENT, Applied.YES))
    bench.send("ab")

    assert 2 == len(server.requests)
    for request in server.requests:
        fields = dict(request.fields)
        assert KEYS.x_api_key == fields.pop("x-api-key")
        assert KEYS.api_key not in str(fields)
        assert (KEYS.api_key, KEYS.x_api_key in request.body.decode()) == (request.content["api_key"], False)
        assert not {"cookie", "authorization", "proxy-authorization"} & fields.keys()
        assert "identity" == fields["accept-encoding"]


@pytest.mark.parametrize("text", ["\\" * 300_000, "%25" * 100_000, "&amp;" * 60_000, "&#0" * 100_000])
def test_search_for_keys_cannot_be_made_slow(bench: Bench, server: HostileServer, text: str) -> None:
    """S1: an answer made of nothing but beginnings of escapes costs this process next to no time."""
    bench.clock = real_time()
    server.fault_next(saying(text, 500))
    run = bench.plan("a", timeout=120.0).id
    before = time.process_time()

    bench.drive(run)

    assert time.process_time() - before < 3
    assert 1 == len(bench.audit(run))
