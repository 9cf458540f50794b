"""Figures about dialogs: ages, languages, connections, and who waits for our answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from result_examples import ENRICH_RUN, ended, enriched

from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import RowRecord
from hotline_batch.results.report.dialogs import MOST_WAITING_SHOWN, Dialogs, dialogs_of
from hotline_batch.results.rows.result_row import result_rows
from hotline_batch.results.summary import summarise

ANSWERED = datetime(2026, 11, 22, 18, 0, tzinfo=UTC).timestamp()


def dialogs(records: Iterable[RowRecord]) -> Dialogs:
    return dialogs_of(result_rows(ENRICH_RUN, records))


def topic(number: int, last: object, status: str = "user_answered", **fields: object) -> RowRecord:
    reply = {"topic_status": status, "topic_last_date": last, "topic_title": f"Topic {number}", **fields}
    return enriched(number, reply)._replace(finished_at=ANSWERED)


def test_the_longest_waiting_dialog_stands_first():
    """Only those in which the customer spoke last; without a readable date last."""
    found = dialogs(
        [
            topic(2, "2026-11-20 10:00:00"),
            topic(3, "2026-11-01 10:00:00"),
            topic(4, "2026-10-01 10:00:00", "closed"),
            topic(5, "soon"),
            topic(6, "2026-11-21 10:00:00", "a new status"),
            ended(7, JobState.FAILED, "api_refused"),
        ]
    )

    assert [dialog.row for dialog in found.waiting] == [3, 2, 5]
    assert [dialog.last_date for dialog in found.waiting] == ["2026-11-01 10:00:00", "2026-11-20 10:00:00", "soon"]
    assert [None if dialog.days is None else int(dialog.days) for dialog in found.waiting] == [21, 2, None]
    assert found.waiting_count == 3
    assert dict(found.ages) == {
        "under 1 day": 0,
        "1-3 days": 2,
        "3-7 days": 0,
        "1-4 weeks": 1,
        "1-3 months": 1,
        "over 3 months": 0,
        "no date": 1,
    }


def test_a_date_of_tomorrow_is_young():
    """Hotline's times have no zone: a last message may seem to lie a few hours ahead."""
    assert dict(dialogs([topic(2, "2026-11-23 03:00:00")]).ages)["under 1 day"] == 1


def test_many_waiting_dialogs_are_counted_but_not_all_shown():
    """The page stays readable; the oldest are the ones that are shown, whatever page of rows they stood on."""
    count = 12_000
    records = (topic(number, f"2026-{11 - number // 1_100:02d}-01 00:00:00") for number in range(2, count + 2))

    found = dialogs(records)

    assert (found.waiting_count, len(found.waiting)) == (count, MOST_WAITING_SHOWN)
    assert {dialog.last_date[:7] for dialog in found.waiting} == {"2026-01"}


def test_names_without_end_stay_few():
    """A reply may hold anything as a language or a status; counts still add up to the rows."""
    records = [topic(2 + at, "", f"status {at}", user_lang=f"lang {at}") for at in range(500)]

    found = dialogs(records)
    summary = summarise(replace(ENRICH_RUN, rows=500), records, "2/s")

    assert len(found.languages) <= 13
    assert len(summary.topic_statuses) <= 31
    assert 500 == sum(count for _, count in found.languages) == sum(summary.topic_statuses.values())
