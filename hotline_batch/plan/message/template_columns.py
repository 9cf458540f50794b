"""The text of a template -> the columns that it takes, whatever sheet it is for."""

from __future__ import annotations

import re
from typing import Final

from hotline_batch.errors import TemplateError
from hotline_batch.language.words import words
from hotline_batch.plan.message.template import MessageTemplate, UnknownColumn

MOST_COLUMNS: Final = 100

# ``{{ Order number }}``: a name of several words, which is read as one only where a column is called so.
_SEVERAL_WORDS = re.compile(r"\{\{[-+]?\s*([^\W\d]\w*(?:[ -]+\w+)+)\s*[-+]?\}\}")
_WORDS_OF_THE_LANGUAGE = frozenset({"and", "else", "if", "in", "is", "not", "or"})


def columns_of_template(source: str) -> tuple[str, ...]:
    """The columns in the order in which they are met. TemplateError for a template that fits no sheet."""
    named = (name for name in _SEVERAL_WORDS.findall(source) if not _WORDS_OF_THE_LANGUAGE & set(name.split()))
    header = list(dict.fromkeys(named))
    while len(header) <= MOST_COLUMNS:
        try:
            template = MessageTemplate(source, header)
        except UnknownColumn as unknown:
            header.append(unknown.column)
        else:
            return tuple(header[place] for place in template.columns)
    raise TemplateError(words("The template takes more than {most_columns} columns.", most_columns=MOST_COLUMNS))
