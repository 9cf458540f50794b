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
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from hotline_batch.application.connection_test import cure_for
from hotline_batch.application.doctor.findings import Finding, Level, ok, problem, warning
from hotline_batch.application.notify.asking import destinations
from hotline_batch.application.office.acting import needs
from hotline_batch.client.reachability import Reached, reach
from hotline_batch.client.topics import DEFAULT_USER_AGENT
from hotline_batch.errors import ApiError, LedgerError, SettingsError
from hotline_batch.language.formats import decimal
from hotline_batch.language.words import marked, words
from hotline_batch.ledger.database.opening import complaints_of, is_large, ledger_path, may_be_there
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.next_step import NextStep, advised, step
from hotline_batch.people import Role
from hotline_batch.settings.addresses import proxy_toward, shown_address
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from hotline_batch.settings.process import LogChoices, check_log_file, log_choices
from hotline_batch.settings.secrets import Secret, SecretSource
from hotline_batch.settings.shown_settings import shown_settings

_REACH_SECONDS = 10.0
_CLOCK_MAY_DIFFER_SECONDS = 60.0
_CERTIFICATE_SECONDS_LEFT = 14 * 86_400.0
_LIBRARIES = ("requests", "urllib3", "sqlalchemy", "pandas", "openpyxl")

_LITTLE_ROOM_BYTES = 1_000_000_000
_NO_ROOM_BYTES = 50_000_000

# Followed, the advice to name another ledger sent a whole sheet again.
_NO_OTHER_LEDGER = marked("It knows what was sent: start no other one meanwhile, since that would send it all again.")


@needs(Role.PREPARE)
def diagnose(
    *,
    config: str | None,
    ledger: str | None,
    offline: bool,
    thorough: bool = False,
    given: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[Finding]:
    """Look at everything, one after the other; whatever is wrong is a finding, nothing is raised.

    ``thorough``: every page of the ledger is looked at, however large it is. ``given`` are the choices about the log,
    by key of the settings file.
    """
    yield from _versions()
    try:
        for origin in shown_settings(config=config, ledger=ledger, given=given):
            yield ok("setting", f"{origin.key} = {origin.shown} ({words(origin.source)})")
        settings = load_settings(config=config, ledger=ledger)
    except SettingsError as error:
        yield problem("settings", error.advised, words("Mend this first; the rest cannot be looked at before."))
        return
    yield from (warning("settings", remark, words("Check that it is meant.")) for remark in settings.warnings)
    yield from _log(log_choices(given, config=config))
    yield from _secrets(settings)
    if not offline:
        yield from _service(settings)
    yield from _news(settings)
    yield from _ledger(settings, thorough=thorough)


def _versions() -> Iterator[Finding]:
    program = importlib.metadata.version("hotline-batch")
    yield ok(
        "version",
        words("hotline-batch {program} on Python {platform}", program=program, platform=platform.python_version()),
    )
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES)
    yield ok(
        "version",
        f"{libraries}, SQLite {sqlite3.sqlite_version}, {ssl.OPENSSL_VERSION}",
    )
    yield ok("version", platform.platform())


def _log(choices: LogChoices) -> Iterator[Finding]:
    if choices.file is None:
        return
    try:
        check_log_file(choices.file)
    except SettingsError as error:
        yield problem("log", error.advised, words("Until then, every command that reads these settings refuses."))
        return
    yield ok("log", words("{file} can be written.", file=choices.file))


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _secrets(settings: Settings) -> Iterator[Finding]:
    if not settings.connections:
        set_up = advised("", step(NextStep.SET_UP_CONNECTION))
        yield problem("connections", words("No connection is set up."), set_up)
    if settings.x_api_key_source is None:
        cure = words("Set HOTLINE_X_API_KEY, or x_api_key in hotline-batch.toml.")
        yield problem(words("secret {where}", where="x_api_key"), words("The owner's token is not set."), cure)
    sources = {"x_api_key": settings.x_api_key_source} if settings.x_api_key_source else {}
    sources |= {f"connections.{name}.api_key": found.api_key_source for name, found in settings.connections.items()}
    found: dict[Secret, str] = {}
    for where, source in sources.items():
        yield from _secret(where, source, found)
    if len(settings.connections) > 1 and settings.default_connection is None:
        choose = advised("", step(NextStep.CHOOSE_CONNECTION_BY_ROW))
        yield warning("connections", words("None of the connections is the default one."), choose)


def _secret(where: str, source: SecretSource, found: dict[Secret, str]) -> Iterator[Finding]:
    subject = words("secret {where}", where=where)
    try:
        secret = source.read()
    except SettingsError as error:
        cure = words("The setting {where} says where the key is expected ({shown}).", where=where, shown=source.shown)
        yield problem(subject, error.advised, cure)
        return
    other = found.setdefault(secret, where)
    if "x_api_key" in (other, where) and other != where:
        cure = words("One is the owner's token, the other belongs to the connection. Copy both again.")
        yield warning(subject, words("It is the same as {other}.", other=other), cure)
    elif _others_may_read(source):
        cure = words("Let nobody but the program's user read the file: chmod 600.")
        yield warning(subject, words("Other users may read or change the file {file}.", file=source.file), cure)
    else:
        yield ok(subject, words("present and well-formed ({shown})", shown=source.shown))


