"""A pretend Hotline Topics API on raw sockets that misbehaves on demand and keeps its own record of what it applied."""

from __future__ import annotations

import ssl
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.service.certificates import Certificate, authority
from tests.support.service.connection import Connection, ConnectionGone, Head
from tests.support.service.exchange import Exchange, render, to_json
from tests.support.service.faults import ANSWER_WELL, CATALOGUE, named
from tests.support.service.faults.fault import Applied, Fault, Stage, Verdict
from tests.support.service.listening import Listening
from tests.support.service.pretend_api import PATH, Credentials, GoodAnswer, key_of, parse, respond
from tests.support.service.rate_limit import RateLimit, ToldWaits, most_in_any_window
from tests.support.service.schedule import Chooser, Key, Schedule, Turn, chooser_from
from tests.support.service.truth import AppliedMessage, ReceivedRequest, Truth, duplicates

__all__ = [
    "CATALOGUE", "Applied", "Certificate", "Credentials", "Fault", "HostileServer", "RateLimit", "Stage", "Turn",
    "Verdict", "named",
]  # fmt: skip


class HostileServer:
    """Context manager. Answers well unless a rule says otherwise; see ``fault_next`` and its neighbours.

    ``port`` 0 takes a free one. ``tls`` shows that certificate; clients trust ``authority().write_ca_file(path)``.
    ``schedule`` chooses by Turn, or maps a user id (or ``group/topic``) to its faults. ``log`` gets a JSON line for
    each request and each applied message. An error in the server itself is raised when the context ends.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        tls: Certificate | str | None = None,
        schedule: Chooser | Mapping[Key, Fault | Sequence[Fault]] | None = None,
        rate_limit: RateLimit | None = None,
        credentials: Credentials | None = None,
        log: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port = port
        self.credentials = credentials or Credentials()
        self.rate_limit = rate_limit
        self.truth = Truth(clock, log)
        self.handshake_failures = 0
        self.auth_failures = 0
        self._clock = clock
        self._tls = authority().server_context(Certificate(tls)) if tls else None
        self._schedule = Schedule(chooser_from(schedule))
        self._told = ToldWaits(clock)
        self._request_numbers = 0
        self._lock = threading.Lock()
        self._late: dict[int, Exchange] = {}
        self._listening = Listening(port, self._serve, self.truth.notify)

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> Self:
        self.come_back()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._listening.errors and error is None:
            raise ExceptionGroup("The stand-in itself failed", self._listening.errors)

    @property
    def url(self) -> str:
        """The endpoint to give to a client."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}{PATH}"

    def come_back(self) -> None:
        """Listen again, on the same port."""
        self._listening.come_back()
        self.port = self._listening.port

    def go_down(self, *, spared: Connection | None = None) -> None:
        """Refuse new connections and end the open ones, as a killed process does; ``come_back`` undoes it."""
        self._listening.go_down(spared=spared)

    def close(self) -> None:
        """Stop for good: end every connection and thread. Late postings that are not due yet never happen."""
        self._listening.close()
        self.truth.close()

    def wait_unless_stopped(self, seconds: float) -> bool:
        """Wait; True where the server is being stopped."""
        return self._listening.stopping.wait(seconds)

    # ── what is to go wrong ──────────────────────────────────────────────────────────────────────────────────────────

    def fault_next(self, fault: Fault, times: int = 1) -> None:
        """The next ``times`` requests meet the fault (connections, for a fault of connections)."""
        self._schedule.add_next(fault, times)

    def fault_for(self, key: Key, *faults: Fault, times: int = 1) -> None:
        """The next requests for this user id (or ``group/topic``) meet these faults, one each, ``times`` over."""
        self._schedule.add_for_key(key, faults * times)

    def fault_on_request(self, number: int, fault: Fault) -> None:
        """The n-th request overall, from 1 (the n-th connection, for a fault of connections)."""
        self._schedule.add_for_number(number, fault)

    def share(self, faults: Sequence[Fault], share: float, seed: int) -> None:
        """The first request of this share of users meets one of the faults, by a lot that threads cannot change."""
        self._schedule.add_share(faults, share, seed)

    def heal(self) -> None:
        """Forget every planned fault."""
        self._schedule.forget()

    def apply_late_now(self) -> int:
        """Do all late postings at once, as if their time had come; how many there were."""
        with self._lock:
            late = list(self._late)
        return sum(self._apply_if_waiting(number) for number in late)

    # ── what happened ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def connections(self) -> int:
        """How many connections were accepted."""
        return self._listening.connections

    @property
    def applied(self) -> list[AppliedMessage]:
        """Every message that operators see, in order."""
        return list(self.truth.applied)

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Every request that arrived whole, in order."""
        return list(self.truth.requests)

    @property
    def early_retries(self) -> int:
        """Requests that came before a told wait was over."""
        return self._told.early_retries + (self.rate_limit.early_retries if self.rate_limit else 0)

    def most_requests_in(self, seconds: float) -> int:
        """The largest number of requests in any window of that length."""
        return most_in_any_window([request.at for request in self.requests], seconds)

    def forget_told_waits(self) -> None:
        """The client that was told to wait has died, perhaps before it could write that down."""
        self._told.forget()

    def duplicates(self) -> dict[tuple[int, str], int]:
        """User and message -> copies, where there is more than one."""
        return duplicates(self.truth.applied)

    def applied_for(self, user_id: int) -> list[str]:
        """The messages in the topic of that user, in order."""
        return [event.message for event in self.applied if event.user_id == user_id]

    def wait_until(self, happened: Callable[[], bool], seconds: float = 90.0) -> None:
        """Wait for something that the server counts; raises TimeoutError where it does not happen."""
        if not self.truth.wait_until(happened, seconds):
            raise TimeoutError("It did not happen at the server in time.")

    # ── one connection ───────────────────────────────────────────────────────────────────────────────────────────────

    def _serve(self, connection: Connection) -> None:
        fault = self._schedule.for_connection(connection.number)
        if fault:
            fault.behave(Exchange(self, connection, fault))
        if connection.is_open and self._tls:
            self._shake_hands(connection, self._tls)
        while connection.is_open and not self._listening.stopping.is_set():
            head = connection.read_head()
            if head is None:
                break
            self._serve_request(connection, head)

    def _shake_hands(self, connection: Connection, context: ssl.SSLContext) -> None:
        try:
            connection.start_tls(context)
        except OSError as error:  # ssl.SSLError is one
            with self._lock:
                self.handshake_failures += 1
            raise ConnectionGone from error

    # ── one request ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _serve_request(self, connection: Connection, head: Head) -> None:
        with self._lock:
            self._request_numbers += 1
            number = self._request_numbers
        fault = self._schedule.for_head(number)
        if head.field("transfer-encoding"):
            connection.write(render(411, b"This stand-in reads Content-Length only", "text/plain"))
            connection.close()
        elif fault:
            fault.behave(Exchange(self, connection, fault, head))
        if not connection.is_open:
            return
        body = connection.read_body(head.body_length)
        # When it came to the machine: this thread may have had its turn a while later.
        late_seconds = connection.seconds_since_data if self._clock is time.monotonic else 0.0
        arrived_at = self._clock() - late_seconds
        content = parse(body, head.field("content-type"))
        key = key_of(content or {})
        fault = self._schedule.for_request(key, number, connection.number)
        self.truth.add_request(
            ReceivedRequest(
                number=number,
                connection=connection.number,
                at=arrived_at,
                method=head.method,
                path=head.path,
                fields=head.fields,
                body=body,
                content=content or {},
                fault=fault.name if fault else ANSWER_WELL.name,
            )
        )
        self._told.note_request(late_seconds)
        x_api_key, user_agent = head.field("x-api-key"), head.field("user-agent")
        good = respond(head.method, head.path, x_api_key, user_agent, content, self.credentials)
        if good.is_refused_key:
            with self._lock:
                self.auth_failures += 1
        wait = None
        if self.rate_limit and not good.is_refused_key:
            wait = self.rate_limit.wait_told(self._clock(), late_seconds)
        if wait is not None:
            connection.write(
                render(429, to_json({"message": "Too many requests"}), fields=[("Retry-After", str(wait))])
            )
        elif fault is None or good.is_refused_key:
            self._answer_well(connection, good, number)
        else:
            self._misbehave(Exchange(self, connection, fault, head, body, number, good))
        if head.field("connection").lower() == "close":
            connection.close()

    def _answer_well(self, connection: Connection, good: GoodAnswer, number: int) -> None:
        if good.message_for is not None:
            self.truth.add_applied(good.message_for, good.message, connection.number, number)
        body = good.body.encode() if isinstance(good.body, str) else to_json(good.body)
        connection.write(render(good.status, body, good.content_type, good.fields))

    def _misbehave(self, exchange: Exchange) -> None:
        good = exchange.good
        if exchange.fault.applied is Applied.YES and good.message_for is not None:
            self.truth.add_applied(good.message_for, good.message, exchange.connection.number, exchange.number)
        if exchange.fault.told_wait is not None:
            self._told.note_told(exchange.fault.told_wait)
        exchange.fault.behave(exchange)

    # ── late postings ────────────────────────────────────────────────────────────────────────────────────────────────

    def apply_late(self, exchange: Exchange) -> None:
        """Post the message of this exchange after its fault's seconds, whatever became of the connection."""
        with self._lock:
            self._late[exchange.number] = exchange
        self._listening.start(self._apply_when_due, exchange.number, exchange.fault.seconds)

    def _apply_when_due(self, number: int, seconds: float) -> None:
        if not self._listening.stopping.wait(seconds):
            self._apply_if_waiting(number)

    def _apply_if_waiting(self, number: int) -> bool:
        with self._lock:
            exchange = self._late.pop(number, None)
        if exchange is None or exchange.good.message_for is None:
            return False
        self.truth.add_applied(exchange.good.message_for, exchange.good.message, exchange.connection.number, number)
        return True


if __name__ == "__main__":
    from tests.support.service.command_line import main

    sys.exit(main())
