"""Things that come up in rows, counted, with the first rows of each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.tally import Tally, first_of, row_numbers


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(0, 5))
def test_everything_is_counted_and_the_first_rows_are_kept(things: list[str], rows_kept: int) -> None:
    tally: Tally[str] = Tally(rows_kept)

    for row, thing in enumerate(things, 2):
        tally.add(thing, row)

    assert {thing: things.count(thing) for thing in things} == dict(tally.counts)
    assert list(dict.fromkeys(things)) == list(tally.counts)
    for thing in "abc":
        rows = [row for row, found in enumerate(things, 2) if found == thing]
        assert tuple(rows[:rows_kept]) == tally.rows(thing)


def test_rows_that_are_not_named_are_hinted_at() -> None:
    assert ("3, 7", "3, 7, …", "") == (first_of((3, 7), 2), first_of((3, 7), 9), first_of((), 0))
    assert ["row 7", "rows 2, 3", "rows 2, 3, …"] == [
        row_numbers(numbers, count) for numbers, count in (((7,), 1), ((2, 3), 2), ((2, 3), 9))
    ]
