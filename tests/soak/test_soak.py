"""A small storm over each database; for long ones see ``python -m tests.soak --help``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soak.places import OnDisk, Place, on_full_disk, on_server
from tests.soak.storm import MOST_RUNS, Storm

ROWS = 60
SEED = 4


@pytest.fixture(params=["sqlite", "tmpfs", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A ledger's place."""
    match request.param:
        case "sqlite":
            yield OnDisk(tmp_path)
        case "tmpfs":
            try:
                with on_full_disk(tmp_path) as disk:
                    yield disk
            except PermissionError as error:
                pytest.skip(f"left out: a small disk of its own cannot be mounted here ({error})")
        case _:
            with on_server(tmp_path, request.getfixturevalue("postgresql")) as server:
                yield server


def test_every_row_tells_the_truth_after_a_storm(tmp_path: Path, place: Place) -> None:
    """Nothing came twice, no row is lost or lies, and every run came to its end."""
    verdict = Storm(SEED, ROWS, place, tmp_path).run()

    assert [] == verdict.complaints, verdict
    assert 0 == verdict.duplicates
    assert 1 <= verdict.statuses.total() / ROWS <= MOST_RUNS, verdict
    assert verdict.faults, verdict
    assert verdict.happened, verdict
