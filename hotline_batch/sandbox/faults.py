"""Mishaps: which requests meet one, what is delivered all the same, and what the client gets to see.

A mishap is planned for the next requests (of everybody, of one user, into one topic) or falls on a share of all
requests. Shares are drawn from the seed, the action, whom it is about and how often that was asked before. So a run can
be reproduced whatever order its requests arrive in, and a second attempt has luck of its own.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType

from hotline_batch.sandbox.reply import Reply, html_reply, json_reply, too_many_requests


class Delivered(StrEnum):
    """Whether the message is posted; ``LATER`` is once the client has given up waiting."""

    NO = "no"
    YES = "yes"
    TWICE = "twice"
    LATER = "later"


class Ending(StrEnum):
    """What happens on the wire instead of an answer, or to the answer."""

    CLOSE = "closes the connection without a byte of an answer"
    RESET = "resets the connection without a byte of an answer"
    SILENCE = "never answers"
    HALF_HEADERS = "closes the connection within the headers of the answer"
    HALF_BODY = "closes the connection within the body of the answer"
    TRICKLE = "sends the answer byte by byte, four a second"
    AS_USUAL = "answers as if all were well"


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way in which a request may go wrong."""

    name: str
    delivered: Delivered
    ending: Ending | Reply

    @property
    def meaning(self) -> str:
        """One line for people."""
        match self.delivered:
            case Delivered.YES:
                effect = "posts the message"
            case Delivered.TWICE:
                effect = "posts the message, then once more"
            case Delivered.NO:
                effect = "does not post the message"
            case Delivered.LATER:
                effect = "posts the message only after the client has given up"
        match self.ending:
            case Reply(status=status, body=b""):
                return f"{effect}, answers {status} without a body"
            case Reply(status=status, body=body):
                return (
                    f"{effect}, answers {status} {'as a web page' if body.startswith(b'<') else body.decode('utf-8')}"
                )
            case Ending():
                return f"{effect}, {self.ending.value}"


_NOT_FOUND_PAGE = Reply(404, b"<pre>Cannot POST /webhook/topic_action</pre>", ((b"content-type", b"text/html"),))
_EMPTY = Reply(200, b"", ((b"content-type", b"application/json; charset=utf-8"),))
_ELSEWHERE = Reply(307, b"", ((b"location", b"/webhook/elsewhere"),))
_ERROR_IN_WORKFLOW = json_reply({"message": "Error in workflow"}, 500)

MISHAPS: Mapping[str, Mishap] = MappingProxyType(
    {
        mishap.name: mishap
        for mishap in (
            Mishap("lost_reply", Delivered.YES, Ending.CLOSE),
            Mishap("reset_after_delivery", Delivered.YES, Ending.RESET),
            Mishap("timeout_after_delivery", Delivered.YES, Ending.SILENCE),
            Mishap("late_delivery", Delivered.LATER, Ending.SILENCE),
            Mishap("timeout", Delivered.NO, Ending.SILENCE),
            Mishap("closed_early", Delivered.NO, Ending.CLOSE),
            Mishap("reset_early", Delivered.NO, Ending.RESET),
            Mishap("half_headers", Delivered.YES, Ending.HALF_HEADERS),
            Mishap("half_reply", Delivered.YES, Ending.HALF_BODY),
            Mishap("slow_reply", Delivered.YES, Ending.TRICKLE),
            Mishap("rate_limit", Delivered.NO, too_many_requests(1)),
            Mishap("server_error", Delivered.YES, _ERROR_IN_WORKFLOW),
            Mishap("server_error_before", Delivered.NO, _ERROR_IN_WORKFLOW),
            Mishap("empty_reply", Delivered.YES, _EMPTY),
            Mishap("workflow_started", Delivered.YES, json_reply({"message": "Workflow was started"})),
            Mishap("bad_gateway", Delivered.NO, html_reply(502, "Bad Gateway")),
            Mishap("unavailable", Delivered.NO, html_reply(503, "Service Temporarily Unavailable")),
            Mishap("gateway_timeout", Delivered.YES, html_reply(504, "Gateway Time-out")),
            Mishap("restarting", Delivered.NO, _NOT_FOUND_PAGE),
            Mishap("redirect", Delivered.NO, _ELSEWHERE),
            Mishap("posted_twice", Delivered.TWICE, Ending.AS_USUAL),
            Mishap("false_confirmation", Delivered.NO, Ending.AS_USUAL),
        )
    }
)


@dataclass(slots=True)
class _Appointment:
    """A mishap that waits for its requests; ``None`` matches every user or topic."""

    mishap: Mishap
    user_id: int | None
    topic_id: int | None
    times: int


