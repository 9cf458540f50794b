"""A running sandbox for each test that asks for one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hotline_batch.sandbox.server import Sandbox


@pytest.fixture
def start() -> Iterator[Callable[..., Sandbox]]:
    """Starts sandboxes with any options, and stops them after the test."""
    started: list[Sandbox] = []

    def start_one(**options: Any) -> Sandbox:
        started.append(Sandbox(**options).start())
        return started[-1]

    yield start_one
    for sandbox in started:
        sandbox.stop()


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    return start()
