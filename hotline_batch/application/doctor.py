"""A machine and its settings -> findings, each fine, worth a look or in the way, and each of these with its cure."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sqlite3
import ssl
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from hotline_batch.application.connection_test import cure_for
from hotline_batch.application.notify.asking import destinations
from hotline_batch.application.office.acting import needs
from hotline_batch.client.reachability import Reached, reach
from hotline_batch.client.topics import DEFAULT_USER_AGENT
from hotline_batch.errors import ApiError, LedgerError, SettingsError
from hotline_batch.ledger.database.health import complaints_of, is_large
from hotline_batch.ledger.database.opening import ledger_path, may_be_there
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.next_step import NextStep, Told, advised, step
from hotline_batch.people import Role
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.log_settings import LogChoices, check_log_file, log_choices
from hotline_batch.settings.model import Settings
from hotline_batch.settings.secrets import Secret, SecretSource
from hotline_batch.settings.shown_settings import shown_settings

_REACH_SECONDS = 10.0
_CLOCK_MAY_DIFFER_SECONDS = 60.0
_CERTIFICATE_SECONDS_LEFT = 14 * 86_400.0
_LITTLE_ROOM_BYTES = 1_000_000_000
_NO_ROOM_BYTES = 50_000_000
_LIBRARIES = ("requests", "urllib3", "sqlalchemy", "pandas", "openpyxl")

# Followed, the advice to name another ledger sent a whole sheet again.
_NO_OTHER_LEDGER = "It knows what was sent: start no other one meanwhile, since that would send it all again."


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``cure`` is what to do; empty where nothing is."""

    subject: str
    level: Level
    said: Told
    cure: Told = ""


Reach = Callable[[Settings], Reached]


@needs(Role.PREPARE)
def diagnose(
    *,
    config: str | None,
    ledger: str | None,
    offline: bool,
    thorough: bool = False,
    given: Mapping[str, object] = MappingProxyType({}),
    environ: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
) -> Iterator[Finding]:
    """Look at everything, one after the other; whatever is wrong is a finding, nothing is raised.

    ``thorough``: every page of the ledger is looked at, however large it is. ``given`` are the choices about the log,
    by key of the settings file.
    """
    yield from _versions()
    try:
        for origin in shown_settings(
            config=config, ledger=ledger, given=given, environ=environ, working_folder=working_folder
        ):
            yield Finding("setting", Level.OK, f"{origin.key} = {origin.shown} ({origin.source})")
        settings = load_settings(config=config, ledger=ledger, environ=environ, working_folder=working_folder)
    except SettingsError as error:
        yield Finding("settings", Level.PROBLEM, error.advised, "Mend this first; the rest cannot be looked at before.")
        return
    yield from (Finding("settings", Level.WARNING, warning, "Check the name.") for warning in settings.warnings)
    yield from _log(log_choices(given, config=config, environ=environ, working_folder=working_folder))
    yield from _secrets(settings)
    if not offline:
        yield from _service(settings)
    yield from _news(settings)
    yield from _ledger(settings, thorough=thorough)


def _versions() -> Iterator[Finding]:
    program = importlib.metadata.version("hotline-batch")
    yield Finding("version", Level.OK, f"hotline-batch {program} on Python {platform.python_version()}")
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES)
    yield Finding("version", Level.OK, f"{libraries}, SQLite {sqlite3.sqlite_version}, {ssl.OPENSSL_VERSION}")
    yield Finding("version", Level.OK, platform.platform())


