"""An endpoint -> whether it can be reached and trusted, asked by one request without keys."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from ssl import cert_time_to_seconds
from typing import Any

import urllib3
from urllib3.util import Timeout

from hotline_batch.client.answers.classify import error_of
from hotline_batch.client.network.evidence import Exchange
from hotline_batch.client.network.failures import classify_failure
from hotline_batch.client.network.transport import Answer, TransportFailure, manager_for
from hotline_batch.client.redaction import Redactor
from hotline_batch.errors import EndpointMissing, RateLimited, Redirected, TurnedAway, UntrustedEndpoint
from hotline_batch.model.jobs import GetTopicInfo

_MOST_LOOKED_AT = 65_536
_ANOTHER_METHOD = 405
_NOTHING_ASKED = GetTopicInfo(0, 0)
_SAYS_POST = re.compile(rb"not registered for GET|\bPOST request", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reached:
    """What an answer without keys tells. ``clock_ahead_seconds`` is how far this machine's clock is before the
    service's; None where the answer has no date. ``takes_posts`` is False where nothing seems to listen under the path.
    ``certificate_ends_at`` is seconds since the epoch; None without TLS. ``trouble`` is what the service says of itself
    where it cannot work now.
    """

    http_status: int
    takes_posts: bool
    clock_ahead_seconds: float | None
    certificate_ends_at: float | None
    trouble: str = ""


def reach(endpoint: str, *, timeout_seconds: float, ca_file: str | None, proxy: str | None, user_agent: str) -> Reached:
    """Ask the endpoint for its head, and where it says no for a page, without any key; nothing is done there.

    Raises ApiError that says why it cannot be reached or trusted, or who in front of it lets nobody through.
    """
    manager = manager_for(endpoint, ca_file=ca_file, proxy=proxy)
    ask = partial(
        manager.request,
        url=endpoint,
        headers={"User-Agent": user_agent},
        timeout=Timeout(connect=timeout_seconds, read=timeout_seconds),
        retries=False,
        redirect=False,
        preload_content=False,
    )
    started = time.time()
    try:
        with manager:
            response = ask("HEAD")
            ended = time.time()
            certificate_ends_at = _certificate_ends_at(response.connection)
            response.release_conn()
            answer = _page(ask) if response.status >= 300 else None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise classify_failure(TransportFailure(Exchange(timeout_seconds), error)) from None
    takes_posts, trouble = True, ""
    if answer is not None and answer.status >= 300:
        match error_of(answer, _NOTHING_ASKED, Redactor([])):
            case TurnedAway() | UntrustedEndpoint() | Redirected() as turned_away:
                raise turned_away
            case EndpointMissing():
                takes_posts = answer.status == _ANOTHER_METHOD or _SAYS_POST.search(answer.body) is not None
            case said if isinstance(said, RateLimited) or answer.status >= 500:
                trouble = said.reason
            case _:
                pass  # keys are missing, which is as it should be
    clock_ahead = _clock_ahead(response.headers.get("Date", ""), (started + ended) / 2)
    return Reached(response.status, takes_posts, clock_ahead, certificate_ends_at, trouble)


def _page(ask: Callable[[str], urllib3.BaseHTTPResponse]) -> Answer | None:
    """What is said to a GET; n8n says there whether a webhook takes POST alone. None where nothing comes."""
    with suppress(urllib3.exceptions.HTTPError, OSError):
        response = ask("GET")
        said = response.read(_MOST_LOOKED_AT)
        response.close()
        return Answer(response.status, response.headers, said, sent_whole=True)
    return None


def _clock_ahead(date: str, now: float) -> float | None:
    with suppress(ValueError, TypeError, OverflowError):
        # The header counts whole seconds, cut off.
        return now - (parsedate_to_datetime(date).timestamp() + 0.5)
    return None


def _certificate_ends_at(connection: Any) -> float | None:
    certificate: dict[str, Any] = getattr(getattr(connection, "sock", None), "getpeercert", dict)() or {}
    ends = certificate.get("notAfter")
    return float(cert_time_to_seconds(ends)) if ends else None
