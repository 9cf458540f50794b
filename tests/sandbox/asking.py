"""A plain HTTP client that keeps what the sandbox answers as it arrives."""

import http.client
import json
import select
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hotline_batch.sandbox.server import Sandbox


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(sandbox: Sandbox, fields: dict[str, object] | bytes | None = None, **choices: Any) -> Answer:
    """One request on a connection of its own, with the choices of ``asking``, and its answer."""
    with asking(sandbox, fields, **choices) as connection:
        reply = connection.getresponse()
        return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())


@contextmanager
def asking(
    sandbox: Sandbox,
    fields: dict[str, object] | bytes | None = None,
    *,
    method: str = "POST",
    path: str = "/webhook/topic_action",
    headers: dict[str, str] | None = None,
    timeout: float = 60,
) -> Iterator[http.client.HTTPConnection]:
    """A request whose answer is awaited; the client gives up when the context ends.

    Fields get the practice keys unless they bring others.
    """
    keys = {"instance": sandbox.instance, "api_key": sandbox.api_key}
    body = json.dumps(keys | fields).encode() if isinstance(fields, dict) else fields
    standard = {"X-API-KEY": sandbox.x_api_key, "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=timeout)
    try:
        connection.request(method, path, body, standard if headers is None else headers)
        yield connection
    finally:
        connection.close()


def hears_nothing(connection: http.client.HTTPConnection) -> bool:
    """Whether no byte of an answer comes for a tenth of a second."""
    return not select.select([connection.sock], [], [], 0.1)[0]


def message(user_id: object = 987654321, text: object = "Hello") -> dict[str, object]:
    return {"action": "incoming_in_topic", "user_id": user_id, "message": text}


def lookup(group_id: object = "2101424779", topic_id: object = 5343) -> dict[str, object]:
    return {"action": "info_by_topic", "group_id": group_id, "topic_id": topic_id}
