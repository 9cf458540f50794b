"""One ledger, one service, and the commands that are run against them: each is judged when it ends."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hotline_batch.application.runs.driving import open_run
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.run_options import Limits
from hotline_batch.settings.load import load_settings
from tests.promise import sessions
from tests.promise.ground import Ground
from tests.promise.happenings import (
    ANOTHERS_TOPIC,
    FAULTS,
    IS_LONG,
    TIMEOUT,
    Cut,
    Ending,
    Sleep,
    doubts_due,
)
from tests.promise.instants import Death
from tests.promise.machine import Machine
from tests.promise.promise_model import (
    Row,
    RunModel,
    Sheet,
    attempts_in,
    look,
    overtaken,
    rows_of,
    rows_of_correction,
    rows_of_result,
    untruths,
    wrong_summary,
)
from tests.promise.quiet import wait_until_quiet
from tests.promise.sessions import Ended, Session
from tests.support.ledgers.postgresql import Cluster
from tests.support.processes.journey import read_sheet
from tests.support.processes.sleepers import put_to_sleep
from tests.support.service.exchange import Exchange
from tests.support.service.faults import Fault

Planned = tuple[list[str | Path], list[Row]]
REFUSED = 2
_SEEM_SILENT = "update lane set heartbeat_at = heartbeat_at - 60 where worker <> ''"


class Play(Ground):
    """A folder, a service that may misbehave, and everything known of the runs so far."""

    def __init__(self, cluster: Cluster | None) -> None:
        super().__init__(cluster)
        self._sheets: list[Sheet] = []
        self._known: dict[str, RunModel] = {}
        self._struck: Counter[str] = Counter()
        self._is_misled = False
        self._doubts_due = 0

    def _run(self, which: int, status: str = "") -> RunModel | None:
        # Not a bundle: how many runs there are may depend on the moment of a kill, what is drawn next must not.
        kept = [run for run in self._known.values() if not run.is_forgotten]
        runs = [run for run in kept if not status or run.with_status(status)]
        return runs[which % len(runs)] if runs else None

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, sheets: Sequence[Sheet], misfortune: Sequence[str], ending: Ending, pace: Sequence[str]) -> None:
        planned: list[Planned] = [(["send", sheet.path], rows_of(sheet.entries)) for sheet in sheets]
        self._begin(planned, misfortune, ending, pace)

    def _send_result(self, run: RunModel, misfortune: Sequence[str], ending: Ending, pace: Sequence[str]) -> None:
        """The last result sheet of a run, as it is, in the place of a sheet."""
        path = self._folder / f"again-{self._commands}.csv"
        self._ask("results", run.id, "-o", path)
        rows = rows_of_result(read_sheet(path), is_correction=run.corrects is not None)
        self._begin([(["send", path], rows)], misfortune, ending, pace)

    def _correct(
        self, run: RunModel, which: Sequence[str], misfortune: Sequence[str], ending: Ending, pace: Sequence[str]
    ) -> None:
        """Refused where nobody has got what would be corrected, or somebody corrected it before."""
        message = f"Correction {self._commands}"
        rows = rows_of_correction(run, message, include_unknown="--include-unknown" in which)
        is_refused = all(row.key is None for row in rows) or any(
            known.corrects is run for known in self._known.values()
        )
        command: list[str | Path] = ["correct", run.id, "-m", message, *which]
        self._begin([(command, rows)], misfortune, ending, pace, corrects=run, may_be_refused=is_refused)

    def _begin(
        self,
        planned: Sequence[Planned],
        misfortune: Sequence[str],
        ending: Ending,
        pace: Sequence[str],
        *,
        corrects: RunModel | None = None,
        may_be_refused: bool = False,
    ) -> None:
        """Commands that make a run each, all at the same time."""
        self._plan(misfortune)
        plans = []
        for words, rows in planned:
            name, machine = self._next_command()
            output = self._folder / f"{name}.csv"
            drive: list[str | Path] = ["-o", output, "--yes", "--json", "--rate", "1000/s", "--timeout", TIMEOUT]
            plans.append((name, machine, output, [*words, *drive, *pace], rows))
        started = [self._start(machine, command, ending) for _, machine, _, command, _ in plans]
        self._cut(started, ending)
        ended = [session.end() for session in started]
        wait_until_quiet(self._server)
        if may_be_refused and ended[0].exit_code == REFUSED:
            return
        by_output = {output: (name, rows) for name, _, output, _, rows in plans}
        fresh = self._fresh_runs(by_output) if any(end.was_cut for end in ended) else self._told_runs(by_output, ended)
        for run in fresh.values():
            run.corrects, run.begun = corrects, self._hours
        doubts = 0
        for (_, _, output, _, _), end in zip(plans, ended, strict=True):
            assert output in fresh or end.was_cut, end
            if output in fresh:
                self._judge(fresh[output], end, int(pace[1]))
                doubts += fresh[output].in_doubt(misled=self._is_misled)
        self._judge_doubts(doubts, ended, int(pace[1]))

    def _told_runs(self, plans: Mapping[Path, tuple[str, list[Row]]], ended: Sequence[Ended]) -> dict[Path, RunModel]:
        fresh = {}
        for (output, (name, rows)), end in zip(plans.items(), ended, strict=True):
            fresh[output] = RunModel(end.summary["run"], output, rows, {name})
            self._known[fresh[output].id] = fresh[output]
        return fresh

    def _fresh_runs(self, plans: Mapping[Path, tuple[str, list[Row]]]) -> dict[Path, RunModel]:
        """The runs that the ledger has since these commands, by their result sheets."""
        fresh = {}
        for told in json.loads(self._ask("runs", "list", "--json", "--limit", "1000").stdout):
            if told["run"] in self._known:
                continue
            output = Path(json.loads(self._ask("runs", "show", told["run"], "--json").stdout)["result"])
            name, rows = plans[output]
            fresh[output] = self._known[told["run"]] = RunModel(told["run"], output, rows, {name})
        return fresh

    def _go_on(self, run: RunModel, command: Sequence[str], misfortune: Sequence[str], ending: Ending) -> None:
        self._go_on_together([(run, command)], misfortune, ending)

    def _go_on_together(
        self, going_on: Sequence[tuple[RunModel, Sequence[str]]], misfortune: Sequence[str], ending: Ending
    ) -> None:
        """Commands that go on with a run each, all at the same time."""
        self._plan(misfortune)
        _, first = going_on[0]
        concurrency = int(first[first.index("--concurrency") + 1])
        before = [run.in_doubt(misled=self._is_misled) for run, _ in going_on]
        drive = ["--yes", "--json", "--rate", "1000/s", "--timeout", TIMEOUT]
        started = []
        for run, command in going_on:
            name, machine = self._next_command()
            run.commands.add(name)
            started.append(self._start(machine, [*command, *drive], ending))
        self._cut(started, ending)
        ended = [session.end() for session in started]
        wait_until_quiet(self._server)
        for (run, _), end in zip(going_on, ended, strict=True):
            self._judge(run, end, concurrency)
        after = [run.in_doubt(misled=self._is_misled) for run, _ in going_on]
        self._judge_doubts(sum(after) - sum(before), ended, concurrency)

    def _hand_over(self, run: RunModel, misfortune: Sequence[str], ending: Ending | Sleep, pace: Sequence[str]) -> None:
        """To a worker that may die or sleep, and to the one after it, which goes on with what was left.

        Who slept may record what it heard, but claims nothing once it is awake.
        """
        self._plan(misfortune)
        chosen = {name.removeprefix("--"): value for name, value in zip(pace[::2], pace[1::2], strict=True)}
        concurrency = int(chosen["concurrency"])
        limits = Limits(
            rate="1000/s",
            concurrency=concurrency,
            timeout=float(TIMEOUT),
            attempts=int(chosen["attempts"]),
            max_errors=chosen.get("max-errors"),
        )
        before = run.in_doubt(misled=self._is_misled)
        ended: list[Ended] = []
        sleeper: tuple[str, Session] | None = None
        for nth, its_ending in enumerate((ending, None)):
            name, machine = self._next_command()
            run.commands.add(name)
            if nth == 0:
                settings = load_settings(environ=machine.environment, working_folder=self._folder)
                with Ledger(self._ledger_url) as ledger, ledger.hold(run.id) as held:
                    open_run(ledger, held, settings, limits, for_workers=True)
            session = self._start(
                machine, ["worker", "--run", run.id], None if isinstance(its_ending, Sleep) else its_ending
            )
            if isinstance(its_ending, Sleep):
                self._wait_for_requests([session], its_ending.requests)
                put_to_sleep(session, self._ledger_url, _SEEM_SILENT)
                sleeper = (name, session)
                continue
            self._cut([session], its_ending)
            ended.append(session.end())
        if sleeper:
            name, session = sleeper
            before_waking = self._truth.requests_of(name)
            session.signal(signal.SIGCONT)
            ended.append(session.end())
            assert self._truth.requests_of(name) - before_waking <= concurrency, "claimed after it woke up"
        wait_until_quiet(self._server)
        told = self._ask("runs", "show", run.id, "--json")
        self._judge(run, replace(told, exit_code=told.summary["exit_code"]), concurrency)
        struck = sum(end.exit_code < 0 for end in ended) + (sleeper is not None)
        most = doubts_due(self._struck, concurrency) + struck * concurrency
        assert run.in_doubt(misled=self._is_misled) - before <= most, self._struck

    def _settle(self, run: RunModel, word: str, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        for row in run.rows:
            if row.number in numbers:
                row.word = word
        rows = ",".join(map(str, numbers))
        option = f"--{word.replace('_', '-')}"
        ended = self._ask("resolve", run.id, option, "--rows", rows, "--note", "looked", "--json")
        self._judge(run, ended, 0)

    def _prune(self, *which: str) -> None:
        """Texts and users of runs are forgotten; whom they reached is not."""
        self._ask("runs", "prune", "--older-than", "1h", "--yes", *which)
        with Ledger(self._ledger_url) as ledger:
            for run in self._known.values():
                run.is_forgotten = ledger.run(run.id).notes.pruned_at is not None

    def _ask(self, *arguments: str | Path) -> Ended:
        _, machine = self._next_command()
        ended = sessions.run(machine, arguments)
        assert ended.exit_code in {0, 1, 3, 4, 130}, ended
        return ended

    def _start(self, machine: Machine, command: Sequence[str | Path], ending: Ending) -> Session:
        return sessions.start(machine, command, ending if isinstance(ending, Death) else None)

    def _cut(self, struck: Sequence[Session], ending: Ending) -> None:
        if not isinstance(ending, Cut):
            return
        self._wait_for_requests(struck, ending.requests)
        for session in struck:
            session.signal(ending.signal)

    def _wait_for_requests(self, asking: Sequence[Session], more: int) -> None:
        count = len(self._server.requests) + more
        self._server.wait_until(
            lambda: len(self._server.requests) >= count or not any(session.is_running for session in asking)
        )

    # ── misfortune ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _plan(self, misfortune: Sequence[str]) -> None:
        """The next requests, or connections, meet these faults one after the other."""
        self._server.heal()
        self._struck.clear()
        for name in misfortune:
            self._server.fault_next(self._counted(FAULTS[name]))

    def _counted(self, fault: Fault) -> Fault:
        def behave(exchange: Exchange) -> None:
            self._struck[fault.name] += 1
            self._is_misled |= fault.name == ANOTHERS_TOPIC
            fault.behave(exchange)

        return replace(fault, behave=behave)

    # ── judgement ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge(self, run: RunModel, ended: Ended, most_in_flight: int) -> None:
        output = run.output
        if ended.was_cut or not output.exists():
            output = self._folder / f"look-{run.id}.csv"
            self._ask("results", run.id, "-o", output, "--force")
        look(run, output)
        run.is_at_its_end = not ended.was_cut and ended.summary["state"] == "finished"
        trail = self._folder / f"audit-{run.id}.jsonl"
        self._ask("audit", run.id, "-o", trail, "--force")
        wrong = untruths(run, self._truth, attempts_in(trail), most_in_flight if ended.was_cut else 0)
        if not ended.was_cut:
            wrong += wrong_summary(ended.stdout, ended.exit_code, run)
        wrong += [*self._truth.copies_too_many(), *overtaken(self._truth.arrivals(self._known.values()))]
        assert not wrong, f"{run.id}: {wrong}"

    def _judge_doubts(self, more: int, ended: Sequence[Ended], concurrency: int) -> None:
        due = doubts_due(self._struck, concurrency) + sum(end.was_cut for end in ended) * concurrency
        assert more <= due, f"{more} rows more are in doubt, {due} at most should be: {self._struck}"

    def _bring_to_an_end(self) -> None:
        self._server.apply_late_now()
        for run in self._known.values():
            if run.is_forgotten or (run.is_at_its_end and not IS_LONG):
                continue
            self._go_on(run, ["resume", run.id, "--concurrency", "4"], [], None)
            assert not run.with_status("not_attempted")
