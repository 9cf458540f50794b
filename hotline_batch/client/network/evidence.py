"""One request's way out and its answer's way in -> proof that it was not delivered, or the lack of one.

A server can act on a JSON POST only once it holds the whole body. So the connection notes how far the body came:
while the last byte was never accepted by the kernel, nothing can have been delivered. Exception types do not tell
(the same ConnectionResetError is raised for a reset before the first byte and after the last); the socket does.

Nor does HTTP say which request an answer belongs to: over a connection in use, whatever comes next is taken for it. So
what came before its time, or with something behind it, is no answer to be trusted there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from hotline_batch.errors import Delivery


class Stage(Enum):
    """How far a request came."""

    NOT_STARTED = "not started"
    HEAD = "head on its way"
    BODY_OFFERED = "body handed to the kernel"
    BODY_REFUSED = "body not accepted whole"


class StrayAnswer(Exception):
    """Over a connection in use, something came that is not the answer to this request, or may not be."""


class Withheld(Exception):
    """Whoever asked for a request did not let it leave any more: certainly not delivered. ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def unconditionally() -> None:
    """A request leaves whenever it is ready."""


@dataclass(slots=True, eq=False)
class Exchange:
    """The evidence of one request.

    ``before_it_leaves`` is called right before any of its bytes are handed over, and raises Withheld where they are not
    to be: a name, a connection and a proxy may have taken their time, and the process may have slept in it.
    ``answer_deadline`` is when its answer must be complete (monotonic seconds). ``over_used_connection``: another
    request went over the same connection before. ``answered_too_early``: the answer began before the other side had the
    whole request. ``more_followed``: there was something behind the answer. ``ended_monotonic`` and ``ended_wall`` are
    set once the answer was read to its end.
    """

    reply_seconds: float
    before_it_leaves: Callable[[], None] = unconditionally
    stage: Stage = Stage.NOT_STARTED
    answer_deadline: float = float("inf")
    over_used_connection: bool = False
    answered_too_early: bool = False
    more_followed: bool = False
    ended_monotonic: float | None = None
    ended_wall: float = 0.0

    @property
    def delivery_if_it_failed(self) -> Delivery:
        """``no`` where the body provably never left whole; ``maybe`` in every other case."""
        return Delivery.MAYBE if self.stage is Stage.BODY_OFFERED else Delivery.NO

    @property
    def answer_may_be_anothers(self) -> bool:
        """Whether what was read may answer an earlier request; before the first over a connection there is none."""
        return self.over_used_connection and (self.answered_too_early or self.more_followed)

    def start_waiting(self) -> None:
        """The request is out; the answer must be complete within ``reply_seconds`` from here."""
        self.answer_deadline = time.monotonic() + self.reply_seconds

    def end(self) -> None:
        """The answer was read to its end."""
        self.ended_monotonic, self.ended_wall = time.monotonic(), time.time()

    def leaves_usable(self, longest_idle_seconds: float) -> bool:
        """Whether another request may follow over the same connection.

        Not where the server may be closing it by now (a suspend shows on the wall clock alone), nor behind an answer
        that was not read to its end, came too early or had something behind it.
        """
        if self.ended_monotonic is None or self.answered_too_early or self.more_followed:
            return False
        idle_seconds = max(time.monotonic() - self.ended_monotonic, time.time() - self.ended_wall)
        return idle_seconds < longest_idle_seconds


class Body(bytes):
    """What is posted. It carries its own evidence along, to whichever connection it goes over."""

    exchange: Exchange

    @classmethod
    def of(cls, content: bytes, exchange: Exchange) -> Body:
        """``content``, watched by ``exchange``."""
        body = cls(content)
        body.exchange = exchange
        return body
