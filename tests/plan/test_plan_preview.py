"""The figures that a person sees before anything is sent."""

from __future__ import annotations

from plan_examples import planned, rows_of

from hotline_batch.model.jobs import Kind
from hotline_batch.plan.preview import PlanTally

HEADER = ("user_id", "message", "connection")
CELLS = [
    ["1001", "Hello", ""],
    ["1002.0", "Hello", "Sales"],
    ["x", "", ""],
    ["1001", "Hello", ""],
    ["1003", "Hello", ""],
    ["1004", "Hello", ""],
    ["y", "Hello", ""],
]


def tally_of(**limits: int) -> PlanTally:
    tally = PlanTally(**limits)
    for row in planned(HEADER, rows_of(*CELLS)):
        tally.add(row)
    return tally


def test_the_counts_add_up_to_the_rows() -> None:
    """Nothing is counted twice, nothing is left out."""
    tally = tally_of()

    assert (7, 4, 2, 1) == (tally.rows, tally.usable, tally.invalid, tally.skipped)
    assert {"user_id_not_a_number": 2, "message_blank": 1, "duplicate_in_sheet": 1} == tally.codes
    assert (4, 8) == tally.code_tally.rows("user_id_not_a_number")
    assert (1, [(3, "1002.0 read as 1002")]) == (tally.repaired, tally.repairs)


def test_problems_are_listed_as_check_prints_them() -> None:
    """The keys of the machine-readable summary, advice included."""
    first = tally_of().problems[0].as_json()

    assert ["row", "column", "code", "shown", "message", "advice"] == list(first)
    assert (4, "user_id", "user_id_not_a_number", "x") == tuple(
        first[key] for key in ("row", "column", "code", "shown")
    )
    assert first["advice"]


def test_what_is_kept_is_bounded_and_what_is_counted_is_not() -> None:
    """A sheet of a million wrong rows fills no memory."""
    tally = tally_of(problems_kept=2, rows_kept_per_code=1, previews_kept=1)

    assert (2, 3) == (len(tally.problems), tally.problem_count)
    assert (4,) == tally.code_tally.rows("user_id_not_a_number")
    assert 2 == tally.codes["user_id_not_a_number"]
    assert [2] == [preview.row_number for preview in tally.previews]


def test_the_first_usable_rows_are_shown() -> None:
    """Row, recipient and text, as they will go out."""
    previews = tally_of().previews

    assert [(2, "user 1001", "Hello"), (3, "user 1002", "Hello"), (6, "user 1003", "Hello")] == [
        (preview.row_number, preview.about, preview.message) for preview in previews
    ]


def test_a_lookup_is_shown_as_its_link() -> None:
    """The link can be opened and compared."""
    tally = PlanTally()
    for row in planned(("group_id", "topic_id"), rows_of(["2101424779", "5343"]), kind=Kind.ENRICH):
        tally.add(row)

    assert "https://t.me/c/2101424779/5343" == tally.previews[0].about


def test_a_topic_in_several_rows_costs_one_request() -> None:
    """The other rows get the same answer, so a long sheet about few topics does not take long."""
    tally = PlanTally()
    for row in planned(
        ("group_id", "topic_id"), rows_of(*[["2101424779", "5343"]] * 50, ["2101424779", "5344"]), kind=Kind.ENRICH
    ):
        tally.add(row)

    assert 51 == tally.usable
    assert 2 == sum(tally.requests_by_connection.values())
