"""Problems in the order in which they are to be dealt with."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.model import Status
from hotline_batch.results.problems import FIRST_THINGS_FIRST, ProblemSorter

LINES = st.lists(
    st.tuples(st.sampled_from(FIRST_THINGS_FIRST), st.sampled_from(["", "a", "b"]), st.text(max_size=5)), max_size=40
)


def test_doubts_come_first_and_the_biggest_reason_before_smaller_ones():
    """Unknown, failed, invalid, not attempted; within a reason, the order of the sheet."""
    with ProblemSorter() as sorter:
        for number, (status, code) in enumerate(
            [("invalid", "x"), ("failed", "a"), ("failed", "b"), ("failed", "b"), ("unknown", "y"), ("invalid", "x")], 2
        ):
            sorter.add(status, code, [str(number), status, code])

        found = [line[0] for line in sorter.lines()]

    assert found == ["6", "4", "5", "3", "2", "7"]


@given(LINES)
def test_every_line_comes_back_once_and_grouped(lines: list[tuple[Status, str, str]]):
    """Nothing is lost or doubled, half surrogates included; each status is one block in the agreed order."""
    with ProblemSorter() as sorter:
        for number, (status, code, text) in enumerate(lines):
            sorter.add(status.value, code, [str(number), status.value, text + "\ud83d"])

        found = list(sorter.lines())

    assert sorted(int(line[0]) for line in found) == list(range(len(lines)))
    assert all(line[2] == lines[int(line[0])][2] + "\ud83d" for line in found)
    ranks = [FIRST_THINGS_FIRST.index(Status(line[1])) for line in found]
    assert ranks == sorted(ranks)
