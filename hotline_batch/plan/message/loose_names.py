"""What a placeholder holds -> whether it is the name of a column that Jinja2 would read as something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from hotline_batch.model.sheets import header_form
from hotline_batch.plan.message.template_language import NAMES_OF_JINJA

WORDS_OF_JINJA: Final = frozenset({"and", "else", "if", "in", "is", "not", "or"})
"""What stands between the values of an expression."""

_VALUES_OF_JINJA = frozenset({"range", "none", "None", "true", "True", "false", "False"})
_MEANT_OTHERWISE = WORDS_OF_JINJA | NAMES_OF_JINJA | _VALUES_OF_JINJA
_LIKE_A_NAME = re.compile(r"[\w\s-]+")
_MINUS = re.compile(r"\s-|-\s|--|^-|-$")


class LooseNames:
    """The names of a header. ``written`` are those that are no names in Jinja2, such as ``Vor Name`` or ``Kunden-ID``.

    What stands for a column exactly is one; otherwise ``-`` is a minus where it stands like one, or between columns.
    """

    def __init__(self, header: Sequence[str]) -> None:
        names = [name for name in header if name.strip()]
        self.written = {name for name in names if not name.isidentifier()}
        self._forms = {header_form(name) for name in names}
        self._loose = {header_form(name) for name in self.written}
        self._with_minus = {_without_blanks(name) for name in self.written if "-" in name}

    def means_column(self, inside: str) -> bool:
        """Whether this is a column, and has to be quoted."""
        if not inside or '"' in inside or "'" in inside:
            return False
        if inside.isidentifier():
            return inside in _MEANT_OTHERWISE and header_form(inside) in self._forms
        if inside in self.written:
            return True
        return (
            bool(_LIKE_A_NAME.fullmatch(inside)) and header_form(inside) in self._loose and not self._subtracts(inside)
        )

    def _subtracts(self, inside: str) -> bool:
        parts = [header_form(part) for part in inside.split("-")]
        if len(parts) == 1:
            return False
        if all(part in self._forms for part in parts):
            return True
        return bool(_MINUS.search(inside)) and _without_blanks(inside) not in self._with_minus


def _without_blanks(name: str) -> str:
    return re.sub(r"\s*-\s*", "-", " ".join(name.split())).casefold()
