"""The program -> every sentence that it says in the reader's language, and the room that says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from jinja2.ext import babel_extract

from hotline_batch.issues.words import RECORDS
from reference.languages.python_source import Sentence, sentences_of_python

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "hotline_batch"
_WITH_PLURAL = ("ngettext", "plural_words")
_IN_TEMPLATES = ("_", "gettext", "words", *_WITH_PLURAL)
_TEMPLATES = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}


def template_catalog() -> Catalog:
    """Every sentence, untranslated."""
    catalog = Catalog(project="hotline-batch", charset="utf-8")
    for room, sentence in _sentences():
        known = catalog.get(sentence)
        where = [] if known and (room, 0) in known.locations else [(room, 0)]
        catalog.add(sentence, locations=where)
    return catalog


def _sentences() -> Iterator[tuple[str, Sentence]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        for sentence in sentences_of_python(file.read_text("utf-8"), name):
            yield name, sentence
    for file in sorted(PACKAGE.rglob("*.j2")):
        name = file.relative_to(ROOT).as_posix()
        for sentence in _sentences_of_template(file):
            yield name, sentence
    for sentence in _sentences_of_issues():
        yield "hotline_batch/issues", sentence


def _sentences_of_template(file: Path) -> Iterator[Sentence]:
    with file.open("rb") as opened:
        for _, function, message, _ in babel_extract(opened, _IN_TEMPLATES, (), _TEMPLATES):
            if function in _WITH_PLURAL:
                one, several = message[:2]
                assert isinstance(one, str)  # noqa: S101 - Jinja's extension writes literals
                assert isinstance(several, str)  # noqa: S101 - the same
                yield one, several
            else:
                said = message[0] if isinstance(message, tuple) else message
                if isinstance(said, str):  # a variable is marked where it comes from
                    yield said


def _sentences_of_issues() -> Iterator[str]:
    """Records are data, and all that stands in them is for people, but their names."""
    for record in RECORDS.values():
        yield from filter(
            None, (record.meaning, record.advice, record.delivered, record.again, record.task, *record.cases.values())
        )
