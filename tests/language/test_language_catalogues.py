"""The catalogues are of the program as it is, whole, and fill in what their sentences do."""

from __future__ import annotations

import re

import pytest

from hotline_batch.language.languages import SOURCE, languages
from reference.languages.catalogues import missing, parameters_of, read_catalogue, wrong_parameters
from reference.languages.extraction import ROOT, template_catalog
from reference.languages.python_source import NotOneSentence, sentences_of_python

TRANSLATED = [language for language in languages() if language != SOURCE]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_holds_what_the_program_says(language: str) -> None:
    """No more and no less; ``python -m reference.languages`` brings it up to date."""
    said = {message.id for message in template_catalog() if message.id}
    known = {message.id for message in read_catalogue(language) if message.id}

    assert said == known


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    """In each plural form."""
    assert [] == [message.id for message in missing(language)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_fills_in_what_its_sentence_does(language: str) -> None:
    """No parameter is lost, misspelt or told otherwise, in no form."""
    assert [] == list(wrong_parameters(language))


def test_russian_says_how_many_also_in_the_form_of_one() -> None:
    """It is that of 21 and 31, too: of so many messages nobody may read that the message was delivered."""
    counting = [message for message in read_catalogue("ru") if isinstance(message.id, tuple)]
    counting = [message for message in counting if "count" in str(parameters_of(message.id[1]))]

    assert len(counting) > 10
    assert [] == [message.id for message in counting for text in message.string if "count" not in parameters_of(text)]


def second_words() -> list[tuple[str, str]]:
    """Language and word, as the glossary lists those that are not used."""
    listed = (ROOT / "docs" / "glossary.md").read_text("utf-8").partition("## Words that are not used")[2]
    lines = [line.strip("| ").split(" | ") for line in listed.splitlines() if line.startswith("| ")]
    return [(language, word) for language, words, _ in lines if language in TRANSLATED for word in words.split(", ")]


@pytest.mark.parametrize(("language", "word"), second_words())
def test_one_thing_has_one_word(language: str, word: str) -> None:
    """No catalogue says what the glossary rules out."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?!\w)", 0 if word[0].isupper() else re.IGNORECASE)
    said = [
        (text for text in ((message.string,) if isinstance(message.string, str) else message.string))
        for message in read_catalogue(language)
        if message.id
    ]

    assert [] == [text for texts in said for text in texts if pattern.search(text)]


def test_sentences_are_found_where_they_are_said() -> None:
    """Calls, plurals, and tables but for their keys."""
    source = """
words("one {thing}", thing=words("two"))
plural_words("{count} row", "{count} rows", count)
TABLE = marked({"key": "three", "other": ("four", "fi" "ve")})
words(TABLE["key"])
"""

    found = set(sentences_of_python(source, "some.py"))

    assert {"one {thing}", "two", ("{count} row", "{count} rows"), "three", "four", "five"} == found


@pytest.mark.parametrize("said", ['f"row {n}"', '"row " + n', '"one" if n else "two"'])
def test_a_sentence_that_is_put_together_is_refused(said: str) -> None:
    """Nobody could translate it."""
    with pytest.raises(NotOneSentence, match=r"some\.py, line 1"):
        list(sentences_of_python(f"words({said})", "some.py"))


def test_parameters_are_told_apart_by_how_they_are_filled_in() -> None:
    """A number with what is counted is another one than a bare number."""
    assert {"said", "found counted", "minutes time"} == parameters_of("{said} {found:a|b|c} {minutes:time}")
    assert {"count", "name"} == parameters_of("%(count)s of %(name)s")
    assert set() == parameters_of("nothing")
