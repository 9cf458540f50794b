"""The benchmarks run, and say what they could not measure. Nothing here looks at a clock."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import history, measure, memory, planning, sheets
from benchmarks import service as stand_in
from benchmarks.measure import Circumstances, Figure, LeftOut, Size
from benchmarks.pace import fewest_turns, pace_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import JobState
from tests.support.ledgers.ledger_examples import add_run, ledger_url, messages

GOALS_WITHOUT_A_SERVICE = {"8", "15", "16", "17"}


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Circumstances:
    """Sheets of a few rows, on a machine that has no nginx."""
    monkeypatch.setattr(stand_in.shutil, "which", lambda _program: None)
    return Circumstances(tmp_path, Size.TINY, rounds=1)


def test_parts_without_a_service_give_figures(around: Circumstances) -> None:
    """Sheets, planning and the memory of `check` are measured without nginx and without a network."""
    lines = [line for part in (sheets, planning, memory) for line in part.figures(around)]

    figures = [line for line in lines if isinstance(line, Figure)]
    assert GOALS_WITHOUT_A_SERVICE == {figure.goal for figure in figures if figure.goal}
    assert all(figure.what for figure in figures)
    assert all(figure.value > 0 for figure in figures if figure.goal != "8")


def test_what_cannot_be_measured_is_said(around: Circumstances) -> None:
    """Without nginx the job and the paced runs are left out, with the reason."""
    lines = list(command.measure(["job"], around))

    assert [LeftOut("goals 11 to 14 and 19, the whole job", "nginx is not installed (Debian: nginx-light)")] == lines


def test_years_of_history_are_made_of_one_run(tmp_path: Path) -> None:
    """By statements over the tables as they are today; every row is one that was sent."""
    path = tmp_path / "ledger.sqlite"
    with Ledger(ledger_url(tmp_path)) as ledger:
        add_run(ledger, "first", messages(3))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update sheet_row set state = 'succeeded', claimed_at = 1, attempts = 1")

    history.add_history(path, 20)

    with Ledger(ledger_url(tmp_path)) as ledger:
        earlier = next(run for run in ledger.runs() if run.id != "first")
        assert {JobState.SUCCEEDED: 20} == ledger.counts(earlier.id)


def test_table_and_file_hold_every_figure(around: Circumstances) -> None:
    """Each figure is a line with its limit and whether it is reached, and an entry in the file."""
    figures = [
        Figure("8", "planning", 11.0, 12),
        Figure("1", "share", 0.5, 0.985, higher_is_better=True),
        Figure("", "against somebody", 2.0),
    ]

    lines = command.table(figures).splitlines()
    kept = json.loads(json.dumps(command.as_json(around, figures, [LeftOut("newman", "not installed")])))

    assert ["1", "8", "against"] == [line.split()[0] for line in lines[1:]]
    assert "NO" in lines[1]
    assert "yes" in lines[2]
    assert [True, False, None] == [figure["is_reached"] for figure in kept["figures"]]
    assert [{"what": "newman", "why": "not installed"}] == kept["left_out"]


def test_a_burst_after_the_pause_is_seen() -> None:
    """Evenly spaced before a pause of three seconds, all at once after it."""
    even = [at / 10 for at in range(50)]
    burst = [7.9 + at / 1_000 for at in range(40)]

    pace = pace_of([*even, *burst], 10)

    assert 1.0 == pace.first_second
    assert 4.0 == pace.after_the_pause == pace.worst_second


def test_whoever_waits_for_the_other_is_seen() -> None:
    """One of two has twelve turns in a row somewhere: the other has none in that dozen."""
    fair = ["one", "two"] * 30

    assert 6 == fewest_turns(fair, 12)
    assert 0 == fewest_turns([*fair, *["one"] * 12, *fair], 12)


def test_an_exact_pace_is_called_exact() -> None:
    """A pause is no waste: evenly spaced rows use the whole rate, whatever lies between."""
    before = [at / 8 for at in range(80)]
    after = [40 + at / 8 for at in range(80)]

    pace = pace_of([*before, *after], 8)

    assert 1.0 == pace.used == pace.worst_second


def test_cost_is_what_the_system_counts() -> None:
    """A command's memory, exit code and words come back; a failure is an error with its words."""
    cost = measure.cost_of([measure.PYTHON, "-c", "x = bytearray(50_000_000); print('said'); raise SystemExit(3)"])

    assert (3, "said\n") == (cost.exit_code, cost.output)
    assert cost.peak_mb > 48
    with pytest.raises(RuntimeError, match="the script ended with 3:\nsaid"):
        measure.must_succeed(cost, "the script")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not pin processes")
def test_both_sides_are_pinned() -> None:
    """A command that is pinned sees only those CPUs."""
    cpu = min(os.sched_getaffinity(0))

    cost = measure.cost_of([measure.PYTHON, "-c", "import os; print(os.sched_getaffinity(0))"], cpus=frozenset({cpu}))

    assert str({cpu}) == cost.output.strip()
