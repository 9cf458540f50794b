"""The last lines of a run: counts that add up, reasons, and what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hotline_batch.cli.screen.summary_lines import summary_lines, trouble_lines
from hotline_batch.issues.words import RECORDS
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RunState

SUMMARY = RunSummary(
    run="20261122-180412-k3f9",
    kind=Kind.SEND,
    state=RunState.FINISHED,
    exit_code=0,
    rows=3,
    counts={Status.SENT: 3, Status.FAILED: 0, Status.UNKNOWN: 0},
    codes={},
    row_numbers={},
    result="results.xlsx",
    seconds=9.6,
    rate="18/min",
)


def test_run_without_a_flaw_takes_three_lines() -> None:
    """How many, the sum, the place of the result; nothing to do next."""
    assert [
        "3 of 3 delivered (10 s, limit 18/min).",
        "  sent 3 · failed 0 · unknown 0  = 3",
        "Result: results.xlsx",
    ] == list(summary_lines(SUMMARY))


def test_first_line_says_how_many_arrived_and_how_many_need_a_look() -> None:
    """Its numbers add up to the rows of the sheet."""
    counts = {Status.SENT: 189, Status.FAILED: 3, Status.UNKNOWN: 2, Status.INVALID: 6}
    left_out = {Status.SENT: 1_186, Status.SKIPPED: 4, Status.NOT_ATTEMPTED: 10}
    looked_up = {Status.ENRICHED: 199, Status.FAILED: 1}

    first = [
        next(summary_lines(replace(SUMMARY, kind=kind, rows=sum(found.values()), counts=found)))
        for kind, found in ((Kind.SEND, counts), (Kind.SEND, left_out), (Kind.ENRICH, looked_up))
    ]

    assert [
        "189 of 200 delivered, 11 need a look (10 s, limit 18/min).",
        "1,186 of 1,200 delivered, 10 not tried yet, 4 left out (10 s, limit 18/min).",
        "199 of 200 looked up, 1 needs a look (10 s, limit 18/min).",
    ] == first


def test_practice_is_called_so_right_behind_the_first_line() -> None:
    """Nobody may take practised messages for delivered ones."""
    lines = list(summary_lines(replace(SUMMARY, is_practice=True)))

    assert "Practice: nothing was sent for real." == lines[1]


def test_reasons_come_with_their_rows_and_their_meaning() -> None:
    """Ten row numbers at most, and a sign that there are more."""
    summary = replace(
        SUMMARY,
        rows=20,
        counts={Status.SENT: 8, Status.FAILED: 12},
        codes={"api_refused": 12},
        row_numbers={"api_refused": tuple(range(2, 12))},
    )

    lines = list(summary_lines(summary))

    assert f"  12 x api_refused, rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …. {RECORDS['api_refused'].meaning}" in lines


def test_one_row_is_said_in_the_singular() -> None:
    """No "1 rows"."""
    summary = replace(SUMMARY, rows=1, counts={Status.UNKNOWN: 1}, codes={"reply_lost": 1}, row_numbers={
        "reply_lost": (7,)
    })  # fmt: skip

    lines = list(summary_lines(summary))

    assert "0 of 1 delivered, 1 needs a look (10 s, limit 18/min)." == lines[0]
    assert any(line.startswith("  1 x reply_lost, row 7.") for line in lines)


def test_next_steps_are_commands_ready_to_paste() -> None:
    """One for each kind of row that needs a person, each with the id of the run."""
    counts = {Status.SENT: 1, Status.FAILED: 1, Status.UNKNOWN: 1, Status.NOT_ATTEMPTED: 1}
    summary = replace(SUMMARY, rows=4, state=RunState.STOPPED, counts=counts)

    steps = [line for line in summary_lines(summary) if line.startswith("Next: ")]

    assert ["resume", "resolve", "retry"] == [
        next(word for word in ("resume", "resolve", "retry") if f"hotline-batch {word} {SUMMARY.run}" in step)
        for step in steps
    ]


def test_whoever_wants_to_hear_only_what_went_wrong_hears_that() -> None:
    """Nothing where all is well; else the reason of a stop, the reasons by code and what to do."""
    stopped = replace(
        SUMMARY,
        exit_code=4,
        state=RunState.STOPPED,
        stop_code="unreachable",
        stop_reason="Nobody answers.",
        counts={Status.SENT: 1, Status.NOT_ATTEMPTED: 2},
        codes={"duplicate_in_sheet": 1, "unreachable": 2},
        row_numbers={"duplicate_in_sheet": (2,), "unreachable": (3, 4)},
    )

    lines = list(trouble_lines(stopped, " --ledger sqlite:///x"))

    assert [] == list(trouble_lines(SUMMARY))
    assert "1 of 3 delivered, 2 not tried yet (10 s, limit 18/min, stopped)." == lines[0]
    assert "Stopped early: Nobody answers." == lines[1]
    assert any(line.startswith("  2 x unreachable") for line in lines)
    assert not any("duplicate_in_sheet" in line for line in lines)
    assert lines[-1].endswith(f"hotline-batch resume {SUMMARY.run} --ledger sqlite:///x")


def test_early_stop_says_how_far_it_came_and_then_why() -> None:
    """Both before all figures."""
    summary = replace(SUMMARY, state=RunState.STOPPED, stop_code="unreachable", stop_reason="Nobody answers.")

    lines = list(summary_lines(summary))

    assert "limit 18/min, stopped)" in lines[0]
    assert "Stopped early: Nobody answers." == lines[1]


def test_person_who_interrupts_knows_why() -> None:
    """Ctrl-C is no reason to explain Ctrl-C."""
    summary = replace(SUMMARY, state=RunState.INTERRUPTED, stop_code="interrupted", stop_reason="Stopped by a person.")

    assert "interrupted" in next(summary_lines(summary))


def test_missing_result_sheet_is_told() -> None:
    """With its reason, in the place where the path would be."""
    lines = list(summary_lines(replace(SUMMARY, result="", result_problem="The disk is full.")))

    assert "No result sheet: The disk is full." == lines[-1]


def test_result_is_named_as_seen_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Short where it lies below the working folder, whole elsewhere."""
    monkeypatch.chdir(tmp_path)

    here = list(summary_lines(replace(SUMMARY, result=str(tmp_path / "a" / "out.csv"))))[-1]
    elsewhere = list(summary_lines(replace(SUMMARY, result="/elsewhere/out.csv")))[-1]

    assert str(Path("Result: a") / "out.csv") == here
    assert "Result: /elsewhere/out.csv" == elsewhere
