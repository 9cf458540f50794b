"""Practice with mishaps: what was chosen is met, and is over once the row is tried again."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_batch.application.practice import practice_mishaps, shares_of
from hotline_batch.application.service import open_service
from hotline_batch.errors import Unconfirmed
from hotline_batch.model.jobs import SendMessage
from hotline_batch.settings.load import load_settings


def test_every_mishap_is_one_of_the_sandbox() -> None:
    """And together they leave most requests alone."""
    shares = shares_of([mishap.name for mishap in practice_mishaps()])

    assert [mishap.name for mishap in practice_mishaps()] == [*shares]
    assert sum(shares.values()) < 0.5
    assert {} == shares_of(["no such mishap"])


def test_chosen_mishap_is_met_and_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that began anew with the same luck would let a row fail for ever."""
    monkeypatch.setattr("hotline_batch.application.service.shares_of", lambda names: dict.fromkeys(names, 0.5))
    settings = load_settings(ledger=f"sqlite:///{tmp_path / 'ledger.sqlite'}", environ={}, working_folder=tmp_path)
    outcomes = []

    for _ in range(12):
        with open_service(settings, ["x"], 10, sandbox=True, mishaps=["lost_reply"]) as clients:
            try:
                clients["x"].perform(SendMessage(987654321, "Hello"))
                outcomes.append("sent")
            except Unconfirmed:
                outcomes.append("lost")

    assert {"sent", "lost"} == set(outcomes)
