"""Flags > environment > hotline-batch.toml > defaults -> the language that a process speaks, and what it logs where.

Asked before everything else, so that what is wrong with the settings is said in the reader's language, and in the log.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline_batch.errors import SettingsError
from hotline_batch.language.languages import SOURCE, languages, meant_by, of_environment
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.settings.file.toml import expanded, file_content, here, settings_file

LANGUAGE_VARIABLE = "HOTLINE_BATCH_LANGUAGE"


def language_of_process(
    config: str | None = None, *, reads_file: bool = True, environ: Mapping[str, str] | None = None
) -> str:
    """The code of the language. What is wrong with a setting is said by whoever needs it; here it counts as not set."""
    environ = os.environ if environ is None else environ
    named = meant_by(environ.get(LANGUAGE_VARIABLE, ""))
    if named is None and reads_file:
        wish = _said_by_file(config, environ, None)[0].get("language")
        named = meant_by(wish) if isinstance(wish, str) else None
    return named or of_environment(environ) or SOURCE


def checked_language(wish: str | None) -> str | None:
    """The code of the language that the setting names; None for none. SettingsError for one that is not known."""
    if wish is None or (language := meant_by(wish)):
        return language if wish is not None else None
    raise SettingsError(
        words("language: {wish} is not known. Write one of {known}.", wish=repr(wish), known=", ".join(languages()))
    )


FORMATS = ("text", "json")

LOG_VARIABLES: Mapping[str, str] = {
    "HOTLINE_BATCH_LOG_FILE": "log_file",
    "HOTLINE_BATCH_LOG_FORMAT": "log_format",
    "HOTLINE_BATCH_DEBUG": "debug",
}
LOG_KEYS = tuple(LOG_VARIABLES.values())
# Somebody who names such a file means another option; lines of a log would damage it.
_OF_OTHERS = frozenset({".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".toml", ".sqlite", ".html", ".j2"})
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class LogChoices:
    """Where lines go, in which of FORMATS, and how much is told.

    Without a file they go nowhere, but with ``debug`` to standard error.
    """

    file: Path | None = None
    format: str = "text"
    debug: bool = False


def log_choices(
    given: Mapping[str, object],
    *,
    config: str | None = None,
    reads_file: bool = True,
    environ: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
) -> LogChoices:
    """What is in force. ``given`` are the flags by key of the settings file; what is None or False was not given.

    SettingsError for a variable that cannot be used. What is wrong with the file is said by whoever needs its settings;
    here it counts as not written.
    """
    environ = os.environ if environ is None else environ
    chosen = {key: value for key, value in given.items() if value is not None and value is not False}
    chosen = {**in_environment(environ), **chosen}
    folder = working_folder or Path()
    if reads_file and len(chosen) < len(LOG_VARIABLES):
        in_file, of_file = _log_in_file(config, environ, working_folder)
        folder = of_file if "log_file" in in_file and "log_file" not in chosen else folder
        chosen = {**in_file, **chosen}
    named = chosen.get("log_file")
    path = folder / expanded(str(named), "log_file") if named else None
    return LogChoices(path, str(chosen.get("log_format", "text")), bool(chosen.get("debug")))


def in_environment(environ: Mapping[str, str]) -> dict[str, object]:
    """What the variables say, by key of the settings file. SettingsError for what cannot be used."""
    found: dict[str, object] = {}
    for name, key in LOG_VARIABLES.items():
        text = environ.get(name, "").strip()
        if text:
            found[key] = _value(name, key, text)
    return found


def check_log_file(path: Path, kept: Mapping[str, str] | None = None) -> None:
    """SettingsError where lines cannot be added to this file; it is made, for its owner alone, if it is not there.

    ``kept`` are other files that the command reads or writes, by what they are called: none of them may be the log.
    """
    for called, other in (kept or {}).items():
        if _is_same_file(path, Path(other)):
            raise SettingsError(
                words(
                    "The log file {path} is {called}, which lines of a log would damage. Name another file.",
                    path=path,
                    called=called,
                )
            )
    if path.suffix.lower() in _OF_OTHERS:
        raise SettingsError(
            words("The log file {path} has the name of another kind of file. Name one that ends in .log.", path=path)
        )
    try:
        if path.is_dir():
            raise SettingsError(words("The log file {path} is a folder. Name a file in it.", path=path))
        if path.is_file() and _holds_no_text(path):
            raise SettingsError(
                words(
                    "The log file {path} is there already and holds no text, so it is no log. Name another file.",
                    path=path,
                )
            )
        make_log_file(path)
    except (OSError, ValueError) as error:
        reason = reason_of(error, words("not a path"))
        raise SettingsError(
            words(
                "The log file {path} cannot be written: {reason}. Let this user write there, or name another file.",
                path=path,
                reason=reason,
            )
        ) from None


def make_log_file(path: Path) -> None:
    """See that the file is there and can be written; readable by its owner alone if it is new. OSError if it cannot."""
    # A pipe that nobody reads is refused, not waited for.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    os.close(os.open(path, flags, 0o600))


def _value(name: str, key: str, text: str) -> object:
    if key == "debug" and text.lower() not in _YES | _NO:
        raise SettingsError(words("{name}: must be 1 or 0, not {text}.", name=name, text=repr(text)))
    if key == "log_format" and text not in FORMATS:
        raise SettingsError(words("{name}: must be text or json, not {text}.", name=name, text=repr(text)))
    return text.lower() in _YES if key == "debug" else text


def _said_by_file(
    config: str | None, environ: Mapping[str, str], working_folder: Path | None
) -> tuple[Mapping[str, Any], Path]:
    """What the settings file says, nothing where it cannot be read, and the folder of that file."""
    try:
        file = settings_file(config, environ, working_folder or here())
        return (file_content(file), file.parent) if file else ({}, Path())
    except SettingsError:
        return {}, Path()


def _log_in_file(
    config: str | None, environ: Mapping[str, str], working_folder: Path | None
) -> tuple[Mapping[str, object], Path]:
    """What the settings file says of the log, as far as it can be used, and the folder of that file."""
    content, folder = _said_by_file(config, environ, working_folder)
    if not content:
        return {}, folder
    from hotline_batch.settings.load import readable_values  # noqa: PLC0415 - where no file says anything, it is not needed

    return readable_values(content, LOG_KEYS), folder


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other) if path.exists() and other.exists() else path.absolute() == other.absolute()
    except (OSError, ValueError):
        return False


def _holds_no_text(path: Path) -> bool:
    """A workbook, a ledger and the like: they hold zero bytes near their beginning."""
    with path.open("rb") as file:
        return b"\0" in file.read(4096)
