"""The secrets that this process has come across -> what no line of a log may hold."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

# Shorter ones would be found in the midst of words.
_SHORTEST_HIDDEN = 4
# Of the whole process on purpose: a key may stand in the text of any library's error, wherever that is written down.
_SEEN: set[str] = set()


def note_secret(value: str) -> None:
    """From now on this value is hidden wherever a log is written."""
    if len(value) >= _SHORTEST_HIDDEN:
        _SEEN.add(value)


def note_password_of(address: str) -> None:
    """The same for the password in an address, as it is written there and as it is meant."""
    try:
        password = urlsplit(address).password or ""
    except ValueError:
        return  # an address that cannot be read is refused elsewhere
    note_secret(password)
    note_secret(unquote(password))


def seen_secrets() -> frozenset[str]:
    """All that was noted so far."""
    return frozenset(_SEEN)
