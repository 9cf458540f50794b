"""Which files of a folder are ready, and which are never touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotline_batch.application.inbox.settled_files import SettledFiles, is_for_the_inbox, is_sheet


@pytest.mark.parametrize(
    "name",
    ["~$sheet.xlsx", ".hidden.csv", ".~lock.sheet.xlsx#", "sheet.results.csv", "Sheet.Results (2).XLSX", "a.csv.part",
     "a.crdownload", "a.tmp", "a.csv.error.txt", "a.csv~", "Thumbs.db", "desktop.ini"],
)  # fmt: skip
def test_file_that_is_no_sheet(name: str):
    """Lock files, half downloads, our own results and notes, and what systems leave behind are left alone."""
    assert not is_for_the_inbox(name)


@pytest.mark.parametrize(
    "name", ["sheet.csv", "SHEET.XLSX", "results.csv", "ünï — 2.ods", "a.tsv", "a.txt", "a.xlsm", "a.xls", "a.xlsb"]
)
def test_file_that_is_served(name: str):
    """What people call their sheets."""
    assert is_for_the_inbox(name)
    assert is_sheet(name)


def test_file_that_is_no_sheet_by_its_name_is_left_alone(tmp_path: Path):
    """A copy that somebody put by, however well it could be read, is not to be sent; it can be told of."""
    files = SettledFiles(tmp_path, 5.0)
    names = ["no extension", "old.csv.bak", "old.csv.save", "report.pdf"]
    for name in (*names, ".hidden", "sheet.csv"):
        (tmp_path / name).write_text("user_id,message\n1,Hello\n")

    files.look(0.0)

    assert [tmp_path / "sheet.csv"] == files.look(9.0)
    assert names == sorted(path.name for path in files.strangers)
    assert 1 == files.waiting


def test_a_link_to_a_sheet_is_left_alone_and_can_be_told_of(tmp_path: Path):
    """What it leads to lies elsewhere: it is neither followed nor put away, and told."""
    (tmp_path / "elsewhere").mkdir()
    sheet = tmp_path / "elsewhere" / "sheet.csv"
    sheet.write_text("user_id,message\n1,Hello\n")
    for name in ("a.csv", ".hidden.csv", "notes.pdf"):
        (tmp_path / name).symlink_to(sheet)
    (tmp_path / "gone.xlsx").symlink_to(tmp_path / "nowhere")
    files = SettledFiles(tmp_path, 5.0)

    looks = [files.look(0.0), files.look(9.0)]

    assert [[], []] == looks
    assert ["a.csv", "gone.xlsx"] == [path.name for path in files.links]


def test_growing_file_is_waited_for(tmp_path: Path):
    """A file counts once size and time were the same for the whole time; each change starts it anew."""
    files, path = SettledFiles(tmp_path, 5.0), tmp_path / "a.csv"
    path.write_text("a")

    first = files.look(0.0)
    path.write_text("ab")
    looks = [files.look(4.0), files.look(8.9), files.look(9.0)]

    assert [] == first
    assert [[], [], [path]] == looks


def test_replaced_file_is_waited_for_again(tmp_path: Path):
    """Another file under the same name is another file, even with the same size and time."""
    files, path, other = SettledFiles(tmp_path, 5.0), tmp_path / "a.csv", tmp_path / "b.tmp"
    path.write_text("a")
    files.look(0.0)
    other.write_text("b")
    os.utime(other, ns=(path.stat().st_mtime_ns, path.stat().st_mtime_ns))
    other.replace(path)

    assert [[], [path]] == [files.look(5.0), files.look(10.0)]


@pytest.mark.parametrize("lock", ["~$a.xlsx", ".~lock.a.xlsx#"])
def test_open_workbook_is_waited_for(tmp_path: Path, lock: str):
    """While a spreadsheet program has a sheet open, it is not taken away from under it."""
    files, path = SettledFiles(tmp_path, 0.0), tmp_path / "a.xlsx"
    path.write_text("a")
    (tmp_path / lock).write_text("someone")

    held, opened = files.look(0.0), files.opened
    (tmp_path / lock).unlink()

    assert [] == held
    assert {path: lock} == opened
    assert [path] == files.look(1.0)
    assert {} == files.opened


def test_links_and_folders_are_left_alone(tmp_path: Path):
    """Only regular files are taken: moving a link would lose what it points to."""
    target = tmp_path / "elsewhere" / "a.csv"
    target.parent.mkdir()
    target.write_text("a")
    (tmp_path / "link.csv").symlink_to(target)

    assert [] == SettledFiles(tmp_path, 0.0).look(0.0)


def test_older_file_comes_first(tmp_path: Path):
    """Files are served in the order in which they were laid there."""
    for name, moment in (("b.csv", 100), ("a.csv", 200)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (moment, moment))

    assert ["b.csv", "a.csv"] == [path.name for path in SettledFiles(tmp_path, 0.0).look(0.0)]
