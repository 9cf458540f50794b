"""A small shift for each thing that may befall workers; for long ones see ``python -m tests.soak.workers --help``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soak.shift import Happening, Shift
from tests.soak.workers import ANYWHERE, CLOCKS, ON_A_SERVER, cable_pulled
from tests.support.processes.journey import people
from tests.support.processes.other_network import other_network
from tests.support.service.hostile_server import HostileServer

ROWS = 110
# Enough that they last until the other worker has begun, too.
MANY = 500
STRUCK_AFTER = 30
PER_SECOND = 40


@pytest.fixture(params=["sqlite", "postgresql"])
def shift(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shift]:
    """Two workers, four connections."""
    with HostileServer() as server:
        database = request.getfixturevalue("database") if request.param == "postgresql" else None
        yield Shift(tmp_path, server, database, ROWS, workers=2, per_second=PER_SECOND)


@pytest.mark.parametrize("happening", [*ANYWHERE, *CLOCKS], ids=lambda happening: happening.__name__)
def test_whatever_befalls_a_worker_nothing_is_sent_twice_or_lost(shift: Shift, happening: Happening) -> None:
    """At most what the struck one had on its way is in doubt, the pace is kept, and others go on."""
    verdict = shift.run((STRUCK_AFTER, happening))

    assert [] == verdict.complaints


@pytest.mark.parametrize("shift", ["postgresql"], indirect=True)
@pytest.mark.parametrize("happening", ON_A_SERVER, ids=lambda happening: happening.__name__)
def test_workers_outlive_what_befalls_their_way_to_the_database(shift: Shift, happening: Happening) -> None:
    verdict = shift.run((STRUCK_AFTER, happening))

    assert [] == verdict.complaints


@pytest.mark.parametrize("shift", ["postgresql"], indirect=True)
def test_a_machine_that_loses_its_network_is_replaced(shift: Shift) -> None:
    """Its packets are lost, and nobody tells it so: neither database nor service."""
    try:
        with other_network(1, 1):
            pass
    except PermissionError as error:
        pytest.skip(f"left out: a network of its own cannot be made here ({error})")

    shift.has_one_elsewhere = True
    shift.sheet = people(MANY)
    verdict = shift.run((STRUCK_AFTER, cable_pulled))

    assert [] == verdict.complaints


def test_two_workers_share_a_run(shift: Shift) -> None:
    """Each has a part of its lanes, and whoever ends the last concludes it, once."""
    verdict = shift.run()

    assert [] == verdict.complaints
    assert 0 == verdict.unknown
