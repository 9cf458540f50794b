"""A result sheet that is used as a sheet again -> the rows that need not be sent, by what it says of them itself."""

from __future__ import annotations

from collections.abc import Sequence

from hotline_batch.model import Job, Row, SendMessage, SkippedRow, Status

_OWN_COLUMNS = ("hotline_status", "hotline_run", "hotline_message")


class EarlierResult:
    """Reads our own columns of a result sheet. A row that was sent with another text than now is open again."""

    def __init__(self, header: Sequence[str]) -> None:
        names = [name.strip() for name in header]
        self._status, self._run, self._message = (names.index(name) if name in names else -1 for name in _OWN_COLUMNS)

    @property
    def is_one(self) -> bool:
        """Whether the header is that of a result sheet."""
        return self._status >= 0 and self._run >= 0

    def left_out(self, row: Row, job: Job) -> SkippedRow | None:
        """Why this row is not sent again; None for a row that is still open."""
        status = self._cell(row, self._status)
        if status not in {Status.SENT, Status.UNKNOWN} or not isinstance(job.request, SendMessage):
            return None
        message = self._cell(row, self._message)
        if message and message.replace("\r\n", "\n") != job.request.message:
            return None
        run = self._cell(row, self._run) or "an earlier run"
        if status == Status.SENT:
            return SkippedRow(row.number, "already_sent", f"The sheet itself says that this was sent, by run {run}.")
        reason = f"The sheet itself says that run {run} may have sent this."
        return SkippedRow(row.number, "possibly_sent", reason)

    @staticmethod
    def _cell(row: Row, index: int) -> str:
        return row.cells[index] if 0 <= index < len(row.cells) else ""
