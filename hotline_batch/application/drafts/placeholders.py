"""A column's name -> the placeholder that stands for its cell in a message, as people would write it."""

from __future__ import annotations

import re
from typing import Final

from hotline_batch.plan.message.template_language import NAMES_OF_JINJA

_PLAIN: Final = re.compile(r"[^\W\d]\w*")
# Words of the template language, and names that mean something else in it.
_TAKEN: Final = NAMES_OF_JINJA | {
    *("and", "else", "false", "False", "if", "import", "in", "is", "loop", "none", "None", "not", "or", "range"),
    *("recursive", "row", "true", "True"),
}
# What would end the text or the placeholder.
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "{": "\\x7b", "}": "\\x7d"}


def placeholder(column: str) -> str:
    """``{{ Vorname }}``; ``{{ row["Vor-Name"] }}`` for what the template language would read as something else."""
    if _PLAIN.fullmatch(column) and column not in _TAKEN and column.isidentifier():
        return f"{{{{ {column} }}}}"
    escaped = "".join(_ESCAPED.get(character, character) for character in column)
    return f'{{{{ row["{escaped}"] }}}}'
