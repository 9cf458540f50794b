"""Settings -> those who are told; a message -> one of them, in bounded time, with the reason where that fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeAlias

from hotline_batch.application.notify import with_apprise
from hotline_batch.application.notify.news import News
from hotline_batch.application.notify.with_apprise import Verdict
from hotline_batch.application.notify.words import Message, payload_of
from hotline_batch.client.redaction import Redactor
from hotline_batch.errors import SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import marked, words
from hotline_batch.ledger.news import Told
from hotline_batch.settings.model import Settings
from hotline_batch.settings.news import NOTIFY_VARIABLE, NewsAddress, destination_of, shown_command
from hotline_batch.settings.secrets import noted_secrets

LIMIT_SECONDS = 20.0
"""So long one of those who are told may take to take a message, from when they are asked."""

EXTRA_MISSING = marked("it needs an extra: install hotline-batch[notify], or set notify_command")

_PACKAGES = Path(__file__).resolve().parents[3]
_SAID_CHARACTERS = 200
_SAID_BYTES = 2_000
_SECONDS_TO_DIE = 2.0
_SECRET_VARIABLES = frozenset(
    {"HOTLINE_X_API_KEY", "HOTLINE_API_KEY", "HOTLINE_BATCH_LEDGER", "PGPASSWORD", NOTIFY_VARIABLE}
)

# English where it is kept; each face says it in the language of its reader.
_WORDS: Mapping[Verdict, str] = marked(
    {
        Verdict.NOT_UNDERSTOOD: "apprise knows no service of such an address",
        Verdict.CONNECTION_REFUSED: "nobody takes the connection there",
        Verdict.NO_ANSWER: "there was no answer in time",
        Verdict.NO_SUCH_HOST: "there is no such host, or no network",
        Verdict.PASSWORD_REFUSED: "it refused the user, the password or the token",
        Verdict.NOT_TRUSTED: "no trusted connection came about",
        Verdict.REFUSED: "it did not take the message",
    }
)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that apprise knows."""

    address: NewsAddress


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """A command of one's own, with its arguments."""

    words: Sequence[str]


Channel: TypeAlias = Service | OwnCommand


def channels_of(settings: Settings, also: Iterable[str] = ()) -> Sequence[Channel]:
    """Everybody who is told. ``also`` are references to addresses that were chosen for the run itself.

    These, and what was chosen when this process was started, go before those of the settings file.
    """
    news = settings.news
    chosen = [NewsAddress(text, "notify") for text in also]
    own = () if chosen and news.is_of_file else news.addresses
    by_text = {address.text: address for address in (*chosen, *own)}
    services = [Service(address) for address in by_text.values()]
    return [*services, *([OwnCommand(news.command)] if news.command else ())]


def destination(channel: Channel) -> Told:
    """Such as ``e-mail via mail.example``: no user, no password, no token; and why it cannot be told, where it cannot.

    Nothing is sent; an address that is kept elsewhere is fetched.
    """
    match channel:
        case OwnCommand(command):
            return Told(shown_command(command), "")
        case Service(address):
            return _looked_up(address)[0]


