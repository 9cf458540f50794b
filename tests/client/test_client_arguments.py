"""What callers of the client get wrong is said before anything leaves."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import ApiError
from tests.support.service.hostile_server import HostileServer


@pytest.mark.parametrize(
    ("call", "arguments", "said"),
    [
        ("get_topic_info", (2101424779, "x"), "topic_id: a whole number is needed, not 'x'"),
        ("get_topic_info", (None, 5343), "group_id: a whole number is needed, not None"),
        ("get_topic_info", (2101424779, 5343.0), "topic_id"),
        ("send_message", ("987654321", "Hello"), "user_id"),
        ("send_message", (987654321, b"Hello"), "message: a text is needed"),
    ],
)
def test_wrong_argument_is_told_before_any_request(call: str, arguments: tuple[Any, ...], said: str) -> None:
    """The name of the argument and what it is; the service hears of nothing."""
    with HostileServer() as server, TopicsClient("token", "1", "key", endpoint=server.url) as client:
        with pytest.raises(TypeError, match=said):
            getattr(client, call)(*arguments)

        assert [] == list(server.truth.requests)


def test_instance_that_was_given_as_a_number_travels_as_text() -> None:
    """The service would round its last digits, and ask another instance; a number that lost them here is refused."""
    with HostileServer() as server, TopicsClient("token", 13209946874612345, "key", endpoint=server.url) as client:
        with suppress(ApiError):  # of the keys
            client.send_message(987654321, "Hello")

        assert ["13209946874612345"] == [request.content["instance"] for request in server.truth.requests]
        with pytest.raises(TypeError, match="instance: a whole number is needed"):
            TopicsClient("token", 13209946874612345.0, "key", endpoint=server.url)  # type: ignore[arg-type]  # what it refuses
