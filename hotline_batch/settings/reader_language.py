"""Environment > hotline-batch.toml > the system -> the language that a process speaks.

Asked before everything else, so that what is wrong with the settings is said in it as well.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from hotline_batch.errors import SettingsError
from hotline_batch.language.languages import SOURCE, languages, meant_by, of_environment
from hotline_batch.language.words import words
from hotline_batch.settings.file.toml import file_content, here, settings_file

LANGUAGE_VARIABLE = "HOTLINE_BATCH_LANGUAGE"


def language_of_process(
    config: str | None = None, *, reads_file: bool = True, environ: Mapping[str, str] | None = None
) -> str:
    """The code of the language. What is wrong with a setting is said by whoever needs it; here it counts as not set."""
    environ = os.environ if environ is None else environ
    named = meant_by(environ.get(LANGUAGE_VARIABLE, ""))
    return named or (_in_file(config, environ) if reads_file else None) or of_environment(environ) or SOURCE


def checked_language(wish: str | None) -> str | None:
    """The code of the language that the setting names; None for none. SettingsError for one that is not known."""
    if wish is None or (language := meant_by(wish)):
        return language if wish is not None else None
    raise SettingsError(
        words("language: {wish} is not known. Write one of {known}.", wish=repr(wish), known=", ".join(languages()))
    )


def _in_file(config: str | None, environ: Mapping[str, str]) -> str | None:
    try:
        file = settings_file(config, environ, here())
        content = file_content(file) if file else {}
    except SettingsError:
        return None
    wish = content.get("language")
    return meant_by(wish) if isinstance(wish, str) else None
