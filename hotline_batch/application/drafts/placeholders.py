"""A column's name -> the placeholder that stands for its cell in a message, as people would write it."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(r"[^\W\d]\w*")
# Words of the template language, and names that mean something else in it.
_TAKEN: Final = frozenset(
    "and else false False if import in is loop none None not or range recursive row self super true True".split()
)


def placeholder(column: str) -> str:
    """``{{ Vorname }}``; ``{{ row["Vor-Name"] }}`` for what the template language would read as something else."""
    if _PLAIN.fullmatch(column) and column not in _TAKEN and column.isidentifier():
        return f"{{{{ {column} }}}}"
    escaped = column.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    # Braces would end the placeholder.
    return f'{{{{ row["{escaped.replace("{", "\\x7b").replace("}", "\\x7d")}"] }}}}'
