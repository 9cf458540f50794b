"""Flags > environment > hotline-batch.toml > defaults -> the settings of one invocation."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import platformdirs

from hotline_batch.errors import SettingsError
from hotline_batch.model import Kind
from hotline_batch.settings.document import OPTION_KEYS, OTHER_VARIABLES, VARIABLES, Document, read_document
from hotline_batch.settings.endpoint import (
    check_endpoint,
    check_timeout,
    is_loopback,
)
from hotline_batch.settings.ledgers import check_ledger, default_ledger
from hotline_batch.settings.profiles import ConnectionSettings, chosen_default, connections_of, no_such_connection
from hotline_batch.settings.proxies import check_proxy, proxy_from_environment
from hotline_batch.settings.rates import MaxErrors, Rate, parse_duration
from hotline_batch.settings.secrets import Secret, SecretSource

APPLICATION = "hotline-batch"
FILE_NAME = "hotline-batch.toml"

DEFAULT_SEND_RATE = Rate(18, 60)
"""Telegram takes 20 messages a minute into one group; a margin of a tenth stays below it."""

DEFAULT_ENRICH_RATE = Rate(2, 1)

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set, checked. Secrets stay where they are kept until somebody asks for them.

    ``duplicate_window`` and ``timeout`` are seconds. ``option_defaults`` holds the file's defaults of the remaining
    options, by the option's long name with underscores. ``groups`` is the username of a public group -> its id.
    ``ledger`` and ``proxy`` may hold a password: never print them.
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

    @property
    def x_api_key(self) -> Secret | None:
        """The owner's token, fetched now; None if none is set. SettingsError if it is not where the settings say."""
        return self.x_api_key_source.read() if self.x_api_key_source else None

    def required_x_api_key(self) -> Secret:
        """The owner's token. SettingsError that says how to set it if there is none."""
        token = self.x_api_key
        if token is None:
            raise SettingsError(
                "The owner's token is not set. Set HOTLINE_X_API_KEY, or x_api_key in hotline-batch.toml."
            )
        return token

    def connection(self, name: str | None = None) -> ConnectionSettings:
        """The connection of that name, or the default one. SettingsError if there is none."""
        wanted = name if name is not None else self.default_connection
        if wanted is None and self.connections:
            raise SettingsError(
                f"Several connections are set up: {', '.join(self.connections)}. "
                "Choose one with --connection, or set default_connection in hotline-batch.toml."
            )
        if wanted is None or wanted not in self.connections:
            sentence = no_such_connection(wanted or "", self.connections)
            raise SettingsError(sentence[0].upper() + sentence[1:])
        return self.connections[wanted]

    def rate_for(self, kind: Kind, connection: str | None = None) -> Rate:
        """The pace of a run through a connection: the connection's own, else the general one."""
        profile = self.connections.get(connection) if connection is not None else None
        own = profile.rate(kind) if profile else None
        return own or (self.send_rate if kind is Kind.SEND else self.enrich_rate)

    def toward(self, endpoint: str, x_api_key: str, keys: Mapping[str, tuple[str, str]]) -> Settings:
        """The same settings toward a service with keys of its own, such as a sandbox.

        ``keys`` are instance and api_key by connection name; the first is the default. SettingsError for an address
        that must not get keys.
        """
        folder = Path()
        connections = {
            name: ConnectionSettings(name, instance, SecretSource("env:KEY", "api_key", folder, {"KEY": api_key}))
            for name, (instance, api_key) in keys.items()
        }
        return replace(
            self,
            endpoint=endpoint,
            x_api_key_source=SecretSource("env:KEY", "x_api_key", folder, {"KEY": x_api_key}),
            connections=MappingProxyType(connections),
            default_connection=next(iter(connections), None),
            proxy=None if is_loopback(endpoint) else self.proxy,
            warnings=check_endpoint(endpoint),
        )


