"""The settings of an invocation -> each value that is in force and where it came from, in words that show no secret."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import marked, words
from hotline_batch.settings.addresses import shown_address, system_proxy
from hotline_batch.settings.file.schema import OPTION_KEYS, VARIABLES
from hotline_batch.settings.file.toml import here, settings_file
from hotline_batch.settings.file.validation import read_document
from hotline_batch.settings.ledger_address import default_ledger
from hotline_batch.settings.load import ca_variable
from hotline_batch.settings.model import DEFAULT_ENRICH_RATE, DEFAULT_SEND_RATE, shown_instance
from hotline_batch.settings.news import command_of, shown_command, shown_news
from hotline_batch.settings.secrets import shown_reference

_COMMAND_LINE = marked("command line")
_DEFAULT = marked("default")
_RATES = {"send_rate": str(DEFAULT_SEND_RATE), "enrich_rate": str(DEFAULT_ENRICH_RATE)}
_NOT_IN_A_FILE = ("connection", "confirm")


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting: its key, its value as it may be shown, and where it came from."""

    key: str
    shown: str
    source: str


def shown_settings(
    *,
    config: str | None = None,
    ledger: str | None = None,
    given: Mapping[str, object] = MappingProxyType({}),
    environ: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
) -> list[ShownSetting]:
    """Every value that is in force. Raises SettingsError like ``load_settings``.

    ``given`` are further values of the command line, by the key of the settings file; what is no such key is left out.
    """
    environ = os.environ if environ is None else environ
    file = settings_file(config, environ, working_folder or here())
    flags = {"ledger": ledger} if ledger else {}
    in_file = read_document({}, {}, file).model_dump(by_alias=True, exclude_unset=True) if file else {}
    values = read_document(flags, environ, file).model_dump(by_alias=True)
    return list(_Settings(values, in_file, {**given, **flags}, environ, str(file)).shown())


@dataclass(frozen=True, slots=True)
class _Settings:
    """What was read from where. ``values`` are those of file and environment, in their order of weight."""

    values: Mapping[str, Any]
    in_file: Mapping[str, Any]
    given: Mapping[str, object]
    environ: Mapping[str, str] = field(repr=False)
    file: str

    def shown(self) -> Iterator[ShownSetting]:
        for key in self.values:
            if key == "connections":
                yield from self._connections()
                continue
            if key == "office":
                yield from self._office()
                continue
            value, source = self._in_force(key)
            if source != _DEFAULT or key not in OPTION_KEYS:
                yield ShownSetting(key, _shown(key, value), source)
        for key in _NOT_IN_A_FILE:
            if key in self.given:
                yield ShownSetting(key, _shown(key, self.given[key]), _COMMAND_LINE)

    def _in_force(self, key: str) -> tuple[object, str]:
        """A key's value, and where it came from."""
        rate_of_all = self.given.get("rate") if key in _RATES else None
        if key in self.given or rate_of_all:
            return self.given.get(key, rate_of_all), _COMMAND_LINE
        variable = next((name for name, named in VARIABLES.items() if named == key), "")
        if self.environ.get(variable, "").strip():
            return self.values[key], self._place(variable)
        if key in self.in_file:
            return self.values[key], self.file
        if key == "ca_file" and (usual := ca_variable(self.environ)):
            return self.environ[usual].strip(), self._place(usual)
        if key == "proxy":
            with suppress(SettingsError):  # of the endpoint, which is told in its own place
                if self.environ is os.environ and (proxy := system_proxy(str(self.values["endpoint"]))):
                    return proxy.address, self._place(proxy.where)
        if key in _RATES:
            rate = self.in_file.get("rate")
            return (rate, words("rate in {file}", file=self.file)) if rate else (_RATES[key], _DEFAULT)
        return (default_ledger() if key == "ledger" else self.values[key]), _DEFAULT

    def _place(self, where: str) -> str:
        return words("environment variable {name}", name=where) if where in self.environ else where

    def _office(self) -> Iterator[ShownSetting]:
        given = {key for key, _ in _flat("office", self.in_file.get("office") or {})}
        for key, value in _flat("office", self.values["office"] or {}):
            yield ShownSetting(key, _shown(key.rpartition(".")[2], value), self.file if key in given else _DEFAULT)

    def _connections(self) -> Iterator[ShownSetting]:
        for name, entry in self.in_file.get("connections", {}).items():
            for key, value in entry.items():
                rate = self.given.get("rate") if key in _RATES else None
                source = _COMMAND_LINE if rate else self.file
                yield ShownSetting(f"connections.{name}.{key}", _shown(key, rate or value), source)
        instance = self.environ.get("HOTLINE_INSTANCE", "").strip()
        if not self.in_file.get("connections") and instance:
            source = self._place("HOTLINE_INSTANCE")
            yield ShownSetting("connections.default.instance", _shown("instance", instance), source)
            yield ShownSetting("connections.default.api_key", "env:HOTLINE_API_KEY", _DEFAULT)


def _flat(name: str, table: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{name}.{key}", value)
        elif value is not None:
            yield f"{name}.{key}", value


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def _shown(key: str, value: object) -> str:
    match value:
        case None:
            return words("not set")
        case bool():
            return str(value).lower()
        case Mapping():
            text = ", ".join(f"{name} = {found}" for name, found in value.items()) or words("none")
        case list() | tuple():
            text = ", ".join(map(str, value))
        case _:
            text = str(value)
    match key:
        case "notify" if value:
            text = ", ".join(map(shown_news, _texts(value)))
        case "notify_command" if value:
            text = shown_command(command_of(value if isinstance(value, str) else _texts(value)))
        case "endpoint" | "ledger" | "proxy":
            text = shown_address(text)
        case "x_api_key" | "api_key" | "client_secret":
            text = shown_reference(text)
        case "instance":
            text = shown_instance(text)
        case "message":  # long, and of no use for finding out what is in force
            text = words("{count:character|characters}", count=len(text))
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
