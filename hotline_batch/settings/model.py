"""The settings of one invocation, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.next_step import NextStep, step
from hotline_batch.opening_hours.week import ANY_TIME, Week
from hotline_batch.settings.addresses import check_endpoint, is_loopback
from hotline_batch.settings.connections import ConnectionSettings, no_such_connection
from hotline_batch.settings.news import NewsSettings
from hotline_batch.settings.office import OfficeSettings
from hotline_batch.settings.secrets import Secret, SecretSource
from hotline_batch.settings.units import MaxErrors, Rate

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

    def toward(self, endpoint: str, x_api_key: str, keys: Mapping[str, tuple[str, str]]) -> Settings:
        """The same settings toward a service with keys of its own, such as a sandbox.

        ``keys`` are instance and api_key by connection name; the first is the default. SettingsError for an address
        that must not get keys.
        """
        connections = {
            name: ConnectionSettings(name, instance, SecretSource.holding(api_key, "api_key"))
            for name, (instance, api_key) in keys.items()
        }
        return replace(
            self,
            endpoint=endpoint,
            x_api_key_source=SecretSource.holding(x_api_key, "x_api_key"),
            connections=MappingProxyType(connections),
            default_connection=next(iter(connections), None),
            proxy=None if is_loopback(endpoint) else self.proxy,
            warnings=check_endpoint(endpoint),
        )
