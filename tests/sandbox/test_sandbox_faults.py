"""Mishaps fall where they were planned, and on the share of requests that was asked for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.sandbox.faults import MISHAPS, Faults, Mishap, parse_shares


def names(faults: Faults, users: range, action: str = "incoming_in_topic") -> list[str | None]:
    met: list[Mishap | None] = [faults.meets(action, user, None) for user in users]
    return [mishap.name if mishap else None for mishap in met]


def test_without_plan_or_share_nothing_happens() -> None:
    """The usual case."""
    assert [None] * 5 == names(Faults(), range(5))


def test_planned_mishap_meets_the_next_requests_only() -> None:
    """As many times as planned."""
    faults = Faults()
    faults.plan("server_error", times=2)

    assert ["server_error", "server_error", None] == names(faults, range(3))
    assert {"server_error": 2} == faults.met


def test_mishap_of_a_user_waits_for_that_user() -> None:
    """Plans for others stand in the meantime, and the order of planning counts."""
    faults = Faults()
    faults.lose_reply(user_id=2)
    faults.plan("rate_limit", user_id=2)
    faults.plan("empty_reply", topic_id=7)

    first = names(faults, range(1, 4))
    second = names(faults, range(1, 4))
    lookup = faults.meets("info_by_topic", None, 7)

    assert [None, "lost_reply", None] == first
    assert [None, "rate_limit", None] == second
    assert lookup is MISHAPS["empty_reply"]


def test_cleared_plans_are_forgotten() -> None:
    """So that one test's plans do not reach the next part of it."""
    faults = Faults()
    faults.plan("timeout", times=9)
    faults.clear()

    assert [None] == names(faults, range(1))


def test_same_seed_gives_the_same_mishaps_in_whatever_order_requests_arrive() -> None:
    """With several requests in flight no run would be reproducible otherwise."""
    shares = {"lost_reply": 0.2, "rate_limit": 0.3}
    one, two, other = Faults(shares, seed=7), Faults(shares, seed=7), Faults(shares, seed=8)

    forwards = names(one, range(500))
    backwards = names(two, range(499, -1, -1))

    assert forwards == backwards[::-1]
    assert forwards != names(other, range(500))


def test_shares_are_kept() -> None:
    """Within what chance allows over 5,000 requests, and a repeated request draws anew."""
    faults = Faults({"lost_reply": 0.1, "server_error": 0.25})

    met = names(faults, range(2500)) + names(faults, range(2500))

    assert 0.08 < met.count("lost_reply") / 5000 < 0.12
    assert 0.22 < met.count("server_error") / 5000 < 0.28
    assert met[:2500] != met[2500:]


def test_share_of_one_meets_everybody() -> None:
    """And a plan comes before a share."""
    faults = Faults({"bad_gateway": 1})
    faults.plan("timeout", user_id=1)

    assert ["bad_gateway", "timeout", "bad_gateway"] == names(faults, range(3))


@pytest.mark.parametrize(
    ("shares", "complaint"),
    [
        ({"lost_replies": 0.1}, "There is no mishap 'lost_replies'. Known are: lost_reply, "),
        ({"lost_reply": 1.5}, "lies between 0 and 1"),
        ({"lost_reply": -0.1}, "lies between 0 and 1"),
        ({"lost_reply": float("nan")}, "lies between 0 and 1"),
        ({"lost_reply": 0.6, "timeout": 0.5}, "add up to 1.1"),
    ],
)
def test_shares_that_cannot_be_are_refused(shares: dict[str, float], complaint: str) -> None:
    """In words for the person who typed them."""
    with pytest.raises(ValueError, match=re.escape(complaint)):
        Faults(shares)


def test_plans_that_cannot_be_are_refused() -> None:
    """A wrong name must not make a test pass in silence."""
    with pytest.raises(ValueError, match="There is no mishap 'lost'"):
        Faults().plan("lost")
    with pytest.raises(ValueError, match="not for 0"):
        Faults().plan("lost_reply", times=0)


@given(st.dictionaries(st.sampled_from(sorted(MISHAPS)), st.integers(0, 100)))
def test_shares_may_be_typed_as_fractions_or_percent(percents: dict[str, int]) -> None:
    """Both spellings mean the same."""
    as_percent = parse_shares(f"{name}={percent}%" for name, percent in percents.items())
    as_fraction = parse_shares(f"{name} = {percent / 100}" for name, percent in percents.items())

    assert {name: pytest.approx(percent / 100) for name, percent in percents.items()} == as_percent
    assert as_percent == pytest.approx(as_fraction)


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (["lost_reply"], "Write for example lost_reply=0.05"),
        (["lost_reply=much"], "Write for example lost_reply=0.05"),
        (["lost_reply=5"], "lies between 0 and 1"),
        (["lost_reply=nan"], "lies between 0 and 1"),
        (["lost_reply=0.1", "lost_reply=0.2"], "named twice"),
        (["=0.1"], "There is no mishap ''"),
    ],
)
def test_mistyped_shares_are_refused(texts: list[str], complaint: str) -> None:
    """With what to write instead."""
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parse_shares(texts)


def test_every_mishap_says_what_it_does() -> None:
    """Its meaning begins with the thing that matters: whether the message is posted."""
    assert MISHAPS
    for mishap in MISHAPS.values():
        assert re.match(r"(posts the message|does not post the message)( only after .*)?, ", mishap.meaning)
