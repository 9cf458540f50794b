"""Connections of the settings -> lines for a person; keys are asked for without echo and never shown."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import click

from hotline_batch.application.connection_test import VERDICT_WORDS, Tested, Verdict, try_connection
from hotline_batch.cli.screen.console import can_ask, json_text, shown
from hotline_batch.cli.screen.next_step_words import error_words, on_terminal
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import said_again, words
from hotline_batch.settings.connections import ConnectionSettings, shown_instance
from hotline_batch.settings.file.toml import FILE_NAME
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from hotline_batch.settings.secrets import Secret, store_in_keyring

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEYRING_SERVICE = "hotline"


def list_them(config: str | None, *, as_json: bool) -> None:
    """Print the connections, without any key."""
    settings = load_settings(config=config)
    if as_json:
        click.echo(json_text([_as_json(found, settings) for found in settings.connections.values()]))
        return
    if not settings.connections:
        click.echo(words("No connection is set up. See 'hotline-batch connections add --help'."))
    width = max(map(len, settings.connections), default=0)
    for name, found in settings.connections.items():
        marks = [words("default")] if name == settings.default_connection else []
        marks += [f"send {found.send_rate}"] if found.send_rate else []
        marks += [f"enrich {found.enrich_rate}"] if found.enrich_rate else []
        marks += [words("pace of {group}", group=found.pace_group)] if found.pace_group else []
        marks += [words("asks for its name")] if found.confirm else []
        note = f"  ({', '.join(marks)})" if marks else ""
        click.echo(
            f"{name:<{width}}  "
            + words("instance {instance}", instance=shown_instance(found.instance))
            + "  "
            + words("key in {place}", place=found.api_key_source.shown)
            + note
        )


def try_them(name: str | None, config: str | None, *, as_json: bool) -> int:
    """Test one connection or all; the exit code."""
    settings = load_settings(config=config)
    names = [settings.connection(name).name] if name else list(settings.connections)
    if not names:
        raise SettingsError(
            words("No connection is set up. Set HOTLINE_INSTANCE, HOTLINE_API_KEY and HOTLINE_X_API_KEY.")
        )
    tested = [try_connection(settings, one) for one in names]
    for found in tested:
        told = {"connection": found.connection, "verdict": found.verdict, "code": found.code or None}
        _log.info("connection tested", extra=told)
    if as_json:
        click.echo(json_text([_tested_as_json(found) for found in tested]))
    else:
        for found in tested:
            click.echo(shown(f"{found.connection}: {words(VERDICT_WORDS[found.verdict])}. {said_again(found.meaning)}"))
            if found.cure:
                click.echo(f"  {on_terminal(found.cure)}")
    return 0 if all(found.verdict is Verdict.ACCEPTED for found in tested) else 1


def _tested_as_json(found: Tested) -> dict[str, str]:
    return {
        "connection": found.connection,
        "verdict": found.verdict.value,
        "meaning": found.meaning,
        "code": found.code,
        "cure": on_terminal(found.cure),
    }


def add(name: str, instance: str | None, config: str | None, *, no_keyring: bool) -> int:
    """Ask for a connection's keys, store them, and say what belongs into the settings file; the exit code."""
    if not _NAME.fullmatch(name):
        raise SettingsError(
            words("'{name}' cannot be a connection's name. Use letters, digits, _ and - only.", name=name)
        )
    settings = load_settings(config=config)
    if name in settings.connections and settings.config_path:
        raise SettingsError(
            words("There is a connection '{name}' already. Choose another name, or change it in the file.", name=name)
        )
    if not can_ask():
        raise click.UsageError(words("There is no terminal to ask for the key on. Keys never travel in arguments."))
    instance = (instance or click.prompt(words("Instance id (digits)"), err=True)).strip()
    if not (instance.isascii() and instance.isdigit()):
        raise SettingsError(words("The instance must be digits, such as 13209946874612345."))
    lines = []
    if settings.x_api_key_source is None:
        reference = _kept(
            "x_api_key", words("The owner's token (X-API-KEY)"), "HOTLINE_X_API_KEY", no_keyring=no_keyring
        )
        lines.append(f'x_api_key = "{reference}"')
    variable = f"HOTLINE_API_KEY_{name.upper().replace('-', '_')}"
    reference = _kept(name, words("The api_key of {name}", name=name), variable, no_keyring=no_keyring)
    table = (f"[connections.{name}]", f'instance = "{instance}"', f'api_key = "{reference}"')
    place = settings.config_path or Path(config or FILE_NAME).absolute()
    if lines:
        click.echo(words("At the top of {place}, before any [connections.…]:", place=place))
        click.echo("".join(f"    {line}\n" for line in lines))
    click.echo(words("At the end of {place}:", place=place))
    click.echo("".join(f"    {line}\n" for line in table))
    click.echo(words("Then: hotline-batch connections test {name}", name=name))
    return 0


def _kept(entry: str, what: str, variable: str, *, no_keyring: bool) -> str:
    """Ask for a key and keep it; the reference to write. Where it cannot be kept, says what to set."""
    secret = Secret(click.prompt(words("{what} (not shown)", what=what), hide_input=True, err=True), what)
    if not no_keyring:
        try:
            return store_in_keyring(_KEYRING_SERVICE, entry, secret)
        except SettingsError as error:
            click.echo(words("{error} The key was not stored.", error=error_words(error)), err=True)
    click.echo(
        words("Set the key where the program runs, for example:  export {variable}='…'", variable=variable), err=True
    )
    return f"env:{variable}"


def _as_json(found: ConnectionSettings, settings: Settings) -> dict[str, object]:
    return {
        "name": found.name,
        "instance": shown_instance(found.instance),
        "api_key": found.api_key_source.shown,
        "default": found.name == settings.default_connection,
        "send_rate": str(found.send_rate or settings.send_rate),
        "enrich_rate": str(found.enrich_rate or settings.enrich_rate),
        "pace_group": found.pace_group,
        "confirm": found.confirm,
    }
