"""The settings of an invocation -> where each value came from, in words that show no secret."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hotline_batch.errors import SettingsError
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.document import OPTION_KEYS, VARIABLES, read_document
from hotline_batch.settings.ledgers import default_ledger
from hotline_batch.settings.profiles import shown_instance
from hotline_batch.settings.proxies import proxy_variable
from hotline_batch.settings.references import shown_reference
from hotline_batch.settings.settings import DEFAULT_ENRICH_RATE, DEFAULT_SEND_RATE, ca_variable, here, settings_file

_COMMAND_LINE = "command line"
_DEFAULT = "default"
_ADDRESSES = ("endpoint", "ledger", "proxy")
# Long, and of no use for finding out what is in force.
_ONLY_THEIR_LENGTH = ("message",)
_RATES = {"send_rate": str(DEFAULT_SEND_RATE), "enrich_rate": str(DEFAULT_ENRICH_RATE)}
_NOT_IN_A_FILE = ("connection", "confirm")


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting: its key, its value as it may be shown, and where it came from."""

    key: str
    shown: str
    source: str


def origins_of(
    *,
    config: str | None = None,
    ledger: str | None = None,
    given: Mapping[str, object] = MappingProxyType({}),
    environ: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
) -> Sequence[Origin]:
    """Every value that is in force. Raises SettingsError like ``load_settings``.

    ``given`` are further values of the command line, by the key of the settings file; what is no such key is left out.
    """
    environ = os.environ if environ is None else environ
    working_folder = working_folder or here()
    file = settings_file(config, environ, working_folder)
    flags = {"ledger": ledger} if ledger else {}
    in_file = read_document({}, {}, file).model_dump(by_alias=True, exclude_unset=True) if file else {}
    values = read_document(flags, environ, file).model_dump(by_alias=True)
    folder = file.parent if file else working_folder
    return list(_Sources(values, in_file, {**given, **flags}, environ, str(file), folder).origins())


@dataclass(frozen=True, slots=True)
class _Sources:
    """What was read from where. ``values`` are those of file and environment, in their order of weight."""

    values: Mapping[str, Any]
    in_file: Mapping[str, Any]
    given: Mapping[str, object]
    environ: Mapping[str, str] = field(repr=False)
    file: str
    folder: Path

    def origins(self) -> Iterator[Origin]:
        for key, value in self.values.items():
            if key == "connections":
                yield from self._connections()
                continue
            shown, source = self._in_force(key, value)
            if source != _DEFAULT or key not in OPTION_KEYS:
                yield Origin(key, self._shown(key, shown), source)
        for key in _NOT_IN_A_FILE:
            if key in self.given:
                yield Origin(key, self._shown(key, self.given[key]), _COMMAND_LINE)

    def _in_force(self, key: str, value: Any) -> tuple[object, str]:
        """A key's value, and where it came from."""
        rate_of_all = self.given.get("rate") if key in _RATES else None
        if key in self.given or rate_of_all:
            return self.given.get(key, rate_of_all), _COMMAND_LINE
        variable = next((name for name, named in VARIABLES.items() if named == key), "")
        if variable and self.environ.get(variable, "").strip():
            return value, f"environment variable {variable}"
        if key in self.in_file:
            return value, self.file
        if usual := self._usual_variable(key):
            return self.environ[usual].strip(), f"environment variable {usual}"
        if key in _RATES:
            rate = self.in_file.get("rate")
            return (rate, f"rate in {self.file}") if rate else (_RATES[key], _DEFAULT)
        return (default_ledger() if key == "ledger" else value), _DEFAULT

    def _usual_variable(self, key: str) -> str | None:
        """The variable that many programs heed, where it stands for this key."""
        if key == "ca_file":
            return ca_variable(self.environ)
        if key != "proxy":
            return None
        try:
            return proxy_variable(str(self.values["endpoint"]), self.environ)
        except SettingsError:  # of the endpoint, which is told in its own place
            return None

    def _connections(self) -> Iterator[Origin]:
        for name, entry in self.in_file.get("connections", {}).items():
            for key, value in entry.items():
                rate = self.given.get("rate") if key in _RATES else None
                source = _COMMAND_LINE if rate else self.file
                yield Origin(f"connections.{name}.{key}", self._shown(key, rate or value), source)
        instance = self.environ.get("HOTLINE_INSTANCE", "").strip()
        if not self.in_file.get("connections") and instance:
            named = "environment variable HOTLINE_INSTANCE"
            yield Origin("connections.default.instance", self._shown("instance", instance), named)
            yield Origin("connections.default.api_key", "env:HOTLINE_API_KEY", _DEFAULT)

    def _shown(self, key: str, value: object) -> str:
        match value:
            case None:
                return "not set"
            case bool():
                return str(value).lower()
            case Mapping():
                shown = ", ".join(f"{name} = {found}" for name, found in value.items()) or "none"
            case list() | tuple():
                shown = ", ".join(map(str, value))
            case _:
                shown = str(value)
        if key in _ADDRESSES:
            shown = shown_address(shown)
        elif key in {"x_api_key", "api_key"}:
            shown = shown_reference(shown, self.folder, self.environ)
        elif key == "instance":
            shown = shown_instance(shown)
        elif key in _ONLY_THEIR_LENGTH:
            shown = f"{len(shown)} characters"
        return _on_one_line(shown)


def _on_one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
