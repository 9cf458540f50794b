"""The one sentence that stands first: true in every state, and calm about what was left out on purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from result_examples import ENRICH_RUN, SEND_RUN, ended, enriched, invalid, sent

from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import JobState, Kind
from hotline_batch.model.runs import RowRecord, Run, RunState
from hotline_batch.results.summary import summarise
from hotline_batch.results.verdict import STATUS_MEANINGS, Tone, verdict_of

RUNNING = replace(SEND_RUN, state=RunState.RUNNING)
PLANNED = replace(SEND_RUN, state=RunState.PLANNED)
STOPPED = replace(SEND_RUN, state=RunState.STOPPED)


def rows(sent_ones: int = 0, **others: int) -> list[RowRecord]:
    """Rows of every kind, numbered as in a sheet."""
    makers = {
        "failed": lambda number: ended(number, JobState.FAILED, "api_refused"),
        "unknown": lambda number: ended(number, JobState.UNKNOWN, "reply_lost"),
        "invalid": lambda number: invalid(number, Issue.worded("user_id_missing", "none")),
        "left_out": lambda number: ended(number, JobState.SKIPPED, "duplicate_in_sheet"),
        "possibly_sent": lambda number: ended(number, JobState.SKIPPED, "possibly_sent"),
        "differs": lambda number: sent(number)._replace(issues=(Issue.worded("reply_differs", "cleaned"),)),
        "pending": lambda number: ended(number, JobState.PENDING),
    }
    kinds = [sent] * sent_ones + [makers[name] for name, count in others.items() for _ in range(count)]
    return [make(number) for number, make in enumerate(kinds, 2)]


@pytest.mark.parametrize(
    ("run", "records", "words", "tone"),
    [
        (SEND_RUN, rows(189, failed=2, unknown=3, invalid=6), "189 of 200 delivered, 11 need a look", Tone.LOOK),
        (SEND_RUN, rows(1_200), "All 1,200 messages delivered", Tone.GOOD),
        (SEND_RUN, rows(1), "The message was delivered", Tone.GOOD),
        (SEND_RUN, rows(3, left_out=2), "All 3 messages delivered", Tone.GOOD),
        (SEND_RUN, rows(3, possibly_sent=1), "3 of 4 delivered, 1 needs a look", Tone.LOOK),
        (SEND_RUN, rows(3, differs=1), "All 4 messages delivered, 1 needs a look", Tone.LOOK),
        (SEND_RUN, rows(left_out=2), "Nothing to do: all 2 rows were left out on purpose", Tone.GOOD),
        (SEND_RUN, rows(left_out=1), "Nothing to do: the row was left out on purpose", Tone.GOOD),
        (SEND_RUN, [], "The sheet has no rows", Tone.GOOD),
        (STOPPED, rows(39, unknown=3, pending=134), "39 of 176 delivered, 134 still to go, 3 need a look", Tone.LOOK),
        (STOPPED, rows(39, pending=1), "39 of 40 delivered, 1 still to go", Tone.LOOK),
        (RUNNING, rows(39, pending=137), "39 of 176 delivered so far", Tone.UNDER_WAY),
        (PLANNED, rows(pending=1, invalid=2), "Not started: 1 message to go", Tone.UNDER_WAY),
        (ENRICH_RUN, [enriched(2, {}), enriched(3, {})], "All 2 topics found", Tone.GOOD),
        (ENRICH_RUN, [enriched(2, {}), ended(3, JobState.FAILED, "api_refused")],
         "1 of 2 found, 1 needs a look", Tone.LOOK),
    ],
)  # fmt: skip
def test_verdict(run: Run, records: list[RowRecord], words: str, tone: Tone) -> None:
    """Counts what was to be done, what was done, and what needs a person."""
    verdict = verdict_of(summarise(replace(run, rows=len(records)), records, "18/min"))

    assert (words, tone) == (verdict.words, verdict.tone)


def test_practice_is_called_practice() -> None:
    """Whoever reads only the first line must not take it for real."""
    summary = replace(summarise(replace(SEND_RUN, rows=2), rows(2), "18/min"), is_practice=True)

    assert "Practice: all 2 messages delivered" == verdict_of(summary).told
    assert "All 2 messages delivered" == verdict_of(summary).words


@pytest.mark.parametrize("run", [SEND_RUN, ENRICH_RUN])
def test_every_status_of_a_run_has_its_meaning(run: Run) -> None:
    """The page explains each word that it shows."""
    counted = summarise(replace(run, rows=0), [], "18/min").counts

    assert set(counted) == set(STATUS_MEANINGS[Kind(run.kind)])
