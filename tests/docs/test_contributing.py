"""The map of the house shows the house."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version

from tests.docs.pages import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
WISHES = re.compile(r"^\| I want to change … \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_file_and_folder_of_the_map_is_there() -> None:
    """Names within a room are written from the package on."""
    named = re.findall(r"`([\w./]+(?:/|\.py|\.md))`", WISHES.sub("", PAGE))

    missing = [name for name in named if not any((ROOT / start / name).exists() for start in ("", "hotline_batch"))]
    assert named
    assert [] == missing


def test_every_room_stands_on_the_map() -> None:
    """Each folder and module of the package, but those that only open its door."""
    inside = (ROOT / "hotline_batch").iterdir()
    rooms = {
        f"hotline_batch/{path.name}{'/' if path.is_dir() else ''}" for path in inside if not path.name.startswith("_")
    }

    assert rooms - {"hotline_batch/py.typed"} == set(re.findall(r"^\| `(hotline_batch/[^`]*)` \|", PAGE, re.MULTILINE))


def test_layers_are_those_of_the_import_contract() -> None:
    """Line by line."""
    drawn = re.search(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    assert drawn
    assert [layer.replace("hotline_batch.", "") for layer in layers] == drawn[1].splitlines()


def test_folders_of_tests_that_the_page_runs_are_there() -> None:
    """And so are the extras that it installs."""
    run = [word for line in re.findall(r"`pytest ([^`]*)`", PAGE) for word in line.split()]
    extras = {extra for found in re.findall(r"'\.\[([\w,]+)\]'", PAGE) for extra in found.split(",")}

    assert [] == [name for name in run if not (ROOT / name).exists()]
    assert extras <= set(PROJECT["project"]["optional-dependencies"])


def test_changelog_has_this_version() -> None:
    """With the day on which it came out."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")

    assert re.search(rf"^## \[{re.escape(version('hotline-batch'))}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)


def test_every_wish_leads_to_files_that_are_there() -> None:
    """Each row opens a file or folder; a bare name lies in the folder of the row's first path."""
    rows = WISHES.search(PAGE)
    assert rows
    missing = []
    for row in rows[1].splitlines():
        first, *others = re.findall(r"`([^`]+)`", row.strip("|").split(" | ")[1])
        folder = (ROOT / first) if first.endswith("/") else (ROOT / first).parent
        missing += [
            name for name, path in [(first, ROOT / first), *((o, folder / o) for o in others)] if not path.exists()
        ]

    assert [] == missing
