"""The address of the ledger -> accepted or refused; it may hold a password, which nothing that is told shows."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.settings.file.toml import expanded
from hotline_batch.settings.secrets import note_password_of

_SQLITE = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL = ("postgresql", "postgresql+psycopg")
_ONE_AT_SIGN = re.compile(r"(?:[^@/?#]*@)?[^@]*")


def default_ledger() -> str:
    """The ledger's address where nothing else is set: a SQLite file in the user's state folder."""
    path = platformdirs.user_state_path("hotline-batch", appauthor=False) / "ledger.sqlite"
    return f"sqlite:///{path.as_posix()}"


def check_ledger(url: str) -> str:
    """The ledger's address. SettingsError, without its password, for what is none."""
    note_password_of(url)
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in (*_SQLITE, *_POSTGRESQL):
        raise SettingsError(
            words("ledger: this is not a ledger's address. Write sqlite:///PATH or postgresql://HOST/DATABASE.")
        )
    if scheme in _SQLITE:
        _check_file(rest)
    else:
        _check_server(rest)
    return url


def check_ledger_of_file(address: object, file: Path, working_folder: Path) -> None:
    """SettingsError where a settings file names a ledger by a path that leads elsewhere from every working folder.

    None of these ledgers would know what was sent from another folder. From the file's own, where such a file is
    usually found, it leads where it says.
    """
    if (path := _path_from_working_folder(address)) is None:
        return
    folders = (file.parent.absolute(), working_folder.absolute())
    if folders[0].resolve() != folders[1].resolve():
        known = next((folder for folder in folders if (folder / path).exists()), folders[0])
        raise SettingsError(
            words(
                "ledger: the path in {file} is not whole, so that each working folder would have a ledger of its own, "
                "and what was sent from one would be sent again from another. Write it whole, such as {ledger}.",
                file=file,
                ledger=f"sqlite:///{(known / path).as_posix()}",
            )
        )


def warnings_about_variable(address: str, working_folder: Path) -> tuple[str, ...]:
    """What is worth a word of a ledger that a variable names: it may be set for one folder, or for all of them."""
    if (path := _path_from_working_folder(address)) is None:
        return ()
    said = words(
        "HOTLINE_BATCH_LEDGER: the path is not whole, so each working folder has a ledger of its own, and what was "
        "sent from another folder would be sent again from here. Write it whole, such as {ledger}.",
        ledger=f"sqlite:///{(working_folder.absolute() / path).as_posix()}",
    )
    return (said,)


def _path_from_working_folder(address: object) -> str | None:
    """The path of a ledger's file where it is not a whole one; None for every other ledger, and for what is none."""
    with suppress(SettingsError):  # told by whoever checks the address
        return _path_not_whole(check_ledger(str(address)))
    return None


def _path_not_whole(address: str) -> str | None:
    scheme, _, path = address.partition(":///")
    is_whole = scheme not in _SQLITE or not path or expanded(path, "ledger").is_absolute()
    return None if is_whole else path


def _check_file(rest: str) -> None:
    path, mark, _ = rest.partition("?")
    if path and not path.startswith("/"):
        # What stands there would be taken for a server, and left out of the path.
        raise SettingsError(words("ledger: before the path of a file stand three slashes. Write sqlite:///PATH."))
    if path.strip("/") in {"", ":memory:"}:
        raise SettingsError(words("ledger: it must be a file, so that it outlives the program. Write sqlite:///PATH."))
    if mark:
        raise SettingsError(
            words("ledger: behind the path stands a ? with more, which a ledger does not take. Remove it.")
        )


def _check_server(rest: str) -> None:
    # Read differently by different parsers: one would take a piece of the password for the host.
    if _ONE_AT_SIGN.fullmatch(rest) is None:
        raise SettingsError(
            words(
                "ledger: more than one @, or a / ? or # before it. Within a password write @ as %40, / as %2F, ? "
                "as %3F and # as %23, or leave the password to PGPASSWORD."
            )
        )
    try:
        _ = urlsplit(f"//{rest.rpartition('@')[2]}").port
    except ValueError:
        raise SettingsError(
            words("ledger: the port is not a number. Write it like postgresql://HOST:5432/DATABASE.")
        ) from None
