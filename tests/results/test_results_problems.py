"""Problems in the order in which they are to be dealt with."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.model.jobs import Status
from hotline_batch.results.problems import ProblemSorter, needs_a_person

PROBLEMS = (Status.UNKNOWN, Status.FAILED, Status.INVALID, Status.NOT_ATTEMPTED)
LINES = st.lists(
    st.tuples(st.sampled_from(PROBLEMS), st.sampled_from(["", "a", "b"]), st.text(max_size=5)), max_size=40
)


def test_doubts_come_first_and_the_biggest_reason_before_smaller_ones():
    """Unknown, failed, invalid, not attempted; within a reason, the order of the sheet."""
    with ProblemSorter() as sorter:
        for number, (status, code) in enumerate(
            [("invalid", "x"), ("failed", "a"), ("failed", "b"), ("failed", "b"), ("unknown", "y"), ("invalid", "x")], 2
        ):
            sorter.add(Status(status), code, [str(number), status, code])

        found = [line[0] for line in sorter.lines()]

    assert found == ["6", "4", "5", "3", "2", "7"]


@given(LINES)
def test_every_line_comes_back_once_and_grouped(lines: list[tuple[Status, str, str]]):
    """Nothing is lost or doubled, half surrogates included; each status is one block in the agreed order."""
    with ProblemSorter() as sorter:
        for number, (status, code, text) in enumerate(lines):
            sorter.add(status, code, [str(number), status.value, text + "\ud83d"])

        found = list(sorter.lines())

    assert sorted(int(line[0]) for line in found) == list(range(len(lines)))
    assert all(line[2] == lines[int(line[0])][2] + "\ud83d" for line in found)
    ranks = [PROBLEMS.index(Status(line[1])) for line in found]
    assert ranks == sorted(ranks)


def test_what_stopped_the_run_comes_first():
    """Whoever sees refused keys mends them before anything else; the rows that wait for that come last."""
    with ProblemSorter("credentials_refused") as sorter:
        for number, (status, code) in enumerate(
            [("failed", "a"), ("not_attempted", "credentials_refused"), ("not_attempted", ""), ("not_attempted", "")], 2
        ):
            sorter.add(Status(status), code, [str(number)])

        found = [line[0] for line in sorter.lines()]

    assert found == ["3", "2", "4", "5"]


def test_row_that_waits_for_a_reason_comes_before_those_that_only_wait():
    """One row whose attempts ended in a reason tells more than the many behind it."""
    with ProblemSorter() as sorter:
        for number, code in enumerate(["", "", "rate_limited_too_long"], 2):
            sorter.add(Status.NOT_ATTEMPTED, code, [str(number)])

        found = [line[0] for line in sorter.lines()]

    assert found == ["4", "2", "3"]


def test_doubts_and_oddities_of_rows_that_are_done_need_a_person_too():
    """A message that an earlier run may have sent is settled early on; a confirmation of another text is looked at."""
    with ProblemSorter() as sorter:
        for number, (status, code) in enumerate(
            [("sent", "reply_differs"), ("invalid", "x"), ("failed", "a"), ("skipped", "possibly_sent")], 2
        ):
            assert needs_a_person(Status(status), code)
            sorter.add(Status(status), code, [str(number)])

        found = [line[0] for line in sorter.lines()]

    assert found == ["5", "4", "3", "2"]
    assert not needs_a_person(Status.SENT, "reply_without_link")
    assert not needs_a_person(Status.SKIPPED, "already_sent")
    assert not needs_a_person(Status.ENRICHED, "reused_answer")
