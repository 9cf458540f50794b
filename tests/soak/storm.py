"""One sheet, two processes at once, a service that misbehaves, and signals at random; then everything is judged.

A storm is the same for the same seed as far as machines allow: which user meets which fault is the same, when a signal
strikes is not quite.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.promise import sessions
from tests.promise.machine import Machine
from tests.promise.promise_model import RunModel, attempts_in, look, rows_of, untruths, wrong_summary
from tests.promise.quiet import wait_until_quiet
from tests.promise.sessions import Ended, Session, machine_in
from tests.soak.places import Place
from tests.soak.record import Record, wrong_skips
from tests.soak.weather import doubts_due, weather
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

SHARE_OF_FAULTS = 0.15
CONCURRENCY = 8
AT_ONCE = 2
MOST_RUNS = 3
IN_PROGRESS = 2
PATIENCE_SECONDS = 600.0
ROWS_A_STRIKE = 20
LONGEST_SLEEP_SECONDS = 2.0
PACE = ("--yes", "--json", "--rate", "2000/s", "--timeout", "1", "--max-errors", "50%")
# SIGSTOP goes with a SIGCONT a little later, while the others go on.
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP, signal.SIGINT, signal.SIGTERM)
EXIT_CODES = {0, 1, 2, 3, 4, 130, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}


@dataclass(slots=True)
class Verdict:
    """What a storm came to: ``complaints`` is empty where every row tells the truth."""

    seed: int
    complaints: list[str] = field(default_factory=list)
    duplicates: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    exit_codes: Counter[int] = field(default_factory=Counter)
    faults: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        parts = [
            f"seed {self.seed}: {self.seconds:.0f} s",
            _counted(self.statuses),
            f"{self.faults} faults, {_counted(self.happened)}",
            f"exit codes {dict(sorted(self.exit_codes.items()))}",
            f"{self.duplicates} duplicates, {len(self.complaints)} complaints",
        ]
        return "; ".join(parts) + "".join(f"\n    {complaint}" for complaint in self.complaints[:20])


@dataclass(eq=False, slots=True)
class _Under:
    """A command under way."""

    name: str
    session: Session
    alarm: threading.Timer | None = None

    def sleep(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so long, whatever else has to wait for this process meanwhile."""
        self.session.signal(signal.SIGSTOP)
        self.alarm = threading.Timer(seconds, self.session.signal, [signal.SIGCONT])
        self.alarm.start()

    @property
    def is_awake(self) -> bool:
        return self.session.is_running and not (self.alarm and self.alarm.is_alive())

    def end(self) -> Ended:
        """The process has ended; nobody may be woken in its place."""
        if self.alarm:
            self.alarm.cancel()
            self.alarm.join()
        return self.session.end()


