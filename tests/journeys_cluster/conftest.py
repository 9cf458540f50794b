"""What journeys of several machines share: an office, and a service of four connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ledgers.postgresql import Database
from tests.support.processes.cluster import PATIENT_SECONDS, Office, credentials
from tests.support.service.hostile_server import HostileServer

CONNECTIONS = 4


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """A service in good health."""
    with HostileServer(credentials=credentials(CONNECTIONS)) as running:
        yield running


@pytest.fixture
def patient_office(tmp_path: Path, database: Database, server: HostileServer) -> Office:
    """An office in which nobody is replaced who is only slow, as all are on a busy machine."""
    return Office(tmp_path, database, server, connections=CONNECTIONS, silent_seconds=PATIENT_SECONDS)


@pytest.fixture
def office(tmp_path: Path, database: Database, server: HostileServer) -> Office:
    """An office whose workers are replaced after three seconds of silence."""
    return Office(tmp_path, database, server, connections=CONNECTIONS)
