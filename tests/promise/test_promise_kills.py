"""A run of forty rows dies by SIGKILL right before or after each line that a row crosses; then a person resumes it."""

from __future__ import annotations

import pytest

from tests.promise.instants import Death, Instant
from tests.promise.scene import SEND, Scene
from tests.support.processes.journey import read_sheet, statuses
from tests.support.service.hostile_server import named

PLANNED, RUNNING, FINISHED = 1, 2, 3  # the changes of a run's state, in their order

# What the ledger and the service know of the nth row when the process is dead: (its status after resume, its copies).
ONE_AT_A_TIME = [
    (Instant.CLAIM_COMMITTED, True, "unknown", 0),
    (Instant.BODY_SENT, False, "unknown", 0),
    (Instant.BODY_SENT, True, "unknown", 1),
    (Instant.ANSWER_READ, True, "unknown", 1),
    (Instant.OUTCOME_COMMITTED, False, "unknown", 1),
]


@pytest.mark.parametrize("nth", [1, 2, 23, 40])
@pytest.mark.parametrize(("instant", "after", "status", "copies"), ONE_AT_A_TIME)
def test_only_the_row_that_was_on_its_way_is_in_doubt(
    scene: Scene, instant: Instant, after: bool, status: str, copies: int, nth: int
) -> None:
    """One row at a time: the nth is what it must be, and every other row is sent exactly once."""
    scene.run(*SEND, "--concurrency", "1", death=Death(instant, after, nth))

    ended = scene.run("resume", "--yes", "--json")

    assert [] == scene.lies(most_unknown=1)
    assert ["sent"] * (nth - 1) + [status] + ["sent"] * (40 - nth) == scene.statuses()
    assert copies == scene.copies(nth - 1)
    assert (3 if status == "unknown" else 0) == ended.exit_code


@pytest.mark.parametrize("nth", [2, 23, 39])
@pytest.mark.parametrize(("instant", "after", "neighbour"), [
    (Instant.CLAIM_COMMITTED, False, -1), (Instant.OUTCOME_COMMITTED, True, 1)
])  # fmt: skip
def test_one_commit_may_keep_an_outcome_and_the_next_claim(
    scene: Scene, instant: Instant, after: bool, neighbour: int, nth: int
) -> None:
    """Death before it may leave the row before in doubt, death after it the row behind; the nth is sent, once."""
    scene.run(*SEND, "--concurrency", "1", death=Death(instant, after, nth))

    ended = scene.run("resume", "--yes", "--json")

    found = scene.statuses()
    assert [] == scene.lies(most_unknown=1)
    assert {"sent"} == {status for at, status in enumerate(found) if at != nth - 1 + neighbour}
    assert 1 == scene.copies(nth - 1)
    assert (3 if "unknown" in found else 0) == ended.exit_code


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "instant", [Instant.CLAIM_COMMITTED, Instant.BODY_SENT, Instant.ANSWER_READ, Instant.OUTCOME_COMMITTED]
)
def test_three_deaths_of_four_at_a_time(scene: Scene, instant: Instant, after: bool) -> None:
    """Killed while sending, killed while resuming, killed again: no copy too many, doubt only for those in flight."""
    death = Death(instant, after, 7)
    scene.run(*SEND, "--concurrency", "4", death=death)
    scene.run("resume", "--yes", "--concurrency", "4", death=death)
    scene.run("resume", "--yes", "--concurrency", "4", death=death)

    ended = scene.run("resume", "--yes", "--concurrency", "4", "--json")

    assert [] == scene.lies(most_unknown=12)
    assert {} == scene.server.duplicates()
    assert ended.exit_code in {0, 3}


@pytest.mark.parametrize(
    ("change", "after"), [(PLANNED, True), (RUNNING, False), (RUNNING, True), (FINISHED, False), (FINISHED, True)]
)
def test_death_between_two_states_of_a_run_costs_nothing(scene: Scene, change: int, after: bool) -> None:
    """Nothing is on its way then: after a resume every row is sent, once."""
    scene.run(*SEND, death=Death(Instant.STATE_CHANGED, after, change))
    run_id = scene.run("runs", "list", "--json").stdout.split('"run": "')[1].split('"')[0]

    ended = scene.run("resume", run_id, "--yes", "--json")

    assert 0 == ended.exit_code, ended.stderr
    assert [] == scene.lies(most_unknown=0)
    assert ["sent"] * 40 == scene.statuses()


def test_death_before_the_plan_is_stored_leaves_no_run(scene: Scene) -> None:
    """There is nothing to resume, and the same command, given again, sends everything once."""
    scene.run(*SEND, death=Death(Instant.STATE_CHANGED, after=False, nth=PLANNED))

    refused = scene.run("resume", "--yes")
    ended = scene.run(*SEND)

    assert 2 == refused.exit_code
    assert 0 == ended.exit_code, ended.stderr
    assert [] == scene.lies(most_unknown=0)


@pytest.mark.parametrize("after", [False, True])
def test_result_sheet_is_there_whole_or_not_at_all(scene: Scene, after: bool) -> None:
    """Killed around the moment at which it takes its name: absent or complete, and written again at any time."""
    scene.run(*SEND, death=Death(Instant.RESULT_REPLACED, after))
    was_there = (scene.folder / "out.csv").exists()
    run_id = scene.run("runs", "list", "--json").stdout.split('"run": "')[1].split('"')[0]

    ended = scene.run("results", run_id, "-o", "out.csv", "--force")

    assert after == was_there
    assert 0 == ended.exit_code, ended.stderr
    assert [] == scene.lies(most_unknown=0)
    assert len(scene.server.requests) == 40


def test_no_older_result_sheet_outlives_a_death(scene: Scene) -> None:
    """Killed once all rows are sent, before the sheet of an earlier stop is replaced: it is still to go on with."""
    scene.server.fault_on_request(5, named("forbidden_403"))
    stopped = scene.run(*SEND, "--concurrency", "1")
    scene.run("resume", "--yes", death=Death(Instant.RESULT_REPLACED, after=False))
    older = scene.statuses()

    ended = scene.run("resume", "--yes", "--json")

    assert (4, 36) == (stopped.exit_code, older.count("not_attempted")), stopped.stderr
    assert 0 == ended.exit_code, ended.stderr
    assert ["sent"] * 40 == scene.statuses()
    assert [] == scene.lies(most_unknown=0)


def test_death_in_the_middle_of_a_retry_or_a_second_sending(scene: Scene) -> None:
    """A row in doubt after a death is in doubt for every later command: send, retry and resume leave it alone."""
    scene.run(*SEND, "--concurrency", "1", death=Death(Instant.BODY_SENT, after=True, nth=5))

    again = scene.run(*SEND[:2], "-o", "again.csv", *SEND[4:], death=Death(Instant.BODY_SENT, after=True, nth=5))
    scene.run("resume", "--yes")
    run_ids = [part.split('"')[0] for part in scene.run("runs", "list", "--json").stdout.split('"run": "')[1:]]
    scene.run("retry", run_ids[-1], "--yes")
    scene.run("resume", run_ids[-1], "--yes")

    assert again.was_killed
    assert {} == scene.server.duplicates()
    assert "skipped" == statuses(read_sheet(scene.folder / "again.csv"))[4]
    assert "unknown" == scene.statuses()[4]
