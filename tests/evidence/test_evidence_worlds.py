"""In random worlds no sure verdict is false, and most rows in doubt are settled where nothing was deleted."""

from __future__ import annotations

import pytest

from tests.evidence.trial import try_worlds
from tests.evidence.worlds import Odds

WORLDS = 600


@pytest.mark.parametrize("first", [0, 5_000_000])
def test_no_sure_verdict_is_false(first: int) -> None:
    """Lost answers, late and double posts, deletions, changes, copies, clocks, partial files, several runs, groups;
    texts that are shown otherwise, messages in others' topics, services with two addresses or two groups.
    """
    wrong, score = try_worlds(first, WORLDS)

    assert [] == wrong
    assert 100 < score["untouched settled"]


def test_most_rows_in_doubt_are_settled_where_nothing_was_deleted() -> None:
    """With look-ups nine of ten, though every fourth of these runs repeats a text to the same people."""
    wrong, score = try_worlds(0, 200, Odds())

    assert [] == wrong
    assert 0.9 < score["untouched, looked up, settled"] / score["untouched, looked up, in doubt"]
