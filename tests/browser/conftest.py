"""A browser for each process of the tests, a machine with the page for each test, and visitors of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser

from hotline_batch.people import Role
from tests.browser.lived_in import live_in
from tests.browser.page_program import PageProgram
from tests.browser.visitor import Visitor, visiting
from tests.support.ledgers.postgresql import Database
from tests.support.page.chromium import LEFT_OUT, find_chromium, is_needed, running_chromium
from tests.support.page.office_server import OfficeServer
from tests.support.processes.journey import Machine
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

Visit = Callable[..., Visitor]

_OFFICE = """
x_api_key = "env:HOTLINE_X_API_KEY"
[connections.support_bot]
instance = "{instance}"
api_key = "env:SUPPORT_KEY"
approval = "required"
"""


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One for each process. It ends with the last test of this folder: playwright's loop must not meet other tests'."""
    path = find_chromium()
    if path is None:
        if is_needed():
            pytest.fail(f"Chromium is needed here, and {LEFT_OUT.removeprefix('left out: ')}")
        pytest.skip(LEFT_OUT)
    with running_chromium(path) as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, whose browsers end with the test. What went wrong unseen fails it."""
    with ExitStack() as stack:
        made: list[Visitor] = []

        def new_visitor(**options: Any) -> Visitor:
            made.append(stack.enter_context(visiting(chromium, **options)))
            return made[-1]

        yield new_visitor
        assert [] == [complaint for visitor in made for complaint in visitor.complaints]


@pytest.fixture(scope="package")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with runs of every kind and reports about them; each process of the tests has a copy."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "lived-in"
    with FileLock(f"{folder}.lock"):  # it is made once
        if not folder.exists():
            folder.mkdir()
            live_in(Machine(folder))
    copy = shutil.copytree(folder, tmp_path_factory.mktemp("lived-in-copy"), dirs_exist_ok=True)
    return Machine(copy, exist_ok=True)


@pytest.fixture(scope="package")
def lived_in_program(lived_in: Machine) -> Iterator[PageProgram]:
    """Its page, for tests that change nothing."""
    with PageProgram(lived_in) as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that nobody has used, with a folder of its own for everything."""
    return Machine(tmp_path)


@pytest.fixture
def program(machine: Machine) -> Iterator[PageProgram]:
    """The page, served by the real program."""
    with PageProgram(machine) as running:
        yield running


@pytest.fixture
def admitted(program: PageProgram, visit: Visit) -> Callable[..., Visitor]:
    """Makes visitors that the page knows, at its first page."""
    return partial(admit, visit, program)


def admit(visit: Visit, program: PageProgram, **options: Any) -> Visitor:
    """A visitor who came with a key of the program."""
    visitor = visit(base_url=program.origin, **options)
    visitor.page.goto(program.opening_address())
    visitor.page.wait_for_url(f"{program.origin}/")
    return visitor


@pytest.fixture
def service() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


@pytest.fixture
def office(
    fresh_machine: Path, database: Database, service: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OfficeServer]:
    """Adam administers, Anna prepares, Ben approves."""
    keys = Credentials()
    monkeypatch.setenv("HOTLINE_BATCH_LEDGER", database.url)
    monkeypatch.setenv("HOTLINE_ENDPOINT", service.url)
    monkeypatch.setenv("HOTLINE_X_API_KEY", keys.x_api_key)
    monkeypatch.setenv("SUPPORT_KEY", keys.api_key)
    text = _OFFICE.format(instance=keys.instance)
    with OfficeServer(fresh_machine / "hotline-batch.toml", "http://127.0.0.1:{port}", settings_text=text) as server:
        server.add("adam", Role.ADMINISTER)
        server.add("anna", Role.PREPARE)
        server.add("ben", Role.APPROVE)
        yield server