def _others_may_read(source: SecretSource) -> bool:
    """Whether the key's file is open to anybody but its owner, for reading or writing."""
    if source.file is None or os.name == "nt":
        return False
    return bool(source.file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _news(settings: Settings) -> Iterator[Finding]:
    found = destinations(settings)
    if not found:
        yield ok("news", words("Nobody is told when a run ends or needs a person (setting notify)."))
    for each in found:
        if each.problem:
            yield warning(
                "news", words("{shown} hears nothing of runs: {problem}.", shown=each.channel, problem=each.problem)
            )
        else:
            yield ok("news", words("{shown} hears of runs.", shown=each.channel), advised("", step(NextStep.TRY_NEWS)))
    if settings.news.is_of_file and any(not address.is_reference for address in settings.news.addresses):
        cure = words("Write env:NAME, file:PATH or keyring:SERVICE/NAME in its place, and keep the address there.")
        yield warning("news", words("An address stands in the settings file itself, with its password."), cure)


# ── the service ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _service(settings: Settings) -> Iterator[Finding]:
    proxy = proxy_toward(settings.endpoint, settings.proxy)
    if proxy:
        way = words("The service is asked through the proxy {proxy}.", proxy=shown_address(proxy))
    else:
        way = words("The service is asked without a proxy.")
    yield ok("proxy", way)
    try:
        reached = reach(
            settings.endpoint,
            timeout_seconds=min(_REACH_SECONDS, settings.timeout),
            ca_file=settings.ca_file,
            proxy=proxy,
            user_agent=settings.user_agent or DEFAULT_USER_AGENT,
        )
    except ApiError as error:
        yield problem("service", error.reason, cure_for(error.code))
        return
    except SettingsError as error:
        yield problem("service", error.advised, words("Ask your administrator for the company's certificate."))
        return
    said = words(
        "{endpoint} answers (HTTP {http_status}, asked without keys)",
        endpoint=settings.endpoint,
        http_status=reached.http_status,
    )
    if reached.trouble:
        cure = words("Try again in some minutes; if it stays so, tell whoever runs the service.")
        yield warning(
            "service", words("{said}, but it cannot work now: {trouble}", said=said, trouble=reached.trouble), cure
        )
    elif reached.takes_posts:
        yield ok("service", f"{said}.")
    else:
        said = words("{said}, but nothing seems to listen under this path.", said=said)
        yield warning("service", said, advised("", step(NextStep.TEST_CONNECTIONS)))
    yield from _clock(reached)
    yield from _certificate(reached, time.time())


def _clock(reached: Reached) -> Iterator[Finding]:
    ahead = reached.clock_ahead_seconds
    if ahead is None:
        yield ok("clock", words("The service does not tell its time."))
    elif abs(ahead) <= _CLOCK_MAY_DIFFER_SECONDS:
        yield ok("clock", words("This clock and the service's differ by {seconds} s.", seconds=f"{abs(ahead):.0f}"))
    else:
        seconds = f"{abs(ahead):.0f}"
        if ahead > 0:
            said = words("This machine's clock is {seconds} s ahead of the service's.", seconds=seconds)
        else:
            said = words("This machine's clock is {seconds} s behind the service's.", seconds=seconds)
        cure = words("Set the clock (NTP). Times in results and the duplicate window go by it.")
        yield warning("clock", said, cure)


def _certificate(reached: Reached, now: float) -> Iterator[Finding]:
    if reached.certificate_ends_at is None:
        return
    left = reached.certificate_ends_at - now
    day = time.strftime("%Y-%m-%d", time.gmtime(reached.certificate_ends_at))
    if left > _CERTIFICATE_SECONDS_LEFT:
        yield ok("certificate", words("The certificate of the service is trusted, and valid until {day}.", day=day))
    else:
        cure = words("Tell whoever runs the service, or the proxy in between, to renew it.")
        yield warning("certificate", words("The certificate of the service ends on {day}.", day=day), cure)


# ── the ledger ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _ledger(settings: Settings, *, thorough: bool) -> Iterator[Finding]:
    """Whether it can be written, is sound and has room; ``thorough``: every page of it, however large it is."""
    path = ledger_path(settings.ledger)
    if path is not None:
        yield from _room(path)
    if not may_be_there(settings.ledger):
        yield ok("ledger", words("{path} is not there yet; the first run makes it.", path=path))
        return
    try:
        with Ledger(settings.ledger) as ledger:
            every_page = thorough or not is_large(ledger.engine)
            complaints = complaints_of(ledger.engine, every_page=every_page)
            ledger.runs(1)
    except LedgerError as error:
        yield problem("ledger", error.advised, words(_NO_OTHER_LEDGER))
        return
    for complaint in complaints:
        save = advised(words(_NO_OTHER_LEDGER), step(NextStep.SAVE_WHAT_CAN_BE_READ))
        yield problem("ledger", complaint, save)
    if not complaints:
        place = path or shown_address(settings.ledger)
        if every_page:
            yield ok("ledger", words("{place} can be written and is sound.", place=place))
        else:
            said = words("{place} can be written. It is large, so not every page of it was looked at.", place=place)
            yield ok("ledger", said, advised("", step(NextStep.LOOK_AT_EVERY_PAGE)))


def _room(path: Path) -> Iterator[Finding]:
    folder = next(place for place in path.absolute().parents if os.path.lexists(place))
    if not os.access(folder, os.W_OK):
        write = words("Let this user write to the ledger. {why}", why=words(_NO_OTHER_LEDGER))
        cure = write if os.path.lexists(path) else advised("", step(NextStep.NAME_LEDGER))
        yield problem("disk", words("{folder} cannot be written.", folder=folder), cure)
        return
    free = shutil.disk_usage(folder).free
    said = words("{free} GB free where the ledger is ({folder}).", free=decimal(free / 1e9), folder=folder)
    cure = advised("", step(NextStep.PRUNE_RUNS))
    level = Level.PROBLEM if free < _NO_ROOM_BYTES else Level.WARNING if free < _LITTLE_ROOM_BYTES else Level.OK
    yield Finding("disk", level, said, "" if level is Level.OK else cure)
