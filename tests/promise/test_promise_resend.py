"""A row in doubt that a person sends again: it stays in doubt until a confirmation says otherwise."""

from __future__ import annotations

import pytest

from tests.promise.instants import Death, Instant
from tests.promise.scene import SEND, Scene
from tests.support.processes.journey import read_sheet
from tests.support.service.hostile_server import named

AGAIN = ("--resend", "--all", "--yes", "--json")


@pytest.fixture
def run_in_doubt(scene: Scene) -> str:
    """A run whose second row arrived, without an answer; its id."""
    scene.server.fault_on_request(2, named("close_unanswered_applied"))
    return str(scene.run(*SEND, "--concurrency", "1").summary["run"])


def second_row(scene: Scene, sheet: str = "out.csv") -> tuple[str, str, str]:
    """Status, delivery and code of the row in doubt."""
    row = read_sheet(scene.folder / sheet)[1]
    return row["hotline_status"], row["hotline_delivered"], row["hotline_error_code"]


@pytest.mark.parametrize("fault", ["bad_request_400", "error_in_200", "limited_bare"])
def test_refused_second_message_leaves_the_first_in_doubt(scene: Scene, run_in_doubt: str, fault: str) -> None:
    """The first may have arrived, so the row is not called failed, and retry leaves it alone."""
    scene.server.fault_next(named(fault))

    ended = scene.run("resolve", run_in_doubt, *AGAIN, "--attempts", "1")
    scene.run("retry", run_in_doubt, "--yes")

    assert 3 == ended.exit_code, ended.stderr
    assert ("unknown", "unknown", "resend_failed") == second_row(scene)
    assert 1 == scene.copies(1)


def test_second_message_that_is_not_sent_yet_leaves_the_first_in_doubt(scene: Scene, run_in_doubt: str) -> None:
    """Credentials refused: still unknown; a resume does what the person asked, once."""
    scene.server.fault_next(named("forbidden_403"))
    stopped = scene.run("resolve", run_in_doubt, *AGAIN)
    meanwhile = second_row(scene)

    resumed = scene.run("resume", run_in_doubt, "--yes")
    scene.run("resume", run_in_doubt, "--yes")

    assert (4, 0) == (stopped.exit_code, resumed.exit_code), resumed.stderr
    assert ("unknown", "unknown", "resend_asked") == meanwhile
    assert ("sent", "yes", "") == second_row(scene)
    assert 2 == scene.copies(1)


def test_death_before_the_second_message_leaves_the_first_in_doubt(scene: Scene, run_in_doubt: str) -> None:
    """Killed before it is claimed: unknown in the result sheet, and a person may still change their mind."""
    scene.run("resolve", run_in_doubt, *AGAIN, death=Death(Instant.CLAIM_COMMITTED, after=False))
    scene.run("results", run_in_doubt, "-o", "look.csv")

    settled = scene.run("resolve", run_in_doubt, "--all", "--delivered", "--json")
    scene.run("resume", run_in_doubt, "--yes")

    assert ("unknown", "unknown", "resend_asked") == second_row(scene, "look.csv")
    assert {"sent": 40} == settled.counts
    assert 1 == scene.copies(1)


def test_resume_never_resends_by_itself_what_died_on_its_second_way(scene: Scene, run_in_doubt: str) -> None:
    """One word, one more message: killed after it left, the row is in doubt and stays so."""
    scene.run("resolve", run_in_doubt, *AGAIN, death=Death(Instant.BODY_SENT, after=True))

    scene.run("resume", run_in_doubt, "--yes")

    assert ("unknown", "unknown", "interrupted_in_flight") == second_row(scene)
    assert 2 == scene.copies(1)


def test_another_run_does_not_send_what_is_to_be_sent_again(scene: Scene, run_in_doubt: str) -> None:
    """The first message may have arrived, so other sheets skip it whatever is still to come."""
    scene.run("resolve", run_in_doubt, *AGAIN, death=Death(Instant.CLAIM_COMMITTED, after=False))

    scene.run(*SEND[:2], "-o", "other.csv", *SEND[4:])

    assert ("skipped", "unknown", "possibly_sent") == second_row(scene, "other.csv")
    assert 1 == scene.copies(1)
