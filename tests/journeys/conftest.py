"""What journeys share: a fresh machine and a service that can misbehave."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.processes.journey import Machine
from tests.support.service.hostile_server import HostileServer


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that has never run the program, without any settings."""
    return Machine(tmp_path)


@pytest.fixture
def connected(machine: Machine, server: HostileServer) -> Machine:
    """A machine whose settings name the service and the right keys."""
    return machine.toward(server)
