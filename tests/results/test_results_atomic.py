"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from hotline_batch.results.atomic import sibling_of, try_to_write_in, write_whole


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
