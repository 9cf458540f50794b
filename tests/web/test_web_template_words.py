"""The templates of the page: every word that they hold is a sentence of the catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import hotline_batch
from hotline_batch.language.words import speak_in_templates

ROOMS = [Path(hotline_batch.__file__).parent / room for room in ("web/templates", "design")]
TEMPLATES = sorted(path for room in ROOMS for path in room.rglob("*.j2"))
SAID_BY = ("_", "gettext", "ngettext", "words", "plural_words")
# What stands in tags is no text; "Hotline batch" is the name of the program.
NO_TEXT = re.compile(r"<(script|style|code)\b.*?</\1>|<!?[^<>]*>|&\w+;|Hotline batch|\bCSV\b", re.DOTALL)
CLASS_OF_A_PAGE = re.compile(r"{% block width %}.*?{% endblock %}")
WORD = re.compile(r"[^\W\d_]{2,}")
# A word with a capital alone, two words, or one with a blank beside it.
SENTENCE = re.compile(r"\A[A-Z][a-z]+\Z|[^\W\d_]{2,} [^\W\d_]{2,}|\A [^\W\d_]{2,}|[^\W\d_]{2,} \Z")
COLUMNS = {"user_id", "message"}
ATTRIBUTES = {"autofocus", "checked", "open", "required", "selected"}
CLASSES = {"file-error", "is-off", "many", "second", "small-button", "status-not_attempted"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_a_template_is_said_in_the_language_of_the_reader(path: Path) -> None:
    """None stands between tags, and none is handed to a macro as it is."""
    assert [] == list(escaped_words(path.read_text("utf-8")))


def test_a_word_that_nobody_marked_is_found() -> None:
    """Between tags, and as the title of an alert."""
    found = escaped_words(
        '<p class="any">Not marked</p>{% call parts.alert("Neither this", "doubt") %}{% endcall %}{{ share ~ " done" }}'
    )

    assert {"Not marked", "Neither this", " done"} == set(found) - {"…"}


def escaped_words(source: str) -> Iterator[str]:
    """Texts outside of every sentence."""
    environment = Environment(autoescape=True)
    speak_in_templates(environment)
    tree = environment.parse(CLASS_OF_A_PAGE.sub("", source))
    said = {id(each) for call in tree.find_all(nodes.Call) if _says(call) for each in call.find_all(nodes.Node)}
    outputs = "".join(
        part.data if isinstance(part, nodes.TemplateData) else "…"
        for output in tree.find_all(nodes.Output)
        for part in output.nodes
    )
    for text in NO_TEXT.sub("\n", outputs).splitlines():
        if WORD.search(text) and text.strip() not in COLUMNS:
            yield text.strip()
    for constant in tree.find_all(nodes.Const):
        text = constant.value
        if id(constant) in said or not isinstance(text, str) or set(text.split()) <= ATTRIBUTES | CLASSES:
            continue
        if SENTENCE.search(text):
            yield text


def _says(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in SAID_BY
