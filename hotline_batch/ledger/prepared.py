"""A statement and its database -> the driver's own SQL, put together once for a whole run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, TextClause


class Prepared:
    """A statement that is executed with every commit of a run.

    SQLAlchemy would look at the statement and at each set of values anew; that was half of the journal's time.
    """

    def __init__(self, statement: TextClause, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._as_driver_takes = _by_place(compiled.positiontup)

    def execute(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> int:
        """Execute with each of ``values``, which must hold one at least; the number of rows that were matched."""
        return connection.exec_driver_sql(self._sql, [self._as_driver_takes(each) for each in values]).rowcount

    def scalar(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first column of the first row; None where there is no row."""
        return connection.exec_driver_sql(self._sql, self._as_driver_takes(values)).scalar()


def _by_place(names: Sequence[str] | None) -> Callable[[Mapping[str, Any]], Any]:
    """Drivers take values by place (SQLite), in the order of ``names``, or by name (PostgreSQL, None)."""
    if not names:
        return lambda values: values
    if len(names) == 1:  # of one name alone itemgetter makes no tuple
        return lambda values: (values[names[0]],)
    return itemgetter(*names)


@cache
def prepared(statement: TextClause, dialect: Dialect) -> Prepared:
    """The statement for a database; the same object each time."""
    return Prepared(statement, dialect)
