"""Counts that add up, exit codes, and the summary for machines."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from result_examples import SEND_RUN, ended, sent

from hotline_batch.errors import LedgerError
from hotline_batch.model.jobs import JobState, Status
from hotline_batch.model.progress import RowsAgain
from hotline_batch.model.runs import RunState
from hotline_batch.next_step import NextStep, step
from hotline_batch.results.summary import exit_code_for, summarise, summary_as_json
from hotline_batch.results.verdict import next_steps
from hotline_batch.run_options import Reading, RunOptions


def test_counts_add_up_and_name_the_rows_behind_each_code():
    """Every row is counted once; a code keeps its first ten row numbers."""
    records = [sent(2), *(ended(number, JobState.FAILED, "api_refused") for number in range(3, 18))]

    summary = summarise(replace(SEND_RUN, rows=16), records, "18/min")

    assert sum(summary.counts.values()) == summary.rows == 16
    assert (summary.counts[Status.SENT], summary.counts[Status.FAILED]) == (1, 15)
    assert summary.codes == {"api_refused": 15}
    assert summary.row_numbers["api_refused"] == tuple(range(3, 13))


@pytest.mark.parametrize("rows", [1, 3])
def test_missing_or_surplus_rows_are_an_error(rows: int):
    """A ledger that does not account for the whole input is never reported as a success."""
    with pytest.raises(LedgerError, match="accounts for 2"):
        summarise(replace(SEND_RUN, rows=rows), [sent(2), sent(3)], "18/min")


@pytest.mark.parametrize("numbers", [(2, 2), (3, 2)])
def test_repeated_or_disordered_rows_are_an_error(numbers: tuple[int, int]):
    """Every row comes exactly once, in the order of the sheet."""
    with pytest.raises(LedgerError, match="damaged"):
        summarise(replace(SEND_RUN, rows=2), [sent(number) for number in numbers], "18/min")


@pytest.mark.parametrize(
    ("state", "counts", "code"),
    [
        (RunState.FINISHED, {}, 0),
        (RunState.FINISHED, {Status.SENT: 5, Status.SKIPPED: 2}, 0),
        (RunState.FINISHED, {Status.FAILED: 1}, 1),
        (RunState.FINISHED, {Status.INVALID: 1}, 1),
        (RunState.FINISHED, {Status.UNKNOWN: 1, Status.FAILED: 1}, 3),
        (RunState.STOPPED, {Status.UNKNOWN: 1}, 4),
        (RunState.RUNNING, {}, 4),
        (RunState.FINISHED, {Status.NOT_ATTEMPTED: 1, Status.UNKNOWN: 1}, 4),
        (RunState.INTERRUPTED, {Status.UNKNOWN: 1, Status.FAILED: 1}, 130),
    ],
)
def test_exit_code_is_the_first_that_applies(state: RunState, counts: dict[Status, int], code: int):
    """130 before 4 before 3 before 1 before 0."""
    assert exit_code_for(state, counts) == code


def test_json_summary_has_the_agreed_keys():
    """The keys of the contract, plain types, and every status of the run's kind."""
    run = replace(SEND_RUN, rows=2, output_path="kunden.results.csv")

    summary = json.loads(json.dumps(summary_as_json(summarise(run, [sent(2), ended(3, JobState.PENDING)], "18/min"))))

    assert summary["run"] == run.id
    assert (summary["state"], summary["exit_code"], summary["rows"]) == ("finished", 4, 2)
    assert summary["counts"] == {
        "sent": 1,
        "failed": 0,
        "unknown": 0,
        "invalid": 0,
        "skipped": 0,
        "not_attempted": 1,
    }
    assert (summary["codes"], summary["result"]) == ({}, "kunden.results.csv")
    assert (summary["seconds"], summary["rate"]) == (603.2, "18/min")


def test_next_steps_are_those_of_this_run():
    """Each open end has its step; a run without open ends has none."""
    records = [ended(2, JobState.FAILED, "api_refused"), ended(3, JobState.UNKNOWN, "reply_lost")]

    open_ends = next_steps(summarise(replace(SEND_RUN, rows=2), records, "18/min"))
    done = next_steps(summarise(replace(SEND_RUN, rows=1), [sent(2)], "18/min"))

    of_this_run = [step(NextStep.RESOLVE, run=SEND_RUN.id), step(NextStep.RETRY, run=SEND_RUN.id)]
    assert of_this_run == [only for told in open_ends for only in told.steps]
    assert [] == list(done)


@pytest.mark.parametrize(
    ("code", "beginning"),
    [
        ("api_refused", "Mend what was refused"),
        ("credentials_refused", "Mend what was refused"),
        ("settled_as_not_delivered", "Try the failed rows again"),
        ("rate_limited", "Try the failed rows again"),
    ],
)
def test_only_what_was_refused_is_to_be_mended(code: str, beginning: str):
    """Rows that failed for want of time, or by a person's word, need no mending before the next attempt."""
    records = [ended(2, JobState.FAILED, code), ended(3, JobState.REJECTED, "message_blank")]

    told = next(next_steps(summarise(replace(SEND_RUN, rows=2), records, "18/min")))

    assert told.text.startswith(beginning)


def test_invalid_rows_are_known_for_when_they_are_mended():
    """The same sheet, read the same way, those rows alone."""
    options = RunOptions(reading=Reading(worksheet="Meine Kunden"), template="status_update")
    run = replace(SEND_RUN, rows=5, sheet_path="/home/me/kunden.xlsx", output_path="/home/me/out.xlsx", options=options)
    records = [ended(number, JobState.REJECTED, "message_blank") for number in (2, 3, 4, 9, 11)]

    summary = summarise(run, records, "18/min")

    assert RowsAgain("/home/me/kunden.xlsx", "/home/me/out.xlsx", options, "2-4,9,11") == summary.again
    assert [NextStep.MEND_INVALID_ROWS] == [only.action for told in next_steps(summary) for only in told.steps]


def test_rows_of_a_correction_that_got_no_text_are_corrected_again():
    """With another text; their sheet holds the message that was wrong."""
    run = replace(SEND_RUN, rows=1, notes=replace(SEND_RUN.notes, corrects="20261122-180412-k3f9"))

    (told,) = next_steps(summarise(run, [ended(2, JobState.REJECTED, "message_blank")], "18/min"))

    assert (step(NextStep.CORRECT_AGAIN, run="20261122-180412-k3f9"),) == told.steps


def test_rows_that_are_to_be_sent_again_need_resume_and_no_word_of_a_person():
    records = [ended(2, JobState.UNKNOWN, "resend_asked")]

    (told,) = next_steps(summarise(replace(SEND_RUN, rows=1), records, "18/min"))

    assert (step(NextStep.RESUME, run=SEND_RUN.id),) == told.steps
