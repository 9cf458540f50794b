"""A language -> its sentences, as gettext looks them up."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO

from hotline_batch.language.languages import SOURCE, catalogue_file


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
