"""What really happened at the service: requests received and messages applied -> the record that judges the client."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class AppliedMessage:
    """A message that operators really see. ``at`` is on the server's monotonic clock, in seconds."""

    user_id: int
    message: str
    at: float
    connection: int
    request: int


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that arrived whole. ``content`` is the JSON object, empty where the body is none.

    ``at`` is when its last byte came to the machine (the server's monotonic clock, in seconds).
    """

    number: int
    connection: int
    at: float
    method: str
    path: str
    fields: tuple[tuple[str, str], ...]
    body: bytes
    content: Mapping[str, object]
    fault: str

    def field(self, name: str) -> str:
        """The first header value under ``name`` (lower case), or an empty text."""
        return next((value for key, value in self.fields if key == name), "")


class Truth:
    """Thread-safe record; each event is also appended to ``log`` as one JSON line, where one is given."""

    def __init__(self, clock: Callable[[], float], log: Path | None = None) -> None:
        self.clock = clock
        self.applied: list[AppliedMessage] = []
        self.requests: list[ReceivedRequest] = []
        self._changed = threading.Condition()
        self._log: IO[str] | None = log.open("a", encoding="utf-8") if log else None

    def add_applied(self, user_id: int, message: str, connection: int, request: int) -> None:
        """Record that a message is in its topic now."""
        with self._changed:
            event = AppliedMessage(user_id, message, self.clock(), connection, request)
            self.applied.append(event)
            self._write(
                "applied", user_id=user_id, message=message, at=event.at, connection=connection, request=request
            )
            self._changed.notify_all()

    def add_request(self, request: ReceivedRequest) -> None:
        """Record that a request arrived whole. The log names the fault it met, and no key."""
        with self._changed:
            self.requests.append(request)
            content = {key: value for key, value in request.content.items() if key not in {"api_key", "instance"}}
            self._write("request", number=request.number, connection=request.connection, at=request.at,
                        method=request.method, path=request.path, content=content, fault=request.fault)  # fmt: skip
            self._changed.notify_all()

    def notify(self) -> None:
        """Wake those who wait for something that is counted elsewhere."""
        with self._changed:
            self._changed.notify_all()

    def wait_until(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait until ``happened()`` is true, which may itself ask the server; False where it takes longer."""
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end:
                return False
            with self._changed:
                self._changed.wait(0.01)
        return True

    def close(self) -> None:
        """Close the log."""
        with self._changed:
            if self._log:
                self._log.close()
                self._log = None

    def _write(self, event: str, **values: object) -> None:
        if self._log:
            self._log.write(json.dumps({"event": event, "time": time.time(), **values}, ensure_ascii=False) + "\n")
            self._log.flush()


def duplicates(applied: Sequence[AppliedMessage]) -> dict[tuple[int, str], int]:
    """User and message -> copies, for each message that was applied more than once."""
    copies = Counter((event.user_id, event.message) for event in applied)
    return {key: count for key, count in copies.items() if count > 1}


def read_applied(log: Path) -> list[AppliedMessage]:
    """The applied messages of a log that one or more servers wrote."""
    with log.open(encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    return [
        AppliedMessage(event["user_id"], event["message"], event["at"], event["connection"], event["request"])
        for event in events
        if event["event"] == "applied"
    ]
