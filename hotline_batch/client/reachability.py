"""An endpoint -> whether it can be reached and trusted, asked by one request without keys."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ssl import cert_time_to_seconds
from typing import Any

import urllib3
from urllib3.util import Timeout

from hotline_batch.client.classify import classify_failure
from hotline_batch.client.evidence import Exchange
from hotline_batch.client.transport import TransportFailure, manager_for

_MOST_LOOKED_AT = 65_536
_SAYS_POST = re.compile(rb"not registered for GET|\bPOST request", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reached:
    """What an answer without keys tells. ``clock_ahead_seconds`` is how far this machine's clock is before the
    service's; None where the answer has no date. ``takes_posts`` is False where nothing seems to listen under the path.
    ``certificate_ends_at`` is seconds since the epoch; None without TLS.
    """

    http_status: int
    takes_posts: bool
    clock_ahead_seconds: float | None
    certificate_ends_at: float | None


def reach(endpoint: str, *, timeout_seconds: float, ca_file: str | None, proxy: str | None, user_agent: str) -> Reached:
    """Ask the endpoint for its head, without any key; nothing is done there.

    Raises ApiError that says why it cannot be reached or trusted.
    """
    manager = manager_for(endpoint, ca_file=ca_file, proxy=proxy)
    started = time.time()
    try:
        with manager:
            response = manager.request(
                "HEAD",
                endpoint,
                headers={"User-Agent": user_agent},
                timeout=Timeout(connect=timeout_seconds, read=timeout_seconds),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            ended = time.time()
            found = Reached(
                response.status,
                response.status != 404 or _is_for_posts_alone(manager, endpoint, timeout_seconds, user_agent),
                _clock_ahead(response.headers.get("Date", ""), (started + ended) / 2),
                _certificate_ends_at(response.connection),
            )
            response.release_conn()
            return found
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise classify_failure(TransportFailure(Exchange(timeout_seconds), error)) from None


def _is_for_posts_alone(manager: urllib3.PoolManager, endpoint: str, timeout_seconds: float, user_agent: str) -> bool:
    """Whether a webhook that has nothing for HEAD says that it takes POST; n8n says so to a GET."""
    with suppress(urllib3.exceptions.HTTPError, OSError):
        response = manager.request(
            "GET",
            endpoint,
            headers={"User-Agent": user_agent},
            timeout=Timeout(connect=timeout_seconds, read=timeout_seconds),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        said = response.read(_MOST_LOOKED_AT)
        response.close()
        return response.status != 404 or _SAYS_POST.search(said) is not None
    return True


def _clock_ahead(date: str, now: float) -> float | None:
    with suppress(ValueError, TypeError, OverflowError):
        # The header counts whole seconds, cut off.
        return now - (parsedate_to_datetime(date).timestamp() + 0.5)
    return None


def _certificate_ends_at(connection: Any) -> float | None:
    certificate: dict[str, Any] = getattr(getattr(connection, "sock", None), "getpeercert", dict)() or {}
    ends = certificate.get("notAfter")
    return float(cert_time_to_seconds(ends)) if ends else None
