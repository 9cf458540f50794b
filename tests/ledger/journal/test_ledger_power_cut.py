"""The ledger's files as they were at the moment of a request, opened elsewhere: the evidence is already there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import RunState
from tests.support.engine_bench import Scripted, drive
from tests.support.ledgers.ledger_examples import WALL, add_run, ledger_url, messages, records, settle_left, states

ROWS = 20


@dataclass(frozen=True)
class Snapshot:
    """A copy of the ledger's files while the n-th request was under way; ``log_bytes`` is its write-ahead log."""

    folder: Path
    user_id: int
    sent_before: frozenset[int]
    log_bytes: int


class Photographer(Scripted):
    """Copies the ledger byte for byte while a request is under way, without the log's index, as after a power cut."""

    def __init__(self, ledger_folder: Path, album: Path) -> None:
        super().__init__()
        self.ledger_folder = ledger_folder
        self.album = album
        self.snapshots: list[Snapshot] = []

    def work(self) -> None:
        users = self.users()
        folder = self.album / str(len(users))
        folder.mkdir(parents=True)
        for ending in ("", "-wal"):
            shutil.copyfile(self.ledger_folder / f"ledger.sqlite{ending}", folder / f"ledger.sqlite{ending}")
        log_bytes = (folder / "ledger.sqlite-wal").stat().st_size
        self.snapshots.append(Snapshot(folder, users[-1], frozenset(users[:-1]), log_bytes))


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Snapshot]]:
    """One run of twenty rows, photographed at each of its requests."""
    folder = tmp_path_factory.mktemp("power_cut")
    with Ledger(ledger_url(folder)) as ledger:
        run = add_run(ledger, "r", messages(ROWS))
        photographer = Photographer(folder, folder / "album")
        assert RunState.FINISHED is drive(ledger, run, photographer).state
        assert ROWS == len(photographer.snapshots)
        yield photographer.snapshots


def cut_copy(snapshot: Snapshot, folder: Path, log_bytes: int) -> str:
    """The URL of a copy whose log ends after so many bytes."""
    shutil.copytree(snapshot.folder, folder)
    with (folder / "ledger.sqlite-wal").open("r+b") as log:
        log.truncate(log_bytes)
    return ledger_url(folder)


def test_a_claim_is_in_the_files_before_its_request_leaves(snapshots: list[Snapshot], tmp_path: Path) -> None:
    """At each of twenty requests: its row is in flight, the rows before it have their outcome."""
    assert ROWS == len(snapshots)
    for number, snapshot in enumerate(snapshots):
        with Ledger(cut_copy(snapshot, tmp_path / str(number), snapshot.log_bytes)) as copy:
            assert ["succeeded"] * number + ["in_flight"] + ["pending"] * (ROWS - 1 - number) == states(copy, "r")


def test_whatever_was_torn_off_later_writes_no_row_that_left_is_ever_sent_again(
    snapshots: list[Snapshot], tmp_path: Path
) -> None:
    """A later state, cut anywhere beyond what was on the disk at a request: that request's row is never pending again.

    The log of the next snapshots begins with the bytes of this one, so a cut in between is what a power cut leaves.
    """
    random = Random(11)  # noqa: S311 - where to cut, not cryptography
    assert ROWS == len(snapshots)
    for number, (before, after) in enumerate(zip(snapshots, snapshots[3:], strict=False)):
        for attempt in range(3):
            cut = random.randint(before.log_bytes, after.log_bytes)
            with Ledger(cut_copy(after, tmp_path / f"{number}-{attempt}", cut)) as copy:
                rows = {row.request.user_id: row.state.value for row in records(copy, "r")}
                assert rows[before.user_id] in {"in_flight", "succeeded"}
                assert all(rows[user] == "succeeded" for user in before.sent_before)

                settle_left(copy, "r", WALL)
                again = Scripted()
                drive(copy, copy.run("r"), again)

            assert not {before.user_id, *before.sent_before} & set(again.users())


def test_a_log_torn_in_the_middle_of_a_page_is_opened_with_what_is_whole(
    snapshots: list[Snapshot], tmp_path: Path
) -> None:
    """Half a page at the end, or rubbish in it: the ledger opens, and the states are those of a whole commit."""
    last = snapshots[-1]
    random = Random(5)  # noqa: S311 - where to cut, not cryptography

    for attempt in range(10):
        cut = random.randint(snapshots[10].log_bytes, last.log_bytes)
        url = cut_copy(last, tmp_path / str(attempt), cut)
        with (tmp_path / str(attempt) / "ledger.sqlite-wal").open("ab") as log:
            log.write(random.randbytes(random.randrange(5_000)))

        with Ledger(url) as copy:
            found = states(copy, "r")

        sent = found.count("succeeded")
        assert 10 <= sent
        assert ["succeeded"] * sent == found[:sent]
        assert found[sent : sent + 1] in (["in_flight"], ["pending"])
        assert set(found[sent + 1 :]) <= {"pending"}
