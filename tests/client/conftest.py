"""What every test of the client may rely on, however busy the machine is."""

from __future__ import annotations

import pytest

from hotline_batch.client.network import connections


@pytest.fixture(autouse=True)
def _connections_stay_young(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it counts over which connection a request goes, no pause of the machine makes one too old to be used.

    Tests of that very limit go by a clock that they move on themselves.
    """
    if "clock" not in request.fixturenames:
        monkeypatch.setattr(connections, "_LONGEST_IDLE_SECONDS", 600.0)
