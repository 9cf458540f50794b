"""A run is nobody else's business: what one run does leaves every other run of the ledger as it is.

Two bystanders are in the ledger, with rows in every state at the same positions: one in the midst of its work when its
process died, one at its end. Then a third run does everything that a run can do.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.promise.instants import Death, Instant
from tests.promise.scene import SEND, SHEET, Scene
from tests.promise.sessions import Ended
from tests.support.processes.journey import people, read_sheet, statuses
from tests.support.service.hostile_server import named

ONE_AT_A_TIME = ("--concurrency", "1")
DIES_IN_FLIGHT = Death(Instant.BODY_SENT, after=True)
DIES_BEFORE_A_CLAIM = Death(Instant.CLAIM_COMMITTED, after=False)
REFUSED, IN_DOUBT = named("bad_request_400"), named("close_unanswered_applied")


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that can be asked of a run."""

    sheet: str
    audit: str
    shown: str


@dataclass(frozen=True, slots=True)
class Bystander:
    """A run over a sheet of its own, with users of its own."""

    scene: Scene
    name: str
    users: Sequence[int]

    @property
    def run(self) -> str:
        """Its id, as the ledger lists it."""
        listed = json.loads(self.scene.run("runs", "list", "--json").stdout)
        return next(str(found["run"]) for found in listed if found["sheet"].endswith(f"{self.name}.csv"))

    def send(self, *more: str, death: Death | None = None) -> Ended:
        return self.scene.run(
            "send", f"{self.name}.csv", "-o", f"{self.name}.out.csv", *SEND[4:], *ONE_AT_A_TIME, *more, death=death
        )

    def seen(self) -> Seen:
        """What the ledger says of it now."""
        return look_at(self.scene, self.run)

    def rows(self) -> list[dict[str, str]]:
        self.scene.run("results", self.run, "-o", "look.csv", "--force")
        return read_sheet(self.scene.folder / "look.csv")

    def attempts(self) -> dict[int, list[int]]:
        """The numbers of the attempts of each row, as the audit trail has them."""
        found = defaultdict(list)
        for line in self.seen().audit.splitlines():
            event = json.loads(line)
            if event["event"] == "attempt":
                found[event["row"]].append(event["attempt"])
        return found


def look_at(scene: Scene, run: str) -> Seen:
    scene.run("results", run, "-o", "look.csv", "--force")
    scene.run("audit", run, "-o", "look.jsonl", "--force")
    shown = scene.run("runs", "show", run, "--json").stdout
    return Seen((scene.folder / "look.csv").read_text("utf-8"), (scene.folder / "look.jsonl").read_text("utf-8"), shown)


def write_sheet(folder: Path, name: str, first_user: int) -> list[int]:
    """Users of its own; topics, too, which the pretend service tells from the last five digits."""
    users = [first_user + number for number in range(len(SHEET))]
    lines = "".join(f"{user},{message}\n" for user, (_, message) in zip(users, people(len(SHEET), name), strict=True))
    (folder / f"{name}.csv").write_text(f"user_id,message\n{lines}", "utf-8")
    return users


@pytest.fixture
def midway(scene: Scene) -> Bystander:
    """Its process died: one row sent, one in flight, two in doubt (one of them to be sent again), the rest to do."""
    users = write_sheet(scene.folder, "midway", 2_010_001)
    bystander = Bystander(scene, "midway", users)
    scene.server.fault_for(users[1], REFUSED)
    for user in users[2:4]:
        scene.server.fault_for(user, IN_DOUBT)
    bystander.send(death=Death(Instant.BODY_SENT, after=True, nth=6))
    again = ("--yes", *ONE_AT_A_TIME, "--rate", "20000/s")
    scene.run("resolve", bystander.run, "--resend", "--rows", "5", *again, death=DIES_BEFORE_A_CLAIM)
    scene.run("retry", bystander.run, *again, death=DIES_IN_FLIGHT)
    return bystander


@pytest.fixture
def ended(scene: Scene) -> Bystander:
    """It is at its end: rows failed, in doubt and settled by a person, all others sent."""
    users = write_sheet(scene.folder, "ended", 3_020_001)
    bystander = Bystander(scene, "ended", users)
    for user in users[:4:2]:
        scene.server.fault_for(user, REFUSED)
    for user in (users[1], users[3], users[7]):
        scene.server.fault_for(user, IN_DOUBT)
    bystander.send()
    scene.run("resolve", bystander.run, "--delivered", "--rows", "9", "--note", "seen")
    return bystander


