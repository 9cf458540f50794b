"""Service and name -> the entry of the system's keyring, by way of an extra that most machines do not have."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words

_BACK_END = "PYTHON_KEYRING_BACKEND"


def fetch(service: str, name: str) -> str | None:
    """The entry; None if there is none. SettingsError where the keyring cannot be used."""
    library = _library()
    try:
        value = library.get_password(service, name)
    except Exception as error:  # noqa: BLE001 - behind the library stand plug-ins, which raise what they like
        raise _does_not_answer(error) from None
    return value if isinstance(value, str) else None


def keep(service: str, name: str, value: str) -> None:
    """Store an entry. SettingsError where the keyring cannot be used, or did not keep it."""
    library = _library()
    try:
        library.set_password(service, name, value)
        is_kept = library.get_password(service, name) == value
    except Exception as error:  # noqa: BLE001 - behind the library stand plug-ins, which raise what they like
        raise _does_not_answer(error) from None
    if not is_kept:
        raise SettingsError(words("the system's keyring did not keep the key."))


def _library() -> Any:
    if find_spec("keyring") is None:
        raise SettingsError(
            words("the system's keyring needs an extra. Install hotline-batch[keyring], or use env: or file:.")
        )
    try:
        import keyring  # noqa: PLC0415 - an extra that most machines do not have
    except Exception as error:  # noqa: BLE001 - it loads whatever PYTHON_KEYRING_BACKEND names
        raise _does_not_answer(error) from None
    return keyring


def _does_not_answer(error: Exception) -> SettingsError:
    # The kind alone: a plug-in's text may hold the entry.
    cure = (
        words("Correct {back_end} or take it away", back_end=_BACK_END)
        if _BACK_END in os.environ
        else words("Unlock it")
    )
    return SettingsError(
        words(
            "the system's keyring does not answer ({kind}). {cure}, or use env: or file:.",
            kind=type(error).__name__,
            cure=cure,
        )
    )
