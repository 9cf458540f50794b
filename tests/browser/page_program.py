"""`hotline-batch ui` as a process of its own, on a machine of its own."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from tests.support.processes.journey import PATIENCE_SECONDS, Command, Machine

_ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/\S+")


class PageProgram:
    """Serves the page of a machine's ledger within the context; ``kill`` and ``start`` as often as a test likes."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._command: Command | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it has said where the page is."""
        self._command = self.machine.start("ui", "--no-browser").__enter__()
        self._wait_for_address()

    def kill(self) -> None:
        """SIGKILL, as a machine does that is switched off. Runs go on in processes of their own."""
        if self._command is not None:
            self._command.kill()
            self._command.__exit__(None, None, None)
            self._command = None

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Within, it does nothing at all (SIGSTOP)."""
        assert self._command
        self._command.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._command.signal(signal.SIGCONT)

    @property
    def origin(self) -> str:
        """Such as http://127.0.0.1:45551."""
        return self._wait_for_address()[1]

    def opening_address(self) -> str:
        """An address that opens the page once, as somebody gets it who calls the program while it serves."""
        said = self.machine.run("ui", "--no-browser")
        found = _ADDRESS.search(said.stdout)
        assert found, said
        return found[0]

    def _wait_for_address(self) -> re.Match[str]:
        assert self._command
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends_at and self._command.is_running:
            if found := _ADDRESS.search(self._command.printed):
                return found
            time.sleep(0.02)
        raise AssertionError(f"The page was not served: {self._command.printed}{self._command.said}")
