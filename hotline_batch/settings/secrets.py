"""References such as env:NAME, file:PATH and keyring:SERVICE/NAME -> secrets that never print themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hotline_batch.errors import SettingsError
from hotline_batch.settings import system_keyring
from hotline_batch.settings.addresses import HIDDEN
from hotline_batch.settings.references import divided, shown_reference
from hotline_batch.settings.seen_secrets import note_secret

_TRAVELS_IN_A_REQUEST = re.compile(r"[\x21-\x7e]+")
_LEFT_BY_EDITORS = " \t\r\n\v\f\ufeff"  # blanks, line ends and a byte order mark around a value
_LONGEST_FILE_BYTES = 16_384


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

    ``where`` names the setting for messages; a relative ``file:`` path is taken from ``folder``.
    """

    reference: str
    where: str
    folder: Path = Path()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False, compare=False)

    def __post_init__(self) -> None:
        divided(self.reference, self.where)

    def __repr__(self) -> str:
        return f"SecretSource({self.shown!r}, {self.where!r})"

    @property
    def shown(self) -> str:
        """The reference as it may be shown."""
        return shown_reference(self.reference, self.folder, self.environ)

    @property
    def file(self) -> Path | None:
        """The file that the reference names; None for references of another kind."""
        scheme, rest = divided(self.reference, self.where)
        return self.folder / Path(rest).expanduser() if scheme == "file" else None

    def read(self) -> Secret:
        """Fetch the secret. SettingsError if it is not there or cannot be a key."""
        return resolve(self.reference, self.where, folder=self.folder, environ=self.environ)


def resolve(
    reference: str, where: str = "secret", *, folder: Path | None = None, environ: Mapping[str, str] | None = None
) -> Secret:
    """Fetch the secret that a reference names. SettingsError, never with the value, if that fails."""
    folder, environ = folder or Path(), os.environ if environ is None else environ
    scheme, rest = divided(reference, where)
    is_shown = shown_reference(reference, folder, environ) == reference
    match scheme:
        case "env":
            return _from_environment(rest, where, environ, is_shown=is_shown)
        case "file":
            return _from_file(folder, rest, where, is_shown=is_shown)
        case _:
            return _from_keyring(rest, where, is_shown=is_shown)


def store_in_keyring(service: str, name: str, secret: Secret) -> str:
    """Keep a secret in the system's keyring; the reference to it. SettingsError where that fails."""
    try:
        system_keyring.keep(service, name, secret.reveal())
    except SettingsError as error:
        said = str(error)
        raise SettingsError(f"{said[0].upper()}{said[1:]}") from None
    return f"keyring:{service}/{name}"


def _from_environment(name: str, where: str, environ: Mapping[str, str], *, is_shown: bool) -> Secret:
    value = environ.get(name)
    if value is None and not is_shown:
        raise SettingsError(
            f"{where}: no environment variable has the name that stands behind env:. "
            "Write the variable's name there, not the key itself."
        )
    if value is None:
        raise SettingsError(f"{where}: the environment variable {name} is not set. Set it to the key.")
    return Secret(value, f"{where} (environment variable {name})")


def _from_file(folder: Path, named: str, where: str, *, is_shown: bool) -> Secret:
    try:
        path = folder / Path(named).expanduser()
        # A pipe or a device would be waited for, or read, without end.
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "no ordinary file"
            raise SettingsError(f"{where}: the file {path} cannot be read: it is {kind}.")
        with path.open("rb") as stream:
            content = stream.read(_LONGEST_FILE_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        if not is_shown:
            raise SettingsError(
                f"{where}: the file that stands behind file: cannot be read: {reason}. "
                "Write the file's path there, not the key itself."
            ) from None
        raise SettingsError(f"{where}: the file {named} cannot be read: {reason}.") from None
    if len(content) > _LONGEST_FILE_BYTES:
        raise SettingsError(f"{where}: the file {path} is too large to hold a key alone.")
    return Secret(content.decode("utf-8", errors="replace"), f"{where} (file {path})")


def _from_keyring(entry: str, where: str, *, is_shown: bool) -> Secret:
    service, slash, name = entry.partition("/")
    if not slash or not service or not name:
        raise SettingsError(f"{where}: write keyring:SERVICE/NAME.")
    try:
        value = system_keyring.fetch(service, name)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None
    if value is None and not is_shown:
        raise SettingsError(f"{where}: the keyring has no such entry. Write keyring:SERVICE/NAME, not the key itself.")
    if value is None:
        raise SettingsError(f"{where}: the keyring has no entry {entry}. Add it with: keyring set {service} {name}")
    return Secret(value, f"{where} (keyring entry {entry if is_shown else HIDDEN})")
