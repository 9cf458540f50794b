"""References such as env:NAME, file:PATH and keyring:SERVICE/NAME -> secrets that never print themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hotline_batch.errors import SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.settings import system_keyring

HIDDEN = "***"

_SCHEMES = ("env", "file", "keyring")
_TRAVELS_IN_A_REQUEST = re.compile(r"[\x21-\x7e]+")
_LEFT_BY_EDITORS = " \t\r\n\v\f\ufeff"  # blanks, line ends and a byte order mark around a value
_LONGEST_FILE_BYTES = 16_384
# Shorter ones would be found in the midst of words.
_SHORTEST_NOTED = 4
# Of the whole process on purpose: a key may stand in the text of any library's error, wherever that is written down.
_NOTED: set[str] = set()


def note_secret(value: str) -> None:
    """From now on this value is hidden wherever a log is written."""
    if len(value) >= _SHORTEST_NOTED:
        _NOTED.add(value)


def note_password_of(address: str) -> None:
    """The same for the password in an address, as it is written there and as it is meant."""
    try:
        password = urlsplit(address).password or ""
    except ValueError:
        return  # an address that cannot be read is refused elsewhere
    note_secret(password)
    note_secret(unquote(password))


def noted_secrets() -> frozenset[str]:
    """The secrets that this process has come across: no line of a log may hold one."""
    return frozenset(_NOTED)


class Secret:
    """A key that prints as ``***`` everywhere; only ``client`` unwraps it, when it puts a request together.

    A plain class on purpose: ``dataclasses.asdict`` and ``vars`` find nothing to copy out.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str, where: str = "secret", what: str = "key") -> None:
        """Take what stands between surrounding blanks. SettingsError, without the value, if it cannot be a key.

        ``what`` it is called in messages.
        """
        value = value.strip(_LEFT_BY_EDITORS)
        if not value:
            raise SettingsError(words("{where} is empty. Set it to the {what}.", where=where, what=what))
        if _TRAVELS_IN_A_REQUEST.fullmatch(value) is None:
            raise SettingsError(
                words(
                    "{where} holds a blank, a line end or a letter outside ASCII, which no {what} has. Copy the "
                    "{what} again.",
                    where=where,
                    what=what,
                )
            )
        note_secret(value)
        object.__setattr__(self, "_value", value)

    def reveal(self) -> str:
        """The key itself."""
        value: str = object.__getattribute__(self, "_value")
        return value

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A secret does not change: {name}")

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return format(HIDDEN, specification)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash((Secret, self.reveal()))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Secret:
        return self

    def __reduce__(self) -> str:
        raise TypeError("A secret is not pickled: it would be stored in the clear.")


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where a secret is kept; it is fetched when it is needed, so that what needs no secret works without one.

    ``where`` names the setting for messages, ``what`` is what the secret is called there; a relative ``file:`` path is
    taken from ``folder``. SettingsError for what is no reference.
    """

    reference: str = field(repr=False)
    where: str
    folder: Path = Path()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False, compare=False)
    what: str = "key"

    def __post_init__(self) -> None:
        check_reference(self.reference, self.where)

    @classmethod
    def holding(cls, value: str, where: str) -> SecretSource:
        """A secret that is kept nowhere but in this process."""
        return cls("env:KEY", where, Path(), {"KEY": value})

    @property
    def shown(self) -> str:
        """The reference as it may be shown."""
        return shown_reference(self.reference)

    @property
    def file(self) -> Path | None:
        """The file that the reference names; None for references of another kind."""
        scheme, rest = check_reference(self.reference, self.where)
        return self.folder / Path(rest).expanduser() if scheme == "file" else None

    def read(self) -> Secret:
        """Fetch the secret. SettingsError, never with the value, if it is not there or cannot be a key."""
        scheme, rest = check_reference(self.reference, self.where)
        match scheme:
            case "env":
                return _from_environment(rest, self)
            case "file":
                return _from_file(rest, self)
            case _:
                return _from_keyring(rest, self)


def check_reference(reference: str, where: str) -> tuple[str, str]:
    """Scheme and rest of a reference. SettingsError, without the value, for what is none."""
    scheme, colon, rest = reference.partition(":")
    if not colon or scheme not in _SCHEMES or not rest.strip():
        raise SettingsError(
            words(
                "{where} must say where the secret is kept, not the secret itself. Write env:NAME, file:PATH or "
                "keyring:SERVICE/NAME.",
                where=where,
            )
        )
    return scheme, rest.strip()


def shown_reference(reference: str) -> str:
    """Its scheme alone, such as ``env:…``: somebody may have written the key itself behind it."""
    scheme = reference.partition(":")[0]
    return f"{scheme}:…" if scheme in _SCHEMES else HIDDEN


def store_in_keyring(service: str, name: str, secret: Secret) -> str:
    """Keep a secret in the system's keyring; the reference to it. SettingsError where that fails."""
    try:
        system_keyring.keep(service, name, secret.reveal())
    except SettingsError as error:
        said = error.problem
        raise SettingsError(f"{said[0].upper()}{said[1:]}") from None
    return f"keyring:{service}/{name}"


# What is not found is not named: it may be the key itself. What is found is no key, so it may be.


def _from_environment(name: str, source: SecretSource) -> Secret:
    if name not in source.environ:
        raise SettingsError(
            words(
                "{where}: the environment variable that it names is not set. Set it to the {what}; behind env: "
                "stands a name, never the {what} itself.",
                where=source.where,
                what=source.what,
            )
        )
    return Secret(
        source.environ[name], words("{where} (environment variable {name})", where=source.where, name=name), source.what
    )


def _from_file(named: str, source: SecretSource) -> Secret:
    where, what = source.where, source.what
    try:
        path = source.folder / Path(named).expanduser()
        # A pipe or a device would be waited for, or read, without end.
        if path.exists() and not path.is_file():
            if path.is_dir():
                said = words("{where}: the file {path} cannot be read: it is a folder.", where=where, path=path)
            else:
                said = words("{where}: the file {path} cannot be read: it is no ordinary file.", where=where, path=path)
            raise SettingsError(said)
        with path.open("rb") as stream:
            content = stream.read(_LONGEST_FILE_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = reason_of(error, words("not a path"))
        raise SettingsError(
            words(
                "{where}: the file that it names cannot be read: {reason}. Behind file: stands a path, never the "
                "{what} itself.",
                where=where,
                reason=reason,
                what=what,
            )
        ) from None
    if len(content) > _LONGEST_FILE_BYTES:
        raise SettingsError(
            words("{where}: the file {path} is too large to hold a {what} alone.", where=where, path=path, what=what)
        )
    return Secret(
        content.decode("utf-8", errors="replace"), words("{where} (file {path})", where=where, path=path), what
    )


def _from_keyring(entry: str, source: SecretSource) -> Secret:
    where = source.where
    service, slash, name = entry.partition("/")
    if not slash or not service or not name:
        raise SettingsError(words("{where}: write keyring:SERVICE/NAME.", where=where))
    try:
        value = system_keyring.fetch(service, name)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None
    if value is None:
        raise SettingsError(
            words("{where}: the keyring has no entry that it names. Add it with: keyring set SERVICE NAME", where=where)
        )
    return Secret(value, words("{where} (keyring entry {entry})", where=where, entry=entry), source.what)
