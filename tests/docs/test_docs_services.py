"""The units that the documentation shows are ones that systemd takes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs import pages

_UNIT = re.compile(r"^`/etc/systemd/system/([\w-]+\.(?:service|timer))`.*?\n\n((?:    .*\n|\n)+)", re.MULTILINE)
_PROGRAM = "/usr/local/bin/hotline-batch"
_SYSTEMD = shutil.which("systemd-analyze") or ""


def units() -> dict[str, str]:
    """Every unit of every page, by its name."""
    found = {}
    for page in pages.names():
        for name, text in _UNIT.findall(pages.text_of(page)):
            found[name] = "\n".join(line[4:] for line in text.splitlines()) + "\n"
    return found


@pytest.mark.skipif(not _SYSTEMD, reason="systemd is not installed here")
@pytest.mark.parametrize("name", sorted(units()))
def test_systemd_takes_a_unit_as_it_stands(name: str, tmp_path: Path) -> None:
    """Each key is known, each value fits. The program stands elsewhere here."""
    program = tmp_path / "hotline-batch"
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    for other, text in units().items():
        (tmp_path / other).write_text(text.replace(_PROGRAM, str(program)), "utf-8")

    done = subprocess.run([_SYSTEMD, "verify", str(tmp_path / name)], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)


def test_units_are_found() -> None:
    """A page that is written otherwise would be tested no more."""
    assert {"hotline-worker.service", "hotline-inbox.service", "hotline-enrich.timer"} <= set(units())
