"""What differs between a look-up and the one before it."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from result_examples import enriched

from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import EarlierAnswer, RowRecord
from hotline_batch.results.rows.result_row import FieldChange, changes_of, changes_text

REPLIES = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5) | st.booleans())


def looked_up(now: Mapping[str, object], before: Mapping[str, object]) -> RowRecord:
    return enriched(2, now)._replace(earlier=EarlierAnswer(before, 1_795_000_000.0, "20261115-180000-aaaa"))


def test_a_change_reads_old_then_new():
    """Several are joined; what is missing is called so; a line break in a title stays on the line."""
    record = looked_up(
        {"result": "topic_info", "topic_status": "closed", "topic_title": "Jane\nDoe"},
        {"result": "other", "topic_status": "user_answered", "topic_title": "John", "user_phone": "+1"},
    )

    assert changes_text(changes_of(record)) == (
        "topic_status: user_answered -> closed; topic_title: John -> Jane Doe; user_phone: +1 -> (empty)"
    )


def test_a_topic_seen_for_the_first_time_has_no_change():
    """There is nothing to compare it with."""
    assert changes_of(enriched(2, {"topic_status": "closed"})) == ()


def test_a_row_that_failed_has_no_change():
    """Nothing was learnt about its topic."""
    record = looked_up({}, {"topic_status": "closed"})._replace(state=JobState.FAILED)

    assert changes_of(record) == ()


def test_an_id_that_became_a_string_is_no_change():
    """The API writes ids now as numbers, now as strings; null, missing and empty are the same to a reader."""
    record = looked_up(
        {"chat_id": "-1002101424779", "user_phone": None, "user_name": ""}, {"chat_id": -1002101424779, "user_lang": ""}
    )

    assert changes_of(record) == ()


@given(REPLIES, REPLIES)
def test_changes_of_two_answers_are_those_of_the_answers_swapped(one: dict[str, object], two: dict[str, object]):
    """Whatever replies hold: the same fields differ, with old and new swapped, and equal answers have no change."""
    there, back = changes_of(looked_up(one, two)), changes_of(looked_up(two, one))

    assert {FieldChange(change.field, change.now, change.before) for change in there} == set(back)
    assert changes_of(looked_up(one, one)) == ()
