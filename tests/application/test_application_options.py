"""Options as a Python caller writes them: meant as they look, or refused before anything is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

import hotline_batch
from hotline_batch.errors import HotlineBatchError, SettingsError
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


SEND = {"sandbox": True, "hidden_rows": "include"}


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"rows": 2}, [2]),
        ({"rows": np.int64(3)}, [3]),
        ({"limit": "2"}, [2, 3]),
        ({"limit": 2.0}, [2, 3]),
        ({"header_row": "1"}, [2, 3, 4]),
        ({"where": "message=two"}, [3]),
        ({"where": ["message!=two", "user_id~3$"]}, [4]),
        ({"max_errors": 3, "timeout": "30", "attempts": "2", "concurrency": 1.0}, [2, 3, 4]),
        ({"duplicate_window": 0}, [2, 3, 4]),
        ({"template": Path("own.txt"), "columns": ["hotline_status"], "leave_out": None}, [2, 3, 4]),
        ({"mishaps": (), "worksheet": None, "limit": None}, [2, 3, 4]),
    ],
)
def test_values_are_meant_as_they_look(
    settings: Settings, sheet: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], sent: list[int]
) -> None:
    """Numbers for texts, texts for numbers, and one condition for a list of them."""
    monkeypatch.chdir(sheet.parent)
    Path("own.txt").write_text("Hello")

    summary = hotline_batch.send_sheet(sheet, settings=settings, rate="500/s", **SEND, **options)

    found = hotline_batch.load_run(summary.run, settings=settings)
    assert sent == list(found["hotline_row"][found["hotline_status"] == "sent"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rows": [2, 3]}, r'^rows = \[2, 3\] cannot be used. Write it like rows = "2-50,77"\.$'),
        ({"rows": True}, "^rows = True cannot be used"),
        ({"limit": "two"}, "^limit = 'two' cannot be used. Write it like limit = 10"),
        ({"limit": 1.5}, "^limit = 1.5 cannot be used"),
        ({"limit": True}, "^limit = True cannot be used"),
        ({"header_row": -1}, "^header_row = -1 cannot be used"),
        ({"attempts": 0}, "^attempts = 0 cannot be used. Write it like attempts = 3"),
        ({"attempts": -1}, "^attempts = -1 cannot be used"),
        ({"concurrency": 0}, "^concurrency = 0 cannot be used"),
        ({"concurrency": 257}, "^concurrency = 257 cannot be used"),
        ({"header_row": "first"}, "^header_row = 'first' cannot be used. Write it like header_row = 3"),
        ({"timeout": "nan"}, "^timeout = 'nan' cannot be used. Write it like timeout = 30"),
        ({"timeout": [30]}, "^timeout = "),
        ({"where": {"Name": "A"}}, "^where = "),
        ({"where": 7}, "^where = 7 cannot be used"),
        ({"column_map": "user_id"}, "^column_map = "),
        ({"sandbox": "no"}, "^sandbox = 'no' cannot be used. Write it like sandbox = True"),
        ({"columns": 3}, "^columns = 3 cannot be used"),
        ({"worksheet": 0}, "worksheet"),
        ({"rate": 50}, "^rate: '50' is not a rate"),
        ({"hidden_rows": False}, "^hidden_rows = False"),
        ({"template": ""}, "^template = '' cannot be used"),
        ({"between": ""}, "^between = '' cannot be used"),
        ({"leave_out": ""}, "^leave_out = '' cannot be used"),
        ({"output": ""}, "^output = '' cannot be used"),
        ({"message": ["a" * 500]}, "^message = .{60}… cannot be used"),
    ],
)
def test_values_that_cannot_be_meant_name_their_option(
    settings: Settings, sheet: Path, options: dict[str, Any], said: str
) -> None:
    """An error of the program's own, before anything is done."""
    with pytest.raises(HotlineBatchError, match=said):
        hotline_batch.send_sheet(sheet, settings=settings, **{**SEND, "rate": "500/s", **options})

    assert not sheet.with_name("f.results.xlsx").exists()


def test_values_for_a_frame_are_meant_as_they_look(settings: Settings) -> None:
    """As for a sheet."""
    frame = pd.DataFrame({"topic_link": ["https://t.me/c/2101424779/5301"]})

    found = hotline_batch.enrich_frame(frame, settings=settings, sandbox=True, rate="500/s", timeout="30", max_age=0)

    assert ["enriched"] == list(found["hotline_status"])
    with pytest.raises(SettingsError, match=r"^concurrency = 'many' cannot be used"):
        hotline_batch.enrich_frame(frame, settings=settings, sandbox=True, concurrency="many")


def test_settings_leave_columns_out_of_every_result(settings: Settings, tmp_path: Path) -> None:
    """Whoever starts the run."""
    (tmp_path / "hotline-batch.toml").write_text('leave_out = ["personal_data", "Note"]', "utf-8")
    (tmp_path / "t.csv").write_text("topic_link,Note\nhttps://t.me/c/2101424779/5343,secret\n", "utf-8")
    told = load_settings(ledger=settings.ledger, environ={}, working_folder=tmp_path)

    hotline_batch.enrich_sheet(tmp_path / "t.csv", output=tmp_path / "o.csv", settings=told, sandbox=True)

    header, row = (tmp_path / "o.csv").read_text("utf-8-sig").splitlines()
    assert "hotline_topic_status" in header
    assert "hotline_user_phone" not in header
    assert "secret" not in row
