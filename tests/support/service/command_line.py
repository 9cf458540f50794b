"""The stand-in as a process of its own.

``python -m tests.support.service.hostile_server --port P --log FILE --faults SPEC``

SPEC is a list of rules with ``;`` between them, each ``FAULT[:SECONDS]@WHERE``:

    hang_applied:2@user=1001           the next request of that user
    reset_on_accept@connection=3       the third connection
    error_500_applied@request=17       the 17th request
    half_body_applied@next=5           the next five requests
    mix@share=0.1,seed=7               a tenth of all users meets one fault of the whole catalogue

The URL is the first line on stdout. The process ends on SIGTERM, SIGINT, or when its standard input is closed with
``--until-eof``.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.service.faults import OVER_PLAIN_OR_TLS, named
from tests.support.service.faults.fault import Fault
from tests.support.service.rate_limit import RateLimit

if TYPE_CHECKING:
    from tests.support.service.hostile_server import HostileServer

MIX_SECONDS = 2.0
TOO_COSTLY_FOR_A_MIX = {"gzip_bomb", "endless_answer", "big_answer"}


def mix() -> tuple[Fault, ...]:
    """Every fault that strikes one request and neither ends a run by itself nor costs the machine much."""
    return tuple(
        fault.lasting(min(fault.seconds, MIX_SECONDS))
        for fault in OVER_PLAIN_OR_TLS
        if not fault.stops_run and fault.name not in TOO_COSTLY_FOR_A_MIX
    )


def apply_rules(server: HostileServer, spec: str) -> None:
    """Plan the faults that ``spec`` names; raises ValueError or KeyError where it cannot be read."""
    for rule in filter(None, (part.strip() for part in spec.split(";"))):
        what, _, where = rule.partition("@")
        name, _, seconds = what.partition(":")
        options = {key: value for key, _, value in (option.partition("=") for option in where.split(","))}
        if "share" in options:
            faults = mix() if name == "mix" else (_fault(name, seconds),)
            server.share(faults, float(options["share"]), int(options.get("seed", "1")))
            continue
        fault = _fault(name, seconds)
        match options:
            case {"user": user}:
                server.fault_for(int(user), fault)
            case {"topic": topic}:
                server.fault_for(topic, fault)
            case {"request": number} | {"connection": number}:
                server.fault_on_request(int(number), fault)
            case {"next": times}:
                server.fault_next(fault, int(times))
            case _:
                raise ValueError(
                    f"Cannot read the rule {rule!r}: after @ stands user=, topic=, request=, next= or share=."
                )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    from tests.support.service.hostile_server import HostileServer  # noqa: PLC0415 - that module runs this one as its main

    parser = argparse.ArgumentParser(
        prog="python -m tests.support.service.hostile_server",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--faults", default="", metavar="SPEC")
    parser.add_argument("--tls", choices=["good", "expired", "wrong_host", "not_trusted"])
    parser.add_argument("--rate-limit", type=float, metavar="PER_SECOND")
    parser.add_argument("--until-eof", action="store_true")
    options = parser.parse_args(arguments)

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    limit = RateLimit(options.rate_limit, burst=1) if options.rate_limit else None
    with HostileServer(options.port, tls=options.tls, rate_limit=limit, log=options.log) as server:
        apply_rules(server, options.faults)
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        if options.until_eof:
            sys.stdin.read()
        else:
            stop.wait()
    return 0


def _fault(name: str, seconds: str) -> Fault:
    fault = named(name)
    return fault.lasting(float(seconds)) if seconds else fault
