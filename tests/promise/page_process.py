"""The page in a process of its own that dies at a chosen line; its workers are on machines as in ``machine``.

The lines are those of ``doomed_watcher``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ctypes import c_int
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from threading import Lock

from argon2 import PasswordHasher

from hotline_batch.application.office import passwords
from hotline_batch.application.runs.workers import worker_process
from hotline_batch.people import Role
from hotline_batch.web.guard.local_door import OPEN
from hotline_batch.web.site import Site
from tests.promise.machine import Machine
from tests.support.page.office_server import PASSWORD, OfficeBrowser, OfficeServer
from tests.support.page.page_server import Browser, PageServer
from tests.support.processes import programs
from tests.support.processes.doomed_watcher import at_each_line
from tests.support.processes.programs import Process, Program, is_alive, usual_environment
from tests.support.service.pretend_api import Credentials
from tests.support.waiting import wait_until

_PATIENCE_SECONDS = 180.0
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])

Dead = (OSError, EOFError)
"""What whoever talks to a page that has died meets."""


PEOPLE = ("anna", "ben")
"""Who works in the office: each prepares, and approves what the other did."""

_OFFICE = """
x_api_key = "env:HOTLINE_X_API_KEY"
[connections.support_bot]
instance = "{instance}"
api_key = "env:HOTLINE_API_KEY"
approval = "required"
"""


class PageProcess:
    """The page of a folder, in its settings ``config``; that of an office, where there are ``people``."""

    def __init__(self, folder: Path, config: str, environment: Mapping[str, str], *, is_office: bool) -> None:
        self._told, tell = _PROCESSES.Pipe()
        self._fuse = RawValue("i", 0)
        self._process = _PROCESSES.Process(
            target=_serve,
            args=(folder, config, dict(environment), programs._prepared(), tell, self._fuse, is_office),
            daemon=True,
        )
        self._asking = Lock()
        self._process.start()
        tell.close()
        site, key = self._told.recv()
        self.browsers: list[Browser] = (
            [_signed_in(site, name) for name in PEOPLE] if is_office else [_admitted(site, key)]
        )

    def die_at(self, line: int) -> None:
        """It dies right before that line, counted from now; 0: it lives on."""
        self._fuse.value = line

    @property
    def is_alive(self) -> bool:
        """Whether it serves."""
        return self._process.is_alive()

    def has_died(self) -> bool:
        """Whether it has, told by whoever got no answer."""
        with self._asking:
            self._process.join(_PATIENCE_SECONDS if self._fuse.value == 1 else 0)
            return not self.is_alive

    def new_workers(self) -> Sequence[int]:
        """The processes of the workers that it has started since it was asked last."""
        found = []
        with suppress(*Dead):
            while self._told.poll():
                found.append(self._told.recv())
        return found

    def end(self) -> None:
        """Let it end, if it has not died."""
        with suppress(*Dead):
            self._told.send("end")
        self._process.join(_PATIENCE_SECONDS)
        assert self._process.exitcode in {0, -signal.SIGKILL}, self._process.exitcode
        self._process.close()
        self._told.close()


def _admitted(site: Site, key: str) -> Browser:
    browser = Browser(site)
    assert browser.get(f"{OPEN}?key={key}").status == 200
    return browser


def _signed_in(site: Site, name: str) -> Browser:
    browser = OfficeBrowser(site)
    assert browser.sign_in(name, PASSWORD).status == 303
    return browser


def _serve(
    folder: Path,
    config: str,
    environment: Mapping[str, str],
    prepared: socket.socket,
    tell: Connection,
    fuse: c_int,
    is_office: bool,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    programs._prepared = lambda: prepared

    def detached(command: Sequence[str], known: Mapping[str, str]) -> Process:
        arguments = command[command.index("hotline_batch") + 1 :]
        kept = {name: value for name, value in known.items() if not name.startswith(("PYTHON", "LC_"))}
        order = json.dumps({"machine": asdict(Machine(str(folder), {})), "death": None})
        program = Program("tests.promise.machine", [order, *arguments], folder, kept | usual_environment())
        with Path(os.devnull).open("r+b", buffering=0) as nothing:
            process = program.start(nothing.fileno(), nothing.fileno(), nothing.fileno())
        tell.send(process.pid)
        return process

    worker_process._detached = detached  # type: ignore[assignment]
    _die_at(fuse)
    with _page(folder, config, is_office=is_office) as server:
        tell.send((server.site, server.keys.new_key() if isinstance(server, PageServer) else ""))
        with suppress(*Dead):
            tell.recv()
    sys.exit(0)


def _page(folder: Path, config: str, *, is_office: bool) -> PageServer | OfficeServer:
    path = folder / "hotline-batch.toml"
    is_first = not path.exists()
    if not is_office:
        path.write_text(config, "utf-8")
        return PageServer(folder / "page")
    quick = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
    passwords._hasher = lambda: quick  # type: ignore[assignment]
    server = OfficeServer(path, settings_text=config + _OFFICE.format(instance=Credentials().instance))
    if is_first:
        server.add("adam", Role.ADMINISTER)
        for name in PEOPLE:
            server.add(name, Role.PREPARE, Role.APPROVE)
    return server


def _die_at(fuse: c_int) -> None:
    crossing = Lock()

    def cross() -> None:
        with crossing:
            if fuse.value == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            fuse.value = max(0, fuse.value - 1)

    at_each_line(cross)


def wait_for_the_end_of(processes: Sequence[int]) -> None:
    """Until none of these processes is there."""
    wait_until(lambda: not any(is_alive(process) for process in processes), _PATIENCE_SECONDS)
