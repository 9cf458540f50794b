"""What was known of a topic before, answers that are young enough, and rows that wait for another's answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from hotline_batch.issues.words import words_of
from hotline_batch.ledger.history import look_up_answers
from hotline_batch.ledger.history.look_up_answers import (
    let_repeated_topics_wait,
    reuse_answers,
    rows_with_history,
    share_answers,
)
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pruning import forget_cells
from hotline_batch.model.jobs import GetTopicInfo
from hotline_batch.model.runs import EarlierAnswer, Run
from hotline_batch.people import user_of_the_system
from tests.support.ledgers.ledger_examples import WALL, add_run, codes, records, states

DAY = 86_400.0


def look_ups(ledger: Ledger, run_id: str, topics: Sequence[int]) -> Run:
    return add_run(ledger, run_id, [GetTopicInfo(2101424779, topic) for topic in topics])


def answer(ledger: Ledger, run: Run, position: int, status: str, at: float) -> None:
    """As the journal would keep it."""
    settle(ledger, run, position, "succeeded", at, f'{{"topic_status":"{status}"}}')


def settle(ledger: Ledger, run: Run, position: int, state: str, at: float, reply: str | None = None) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(
            text(
                "update sheet_row set state = :state, reply = :reply, claimed_at = :at, finished_at = :at, "
                "attempts = 1, code = :code, http_status = 200 where position = :position and run_key = :run_key"
            ),
            {
                "state": state,
                "reply": reply,
                "at": at,
                "code": "" if reply else "api_refused",
                "position": position,
                "run_key": ledger.run_key(run.id),
            },
        )


def earlier(ledger: Ledger, run: Run) -> list[EarlierAnswer | None]:
    return [record.earlier for record in rows_with_history(ledger, run)]


def test_the_newest_answer_before_is_the_one_to_compare_with(ledger: Ledger) -> None:
    """Of several earlier runs the newest answer; later ones, failures and the run itself do not count."""
    runs = [look_ups(ledger, f"run-{number}", [1, 2, 1]) for number in range(4)]
    answer(ledger, runs[0], 0, "oldest", WALL)
    answer(ledger, runs[1], 0, "older", WALL + 1 * DAY)
    settle(ledger, runs[1], 1, "failed", WALL + 1 * DAY)
    answer(ledger, runs[3], 0, "later", WALL + 9 * DAY)
    for position in range(3):
        answer(ledger, runs[2], position, "now", WALL + 2 * DAY + position)

    found = earlier(ledger, runs[2])

    before = EarlierAnswer({"topic_status": "older"}, WALL + 1 * DAY, "run-1")
    assert [before, None, before] == found


def test_pages_of_rows_are_compared_like_one(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page ends changes nothing."""
    monkeypatch.setattr(look_up_answers, "_ROWS_A_PAGE", 3)
    first, second = (look_ups(ledger, name, range(1, 11)) for name in ("one", "two"))
    for position in range(10):
        answer(ledger, first, position, f"was {position}", WALL)
        answer(ledger, second, position, "now", WALL + 1)

    found = earlier(ledger, second)

    assert [f"was {position}" for position in range(10)] == [one.fields["topic_status"] for one in found if one]


def test_a_forgotten_answer_is_no_answer(ledger: Ledger) -> None:
    """A pruned run has no replies to compare with or to reuse."""
    first, second = look_ups(ledger, "one", [1]), look_ups(ledger, "two", [1])
    answer(ledger, first, 0, "was", WALL)
    with ledger.hold("one") as held:
        forget_cells(ledger, held, WALL, user_of_the_system())

    reused = reuse_answers(ledger, "two", 0.0)
    answer(ledger, second, 0, "now", WALL + 1)

    assert 0 == reused
    assert [None] == earlier(ledger, second)


def test_answers_do_not_stay_young_by_being_reused(ledger: Ledger) -> None:
    """A reused answer keeps the time at which Hotline gave it, and is compared with nothing."""
    first, second, third = (look_ups(ledger, name, [1, 2]) for name in ("one", "two", "three"))
    answer(ledger, first, 0, "was", WALL)

    young = reuse_answers(ledger, second.id, WALL - 1)
    old = reuse_answers(ledger, third.id, WALL + 1)

    assert (1, 0) == (young, old)
    assert ["succeeded", "pending"] == states(ledger, second.id)
    assert ["reused_answer", ""] == codes(ledger, second.id)
    record = records(ledger, second.id)[0]
    assert (WALL, 0, {"topic_status": "was"}) == (record.finished_at, record.attempts, record.fields)
    assert "one" in words_of(record.issues[0])
    assert [None, None] == earlier(ledger, second)


def test_rows_that_wait_get_whatever_became_of_the_first(ledger: Ledger) -> None:
    """An answer as well as a refusal; while the first is on its way they wait on."""
    run = look_ups(ledger, "one", [1, 2, 1, 3, 2, 3, 1])

    waiting = let_repeated_topics_wait(ledger, run)
    answer(ledger, run, 0, "closed", WALL)
    settle(ledger, run, 1, "failed", WALL)
    shared = share_answers(ledger, run)

    assert (4, 3) == (waiting, shared)
    expected = ["succeeded", "failed", "succeeded", "pending", "failed", "waiting", "succeeded"]
    assert expected == states(ledger, run.id)
    assert {"topic_status": "closed"} == records(ledger, run.id)[6].fields
    assert "api_refused" == codes(ledger, run.id)[4]
    assert [1, 1, 0, 0, 0, 0, 0] == [record.attempts for record in records(ledger, run.id)]


def test_letting_wait_again_changes_nothing(ledger: Ledger) -> None:
    """It is done at every start of a run; a row whose first row has gone asks itself."""
    run = look_ups(ledger, "one", [1, 1, 1])
    let_repeated_topics_wait(ledger, run)
    before = states(ledger, run.id)

    let_repeated_topics_wait(ledger, run)
    again = states(ledger, run.id)
    settle(ledger, run, 0, "skipped", WALL)
    let_repeated_topics_wait(ledger, run)

    assert ["pending", "waiting", "waiting"] == before == again
    assert ["skipped", "pending", "waiting"] == states(ledger, run.id)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("_EARLIER_ANSWERS", {"first": 0, "last": 9}),
        ("_YOUNG_ANSWERS", {"first": 0, "last": 9, "since": 0.0}),
        ("_SHARE_OUTCOMES", {}),
    ],
)
def test_other_runs_are_found_by_key(ledger: Ledger, statement: str, values: dict[str, object]) -> None:
    """No statement looks through the rows of other runs one by one: a million of them would never end."""
    asked = text(f"explain query plan {getattr(look_up_answers, statement)}")

    with ledger.engine.connect() as connection:
        plan = [row[3] for row in connection.execute(asked, values | {"run_key": 1})]

    assert any("sheet_row_key" in step for step in plan), plan
    assert not [step for step in plan if step.startswith(("SCAN sheet_row", "SCAN mine", "SCAN other", "SCAN asker"))]
