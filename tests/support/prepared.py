"""A process that has imported the whole project and forks into programs of it: see ``tests.support.programs``."""

from __future__ import annotations

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

import hotline_batch

NUMBER = struct.Struct("!i")
"""How a process number and an exit code are told, in this order."""
_MOST_BYTES = 200_000
_ASKS_TO_STOP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_STREAMS = (("stdin", "r", "strict"), ("stdout", "w", "strict"), ("stderr", "w", "backslashreplace"))
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
    """A program that is to run: the module and its arguments, the folder and the environment."""

    module: str
    arguments: tuple[str, ...]
    folder: str
    environment: dict[str, str]

    def as_bytes(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> Order:
        """Raises `TypeError` where it is none."""
        return cls(**json.loads(text))


def _import_all() -> None:
    found = pkgutil.walk_packages(hotline_batch.__path__, "hotline_batch.")
    for name in (*(module.name for module in found if not module.name.endswith("__main__")), *_LOADED_LATE):
        with suppress(ImportError):  # what is not installed is not there for the programs either
            importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "A process with threads is not to be forked"
    gc.collect()
    gc.freeze()


def _wait_for_an_order(orders: socket.socket) -> Order | None:
    """Fork for each order, which is returned in the fork alone. ``None`` when nobody is left who could ask."""
    running: dict[int, tuple[int, int]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(orders, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not orders:
                    selector.unregister(key.fd)
                    _tell_the_end(*running.pop(key.fd))
                    os.close(key.fd)
                    continue
                text, files, _, _ = socket.recv_fds(orders, _MOST_BYTES, len(_STREAMS) + 1)
                if not text:
                    return None
                *streams, tell = files
                process = os.fork()
                if not process:
                    for watched, (_, others) in running.items():
                        os.close(watched)
                        os.close(others)
                    os.close(tell)
                    _take(streams)
                    return Order.from_bytes(text)
                for file in streams:
                    os.close(file)
                _tell(tell, process)
                watched = os.pidfd_open(process)
                running[watched] = (process, tell)
                selector.register(watched, selectors.EVENT_READ)


def _tell(tell: int, number: int) -> None:
    with suppress(BrokenPipeError):  # whoever asked has ended
        os.write(tell, NUMBER.pack(number))


def _tell_the_end(process: int, tell: int) -> None:
    _, status = os.waitpid(process, 0)
    _tell(tell, os.waitstatus_to_exitcode(status))
    os.close(tell)


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
    sys.path[0] = order.folder
    sys.argv[1:] = order.arguments
    for number in _ASKS_TO_STOP:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKS_TO_STOP)
    module = importlib.import_module(order.module)
    if hasattr(module, "__path__"):
        module = importlib.import_module(f"{order.module}.__main__")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    module.main()


if __name__ == "__main__":
    # Ctrl-C is for whoever runs the tests. A fork hears what was sent to it when it is what was asked for.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ASKS_TO_STOP)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy would start some threads, and forks have no others' threads
    _import_all()
    with socket.socket(fileno=os.dup(0)) as _orders:
        _order = _wait_for_an_order(_orders)
    if _order is not None:
        _become(_order)
