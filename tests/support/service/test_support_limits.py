"""Limits are told and counted on the server's clock; certificates are good or bad for one reason each."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.support.service.certificates import Certificate
from tests.support.service.hostile_server import HostileServer, RateLimit, named
from tests.support.service.raw_client import ask, connect, send_content, statuses

ROOT = Path(__file__).resolve().parents[3]


# ── limits ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_rate_limit_tells_a_wait_and_punishes_impatience() -> None:
    """The third request of a burst of two waits; one that comes too early lengthens the wait and is counted."""
    clock = Clock()
    limit = RateLimit(per_second=0.5, burst=2, penalty_seconds=10)
    with HostileServer(rate_limit=limit, clock=clock) as server:
        first = statuses(server, 1, 2)
        refused = ask(server, send_content(3))
        clock.now += 1
        impatient = ask(server, send_content(3))
        clock.now += 11
        patient = statuses(server, 3)

    assert [200, 200] == first
    assert (429, b"Retry-After: 2") == (refused.status, refused.head.splitlines()[2])
    assert b"Retry-After: 11" in impatient.head
    assert [200] == patient
    assert (1, 2, [1, 2, 3]) == (server.early_retries, limit.refused, [event.user_id for event in server.applied])


def test_request_before_a_told_wait_is_over_is_an_early_retry() -> None:
    """What was on its way already does not count; what comes after the wait does not either."""
    clock = Clock()
    with HostileServer(clock=clock) as server:
        server.fault_next(named("limited_telegram_1"))
        statuses(server, 1, 2)
        early_at_once = server.early_retries
        clock.now += 0.9
        statuses(server, 1)
        early_inside = server.early_retries
        clock.now += 0.2
        statuses(server, 1)

    assert (0, 1, 1) == (early_at_once, early_inside, server.early_retries)


def test_peak_is_counted_over_any_window() -> None:
    """Three requests within a second, though no calendar second holds them all."""
    clock = Clock()
    with HostileServer(clock=clock) as server:
        for moment in (100.0, 100.6, 100.9, 101.5, 101.6):
            clock.now = moment
            ask(server)

    assert (3, 5) == (server.most_requests_in(1.0), server.most_requests_in(10.0))


# ── TLS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_good_certificate_is_trusted(trusting: ssl.SSLContext) -> None:
    """HTTPS works for who trusts the authority."""
    with HostileServer(tls=Certificate.GOOD) as server:
        heard = ask(server, tls=trusting)

    assert (200, "https://127.0.0.1") == (heard.status, server.url[:17])


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [("expired", "expired"), ("wrong_host", "mismatch"), ("not_trusted", "unable to get local issuer")],
)
def test_bad_certificate_is_refused(trusting: ssl.SSLContext, certificate: str, reason: str) -> None:
    """Each for its own reason, and no request arrives."""
    with HostileServer(tls=certificate) as server:
        with pytest.raises(ssl.SSLCertVerificationError, match=reason):
            connect(server, trusting)
        server.wait_until(lambda: server.handshake_failures == 1)

    assert [] == server.requests


def test_tls_toward_a_plain_server_fails_at_once(server: HostileServer, trusting: ssl.SSLContext) -> None:
    """The client is told by plain bytes, not left waiting."""
    with pytest.raises(ssl.SSLError, match=r"WRONG_VERSION_NUMBER|RECORD_LAYER"):
        connect(server, trusting)
