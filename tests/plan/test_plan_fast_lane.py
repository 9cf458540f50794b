"""The fast lane says nothing that the slow way would not say."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from plan_examples import planner_for, rows_of

from hotline_batch.model import Row

TEXTS = st.text(st.characters(codec=None), max_size=8) | st.text(alphabet="Ab /{}\u3164\u2800 \u200b\r\n", max_size=6)
IDS = st.sampled_from(
    ["777000", "1099511627776", "999999999999", "0987654321", "９８７６５４３２１", " 987654321"]
) | st.integers(-5, 10**14).map(str)


@pytest.mark.parametrize("template", [None, "{{ message }}", "/{{ message }}{{ message }}", "Hi {{ message }}"])
@given(IDS, TEXTS)
@example("987654321", "\u3164")
@example("987654321", "x" * 4097)
@example("987654321", "{{ x }}")
def test_both_ways_give_the_same_decision(template: str | None, user: str, message: str) -> None:
    """A connection column, though blank, sends every row the slow way. The second row repeats the first."""
    fast = planner_for(("user_id", "message"), template=template)
    slow = planner_for(("user_id", "message", "connection"), template=template)

    quick = list(fast.plan(rows_of([user, message], [user, message])))
    thorough = list(slow.plan(rows_of([user, message, ""], [user, message, ""])))

    assert [row.decision for row in thorough] == [row.decision for row in quick]
    assert slow.warnings == fast.warnings


def test_the_common_row_takes_the_fast_lane() -> None:
    """Else it would only be a second opinion."""
    planner = planner_for(("user_id", "message"))
    rows = [Row(2, ("987654321", "✅ Grüße")), Row(3, ("5339212345", "Статус изменён: {x}"))]

    fast_lane = planner_for(("user_id", "message"))._fast_lane

    decisions = [row.decision for row in planner.plan(rows)]

    assert fast_lane is not None
    assert decisions == [fast_lane.job(row) for row in rows]
