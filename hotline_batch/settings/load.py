"""Flags > environment > hotline-batch.toml > defaults -> the settings of one invocation."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.next_step import Told, advised
from hotline_batch.opening_hours.week import Week
from hotline_batch.settings.addresses import (
    check_endpoint,
    check_proxy,
    check_timeout,
    system_proxy,
)
from hotline_batch.settings.file.schema import OPTION_KEYS, OTHER_VARIABLES, VARIABLES, Document
from hotline_batch.settings.file.toml import FILE_NAME, expanded, file_content, here, settings_file
from hotline_batch.settings.file.validation import checked, read_document
from hotline_batch.settings.ledger_address import (
    check_ledger,
    check_ledger_of_file,
    default_ledger,
    warnings_about_variable,
)
from hotline_batch.settings.model import (
    DEFAULT_ENRICH_RATE,
    DEFAULT_SEND_RATE,
    Settings,
    chosen_default,
    connections_of,
)
from hotline_batch.settings.news import news_of
from hotline_batch.settings.office import office_of
from hotline_batch.settings.process import checked_language
from hotline_batch.settings.secrets import SecretSource
from hotline_batch.settings.units import MaxErrors, Rate, parse_duration

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
# What is needed to tell of a run.
_TO_TELL = ("timezone", "rate", "send_rate", "enrich_rate", "columns", "leave_out", "between", "days", "holidays")


def load_settings(
    *,
    config: str | None = None,
    ledger: str | None = None,
    environ: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
) -> Settings:
    """Read and check the settings. SettingsError names the key, where it stands and what to do.

    ``config`` is the file that was named, ``ledger`` the ledger. No secret is fetched. Other variables than this
    process's, in ``environ``, name no proxy.
    """
    environ = os.environ if environ is None else environ
    working_folder = working_folder or here()
    file = settings_file(config, environ, working_folder)
    document = read_document({"ledger": ledger} if ledger else {}, environ, file)
    if file and document.ledger and not (ledger or _ledger_in(environ)):
        check_ledger_of_file(document.ledger, file, working_folder)
    settings = _settings(document, environ, file, file.parent if file else working_folder)
    said = () if ledger else warnings_about_variable(_ledger_in(environ), working_folder)
    return replace(settings, warnings=(*settings.warnings, *said))


def readable_settings(*, config: str | None = None, ledger: str | None = None) -> tuple[Settings, Told]:
    """The settings for telling of runs, and what is wrong with them; empty where nothing is.

    A run is told whatever the settings say today: what cannot be read of them counts as not written, and then they are
    not fit for sending. SettingsError where the file that is named is not there, or where it cannot be told which
    ledger is meant.
    """
    try:
        return load_settings(config=config, ledger=ledger), ""
    except SettingsError as error:
        used = words("What can be read of the settings is used.")
        refused = error
        ledger = ledger or _ledger_in(os.environ)
        file = settings_file(config, os.environ, here())
        try:
            content = file_content(file) if file else {}
        except SettingsError:
            if not ledger:
                raise error from None
            content = {}
            used = words(
                "What can be read of the settings is used. Whatever it says of columns to leave out is not known."
            )
    values = readable_values(content, _TO_TELL)
    if file and not ledger and "ledger" in content:
        check_ledger_of_file(content["ledger"], file, here())
    if ledger or "ledger" in content:
        values["ledger"] = ledger or content["ledger"]
    return _alone(values), advised(words("{said} {cure}", said=refused.problem, cure=used), *refused.steps)


def _ledger_in(environ: Mapping[str, str]) -> str:
    """The ledger that a variable names; empty where none does."""
    return environ.get("HOTLINE_BATCH_LEDGER", "").strip()


def readable_values(content: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Those values of a file that can be used, whatever is wrong with the rest of it."""
    readable = {}
    for key in keys:
        with suppress(SettingsError, KeyError):
            _alone({key: content[key]})
            readable[key] = content[key]
    return readable


def _alone(values: Mapping[str, Any]) -> Settings:
    """The settings of a file that says this alone, on a machine that says nothing. SettingsError."""
    return _settings(checked(values, FILE_NAME), {}, None, Path())


