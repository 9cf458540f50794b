"""The settings of one invocation, checked; and its connections, each a profile whose key is fetched when needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Connection, Kind
from hotline_batch.next_step import NextStep, step
from hotline_batch.opening_hours.week import ANY_TIME, Week
from hotline_batch.settings.file.schema import ConnectionEntry
from hotline_batch.settings.news import NewsSettings
from hotline_batch.settings.office import OfficeSettings
from hotline_batch.settings.secrets import Secret, SecretSource
from hotline_batch.settings.units import MaxErrors, Rate

_DIGITS_SHOWN = 4

FROM_ENVIRONMENT = "default"
"""Name of the connection that HOTLINE_INSTANCE and HOTLINE_API_KEY make."""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One Hotline connection. ``instance`` is text: as a number it would lose digits on the way.

    Connections of one ``pace_group`` keep one pace together, since the limit is per Telegram group; it is that of all
    names of an instance where any of them names it: they post into the same groups. With ``confirm`` nothing is sent
    until a person has given the connection's name; with ``needs_approval`` until somebody else than whoever prepared it
    has approved it. Nothing leaves outside of its ``hours``, whatever else is chosen.
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
        named = {name: _named(name, entry, environ, folder) for name, entry in entries.items()}
        groups = {found.instance: found.pace_group for found in named.values() if found.pace_group}
        return MappingProxyType(
            {
                name: replace(found, pace_group=found.pace_group or groups.get(found.instance))
                for name, found in named.items()
            }
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


DEFAULT_SEND_RATE = Rate(18, 60)
"""Telegram takes 20 messages a minute into one group; a margin of a tenth stays below it."""

DEFAULT_ENRICH_RATE = Rate(2, 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set, checked. Secrets stay where they are kept until somebody asks for them.

    ``duplicate_window`` and ``timeout`` are seconds. ``option_defaults`` holds the file's defaults of the remaining
    options, by the option's long name with underscores. ``groups`` is the username of a public group -> its id.
    ``hours`` are those of runs that name none; they are meant in ``timezone``, as all times are.
    ``ledger`` and ``proxy`` may hold a password: never print them. ``news`` says who is told how runs go.
    """

    endpoint: str
    x_api_key_source: SecretSource | None
    connections: Mapping[str, ConnectionSettings]
    default_connection: str | None
    ledger: str = field(repr=False)
    ca_file: str | None
    proxy: str | None = field(repr=False)
    user_agent: str | None
    timezone: ZoneInfo | None
    send_rate: Rate
    enrich_rate: Rate
    concurrency: int
    timeout: float
    attempts: int
    max_errors: MaxErrors
    duplicate_window: float
    groups: Mapping[str, int]
    option_defaults: Mapping[str, object]
    config_path: Path | None
    warnings: tuple[str, ...]
    office: OfficeSettings | None = None
    hours: Week = ANY_TIME
    news: NewsSettings = field(default_factory=NewsSettings)
    language: str | None = None

    @property
    def x_api_key(self) -> Secret | None:
        """The owner's token, fetched now; None if none is set. SettingsError if it is not where the settings say."""
        return self.x_api_key_source.read() if self.x_api_key_source else None

    def required_x_api_key(self) -> Secret:
        """The owner's token. SettingsError that says how to set it if there is none."""
        token = self.x_api_key
        if token is None:
            raise SettingsError(
                words("The owner's token is not set. Set HOTLINE_X_API_KEY, or x_api_key in hotline-batch.toml.")
            )
        return token

    def connection(self, name: str | None = None) -> ConnectionSettings:
        """The connection of that name, or the default one. SettingsError if there is none."""
        wanted = name if name is not None else self.default_connection
        if wanted is None and self.connections:
            raise SettingsError(
                words("Several connections are set up: {connections}.", connections=", ".join(self.connections)),
                step(NextStep.CHOOSE_CONNECTION),
            )
        if wanted is None or wanted not in self.connections:
            raise SettingsError(no_such_connection(wanted or "", self.connections))
        return self.connections[wanted]

    def rate_for(self, kind: Kind, connection: str | None = None) -> Rate:
        """The pace of a run through a connection: the connection's own, else the general one."""
        profile = self.connections.get(connection) if connection is not None else None
        own = profile.rate(kind) if profile else None
        return own or (self.send_rate if kind is Kind.SEND else self.enrich_rate)

    def with_keys(self, name: str, instance: str, api_key: Secret, x_api_key: Secret | None) -> Settings:
        """The same settings with one connection more, whose key is kept nowhere yet; None: the token stays."""
        token = SecretSource.holding(x_api_key.reveal(), "x_api_key") if x_api_key else self.x_api_key_source
        source = SecretSource.holding(api_key.reveal(), f"connections.{name}.api_key")
        added = ConnectionSettings(name, instance, source)
        return replace(self, connections=MappingProxyType({**self.connections, name: added}), x_api_key_source=token)