class Storm:
    """Drives one seed; use ``run`` once."""

    def __init__(self, seed: int, rows: int, place: Place, folder: Path) -> None:
        self._random = Random(seed)  # noqa: S311 - the same storm every time
        self._place = place
        self._folder = folder
        self._server = HostileServer()
        self._entries = [(str(1_000_001 + number), f"Message {number}") for number in range(rows)]
        self._strikes = max(8, rows // ROWS_A_STRIKE)
        self._outputs: dict[Path, str] = {}
        self._runs: dict[str, RunModel] = {}
        self._struck: Counter[str] = Counter()
        self._commands = 0
        self._over: set[str] = set()
        self._under: list[_Under] = []
        self._verdict = Verdict(seed)
        self._since = time.monotonic()

    def run(self) -> Verdict:
        """Let it rage, let it calm down, bring every run to its end, judge."""
        self._server.come_back()
        try:
            lines = "".join(f"{user},{message}\n" for user, message in self._entries)
            (self._folder / "sheet.csv").write_text(f"user_id,message\n{lines}", "utf-8")
            self._server.share(weather(self._struck), SHARE_OF_FAULTS, self._verdict.seed)
            self._rage()
            self._calm_down()
            self._judge()
        finally:
            self._server.close()
        self._verdict.seconds = time.monotonic() - self._since
        return self._verdict

    # ── while it rages ───────────────────────────────────────────────────────────────────────────────────────────────

    def _rage(self) -> None:
        strikes = self._strikes
        next_strike = len(self._server.requests) + self._random.randint(1, 2 * ROWS_A_STRIKE)
        while strikes or self._under:
            self._reap()
            while strikes and len(self._under) < AT_ONCE and self._start_next():
                pass
            if not self._under:
                return
            struck_at = next_strike
            self._wait(lambda: len(self._server.requests) >= struck_at, 0.5 + self._random.random())  # noqa: B023 - used here
            if strikes:
                self._strike()
                strikes -= 1
                next_strike = len(self._server.requests) + self._random.randint(1, 2 * ROWS_A_STRIKE)

    def _start_next(self) -> bool:
        """Another run over the same sheet, or one that goes on; False where there is nothing left to do."""
        self._learn_of_runs()
        unfinished = [run_id for run_id in self._runs if run_id not in self._over]
        if len(self._outputs) < MOST_RUNS and (not unfinished or self._random.random() < 0.3):
            self._send()
        elif unfinished:
            chosen = self._random.choice(unfinished)
            self._runs[chosen].commands.add(self._begin("resume", chosen))
        return bool(unfinished) or len(self._outputs) < MOST_RUNS

    def _send(self) -> None:
        output = self._place.folder / f"result-{len(self._outputs) + 1}.csv"
        self._outputs[output] = self._begin("send", "sheet.csv", "-o", str(output))

    def _begin(self, *command: str) -> str:
        name, machine = self._next_command()
        arguments = [*command, *PACE, "--concurrency", str(CONCURRENCY)]
        self._under.append(_Under(name, sessions.start(machine, arguments)))
        return name

    def _strike(self) -> None:
        awake = [under for under in self._under if under.is_awake]
        if not awake or self._random.random() < 0.15:
            happened = self._place.disturb(self._random)
            if happened:
                self._verdict.happened[happened] += 1
                return
        if awake:
            struck, number = self._random.choice(awake), self._random.choice(SIGNALS)
            self._verdict.happened[number.name] += 1
            if number is signal.SIGSTOP:
                struck.sleep(self._random.uniform(0.05, LONGEST_SLEEP_SECONDS))
            else:
                struck.session.signal(number)

    def _wait(self, happened: Callable[[], bool], seconds: float) -> None:
        """Until it happens, a process ends, or so long."""
        end = time.monotonic() + seconds
        self._server.wait_until(
            lambda: happened() or time.monotonic() > end or not all(under.session.is_running for under in self._under),
            seconds + PATIENCE_SECONDS,
        )

    def _reap(self) -> None:
        for under in [under for under in self._under if not under.session.is_running]:
            self._under.remove(under)
            try:
                self._take_in(under.name, under.end())
            except AssertionError as error:  # it said something that no person should read
                self._verdict.complaints.append(f"{under.name}: {error}")

    def _take_in(self, name: str, ended: Ended) -> None:
        self._verdict.exit_codes[ended.exit_code] += 1
        if ended.exit_code not in EXIT_CODES:
            self._verdict.complaints.append(f"{name} ended with {ended.exit_code}: {ended.stderr[-500:]}")
        if ended.exit_code in {0, 1, 3} and ended.stdout:
            self._over.add(str(ended.summary["run"]))

    # ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _calm_down(self) -> None:
        self._place.mend()
        self._let_end()
        self._learn_of_runs()
        if not self._runs:  # all were struck while they planned: what judged nothing would prove nothing
            self._send()
            self._let_end()
        wait_until_quiet(self._server)
        self._server.apply_late_now()
        self._learn_of_runs()
        for run_id, run in self._runs.items():
            ended = self._go_on(run)
            if ended.exit_code not in {0, 1, 3}:
                self._verdict.complaints.append(f"run {run_id} does not end: {ended}")
            else:
                look(run, run.output)
                self._verdict.complaints += wrong_summary(ended.stdout, ended.exit_code, run)
        wait_until_quiet(self._server)

    def _let_end(self) -> None:
        while self._under:
            self._wait(lambda: False, 0.2)
            self._reap()

    def _go_on(self, run: RunModel) -> Ended:
        """Resume until it is at its end; nobody who died may hold it for ever."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            name, machine = self._next_command()
            run.commands.add(name)
            ended = sessions.run(machine, ["resume", run.id, *PACE, "--concurrency", str(CONCURRENCY)])
            if ended.exit_code in {0, 1, 3} or time.monotonic() > end:
                return ended
            self._verdict.happened[f"calm, but exit {ended.exit_code}"] += 1
            if ended.exit_code == IN_PROGRESS:
                self._server.wait_unless_stopped(0.2)

    def _judge(self) -> None:
        runs = {name: run.id for run in self._runs.values() for name in run.commands}
        record = Record(self._server, runs)
        self._verdict.duplicates = len(self._server.duplicates())
        found = self._verdict.complaints
        found += [f"{key}: {count} copies" for key, count in self._server.duplicates().items()]
        if lost := {request.field("user-agent") for request in self._server.requests} - set(runs):
            found.append(f"Requests of commands whose run is not in the ledger: {lost}")
        for run in self._runs.values():
            if not run.seen:
                continue
            trail = self._folder / f"audit-{run.id}.jsonl"
            self._ask("audit", run.id, "-o", str(trail), "--force")
            found += [f"{run.id}: {wrong}" for wrong in untruths(run, record, attempts_in(trail), 0)]
            found += [f"{run.id}: {wrong}" for wrong in wrong_skips(run, record)]
            self._verdict.statuses.update(seen["hotline_status"] for seen in run.seen)
        cuts = self._verdict.happened.total() - self._verdict.happened["SIGINT"] - self._verdict.happened["SIGTERM"]
        if not self._verdict.statuses:
            found.append("No run was judged.")
        self._verdict.faults = self._struck.total()
        doubts, due = self._verdict.statuses["unknown"], doubts_due(self._struck, CONCURRENCY) + cuts * CONCURRENCY
        if doubts > due:
            found.append(f"{doubts} rows are in doubt, {due} at most should be: {self._struck}")

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _learn_of_runs(self) -> None:
        """The runs that the ledger has, by their result sheets."""
        for told in json.loads(self._ask("runs", "list", "--json", "--limit", "1000")):
            if told["run"] not in self._runs:
                output = Path(json.loads(self._ask("runs", "show", told["run"], "--json"))["result"])
                if output not in self._outputs:
                    continue
                rows = rows_of(self._entries)
                self._runs[told["run"]] = RunModel(told["run"], output, rows, {self._outputs[output]})

    def _ask(self, *arguments: str) -> str:
        _, machine = self._next_command()
        ended = sessions.run(machine, arguments)
        while ended.exit_code != 0 and time.monotonic() - self._since < PATIENCE_SECONDS:
            self._place.mend()  # looking is for the storm's sake; that it works on a full disk is tested elsewhere
            ended = sessions.run(machine, arguments)
        return ended.stdout

    def _next_command(self) -> tuple[str, Machine]:
        self._commands += 1
        name = f"command-{self._commands}"
        service = Credentials().environment(self._server.url)
        return name, machine_in(self._folder, self._place.ledger_url, service, command=name, speed=1.0)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "nothing"
