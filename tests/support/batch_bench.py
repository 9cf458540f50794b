"""One sheet, one ledger, one service: sends, resumes and retries in this process, with waits that pass in no time."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeAlias

from hotline_batch.application.batch import request_from
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.runs.driving import Watcher, run_to_the_end
from hotline_batch.engine.clock import Clock, Event, EventQueue, SystemClock
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.run_audit import audit_lines
from hotline_batch.ledger.resolutions import reopen_failed
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RowRecord, Run
from hotline_batch.run_options import Limits
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.fake_clock import heeding_rows, never_busy
from tests.support.service.pretend_api import Credentials

SheetRow: TypeAlias = str | tuple[int, str]

FIRST_USER = 1_000_001
_REAL_WAIT_SECONDS = 0.03


class HurriedClock:
    """The machine's clocks, put forward by every wait in which nothing comes: a pause of a minute takes 30 ms.

    While rows are on their way (``is_busy``) time is real: a commit that waits for a busy disk must not seem to have
    taken as long as the lease of a lane.
    """

    def __init__(self) -> None:
        self.is_busy: Callable[[], bool] = never_busy
        self._ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def wall(self) -> float:
        return time.time() + self._ahead

    def receive(self, inbox: EventQueue[Event], seconds: float | None) -> Event | None:
        event = inbox.receive(None if seconds is None else min(seconds, _REAL_WAIT_SECONDS))
        if event is None and not self.is_busy():
            self._ahead += max(0.0, (seconds or 0.0) - _REAL_WAIT_SECONDS)
        return event

    def wait_until(self, moment: float) -> None:
        self._ahead += max(0.0, moment - self.monotonic())


@dataclass(slots=True)
class Bench:
    """A person's folder with its ledger, and the settings toward one service.

    A row is a text, and the n-th goes to user ``FIRST_USER + n``; or it is
    user and text. One request at a time unless a test says otherwise.
    """

    folder: Path
    endpoint: str
    ca_file: str | None = None
    proxy: str | None = None
    clock: Clock = field(default_factory=HurriedClock)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def ledger_path(self) -> Path:
        return self.folder / "ledger.sqlite"

    @property
    def result_path(self) -> Path:
        return self.folder / "out.csv"

    def settings(self) -> Settings:
        lines = [f'{name} = "{value}"' for name in ("ca_file", "proxy") if (value := getattr(self, name))]
        (self.folder / "hotline-batch.toml").write_text("\n".join(lines), "utf-8")
        environment = {
            **Credentials().environment(self.endpoint),
            "HOTLINE_BATCH_LEDGER": f"sqlite:///{self.ledger_path}",
        }
        return load_settings(environ=environment | dict(self.environment), working_folder=self.folder)

    def ledger(self) -> Ledger:
        return Ledger(f"sqlite:///{self.ledger_path}")

    def write_sheet(self, rows: Iterable[SheetRow], name: str = "sheet.csv") -> Path:
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("user_id", "message"))
            writer.writerows(
                (FIRST_USER + number, row) if isinstance(row, str) else row for number, row in enumerate(rows)
            )
        return path

    def plan(self, rows: Iterable[SheetRow], output: str = "out.csv", **options: object) -> Run:
        """A planned run over a new sheet of these rows; nothing is sent."""
        sheet = str(self.write_sheet(rows))
        request = request_from(Kind.SEND, sheet, _defaults(options) | {"output": str(self.folder / output)})
        return plan_run(request, self.settings(), clock=self.clock).run

    def send(self, rows: Iterable[SheetRow], output: str = "out.csv", **options: object) -> RunSummary:
        """A new sheet of these rows, sent; ``options`` are those of ``send_sheet``."""
        return self.drive(self.plan(rows, output, **options).id)

    def drive(self, run_id: str, **options: object) -> RunSummary:
        """One session of a run: what ``resume`` does."""
        with self.ledger() as ledger:
            choices = Limits(**options)  # type: ignore[arg-type]  # a test's own words
            watcher = Watcher(clock=self.clock, random=Random(7))  # noqa: S311 - jitter, not cryptography
            with heeding_rows(self.clock) if isinstance(self.clock, HurriedClock) else nullcontext():
                return run_to_the_end(ledger, run_id, self.settings(), choices, watcher)

    def retry(self, run_id: str, **options: object) -> RunSummary:
        """What ``retry`` does, by this bench's clock."""
        with self.ledger() as ledger, ledger.hold(run_id):
            reopen_failed(ledger, run_id)
        return self.drive(run_id, **options)

    def newest_run(self) -> Run:
        with self.ledger() as ledger:
            return ledger.runs(most=1)[0]

    def records(self, run_id: str) -> Sequence[RowRecord]:
        with self.ledger() as ledger:
            return list(ledger.rows(run_id))

    def statuses(self, run_id: str) -> list[Status]:
        return [record.status(Kind.SEND) for record in self.records(run_id)]

    def audit(self, run_id: str) -> list[dict[str, object]]:
        with self.ledger() as ledger:
            return list(map(json.loads, audit_lines(ledger, ledger.run(run_id))))

    def results(self, name: str = "out.csv") -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def real_time() -> Clock:
    """The machine's own clock, for waits that must be real ones."""
    return SystemClock()


def _defaults(options: Mapping[str, object]) -> dict[str, object]:
    return {"rate": "5000/s", "concurrency": 1, "timeout": 10.0, "attempts": 2} | dict(options)