class Faults:
    """Decides, for each request, which mishap it meets. Safe to plan from another thread while requests arrive."""

    def __init__(self, shares: Mapping[str, float] | None = None, seed: int = 0) -> None:
        self._shares = tuple((_known(name), _share(name, share)) for name, share in (shares or {}).items())
        total = math.fsum(share for _, share in self._shares)
        if total > 1:
            raise ValueError(f"The shares of the mishaps add up to {total:g}; together they are 1 at most.")
        self._seed = seed
        self._asked: Counter[tuple[str, object]] = Counter()
        self._appointments: deque[_Appointment] = deque()
        self._lock = threading.Lock()
        self.met: Counter[str] = Counter()

    def plan(self, name: str, *, user_id: int | None = None, topic_id: int | None = None, times: int = 1) -> None:
        """Let the next ``times`` requests (about this user, into this topic) meet the mishap of this name."""
        self._appoint(_known(name), user_id, topic_id, times)

    def lose_reply(self, *, user_id: int | None = None) -> None:
        """Post the message of the next request, then close the connection without an answer."""
        self.plan("lost_reply", user_id=user_id)

    def slow_down(self, retry_after_seconds: int) -> None:
        """Refuse the next request with 429 and this wait."""
        refusal = replace(MISHAPS["rate_limit"], ending=too_many_requests(retry_after_seconds))
        self._appoint(refusal, None, None, 1)

    def answer(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "application/json; charset=utf-8",
        *,
        headers: Mapping[str, str] | None = None,
        delivered: bool = False,
    ) -> None:
        """Let the next request get exactly this answer, and post its message or not."""
        fields = {**({"content-type": content_type} if content_type else {}), **(headers or {})}
        lines = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields.items())
        delivery = Delivered.YES if delivered else Delivered.NO
        self._appoint(Mishap("answer", delivery, Reply(status, body, lines)), None, None, 1)

    def clear(self) -> None:
        """Forget every planned mishap; shares stay."""
        with self._lock:
            self._appointments.clear()

    def meets(self, action: str, user_id: int | None, topic_id: int | None) -> Mishap | None:
        """The mishap of the request that arrives now, or None; counts it in ``met``."""
        if not self._appointments and not self._shares:
            return None
        with self._lock:
            mishap = self._appointed(user_id, topic_id) or self._drawn(
                action, user_id if topic_id is None else topic_id
            )
            if mishap is not None:
                self.met[mishap.name] += 1
            return mishap

    def _appoint(self, mishap: Mishap, user_id: int | None, topic_id: int | None, times: int) -> None:
        if times < 1:
            raise ValueError(f"A mishap is planned for one request or more, not for {times}.")
        with self._lock:
            self._appointments.append(_Appointment(mishap, user_id, topic_id, times))

    def _appointed(self, user_id: int | None, topic_id: int | None) -> Mishap | None:
        for appointment in self._appointments:
            if appointment.user_id in (None, user_id) and appointment.topic_id in (None, topic_id):
                appointment.times -= 1
                if appointment.times == 0:
                    self._appointments.remove(appointment)
                return appointment.mishap
        return None

    def _drawn(self, action: str, about: object) -> Mishap | None:
        if not self._shares:
            return None
        self._asked[action, about] += 1
        text = f"{self._seed}:{action}:{about}:{self._asked[action, about]}"
        lot = int.from_bytes(blake2b(text.encode("ascii", "replace"), digest_size=8).digest()) / 2**64
        for mishap, share in self._shares:
            if lot < share:
                return mishap
            lot -= share
        return None


def parse_shares(texts: Iterable[str]) -> dict[str, float]:
    """``lost_reply=0.05`` or ``lost_reply=5%`` as a person types them -> name and share from 0 to 1."""
    shares: dict[str, float] = {}
    for text in texts:
        name, _, share = (part.strip() for part in text.partition("="))
        _known(name)
        if name in shares:
            raise ValueError(f"The mishap {name} is named twice.")
        try:
            shares[name] = float(share.removesuffix("%")) / (100 if share.endswith("%") else 1)
        except ValueError:
            raise ValueError(f"'{text}' does not name a share. Write for example {name}=0.05 or {name}=5%.") from None
        _share(name, shares[name])
    return shares


def _known(name: str) -> Mishap:
    try:
        return MISHAPS[name]
    except KeyError:
        raise ValueError(f"There is no mishap '{name}'. Known are: {', '.join(MISHAPS)}.") from None


def _share(name: str, share: float) -> float:
    if not 0 <= share <= 1:
        raise ValueError(f"The share of {name} is {share:g}; it lies between 0 and 1.")
    return share
