"""Commands of the program on machines of many kinds, each in a process of its own that can be killed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path

from tests.promise.instants import Death
from tests.promise.machine import Machine
from tests.support.processes.journey import PATIENCE_SECONDS
from tests.support.processes.journey import Ended as EndedCommand
from tests.support.processes.programs import Process, Program, usual_environment

_NUMBERS = count(1)


def machine_in(folder: Path, ledger_url: str, service: Mapping[str, str], command: str = "", **clock: float) -> Machine:
    """A machine with a ledger and the way to a service; requests of a command with a name bear that name."""
    environment = {"HOME": str(folder), "HOTLINE_BATCH_LEDGER": ledger_url, **service}
    if command:
        config = folder / f"{command}.toml"
        config.write_text(f'user_agent = "{command}"\n', "utf-8")
        environment["HOTLINE_BATCH_CONFIG"] = str(config)
    return Machine(str(folder), environment, **clock)


class Ended(EndedCommand):
    """How a process ended: its exit code, or minus the signal that killed it; and what it said."""

    __slots__ = ()

    @property
    def was_killed(self) -> bool:
        """Whether it died by SIGKILL."""
        return self.exit_code == -signal.SIGKILL

    @property
    def was_cut(self) -> bool:
        """Whether it had no chance to say its last words: killed, or stopped before or after the run itself."""
        return self.exit_code < 0 or (self.exit_code == 130 and not self.stdout)


class Session:
    """A command under way."""

    def __init__(self, process: Process, said: Path) -> None:
        self._process = process
        self._said = said

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; without effect where the process has ended."""
        self._process.send_signal(number)

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def end(self) -> Ended:
        """Wait for the end."""
        code = self._process.wait(PATIENCE_SECONDS)
        out, err = (self._said.with_suffix(suffix).read_text("utf-8", "replace") for suffix in (".out", ".err"))
        assert "Traceback" not in err, err
        return Ended(code, out, err)


def start(machine: Machine, arguments: Sequence[str | Path], death: Death | None = None) -> Session:
    """Start a command and go on; with ``death``, it kills itself at that instant."""
    said = Path(machine.folder) / f"said-{os.getpid()}-{next(_NUMBERS)}"
    order = json.dumps({"machine": asdict(machine), "death": asdict(death) if death else None})
    words = [order, *map(str, arguments)]
    program = Program(
        "tests.promise.machine", words, Path(machine.folder), usual_environment() | dict(machine.environment)
    )
    with said.with_suffix(".out").open("wb") as out, said.with_suffix(".err").open("wb") as err:
        return Session(program.start_silently(out.fileno(), err.fileno()), said)


def run(machine: Machine, arguments: Sequence[str | Path], death: Death | None = None) -> Ended:
    """Run a command to its end."""
    return start(machine, arguments, death).end()