def send_to_all(channels: Sequence[Channel], news: News, message: Message, settings: Settings) -> Sequence[Told]:
    """Tell all of them at once: who does not answer delays nobody else. In their order.

    ``message`` are the words of the news; threads do not know whose language is meant.
    """
    told: dict[int, Told] = {}
    environ = _environment(settings, channels)

    def tell(number: int, channel: Channel) -> None:
        told[number] = send(channel, news, message, environ)

    # Daemons, other than those of a pool: where nobody waits any longer, none of them keeps the program.
    threads = [
        threading.Thread(target=tell, args=numbered, name="news", daemon=True) for numbered in enumerate(channels)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [told[number] for number in range(len(channels)) if number in told]


def send(channel: Channel, news: News, message: Message, environ: Mapping[str, str]) -> Told:
    """Tell one of them. Never raises for what they are like; nothing that is told of a failure holds a secret."""
    match channel:
        case OwnCommand(command):
            given = json.dumps(payload_of(news, message)).encode()
            return Told(shown_command(command), _by_command(command, given, environ))
        case Service(address):
            asked = {"title": message.title, "text": message.text, "checks_only": False}
            return _by_service(address, asked, environ)


def check(address: NewsAddress, settings: Settings) -> Told:
    """Whether an address can be had and is one that apprise knows; nothing is sent."""
    return _by_service(address, {"checks_only": True}, _environment(settings, [Service(address)]))


def _by_service(address: NewsAddress, asked: Mapping[str, object], environ: Mapping[str, str]) -> Told:
    found, secret = _looked_up(address)
    if found.problem:
        return found
    begin_by = time.monotonic() + with_apprise.SECONDS_TO_BEGIN
    given = json.dumps({**asked, "address": secret, "seconds": LIMIT_SECONDS, "begin_by": begin_by}).encode()
    packages = os.pathsep.join(filter(None, [str(_PACKAGES), environ.get("PYTHONPATH", "")]))
    environ = {**environ, "PYTHONPATH": packages}
    try:
        ended = run_bounded(with_apprise.command(), given, environ, with_apprise.SECONDS_TO_BEGIN + LIMIT_SECONDS)
    except OSError as error:
        reason = reason_of(error, words("no reason given"))
        return Told(found.channel, words("no process could be started for it: {reason}", reason=reason))
    return Told(found.channel, _judged(ended))


def _looked_up(address: NewsAddress) -> tuple[Told, str]:
    """The same of a service, and its address, which is a secret; empty where it is not to be had."""
    try:
        secret = address.read().reveal()
    except SettingsError as error:
        return Told(address.shown, str(error).removesuffix(".")), ""
    return Told(destination_of(secret), EXTRA_MISSING if find_spec("apprise") is None else ""), secret


def _judged(ended: Ended) -> str:
    if ended.exit_code is None:
        return _WORDS[Verdict.NO_ANSWER]
    if ended.exit_code or ended.said not in set(Verdict):
        return _WORDS[Verdict.REFUSED]
    return EXTRA_MISSING if ended.said == Verdict.NOT_INSTALLED else _WORDS.get(Verdict(ended.said), "")


def _by_command(command: Sequence[str], given: bytes, environ: Mapping[str, str]) -> str:
    try:
        ended = run_bounded(command, given, environ, LIMIT_SECONDS)
    except (OSError, ValueError) as error:
        return words(
            "it cannot be started: {reason}",
            reason=reason_of(error, words("its name cannot be used")),
        )
    match ended.exit_code:
        case 0:
            return ""
        case None:
            return words("it did not end within {seconds:second|seconds}, and was ended", seconds=round(LIMIT_SECONDS))
        case code:
            said = Redactor(noted_secrets()).text(" ".join(ended.said.split()))[-_SAID_CHARACTERS:]
            if said:
                return words("it ended with {code}: {said}", code=code, said=said)
            return words("it ended with {code}", code=code)


def _environment(settings: Settings, channels: Sequence[Channel]) -> Mapping[str, str]:
    """The variables of this process but for the program's own secrets, which nobody who is told has to know, and the
    addresses of all channels.
    """
    sources = [settings.x_api_key_source, *(found.api_key_source for found in settings.connections.values())]
    openid = settings.office.openid if settings.office else None
    sources += [openid.client_secret_source] if openid else []
    references = [source.reference for source in sources if source]
    told = [channel.address for channel in channels if isinstance(channel, Service)]
    references += [address.text for address in (*settings.news.addresses, *told) if address.is_reference]
    named = {text.removeprefix("env:").strip() for text in references if text.startswith("env:")}
    return {name: value for name, value in os.environ.items() if name not in _SECRET_VARIABLES | named}


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended, and the last of what it said. ``exit_code`` is None where its time was up."""

    exit_code: int | None
    said: str


def run_bounded(command: Sequence[str], given: bytes, environ: Mapping[str, str], seconds: float) -> Ended:
    """Run a program, give it ``given`` on standard input, and wait ``seconds`` at most; then all it started is killed.

    It has a session of its own: it neither hears the Ctrl-C of this terminal nor can ask there. Raises OSError where it
    cannot be started.
    """
    with TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - no shell; the settings' own program, or this one
            list(command),
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows alone has windows to hide
        )
        code: int | None = None
        try:
            process.communicate(given, timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            pass
        finally:
            if code is None:
                _kill(process)
        said.seek(0, os.SEEK_END)
        said.seek(max(0, said.tell() - _SAID_BYTES))
        return Ended(code, said.read().decode("utf-8", "replace").strip())


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # and whatever it started
        else:
            process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_DIE)
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
