"""An address that may hold a password -> the same as it may be shown."""

from __future__ import annotations

import re

HIDDEN = "***"

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
