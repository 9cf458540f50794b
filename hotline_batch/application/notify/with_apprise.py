"""A process of its own that hands one message to one service by way of apprise, and ends.

In: JSON on standard input, with the address, which is a secret; ``begin_by`` is the monotonic second, the same for all
processes of a machine, after which nobody is asked any more. Out: one of the words of ``Verdict`` on standard output
and nothing else, whatever apprise and the libraries behind it say: their words may hold the address.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Mapping
from enum import StrEnum

SECONDS_TO_BEGIN = 60.0
"""So long such a process may take on a busy machine before it asks anybody: it is not the service that is slow then."""

_MODULE = "hotline_batch.application.notify.with_apprise"


_ending = threading.Lock()


class Verdict(StrEnum):
    """What became of the message, in words that hold no secret."""

    TAKEN = "taken"
    UNDERSTOOD = "understood"
    """The address is one; nothing was sent, as was asked."""
    NOT_UNDERSTOOD = "not_understood"
    NOT_INSTALLED = "not_installed"
    CONNECTION_REFUSED = "connection_refused"
    NO_ANSWER = "no_answer"
    NO_SUCH_HOST = "no_such_host"
    PASSWORD_REFUSED = "password_refused"  # noqa: S105 - a word, no password
    NOT_TRUSTED = "not_trusted"
    REFUSED = "refused"


# What apprise tells of a failure is told in its log alone; only these words are taken from there.
_SIGNS: Mapping[Verdict, re.Pattern[str]] = {
    Verdict.PASSWORD_REFUSED: re.compile(r"authenticat|unauthori[sz]ed|forbidden|\b(?:401|403|535)\b", re.IGNORECASE),
    Verdict.NOT_TRUSTED: re.compile(r"certificate|ssl|tls", re.IGNORECASE),
    Verdict.CONNECTION_REFUSED: re.compile(r"connection refused|errno 111", re.IGNORECASE),
    Verdict.NO_SUCH_HOST: re.compile(r"name or service|name resolution|getaddrinfo|no address", re.IGNORECASE),
    Verdict.NO_ANSWER: re.compile(r"timed? ?out|unreachable|errno 113", re.IGNORECASE),
}


def command() -> list[str]:
    """The words that start such a process."""
    # -P: nothing that lies in the working folder is taken for a part of the program.
    return [sys.executable, "-P", "-m", _MODULE]


def main() -> None:
    """Read what is to be sent, send it, print the verdict."""
    asked = json.loads(sys.stdin.buffer.read())
    answer = os.dup(sys.stdout.fileno())
    # Whoever asked may be gone by then: nothing of this outlives the time that it was given.
    _watchdog(SECONDS_TO_BEGIN + float(asked["seconds"]), answer)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    _end(answer, _verdict(asked, answer))


def _watchdog(seconds: float, answer: int) -> None:
    watchdog = threading.Timer(seconds, _end, [answer, Verdict.NO_ANSWER])
    watchdog.daemon = True
    watchdog.start()


def _end(answer: int, verdict: Verdict) -> None:
    with _ending:
        os.write(answer, verdict.value.encode())
        os._exit(0)  # no thread of a library's keeps it


class _Heard(logging.Handler):
    """Keeps what apprise says of a failure until its kind is told from it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """One more line."""
        self.said.append(record.getMessage())


def _verdict(asked: Mapping[str, str], answer: int) -> Verdict:
    try:
        import apprise  # noqa: PLC0415 - an extra that most machines do not have
    except ImportError:
        return Verdict.NOT_INSTALLED
    if time.monotonic() > float(asked.get("begin_by", "inf")):
        # Whoever asked ends this process before a service has had its time: it may be told, and be called not told.
        return Verdict.NO_ANSWER
    _watchdog(float(asked["seconds"]), answer)
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(heard)
    try:
        service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="hotline-batch", async_mode=False))
        if not service.add(asked["address"]):
            return Verdict.NOT_UNDERSTOOD
        if asked["checks_only"]:
            return Verdict.UNDERSTOOD
        if service.notify(body=asked["text"], title=asked["title"], body_format=apprise.NotifyFormat.TEXT):
            return Verdict.TAKEN
    except Exception:  # noqa: BLE001 - a plug-in raises what it likes, and its text may hold the address
        return Verdict.REFUSED
    said = "\n".join(heard.said)
    return next((verdict for verdict, sign in _SIGNS.items() if sign.search(said)), Verdict.REFUSED)


if __name__ == "__main__":
    main()
