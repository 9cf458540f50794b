"""A path that a person named -> whether a file can be written there later, asked before anything is sent; the file.

``-`` is standard output. Also: which run's result a file is, by what the program wrote into it.
"""

from __future__ import annotations

import csv
import os
import re
import stat
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final
from zipfile import BadZipFile, ZipFile

from hotline_batch.errors import NotWritten, OutputError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.next_step import NextStep, Step, step
from hotline_batch.results.files.atomic import try_to_write_in, write_whole

STANDARD_OUTPUT: Final = "-"

_ANOTHER_FILE: Final = step(NextStep.CHOOSE_OUTPUT)

MOST_WORKBOOK_ROWS: Final = 1_048_575
"""Rows of a worksheet below its header."""

MOST_WORKBOOK_COLUMNS: Final = 16_384


def check_output(path: str, sheet_path: str, *, force: bool, own_result: bool = False) -> None:
    """OutputError if the result sheet could not be written there later. Asked before anything is sent.

    ``own_result`` says that an existing file is this run's own earlier result, which may be replaced.
    """
    if path == STANDARD_OUTPUT:
        return
    is_csv(path)
    check_target(path, sheet_path, force=force or own_result)


def check_target(path: str, sheet_path: str, *, force: bool) -> None:
    """OutputError if no file can be written there, or one is there and ``force`` is False.

    The input is never replaced, under whatever name or link it is reached.
    """
    target = Path(path)
    try:
        _refuse_unusable(target, path)
        if _is_same_file(target, sheet_path):
            said = words("{path} is the input sheet itself, which is never overwritten.", path=path)
            raise OutputError(said, step(NextStep.CHOOSE_OUTPUT))
        if os.path.lexists(target) and not force:
            raise OutputError(words("{path} exists already.", path=path), step(NextStep.CHOOSE_OUTPUT_OR_REPLACE))
        try_to_write_in(target.parent)
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        said = words("The result sheet cannot be written to {path}: {reason}.", path=path, reason=reason)
        raise OutputError(said, step(NextStep.CHOOSE_OUTPUT)) from error


def check_ending(path: str, said: str, *endings: str) -> None:
    """OutputError, in these words, where a file has none of these endings, the usual one first."""
    if Path(path).suffix.lower() not in endings:
        raise OutputError(said, step(NextStep.CHOOSE_OUTPUT_LIKE, ending=endings[0]))


def write_output(
    path: str,
    fill: Callable[[BinaryIO], None],
    *,
    replace: bool,
    called: str = "",
    comfort: str = "",
    cure: Step = _ANOTHER_FILE,
    own_siblings: Collection[str] = (),
    as_folder: bool = False,
) -> str:
    """Let ``fill`` write a file, whole or not at all, and return the path that was used, see ``write_whole``.

    NotWritten where that fails: what the file is ``called``, some ``comfort`` and the ``cure`` are in it.
    """
    to_pipe = path == STANDARD_OUTPUT
    try:
        if not to_pipe:
            return str(write_whole(Path(path), fill, replace=replace, own_siblings=own_siblings, as_folder=as_folder))
        fill(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except OSError as error:
        reason = reason_of(error)
        if to_pipe:
            failed = words("Standard output took only a part of it: {reason}.", reason=reason)
        else:
            failed = words("{called}{path} could not be written: {reason}.", called=called, path=path, reason=reason)
        raise NotWritten(f"{failed}{comfort}", cure) from error
    return STANDARD_OUTPUT


def check_capacity(path: str, rows: int, columns: int = 0) -> None:
    """OutputError if so many rows or columns do not fit into this kind of file."""
    if path == STANDARD_OUTPUT or is_csv(path):
        return
    if rows > MOST_WORKBOOK_ROWS:
        raise OutputError(
            words(
                "{path}: a worksheet holds {most_workbook_rows:,} rows below its header, the result has {rows:,}.",
                path=path,
                most_workbook_rows=MOST_WORKBOOK_ROWS,
                rows=rows,
            ),
            step(NextStep.CHOOSE_OUTPUT_LIKE, ending=".csv"),
        )
    if columns > MOST_WORKBOOK_COLUMNS:
        raise OutputError(
            words(
                "{path}: a worksheet holds {most_workbook_columns:,} columns, the result has {columns:,}.",
                path=path,
                most_workbook_columns=MOST_WORKBOOK_COLUMNS,
                columns=columns,
            ),
            step(NextStep.CHOOSE_OUTPUT_LIKE, ending=".csv"),
        )


def is_csv(path: str) -> bool:
    """Whether a result of that name is CSV. OutputError where it is neither that nor a workbook."""
    extension = Path(path).suffix.lower()
    if extension not in {".csv", ".xlsx"}:
        raise OutputError(
            words("{path}: result sheets are written as .xlsx or .csv.", path=path),
            step(NextStep.CHOOSE_OUTPUT_LIKE, ending=words("one of these")),
        )
    return extension == ".csv"


def _refuse_unusable(target: Path, path: str) -> None:
    """Refuse what is there and is no file, and a folder that is not there."""
    if not target.parent.is_dir():
        raise OutputError(
            words("{path}: there is no folder {parent}.", path=path, parent=target.parent),
            step(NextStep.CREATE_OUTPUT_FOLDER),
        )
    if not os.path.lexists(target):
        return
    mode = target.lstat().st_mode
    if stat.S_ISDIR(mode):
        raise OutputError(words("{path} is a folder.", path=path), step(NextStep.NAME_OUTPUT_IN_FOLDER))
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OutputError(words("{path} is not a regular file.", path=path), step(NextStep.CHOOSE_OUTPUT))


def _is_same_file(target: Path, sheet_path: str) -> bool:
    """Whether both names lead to one file: by links, by another spelling, or by name alone where the sheet is gone."""
    if sheet_path == STANDARD_OUTPUT:
        return False
    sheet = Path(sheet_path)
    if target.exists() and sheet.exists():
        return target.samefile(sheet)
    return os.path.realpath(target) == os.path.realpath(sheet) or target.absolute() == sheet.absolute()


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
