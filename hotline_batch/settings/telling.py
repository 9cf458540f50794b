"""Settings for commands that only tell of runs: what can be read of them. A run is told whatever they say today."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hotline_batch.errors import SettingsError
from hotline_batch.settings.rates import Rate
from hotline_batch.settings.settings import Settings, here, load_settings, settings_file

Read = TypeVar("Read")

_ABOUT_COLUMNS = ("columns", "leave_out")


def settings_to_tell_with(*, config: str | None, ledger: str | None) -> tuple[Settings, str]:
    """The settings, and what is wrong with them; empty where nothing is. They are not fit for sending then.

    SettingsError where the file that is named is not there, or where it cannot be told which ledger is meant.
    """
    try:
        return load_settings(config=config, ledger=ledger), ""
    except SettingsError as error:
        file = settings_file(config, os.environ, here())
        content = _content(file) if file else {}
        named = ledger or os.environ.get("HOTLINE_BATCH_LEDGER", "").strip()
        if not named and content is None:
            raise
        found = content or {}
        readable = _without_a_file(named or found.get("ledger"))
        rate = _rate(found.get("rate"))
        told = replace(
            readable,
            timezone=_tried(ZoneInfo, found.get("timezone")),
            send_rate=_rate(found.get("send_rate")) or rate or readable.send_rate,
            enrich_rate=_rate(found.get("enrich_rate")) or rate or readable.enrich_rate,
            option_defaults=MappingProxyType({name: found[name] for name in _ABOUT_COLUMNS if _is_list(found, name)}),
        )
        rest = "" if content is not None else " Whatever it says of columns to leave out is not known."
        return told, f"{error} What can be read of the settings is used.{rest}"


def _without_a_file(ledger: Any) -> Settings:
    """The settings of a machine without any, but for the ledger. SettingsError where that is no address."""
    if ledger is not None and not isinstance(ledger, str):
        raise SettingsError("'ledger' must be text in double quotes. Mend it, or name the ledger with --ledger.")
    return load_settings(environ={}, ledger=ledger or None, without_file=True)


def _content(file: Path) -> Mapping[str, Any] | None:
    """What stands in the file; None where it cannot be read."""
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError):
        return None


def _rate(text: object) -> Rate | None:
    return _tried(lambda found: Rate.parse(found, "rate"), text)


def _tried(read: Callable[[str], Read], text: object) -> Read | None:
    """What a text is read as; None for one that cannot be, and for what is none."""
    with suppress(SettingsError, KeyError, ValueError, OSError):
        return read(text) if isinstance(text, str) and text else None
    return None


def _is_list(content: Mapping[str, Any], name: str) -> bool:
    value = content.get(name)
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value))
