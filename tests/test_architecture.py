"""The house keeps its plan: who imports whom, how long a module is, what it is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "hotline_batch"
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*/__init__.py"))

MOST_LINES = 300
# The agreed nouns are read as a list, entry by entry.
LISTS = {"hotline_batch/model.py"}
# Rooms for what belongs nowhere: everything lands in them, and nobody finds it again.
NAMES_WITHOUT_A_DUTY = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "tools"}


def test_import_contracts_hold() -> None:
    """`lint-imports` finds no broken contract in pyproject.toml."""
    pytest.importorskip("importlinter", reason="installed with the extra 'quality'")

    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 0 == checked.returncode, checked.stdout + checked.stderr
    assert ", 0 broken" in checked.stdout


@pytest.mark.parametrize("module", [module for module in MODULES if module not in LISTS])
def test_module_fits_in_the_head(module: str) -> None:
    """Past 300 lines a module is two subjects."""
    lines = (ROOT / module).read_text("utf-8").count("\n")

    assert lines <= MOST_LINES, f"{module} has {lines} lines: give its second subject a module of its own"


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