def _settings(document: Document, environ: Mapping[str, str], file: Path | None, folder: Path) -> Settings:
    endpoint_warnings = check_endpoint(document.endpoint)
    check_timeout(document.timeout, document.endpoint)
    connections, connection_warnings = connections_of(document.connections, environ, folder)
    token = document.x_api_key
    return Settings(
        endpoint=document.endpoint,
        x_api_key_source=SecretSource(token, "x_api_key", folder, environ) if token else None,
        connections=connections,
        default_connection=chosen_default(document.default_connection, connections),
        ledger=check_ledger(document.ledger) if document.ledger else default_ledger(),
        ca_file=_ca_file(document.ca_file, folder, environ),
        proxy=_proxy(document, environ),
        user_agent=_user_agent(document.user_agent),
        timezone=_timezone(document.timezone),
        send_rate=_rate("send_rate", document.send_rate) or _rate("rate", document.rate) or DEFAULT_SEND_RATE,
        enrich_rate=_rate("enrich_rate", document.enrich_rate) or _rate("rate", document.rate) or DEFAULT_ENRICH_RATE,
        concurrency=document.concurrency,
        timeout=document.timeout,
        attempts=document.attempts,
        max_errors=MaxErrors.parse(str(document.max_errors)),
        duplicate_window=parse_duration(str(document.duplicate_window), "duplicate_window"),
        groups=MappingProxyType({name.lower().lstrip("@"): group for name, group in document.groups.items()}),
        option_defaults=_option_defaults(document),
        config_path=file,
        office=office_of(document.office, environ, folder),
        hours=Week.parse(document.between, document.days, document.holidays),
        news=news_of(document, environ, folder),
        language=checked_language(document.language),
        warnings=(*endpoint_warnings, *connection_warnings, *_misspelt_variables(environ, document)),
    )


def ca_variable(environ: Mapping[str, str]) -> str | None:
    """The usual variable that names a file of trusted certificates."""
    return next((name for name in _CA_VARIABLES if environ.get(name)), None)


def _ca_file(setting: str | None, folder: Path, environ: Mapping[str, str]) -> str | None:
    """The file of trusted certificates: the setting, else what the usual variables name."""
    if setting is None:
        variable = ca_variable(environ)
        return environ[variable] if variable else None
    path = folder / expanded(setting, "ca_file")
    try:
        path.stat()
    except (OSError, ValueError):
        raise SettingsError(
            words("ca_file: there is no file {path}. Ask your administrator for the company's certificate.", path=path)
        ) from None
    return str(path)


def _proxy(document: Document, environ: Mapping[str, str]) -> str | None:
    if document.proxy:
        return check_proxy(document.proxy, "proxy")
    found = system_proxy(document.endpoint) if environ is os.environ else None
    return check_proxy(found.address, found.where) if found else None


def _rate(key: str, text: str | None) -> Rate | None:
    return Rate.parse(text, key) if text else None


def _user_agent(text: str | None) -> str | None:
    if text is not None and not (text.isascii() and text.isprintable()):
        raise SettingsError(words("user_agent: only plain letters, digits and signs can travel in a request's header."))
    return text


def _timezone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        raise SettingsError(
            words("timezone: {name} is not known. Write a name such as Europe/Berlin or UTC.", name=repr(name))
        ) from None


def _option_defaults(document: Document) -> Mapping[str, object]:
    values = document.model_dump(by_alias=True, exclude_none=True)
    return MappingProxyType({key: values[key] for key in OPTION_KEYS if key in values})


def _misspelt_variables(environ: Mapping[str, str], document: Document) -> tuple[str, ...]:
    """Warnings about variables that are nearly ours: a misspelt one is silently without effect."""
    known = [*VARIABLES, *OTHER_VARIABLES]
    references = [document.x_api_key or "", *(entry.api_key for entry in document.connections.values())]
    openid = document.office.openid if document.office else None
    references += [openid.client_secret or ""] if openid else []
    references += [document.notify or ""] if not isinstance(document.notify, list) else document.notify
    named = {reference.removeprefix("env:").strip() for reference in references}
    strangers = sorted(name for name in environ if name.startswith("HOTLINE_") and name not in {*known, *named})
    close = ((name, get_close_matches(name, known, n=1, cutoff=0.85)) for name in strangers)
    return tuple(
        words("{name} is not known. Did you mean {near}?", name=name, near=match[0]) for name, match in close if match
    )
