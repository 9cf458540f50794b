"""A small shift for each thing that may befall workers; for long ones see ``python -m tests.soak --help``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.soak.shift import Happening, Shift, asleep, clock_is_wrong, killed, server_restarts
from tests.support.hostile_server import HostileServer

ROWS = 90
PER_SECOND = 40
SOON_ENOUGH_SECONDS = 20.0


@pytest.fixture(params=["sqlite", "postgresql"])
def shift(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shift]:
    """Two workers, four connections."""
    with HostileServer() as server:
        database: Any = request.getfixturevalue("database") if request.param == "postgresql" else None
        url = database.url if database else f"sqlite:///{tmp_path}/ledger/ledger.sqlite"
        shift = Shift(tmp_path, server, url, ROWS, workers=2, per_second=PER_SECOND)
        shift.cluster = database.cluster if database else None
        yield shift


@pytest.mark.parametrize("happening", [killed, asleep, clock_is_wrong])
def test_whatever_befalls_a_worker_nothing_is_sent_twice_or_lost(shift: Shift, happening: Happening) -> None:
    """At most what the struck one had on its way is in doubt, the pace is kept, and others go on soon."""
    verdict = shift.run((happening.__name__, 30, happening))

    assert [] == verdict.complaints
    assert max(verdict.gaps) < SOON_ENOUGH_SECONDS


@pytest.mark.parametrize("shift", ["postgresql"], indirect=True)
def test_workers_outlive_a_restart_of_the_server(shift: Shift) -> None:
    verdict = shift.run(("restart", 30, server_restarts))

    assert [] == verdict.complaints


def test_two_workers_share_a_run(shift: Shift) -> None:
    """Each has a part of its lanes, and whoever ends the last concludes it, once."""
    verdict = shift.run()

    assert [] == verdict.complaints
    assert 0 == verdict.unknown
