"""Commands of the program, each in a process of its own that can be killed: forked from one that has it loaded.

A fresh interpreter takes about a second to load the program, a fork some milliseconds; so a test can afford hundreds
of processes. ``python -m tests.promise.sessions`` is the process that forks. It has a single thread, and it keeps the
dead unburied until they are asked for, so that a signal never meets a stranger with the same number.

In the child only the machine around the program is another: its clock may run faster or stand elsewhere, and it may die
at a chosen instant (see ``instants``).
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from hotline_batch.engine.clock import EventQueue
from tests.promise.instants import Death, die_at
from tests.support.journey import Ended as EndedCommand

ROOT = Path(__file__).parents[2]
_ASKS_TO_STOP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a command runs: its folder and environment, and its clock.

    ``speed`` times faster than real time do pauses pass; sockets stay in real time. ``hours_later`` sets the clock on
    the wall ahead.
    """

    folder: str
    environment: Mapping[str, str]
    speed: float = 20.0
    hours_later: float = 0.0


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

    def __init__(self, sessions: Sessions, pid: int, said: Path) -> None:
        self._sessions = sessions
        self._pid = pid
        self._said = said

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; without effect where the process has ended."""
        os.kill(self._pid, number)

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        # Field 3 of /proc/PID/stat, after the name in brackets; Z is a process that ended and is not buried yet.
        return Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

    def end(self) -> Ended:
        """Wait for the end."""
        code = int(self._sessions.ask({"bury": self._pid})["code"])
        out, err = (self._said.with_suffix(suffix).read_text("utf-8", "replace") for suffix in (".out", ".err"))
        assert "Traceback" not in err, err
        return Ended(code, out, err)


class Sessions:
    """Starts commands; use it as a context manager, in one thread."""

    def __init__(self) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "LANG") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.promise.sessions"],
            cwd=ROOT,
            env=kept | {"OPENBLAS_NUM_THREADS": "1"},  # its threads would not live through a fork
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def start(self, machine: Machine, arguments: Sequence[str | Path], death: Death | None = None) -> Session:
        """Start a command and go on; with ``death``, it kills itself at that instant."""
        self._started += 1
        said = Path(machine.folder) / f"said-{os.getpid()}-{self._started}"
        for suffix in (".out", ".err"):
            said.with_suffix(suffix).touch()  # the child may be killed before it opens them
        order = {
            "arguments": [str(argument) for argument in arguments],
            "machine": asdict(machine),
            "said": str(said),
            "death": asdict(death) if death else None,
        }
        return Session(self, int(self.ask(order)["pid"]), said)

    def run(self, machine: Machine, arguments: Sequence[str | Path], death: Death | None = None) -> Ended:
        """Run a command to its end."""
        return self.start(machine, arguments, death).end()

    def ask(self, order: Mapping[str, object]) -> Mapping[str, Any]:
        """One order, one answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert isinstance(answer, dict)
        return answer


# ── the process that forks ───────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Take orders until the standard input ends."""
    _load()
    for line in sys.stdin:
        order = json.loads(line)
        if "bury" in order:
            _, status = os.waitpid(order["bury"], 0)
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            # Who hears a signal before the program itself begins would die in the midst of this module.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKS_TO_STOP)
            pid = os.fork()
            if pid == 0:
                _run(order)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            answer = {"pid": pid}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _load() -> None:
    """Import what the commands import on their way, so that no child has to."""
    for name in ("main", "flows.existing_run", "flows.runs"):
        importlib.import_module(f"hotline_batch.cli.{name}")
    commands = importlib.import_module("hotline_batch.cli.main").COMMANDS
    for name in ("send", "resume", "retry", "resolve", "results", "audit", "runs"):
        importlib.import_module(f"hotline_batch.cli.commands.{commands[name]}")
    importlib.import_module("hotline_batch.application.exports.audit")
    with suppress(ImportError):  # where there is no PostgreSQL
        importlib.import_module("sqlalchemy.dialects.postgresql.psycopg")
        importlib.import_module("psycopg")


def _run(order: Mapping[str, Any]) -> NoReturn:
    """The child: become the command."""
    code = 70
    try:
        _stand_on(Machine(**order["machine"]), Path(order["said"]))
        if order["arguments"][0] != "worker":
            _lengthen_the_lease(order["machine"]["speed"])
        if order["death"]:
            die_at(Death(**order["death"]))
        from hotline_batch.__main__ import main as program  # noqa: PLC0415 - of the child alone

        sys.argv = ["hotline-batch", *order["arguments"]]
        for number in _ASKS_TO_STOP:  # whoever runs the tests in the background has their children ignore some
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKS_TO_STOP)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        program()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException:  # noqa: BLE001 - seen by the test through the exit code and these words
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _stand_on(machine: Machine, said: Path) -> None:
    for stream, path, flags in (
        (0, Path(os.devnull), os.O_RDONLY),
        (1, said.with_suffix(".out"), os.O_WRONLY | os.O_CREAT),
        (2, said.with_suffix(".err"), os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(path, flags, 0o600), stream)
    os.chdir(machine.folder)
    os.environ.clear()
    os.environ.update(machine.environment)
    _set_clock(machine.speed, machine.hours_later)


def _lengthen_the_lease(speed: float) -> None:
    """It is as long as ever in real time, so that a busy machine lets no claim expire; nobody takes this run over."""
    from hotline_batch.engine import departure  # noqa: PLC0415 - of the child alone

    departure.LEASE_SECONDS *= speed


def _set_clock(speed: float, hours_later: float) -> None:
    from hotline_batch.engine.clock import SystemClock  # noqa: PLC0415 - of the child alone

    receive_in_real_time = SystemClock.receive

    def monotonic(_clock: SystemClock) -> float:
        return time.monotonic() * speed

    def wall(_clock: SystemClock) -> float:
        return time.time() + hours_later * 3600

    def receive(clock: SystemClock, inbox: EventQueue[Any], seconds: float | None) -> Any:
        return receive_in_real_time(clock, inbox, None if seconds is None else seconds / speed)

    def wait_until(_clock: SystemClock, moment: float) -> None:
        time.sleep(max(0.0, moment / speed - time.monotonic()))

    for method in (monotonic, wall, receive, wait_until):
        setattr(SystemClock, method.__name__, method)


if __name__ == "__main__":
    main()
