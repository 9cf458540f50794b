"""What the computer refuses while a page is made: its reason, and advice that fits it."""

from __future__ import annotations

import errno
import os
from typing import NoReturn

import pytest

from tests.support.page.page_forms import opened
from tests.support.page.page_server import Browser


@pytest.mark.parametrize(
    ("number", "is_full"),
    [
        (errno.ENOSPC, True),
        (errno.EDQUOT, True),
        (errno.EFBIG, True),
        (errno.EMFILE, False),
        (errno.EACCES, False),
        (errno.EROFS, False),
    ],
)
def test_room_is_asked_for_only_where_there_is_none(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, number: int, *, is_full: bool
) -> None:
    """Nobody clears a disk because of a file that may not be written."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("hotline_batch.web.screens.runs.list_runs_page", refuse)

    told = opened(browser, "/runs")

    assert 503 == told.answer.status
    assert is_full == ("Make room on its disk" in told.words)
    assert "ell whoever looks after the program. Then try again." in told.words
