"""A connection of the file or the environment -> a named profile whose key is fetched when it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Connection, Kind
from hotline_batch.opening_hours.week import ANY_TIME, Week
from hotline_batch.settings.file.schema import ConnectionEntry
from hotline_batch.settings.secrets import Secret, SecretSource
from hotline_batch.settings.units import Rate

_DIGITS_SHOWN = 4

FROM_ENVIRONMENT = "default"
"""Name of the connection that HOTLINE_INSTANCE and HOTLINE_API_KEY make."""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One Hotline connection. ``instance`` is text: as a number it would lose digits on the way.

    Connections of one ``pace_group`` keep one pace together, since the limit is per Telegram group. With ``confirm``
    nothing is sent until a person has given the connection's name; with ``needs_approval`` until somebody else than
    whoever prepared it has approved it. Nothing leaves outside of its ``hours``, whatever else is chosen.
    """

    name: str
    instance: str
    api_key_source: SecretSource
    send_rate: Rate | None = None
    enrich_rate: Rate | None = None
    pace_group: str | None = None
    confirm: bool = False
    needs_approval: bool = False
    hours: Week = ANY_TIME

    @property
    def api_key(self) -> Secret:
        """The connection's key, fetched now. SettingsError if it is not where the settings say."""
        return self.api_key_source.read()

    @property
    def connection(self) -> Connection:
        """The connection without its secret, as rows and the ledger know it."""
        return Connection(self.name, self.instance)

    def rate(self, kind: Kind) -> Rate | None:
        """The rate that this connection sets for this kind of run, if it sets one."""
        return self.send_rate if kind is Kind.SEND else self.enrich_rate


def shown_instance(instance: str) -> str:
    """The first and last digits of an instance: enough to tell it from others."""
    if len(instance) <= 2 * _DIGITS_SHOWN:
        return instance
    return f"{instance[:_DIGITS_SHOWN]}…{instance[-_DIGITS_SHOWN:]}"


def connections_of(
    entries: Mapping[str, ConnectionEntry], environ: Mapping[str, str], folder: Path
) -> tuple[Mapping[str, ConnectionSettings], tuple[str, ...]]:
    """The connections by name, and warnings. The environment's connection counts where the file names none."""
    instance = environ.get("HOTLINE_INSTANCE", "").strip()
    has_key = bool(environ.get("HOTLINE_API_KEY", "").strip())
    if entries:
        ignored = [name for name, is_set in (("HOTLINE_INSTANCE", instance), ("HOTLINE_API_KEY", has_key)) if is_set]
        used = {source.api_key for source in entries.values()}
        warnings = tuple(
            words("{name} is not used, since the settings file names connections.", name=name)
            for name in ignored
            if f"env:{name}" not in used
        )
        return MappingProxyType(
            {name: _named(name, entry, environ, folder) for name, entry in entries.items()}
        ), warnings
    if not instance:
        return MappingProxyType({}), (words("HOTLINE_API_KEY is set without HOTLINE_INSTANCE."),) if has_key else ()
    if not (instance.isascii() and instance.isdigit()):
        raise SettingsError(words("HOTLINE_INSTANCE must be the digits of the instance, such as 13209946874612345."))
    source = SecretSource("env:HOTLINE_API_KEY", words("api_key of the connection (HOTLINE_API_KEY)"), folder, environ)
    return MappingProxyType({FROM_ENVIRONMENT: ConnectionSettings(FROM_ENVIRONMENT, instance, source)}), ()


def chosen_default(wanted: str | None, connections: Mapping[str, ConnectionSettings]) -> str | None:
    """The connection for rows that name none: the wanted one, or the only one. SettingsError if it does not exist."""
    if wanted is None:
        return next(iter(connections)) if len(connections) == 1 else None
    if wanted not in connections:
        raise SettingsError(words("default_connection: {said}", said=no_such_connection(wanted, connections)))
    return wanted


def no_such_connection(name: str, connections: Mapping[str, ConnectionSettings]) -> str:
    """The sentence about a connection that the settings do not have."""
    if not connections:
        return words(
            "No connection is set up. Set HOTLINE_INSTANCE and HOTLINE_API_KEY, or add one to hotline-batch.toml."
        )
    nearest = get_close_matches(name, list(connections), n=1, cutoff=0.0)[0]
    return words("There is no connection '{name}'. Did you mean '{near}'?", name=name, near=nearest)


def _named(name: str, entry: ConnectionEntry, environ: Mapping[str, str], folder: Path) -> ConnectionSettings:
    where = f"connections.{name}"
    return ConnectionSettings(
        name=name,
        instance=entry.instance,
        api_key_source=SecretSource(entry.api_key, f"{where}.api_key", folder, environ),
        send_rate=Rate.parse(entry.send_rate, f"{where}.send_rate") if entry.send_rate else None,
        enrich_rate=Rate.parse(entry.enrich_rate, f"{where}.enrich_rate") if entry.enrich_rate else None,
        pace_group=entry.pace_group,
        confirm=entry.confirm,
        needs_approval=entry.approval == "required",
        hours=Week.parse(entry.between, entry.days, entry.holidays, f"{where}."),
    )
