"""Connections of the settings -> lines for a person; keys are asked for without echo and never shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from hotline_batch.application.connection_test import Tested, Verdict, try_connection
from hotline_batch.cli.screen.console import can_ask, confirm, json_text, shown
from hotline_batch.cli.screen.next_step_words import error_words, on_terminal
from hotline_batch.errors import SettingsError
from hotline_batch.language.languages import reading_for_programs
from hotline_batch.language.words import words
from hotline_batch.settings.file.adding import add_connection
from hotline_batch.settings.file.toml import FILE_NAME
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import ConnectionSettings, Settings, shown_instance
from hotline_batch.settings.secrets import Secret, SecretSource, store_in_keyring

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEYRING_SERVICE = "hotline"
_REFERENCES = ("env:", "file:", "keyring:")


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
    with reading_for_programs(wanted=as_json):
        tested = [try_connection(settings, one) for one in names]
        answer = [_tested_as_json(found) for found in tested]
    for found in tested:
        told = {"connection": found.connection, "verdict": found.verdict, "code": found.code or None}
        _log.info("connection tested", extra=told)
    if as_json:
        click.echo(json_text(answer))
    else:
        for found in tested:
            _say_tested(found, err=False)
    return 0 if all(found.verdict is Verdict.ACCEPTED for found in tested) else 1


def _say_tested(found: Tested, *, err: bool) -> None:
    click.echo(
        shown(
            words(
                "{connection}: {verdict}. {meaning}",
                connection=found.connection,
                verdict=words(found.verdict.value),
                meaning=found.meaning,
            )
        ),
        err=err,
    )
    if found.cure:
        click.echo(f"  {on_terminal(found.cure)}", err=err)


def _tested_as_json(found: Tested) -> dict[str, str]:
    return {
        "connection": found.connection,
        "verdict": found.verdict.value,
        "meaning": found.meaning,
        "code": found.code,
        "cure": on_terminal(found.cure),
    }


def add(name: str, instance: str | None, config: str | None, *, no_keyring: bool) -> int:
    """Ask for a connection's keys, try them, keep them, and write the connection into the settings; the exit code."""
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
    place = settings.config_path or Path(config or FILE_NAME).absolute()
    token = None
    if settings.x_api_key_source is None:
        token = _asked(words("The owner's token (X-API-KEY)"), "x_api_key", "HOTLINE_X_API_KEY", place.parent)
    variable = f"HOTLINE_API_KEY_{name.upper().replace('-', '_')}"
    key = _asked(words("The api_key of {name}", name=name), name, variable, place.parent)
    if not _are_to_be_kept(settings, name, instance, key, token):
        click.echo(words("Nothing was kept."), err=True)
        return 1
    top = {"x_api_key": _reference_of(token, no_keyring=no_keyring)} if token else {}
    entry = {"instance": instance, "api_key": _reference_of(key, no_keyring=no_keyring)}
    _write(place, name, entry, top)
    return 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A key that was asked for: where the keyring would keep it, and the variable that would hold it otherwise.

    ``reference`` says where it is kept already; empty where the key itself was typed.
    """

    secret: Secret
    entry: str
    variable: str
    reference: str = ""


def _asked(what: str, entry: str, variable: str, folder: Path) -> _Asked:
    """Ask for a key, or for where it is kept. SettingsError where it is not there."""
    typed: str = click.prompt(
        words("{what}, or where it is kept, such as file:PATH (not shown)", what=what), hide_input=True, err=True
    )
    if typed.strip().startswith(_REFERENCES):
        source = SecretSource(typed.strip(), what, folder)
        return _Asked(source.read(), entry, variable, source.reference)
    return _Asked(Secret(typed, what), entry, variable)


def _are_to_be_kept(settings: Settings, name: str, instance: str, key: _Asked, token: _Asked | None) -> bool:
    """Try the keys; where the service refuses them, the person says whether they are kept all the same."""
    trial = settings.with_keys(name, instance, key.secret, token.secret if token else None)
    tested = try_connection(trial, name)
    _say_tested(tested, err=True)
    if tested.verdict is not Verdict.REFUSED:
        return True
    return confirm(words("Keep them all the same?"))


def _reference_of(asked: _Asked, *, no_keyring: bool) -> str:
    """Keep a key; the reference to write. Where it cannot be kept, says what to set."""
    if asked.reference:
        return asked.reference
    if not no_keyring:
        try:
            return store_in_keyring(_KEYRING_SERVICE, asked.entry, asked.secret)
        except SettingsError as error:
            click.echo(f"{error_words(error)} {words('The key was not stored.')}", err=True)
    export = f"export {asked.variable}='…'"
    click.echo(words("Set the key where the program runs, for example:  {export}", export=export), err=True)
    return f"env:{asked.variable}"


def _write(place: Path, name: str, entry: Mapping[str, str], top: Mapping[str, str]) -> None:
    """Write it into the file, and show what was written; where that cannot be, say what to write."""
    above = [f'{key} = "{value}"' for key, value in top.items()]
    table = [f"[connections.{name}]", *(f'{key} = "{value}"' for key, value in entry.items())]
    try:
        add_connection(place, name, entry, top)
    except SettingsError as error:
        click.echo(f"{error_words(error)} {words('Write this into it:')}", err=True)
        if above:
            click.echo(words("At its top, before any [connections.…]:"))
            _show(above)
            click.echo(words("At its end:"))
        _show(table)
        return
    click.echo(words("Written into {file}:", file=place))
    _show([*above, *table])


def _show(lines: Sequence[str]) -> None:
    click.echo("".join(f"    {line}\n" for line in lines))


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
