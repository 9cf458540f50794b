"""Who hears of runs, as settings say it; an address is never shown but for its service and its host."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_batch.errors import SettingsError
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from hotline_batch.settings.news import Topic, destination_of
from hotline_batch.settings.shown_settings import shown_settings

SECRET = "s3cret-of-9"


def settings_of(folder: Path, text: str, **environ: str) -> Settings:
    (folder / "hotline-batch.toml").write_text(text, "utf-8")
    return load_settings(environ=environ, working_folder=folder)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"mailto://user:{SECRET}@mail.example", "e-mail via mail.example"),
        (f"mailtos://user:{SECRET}@example.org?smtp=smtp.example.org&to=a@b.example", "e-mail via smtp.example.org"),
        (f"mailto://user:{SECRET}@127.0.0.1:2525", "e-mail via 127.0.0.1"),
        (f"jsons://hooks.example/{SECRET}", "webhook via hooks.example"),
        (f"slack://{SECRET}/TokenB/TokenC", "Slack"),
        (f"tgram://{SECRET}/12345", "Telegram"),
        (f"discord://{SECRET}/abc", "Discord"),
        (f"gotify://push.example/{SECRET}", "Gotify via push.example"),
        (f"mailto://user:{SECRET}/@mail.example", "e-mail"),
        (f"mailto://user:{SECRET}#x@mail.example", "e-mail"),
        (f"mailto://user:12?{SECRET}@mail.example", "e-mail via user"),
        (f"mailto://user@mail.example:{SECRET}@mail.example", "e-mail"),
        (f"json://{SECRET}", "webhook"),
        (f"{SECRET}://x", "a service"),
        (SECRET, "a service"),
        ("", "a service"),
    ],
)
def test_an_address_is_told_by_service_and_host(address: str, shown: str) -> None:
    """Where it cannot be told for certain where the host stands, by service alone."""
    assert SECRET not in destination_of(address)
    if "?" not in address or "smtp" in address:
        assert shown == destination_of(address)


def test_settings_name_addresses_a_command_and_what_about(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        'notify = ["env:MAIL", "file:hook.txt"]\nnotify_command = "/opt/tell --to \'the team\'"\n'
        'notify_about = ["stopped"]\n',
        MAIL=f"mailto://user:{SECRET}@mail.example",
    )
    (tmp_path / "hook.txt").write_text(f"json://127.0.0.1/{SECRET}\n")

    assert [f"mailto://user:{SECRET}@mail.example", f"json://127.0.0.1/{SECRET}"] == [
        address.read().reveal() for address in settings.news.addresses
    ]
    assert ("/opt/tell", "--to", "the team") == settings.news.command
    assert {Topic.STOPPED} == settings.news.about
    assert SECRET not in repr(settings)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    """It may name several."""
    settings = settings_of(
        tmp_path, 'notify = "env:MAIL"', HOTLINE_BATCH_NOTIFY=f"json://one.example/{SECRET} json://two.example/"
    )

    assert ["webhook via one.example", "webhook via two.example"] == [each.shown for each in settings.news.addresses]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"notify = 7 # {SECRET}", "'notify' cannot be used. Write it like notify = \"env:NEWS_ADDRESS\""),
        ('notify_about = ["weather"]', "'notify_about' cannot be used."),
        (f'notify_command = "tell \'{SECRET}"', "notify_command: a quotation mark is not closed."),
        ('notify_command = " "', "notify_command is empty."),
        ('notfy = "env:MAIL"', "Did you mean 'notify'?"),
    ],
)
def test_what_cannot_be_used_is_said_without_it(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_of(tmp_path, text)

    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("text", [SECRET, f"env:{SECRET}", f"file:{SECRET}", f"{SECRET} x://y"])
def test_an_address_that_cannot_be_had_is_not_shown(tmp_path: Path, text: str) -> None:
    settings = settings_of(tmp_path, f'notify = "{text}"')

    with pytest.raises(SettingsError, match=r"^notify") as refused:
        settings.news.addresses[0].read()

    assert SECRET not in str(refused.value)


def test_what_is_in_force_is_told_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "hotline-batch.toml").write_text(
        f'notify = ["env:MAIL", "json://hooks.example/{SECRET}"]\nnotify_command = ["/opt/tell", "{SECRET}"]\n'
    )

    shown = {each.key: each.shown for each in shown_settings(environ={}, working_folder=tmp_path)}

    assert "env:…, webhook via hooks.example" == shown["notify"]
    assert "the command tell" == shown["notify_command"]


def test_what_was_given_now_goes_before_everything(tmp_path: Path) -> None:
    """References are made whole, and told apart from addresses."""
    news = settings_of(tmp_path, 'notify = "env:MAIL"').news.to(
        ["file:hook.txt", f"json://127.0.0.1/{SECRET}"], "--notify", tmp_path
    )

    assert (f"file:{tmp_path / 'hook.txt'}",) == news.chosen_references
    assert [f"json://127.0.0.1/{SECRET}"] == [secret.reveal() for secret in news.chosen_secrets]
