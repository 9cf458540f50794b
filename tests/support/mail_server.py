"""A mail server on 127.0.0.1, which keeps what it is given; and one that takes connections and never says a word."""

from __future__ import annotations

import email
import socket
import socketserver
from collections.abc import Sequence
from email.message import Message
from email.policy import default
from typing import Self

from tests.support.served import Served

PASSWORD = "mail-password-93141"
"""What the server is shown when somebody signs in; no other trace of it may be anywhere."""


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 mail.example ready")
        while line := self.rfile.readline():
            word = line.decode("latin-1").strip().upper()
            if word.startswith("EHLO"):
                self._say("250-mail.example")
                self._say("250 AUTH PLAIN LOGIN")
            elif word.startswith("AUTH"):
                self._say("235 welcome" if self.server.takes_password else "535 authentication failed")
            elif word == "DATA":
                self._say("354 go on")
                self.server.mails.append(self._mail())
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 well")

    def _mail(self) -> Message:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return email.message_from_bytes(b"".join(lines), policy=default)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class MailServer(Served, socketserver.ThreadingTCPServer):
    """Use as a context; ``mails`` are what came, in their order."""

    def __init__(self, *, takes_password: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.takes_password = takes_password
        self.mails: list[Message] = []

    @property
    def address(self) -> str:
        """The address as apprise knows it, with a password."""
        port = self.server_address[1]
        return f"mailto://sender:{PASSWORD}@127.0.0.1:{port}?from=batch@example.org&to=boss@example.org&mode=insecure"

    @property
    def subjects(self) -> Sequence[str]:
        """Their subjects."""
        return [str(mail["Subject"]) for mail in self.mails]


def text_of(mail: Message) -> str:
    """All of a mail that can be read, its parts decoded."""
    parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    return "\n".join(part.decode("utf-8") for part in parts if isinstance(part, bytes))


class SilentServer:
    """Takes connections and never answers. Use as a context."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])
