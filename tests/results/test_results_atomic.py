"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from hotline_batch.results.files import atomic
from hotline_batch.results.files.atomic import sibling_of, try_to_write_in, write_whole


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_new(stream: BinaryIO) -> None:
    stream.write(b"new")


def test_file_appears_for_its_owner_alone(tmp_path: Path):
    """The file has the bytes, mode 0600, and nothing else is left in the folder."""
    used = write_whole(tmp_path / "a.csv", write_new, replace=False)

    assert used == tmp_path / "a.csv"
    assert used.read_bytes() == b"new"
    assert stat.S_IMODE(used.stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["a.csv"]


def test_old_file_stays_whole_until_the_new_one_is(tmp_path: Path):
    """A writer that fails half-way leaves the old file as it was, and no litter."""
    (tmp_path / "a.csv").write_bytes(b"old")

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "a.csv", fail, replace=True)

    assert (tmp_path / "a.csv").read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.csv"]


def test_symbolic_link_is_replaced_and_its_target_untouched(tmp_path: Path):
    """Writing through a planted link would overwrite somebody else's file."""
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "a.csv").symlink_to(tmp_path / "target")

    write_whole(tmp_path / "a.csv", write_new, replace=True)

    assert (tmp_path / "target").read_bytes() == b"precious"
    assert not (tmp_path / "a.csv").is_symlink()
    assert (tmp_path / "a.csv").read_bytes() == b"new"


def test_name_that_became_taken_is_evaded(tmp_path: Path):
    """Without leave to replace, a file that appeared meanwhile is kept and ours gets the next free number."""
    (tmp_path / "a (2).csv").write_bytes(b"older")

    def write_while_another_arrives(stream: BinaryIO) -> None:
        (tmp_path / "a.csv").write_bytes(b"theirs")
        write_new(stream)

    used = write_whole(tmp_path / "a.csv", write_while_another_arrives, replace=False)

    assert used == tmp_path / "a (3).csv"
    assert (tmp_path / "a.csv").read_bytes() == b"theirs"
    assert (tmp_path / "a (2).csv").read_bytes() == b"older"


def test_path_that_cannot_be_replaced_gets_a_sibling(tmp_path: Path):
    """Where the final step is refused, here by a folder of that name, the file stands beside it."""
    (tmp_path / "a.xlsx").mkdir()

    used = write_whole(tmp_path / "a.xlsx", write_new, replace=True)

    assert used == tmp_path / "a (2).xlsx"
    assert used.read_bytes() == b"new"


def test_sibling_of_a_long_name_is_shortened():
    """A name may have 255 bytes; umlauts count twice."""
    sibling = sibling_of(Path("/x") / ("ä" * 125 + ".xlsx"), 2)

    assert len(os.fsencode(sibling.name)) <= 255
    assert sibling.name.endswith(" (2).xlsx")


def test_folder_is_tried_without_leaving_a_trace(tmp_path: Path):
    """The probe is removed; a missing folder is an error."""
    try_to_write_in(tmp_path)

    assert names_in(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        try_to_write_in(tmp_path / "missing")


# ── killed writers ───────────────────────────────────────────────────────────────────────────────────────────────────

WRITER = """
import os, sys
from pathlib import Path
from hotline_batch.results.files.atomic import write_whole

def write(stream):
    stream.write(b"Jane Doe, +49 170 1234567")
    stream.flush()
    print("writes", flush=True)
    sys.stdin.read()

write_whole(Path(sys.argv[1]) / "theirs.csv", write, replace=False)
"""


@contextmanager
def writing_in(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process in the midst of writing; it goes on when its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert "writes\n" == writer.stdout.readline()
        try:
            yield writer
        finally:
            writer.kill()


@pytest.mark.parametrize(
    "start",
    [
        lambda folder: write_whole(folder / "ours.csv", write_new, replace=False),
        try_to_write_in,
    ],
    ids=["write", "try"],
)
def test_what_a_killed_writer_left_is_tidied_by_the_next(tmp_path: Path, start: Callable[[Path], object]):
    """It holds names and phones."""
    with writing_in(tmp_path) as writer:
        left = names_in(tmp_path)
        writer.kill()

    start(tmp_path)

    assert 1 == len(left)
    assert left[0] not in names_in(tmp_path)
    assert not [name for name in names_in(tmp_path) if name.endswith(".part")]


def test_file_of_a_living_writer_stays(tmp_path: Path):
    """However often others write beside it: its file appears, whole."""
    with writing_in(tmp_path) as writer:
        for _ in range(3):
            write_whole(tmp_path / "ours.csv", write_new, replace=True)
        writer.communicate(timeout=120)

    assert 0 == writer.returncode
    assert b"Jane Doe, +49 170 1234567" == (tmp_path / "theirs.csv").read_bytes()
    assert ["ours.csv", "theirs.csv"] == names_in(tmp_path)


@pytest.mark.parametrize("name", [".hotline-batch-notes.part", "a.part", ".hotline-batch-0123456789abcdef.part.bak"])
def test_files_of_others_are_not_tidied(tmp_path: Path, name: str):
    """What only looks like ours is somebody's."""
    (tmp_path / name).write_bytes(b"theirs")

    write_whole(tmp_path / "a.csv", write_new, replace=False)

    assert sorted([name, "a.csv"]) == names_in(tmp_path)


def test_file_that_is_tidied_before_it_is_held_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Between the making of a file and the hold on it, another process may take it for a dead writer's."""
    first = list[Path]()

    def hold(descriptor: int) -> bool:
        if not first:
            first.extend(tmp_path.iterdir())
            first[0].unlink()
        return True

    monkeypatch.setattr(atomic, "_is_held", hold)

    write_whole(tmp_path / "a.csv", write_new, replace=False)

    assert [".part"] == [path.suffix for path in first]
    assert ["a.csv"] == names_in(tmp_path)


def test_own_sibling_is_replaced(tmp_path: Path):
    """A run that could not have its name writes over the sibling that it made before, and over no other."""
    for name in ("a.csv", "a (2).csv", "a (3).csv"):
        (tmp_path / name).write_bytes(b"older")

    used = write_whole(tmp_path / "a.csv", write_new, replace=False, own_siblings=[str(tmp_path / "a (3).csv")])

    assert tmp_path / "a (3).csv" == used
    assert [b"older", b"older", b"new"] == [
        (tmp_path / name).read_bytes() for name in ("a.csv", "a (2).csv", "a (3).csv")
    ]
