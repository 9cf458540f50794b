"""`--language`: the language of whoever reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from hotline_batch.language.languages import languages, meant_by, speak
from hotline_batch.language.words import words
from hotline_batch.settings.process import language_of_process

_CHOSEN = "hotline_batch.language"


def speaks(context: click.Context, _option: click.Parameter, wish: str | None) -> None:
    """Speak the language that is wished for, from the help on."""
    if wish is None or context.resilient_parsing:
        return
    language = meant_by(wish)
    if language is None:
        raise click.BadParameter(words("There are no words in '{wish}'. Write one of {known}.", wish=wish,
                                       known=", ".join(languages())))  # fmt: skip
    context.meta[_CHOSEN] = language
    speak(language)


def speak_as_set(context: click.Context, options: Mapping[str, Any]) -> None:
    """Speak as variables, settings file and system say, where no option says otherwise."""
    if _CHOSEN not in context.meta:
        speak(language_of_process(options.get("config"), reads_file="config" in options))


def speak_as_the_system() -> None:
    """The same for help and for words about how a command is written, which read no file."""
    speak(language_of_process(reads_file=False, environ=os.environ))
