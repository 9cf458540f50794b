"""An answer -> bytes on the connection, whole or mishandled, by a server that hands over the connection."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
from typing import cast

from starlette.types import Message, Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from hotline_batch.sandbox.faults import Ending
from hotline_batch.sandbox.reply import Reply

_SECONDS_BETWEEN_BYTES = 0.25
# Linger switched on with no time at all: closing sends a reset in place of an orderly end.
_RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class HandsOverTransport(H11Protocol):
    """Puts the connection's transport into ``scope["state"]``, for mishaps that an HTTP answer cannot express."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start a connection."""
        super().connection_made(cast(asyncio.Transport, transport))
        self.app_state = {**self.app_state, "transport": transport}


class AbruptServer(Server):
    """Says when it listens; on its end it drops every connection as a killed process would, and waits for none."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on the given sockets."""
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop the connections and stop listening."""
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            cast(H11Protocol, connection).transport.abort()
        self.force_exit = True
        await super().shutdown(sockets)


async def give(reply: Reply, send: Send) -> None:
    """Send the whole answer."""
    length = (b"content-length", str(len(reply.body)).encode("ascii"))
    await send({"type": "http.response.start", "status": reply.status, "headers": [*reply.headers, length]})
    await send({"type": "http.response.body", "body": reply.body})


async def give_badly(reply: Reply, ending: Ending, scope: Scope, receive: Receive, send: Send) -> None:
    """Do to the connection what ``ending`` says; returns once it is gone, or the answer is out after all."""
    transport: asyncio.Transport = scope["state"]["transport"]
    match ending:
        case Ending.CLOSE:
            transport.close()
        case Ending.RESET:
            _reset(transport)
        case Ending.SILENCE:
            pass
        case Ending.HALF_HEADERS:
            transport.write(b"HTTP/1.1 %d \r\ncontent-type: appli" % reply.status)
            transport.close()
        case Ending.HALF_BODY:
            half = reply.body[: len(reply.body) // 2]
            transport.write(_head(reply) + half)
            transport.close()
        case Ending.TRICKLE:
            await _trickle(reply, transport, send)
            return
    await gone(receive)


async def gone(receive: Receive) -> None:
    """Wait until the client, or we, closed the connection."""
    message: Message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()


def _head(reply: Reply) -> bytes:
    fields = b"".join(b"%s: %s\r\n" % field for field in reply.headers)
    return b"HTTP/1.1 %d \r\n%scontent-length: %d\r\n\r\n" % (reply.status, fields, len(reply.body))


def _reset(transport: asyncio.Transport) -> None:
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


async def _trickle(reply: Reply, transport: asyncio.Transport, send: Send) -> None:
    length = (b"content-length", str(len(reply.body)).encode("ascii"))
    await send({"type": "http.response.start", "status": reply.status, "headers": [*reply.headers, length]})
    for place in range(len(reply.body)):
        if transport.is_closing():
            return
        await send({"type": "http.response.body", "body": reply.body[place : place + 1], "more_body": True})
        await asyncio.sleep(_SECONDS_BETWEEN_BYTES)
    await send({"type": "http.response.body", "body": b""})
