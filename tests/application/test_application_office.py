"""Accounts of the office on a ledger that cannot hold them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_batch.application.office.accounts import reset_password
from hotline_batch.errors import SettingsError
from hotline_batch.settings.load import load_settings


def test_password_is_not_looked_for_in_a_file(tmp_path: Path) -> None:
    """Nor is a ledger made there, to hold none."""
    settings = load_settings(ledger=f"sqlite:///{tmp_path}/ledger.sqlite", environ={}, working_folder=tmp_path)

    with pytest.raises(SettingsError, match="An office needs a ledger in PostgreSQL"):
        reset_password(settings, "anna", "four plain words here")

    assert [] == list(tmp_path.iterdir())
