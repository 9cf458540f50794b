"""Catalogues: brought up to date with the program, and what is wrong with them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from io import BytesIO

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from hotline_batch.language.languages import SOURCE, catalogue_file, languages
from reference.languages.extraction import template_catalog

# What would differ from machine to machine and day to day, though no sentence did.
_DATES = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Generated-By|MIME-Version):.*\n',
    re.M,
)
_OF_PERCENT = re.compile(r"%\((\w+)\)s")
_FORMATTER = string.Formatter()


def read_catalogue(language: str) -> Catalog:
    """What is written for a language; empty for one that is begun."""
    file = catalogue_file(language)
    if not file.is_file():
        return Catalog(locale=language, project="hotline-batch", charset="utf-8")
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def write_catalogue(language: str, catalogue: Catalog) -> None:
    """Write it so that equal sentences make equal files, those of one room together."""
    written = BytesIO()
    write_po(written, catalogue, width=100, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    file = catalogue_file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_DATES.sub("", written.getvalue().decode("utf-8")), "utf-8", newline="\n")


def update_all() -> None:
    """Give every catalogue the sentences of now; what was translated stays, what nobody says any more goes."""
    template = template_catalog()
    for language in languages():
        if language != SOURCE:
            catalogue = read_catalogue(language)
            catalogue.header_comment = f"# Hotline batch in the language {language}. See docs/glossary.md."
            catalogue.update(template, no_fuzzy_matching=True)
            catalogue.fuzzy = False
            write_catalogue(language, catalogue)


def missing(language: str) -> list[Message]:
    """Sentences without a translation."""
    return [message for message in read_catalogue(language) if message.id and not _is_whole(message)]


def _is_whole(message: Message) -> bool:
    return not message.fuzzy and all(_translations(message))


def _translations(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def wrong_parameters(language: str) -> Iterator[str]:
    """Translations that do not fill in what their sentence does, or in another way."""
    for message in read_catalogue(language):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set[str]().union(*map(parameters_of, ids))
        for number, translation in enumerate(_translations(message)):
            # One of several forms may name its number in words, or not at all.
            lacking = wanted - parameters_of(translation) - ({"count"} if len(ids) > 1 else set())
            surplus = parameters_of(translation) - wanted
            if message.id and translation and (lacking or surplus):
                yield f"{ids[0]!r}, form {number}: lacks {sorted(lacking)}, has besides {sorted(surplus)}"


def parameters_of(sentence: str) -> set[str]:
    """The names that are filled in, with how they are told apart from a bare name: ``{count:row|rows}`` is counted."""
    if named := set(_OF_PERCENT.findall(sentence)):
        return named
    return {
        f"{name} counted" if "|" in (form or "") else f"{name} {form}".strip()
        for _, name, form, _ in _FORMATTER.parse(sentence)
        if name
    }
