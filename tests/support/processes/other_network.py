"""A network of its own for a worker, as on another machine: a cable leads to this one, and it can be pulled out.

Unlike behind a ``Relay`` nobody acknowledges anything then: packets are lost, and only the kernel's own time-outs tell.
Linux, and the rights of root. ``python -m tests.support.processes.other_network PORT HOST TARGET`` is what listens
within.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count

from tests.support.ledgers.relay import Relay

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class OtherNetwork:
    """Within it, ``ledger_host`` and ``ledger_port`` lead to the database, and the service is where it is here."""

    name: str
    cable: str
    ledger_host: str
    ledger_port: int

    def command(self, *words: str) -> Sequence[str]:
        """The command that runs within."""
        return ["ip", "netns", "exec", self.name, *words]

    def pull(self) -> None:
        """Nothing arrives any more, in either direction, and nobody is told."""
        _ip("link", "set", self.cable, "down")

    def plug_in(self) -> None:
        """All is well again."""
        _ip("link", "set", self.cable, "up")


@contextmanager
def other_network(service_port: int, ledger_port: int) -> Iterator[OtherNetwork]:
    """Make one. Raises PermissionError where this process may not, or has not what it takes."""
    number = next(_numbers)
    name = f"hotline-{os.getpid()}-{number}"
    here, there = f"hb{os.getpid() % 1_000_000}-{number}", "cable"
    # Of the block that is kept for measures of networks (RFC 2544): nobody is there.
    block, first = f"198.18.{os.getpid() % 250}", 4 * number % 252
    host, guest = f"{block}.{first + 1}", f"{block}.{first + 2}"
    with ExitStack() as stack:
        _ip("netns", "add", name)
        stack.callback(_ip, "netns", "delete", name)
        _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        _ip("address", "add", f"{host}/30", "dev", here)
        _ip("link", "set", here, "up")
        for words in (("address", "add", f"{guest}/30", "dev", there), ("link", "set", there, "up")):
            _ip("-n", name, *words)
        _ip("-n", name, "link", "set", "lo", "up")
        ledger = stack.enter_context(Relay(ledger_port, host=host))
        service = stack.enter_context(Relay(service_port, host=host))
        network = OtherNetwork(name, here, host, ledger.port)
        stack.enter_context(_listening(network, service_port, service.port))
        yield network


@contextmanager
def _listening(network: OtherNetwork, port: int, target: int) -> Iterator[None]:
    """Within the network the service listens on 127.0.0.1, too: a key travels without TLS to nobody else."""
    words = (sys.executable, "-m", "tests.support.processes.other_network", str(port), network.ledger_host, str(target))
    process = subprocess.Popen(network.command(*words), stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        yield
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, check=False)  # noqa: S607 - wherever it is
    except FileNotFoundError as error:
        raise PermissionError(str(error)) from None
    if done.returncode:
        raise PermissionError(done.stderr.decode().strip())


def main() -> None:
    """Pass on whatever comes, until somebody ends this process."""
    port, host, target = sys.argv[1:]
    with Relay((host, int(target)), port=int(port)):
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
