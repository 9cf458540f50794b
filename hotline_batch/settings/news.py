"""Where news of runs go: addresses of services, which are secrets, and a command of one's own."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qs, urlsplit

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.settings.file.schema import Document
from hotline_batch.settings.secrets import Secret, SecretSource, note_password_of, shown_reference

_SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "discord": "Discord",
        "form": "webhook",
        "gotify": "Gotify",
        "json": "webhook",
        "mailto": "e-mail",
        "matrix": "Matrix",
        "mmost": "Mattermost",
        "msteams": "Teams",
        "ntfy": "ntfy",
        "rocket": "Rocket.Chat",
        "slack": "Slack",
        "tgram": "Telegram",
        "workflow": "Teams",
        "xml": "webhook",
    }
)
"""By scheme; with an s behind it, most mean the same over TLS."""
# In the addresses of other services a token may stand where a host does.
_WITH_A_HOST = frozenset({"form", "gotify", "json", "mailto", "mmost", "xml"})
_SCHEME = re.compile("[a-z][a-z0-9]{1,15}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]+|localhost|[0-9a-f:]*:[0-9a-f:]+", re.I)


def destination_of(address: str) -> str:
    """Such as ``e-mail via mail.example`` or ``Slack``: nothing that may be a user, a password or a token."""
    scheme, mark, _ = address.partition("://")
    scheme = scheme.strip().lower()
    if not mark or _SCHEME.fullmatch(scheme) is None:
        return words("a service")
    name = _SERVICES.get(scheme) or _SERVICES.get(scheme.removesuffix("s"), scheme)
    host = _host_of(address.strip()) if scheme.removesuffix("s") in _WITH_A_HOST else ""
    return words("{name} via {host}", name=name, host=host) if host else name


def _host_of(address: str) -> str:
    """The host; empty where it cannot be told for certain where it stands."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # refused where it is a piece of a password
    except ValueError:
        return ""
    # A password with a / ? or # that was not escaped puts the @ behind them.
    if "@" in parts.path or parts.fragment or parts.netloc.count("@") > 1:
        return ""
    host = _mail_server(parts) or parts.hostname or ""
    return host if _HOST.fullmatch(host) else ""


def _mail_server(parts: SplitResult) -> str:
    """The server that takes the mail, where the address names another than that of its domain."""
    return parse_qs(parts.query).get("smtp", [""])[0] if parts.scheme.lower().startswith("mailto") else ""


NOTIFY_VARIABLE = "HOTLINE_BATCH_NOTIFY"
"""Environment variable with addresses, divided by blanks."""

_REFERENCE = re.compile(r"(?:env|file|keyring):(?!//)")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,30}://.", re.IGNORECASE)


class Topic(StrEnum):
    """What news may be about, as the settings name it."""

    ENDED = "ended"
    STOPPED = "stopped"
    NEEDS_A_PERSON = "needs_a_person"
    FILE_FAILED = "file_failed"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class NewsAddress:
    """One service that takes news. ``text`` is its address, or a reference to where that is kept; never printed.

    ``where`` names the setting for messages; a relative ``file:`` path is taken from ``folder``.
    """

    text: str = field(repr=False)
    where: str
    folder: Path = Path()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False, compare=False)

    @property
    def is_reference(self) -> bool:
        """Whether the text says where the address is kept, instead of being it."""
        return is_reference(self.text)

    @property
    def shown(self) -> str:
        """The text as it may be shown."""
        return shown_news(self.text)

    def read(self) -> Secret:
        """The address. SettingsError, never with the address, where it is not to be had or is none."""
        if self.is_reference:
            found = SecretSource(self.text, self.where, self.folder, self.environ, what="address").read()
        else:
            found = Secret(self.text, self.where, what="address")
        if _ADDRESS.match(found.reveal()) is None:
            raise SettingsError(
                words(
                    "{where}: this is no address of a service, such as mailto://… or https://…, nor a reference to "
                    "one: env:NAME, file:PATH or keyring:SERVICE/NAME. It is not shown, since it may hold a password.",
                    where=self.where,
                )
            )
        note_password_of(found.reveal())
        return found


