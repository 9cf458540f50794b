"""Where hotline-batch.toml is, and what it says."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from hotline_batch.errors import SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.next_step import NextStep, step

FILE_NAME = "hotline-batch.toml"


def settings_file(config: str | None, environ: Mapping[str, str], working_folder: Path) -> Path | None:
    """The file that was named, else the one in the working folder, else the user's own; None if there is none."""
    named = config or environ.get("HOTLINE_BATCH_CONFIG", "").strip()
    if named:
        by = "config" if config else "HOTLINE_BATCH_CONFIG"
        path = working_folder / expanded(named, by)
        if not _is_file(path):
            said = words("{by}: there is no file {path}.", by=by, path=path)
            if config:
                raise SettingsError(said, step(NextStep.CORRECT_SETTINGS_FILE))
            raise SettingsError(words("{said} Correct the path.", said=said))
        return path
    places = (working_folder, platformdirs.user_config_path("hotline-batch", appauthor=False))
    return next((place / FILE_NAME for place in places if _is_file(place / FILE_NAME)), None)


def file_content(file: Path) -> dict[str, Any]:
    """What a file says; some editors put a byte order mark before it."""
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(words("{file} is not valid TOML: {error}.", file=file, error=error)) from None
    except UnicodeDecodeError:
        raise SettingsError(words("{file} is not UTF-8 text. Save it as UTF-8.", file=file)) from None
    except OSError as error:
        raise SettingsError(
            words("{file} cannot be read: {strerror}. Let this user read it.", file=file, strerror=reason_of(error))
        ) from None


def here() -> Path:
    """The working folder. SettingsError where it was deleted."""
    try:
        return Path.cwd()
    except OSError:
        raise SettingsError(words("The working folder is not there any more. Change into one that is.")) from None


def expanded(path: str, where: str) -> Path:
    """A path in which ~ stands for a user's folder. SettingsError where there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise SettingsError(
            words(
                "{where}: there is no such user's folder as that of {path}. Correct the path.", where=where, path=path
            )
        ) from None


def _is_file(path: Path) -> bool:
    """Whether a file is there. SettingsError where that cannot be told: settings may not be overlooked."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise SettingsError(
            words("{path} cannot be looked at: {strerror}.", path=path, strerror=reason_of(error)),
            step(NextStep.NAME_OTHER_SETTINGS_FILE),
        ) from None
