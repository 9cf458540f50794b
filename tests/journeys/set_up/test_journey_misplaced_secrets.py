"""A password or key that was written in a wrong place: refused or used, but never shown and never kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.processes.journey import Machine, people

SECRET = "kE9unforgettable7Secret"
BOT = '[connections.a]\ninstance = "13209946874612345"\napi_key = "{}"\n'
ENDPOINT = "http://127.0.0.1:9/webhook/topic_action"
FAR = "https://hotline.tg/webhook/topic_action"


def in_file(key: str, value: str, key_of_bot: str = "env:HOTLINE_API_KEY") -> str:
    return f'{key} = "{value}"\n' + BOT.format(key_of_bot)


MISPLACED = {
    "proxy_at_in_password": in_file("proxy", f"http://u:p@{SECRET}@127.0.0.1:9"),
    "proxy_slash_in_password": in_file("proxy", f"http://u:p/{SECRET}@127.0.0.1:9"),
    "proxy_slash_behind_a_port": in_file("proxy", f"http://u:80/{SECRET}@127.0.0.1:9"),
    "proxy_without_scheme": in_file("proxy", f"u:{SECRET}@127.0.0.1:9"),
    "ledger_query": in_file("ledger", f"postgresql://127.0.0.1:9/db?user=u&password={SECRET}"),
    "ledger_signs_in_password": in_file("ledger", f"postgresql://u:p@{SECRET}/w@127.0.0.1:9/db"),
    "ledger_of_another_kind": in_file("ledger", f"mysql://u:{SECRET}@127.0.0.1/db"),
    "ledger_driver": in_file("ledger", f"postgresql+foo://u:{SECRET}@127.0.0.1/db"),
    "ledger_port": in_file("ledger", f"postgresql://u:{SECRET}@127.0.0.1:abc/db"),
    "endpoint_user": in_file("endpoint", f"https://u:{SECRET}@hotline.tg/x"),
    "endpoint_without_scheme": in_file("endpoint", f"u:{SECRET}@hotline.tg/x"),
    "endpoint_one_slash": in_file("endpoint", f"https:/u:{SECRET}@hotline.tg/x"),
    "endpoint_of_another_kind": in_file("endpoint", f"ftp://u:{SECRET}@hotline.tg/x"),
    "endpoint_slash": in_file("endpoint", f"https://u:80/{SECRET}@hotline.tg/x"),
    "endpoint_query": in_file("endpoint", f"{ENDPOINT}?token={SECRET}"),
    "endpoint_fragment": in_file("endpoint", f"{ENDPOINT}#{SECRET}"),
    "key_itself": in_file("endpoint", ENDPOINT, SECRET),
    "key_behind_env": in_file("endpoint", ENDPOINT, f"env:{SECRET}"),
    "key_behind_file": in_file("endpoint", ENDPOINT, f"file:{SECRET}"),
    "key_behind_keyring": in_file("endpoint", ENDPOINT, f"keyring:{SECRET}"),
    "key_with_a_slash_behind_keyring": in_file("endpoint", ENDPOINT, f"keyring:{SECRET}/{SECRET}"),
    "token_itself": in_file("x_api_key", SECRET),
    "token_behind_env": in_file("x_api_key", f"env:{SECRET}"),
}


@pytest.mark.parametrize("name", MISPLACED)
def test_misplaced_secret_is_neither_shown_nor_kept(machine: Machine, tmp_path: Path, name: str) -> None:
    """By no command, in no stream, in no file; and the doctor's JSON is JSON."""
    machine.environment["HOTLINE_API_KEY"] = "some-key"
    if not name.startswith("token"):
        machine.environment["HOTLINE_X_API_KEY"] = "some-token"
    if name.startswith("ledger"):
        del machine.environment["HOTLINE_BATCH_LEDGER"]
    if name.startswith("proxy"):
        machine.environment["HOTLINE_ENDPOINT"] = FAR
    settings = machine.folder / "hotline-batch.toml"
    settings.write_text(MISPLACED[name])
    machine.write_sheet("sheet.csv", people(1))

    runs = [
        machine.run("send", "sheet.csv", "--yes", "-v", "-o", "out.csv"),
        machine.run("doctor", "--offline"),
        machine.run("doctor", "--json", "--offline"),
        machine.run("connections", "list"),
    ]
    settings.unlink()

    # That address can be read: its password is odd, and nobody listens there.
    assert (4 if name == "proxy_at_in_password" else 2) == runs[0].exit_code, runs[0].stderr
    assert ("Error: " in runs[0].stderr) == (runs[0].exit_code == 2)
    assert [] == [run for run in runs if SECRET in run.stdout + run.stderr]
    assert [] == [run for run in runs if "error of its own" in run.stderr]
    assert json.loads(runs[2].stdout)["findings"]
    assert [] == [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_token_pasted_into_the_file_is_noticed_though_a_variable_hides_it(connected: Machine) -> None:
    """The variable is used; what stands in the file is still a secret in the wrong place."""
    (connected.folder / "hotline-batch.toml").write_text(f'x_api_key = "{SECRET}"\n')

    ended = connected.run("doctor", "--offline")

    assert "x_api_key must say where the secret is kept, not the secret itself" in ended.stdout
    assert SECRET not in ended.stdout
