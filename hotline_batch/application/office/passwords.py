"""Passwords -> digests that tell nothing of them, and back: whether it is the right one. The only place with argon2."""

from __future__ import annotations

import secrets
from functools import cache
from typing import Final

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words

SHORTEST: Final = 12
"""Characters; NIST SP 800-63B asks for 8 at least, and for no other rule."""

LONGEST: Final = 200

try:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError
except ImportError:  # the extra 'office' is not installed
    PasswordHasher = None  # type: ignore[assignment,misc]  # asked before it is used


@cache
def _hasher() -> PasswordHasher:
    if PasswordHasher is None:
        raise SettingsError(
            words("Passwords need the extra 'office' of the program. Ask whoever installed it to add it.")
        )
    return PasswordHasher()  # argon2id, with the parameters that RFC 9106 gives for machines with little memory


@cache
def _nobodys_hash() -> str:
    """The digest of a password that nobody knows: comparing with it takes as long as with anybody's."""
    return _hasher().hash(secrets.token_urlsafe(32))


def check_new_password(password: str, name: str) -> None:
    """SettingsError, without the password, for one that is too short, too long or the name itself."""
    if len(password) < SHORTEST:
        raise SettingsError(
            words("The password is too short. It has to have {shortest} characters or more.", shortest=SHORTEST)
        )
    if len(password) > LONGEST:
        raise SettingsError(
            words("The password is too long. It may have {longest} characters at most.", longest=LONGEST)
        )
    if len(set(password)) < SHORTEST // 3 or password.casefold().strip() == name.casefold():
        raise SettingsError(words("The password is too easy to guess. Take several words that belong to nothing."))


def hash_of(password: str) -> str:
    """The digest of a password, other each time."""
    return _hasher().hash(password)


def is_right(password: str, digest: str | None) -> bool:
    """Whether it is the password of that digest. Takes as long where there is none."""
    if len(password) > LONGEST:
        password, digest = "", None
    try:
        _hasher().verify(digest or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return digest is not None


def is_outdated(digest: str) -> bool:
    """Whether digests are made otherwise today."""
    return _hasher().check_needs_rehash(digest)
