"""A sheet, opened and mapped -> its rows with their decisions, and what a person is told of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from itertools import chain, islice
from typing import TypeAlias

from hotline_batch.application.connections import default_connection, endpoint_of, rate_for
from hotline_batch.application.planning.mapping import mapped_columns, recalled_columns, with_purpose
from hotline_batch.application.planning.questions import (
    HiddenRowsQuestion,
    Unfinished,
    ask_where_the_columns_are,
    has_the_columns,
    refuse_several_worksheets,
)
from hotline_batch.application.planning.request import LONGEST_TEXT_NOTED, SheetRequest, text_of_messages
from hotline_batch.application.planning.sheet_plan import SheetPlan, expected_time
from hotline_batch.application.runs.limits import duplicate_window_seconds
from hotline_batch.application.runs.new_run import new_run
from hotline_batch.application.runs.own_results import full_path
from hotline_batch.errors import SheetError, SheetQuestion, TemplateError
from hotline_batch.issues.issue import Issue
from hotline_batch.language.words import words
from hotline_batch.ledger.history.sent_before import SentBefore
from hotline_batch.model.jobs import Connection, Job, Kind, PlannedRow, RejectedRow, SendMessage
from hotline_batch.model.runs import KeptLook, Run, RunNotes
from hotline_batch.model.sheets import Row, Sheet, SheetLook
from hotline_batch.next_step import NextStep, Told, advised, step
from hotline_batch.plan.columns.recognition import ColumnMap, ColumnQuestion, ColumnsMissing, has_topics_but_no_users
from hotline_batch.plan.earlier_results import SentAndCorrected
from hotline_batch.plan.fields import UserLookup
from hotline_batch.plan.ids.numbers import placeholder_user, topic_of_placeholder
from hotline_batch.plan.planner import PlanChoices, Planner
from hotline_batch.plan.preview import PlanTally
from hotline_batch.results.rows.columns import KNOWN_COLUMNS
from hotline_batch.results.rows.kept_columns import misspelt_columns, refuse_unknown_columns
from hotline_batch.results.rows.row_names import place_of_names
from hotline_batch.settings.model import Settings
from hotline_batch.sheets.source import open_sheet
from hotline_batch.sheets.table import OpenSheet
from hotline_batch.sheets.worksheets import WorksheetQuestion

Opens: TypeAlias = Callable[[SheetRequest], AbstractContextManager[OpenSheet]]
"""Opens the sheet of a request, or lends one that is kept open."""


def open_anew(request: SheetRequest) -> OpenSheet:
    """The sheet of a request, read from its file. SheetError."""
    called = request.upload.name if request.upload else ""
    return open_sheet(request.sheet, request.options.reading, called)


_ROWS_LOOKED_AT_FIRST = 20


class SheetPlanning:
    """One sheet, opened and mapped; rows flow through it once. ``looks_users_up``: it names topics instead of users."""

    def __init__(
        self,
        request: SheetRequest,
        settings: Settings,
        connections: Mapping[str, Connection],
        stack: ExitStack,
        opens: Opens = open_anew,
    ) -> None:
        options = request.options
        self._options = options
        self._settings = settings
        self._connections = connections
        self.default_connection = default_connection(settings, options.connection, self._connections)
        self._template = text_of_messages(options)
        self._opened: OpenSheet = stack.enter_context(opens(request))
        refuse_unknown_columns(request.columns_asked_for(settings), (*self.sheet.header, *KNOWN_COLUMNS))
        if options.name_column is not None:
            place_of_names(options.name_column, self.sheet.header)
        rows = self._opened.rows()
        self._first_rows = list(islice(rows, _ROWS_LOOKED_AT_FIRST))
        self._rows: Iterator[Row] | None = chain(self._first_rows, rows)
        self._request = with_purpose(request, self.sheet, self._first_rows, has_template=self._template is not None)
        self._recalled = recalled_columns(self._request, self.sheet.header)
        self._find_user: UserLookup | None = None
        self._corrected: SentAndCorrected | None = None
        self._last_usable: int | None = None
        self.questions: list[SheetQuestion] = []
        """What the sheet leaves open though it could be read; nothing may be made of the plan before it is answered."""
        if self._opened.hidden_rows and options.selection.hidden_rows is None:
            self.questions.append(HiddenRowsQuestion(self.sheet.name, self._opened.hidden_rows))
        try:
            self._map_and_plan()
        except (SheetError, TemplateError) as error:
            if self.questions:
                raise Unfinished(self.questions, error) from error
            raise
        self.tally = PlanTally(self.columns.names(self.sheet.header))

    @property
    def sheet(self) -> Sheet:
        """The sheet as it was read."""
        return self._opened.sheet

    @property
    def columns(self) -> ColumnMap:
        """Which of its columns holds what."""
        return self._planner.columns

    @property
    def _users_are_found(self) -> bool:
        return self._find_user is not None and self._find_user is not placeholder_user

    @property
    def remarks(self) -> Sequence[Told]:
        """What the rows that have flowed by so far give reason to warn of."""
        return self._planner.warnings

    @property
    def kind(self) -> Kind:
        """What is done with the rows."""
        return self._request.kind

    def _map_and_plan(self) -> None:
        header = self.sheet.header
        self._column_map = mapped_columns(
            self._request, self.sheet, self._first_rows, self._recalled, has_template=self._template is not None
        )
        could_be_meant = partial(has_the_columns, self._request, is_template=self._template is not None)
        while True:
            try:
                self.looks_users_up = self._request.kind is Kind.SEND and has_topics_but_no_users(
                    header, self._column_map
                )
                self._find_user = placeholder_user if self.looks_users_up else None
                self._planner = self._planner_with(self._find_user)
                break
            except ColumnQuestion as question:
                # The next one may be about another field, which is asked in the same breath.
                self.questions.append(question)
                self._column_map = {**self._column_map, question.field: header[question.candidates[0]]}
            except ColumnsMissing as error:
                ask_where_the_columns_are(self._opened, could_be_meant, error)
                raise
        if self._options.reading.worksheet is None and self.sheet.header_row:
            try:
                refuse_several_worksheets(self._opened, could_be_meant)
            except WorksheetQuestion as question:
                self.questions.append(question)

    def _planner_with(self, find_user: UserLookup | None) -> Planner:
        selection = self._options.selection
        return Planner(
            self.sheet,
            PlanChoices(
                kind=self._request.kind,
                column_map=self._column_map,
                template=self._template,
                connections=self._connections,
                default_connection=self.default_connection,
                selection=selection,
                last_row=self._last_usable if selection.limit is not None else None,
                find_user=find_user,
                groups=self._settings.groups,
                dates=self._options.dates,
                numbers=self._options.numbers,
                skip_sent_rows=duplicate_window_seconds(self._settings, self._options.limits) > 0,
                corrected=self._was_corrected,
            ),
            self._first_rows,
        )

    def _was_corrected(self, key: bytes, correction: bytes | None, run_id: str) -> Issue | None:
        return self._corrected(key, correction, run_id) if self._corrected else None

    def ask_what_was_corrected(self, corrected: SentAndCorrected) -> None:
        """From here on, the result of a correction sends nothing of what it corrected."""
        self._corrected = corrected

    def _know_what_was_sent(self, planner: Planner, find_user: UserLookup | None) -> Planner:
        """The same, once it knows what an earlier result sheet calls sent: a copy of that may stand further up."""
        if planner.reads_what_was_sent:
            planner.leave_to(self._planner_with(find_user).called_sent(self._opened.rows()))
        return planner

    def find_users_with(self, find_user: UserLookup) -> None:
        """From here on, rows get the user of their topic so.

        The limit was reached where it was reached before anybody was looked up: no row behind that takes part.
        """
        self._find_user = find_user
        self._planner = self._planner_with(find_user)

    def planned_with(self, find_user: UserLookup) -> Iterator[PlannedRow]:
        """The rows as planned with another way to find users, beside the rows that are counted."""
        planner = self._know_what_was_sent(self._planner_with(find_user), placeholder_user)
        self._last_usable = 0
        for planned in planner.plan(self._opened.rows()):
            if isinstance(planned.decision, Job):
                self._last_usable = planned.row.number
            yield planned

    def rows(self) -> Iterable[PlannedRow]:
        """The rows with their decisions."""
        rows, self._rows = self._rows or self._opened.rows(), None
        return self._planner.plan(rows)

    def counted_rows(self) -> Iterator[PlannedRow]:
        """The same, added up on their way. A message that the sheet calls sent further down is left out here."""
        add = self.tally.add
        self._know_what_was_sent(self._planner, self._find_user)
        planned_rows = map(_of_a_found_user, self.rows()) if self._users_are_found else self.rows()
        for planned in planned_rows:
            add(planned)
            yield planned

    def plan(self, sent_before: Sequence[SentBefore], reused: int = 0) -> SheetPlan:
        """What would be done, once every row has flowed by."""
        sheet = self.sheet
        rows, limits = self.tally.requests_by_connection, self._options.limits
        done_before = reused + sum(before.rows for before in sent_before)
        share = 1 - done_before / self.tally.usable if self.tally.usable else 0.0
        sandbox, connections = self._options.sandbox, self._connections
        expected = expected_time(self._settings, self._request.kind, limits, connections, rows, share, sandbox=sandbox)
        return SheetPlan(
            kind=self._request.kind,
            sheet=sheet,
            columns=self.columns.names(sheet.header),
            filled_in=self._planner.columns_filled_in,
            tally=self.tally,
            notices=(*self._opened.notices, *self._notices()),
            warnings=(
                *self._settings.warnings,
                *self.remarks,
                *misspelt_columns(self._options.results, (*sheet.header, *KNOWN_COLUMNS)),
            ),
            sent_before=sent_before,
            reused=reused,
            rate=rate_for(self._settings, self._request.kind, limits.rate, self.default_connection),
            paces=expected.told(self.default_connection),
            expected=expected,
            endpoint=endpoint_of(self._settings, sandbox=sandbox),
            zone=self._settings.timezone,
        )

    def _notices(self) -> Iterator[Told]:
        if self.sheet.header_row == 0:
            yield words("No header row: the columns are called column_1, column_2, …")
        if self._recalled:
            said = ", ".join(f"{field} = '{column}'" for field, column in self._recalled.items())
            remembered = words("Remembered from an earlier sheet with this header: {said}.", said=said)
            yield advised(remembered, step(NextStep.MAP_OTHERWISE))
        if self.looks_users_up:
            rate = rate_for(self._settings, Kind.ENRICH, None, self.default_connection)
            if self._users_are_found:
                yield words("The sheet names topics, not users: users were looked up")
            else:
                yield words("The sheet names topics, not users: users are looked up when sending, at {rate}", rate=rate)

    def run(self, run_id: str, now: float, output: str) -> Run:
        """A run of the ledger for this sheet, without rows yet."""
        sheet, upload = self.sheet, self._request.upload
        came_from = upload.name if upload else str(sheet.path.absolute()) if sheet.path else "-"
        return new_run(
            run_id,
            now,
            self._request.kind,
            sheet,
            self._options,
            self._settings,
            sheet_path=came_from,
            columns=self.columns.names(sheet.header),
            connection=self.default_connection,
            connections=self._connections,
            output=output,
            notes=RunNotes(
                waits_for_yes=self._request.asks,
                upload=upload.id if upload else "",
                trial_rows=self._request.trial_rows,
                own_results=(full_path(output),) if self._request.force else (),
                message_text=(self._template or "")[:LONGEST_TEXT_NOTED],
                look=KeptLook(sheet.header_row, sheet.look) if sheet.look != SheetLook() else KeptLook(),
            ),
        )


def _of_a_found_user(planned: PlannedRow) -> PlannedRow:
    """The row as it is; one that would be sent to somebody for whom nobody was asked cannot be used."""
    match planned.decision:
        case Job(number, SendMessage(user_id)) if topic_of_placeholder(user_id):
            return planned._replace(decision=RejectedRow(number, (Issue("user_not_found"),)))
        case _:
            return planned
