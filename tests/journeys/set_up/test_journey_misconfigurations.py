"""A machine that is set up wrongly, in many ways: each says what is wrong and what to do, exit 2, no secret shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.processes.journey import FAST, Machine, asked, people
from tests.support.proxy import Manner, Proxy
from tests.support.service.certificates import Certificate, authority
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

SECRET = "kE9unforgettable7Secret"
GOOD = 'instance = "13209946874612345"\napi_key = "env:HOTLINE_API_KEY"\n'


@dataclass(frozen=True)
class Wrong:
    """One way to set a machine up wrongly. ``says`` are words that the message must hold, each of them."""

    name: str
    says: tuple[str, ...]
    toml: str | bytes = ""
    variables: dict[str, str | None] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    prepare: Callable[[Path], object] = lambda _folder: None


def fill(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


WRONGS = (
    Wrong("nothing_set", ("No connection", "HOTLINE_INSTANCE"),
          variables={"HOTLINE_INSTANCE": None, "HOTLINE_API_KEY": None, "HOTLINE_X_API_KEY": None}),
    Wrong("no_token", ("HOTLINE_X_API_KEY",), variables={"HOTLINE_X_API_KEY": None}),
    Wrong("no_api_key", ("HOTLINE_API_KEY", "not set"), variables={"HOTLINE_API_KEY": None}),
    Wrong("blank_token", ("HOTLINE_X_API_KEY",), variables={"HOTLINE_X_API_KEY": "  "}),
    Wrong("token_of_two_lines", ("line end", "Copy the key again"),
          variables={"HOTLINE_X_API_KEY": f"{SECRET}\n{SECRET}"}),
    Wrong("instance_with_letters", ("HOTLINE_INSTANCE", "digits"), variables={"HOTLINE_INSTANCE": "bot-1"}),
    Wrong("instance_without_quotes", ("instance", "double quotes"),
          toml=f'[connections.a]\ninstance = 13209946874612345\napi_key = "env:{SECRET}"\n'),
    Wrong("secret_in_the_file", ("where the secret is kept", "env:NAME"),
          toml=f'[connections.a]\ninstance = "1"\napi_key = "{SECRET}"\n'),
    Wrong("connection_without_key", ("connections.a.api_key", "missing"), toml='[connections.a]\ninstance = "1"\n'),
    Wrong("misspelt_key", ("send_rat", "send_rate"), toml='send_rat = "18/min"\n'),
    Wrong("misspelt_key_of_a_connection", ("connections.a", "api_key"), toml=f"[connections.a]\napikey = 'x'\n{GOOD}"),
    Wrong("connections_without_a_name", ("connections.instance", "[connections.support_bot]"),
          toml=f"[connections]\n{GOOD}"),
    Wrong("connections_as_text", ("'connections'", "must be a table"), toml='connections = "main"\n'),
    Wrong("connection_as_text", ("'connections.main'", "[connections.main]"), toml='[connections]\nmain = "x"\n'),
    Wrong("number_as_text", ("'timeout'", "must be a number, without quotes"), toml='timeout = "30"\n'),
    Wrong("switch_as_text", ("'quiet'", "must be true or false"), toml='quiet = "yes"\n'),
    Wrong("concurrency_of_thousands", ("'concurrency'", "must be 256 or less"), toml="concurrency = 5000\n"),
    Wrong("rate_as_number", ("'rate'", "must be text in double quotes"), toml="rate = 18\n"),
    Wrong("not_toml", ("hotline-batch.toml", "not valid TOML"), toml="send_rate 18/min\n"),
    Wrong("not_utf8", ("UTF-8",), toml='timezone = "Köln"\n'.encode("cp1252")),
    Wrong("rate_in_words", ("send_rate", "18/min"), toml='send_rate = "quickly"\n'),
    Wrong("time_out_too_short", ("timeout", "too short"), toml="timeout = 2.0\n",
          variables={"HOTLINE_ENDPOINT": "https://n8n.production.hotline.tg/webhook/topic_action"}),
    Wrong("concurrency_of_none", ("concurrency",), toml="concurrency = 0\n"),
    Wrong("endpoint_in_the_clear", ("https://", "keys"),
          variables={"HOTLINE_ENDPOINT": "http://hotline.example/webhook/topic_action"}),
    Wrong("endpoint_that_is_no_address", ("address",), variables={"HOTLINE_ENDPOINT": "hotline dot tg"}),
    Wrong("endpoint_with_a_password", ("user name or password",),
          variables={"HOTLINE_ENDPOINT": f"https://me:{SECRET}@hotline.tg/webhook/topic_action"}),
    Wrong("settings_file_that_is_not_there", ("--config", "no file"), options=("--config", "elsewhere.toml")),
    Wrong("settings_variable_of_no_file", ("HOTLINE_BATCH_CONFIG", "no file"),
          variables={"HOTLINE_BATCH_CONFIG": "elsewhere.toml"}),
    Wrong("default_connection_of_nobody", ("default_connection", "Did you mean 'sales'"),
          toml=f'default_connection = "sale"\n[connections.sales]\n{GOOD}'),
    Wrong("several_and_none_chosen", ("several connections", "--connection"),
          toml=f"[connections.a]\n{GOOD}[connections.b]\n{GOOD.replace('132', '133')}"),
    Wrong("connection_of_nobody", ("no connection 'support'",), options=("--connection", "support")),
    Wrong("key_file_that_is_not_there", ("connections.a.api_key", "cannot be read"),
          toml='[connections.a]\ninstance = "1"\napi_key = "file:key.txt"\n'),
    Wrong("key_file_that_is_empty", ("key.txt", "empty"),
          toml='[connections.a]\ninstance = "1"\napi_key = "file:key.txt"\n', prepare=fill("key.txt", b"\n")),
    Wrong("key_file_that_is_something_else", ("key.txt", "too large"),
          toml='[connections.a]\ninstance = "1"\napi_key = "file:key.txt"\n',
          prepare=fill("key.txt", SECRET.encode() * 2_000)),
    Wrong("ca_file_that_is_not_there", ("ca_file", "administrator"), toml='ca_file = "company.pem"\n'),
    Wrong("ca_file_of_something_else", ("notes.pem", "PEM"), toml='ca_file = "notes.pem"\n',
          variables={"HOTLINE_ENDPOINT": "https://localhost:9/webhook"}, prepare=fill("notes.pem", b"notes")),
    Wrong("proxy_without_scheme", ("proxy", "http://HOST:8080"), toml='proxy = "company:8080"\n'),
    Wrong("proxy_of_another_kind", ("SOCKS",), toml=f'proxy = "socks5://me:{SECRET}@127.0.0.1:9"\n'),
    Wrong("time_zone_of_nowhere", ("timezone", "Europe/Berlin"), toml='timezone = "Kölle"\n'),
    Wrong("ledger_that_is_no_address", ("ledger", "sqlite:///"), options=("--ledger", "ledger.db")),
    Wrong("ledger_in_a_file_of_something_else", ("no ledger", "Mend the address"), options=("--ledger", "sqlite:///notes.txt"),
          prepare=fill("notes.txt", b"These are notes and no database. " * 100)),
    Wrong("ledger_in_a_folder_that_is_a_file", ("ledger", "--ledger"), options=("--ledger", "sqlite:///notes.txt/l"),
          prepare=fill("notes.txt", b"notes")),
    Wrong("ledger_behind_two_slashes", ("ledger", "sqlite:///PATH"), options=("--ledger", "sqlite://var/ledger.sqlite")),
    Wrong("ledger_whose_first_slash_is_left_out", ("four slashes", "sqlite:////var/lib/hotline/ledger.sqlite"),
          variables={"HOTLINE_BATCH_LEDGER": "sqlite:///var/lib/hotline/ledger.sqlite"}),
    Wrong("marked_connection", ("--confirm a",), toml=f"[connections.a]\nconfirm = true\n{GOOD}"),
    Wrong("user_agent_of_umlauts", ("user_agent",), toml='user_agent = "Grüße"\n'),
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONGS, ids=lambda wrong: wrong.name)
def test_wrong_setting(connected: Machine, server: HostileServer, wrong: Wrong) -> None:
    """Exit 2 with its own message; nothing is asked of the service, no result sheet, no secret, no traceback."""
    if wrong.toml:
        content = wrong.toml if isinstance(wrong.toml, bytes) else wrong.toml.encode()
        (connected.folder / "hotline-batch.toml").write_bytes(content)
    connected.environment |= {"HOTLINE_X_API_KEY": SECRET, "HOTLINE_API_KEY": f"{SECRET}2"}
    for name, value in wrong.variables.items():
        if value is None:
            del connected.environment[name]
        else:
            connected.environment[name] = value
    wrong.prepare(connected.folder)
    connected.write_sheet("sheet.csv", people(1))

    ended = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", *wrong.options)
    said = ended.stdout + ended.stderr

    assert 2 == ended.exit_code, said
    assert all(word in said for word in wrong.says), said
    assert SECRET not in said
    assert "Traceback" not in said
    assert not any(jargon in said for jargon in ("ConnectionEntry", "dictionary", "Input should", "input should"))
    assert 0 == asked(server)
    assert not (connected.folder / "out.csv").exists()


def test_messages_differ() -> None:
    """No two of them are expected to say the same words."""
    told = [(wrong.says, wrong.name) for wrong in WRONGS]

    assert len({says for says, _ in told}) >= 20
    assert len(WRONGS) == len({name for _, name in told})


@pytest.mark.parametrize("certificate", [Certificate.EXPIRED, Certificate.WRONG_HOST, Certificate.NOT_TRUSTED])
def test_certificate_is_refused(machine: Machine, tmp_path: Path, certificate: Certificate) -> None:
    """Found at the first request, before any key was sent: exit 2, and every row is told as not attempted."""
    ca_file = authority().write_ca_file(tmp_path / "company.pem")
    with HostileServer(tls=certificate) as server:
        machine.toward(server)
        (machine.folder / "hotline-batch.toml").write_text(f'ca_file = "{ca_file}"\n')
        machine.write_sheet("sheet.csv", people(2))
        ended = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    assert 2 == ended.exit_code, ended.stderr
    assert "certificate" in ended.stdout
    assert ".." not in ended.stdout
    assert 0 == asked(server)
    assert {"not_attempted"} == {row["hotline_status"] for row in machine.read("out.csv")}


@pytest.mark.parametrize("manner", [Manner.DEMAND_PASSWORD, Manner.FORBID])
def test_proxy_refuses(machine: Machine, manner: Manner) -> None:
    """The proxy is named as what is in the way, without the password that was tried."""
    machine.toward("https://hotline.tg/webhook/topic_action", Credentials())
    machine.write_sheet("sheet.csv", people(2))
    with Proxy(manner) as proxy:
        address = proxy.url.replace("http://", f"http://me:{SECRET}@")
        (machine.folder / "hotline-batch.toml").write_text(f'proxy = "{address}"\n')
        ended = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    assert 2 == ended.exit_code, ended.stderr
    assert "proxy" in ended.stdout
    assert SECRET not in ended.stdout + ended.stderr


def test_service_that_speaks_no_https(machine: Machine, server: HostileServer) -> None:
    """It is not the certificate that has to be mended."""
    machine.toward(server.url.replace("http:", "https:"), Credentials()).write_sheet("sheet.csv", people(1))

    ended = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    assert 2 == ended.exit_code
    assert "does not speak HTTPS" in ended.stdout
    assert "Check the address" in machine.read("out.csv")[0]["hotline_advice"]


def test_file_with_a_byte_order_mark(connected: Machine) -> None:
    """As editors on Windows write it."""
    (connected.folder / "hotline-batch.toml").write_text('send_rate = "500/s"\n', encoding="utf-8-sig")
    connected.write_sheet("sheet.csv", people(1))

    ended = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json")

    assert (0, "500/s") == (ended.exit_code, ended.summary["rate"]), ended.stderr


def test_variable_that_the_file_names_is_known(connected: Machine) -> None:
    """Whatever it resembles."""
    connected.environment |= {"HOTLINE_API_KEY_BOT": "k", "HOTLINE_API_KEYS": "k"}
    (connected.folder / "hotline-batch.toml").write_text(
        '[connections.bot]\ninstance = "1"\napi_key = "env:HOTLINE_API_KEY_BOT"\n'
    )

    said = connected.run("doctor", "--offline").stdout

    assert "HOTLINE_API_KEY_BOT is not known" not in said
    assert "HOTLINE_API_KEYS is not known" in said
