"""Faults that say "not now": 429 in every dialect, 425, and a service that has not begun. None of them is applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.support.service.exchange import JSON_TYPE, Exchange, to_json
from tests.support.service.faults.answers import page, says
from tests.support.service.faults.fault import Fault, Verdict

DAY_SECONDS = 86_400


def _telegram(seconds: float) -> dict[str, object]:
    wait = round(seconds)
    description = f"Too Many Requests: retry after {wait}"
    return {"ok": False, "error_code": 429, "description": description, "parameters": {"retry_after": wait}}


def limited(name: str, retry_after: str | None, seconds: float | None) -> Fault:
    """A 429 with this Retry-After; ``seconds`` is what a reader may understand of it."""
    fields = () if retry_after is None else (("Retry-After", retry_after),)
    return replace(
        says(name, 429, {"message": "Too many requests"}, Verdict.RETRY, JSON_TYPE, fields), told_wait=seconds
    )


def limited_seconds(seconds: int) -> Fault:
    """A 429 that asks for so many seconds in Retry-After."""
    return limited(f"limited_seconds_{seconds}", str(seconds), seconds)


def limited_telegram(seconds: int) -> Fault:
    """A 429 in Telegram's JSON, without Retry-After."""
    fault = says(f"limited_telegram_{seconds}", 429, _telegram(seconds), Verdict.RETRY)
    return replace(fault, told_wait=float(seconds))


def limited_date(seconds: int) -> Fault:
    """A 429 whose Retry-After is a date so many seconds ahead of the wall clock."""

    def answer(exchange: Exchange) -> None:
        when = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        exchange.answer(429, to_json({"message": "Too many requests"}), JSON_TYPE, [("Retry-After", when)])

    return Fault(f"limited_date_{seconds}", answer, Verdict.RETRY, told_wait=max(0.0, seconds - 1.0))


def limited_text(seconds: int) -> Fault:
    """A 429 that tells the wait only in words."""
    body = f"Too Many Requests: retry after {seconds}".encode()
    return replace(says(f"limited_text_{seconds}", 429, body, Verdict.RETRY, "text/plain"), told_wait=float(seconds))


def limited_by(name: str, *fields: tuple[str, str]) -> Fault:
    """A 429 with these header fields, which ask for one second."""
    return replace(says(name, 429, {"message": "Too many requests"}, Verdict.RETRY, JSON_TYPE, fields), told_wait=1.0)


_AXIOS_429 = {
    "message": "Request failed with status code 429",
    "name": "AxiosError",
    "stack": "AxiosError: Request failed with status code 429\n    at settle (axios.cjs:1967:12)",
    "code": "ERR_BAD_REQUEST",
    "status": 429,
}

LIMITED = (
    limited_seconds(1),
    limited_date(2),
    limited_telegram(1),
    limited_text(1),
    limited("limited_bare", None, None),
    limited("limited_garbage", "soon", None),
    limited("limited_negative", "-5", None),
    limited("limited_fraction", "0.5", None),
    limited("limited_past_date", "Wed, 21 Oct 2015 07:28:00 GMT", None),
    says("limited_429_html", 429, page("429 Too Many Requests"), Verdict.RETRY, "text/html"),
    limited("limited_twice", "1, 1", 1.0),
    limited("limited_unit", "1s", 1.0),
    limited_by("limited_two_headers", ("Retry-After", "0"), ("Retry-After", "1")),
    limited_by("limited_reset", ("RateLimit-Reset", "1")),
    replace(says("limited_200_telegram", 200, _telegram(1), Verdict.RETRY), told_wait=1.0),
    replace(
        says("limited_200_words", 200, {"error": "Too Many Requests: retry after 1"}, Verdict.RETRY), told_wait=1.0
    ),
    says("limited_200_axios", 200, {"error": _AXIOS_429}, Verdict.RETRY),
    says("too_early_425", 425, page("425 Too Early"), Verdict.RETRY, "text/html"),
)
NOT_READY = (
    says("starting_up_200", 200, b"n8n is starting up. Please wait", Verdict.RETRY, "text/html; charset=utf-8"),
    says("database_503", 503, {"code": 503, "message": "Database is not ready!"}, Verdict.RETRY),
    says("nginx_limit_503", 503, page("503 Service Temporarily Unavailable"), Verdict.RETRY, "text/html"),
)
LIMITED_ABSURD = tuple(
    replace(fault, name=name, decidable=Verdict.STOP, stops_run=True)
    for name, fault in (
        ("limited_for_a_day", limited_seconds(DAY_SECONDS)),
        ("limited_for_a_day_date", limited_date(DAY_SECONDS)),
        ("limited_for_a_day_telegram", limited_telegram(DAY_SECONDS)),
    )
)
