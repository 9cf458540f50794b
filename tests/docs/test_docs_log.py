"""The page about the log names every event that the program writes, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.docs import pages
from tests.docs.messages import PACKAGE

_SPEAKERS = {"_log", "self"}
_WAYS = {"debug", "info", "warning", "error", "exception", "critical", "log", "_say"}
# A field that holds words of others could carry a text or a key into the log.
_WORDS_OF_OTHERS = {"text", "content", "body", "reply", "headers", "cells", "phone", "title", "url"}


def calls() -> Iterator[ast.Call]:
    """Every call in the package that writes a line."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Attribute(ast.Name(speaker), way)) if speaker in _SPEAKERS and way in _WAYS:
                    yield node


def events() -> set[str]:
    """The words of each."""
    words = set()
    for call in calls():
        texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        words |= set(texts[:1])
    return words


def test_every_event_of_the_log_stands_on_its_page() -> None:
    """With what it tells."""
    described = re.findall(r"^\| (`[^|]*) \|", pages.text_of("logging.md").partition("### Events")[2], re.MULTILINE)

    assert events() == {name for cell in described for name in re.findall(r"`([^`]+)`", cell)}
    assert 40 < len(events())


def test_an_event_is_fixed_words() -> None:
    """What differs from line to line is a field: so it can be searched, and no text of a customer comes into it."""
    assert [] == [event for event in events() if not re.fullmatch(r"[a-z]+( [a-z]+)*", event)]


def test_no_field_is_for_words_of_others() -> None:
    """Codes, numbers and names of files; never what a cell, a message or an answer holds."""
    keys = {
        key.value
        for call in calls()
        for found in ast.walk(call)
        if isinstance(found, ast.Dict)
        for key in found.keys
        if isinstance(key, ast.Constant)
    }

    assert keys
    assert set() == keys & _WORDS_OF_OTHERS


def test_examples_of_the_page_are_lines_of_the_log() -> None:
    """In the form of today."""
    lines = re.findall(r"^    (\d{4}-.*)$", pages.text_of("logging.md"), re.MULTILINE)

    assert 4 == len(lines)
    for line in lines:
        words, _, fields = line.split(maxsplit=2)[2].partition(" run=")
        assert words in events()
        assert re.fullmatch(r"\S+ row=17 connection=support_bot( \w+=\S+)* process=4711", fields)
