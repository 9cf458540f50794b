"""The settings of an invocation -> where each value came from, in words that show no secret."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline_batch.settings.document import VARIABLES, Document, read_document
from hotline_batch.settings.settings import default_ledger, settings_file

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_ALWAYS_SHOWN = ("endpoint", "x_api_key", "default_connection", "ledger")
# A proxy or a ledger may carry a password in its address, and options may hold texts that are long and private.
_NOT_SHOWN = ("message",)


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
    environ: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
) -> Sequence[Origin]:
    """Every value that is set, and the most important defaults. Raises SettingsError like ``load_settings``."""
    environ = os.environ if environ is None else environ
    file = settings_file(config, environ, working_folder or Path.cwd())
    flags = {"ledger": ledger} if ledger else {}
    in_file = read_document({}, {}, file).model_dump(by_alias=True, exclude_unset=True) if file else {}
    document = read_document(flags, environ, file)
    return list(_origins(document, in_file, flags, environ, file))


def without_credentials(address: str) -> str:
    """An address without a user name and password."""
    return _CREDENTIALS.sub("***@", address)


def _origins(
    document: Document,
    in_file: Mapping[str, Any],
    flags: Mapping[str, str],
    environ: Mapping[str, str],
    file: Path | None,
) -> Iterator[Origin]:
    variable_of = {key: name for name, key in VARIABLES.items()}
    values = document.model_dump(by_alias=True)
    for key, value in values.items():
        variable = variable_of.get(key, "")
        if key == "connections":
            yield from _connections(in_file, environ, file)
            continue
        if key in flags:
            source = f"option --{key.replace('_', '-')}"
        elif variable and environ.get(variable, "").strip():
            source = f"environment variable {variable}"
        elif key in in_file:
            source = str(file)
        elif key in _ALWAYS_SHOWN:
            source = "default"
        else:
            continue
        yield Origin(key, _shown(key, value), source)


def _connections(in_file: Mapping[str, Any], environ: Mapping[str, str], file: Path | None) -> Iterator[Origin]:
    for name in in_file.get("connections", {}):
        yield Origin(f"connections.{name}", "set", str(file))
    if not in_file.get("connections") and environ.get("HOTLINE_INSTANCE", "").strip():
        yield Origin("connections.default", "set", "environment variables HOTLINE_INSTANCE and HOTLINE_API_KEY")


def _shown(key: str, value: Any) -> str:
    if value is None:
        return default_ledger() if key == "ledger" else "not set"
    if key in _NOT_SHOWN:
        return f"{len(str(value))} characters"
    return without_credentials(str(value))
