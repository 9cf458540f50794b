"""What the tests of the promise share: a scene."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promise.scene import Scene
from tests.support.service.hostile_server import HostileServer


@pytest.fixture
def scene(tmp_path: Path, ledger_url: str) -> Iterator[Scene]:
    """A fresh machine, a ledger in each of the two databases, and a service in good health."""
    with HostileServer() as server:
        yield Scene(tmp_path, ledger_url, server)
