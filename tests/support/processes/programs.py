"""Programs of this project in processes of their own, soon: forks of a process that has imported it all.

Importing some 700 modules is most of what a small command costs. So each process of the tests keeps one that has done
it, ``tests.support.processes.prepared``. What is started here is a fork of that, with the folder, the environment and
the streams that it is given; it calls the module's ``main``, as ``python -m`` does, and ends when its threads and exit
handlers have. Where no fork is to be had, or one would differ since the interpreter reads the environment as it starts,
it is a new one. The same is so of the workers to whom a page in this process hands its runs over. What the examples of
the README, shells, terminals and programs themselves start is always a new one; ``HOTLINE_TESTS_NEW_INTERPRETERS=1``
makes everything one.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from tests.support.processes.prepared import NUMBER, Order

_ROOT = Path(__file__).parents[3]
ALWAYS_NEW = "HOTLINE_TESTS_NEW_INTERPRETERS"
_READ_BY_THE_INTERPRETER = ("PYTHON", "LC_", "LANG", "LD_", "OPENPYXL_LXML")


class Process(Protocol):
    """A program under way, as far as `subprocess.Popen` promises it too."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Its exit code, a signal that ended it as a negative number; ``None`` while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for that; raises `subprocess.TimeoutExpired`."""

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""

    def terminate(self) -> None:
        """SIGTERM: ask it to end."""

    def kill(self) -> None:
        """SIGKILL: it has no chance to tidy up."""


@dataclass(frozen=True, slots=True)
class Program:
    """``python -m module arguments``, and where it runs. It hears every signal, whatever the tests ignore.

    ``module``, or its ``__main__`` where it is a package, has a ``main`` that is called.
    """

    module: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]

    def start(self, stdin: int, stdout: int, stderr: int) -> Process:
        """Start it with these open files, and go on."""
        if _would_not_differ(self.environment):
            order = Order(self.module, tuple(self.arguments), str(self.folder), dict(self.environment))
            return _Forked(order, (stdin, stdout, stderr))
        return self._start_anew(self._command, stdin, stdout, stderr)

    def start_silently(self, stdout: int, stderr: int) -> Process:
        """Start it with nothing to read."""
        with Path(os.devnull).open("rb") as nothing:
            return self.start(nothing.fileno(), stdout, stderr)

    def start_by(self, command: Callable[..., Sequence[str]], stdout: int, stderr: int) -> Process:
        """The same, by another program, whose command line is made of that of this one."""
        return self._start_anew(command(*self._command), subprocess.DEVNULL, stdout, stderr)

    def run(self, stdin: bytes, patience_seconds: float) -> tuple[int, bytes, bytes]:
        """Run it to its end, with a pipe for each of its streams; its exit code and what it said on both."""
        with ExitStack() as theirs, ThreadPoolExecutor(3) as pool:
            (read, write), (out, to_out), (err, to_err) = os.pipe(), os.pipe(), os.pipe()
            for end in (read, to_out, to_err):
                theirs.callback(os.close, end)
            process = self.start(read, to_out, to_err)
            theirs.close()
            pool.submit(_write, write, stdin)
            said = [pool.submit(_read, end) for end in (out, err)]
            try:
                code = process.wait(patience_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            return code, said[0].result(), said[1].result()

    @property
    def _command(self) -> Sequence[str]:
        return [sys.executable, "-m", self.module, *self.arguments]

    def _start_anew(self, command: Sequence[str], stdin: int, stdout: int, stderr: int) -> Process:
        found_in = [self.environment.get("PYTHONPATH", ""), str(_ROOT)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**self.environment, "PYTHONPATH": os.pathsep.join(filter(None, found_in))},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=_hear_every_signal if os.name == "posix" else None,  # noqa: PLW1509 - it only asks the kernel
        )


@cache
def usual_environment() -> dict[str, str]:
    """What is told of these tests' environment to the programs that they start."""
    names = ("PATH", "PYTHONPATH", "LANG", "TZ", "OPENPYXL_LXML")
    return {name: os.environ[name] for name in names if name in os.environ}


Detached = Callable[[Sequence[str], Mapping[str, str]], Process]
"""How a process is started that outlives this one: its command, and its environment."""


def detached_as_fork(really: Detached) -> Detached:
    """The same for ``python -P -m hotline_batch ...`` as a fork, unless that would differ."""

    def start(command: Sequence[str], environment: Mapping[str, str]) -> Process:
        _, _, _, module, *arguments = command
        usual = usual_environment()
        # What is the same for each process of the tests, and known to the prepared one.
        kept = {name: value for name, value in environment.items() if name not in {"LC_ALL", "PYTHONPATH"}}
        kept |= {name: usual[name] for name in ("PYTHONPATH",) if name in usual}
        if environment.get("LC_ALL") != environment.get("LANG") or not _would_not_differ(kept):
            return really(command, environment)
        order = Order(module, tuple(arguments), str(Path.cwd()), kept, is_detached=True)
        with Path(os.devnull).open("r+b", buffering=0) as nothing:
            return _Forked(order, [nothing.fileno()] * 3)

    return start


class _Forked:
    """A fork of the prepared process, which tells here what becomes of it. Threads may share it."""

    def __init__(self, order: Order, streams: Sequence[int]) -> None:
        self._order = order
        self._lock = threading.Lock()
        self._told, tell = os.pipe()
        weakref.finalize(self, os.close, self._told)  # not sooner: another thread may wait for it
        try:
            socket.send_fds(_prepared(), [order.as_bytes()], [*streams, tell])
        finally:
            os.close(tell)
        self.pid = self._number()
        self._code: int | None = None

    def poll(self) -> int | None:
        """As a `Process`."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """As a `Process`."""
        if self._code is None:
            waiting = select.poll()
            waiting.register(self._told, select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired([self._order.module, *self._order.arguments], timeout or 0.0)
            with self._lock:
                if self._code is None:
                    self._code = self._number()
        return self._code

    def send_signal(self, sig: int) -> None:
        """As a `Process`."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        """As a `Process`."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """As a `Process`."""
        self.send_signal(signal.SIGKILL)

    def _number(self) -> int:
        found = os.read(self._told, NUMBER.size)
        if not found:
            message = "The process that was to start a program has ended"
            raise RuntimeError(message)
        (number,) = NUMBER.unpack(found)
        assert isinstance(number, int)
        return number


def _prepared() -> socket.socket:
    """The way to the process that has imported the project; it ends with this one."""
    with _PREPARING:
        return _prepare()


_PREPARING = threading.Lock()


@cache
def _prepare() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    words = (sys.executable, "-m", "tests.support.processes.prepared")
    with theirs:
        process = subprocess.Popen(words, cwd=_ROOT, env=usual_environment(), stdin=theirs.fileno())

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _would_not_differ(environment: Mapping[str, str]) -> bool:
    asked, prepared = (
        {name: value for name, value in variables.items() if name.startswith(_READ_BY_THE_INTERPRETER)}
        for variables in (environment, usual_environment())
    )
    return hasattr(os, "pidfd_open") and asked == prepared and not os.environ.get(ALWAYS_NEW)


def is_alive(process: int) -> bool:
    """Whether there is a process of that number."""
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def _hear_every_signal() -> None:
    """Whoever runs the tests in the background, or under nohup, has their children ignore these from birth."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _write(end: int, text: bytes) -> None:
    with suppress(BrokenPipeError), open(end, "wb", buffering=0) as file:
        file.write(text)


def _read(end: int) -> bytes:
    with open(end, "rb") as file:
        return file.read()
