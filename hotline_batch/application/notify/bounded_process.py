"""A program that is given a text and a time: it has ended when this returns, by itself or by force."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile

_SAID_BYTES = 2_000
_SECONDS_TO_DIE = 2.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended, and the last of what it said. ``exit_code`` is None where its time was up."""

    exit_code: int | None
    said: str


def run_bounded(words: Sequence[str], given: bytes, environ: Mapping[str, str], seconds: float) -> Ended:
    """Run a program, give it ``given`` on standard input, and wait ``seconds`` at most; then all it started is killed.

    It has a session of its own: it neither hears the Ctrl-C of this terminal nor can ask there. Raises OSError where it
    cannot be started.
    """
    with TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - no shell; the settings' own program, or this one
            list(words),
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows alone has windows to hide
        )
        code: int | None = None
        try:
            process.communicate(given, timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            pass
        finally:
            if code is None:
                _kill(process)
        said.seek(0, os.SEEK_END)
        said.seek(max(0, said.tell() - _SAID_BYTES))
        return Ended(code, said.read().decode("utf-8", "replace").strip())


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # and whatever it started
        else:
            process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_DIE)
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
