"""Options as a Python caller writes them: meant as they look, or refused before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

import hotline_batch
from hotline_batch.errors import SettingsError
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(ledger=f"sqlite:///{tmp_path / 'ledger.sqlite'}", environ={}, working_folder=tmp_path)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Rows 2 to 4, of which row 3 is hidden."""
    workbook = Workbook()
    worksheet = workbook.worksheets[0]
    for line in (["user_id", "message"], [987654321, "one"], [987654322, "two"], [987654323, "three"]):
        worksheet.append(line)
    worksheet.row_dimensions[3].hidden = True
    workbook.save(tmp_path / "f.xlsx")
    return tmp_path / "f.xlsx"


@pytest.mark.parametrize("word", ["Skip", "no", "SKIP ", "", "exclude"])
def test_word_for_hidden_rows_that_is_not_known_sends_none(settings: Settings, sheet: Path, word: str) -> None:
    """A slip never means that rows go out which nobody sees."""
    with pytest.raises(SettingsError, match=r'^hidden_rows = .* Write it like hidden_rows = "skip" or "include"\.$'):
        hotline_batch.send_sheet(sheet, settings=settings, sandbox=True, rate="500/s", hidden_rows=word)

    assert not sheet.with_name("f.results.xlsx").exists()


@pytest.mark.parametrize(("word", "sent"), [("skip", 2), ("include", 3)])
def test_words_for_hidden_rows(settings: Settings, sheet: Path, word: str, sent: int) -> None:
    """Those of the settings file."""
    summary = hotline_batch.send_sheet(sheet, settings=settings, sandbox=True, rate="500/s", hidden_rows=word)

    assert sent == summary.counts["sent"]
