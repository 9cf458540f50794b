"""A reference such as env:NAME -> the same as it may be shown: somebody may have written the key itself behind env:."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from hotline_batch.errors import SettingsError
from hotline_batch.settings.addresses import HIDDEN

SCHEMES = ("env", "file", "keyring")
HOW = "Write env:NAME, file:PATH or keyring:SERVICE/NAME."

# Names and paths that people give are made of words, with few digits at their ends. Keys are not.
_WORD = r"(?:[A-Z]?[a-z]{1,20}|[A-Z]{1,20})[0-9]{0,2}"
_VARIABLE = re.compile(
    r"_?[A-Z]{1,20}[0-9]{0,2}(?:_(?:[A-Z]{1,20}[0-9]{0,2}|[0-9]{1,4}))*|[a-z]{1,20}(?:_[a-z]{1,20})+"
)
_PIECE = re.compile(rf"\.{{0,2}}|~|[A-Za-z]:|\.?{_WORD}(?:[ ._-](?:{_WORD}|[0-9]{{1,4}}))*")
_SUFFIX_OF_A_FILE = re.compile(r".+\.(?:api|cfg|conf|dat|env|key|pass|pem|pwd|secret|token|txt)")


def divided(reference: str, where: str) -> tuple[str, str]:
    """Scheme and rest of a reference. SettingsError, without the value, for what is none."""
    scheme, colon, rest = reference.partition(":")
    if not colon or scheme not in SCHEMES or not rest.strip():
        raise SettingsError(f"{where} must say where the secret is kept, not the secret itself. {HOW}")
    return scheme, rest.strip()


def shown_reference(reference: str, folder: Path, environ: Mapping[str, str]) -> str:
    """The reference where it leads somewhere or looks like a name; ``env:***`` where it may hold the key itself."""
    scheme, _, rest = reference.partition(":")
    rest = rest.strip()
    match scheme:
        case "env":
            is_name = rest in environ or _VARIABLE.fullmatch(rest) is not None
        case "file":
            is_name = _is_there(folder, rest) or _looks_like_a_path(rest)
        case "keyring":
            is_name = "/" in rest and _is_made_of_words(rest)
        case _:
            return HIDDEN
    return reference if is_name else f"{scheme}:{HIDDEN}"


def _is_there(folder: Path, path: str) -> bool:
    try:
        return (folder / Path(path).expanduser()).exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _looks_like_a_path(text: str) -> bool:
    return _is_made_of_words(text) and bool(re.search(r"[/\\]", text) or _SUFFIX_OF_A_FILE.fullmatch(text))


def _is_made_of_words(path: str) -> bool:
    return all(_PIECE.fullmatch(piece) for piece in re.split(r"[/\\]", path))
