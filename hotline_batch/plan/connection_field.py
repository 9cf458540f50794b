"""A row -> the connection that its message goes through. What is wrong goes into the findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hotline_batch.issues.issue import Issue
from hotline_batch.model import Connection
from hotline_batch.plan.row_findings import RowFindings
from hotline_batch.plan.visible_text import without_invisible_ends


class ConnectionField:
    """The column that names each row's connection; a blank cell means the default."""

    def __init__(
        self, header: Sequence[str], column: int | None, connections: Mapping[str, Connection], default: Connection
    ) -> None:
        self._column = column
        self._name = header[column] if column is not None else ""
        self._connections = connections
        self._default = default
        self._known: dict[str, Connection] = {"": default, **connections}

    def read(self, cells: Sequence[str], findings: RowFindings) -> Connection:
        """The row's connection; the default, with the reason among the findings, where there is none of that name."""
        if self._column is None or self._column in findings.unreadable:
            return self._default
        text = cells[self._column]
        connection = self._known.get(text)
        if connection is not None:
            return connection
        name = without_invisible_ends(text)
        connection = self._known.get(name) or self._alike(name)
        if connection is None:
            names = ", ".join(self._connections)
            findings.add(Issue("connection_unknown", parameters={"names": names}), self._name, text)
            return self._default
        return connection

    def _alike(self, name: str) -> Connection | None:
        alike = [connection for known, connection in self._connections.items() if known.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None
