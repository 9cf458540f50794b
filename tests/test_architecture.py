"""The house keeps its plan: who imports whom, how long a module is, what it is called."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline_batch.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "hotline_batch"
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*/__init__.py"))

MOST_LINES = 300
MOST_MODULES = 15
# Rooms for what belongs nowhere: everything lands in them, and nobody finds it again.
NAMES_WITHOUT_A_DUTY = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "tools"}
# `hotline-batch send`, also where the command is filled in; `--option`; `-o FILE`.
COMMAND = re.compile(rf"hotline-batch (?:{'|'.join(COMMANDS)}|\{{\}})(?!\w)")
COMMAND_LINE_WORDS = re.compile(rf"{COMMAND.pattern}|(?<![\w-])--[a-z][a-z-]*|(?<![\w-])-[a-z](?![\w-])")
# How older versions kept options in the ledger; the program's own name with its version; how a worker is started.
NO_COMMAND_LINES = {
    ("hotline_batch/ledger/run_records.py", "--map="),
    ("hotline_batch/application/doctor/diagnose.py", "hotline-batch {program} on Python {platform}"),
    ("hotline_batch/application/notify/with_apprise.py", "-m"),
    ("hotline_batch/application/runs/workers/worker_process.py", "-m"),
    ("hotline_batch/application/runs/workers/worker_process.py", "--run"),
}


def test_import_contracts_hold() -> None:
    """`lint-imports` finds no broken contract in pyproject.toml."""
    pytest.importorskip("importlinter", reason="installed with the extra 'quality'")

    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert 0 == checked.returncode, checked.stdout + checked.stderr
    assert ", 0 broken" in checked.stdout


@pytest.mark.parametrize("module", MODULES)
def test_module_fits_in_the_head(module: str) -> None:
    """Past 300 lines a module is two subjects."""
    lines = (ROOT / module).read_text("utf-8").count("\n")

    assert lines <= MOST_LINES, f"{module} has {lines} lines: give its second subject a module of its own"


@pytest.mark.parametrize("room", ROOMS)
def test_room_can_be_looked_over(room: str) -> None:
    """Past a dozen modules, or a few more, a folder is two subjects."""
    modules = [path.name for path in (ROOT / room).glob("*.py") if path.name != "__init__.py"]

    assert len(modules) <= MOST_MODULES, f"{room} has {len(modules)} modules: give its second subject a folder"


def test_module_names_say_a_duty() -> None:
    """No room has a place for what belongs nowhere."""
    names = {part for module in MODULES for part in Path(module).with_suffix("").parts}

    assert set() == names & NAMES_WITHOUT_A_DUTY


@pytest.mark.parametrize("room", ROOMS)
def test_room_has_an_empty_door(room: str) -> None:
    """Its `__init__` holds a docstring and nothing else: what it imported would be loaded by every visitor."""
    source = (ROOT / room / "__init__.py").read_text("utf-8").strip()

    assert source.startswith('"""')
    assert source.endswith('"""')
    assert 2 == source.count('"""')


def test_only_the_command_line_speaks_of_options_and_commands() -> None:
    """Lower rooms say what is to be done as a `Step`; a page, a log and a Python caller have no options to pass."""
    said = {
        f"{module}: {text}"
        for module in MODULES
        if not module.startswith("hotline_batch/cli/")
        for text in _texts_of(module)
        if COMMAND_LINE_WORDS.search(text) and (module, text) not in NO_COMMAND_LINES
    }

    assert set() == said


def test_pages_and_templates_speak_of_no_commands() -> None:
    """What is filled in elsewhere is read by people without a terminal as well."""
    said = [
        path.name
        for path in PACKAGE.rglob("*.j2")
        if COMMAND.search(re.sub("<style>.*?</style>", "", path.read_text("utf-8")))
    ]

    assert [] == said


def _texts_of(module: str) -> Iterator[str]:
    """The texts of a module that is not documentation; what a text is put together from counts as one."""
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value