@dataclass(frozen=True, slots=True)
class NewsSettings:
    """Who is told of what. ``command`` is a program with its arguments, empty where there is none.

    ``tells_personal_data``: news may say who prepared a run, and what the service said. ``is_of_file``: the addresses
    are those of the settings file; ``is_chosen``: they were given when this process was started.
    """

    addresses: Sequence[NewsAddress] = ()
    command: Sequence[str] = field(default=(), repr=False)
    about: Collection[Topic] = frozenset(Topic)
    tells_personal_data: bool = False
    is_of_file: bool = False
    is_chosen: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether nobody is told anything."""
        return not self.addresses and not self.command

    @property
    def chosen_references(self) -> Sequence[str]:
        """Of the addresses that were given, those that say where an address is kept: they hold no secret."""
        return tuple(address.text for address in self.addresses if self.is_chosen and address.is_reference)

    @property
    def chosen_secrets(self) -> Sequence[Secret]:
        """The other ones that were given. SettingsError for what is no address."""
        return tuple(address.read() for address in self.addresses if self.is_chosen and not address.is_reference)

    def to(self, texts: Iterable[str], where: str, folder: Path) -> NewsSettings:
        """The same, but with these addresses, or references to addresses, in place of its own.

        ``where`` is how a person gave them; a relative ``file:`` path is taken from ``folder``.
        """
        addresses = tuple(NewsAddress(_absolute(text, folder), where) for text in texts)
        return replace(self, addresses=addresses, is_of_file=False, is_chosen=True)


def news_of(document: Document, environ: Mapping[str, str], folder: Path) -> NewsSettings:
    """What a settings file and the environment say of news. SettingsError for a command that cannot be read."""
    where = NOTIFY_VARIABLE if environ.get(NOTIFY_VARIABLE, "").strip() else "notify"
    about = document.notify_about
    return NewsSettings(
        addresses=tuple(NewsAddress(text, where, folder, environ) for text in _texts(document.notify)),
        command=command_of(document.notify_command),
        about=frozenset(Topic) if about is None else frozenset(map(Topic, _texts(about))),
        tells_personal_data=document.notify_personal_data,
        is_of_file=where == "notify",
    )


def is_reference(text: str) -> bool:
    """Whether a text says where an address is kept, instead of being one."""
    return _REFERENCE.match(text.strip()) is not None


def shown_news(text: str) -> str:
    """An address, or a reference to one, as it may be shown."""
    return shown_reference(text) if is_reference(text) else destination_of(text)


def command_of(said: str | Sequence[str] | None) -> Sequence[str]:
    """A program and its arguments. No shell reads them, so neither $NAME nor > means anything.

    SettingsError where they cannot be told apart.
    """
    if not isinstance(said, str):
        return tuple(said or ())
    try:
        parts = shlex.split(said, posix=os.name != "nt")
    except ValueError:
        raise SettingsError(
            words('notify_command: a quotation mark is not closed. Write a list, such as ["/opt/tell", "the team"].')
        ) from None
    if not parts:
        raise SettingsError(words("notify_command is empty. Name a program, or take the setting away."))
    return tuple(parts)


def shown_command(command: Sequence[str]) -> str:
    """A command as it may be shown: its arguments may hold a token."""
    return words("the command {name}", name=Path(command[0]).name)


def _absolute(text: str, folder: Path) -> str:
    """A reference that means the same whatever the working folder is; an address as it is."""
    path = text.removeprefix("file:") if is_reference(text) else text
    return text if path == text else f"file:{folder / Path(path.strip()).expanduser()}"


def _texts(said: str | Sequence[str] | None) -> Sequence[str]:
    return (said,) if isinstance(said, str) else tuple(said or ())
