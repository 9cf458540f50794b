"""The pictures of the page: one of every screen, each shown and told in words, and small enough for a clone."""

from __future__ import annotations

import re

from tests.browser.pictures import FOLDER, PICTURES, SUFFIX
from tests.docs import pages

MOST_BYTES = 1_500_000
SHOWN = re.compile(r"!\[([^\]]*)\]\(images/([\w-]+)\.webp\)")


def test_every_picture_is_there_and_no_other() -> None:
    """Where one is missing, run: python -m tests.browser.pictures"""
    found = {path.name for path in FOLDER.iterdir()}

    assert {f"{name}{SUFFIX}" for name in PICTURES} == found
    assert all(path.read_bytes()[8:12] == b"WEBP" for path in FOLDER.iterdir())


def test_every_picture_is_shown_with_words_for_those_who_do_not_see_it() -> None:
    """By a page that people wrote."""
    shown = [found for page in pages.names() for found in SHOWN.findall(pages.text_of(page))]

    assert set(PICTURES) == {name for _, name in shown}
    assert all(len(words) > 15 for words, _ in shown)


def test_pictures_are_small_enough_for_a_clone() -> None:
    """All of them together."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES
