"""A machine's clock that was set back: what guards by time cannot know it, so a person is told before anything goes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.journeys_sheets.conftest import Desk

ANNA = 987600001
SAID = "This machine's clock says"


def plan_the_newest_run_later(desk: Desk, seconds: float) -> None:
    """As if this machine's clock had been ahead by that much then."""
    with closing(sqlite3.connect(desk.folder.parent / "ledger.sqlite")) as file, file:
        file.execute("update run set created_at = created_at + ?", (seconds,))


@pytest.mark.parametrize(("behind", "is_told"), [(2 * 86_400.0, True), (600.0, True), (60.0, False)])
def test_a_clock_that_is_behind_the_ledger_is_told_of_and_holds_nothing_up(
    desk: Desk, behind: float, is_told: bool
) -> None:
    """When a sheet is checked, and when it is sent; a minute is no news."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n")
    desk.send("s.csv")
    plan_the_newest_run_later(desk, behind)

    checked = desk.run("check", "s.csv")
    sent = desk.send("s.csv", "-m", "Good morning")

    assert (is_told, is_told) == (SAID in checked.stdout + checked.stderr, SAID in sent.stderr)
    assert (0, 0) == (checked.exit_code, sent.exit_code)
    assert [(ANNA, "Hello"), (ANNA, "Good morning")] == desk.applied
