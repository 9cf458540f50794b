"""One connection more -> the settings file with it; everything else in the file stays as a person wrote it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from hotline_batch.errors import SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.private_files import replace_text
from hotline_batch.settings.file.toml import file_content

_MARK = "\ufeff"


def add_connection(place: Path, name: str, entry: Mapping[str, str], top: Mapping[str, str]) -> None:
    """Write a connection into the settings file at ``place``, which is made if it is not there.

    ``entry`` are the keys of its table, ``top`` keys of the file itself; none of them holds a secret. Comments, order
    and line ends stay, and so do the file's permissions. SettingsError where that cannot be done; the file is as it was
    then.
    """
    place = place.resolve()  # a link stays one
    before = _content(place)
    text = _with_connection(_text(place), name, entry, top)
    if text is None or _read(text) != _expected(before, name, entry, top):
        raise SettingsError(words("{file} is written in a way that the program does not change.", file=place))
    try:
        replace_text(place, text, is_private=False)
    except OSError as error:
        raise SettingsError(words("{file} cannot be written: {reason}.", file=place, reason=reason_of(error))) from None


def _content(place: Path) -> dict[str, Any]:
    return file_content(place) if place.exists() else {}


def _text(place: Path) -> str:
    return place.read_bytes().decode() if place.exists() else ""


def _with_connection(text: str, name: str, entry: Mapping[str, str], top: Mapping[str, str]) -> str | None:
    mark = _MARK if text.startswith(_MARK) else ""
    try:
        document = tomlkit.parse(text.removeprefix(_MARK))
        for key, value in top.items():
            document[key] = value
        if "connections" not in document:
            document["connections"] = tomlkit.table(is_super_table=True)
        connections = document["connections"]
        table = tomlkit.inline_table() if isinstance(connections, InlineTable) else tomlkit.table()
        for key, value in entry.items():
            table[key] = value
        connections[name] = table
        return mark + tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError, AttributeError):
        return None


def _read(text: str) -> Mapping[str, Any] | None:
    """What another library reads in it; None where it reads nothing."""
    try:
        return tomllib.loads(text.removeprefix(_MARK))
    except tomllib.TOMLDecodeError:
        return None


def _expected(
    before: Mapping[str, Any], name: str, entry: Mapping[str, str], top: Mapping[str, str]
) -> Mapping[str, Any]:
    connections = before.get("connections", {})
    return {**before, **top, "connections": {**connections, name: dict(entry)}}