def test_whatever_a_run_does_other_runs_are_as_they_were(scene: Scene, midway: Bystander, ended: Bystander) -> None:
    """Sent, killed, resumed, settled, retried and sent again beside them: not one of their rows or attempts changes."""
    before = midway.seen(), ended.seen()
    assert ["sent", "unknown", "unknown", "unknown", "sent", "unknown", "not_attempted"] == statuses(midway.rows())[:7]
    assert ["failed", "unknown", "failed", "unknown", "sent"] == statuses(ended.rows())[:5]
    for position in (0, 2, 20):
        scene.server.fault_for(SHEET[position][0], REFUSED)
    for position in (1, 3, 5, 9):
        scene.server.fault_for(SHEET[position][0], IN_DOUBT)

    scene.run(*SEND, *ONE_AT_A_TIME, death=Death(Instant.BODY_SENT, after=True, nth=13))
    run = str(json.loads(scene.run("runs", "list", "--json").stdout)[0]["run"])
    resumed = scene.run("resume", run, "--yes", "--json", *ONE_AT_A_TIME)
    settled = scene.run("resolve", run, "--delivered", "--rows", "3,5", "--json")
    retried = scene.run("retry", run, "--yes", "--json", *ONE_AT_A_TIME)
    resent = scene.run("resolve", run, "--resend", "--rows", "7", "--yes", "--json", *ONE_AT_A_TIME)
    told = scene.run("resolve", run, "--not-delivered", "--all", "--json")

    assert {"sent": 32, "failed": 3, "unknown": 5} == resumed.counts
    assert {"sent": 34, "failed": 3, "unknown": 3} == settled.counts
    assert {"sent": 37, "unknown": 3} == retried.counts
    assert {"sent": 38, "unknown": 2} == resent.counts
    assert {"sent": 38, "failed": 2} == told.counts
    assert before == (midway.seen(), ended.seen())
    assert [] == [user for user in midway.users[6:] if scene.server.applied_for(user)]


def test_run_that_stood_by_goes_on_as_if_it_had_been_alone(scene: Scene, midway: Bystander, ended: Bystander) -> None:
    """Its rows in flight and in doubt are what they were, every attempt is in its trail, and it sends its own rows."""
    scene.run(*SEND, death=Death(Instant.BODY_SENT, after=True, nth=5))

    resumed = scene.run("resume", midway.run, "--yes", "--json", *ONE_AT_A_TIME)

    rows, attempts = midway.rows(), midway.attempts()
    assert 3 == resumed.exit_code, resumed.stderr
    assert ["sent", "unknown", "unknown", "sent", "sent", "unknown", *["sent"] * 34] == statuses(rows)
    assert ["interrupted_in_flight"] * 2 == [rows[position]["hotline_error_code"] for position in (1, 5)]
    assert [list(range(1, int(row["hotline_attempts"]) + 1)) for row in rows] == [
        attempts[int(row["hotline_row"])] for row in rows
    ]
    assert {2: 1, 3: 2, 4: 1, 5: 2, 6: 1} == {row: len(attempts[row]) for row in range(2, 7)}


def test_canary_counts_its_own_rows(scene: Scene, midway: Bystander) -> None:
    """So many rows of this run are done before a person is asked, however many another run has still to send."""
    scene.server.fault_for(SHEET[2][0], REFUSED)

    stopped = scene.run(*SEND, *ONE_AT_A_TIME, "--canary", "9")

    assert 4 == stopped.exit_code, stopped.stderr
    assert {"sent": 8, "failed": 1, "not_attempted": 31} == stopped.counts


def test_failed_rows_in_a_row_are_counted_within_their_run(scene: Scene, ended: Bystander) -> None:
    """Rows of another run that are well, at positions between, do not make an outage look like bad luck."""
    for user, _ in SHEET:
        scene.server.fault_for(user, REFUSED)

    stopped = scene.run(*SEND, *ONE_AT_A_TIME, "--max-errors", "12")

    assert 4 == stopped.exit_code, stopped.stderr
    assert {"failed": 12, "not_attempted": 28} == stopped.counts


def test_look_ups_of_another_run_are_left_in_flight(scene: Scene) -> None:
    """Two enrichments die with a look-up on its way; each finds its own again, with every attempt in its trail."""
    trails = {}
    for name, group in (("one", 2101424779), ("two", 2101424779)):
        first = 5343 if name == "one" else 6343
        lines = "".join(f"https://t.me/c/{group}/{first + number}\n" for number in range(20))
        (scene.folder / f"{name}.csv").write_text(f"topic_link\n{lines}", "utf-8")
        command = ("enrich", f"{name}.csv", "-o", f"{name}.out.csv", "--yes", "--rate", "20000/s", *ONE_AT_A_TIME)
        scene.run(*command, death=Death(Instant.BODY_SENT, after=True, nth=4))

    for name in ("two", "one"):
        run = Bystander(scene, name, []).run
        ended = scene.run("resume", run, "--yes", "--json", *ONE_AT_A_TIME)
        trails[name] = Bystander(scene, name, []).attempts()
        assert (0, {"enriched": 20}) == (ended.exit_code, ended.counts), ended.stderr

    expected = {row: [1, 2] if row == 5 else [1] for row in range(2, 22)}
    assert {"one": expected, "two": expected} == trails
