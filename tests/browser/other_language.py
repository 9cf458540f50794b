"""A screen in another language: no word of English on it, nothing cut off in any window, nobody shut out.

What is English is known from the catalogues: a word of the sentences that the program is written in, which stands in
no sentence of the reader's language.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from hotline_batch.issues.words import RECORDS
from hotline_batch.language.languages import catalogue_file, reading_in
from hotline_batch.language.words import translated
from tests.browser.looks import barriers, cut_off
from tests.browser.visitor import DESK, TELEPHONE

PICTURES = os.environ.get("HOTLINE_TESTS_KEEP_PICTURES", "")
"""A folder for pictures of every screen, for whoever looks at them."""

_CODE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PARAMETER = re.compile(r"\{[^{}]*\}|%\(\w+\)[a-z]|<[^>]*>")
_FORMS = re.compile(r"\{\w+:([^{}]*\|[^{}]*)\}")
# Codes, texts of templates, messages, cells and the names of languages are what they are.
_READ = """(root) => {
  const copy = root.cloneNode(true);
  for (const each of copy.querySelectorAll('script, style, code, pre, .message, .languages, textarea')) {
    each.replaceWith(' ');
  }
  for (const each of copy.querySelectorAll('*')) each.append('\\n');
  const told = [...copy.querySelectorAll('[aria-label], [placeholder], [alt], [title], [data-name]')].flatMap((each) =>
    ['aria-label', 'placeholder', 'alt', 'title', 'data-name'].map((name) => each.getAttribute(name) || ''));
  return [document.title, copy.textContent, ...told].join('\\n');
}"""


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """Looks at screens in ``language``. ``names`` are of people, files and columns, and may be any words."""

    language: str
    names: frozenset[str] = frozenset()

    def __call__(self, english: str) -> str:
        """What the program says in the place of this sentence."""
        with reading_in(self.language):
            return translated(english)

    def look(self, page: Page, name: str) -> list[str]:
        """What is wrong with the screen that is shown, in the window of a desk and of a telephone."""
        page.wait_for_load_state()
        found = [] if page.locator("html").get_attribute("lang") == self.language else ["another language"]
        found += [f"English: {line}" for line in self.english_lines(page)]
        before = page.viewport_size
        for window, size in (("1280", DESK), ("390", TELEPHONE)):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            found += [f"{window}: {wrong}" for wrong in (*cut_off(page), *barriers(page))]
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{self.language}-{name}-{window}.png", full_page=True)
        if before:
            page.set_viewport_size(before)
        return [f"{name}: {wrong}" for wrong in found]

    def english_lines(self, page: Page) -> list[str]:
        """The lines of the screen, and of what is read out, in which an English word stands."""
        return list(self.english_in(page.locator("html").evaluate(_READ).splitlines()))

    def english_in(self, lines: Iterable[str]) -> Iterator[str]:
        """Those of the lines in which an English word stands, with the words."""
        english = english_words(self.language)
        for line in lines:
            rest = _CODE.sub(" ", line).strip()
            if rest.rpartition(" ")[2] in RECORDS:  # a code of one word, behind what it means
                rest = rest.rpartition(" ")[0]
            for name in sorted(self.names, key=len, reverse=True):
                rest = rest.replace(name, " ")
            words = sorted({word for word in _WORD.findall(rest.lower()) if word in english})
            if words:
                yield f"{' '.join(words)} in: {line.strip()}"


@cache
def english_words(language: str) -> frozenset[str]:
    """Words of the program's sentences that stand in none of that language's."""
    with catalogue_file(language).open("rb") as file:
        messages = [message for message in read_po(file, locale=language) if message.id]
    english = {word for message in messages for text in _texts(message.id) for word in _words(text)}
    own = {word for message in messages for text in _texts(message.string) for word in _words(text)}
    return frozenset(english - own)


def _texts(told: str | Iterable[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


def _words(text: str) -> list[str]:
    return _WORD.findall(_PARAMETER.sub(" ", _FORMS.sub(r" \1 ", text)).lower())
