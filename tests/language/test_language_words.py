"""Sentences with their parameters, numbers and moments in each language."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from hotline_batch.language import formats
from hotline_batch.language import languages as known_languages
from hotline_batch.language.languages import languages, reading_in
from hotline_batch.language.words import filled, in_every_language, plural_words, words

NOON = 1_795_608_000.0
"""25 Nov 2026, 12:00 UTC."""


def test_what_nobody_translated_is_said_in_english() -> None:
    """A sentence that a catalogue lacks is better than none."""
    with reading_in("de"):
        assert "Nobody says this of 3 rows." == words("Nobody says this of {count:row|rows}.", count=3)


def test_a_number_knows_the_forms_of_what_is_counted() -> None:
    """As many as the language has; a zero has the form of many."""
    forms = "{count:строка|строки|строк}"

    with reading_in("ru"):
        told = [filled(forms, {"count": count}) for count in (0, 1, 2, 5, 11, 21, 1234)]

    assert ["0 строк", "1 строка", "2 строки", "5 строк", "11 строк", "21 строка", "1\u00a0234 строки"] == told


def test_a_plain_number_is_a_name_and_has_no_separators() -> None:
    """Row 12345 is called so by the spreadsheet program."""
    with reading_in("de"):
        assert "Row 12345 of 20.000" == words("Row {row} of {all:,}", row=12345, all=20_000)


def test_times_are_told_in_hours_where_they_are_long() -> None:
    """Minutes up to two hours."""
    assert "a pause of 90 minutes" == words("a pause of {pause:time}", pause=90)
    assert "a pause of 3 hours" == words("a pause of {pause:time}", pause=121)


def test_a_sentence_without_parameters_may_hold_braces() -> None:
    """Such as the placeholder of a template."""
    assert "Write {{ name }}." == words("Write {{ name }}.")


def test_a_parameter_that_is_missing_is_a_fault() -> None:
    """It is not left open in front of a person."""
    with pytest.raises(KeyError):
        words("Row {row} of {sheet}", row=2)


def test_a_sentence_about_so_many_says_one_or_several() -> None:
    """For those that do not begin with the number."""
    assert "It arrived." == plural_words("It arrived.", "All {count} arrived.", 1)
    assert "All 1,200 arrived." == plural_words("It arrived.", "All {count} arrived.", 1200)


@pytest.mark.parametrize(
    ("language", "number", "share", "moment", "several"),
    [
        ("en", "1,234,567", "42%", "25 Nov 2026, 12:00", "a, b and c"),
        ("de", "1.234.567", "42\u00a0%", "25.11.2026, 12:00", "a, b und c"),
        ("es", "1.234.567", "42\u00a0%", "25 nov 2026, 12:00", "a, b y c"),
        ("ru", "1\u00a0234\u00a0567", "42\u00a0%", "25 нояб. 2026\u202fг., 12:00", "a, b и c"),
    ],
)
def test_numbers_and_moments_are_written_as_the_language_writes_them(
    language: str, number: str, share: str, moment: str, several: str
) -> None:
    """By the rules of the Unicode CLDR."""
    with reading_in(language):
        assert number == formats.number(1_234_567)
        assert share == formats.percent(0.42)
        assert moment == formats.day_and_time(NOON, UTC).replace("\u00a0г", "\u202fг")
        assert several == formats.list_of(["a", "b", "c"])


def test_a_sentence_is_known_in_every_language() -> None:
    """For reading back what was written for another reader."""
    said = in_every_language("The user id is missing.")

    assert len(languages()) == len(said)
    assert "The user id is missing." == said[0]


def test_a_fifth_language_is_one_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A catalogue alone makes it one that can be wished for, with its own plurals."""
    file = tmp_path / "pl" / "LC_MESSAGES" / "hotline_batch.po"
    file.parent.mkdir(parents=True)
    file.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "{count:row|rows} left"\nmsgstr "{count:wiersz|wiersze|wierszy}"\n',
        "utf-8",
    )
    monkeypatch.setattr("hotline_batch.language.languages.CATALOGUES", tmp_path)
    known_languages.languages.cache_clear()
    try:
        with reading_in(known_languages.meant_by("pl_PL.UTF-8") or ""):
            told = [words("{count:row|rows} left", count=count) for count in (1, 3, 5)]
    finally:
        known_languages.languages.cache_clear()

    assert ["1 wiersz", "3 wiersze", "5 wierszy"] == told
