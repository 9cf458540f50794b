"""English sentences with named parameters -> the same in the reader's language.

``{name}`` is filled in as it is; ``{count:,}`` is a number with the separators of the language, ``{count:row|rows}``
such a number with what is counted, in as many forms as the language has; ``{minutes:time}`` is a time in minutes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Protocol, TypeVar

from hotline_batch.language.formats import number, plural_place
from hotline_batch.language.languages import SOURCE, catalogue_file, language_of_reader, languages, reading_in


@cache
def catalogue_of(language: str) -> NullTranslations:
    """The sentences of a language; those that it lacks, and all of English, are what they are in the source."""
    if language == SOURCE:
        return NullTranslations()
    compiled = catalogue_file(language, "mo")
    if compiled.is_file():
        with compiled.open("rb") as file:
            return GNUTranslations(file)
    return _compiled_now(language)


def _compiled_now(language: str) -> NullTranslations:
    """The same in a source tree, where nothing was packed."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - an installed program goes without
    from babel.messages.pofile import read_po  # noqa: PLC0415 - the same

    with catalogue_file(language).open("rb") as file:
        catalogue = read_po(file, locale=language)
    made = BytesIO()
    write_mo(made, catalogue)
    made.seek(0)
    return GNUTranslations(made)


Marked = TypeVar("Marked")

LONG_MINUTES = 120
"""From here on a time is told in hours."""


def marked(sentences: Marked) -> Marked:
    """A sentence, or a table of sentences, as it is, noted for translation; ``words`` says it when it is shown."""
    return sentences


class Sentence(str):
    """A sentence as it was said, which knows how to be said again: an error that was raised for one reader may be shown
    to another, and the log is English.
    """

    __slots__ = ("forms", "parameters")

    forms: tuple[str, ...]
    parameters: Mapping[str, object]


def words(message: str, /, **parameters: object) -> str:
    """The sentence in the reader's language, its parameters filled in. KeyError where one is missing."""
    return _said((message,), parameters)


def plural_words(one: str, several: str, count: int, /, **parameters: object) -> str:
    """The sentence about so many; ``{count}`` is the number. For one that does not say the number, or not in front."""
    return _said((one, several), parameters | {"count": count})


def joined(sentences: Iterable[str]) -> str:
    """Sentences as one, each of which can still be said again."""
    parts = {f"part_{place}": sentence for place, sentence in enumerate(sentences)}
    return _said(("; ".join(f"{{{name}}}" for name in parts),), parts)


def said_again(text: str) -> str:
    """A sentence of ``words`` in the language of whoever reads now; any other text as it is."""
    if not isinstance(text, Sentence):
        return text
    parameters = {
        name: said_again(value) if isinstance(value, str) else value for name, value in text.parameters.items()
    }
    return _said(text.forms, parameters)


def in_english(text: str) -> str:
    """A sentence of ``words`` as a log keeps it; any other text as it is."""
    with reading_in(SOURCE):
        return said_again(text)


def _said(forms: tuple[str, ...], parameters: Mapping[str, object]) -> Sentence:
    match forms:
        case one, several:
            count = parameters["count"]
            assert isinstance(count, int)  # noqa: S101 - plural_words sees to it
            message = catalogue_of(language_of_reader()).ngettext(one, several, count)
            text = message.format_map(_numbers(parameters) | {"count": number(count)})
        case _:
            text = filled(translated(forms[0]), parameters)
    sentence = Sentence(text)
    sentence.forms, sentence.parameters = forms, parameters
    return sentence


def translated(message: str) -> str:
    """The sentence in the reader's language, its parameters still open."""
    return catalogue_of(language_of_reader()).gettext(message) if message else ""


def filled(sentence: str, parameters: Mapping[str, object]) -> str:
    """A sentence with its parameters. KeyError where one is missing, ValueError where one is of another kind."""
    return sentence.format_map(_numbers(parameters)) if parameters else sentence


def in_every_language(message: str) -> tuple[str, ...]:
    """How the sentence may have been written by whoever read another language, its parameters still open."""
    told = []
    for language in languages():
        with reading_in(language):
            told.append(translated(message))
    return tuple(told)


def _numbers(parameters: Mapping[str, object]) -> dict[str, object]:
    return {
        name: Counted(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in parameters.items()
    }


class Counted(int):
    """A number in a sentence, which knows the forms of what is counted."""

    def __format__(self, forms: str) -> str:
        if forms == "time":
            return _time(int(self))
        if forms == ",":
            return number(int(self))
        if "|" not in forms:
            return str(int(self))
        return f"{number(int(self))} {_form(forms.split('|'), int(self))}"


def _form(forms: list[str], count: int) -> str:
    return forms[min(plural_place(count), len(forms) - 1)]


def _time(minutes: int) -> str:
    if minutes < LONG_MINUTES:
        return words("{minutes:minute|minutes}", minutes=minutes)
    return words("{hours:hour|hours}", hours=math.ceil(minutes / 60))


class _SpeaksJinja(Protocol):
    globals: dict[str, object]

    def add_extension(self, extension: str) -> None: ...


def speak_in_templates(environment: _SpeaksJinja) -> None:
    """Let ``{% trans %}``, ``_("…")`` and ``words("…")`` of a Jinja environment speak the reader's language."""
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined] # the extension adds it
        translated,
        lambda one, several, count: catalogue_of(language_of_reader()).ngettext(one, several, count),
        newstyle=True,
    )
    environment.globals.update(words=words, plural_words=plural_words)
