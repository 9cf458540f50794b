"""What a service says about waiting, in the spellings that were seen."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate
from time import asctime, gmtime

import pytest
from urllib3 import HTTPHeaderDict

from hotline_batch.client.answers.retry_after import wait_asked_for

NOW = 1_764_000_000.0


def wait(*headers: tuple[str, str], fields: object = None, text: str = "", asked: bool = True) -> float | None:
    return wait_asked_for(HTTPHeaderDict(headers), fields, text, NOW, is_asked_to_wait=asked)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0), ("3, 3", 3.0), ("3s", 3.0), ("3 seconds", 3.0), ("2 min", 120.0), ("1h", 3_600.0),
        ("1500ms", 1.5), ("1500 milliseconds", 1.5), ("0.5", 0.5), ("3, 9", 9.0), (f"{NOW + 20:.0f}", 20.0),
        (f"{(NOW + 20) * 1_000:.0f}", 20.0),
        (formatdate(NOW + 30, usegmt=True), 30.0), (f"{formatdate(NOW + 30, usegmt=True)}, 5", 30.0),
        (asctime(gmtime(NOW + 30)), 30.0), (f"{datetime.fromtimestamp(NOW + 30, UTC):%Y-%m-%dT%H:%M:%S}Z", 30.0),
        ("2025-11-24T18:00:30.0+02:00", 30.0), ("9" * 30, 1e9), ("2015-10-21T07:28:00Z", None),
        ("00:00:30", 30.0), ("1:01:01", 3_661.0),
        ("soon", None), ("-5", None), ("0", None), ("", None), ("1e3", None), ("Wed, 21 Oct 2015 07:28:00 GMT", None),
    ],
)  # fmt: skip
def test_spellings_of_retry_after(value: str, seconds: float | None) -> None:
    """Lists, units, fractions, dates and moments; what cannot be read or lies behind counts as nothing said."""
    assert seconds == wait(("Retry-After", value))


def test_longest_of_several_counts() -> None:
    """Two headers, or a header and Telegram's JSON: when in doubt, longer."""
    assert 9.0 == wait(("Retry-After", "3"), ("Retry-After", "9"))
    assert 34.0 == wait(("Retry-After", "3"), fields={"parameters": {"retry_after": 34}})
    assert 34.0 == wait(("Retry-After", "3"), fields={"error": {"retryAfter": "34s"}})
    assert 34.0 == wait(("Retry-After", "3"), ("Retry-After-Ms", "34000"))
    assert 34.0 == wait(("Retry-After", "3"), text="Too Many Requests: retry after 34")


def test_date_is_measured_against_the_answers_own() -> None:
    """Whatever this machine's clock says."""
    own = formatdate(NOW + 5_000, usegmt=True)

    assert 30.0 == wait(("Date", own), ("Retry-After", formatdate(NOW + 5_030, usegmt=True)))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_date_with_a_zone_of_its_own_or_none(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of this machine does not matter."""
    in_half_a_minute = formatdate(NOW + 30)
    with monkeypatch.context() as machine:
        machine.setenv("TZ", zone)
        time.tzset()

        assert in_half_a_minute.endswith("-0000")
        assert 30.0 == wait(("Retry-After", in_half_a_minute))
        assert 30.0 == wait(("Retry-After", "Mon, 24 Nov 2025 18:00:30 +0200"))
    time.tzset()


@pytest.mark.parametrize("name", ["RateLimit-Reset", "X-RateLimit-Reset", "X-RateLimit-Reset-After"])
def test_end_of_a_count_is_a_wait_only_where_nothing_else_is_told(name: str) -> None:
    """Services tell it with good answers, too."""
    assert 7.0 == wait((name, "7"))
    assert 3.0 == wait((name, "7"), ("Retry-After", "3"))
    assert wait((name, "7"), asked=False) is None
    assert 20.0 == wait((name, f"{NOW + 20:.0f}"))


def test_end_of_a_count_as_the_draft_of_the_ietf_writes_it() -> None:
    """``t`` is how many seconds are left of the quota's window."""
    assert 30.0 == wait(("RateLimit", '"default";r=0;t=30'))
    assert 60.0 == wait(("RateLimit", '"minute";r=0;t=30, "hour";r=4; t=60'))
    assert 3.0 == wait(("RateLimit", '"default";r=0;t=30'), ("Retry-After", "3"))
    assert wait(("RateLimit", '"default";r=9;t=30'), asked=False) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Too Many Requests: retry after 34", 34.0),
        ("Please try again in 2 minutes", 120.0),
        ("retry later", None),
        ("FLOOD_WAIT_30", 30.0),
        ("Flood wait of 30 seconds is required", 30.0),
        ("A wait of 30 seconds is required", 30.0),
    ],
)
def test_words(text: str, seconds: float | None) -> None:
    """Telegram's, and the usual ones."""
    assert seconds == wait(text=text)
