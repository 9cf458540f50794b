"""The settings of a machine whose only connection is a sandbox in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_batch.sandbox.server import Sandbox


def connect_to(running: Sandbox, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on messages of this process go to the sandbox, at a pace that no test waits for."""
    for name, value in (
        ("HOTLINE_ENDPOINT", running.url),
        ("HOTLINE_X_API_KEY", running.x_api_key),
        ("HOTLINE_INSTANCE", running.instance),
        ("HOTLINE_API_KEY", running.api_key),
    ):
        monkeypatch.setenv(name, value)
    (machine / "hotline-batch.toml").write_text('send_rate = "200/s"\n', "utf-8")
