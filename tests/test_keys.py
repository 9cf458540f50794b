"""Keys: equal for equal requests only; the earlier row of each is remembered in little memory."""

from __future__ import annotations

import tracemalloc
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.keys import SeenKeys, request_key
from hotline_batch.model.jobs import GetTopicInfo, SendMessage

REQUESTS = st.builds(SendMessage, st.integers(1, 30), st.text("1|:a", max_size=4)) | st.builds(
    GetTopicInfo, st.integers(1, 30), st.integers(1, 30)
)
IDENTITIES = st.text("1|:send", max_size=6)


@given(IDENTITIES, REQUESTS, IDENTITIES, REQUESTS)
def test_keys_are_equal_for_equal_requests_only(one: str, first: object, other: str, second: object) -> None:
    """No separator in an identity or a message makes two requests look alike."""
    assert isinstance(first, SendMessage | GetTopicInfo)
    assert isinstance(second, SendMessage | GetTopicInfo)

    same_key = request_key(one, first) == request_key(other, second)

    assert ((one, first) == (other, second)) is same_key


def test_the_key_stays_the_same_from_version_to_version() -> None:
    """Runs of last month are compared with those of today."""
    key = request_key("13209946874612345", SendMessage(987654321, "Grüße"))

    assert sha256("17:13209946874612345|send|987654321|Grüße".encode()).digest()[:16] == key


def test_a_text_that_no_encoding_takes_has_a_key_of_its_own() -> None:
    """Half a surrogate pair, as a broken export may hold it."""
    keys = {request_key("1", SendMessage(987654321, text)) for text in ("\ud800", "\udfff", "?")}

    assert 3 == len(keys)


@given(st.lists(st.integers(0, 40), max_size=120))
def test_the_first_row_of_each_key_is_remembered(numbers: list[int]) -> None:
    """As a dictionary would, also where many keys fall into the same slot."""
    seen, expected = SeenKeys(), dict[bytes, int]()
    for row, number in enumerate(numbers, start=2):
        key = bytes(8) + number.to_bytes(8, "big")
        assert expected.get(key) == seen.earlier(key, row)
        expected.setdefault(key, row)

    assert len(expected) == len(seen)


def test_keys_take_little_memory() -> None:
    """A million rows must leave room for everything else."""
    keys = [sha256(str(number).encode()).digest()[:16] for number in range(20_000)]
    tracemalloc.start()

    seen = SeenKeys()
    earlier = [seen.earlier(key, row) for row, key in enumerate(keys, start=2)]

    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used - len(earlier) * 8 < 1_500_000
    assert {None} == set(earlier)
    assert 2 == seen.earlier(keys[0], 7)
    assert 20_001 == seen.earlier(keys[-1], 7)