def _log(choices: LogChoices) -> Iterator[Finding]:
    if choices.file is None:
        return
    try:
        check_log_file(choices.file)
    except SettingsError as error:
        yield Finding(
            "log", Level.PROBLEM, error.advised, "Until then, every command that reads these settings refuses."
        )
        return
    yield Finding("log", Level.OK, f"{choices.file} can be written.")


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _secrets(settings: Settings) -> Iterator[Finding]:
    if not settings.connections:
        set_up = advised("", step(NextStep.SET_UP_CONNECTION))
        yield Finding("connections", Level.PROBLEM, "No connection is set up.", set_up)
    if settings.x_api_key_source is None:
        cure = "Set HOTLINE_X_API_KEY, or x_api_key in hotline-batch.toml."
        yield Finding("secret x_api_key", Level.PROBLEM, "The owner's token is not set.", cure)
    sources = {"x_api_key": settings.x_api_key_source} if settings.x_api_key_source else {}
    sources |= {f"connections.{name}.api_key": found.api_key_source for name, found in settings.connections.items()}
    found: dict[Secret, str] = {}
    for where, source in sources.items():
        yield from _secret(where, source, found)
    if len(settings.connections) > 1 and settings.default_connection is None:
        choose = advised("", step(NextStep.CHOOSE_CONNECTION_BY_ROW))
        yield Finding("connections", Level.WARNING, "None of the connections is the default one.", choose)


def _secret(where: str, source: SecretSource, found: dict[Secret, str]) -> Iterator[Finding]:
    subject = f"secret {where}"
    try:
        secret = source.read()
    except SettingsError as error:
        cure = f"The setting {where} says where the key is expected ({source.shown})."
        yield Finding(subject, Level.PROBLEM, error.advised, cure)
        return
    other = found.setdefault(secret, where)
    if "x_api_key" in (other, where) and other != where:
        cure = "One is the owner's token, the other belongs to the connection. Copy both again."
        yield Finding(subject, Level.WARNING, f"It is the same as {other}.", cure)
    elif _others_may_read(source):
        cure = "Let nobody but the program's user read the file: chmod 600."
        yield Finding(subject, Level.WARNING, f"Other users may read or change the file {source.file}.", cure)
    else:
        yield Finding(subject, Level.OK, f"present and well-formed ({source.shown})")


