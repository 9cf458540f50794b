"""The service's record of a whole storm, by run and message: counted once, asked for every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.promise.promise_model import Key, RunModel, Truth
from tests.support.processes.journey import read_sheet
from tests.support.service.hostile_server import HostileServer


class Record(Truth):
    """As ``Truth``, for thousands of rows; ``runs`` gives the run of a command, by the command's User-Agent."""

    def __init__(self, server: HostileServer, runs: Mapping[str, str]) -> None:
        super().__init__(server)
        names = {request.number: request.field("user-agent") for request in server.requests}
        self._requests = Counter(
            (runs.get(names[request.number]), _key_of(request.content)) for request in server.requests
        )
        self._copies = Counter(
            (runs.get(names[event.request]), (event.user_id, event.message)) for event in server.applied
        )
        self._runs = runs
        self.everywhere = Counter((event.user_id, event.message) for event in server.applied)

    def requests(self, commands: set[str], key: Key) -> int:
        return self._requests[self._run_of(commands), key]

    def copies(self, commands: set[str], key: Key | None) -> int:
        return self._copies[self._run_of(commands), key] if key else 0

    def _run_of(self, commands: set[str]) -> str | None:
        return next((self._runs[name] for name in commands), None)


def wrong_skips(run: RunModel, record: Record) -> list[str]:
    """Rows that are skipped as already sent although nobody has them."""
    return [
        f"row {row.number}: skipped as {seen['hotline_error_code']}, but it is in no topic"
        for row, seen in zip(run.rows, run.seen, strict=True)
        if (seen["hotline_status"], seen["hotline_error_code"]) == ("skipped", "already_sent")
        and row.key
        and not record.everywhere[row.key]
    ]


def look(run: RunModel, path: Path) -> None:
    """Read a result sheet of the run."""
    run.seen = read_sheet(path)


def _key_of(content: Mapping[str, object]) -> Key:
    return int(str(content["user_id"])), str(content["message"])
