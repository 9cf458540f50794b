"""A statement and its database -> the driver's own SQL, put together once for a whole run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, TextClause
from sqlalchemy.exc import DBAPIError


class Prepared:
    """A statement that is executed with every commit of a run.

    SQLAlchemy would look at the statement and at each set of values anew, and make a context and a result for each
    execution; that was three quarters of the journal's time.
    """

    def __init__(self, statement: TextClause, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._as_driver_takes = _by_place(compiled.positiontup)

    def execute(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> int:
        """Execute with each of ``values``, which must hold one at least; the number of rows that were matched."""
        taken = list(map(self._as_driver_takes, values))
        matched: int = driver_cursor(connection, lambda cursor: cursor.executemany(self._sql, taken)).rowcount
        return matched

    def scalar(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first column of the first row; None where there is no row."""
        taken = self._as_driver_takes(values)
        row = driver_cursor(connection, lambda cursor: cursor.execute(self._sql, taken)).fetchone()
        return row[0] if row else None


def driver_cursor(connection: Connection, use: Callable[[Any], object]) -> Any:
    """A new cursor of the driver, used; what the driver raises is raised as SQLAlchemy's DBAPIError."""
    cursor = connection.connection.cursor()
    try:
        use(cursor)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(None, None, error) from None
    return cursor


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
