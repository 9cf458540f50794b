"""One statement for many rows: a server gets it once for all of them, a file runs it for one after the other.

Statements of short transactions are not pipelined (see ``postgresql``), so to a server each of them is a way of its
own: with 9 rows a commit, nearly half of its time went into four statements for each of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

_SOURCE = re.compile(r"(?:\bfrom|,) told\b(?!\.)")
_ANY = re.compile(r"\bany\(told\.(\w+)\)")
_VALUE = re.compile(r"\btold\.(\w+)")


class ForEachRow:
    """A statement over rows that are given to it as the table ``told``; other parameters are the same for all rows.

    ``told.x`` is a row's value, ``any(told.x)`` that of any of the rows: with it a server finds what it is about by an
    index, whatever it believes of a table. ``types`` are those of the columns of ``told``, by PostgreSQL's names.
    """

    def __init__(self, statement: str, **types: str) -> None:
        self._types = types
        arrays = {name: f"cast(:{name} as {of}[])" for name, of in types.items()}
        told = f"unnest({', '.join(arrays.values())}) as told({', '.join(arrays)})"
        at_once = _ANY.sub(lambda found: f"any({arrays[found[1]]})", statement)
        self._at_once = text(_SOURCE.sub(lambda found: f"{found[0].removesuffix('told')}{told}", at_once))
        self._for_one = _VALUE.sub(r":\1", _ANY.sub(r"told.\1", _SOURCE.sub("", statement)))

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, object]], **shared: object) -> None:
        """Run it for all rows, in their order; to a server no two of them are one row of the table."""
        if not rows:
            return
        if connection.dialect.name == "postgresql":
            values = {name: [_for_array(of, row[name]) for row in rows] for name, of in self._types.items()}
            connection.execute(self._at_once, {**shared, **values})
        else:
            # SQLite knows the names itself: that SQLAlchemy puts each row in order costs as much as storing it.
            connection.exec_driver_sql(self._for_one, [{**shared, **row} for row in rows])


def _for_array(of: str, value: object) -> object:
    """The driver takes no list of whole numbers and others together."""
    return float(value) if of == "float8" and isinstance(value, int) else value
