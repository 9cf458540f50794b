"""A language in which every sentence stands in brackets, so that words which nobody marked are found.

What a sentence is filled in with stands outside of them, so that words which come as a parameter are found as well.
``escaped`` gives what is left of a text when the sentences of this language, numbers and known names are taken away.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from gettext import NullTranslations

import pytest

_OPEN, _CLOSED = "⟦", "⟧"
_INNERMOST = re.compile(f"{_OPEN}[^{_OPEN}{_CLOSED}]*{_CLOSED}")
_OF_TEMPLATES = re.compile(r"(%\(\w+\)s)")
_FORMATTER = string.Formatter()
_WORD = re.compile(r"[^\W\d_]{2,}")


def _bracketed(message: str) -> str:
    if _OF_TEMPLATES.search(message):
        parts = _OF_TEMPLATES.split(message)
        return "".join(part if at % 2 else _in_brackets(part) for at, part in enumerate(parts))
    try:
        parsed = list(_FORMATTER.parse(message))
    except ValueError:  # it takes no parameters, and holds braces
        parsed = []
    if not any(name for _, name, _, _ in parsed):
        return _in_brackets(message)
    return "".join(_piece(*piece[:3]) for piece in parsed)


def _piece(text: str, name: str | None, form: str | None) -> str:
    said = _in_brackets(text.replace("{", "{{").replace("}", "}}"))
    if name is None:
        return said
    forms = "|".join(map(_in_brackets, form.split("|"))) if form and "|" in form else form
    return f"{said}{{{name}:{forms}}}" if forms else f"{said}{{{name}}}"


def _in_brackets(text: str) -> str:
    return f"{_OPEN}{text}{_CLOSED}" if text else ""


class _Bracketed(NullTranslations):
    """Says everything in English, in brackets."""

    def gettext(self, message: str) -> str:
        return _bracketed(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _bracketed(msgid1 if n == 1 else msgid2)


def speak_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, in this test."""
    monkeypatch.setattr("hotline_batch.language.words.catalogue_of", lambda _language: _Bracketed())


def escaped(text: str, known: Iterable[str] = (), typed: re.Pattern[str] | None = None) -> list[str]:
    """The lines in which words stand outside of every sentence, but for those of ``known`` or of the form ``typed``."""
    before = ""
    while before != text:
        before, text = text, _INNERMOST.sub(" ", text)
    for name in sorted(known, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", " ", text)
    text = typed.sub(" ", text) if typed else text
    return [line.strip() for line in text.splitlines() if _WORD.search(line)]
