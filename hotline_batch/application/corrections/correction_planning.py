"""A run that is corrected -> its rows with what each of them gets, what a person is told of it, and the new run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hotline_batch.application.connections import connections_of, rate_for
from hotline_batch.application.corrections.request import CorrectionPlan, CorrectionRequest, Recipients
from hotline_batch.application.planning.request import (
    LONGEST_TEXT_NOTED,
    default_output,
    text_of_messages,
    with_usual_columns,
)
from hotline_batch.application.planning.sheet_plan import SheetPlan, expected_time
from hotline_batch.application.runs.new_run import new_run
from hotline_batch.application.runs.own_results import full_path
from hotline_batch.errors import LedgerError
from hotline_batch.language.words import plural_words, words
from hotline_batch.ledger.corrections import Correction, Given, corrections_of, given_to_corrections
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Connection, Job, Kind, PlannedRow, SendMessage
from hotline_batch.model.runs import Run, RunNotes
from hotline_batch.model.sheets import Sheet
from hotline_batch.next_step import NextStep, step
from hotline_batch.plan.correction import CorrectionPlanner
from hotline_batch.plan.preview import PlanTally
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX
from hotline_batch.sheets.snapshot import is_unchanged

_STANDARD_INPUT = "-"
_FIGURES_OF_DIGEST = 16


class CorrectedAlready(LedgerError):
    """A correction of this run was planned before, and nobody said that it is meant all the same."""


class CorrectionPlanning:
    """One correction while it is planned; its rows may flow several times, and are counted anew each time."""

    def __init__(
        self, ledger: Ledger, corrected: Run, request: CorrectionRequest, settings: Settings, run_id: str
    ) -> None:
        self._ledger = ledger
        self._corrected = corrected
        self._request = request
        self._settings = settings
        self._run_id = run_id
        options = request.options
        self._template = text_of_messages(options) or ""
        self.is_sandbox = corrected.endpoint == PRIVATE_SANDBOX
        self.earlier: Sequence[Correction] = corrections_of(ledger, corrected.id)
        self.number = self.earlier[-1].number + 1 if self.earlier else 1  # also where some of them were deleted
        self._given: Given = given_to_corrections(ledger, corrected.id) if self.earlier else Given()
        self._connections = self._connections_of_rows()
        self._options = replace(
            corrected.options,
            selection=options.selection,
            results=with_usual_columns(corrected.options.results, settings),
            message=options.message,
            template=options.template,
            dates=options.dates or corrected.options.dates,
            numbers=options.numbers or corrected.options.numbers,
            limits=options.limits,
            sandbox=self.is_sandbox,
            mishaps=(),
        )
        self._begin()

    def rows(self) -> Iterator[PlannedRow]:
        """The rows with their decisions, added up on their way."""
        self._begin()
        for planned in self._recipients.plan(self._ledger.rows(self._corrected.id)):
            self._tally.add(planned)
            self._digest.add(planned)
            yield planned

    def check(self) -> None:
        """After the rows have flowed by: LedgerError where this is not to be, CorrectedAlready where it was before."""
        run, given, again = self._corrected.id, self._recipients.given, self._request.again
        seen = self._request.seen
        if seen is not None and len(self.earlier) > seen:  # of one that was begun and taken back, the digest tells
            raise CorrectedAlready(
                words("Somebody has begun another correction of run {run} meanwhile.", run=run),
                step(NextStep.SHOW_RUN, run=self.earlier[-1].run),
            )
        if given and not again:
            newest = self.earlier[-1]
            raise CorrectedAlready(
                plural_words(
                    "Run {run} was corrected already: {count} of its rows was given to run {newest}, "
                    "which {owner} began.",
                    "Run {run} was corrected already: {count} of its rows were given to run {newest}, "
                    "which {owner} began.",
                    given,
                    run=run,
                    newest=newest.run,
                    owner=newest.owner,
                ),
                step(NextStep.SHOW_RUN, run=newest.run),
                step(NextStep.CORRECT_AGAIN, run=run),
                step(NextStep.CORRECT_CORRECTION, run=newest.run),
            )
        for found in self.earlier if again else ():
            self._ledger.check_free(found.run)
        if not self._tally.usable and not self._tally.invalid:
            nobody = words("There is nobody to correct run {run} for: no row got its message.", run=run)
            nobody_left = words(
                "There is nobody to correct run {run} for: no row got its message that no correction has reached.",
                run=run,
            )
            raise LedgerError(nobody_left if given else nobody)

    def output(self) -> str:
        """Where the result goes; empty where it is written when somebody asks for it, and nowhere before."""
        if self._request.output is not None:
            return self._request.output
        path = self._corrected.sheet_path
        if path == _STANDARD_INPUT or self._corrected.notes.upload or not self._corrected.output_path:
            return _STANDARD_INPUT if path == _STANDARD_INPUT and self._corrected.output_path else ""
        result = Path(default_output(path))
        ending = "correction" if self.number == 1 else f"correction-{self.number}"
        return str(result.with_name(result.name.replace(".results.", f".{ending}.")))

    def run(self, now: float, output: str) -> Run:
        """The new run, without rows yet."""
        corrected = self._corrected
        return new_run(
            self._run_id,
            now,
            Kind.SEND,
            self._sheet(),
            self._options,
            self._settings,
            sheet_path=corrected.sheet_path,
            columns=corrected.columns,
            connection=corrected.notes.connection,
            connections=self._connections,
            output=output,
            notes=RunNotes(
                corrects=corrected.id,
                is_practice=corrected.notes.is_practice,
                waits_for_yes=self._request.asks,
                own_results=(full_path(output),) if self._request.force and output else (),
                message_text=self._template[:LONGEST_TEXT_NOTED],
                look=corrected.notes.look,
            ),
        )

    def plan(self) -> CorrectionPlan:
        """What would be done, once every row has flowed by."""
        recipients = self._recipients
        return CorrectionPlan(
            corrected=self._corrected,
            plan=self._sheet_plan(),
            sent=recipients.sent,
            in_doubt=recipients.in_doubt,
            left_out=recipients.left_out(),
            earlier=self.earlier,
            to_go=recipients.to_go,
            sheet_remark=self._sheet_remark(),
            digest=self._digest.told(),
        )

    def _begin(self) -> None:
        options = self._options
        self._tally = PlanTally(self._corrected.columns)
        self._digest = DigestOfMessages(self._template)
        self._planner = CorrectionPlanner(self._corrected.header, self._template, options.dates, options.numbers)
        self._recipients = Recipients(self._corrected, self._request, self._planner, self._connections, self._given)

    def _connections_of_rows(self) -> Mapping[str, Connection]:
        """Those of the settings; in a private sandbox also those that the run was planned with."""
        found = connections_of(self._settings, self._run_id, sandbox=self.is_sandbox)
        if not self.is_sandbox:
            return found
        any_of_them = next(iter(found.values()))
        return found | {
            name: replace(any_of_them, name=name) for name in self._corrected.notes.identities if name not in found
        }

    def _sheet(self) -> Sheet:
        run = self._corrected
        name = words("standard input") if run.sheet_path == _STANDARD_INPUT else Path(run.sheet_path).name
        return Sheet(
            name=name,
            path=None,
            dialect=run.dialect,
            header=run.header,
            header_row=run.notes.look.header_row,
            fingerprint=run.fingerprint,
            worksheet=run.worksheet,
            look=run.notes.look.look,
        )

    def _sheet_plan(self) -> SheetPlan:
        run, settings, tally = self._corrected, self._settings, self._tally
        limits, names, rows = self._options.limits, self._connections, tally.requests_by_connection
        expected = expected_time(settings, Kind.SEND, limits, names, rows, 1.0, sandbox=self.is_sandbox)
        return SheetPlan(
            kind=Kind.SEND,
            sheet=self._sheet(),
            columns=run.columns,
            tally=tally,
            notices=(),
            warnings=(*settings.warnings, *self._planner.warnings),
            sent_before=(),
            reused=0,
            rate=rate_for(settings, Kind.SEND, limits.rate, run.notes.connection),
            paces=expected.told(run.notes.connection),
            endpoint=run.endpoint,
            filled_in=self._planner.template.columns,
            zone=settings.timezone,
            expected=expected,
        )

    def _sheet_remark(self) -> str:
        run = self._corrected
        if run.sheet_path == _STANDARD_INPUT or run.notes.upload:
            return ""
        path = Path(run.sheet_path)
        told = {"sheet": path.name, "run": run.id}
        if not path.is_file():
            return words(
                "{sheet} is not there any more. The rows are used as they were when run {run} was planned.", **told
            )
        if is_unchanged(path, run.fingerprint):
            return ""
        return words("{sheet} was changed since. The rows are used as they were when run {run} was planned.", **told)


class DigestOfMessages:
    """A digest of what a correction would send: what a person saw is what they agree to.

    Equal for the same text, or text of a template, and the same rows with the same messages to the same users.
    """

    def __init__(self, text: str) -> None:
        self._digest = hashlib.sha256(json.dumps(text).encode())

    def add(self, planned: PlannedRow) -> None:
        """The next row; one that gets nothing does not count."""
        decision = planned.decision
        if isinstance(decision, Job):
            request = decision.request
            assert isinstance(request, SendMessage)  # noqa: S101 - a correction is a send
            said = [decision.row_number, decision.connection, request.user_id, request.message]
            self._digest.update(json.dumps(said).encode())

    def told(self) -> str:
        """As a form can hold it."""
        return self._digest.hexdigest()[:_FIGURES_OF_DIGEST]
