"""A person's machine: a folder, settings in the environment, and the program run in it as a process of its own."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from openpyxl import load_workbook

from tests.support.processes.programs import Program, usual_environment
from tests.support.service.hostile_server import HostileServer
from tests.support.service.judge import Claim, complaints
from tests.support.service.pretend_api import Credentials

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "sample_data"
PATIENCE_SECONDS = 180.0
"""Far longer than anything takes: on a machine that is busy with something else nothing is late."""
FAST = ("--rate", "500/s")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def summary(self) -> Mapping[str, Any]:
        """The one JSON object on standard output; raises where there is anything else."""
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found

    @property
    def counts(self) -> Mapping[str, int]:
        """The counts of the JSON summary that are not zero."""
        return {status: count for status, count in self.summary["counts"].items() if count}


class Command:
    """A command under way. ``end`` waits for it; leaving the context kills what is still there."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], said: Path) -> None:
        self._files = [said.with_suffix(suffix).open("w+b") for suffix in (".out", ".err")]
        program = Program("hotline_batch", arguments, folder, environment)
        self._process = program.start_silently(self._files[0].fileno(), self._files[1].fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.is_running:
            self._process.kill()
        self._process.wait()
        for file in self._files:
            file.close()

    @property
    def process(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """What it has said for the person so far."""
        return Path(self._files[1].name).read_text("utf-8")

    @property
    def printed(self) -> str:
        """What it has printed for machines so far."""
        return Path(self._files[0].name).read_text("utf-8")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, as a person or the machine would."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL: the process has no chance to tidy up."""
        self._process.kill()
        self._process.wait()

    def end(self, seconds: float = PATIENCE_SECONDS) -> Ended:
        """Wait for the end; raises where it takes longer."""
        code = self._process.wait(seconds)
        said = []
        for file in self._files:
            file.seek(0)
            said.append(file.read().decode())
        return Ended(code, said[0], said[1])


class Machine:
    """A fresh machine in ``folder``: its home, its ledger, and a working folder where commands run.

    With ``exist_ok``, one that is there already.
    """

    def __init__(self, folder: Path, *, exist_ok: bool = False) -> None:
        self.folder = folder / "work"
        self.home = folder / "home"
        self.ledger = folder / "ledger" / "ledger.sqlite"
        for made in (self.folder, self.home, self.ledger.parent):
            made.mkdir(exist_ok=exist_ok)
        self.environment = usual_environment() | {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "HOTLINE_BATCH_LEDGER": f"sqlite:///{self.ledger}",
        }
        self._commands = 0

    def toward(self, service: str | HostileServer, credentials: Credentials | None = None) -> Self:
        """Set the endpoint and keys of a service."""
        endpoint = service if isinstance(service, str) else service.url
        self.environment |= (credentials or Credentials()).environment(endpoint)
        return self

    def with_ledger(self, url: str) -> Self:
        """Keep the ledger at this URL."""
        self.environment["HOTLINE_BATCH_LEDGER"] = url
        return self

    def run(self, *arguments: str | Path, stdin: str | None = None) -> Ended:
        """Run a command to its end. Standard input is closed, or a pipe with this text: never a terminal."""
        program = Program("hotline_batch", [str(argument) for argument in arguments], self.folder, self.environment)
        code, stdout, stderr = program.run((stdin or "").encode(), PATIENCE_SECONDS)
        return Ended(code, stdout.decode(), stderr.decode())

    def python(self, script: str, *arguments: str | Path) -> Ended:
        """Run a script of Python, in an interpreter of its own, to its end. Standard input is closed."""
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path) -> Command:
        """Start a command and go on; use it as a context."""
        self._commands += 1
        said = self.home / f"command-{self._commands}"
        return Command([str(argument) for argument in arguments], self.folder, self.environment, said)

    def runs(self) -> list[dict[str, Any]]:
        """What the program tells of its runs, the newest first."""
        found = json.loads(self.run("runs", "list", "--json").stdout)
        assert isinstance(found, list)
        return found

    def newest_run(self) -> str:
        """The id of the newest run in the ledger."""
        return str(self.runs()[0]["run"])

    def write_sheet(self, name: str, rows: Iterable[tuple[int, str]]) -> Path:
        """A CSV sheet of user ids and messages in the working folder."""
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("user_id", "message"))
            writer.writerows(rows)
        return path

    def read(self, name: str) -> list[dict[str, str]]:
        """The rows of a result sheet in the working folder, read with nothing of the program's."""
        return read_sheet(self.folder / name)


def read_sheet(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV or XLSX sheet as texts by column."""
    if path.suffix == ".csv":
        return read_csv_text(path.read_text("utf-8-sig"))
    workbook = load_workbook(path)
    sheet = workbook["Results"] if "Results" in workbook.sheetnames else workbook.worksheets[0]
    header, *rows = ([_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_csv_text(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a CSV text by column."""
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def people(count: int, message: str = "Message") -> list[tuple[int, str]]:
    """So many rows of a sheet, each with a user and a message of its own."""
    return [(1_000_001 + number, f"{message} {number}") for number in range(count)]


def lies(
    rows: Sequence[Mapping[str, str]],
    server: HostileServer,
    sheet: Sequence[tuple[int, str]],
    *,
    most_unknown: int | None = None,
) -> list[str]:
    """What is untrue of a result sheet, given what the server applied; also rows that are missing or out of order."""
    found = []
    if [(row["user_id"], row["message"]) for row in rows] != [(str(user), message) for user, message in sheet]:
        found.append("The result sheet does not hold the rows of the sheet in their order")
    if [row["hotline_row"] for row in rows] != [str(number) for number in range(2, len(rows) + 2)]:
        found.append("The row numbers are not those of the sheet")
    found.extend(
        f"row {row['hotline_row']}: {row['hotline_status']}, but delivered {row['hotline_delivered']}"
        for row in rows
        if row["hotline_delivered"] != delivered(row)
    )
    claims = [Claim(int(row["user_id"]), row["message"], row["hotline_status"]) for row in rows]
    return found + complaints(claims, server.applied, most_unknown=most_unknown)


def delivered(row: Mapping[str, str]) -> str:
    """What a row must say of its delivery, given its status; a skipped one tells what an earlier run knows."""
    if row["hotline_status"] == "skipped":
        return {"already_sent": "yes", "possibly_sent": "unknown"}.get(row["hotline_error_code"], "no")
    return {"sent": "yes", "unknown": "unknown"}.get(row["hotline_status"], "no")


def statuses(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """The status of each row."""
    return [row["hotline_status"] for row in rows]


def asked(server: HostileServer) -> int:
    """How many requests arrived whole."""
    return len(server.truth.requests)


def _text(value: object) -> str:
    return "" if value is None else str(value)
