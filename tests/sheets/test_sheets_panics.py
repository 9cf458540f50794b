"""Whatever a file does to the library that reads it, one sentence of ours is all that a person sees."""

from __future__ import annotations

import contextlib
import os

import pytest
from raw_formats import xls_file

from hotline_batch.errors import SheetError
from hotline_batch.sheets.panics import without_panics
from hotline_batch.sheets.source import open_sheet


class PanicException(BaseException):
    """As the library raises it."""


def test_the_words_of_a_panic_are_kept_from_the_terminal(capfd):
    def panic() -> None:
        os.write(2, b"thread '<unnamed>' panicked at src/xls.rs:1\n")
        raise PanicException

    with pytest.raises(SheetError, match="damaged"):
        without_panics(panic, SheetError("damaged"))

    assert "" == capfd.readouterr().err


def test_other_words_come_through(capfd):
    """Written while a file is read, they are shown when that is done."""
    assert 5 == without_panics(lambda: (os.write(2, b"a warning\n"), 5)[1], SheetError("damaged"))

    with pytest.raises(SheetError, match="damaged"):
        without_panics(lambda: (os.write(2, b"another\n"), int("x")), SheetError("damaged"))

    assert "a warning\nanother\n" == capfd.readouterr().err


def test_an_interruption_is_none_of_its_business():
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        without_panics(interrupted, SheetError("damaged"))


def test_a_workbook_cut_off_anywhere_says_nothing_of_its_own(tmp_path, capfd):
    content = xls_file({"Data": [["user_id", "message"], *([["1", "Hello"]] * 60)]})
    path = tmp_path / "cut.xls"
    for end in range(600, len(content), 97):
        path.write_bytes(content[:end])
        with contextlib.suppress(SheetError), open_sheet(path):
            pass

    assert "" == capfd.readouterr().err
