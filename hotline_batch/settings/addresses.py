"""Addresses that may hold a password -> as they may be shown; the ledger's, accepted or refused."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import platformdirs

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.settings.secrets import HIDDEN, note_password_of

# Anything else before :// may be a piece of a password in an address that was mistyped.
_SCHEME = re.compile(
    r"(?:https?|socks[45][ah]?|ftp|sqlite|postgres(?:ql)?|mysql)(?:\+[a-z0-9]{1,20})?://", re.IGNORECASE
)
_FILE = re.compile(r"sqlite(?:\+[a-z0-9]{1,20})?:///", re.IGNORECASE)
# A database's user is no secret, other than what some proxies take in place of a user.
_USER_ALONE = re.compile(r"[A-Za-z_][\w.-]{0,30}")
_QUERY_THAT_TELLS_NOTHING = re.compile(
    r"(?:sslmode|connect_timeout|application_name|target_session_attrs|mode|cache|timeout|uri|nolock|immutable)=[\w.-]*"
)
_SQLITE = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL = ("postgresql", "postgresql+psycopg")
_ONE_AT_SIGN = re.compile(r"(?:[^@/?#]*@)?[^@]*")


def shown_address(address: str) -> str:
    """An address without what may be a secret, also where it is not well-formed.

    Nothing before the last ``@`` is shown, unless it is a database's user alone, nor any part of the query but those
    that are known to hold no secret.
    """
    scheme = found[0] if (found := _SCHEME.match(address)) else ""
    if _FILE.match(address):
        place, mark, query = address.partition("?")
        return f"{place}{mark}{_shown_query(query)}"
    before, at, rest = address[len(scheme) :].rpartition("@")
    if re.search(r"[?#]", before):
        # Either the password holds such a sign, or the query holds an @: it cannot be told where the secret ends.
        return f"{scheme}{HIDDEN}"
    place, mark, query = _divided(rest)
    user = before if scheme.startswith("postgres") and _USER_ALONE.fullmatch(before) else HIDDEN
    return f"{scheme}{user + at if at else ''}{place}{mark}{_shown_query(query)}"


def _divided(text: str) -> tuple[str, str, str]:
    """What stands before the first ? or #, that sign, and what stands behind it."""
    found = re.search(r"[?#]", text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def _shown_query(query: str) -> str:
    shown: list[str] = []
    for part in query.split("&") if query else ():
        if not _QUERY_THAT_TELLS_NOTHING.fullmatch(part):
            # A password may hold an &, so nothing behind it is shown either.
            return "&".join([*shown, HIDDEN])
        shown.append(part)
    return "&".join(shown)


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


def _check_file(rest: str) -> None:
    path, mark, _ = rest.partition("?")
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
