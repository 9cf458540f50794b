"""Requests -> answers: the webhook with rate limit, latency and mishaps, and pages for the person practising."""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from array import array
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from hotline_batch.sandbox import webhook
from hotline_batch.sandbox.export import export_text
from hotline_batch.sandbox.faults import MISHAPS, Delivered, Ending, Faults, Mishap
from hotline_batch.sandbox.people import FRONTENDS
from hotline_batch.sandbox.reply import Reply, too_many_requests
from hotline_batch.sandbox.wire import give, give_badly, gone
from hotline_batch.sandbox.world import World

_X_API_KEY = webhook.X_API_KEY.encode("ascii")


class Application:
    """The pretend Hotline as an ASGI application; it counts what arrives.

    ``arrivals`` holds the time of every request for the webhook or beside it, by ``clock``; ``most_at_once`` is how
    many of them were open together.
    """

    def __init__(
        self,
        world: World,
        faults: Faults,
        rate_limit: RateLimit | None,
        latency_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.arrivals: array[float] = array("d")
        self.most_at_once = 0
        self._world = world
        self._faults = faults
        self._rate_limit = rate_limit
        self._latency_seconds = latency_seconds
        self._clock = clock
        self._at_once = 0
        self._router = Router(
            [
                Route("/", self._welcome, methods=["GET"]),
                Route("/sandbox/messages", self._messages, methods=["GET"]),
                Route("/sandbox/export", self._export, methods=["GET"]),
            ],
            redirect_slashes=False,
            default=self._hook,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._router(scope, receive, send)

    async def _hook(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any path but those of our own: the webhook, or the answer that there is none."""
        if scope["type"] != "http":
            return
        self.arrivals.append(self._clock())
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self._take(scope, receive, send)
        except asyncio.CancelledError:
            # Only a stop cancels requests, and then nobody is left to be answered.
            return
        finally:
            self._at_once -= 1

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or scope["path"].rstrip("/") != webhook.ENDPOINT:
            await give(webhook.not_registered(scope["method"], scope["path"]), send)
            return
        headers = dict(scope["headers"])
        body = await _read(receive)
        if body is None:
            await give(webhook.TOO_LARGE, send)
            return
        # n8n parses the body before it looks at the key.
        fields = webhook.read_fields(headers.get(b"content-type", b"").decode("latin-1"), body)
        if isinstance(fields, Reply):
            await give(fields, send)
        elif headers.get(b"x-api-key") != _X_API_KEY:
            await give(webhook.FORBIDDEN, send)
        else:
            await self._run_workflow(fields, scope, receive, send)

    async def _run_workflow(self, fields: webhook.Fields, scope: Scope, receive: Receive, send: Send) -> None:
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        refusal = webhook.refusal(fields)
        if refusal is not None:
            await give(refusal, send)
            return
        if self._rate_limit is not None and (wait := self._rate_limit.wait_seconds(str(fields["instance"]))):
            await give(too_many_requests(wait), send)
            return
        mishap = self._mishap_of(fields)
        if mishap is None:
            await give(webhook.answer(self._world, fields), send)
            return
        answer = webhook.answer(self._world, fields, post=mishap.delivered in {Delivered.YES, Delivered.TWICE})
        if mishap.delivered is Delivered.TWICE:
            webhook.answer(self._world, fields)
        match mishap.ending:
            case Ending.AS_USUAL:
                await give(answer, send)
            case Reply() as other:
                await give(other, send)
            case Ending() as ending:
                await give_badly(answer, ending, scope, receive, send)
        if mishap.delivered is Delivered.LATER:
            await gone(receive)
            webhook.answer(self._world, fields)

    def _mishap_of(self, fields: webhook.Fields) -> Mishap | None:
        user_id, topic_id = webhook.whole_number(fields.get("user_id")), None
        if fields.get("action") == "info_by_topic":
            group_id, topic_id = (
                webhook.whole_number(fields.get("group_id")),
                webhook.whole_number(fields.get("topic_id")),
            )
            topic = self._world.topic(group_id or 0, topic_id or 0)
            user_id = topic.person.user_id if topic is not None and topic.person is not None else None
        elif user_id is not None and (topic := self._world.topic_of(user_id)) is not None:
            topic_id = topic.topic_id
        return self._faults.meets(str(fields.get("action")), user_id, topic_id)

    async def _messages(self, request: Request) -> Response:
        wanted = request.query_params.get("user_id")
        if wanted is None:
            messages = tuple(self._world.messages)
        elif (user_id := webhook.whole_number(wanted)) is not None:
            messages = self._world.messages_for(user_id)
        else:
            return Response(f"'{wanted}' is not a user id.\n", 400, media_type="text/plain")
        body = json.dumps([message.as_json() for message in messages], ensure_ascii=False)
        return Response(body.encode("utf-8", "backslashreplace"), media_type="application/json")

    async def _export(self, request: Request) -> Response:
        wanted = request.query_params.get("group_id")
        group_id = webhook.whole_number(wanted) if wanted is not None else None
        if wanted is not None and group_id not in {frontend.group_id for frontend in FRONTENDS}:
            return Response(f"There is no group '{wanted}'.\n", 404, media_type="text/plain")
        body = export_text(self._world, group_id).encode("utf-8", "backslashreplace")
        return Response(
            body, media_type="application/json", headers={"content-disposition": 'attachment; filename="result.json"'}
        )

    async def _welcome(self, request: Request) -> Response:
        return Response(welcome(f"http://{request.url.netloc}", self._world), media_type="text/plain")


def welcome(address: str, world: World) -> str:
    """What a person needs to know to use the sandbox; its keys are for practice and no secrets."""
    keys = "\n".join(f"            instance {one.instance}, api_key {one.api_key}" for one in webhook.CONNECTIONS)
    mishaps = "\n".join(f"  {mishap.name:<24}{mishap.meaning}" for mishap in MISHAPS.values())
    return f"""This is a pretend Hotline for practice. No message leaves this machine.

Endpoint    POST {address}{webhook.ENDPOINT}
X-API-KEY   {webhook.X_API_KEY}
Connections
{keys}

{len(world.people)} people and {len(world.topics)} topics, the same at every start. For example:
user 987654321, John Doe, in the topic https://t.me/c/2101424779/5343

Messages posted so far: {world.message_count()}
Read them at {address}/sandbox/messages
or, of one person, at {address}/sandbox/messages?user_id=987654321
Fetch them as Telegram Desktop exports a group from {address}/sandbox/export

Mishaps that a share of all requests can meet:
{mishaps}
"""


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None where it is larger than n8n takes."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message: Message = await receive()
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= webhook.LARGEST_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= webhook.LARGEST_BODY else None


_SECONDS = {"s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Limit:
    """``requests`` at most in any window of ``seconds``."""

    requests: int
    seconds: int


def parse_limit(text: str) -> Limit:
    """``18/min``, ``5/s`` or ``1000/h`` -> a limit."""
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*(s|min|h)\s*", text)
    if found is None or int(found[1]) == 0:
        raise ValueError(f"'{text}' is not a rate. Write for example 18/min, 5/s or 1000/h.")
    return Limit(int(found[1]), _SECONDS[found[2]])


class RateLimit:
    """Counts the requests of each connection on its own; a refused request does not count."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait_seconds(self, connection: str) -> int:
        """Take the request and say 0, or refuse it and say after how many whole seconds another may come."""
        now = self._clock()
        taken = self._taken[connection]
        while taken and taken[0] <= now - self.limit.seconds:
            taken.popleft()
        if len(taken) < self.limit.requests:
            taken.append(now)
            return 0
        return max(1, math.ceil(taken[0] + self.limit.seconds - now))
