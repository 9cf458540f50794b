"""References such as env:NAME, file:PATH and keyring:SERVICE/NAME -> secrets that never print themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hotline_batch.errors import SettingsError

SHOWN: Final = "***"

_TRAVELS_IN_A_REQUEST = re.compile(r"[\x21-\x7e]+")
_LEFT_BY_EDITORS = " \t\r\n\v\f\ufeff"  # blanks, line ends and a byte order mark around a value
_LONGEST_FILE_BYTES = 16_384
_HOW = "Write env:NAME, file:PATH or keyring:SERVICE/NAME."


class Secret:
    """A key that prints as ``***`` everywhere; only ``client`` unwraps it, when it puts a request together.

    A plain class on purpose: ``dataclasses.asdict`` and ``vars`` find nothing to copy out.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str, where: str = "secret") -> None:
        """Take what stands between surrounding blanks. SettingsError, without the value, if it cannot be a key."""
        value = value.strip(_LEFT_BY_EDITORS)
        if not value:
            raise SettingsError(f"{where} is empty. Set it to the key that Hotline gave you.")
        if _TRAVELS_IN_A_REQUEST.fullmatch(value) is None:
            raise SettingsError(
                f"{where} holds a blank, a line end or a letter outside ASCII, which no key has. Copy the key again."
            )
        object.__setattr__(self, "_value", value)

    def reveal(self) -> str:
        """The key itself."""
        value: str = object.__getattribute__(self, "_value")
        return value

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A secret does not change: {name}")

    def __repr__(self) -> str:
        return SHOWN

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return format(SHOWN, specification)

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

    ``where`` names the setting for messages; a relative ``file:`` path is taken from ``folder``.
    """

    reference: str
    where: str
    folder: Path = Path()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False, compare=False)

    def __post_init__(self) -> None:
        scheme, colon, rest = self.reference.partition(":")
        if not colon or scheme not in {"env", "file", "keyring"} or not rest.strip():
            raise SettingsError(f"{self.where} must say where the secret is kept, not the secret itself. {_HOW}")

    def read(self) -> Secret:
        """Fetch the secret. SettingsError if it is not there or cannot be a key."""
        return resolve(self.reference, self.where, folder=self.folder, environ=self.environ)


def resolve(
    reference: str, where: str = "secret", *, folder: Path | None = None, environ: Mapping[str, str] | None = None
) -> Secret:
    """Fetch the secret that a reference names. SettingsError, never with the value, if that fails."""
    scheme, _, rest = reference.partition(":")
    match scheme:
        case "env":
            return _from_environment(rest.strip(), where, os.environ if environ is None else environ)
        case "file":
            return _from_file((folder or Path()) / Path(rest.strip()).expanduser(), where)
        case "keyring":
            return _from_keyring(rest.strip(), where)
        case _:
            raise SettingsError(f"{where} must say where the secret is kept, not the secret itself. {_HOW}")


def store_in_keyring(service: str, name: str, secret: Secret) -> str:
    """Keep a secret in the system's keyring; the reference to it. SettingsError where there is no keyring."""
    try:
        import keyring  # noqa: PLC0415 - an extra that most machines do not have
        from keyring.errors import KeyringError  # noqa: PLC0415 - the same
    except ImportError:
        raise SettingsError("The system's keyring needs an extra: install hotline-batch[keyring].") from None
    try:
        keyring.set_password(service, name, secret.reveal())
        is_kept = keyring.get_password(service, name) == secret.reveal()
    except (KeyringError, RuntimeError) as error:
        raise SettingsError(f"The system's keyring does not answer ({type(error).__name__}).") from None
    if not is_kept:
        raise SettingsError("The system's keyring did not keep the key.")
    return f"keyring:{service}/{name}"


def _from_environment(name: str, where: str, environ: Mapping[str, str]) -> Secret:
    value = environ.get(name)
    if value is None:
        raise SettingsError(f"{where}: the environment variable {name} is not set. Set it to the key.")
    return Secret(value, f"{where} (environment variable {name})")


def _from_file(path: Path, where: str) -> Secret:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LONGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise SettingsError(f"{where}: the file {path} cannot be read: {reason}.") from None
    if len(content) > _LONGEST_FILE_BYTES:
        raise SettingsError(f"{where}: the file {path} is too large to hold a key alone.")
    return Secret(content.decode("utf-8", errors="replace"), f"{where} (file {path})")


def _from_keyring(entry: str, where: str) -> Secret:
    service, slash, name = entry.partition("/")
    if not slash or not service or not name:
        raise SettingsError(f"{where}: write keyring:SERVICE/NAME.")
    try:
        import keyring  # noqa: PLC0415 - an extra that most machines do not have
        from keyring.errors import KeyringError  # noqa: PLC0415 - the same
    except ImportError:
        raise SettingsError(
            f"{where}: the system's keyring needs an extra. Install hotline-batch[keyring], or use env: or file:."
        ) from None
    try:
        value = keyring.get_password(service, name)
    except KeyringError as error:
        raise SettingsError(
            f"{where}: the system's keyring does not answer ({type(error).__name__}). Unlock it, or use env: or file:."
        ) from None
    if value is None:
        raise SettingsError(f"{where}: the keyring has no entry {entry}. Add it with: keyring set {service} {name}")
    return Secret(value, f"{where} (keyring entry {entry})")