def _others_may_read(source: SecretSource) -> bool:
    """Whether the key's file is open to anybody but its owner, for reading or writing."""
    if source.file is None or os.name == "nt":
        return False
    return bool(source.file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _news(settings: Settings) -> Iterator[Finding]:
    found = destinations(settings)
    if not found:
        yield Finding("news", Level.OK, "Nobody is told when a run ends or needs a person (setting notify).")
    for each in found:
        if each.problem:
            yield Finding("news", Level.WARNING, f"{each.channel} hears nothing of runs: {each.problem}.")
        else:
            yield Finding("news", Level.OK, f"{each.channel} hears of runs.", advised("", step(NextStep.TRY_NEWS)))
    if settings.news.is_of_file and any(not address.is_reference for address in settings.news.addresses):
        cure = "Write env:NAME, file:PATH or keyring:SERVICE/NAME in its place, and keep the address there."
        yield Finding("news", Level.WARNING, "An address stands in the settings file itself, with its password.", cure)


# ── the service ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _service(settings: Settings) -> Iterator[Finding]:
    way = f"through the proxy {shown_address(settings.proxy)}" if settings.proxy else "without a proxy"
    yield Finding("proxy", Level.OK, f"The service is asked {way}.")
    try:
        reached = reach(
            settings.endpoint,
            timeout_seconds=min(_REACH_SECONDS, settings.timeout),
            ca_file=settings.ca_file,
            proxy=settings.proxy,
            user_agent=settings.user_agent or DEFAULT_USER_AGENT,
        )
    except ApiError as error:
        yield Finding("service", Level.PROBLEM, error.reason, cure_for(error.code))
        return
    except SettingsError as error:
        yield Finding("service", Level.PROBLEM, error.advised, "Ask your administrator for the company's certificate.")
        return
    said = f"{settings.endpoint} answers (HTTP {reached.http_status}, asked without keys)"
    if reached.trouble:
        cure = "Try again in some minutes; if it stays so, tell whoever runs the service."
        yield Finding("service", Level.WARNING, f"{said}, but it cannot work now: {reached.trouble}", cure)
    elif reached.takes_posts:
        yield Finding("service", Level.OK, f"{said}.")
    else:
        said = f"{said}, but nothing seems to listen under this path."
        yield Finding("service", Level.WARNING, said, advised("", step(NextStep.TEST_CONNECTIONS)))
    yield from _clock(reached)
    yield from _certificate(reached, time.time())


def _clock(reached: Reached) -> Iterator[Finding]:
    ahead = reached.clock_ahead_seconds
    if ahead is None:
        yield Finding("clock", Level.OK, "The service does not tell its time.")
    elif abs(ahead) <= _CLOCK_MAY_DIFFER_SECONDS:
        yield Finding("clock", Level.OK, f"This clock and the service's differ by {abs(ahead):.0f} s.")
    else:
        word = "ahead of" if ahead > 0 else "behind"
        said = f"This machine's clock is {abs(ahead):.0f} s {word} the service's."
        cure = "Set the clock (NTP). Times in results and the duplicate window go by it."
        yield Finding("clock", Level.WARNING, said, cure)


def _certificate(reached: Reached, now: float) -> Iterator[Finding]:
    if reached.certificate_ends_at is None:
        return
    left = reached.certificate_ends_at - now
    day = time.strftime("%Y-%m-%d", time.gmtime(reached.certificate_ends_at))
    if left > _CERTIFICATE_SECONDS_LEFT:
        yield Finding("certificate", Level.OK, f"The certificate of the service is trusted, and valid until {day}.")
    else:
        cure = "Tell whoever runs the service, or the proxy in between, to renew it."
        yield Finding("certificate", Level.WARNING, f"The certificate of the service ends on {day}.", cure)


# ── the ledger ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _ledger(settings: Settings, *, thorough: bool) -> Iterator[Finding]:
    path = ledger_path(settings.ledger)
    if path is not None:
        yield from _room(path)
    if not may_be_there(settings.ledger):
        yield Finding("ledger", Level.OK, f"{path} is not there yet; the first run makes it.")
        return
    try:
        with Ledger(settings.ledger) as ledger:
            every_page = thorough or not is_large(ledger.engine)
            complaints = complaints_of(ledger.engine, every_page=every_page)
            ledger.runs(1)
    except LedgerError as error:
        yield Finding("ledger", Level.PROBLEM, error.advised, _NO_OTHER_LEDGER)
        return
    for complaint in complaints:
        save = advised(_NO_OTHER_LEDGER, step(NextStep.SAVE_WHAT_CAN_BE_READ))
        yield Finding("ledger", Level.PROBLEM, complaint, save)
    if not complaints:
        place = path or shown_address(settings.ledger)
        if every_page:
            yield Finding("ledger", Level.OK, f"{place} can be written and is sound.")
        else:
            said = f"{place} can be written. It is large, so not every page of it was looked at."
            yield Finding("ledger", Level.OK, said, advised("", step(NextStep.LOOK_AT_EVERY_PAGE)))


def _room(path: Path) -> Iterator[Finding]:
    folder = next(place for place in path.absolute().parents if os.path.lexists(place))
    if not os.access(folder, os.W_OK):
        write = f"Let this user write to the ledger. {_NO_OTHER_LEDGER}"
        cure = write if os.path.lexists(path) else advised("", step(NextStep.NAME_LEDGER))
        yield Finding("disk", Level.PROBLEM, f"{folder} cannot be written.", cure)
        return
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:.1f} GB free where the ledger is ({folder})."
    cure = advised("", step(NextStep.PRUNE_RUNS))
    level = Level.PROBLEM if free < _NO_ROOM_BYTES else Level.WARNING if free < _LITTLE_ROOM_BYTES else Level.OK
    yield Finding("disk", level, said, "" if level is Level.OK else cure)
