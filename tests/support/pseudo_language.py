"""A language in which every sentence stands in brackets, so that words which nobody marked are found.

``escaped`` gives what is left of a text when the sentences of this language, numbers and known names are taken away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from gettext import NullTranslations

import pytest

_OPEN, _CLOSED = "⟦", "⟧"
_INNERMOST = re.compile(f"{_OPEN}[^{_OPEN}{_CLOSED}]*{_CLOSED}")
_WORD = re.compile(r"[^\W\d_]{2,}")


class _Bracketed(NullTranslations):
    """Says everything in English, in brackets."""

    def gettext(self, message: str) -> str:
        return f"{_OPEN}{message}{_CLOSED}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{_OPEN}{msgid1 if n == 1 else msgid2}{_CLOSED}"


def speak_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, in this test."""
    monkeypatch.setattr("hotline_batch.language.words.catalogue_of", lambda _language: _Bracketed())


def escaped(text: str, known: Iterable[str] = ()) -> list[str]:
    """The lines in which words stand outside of every sentence, but for those of ``known``."""
    before = ""
    while before != text:
        before, text = text, _INNERMOST.sub(" ", text)
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, " ")
    return [line.strip() for line in text.splitlines() if _WORD.search(line)]
