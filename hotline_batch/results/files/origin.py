"""A file -> the run whose result sheet it is, by what the program wrote into it."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile, ZipFile

RUN_COLUMN = "hotline_run"

_PROPERTIES = "docProps/core.xml"
_MOST_BYTES = 65_536
_TITLE = re.compile(r"Results of run ([0-9A-Za-z-]+)")
_LONGEST_ID = 64


def title_of(run_id: str) -> str:
    """The title of a run's workbook; spreadsheet programs keep it."""
    return f"Results of run {run_id}"


def run_of_result(path: Path) -> str:
    """The id of the run; empty where the file is none of ours, cannot be read, or does not tell.

    A workbook tells by its title, CSV by its first row, as long as its column ``hotline_run`` was not left out.
    """
    with suppress(OSError, ValueError, BadZipFile, KeyError, NotImplementedError, RuntimeError, csv.Error):
        if path.is_symlink() or not path.is_file():
            return ""
        return _run_of_csv(path) if path.suffix.lower() == ".csv" else _run_of_workbook(path)
    return ""


def _run_of_workbook(path: Path) -> str:
    with ZipFile(path) as archive, archive.open(_PROPERTIES) as properties:
        found = _TITLE.search(properties.read(_MOST_BYTES).decode("utf-8", "replace"))
    return found[1] if found else ""


def _run_of_csv(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(_MOST_BYTES)
        # A spreadsheet program may have saved it with another delimiter.
        delimiter = next((letter for letter in ",;\t|" if RUN_COLUMN in first.strip().split(letter)), None)
        if delimiter is None:
            return ""
        file.seek(0)
        rows = csv.reader(file, delimiter=delimiter)
        at = next(rows).index(RUN_COLUMN)
        run = next(rows, [])[at:][:1]
    return run[0] if run and len(run[0]) <= _LONGEST_ID else ""
