"""A process that has imported the whole project and forks into programs of it, for ``programs``."""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import selectors
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

NUMBER = struct.Struct("!i")
"""How a process number and an exit code are told, in this order."""
_MOST_BYTES = 200_000
_ASKS_TO_STOP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_STREAMS = (("stdin", "r", "strict"), ("stdout", "w", "strict"), ("stderr", "w", "backslashreplace"))
_exit_codes: list[int] = []
_LOADED_LATE = (
    "numpy",
    "openpyxl",
    "pandas",
    "psycopg",
    "uvicorn",
    "xlsxwriter",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


@dataclass(frozen=True, slots=True)
class Order:
    """A program that is to run: the module and its arguments, the folder and the environment.

    ``is_detached``: in a session of its own, as whoever outlives its terminal.
    """

    module: str
    arguments: tuple[str, ...]
    folder: str
    environment: dict[str, str]
    is_detached: bool = False

    def as_bytes(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> Order:
        """Raises `TypeError` where it is none."""
        return cls(**json.loads(text))


def _end_at_once() -> None:
    """The last thing at the end of a program: what an interpreter puts in order then, the system takes back anyway."""
    if _exit_codes:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_exit_codes[0])


def _import_all() -> None:
    found = pkgutil.walk_packages(importlib.import_module("hotline_batch").__path__, "hotline_batch.")
    for name in (*(module.name for module in found if not module.name.endswith("__main__")), *_LOADED_LATE):
        with suppress(ImportError):  # what is not installed is not there for the programs either
            importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "A process with threads is not to be forked"
    gc.collect()
    gc.freeze()


class _Forks:
    """The programs that run, and whom to tell what becomes of them, by the file that tells of the end of each."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[int, int]] = {}

    def wait_for_an_order(self, orders: socket.socket) -> Order | None:
        """Fork for each order, which is returned in the fork alone. ``None`` when nobody is left who could ask."""
        with selectors.DefaultSelector() as selector:
            selector.register(orders, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is not orders:
                        selector.unregister(key.fd)
                        self._tell_the_end(key.fd)
                        continue
                    text, files, _, _ = socket.recv_fds(orders, _MOST_BYTES, len(_STREAMS) + 1)
                    if not text:
                        return None
                    started = self._fork(*files)
                    if started is None:
                        return Order.from_bytes(text)
                    selector.register(started, selectors.EVENT_READ)

    def _fork(self, *files: int) -> int | None:
        """``None`` in the fork, which has these files for its streams; the last one is told of it."""
        *streams, tell = files
        process = os.fork()
        if not process:
            for watched, (_, others) in self._running.items():
                os.close(watched)
                os.close(others)
            os.close(tell)
            _take(streams)
            return None
        for file in streams:
            os.close(file)
        _tell(tell, process)
        watched = os.pidfd_open(process)
        self._running[watched] = process, tell
        return watched

    def _tell_the_end(self, watched: int) -> None:
        process, tell = self._running.pop(watched)
        _, status = os.waitpid(process, 0)
        _tell(tell, os.waitstatus_to_exitcode(status))
        os.close(tell)
        os.close(watched)


def _tell(tell: int, number: int) -> None:
    with suppress(BrokenPipeError):  # whoever asked has ended
        os.write(tell, NUMBER.pack(number))


def _take(streams: list[int]) -> None:
    """The streams of the order become those of this process, as an interpreter makes them when it starts."""
    for number, (file, (name, mode, errors)) in enumerate(zip(streams, _STREAMS, strict=True)):
        os.dup2(file, number)
        os.close(file)
        raw = open(number, f"{mode}b", closefd=False)  # noqa: SIM115 - it lasts as long as the process
        stream = io.TextIOWrapper(raw, encoding="utf-8", errors=errors, line_buffering=name == "stderr" or raw.isatty())
        for known_as in (name, f"__{name}__"):
            setattr(sys, known_as, stream)


def _become(order: Order) -> None:
    """The program itself, from the first line of its ``main``. A signal before that ends the process without a word."""
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    os.chdir(order.folder)
    if order.is_detached:
        os.setsid()
    sys.path[0] = order.folder
    sys.argv[1:] = order.arguments
    for number in _ASKS_TO_STOP:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKS_TO_STOP)
    module = importlib.import_module(order.module)
    if hasattr(module, "__path__"):
        module = importlib.import_module(f"{order.module}.__main__")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        module.main()
    except SystemExit as ended:
        if isinstance(ended.code, int):
            _exit_codes.append(ended.code)
        raise


if __name__ == "__main__":
    # Ctrl-C is for whoever runs the tests. A fork hears what was sent to it when it is what was asked for.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ASKS_TO_STOP)
    atexit.register(_end_at_once)  # before anything else is to be done at the end: what comes first here comes last
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy would start some threads, and forks have no others' threads
    _import_all()
    with socket.socket(fileno=os.dup(0)) as _orders:
        _order = _Forks().wait_for_an_order(_orders)
    if _order is not None:
        _become(_order)