def load_settings(
    *,
    config: str | None = None,
    ledger: str | None = None,
    environ: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
    without_file: bool = False,
) -> Settings:
    """Read and check the settings. SettingsError names the key, where it stands and what to do.

    ``config`` and ``ledger`` are the flags of these names; ``without_file`` looks for no file. No secret is fetched.
    """
    environ = os.environ if environ is None else environ
    working_folder = working_folder or here()
    file = None if without_file else settings_file(config, environ, working_folder)
    folder = file.parent if file else working_folder
    document = read_document({"ledger": ledger} if ledger else {}, environ, file)
    endpoint_warnings = check_endpoint(document.endpoint)
    check_timeout(document.timeout, document.endpoint)
    connections, connection_warnings = connections_of(document.connections, environ, folder)
    rate = Rate.parse(document.rate, "rate") if document.rate else None
    token = document.x_api_key
    return Settings(
        endpoint=document.endpoint,
        x_api_key_source=SecretSource(token, "x_api_key", folder, environ) if token else None,
        connections=connections,
        default_connection=chosen_default(document.default_connection, connections),
        ledger=check_ledger(document.ledger) if document.ledger else default_ledger(),
        ca_file=_ca_file(document.ca_file, folder, environ),
        proxy=check_proxy(document.proxy, "proxy")
        if document.proxy
        else proxy_from_environment(document.endpoint, environ),
        user_agent=_user_agent(document.user_agent),
        timezone=_timezone(document.timezone),
        send_rate=Rate.parse(document.send_rate, "send_rate") if document.send_rate else rate or DEFAULT_SEND_RATE,
        enrich_rate=Rate.parse(document.enrich_rate, "enrich_rate")
        if document.enrich_rate
        else rate or DEFAULT_ENRICH_RATE,
        concurrency=document.concurrency,
        timeout=document.timeout,
        attempts=document.attempts,
        max_errors=MaxErrors.parse(str(document.max_errors)),
        duplicate_window=parse_duration(str(document.duplicate_window), "duplicate_window"),
        groups=MappingProxyType({name.lower().lstrip("@"): group for name, group in document.groups.items()}),
        option_defaults=_option_defaults(document),
        config_path=file,
        warnings=(*endpoint_warnings, *connection_warnings, *_misspelt_variables(environ, document)),
    )


def settings_file(config: str | None, environ: Mapping[str, str], working_folder: Path) -> Path | None:
    """The file that was named, else the one in the working folder, else the user's own; None if there is none."""
    named = config or environ.get("HOTLINE_BATCH_CONFIG", "").strip()
    if named:
        by = "--config" if config else "HOTLINE_BATCH_CONFIG"
        path = working_folder / _expanded(named, by)
        if not _is_file(path):
            raise SettingsError(f"{by}: there is no file {path}. Correct the path.")
        return path
    places = (working_folder, platformdirs.user_config_path(APPLICATION, appauthor=False))
    return next((place / FILE_NAME for place in places if _is_file(place / FILE_NAME)), None)


def ca_variable(environ: Mapping[str, str]) -> str | None:
    """The usual variable that names a file of trusted certificates."""
    return next((name for name in _CA_VARIABLES if environ.get(name)), None)


def here() -> Path:
    """The working folder. SettingsError where it was deleted."""
    try:
        return Path.cwd()
    except OSError:
        raise SettingsError("The working folder is not there any more. Change into one that is.") from None


def _expanded(path: str, where: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise SettingsError(f"{where}: there is no such user's folder as that of {path}. Correct the path.") from None


def _is_file(path: Path) -> bool:
    """Whether a file is there. SettingsError where that cannot be told: settings may not be overlooked."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be looked at: {error.strerror}. Let this user read its folder, or name another file with "
            "--config."
        ) from None


def _ca_file(setting: str | None, folder: Path, environ: Mapping[str, str]) -> str | None:
    """The file of trusted certificates: the setting, else what the usual variables name."""
    if setting is None:
        variable = ca_variable(environ)
        return environ[variable] if variable else None
    path = folder / _expanded(setting, "ca_file")
    try:
        path.stat()
    except (OSError, ValueError):
        raise SettingsError(
            f"ca_file: there is no file {path}. Ask your administrator for the company's certificate."
        ) from None
    return str(path)


def _user_agent(text: str | None) -> str | None:
    if text is not None and not (text.isascii() and text.isprintable()):
        raise SettingsError("user_agent: only plain letters, digits and signs can travel in a request's header.")
    return text


def _timezone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        raise SettingsError(f"timezone: {name!r} is not known. Write a name such as Europe/Berlin or UTC.") from None


def _option_defaults(document: Document) -> Mapping[str, object]:
    values = document.model_dump(by_alias=True, exclude_none=True)
    return MappingProxyType({key: values[key] for key in OPTION_KEYS if key in values})


def _misspelt_variables(environ: Mapping[str, str], document: Document) -> tuple[str, ...]:
    """Warnings about variables that are nearly ours: a misspelt one is silently without effect."""
    known = [*VARIABLES, *OTHER_VARIABLES]
    references = [document.x_api_key or "", *(entry.api_key for entry in document.connections.values())]
    named = {reference.removeprefix("env:").strip() for reference in references}
    strangers = sorted(name for name in environ if name.startswith("HOTLINE_") and name not in {*known, *named})
    close = ((name, get_close_matches(name, known, n=1, cutoff=0.85)) for name in strangers)
    return tuple(f"{name} is not known. Did you mean {match[0]}?" for name, match in close if match)
