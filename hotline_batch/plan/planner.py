"""Row -> job, rejected row or skipped row: one decision for each row, in order, as the rows flow by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from hotline_batch.errors import SettingsError
from hotline_batch.issues.issue import CASE
from hotline_batch.issues.left_out import LEFT_OUT_BEFORE
from hotline_batch.keys import SeenKeys, request_key
from hotline_batch.language.words import words
from hotline_batch.model.jobs import (
    Connection,
    Decision,
    Job,
    Kind,
    PlannedRow,
    RejectedRow,
    Request,
    SendMessage,
    SkippedRow,
)
from hotline_batch.model.sheets import Row, Sheet
from hotline_batch.next_step import Told
from hotline_batch.plan.columns.names import names_people, names_phones
from hotline_batch.plan.columns.recognition import ColumnMap, passed_over_users, recognise_columns
from hotline_batch.plan.duplicates import duplicate_of
from hotline_batch.plan.earlier_results import EarlierResult, SentAndCorrected
from hotline_batch.plan.fields import ConnectionField, MessageField, TopicFields, UserField, UserLookup, UserOfTopic
from hotline_batch.plan.findings import RemarkReader, RowFindings, SheetWarnings
from hotline_batch.plan.ids.numbers import topic_of_placeholder
from hotline_batch.plan.message.written_forms import WrittenForms
from hotline_batch.plan.selection import SelectedRows
from hotline_batch.plan.unlikely_users import BetterColumn, UnlikelyRows
from hotline_batch.run_options import Selection

if TYPE_CHECKING:
    from hotline_batch.plan.message.template import MessageTemplate


@dataclass(frozen=True, slots=True)
class PlanChoices:
    """What a person chose for a plan.

    ``template`` is the template's text; None: the sheet's message column. ``connections`` is name -> connection.
    Behind ``last_row``, the limit of ``selection`` counts as reached. ``find_user`` lets a send work on a sheet that
    names topics instead of users. ``groups`` is the username of a public group -> its id. ``skip_sent_rows``: rows that
    an earlier result sheet, used as a sheet again, calls sent are left out; ``corrected`` knows what was sent to them
    and corrected. ``dates`` and ``numbers`` are how those of a workbook are written into a template.
    """

    kind: Kind
    column_map: Mapping[str, str]
    template: str | None
    connections: Mapping[str, Connection]
    default_connection: str
    selection: Selection = field(default_factory=Selection)
    last_row: int | None = None
    find_user: UserLookup | None = None
    groups: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    skip_sent_rows: bool = True
    corrected: SentAndCorrected | None = None
    dates: str | None = None
    numbers: str | None = None


class Planner:
    """Plans one sheet, once. What is wrong with the sheet or the choices as a whole is raised at construction.

    Raises SheetError (columns), TemplateError (template), SettingsError (choices). No row ever raises.
    """

    def __init__(self, sheet: Sheet, choices: PlanChoices, first_rows: Sequence[Row] = ()) -> None:
        header = sheet.header
        text = choices.template if choices.kind is Kind.SEND else None
        self.columns: ColumnMap = recognise_columns(
            header,
            choices.kind,
            choices.column_map,
            first_rows,
            message_from_template=text is not None,
            users_by_topic=choices.find_user is not None,
            header_row=sheet.header_row,
        )
        self.template = None if text is None else _template(text, header)
        self._kind = choices.kind
        self._selection = SelectedRows(header, choices.selection, choices.last_row)
        self._warnings = SheetWarnings()
        self._seen = SeenKeys()
        self._called_sent = SeenKeys()
        self._read_with(header, choices)
        self._unlikely_rows = UnlikelyRows()
        self._better_column = BetterColumn(header, self.columns.fields)
        self._about_columns = _warnings_about_columns(self.columns, header, choices.column_map)

    def _read_with(self, header: Sequence[str], choices: PlanChoices) -> None:
        fields = self.columns.fields
        only_template = frozenset(self.template.columns if self.template else ()) - set(fields.values())
        used = only_template.union(fields.values())
        self._width = max(used, default=-1) + 1
        self._written = WrittenForms(only_template, choices.dates, choices.numbers)
        self._remarks = RemarkReader(
            header,
            used,
            only_template,
            self._warnings,
            message=None if self.template else fields.get("message"),
            topic_link=fields.get("topic_link"),
            not_told=self._written.decided,
        )
        default = choices.connections.get(choices.default_connection)
        if default is None:
            raise SettingsError(
                words(
                    "There is no connection named '{default_connection}' in the settings.",
                    default_connection=choices.default_connection,
                )
            )
        self._default = default
        self._connection = ConnectionField(header, fields.get("connection"), choices.connections, default)
        self._message = MessageField(header, fields.get("message"), self.template, self._warnings)
        earlier = EarlierResult(
            header,
            [index for field, index in fields.items() if field != "message"],
            choices.connections,
            self._warnings,
            choices.corrected,
        )
        self._earlier = earlier if earlier.is_one else None
        self._includes_hidden_rows = choices.selection.hidden_rows == "include"
        self._says_what_was_sent = self._earlier if choices.skip_sent_rows else None
        self._topic = TopicFields(header, self.columns, choices.groups, earlier.topic_link)
        self._user = UserField(header, fields["user_id"], self._warnings) if "user_id" in fields else None
        self._user_of_topic = UserOfTopic(self._topic, choices.find_user) if choices.find_user else None

    @property
    def reads_what_was_sent(self) -> bool:
        """Whether the sheet is an earlier result, and what it calls sent is left out."""
        return self._kind is Kind.SEND and self._says_what_was_sent is not None

    def called_sent(self, rows: Iterable[Row]) -> SeenKeys:
        """The messages that an earlier result sheet calls sent, wherever their rows stand; also where its cells were
        sorted or changed beside what it says. For this alone: warnings of these rows are warnings of this planner.
        """
        sent, says = SeenKeys(), self._says_what_was_sent
        for row in rows:
            if says and says.is_called_sent(row):
                decision = self._decided(row)
                if isinstance(decision, Job) and says.left_out(row, decision):
                    sent.earlier(decision.key, row.number)
                if key := says.key_sent(row, self._default):
                    sent.earlier(key, row.number)
        return sent

    def leave_to(self, called_sent: SeenKeys) -> None:
        """Leave out what these rows of the sheet, which may be further down, are said to have sent."""
        self._called_sent = called_sent

    @property
    def columns_filled_in(self) -> tuple[int, ...]:
        """The columns that the template takes; none where there is no template."""
        return self.template.columns if self.template else ()

    @property
    def warnings(self) -> list[Told]:
        """What is worth a look though it stops no row; grows while rows flow."""
        of_template = self.template.warnings if self.template else []
        sentences = (*self._unlikely_rows.sentences, *self._warnings.sentences())
        better = self._better_column.told()
        return [*self._about_columns, *better, *of_template, *sentences, *self._selection.warnings]

    def plan(self, rows: Iterable[Row]) -> Iterator[PlannedRow]:
        """Each row with its decision, once and in order. Holds no row back."""
        for row in rows:
            decision = self._not_asked_for(row) or (self._earlier.still_wrong(row) if self._earlier else None)
            if decision is None:
                decision = self._decided(row)
                if isinstance(decision, Job) and self._kind is Kind.SEND:
                    decision = self._once(row, decision)
                if isinstance(decision, Job):
                    self._selection.count_usable()
            planned = PlannedRow(row, decision)
            if self._kind is Kind.SEND:
                self._unlikely_rows.add(planned)
                self._better_column.add(planned)
            yield planned
        self._unlikely_rows.finish()

    def _not_asked_for(self, row: Row) -> Decision | None:
        """Why this row takes no part; where it was left out though it may have been sent, the sheet's word for that.

        Else its result would no longer tell, and whoever sends that one sends the message a second time.
        """
        left_out = self._selection.left_out(row)
        if left_out is None and self._earlier and not self._includes_hidden_rows:
            left_out = self._earlier.still_hidden(row)
        if left_out and self._earlier and self._kind is Kind.SEND:
            return self._earlier.kept(row, self._default.service) or left_out
        return left_out

    def _decided(self, row: Row) -> Decision:
        findings = RowFindings()
        cells: Sequence[str] = row.cells
        if len(cells) < self._width:
            cells = (*cells, *[""] * (self._width - len(cells)))
        if row.remarks:
            self._remarks.read(row, findings)
        if self._written.is_needed:
            cells = self._written.of(row, cells)
        connection = self._connection.read(cells, findings)
        request = self._request(row, cells, connection.name, findings)
        if request is None:
            return RejectedRow(row.number, tuple(findings.issues))
        key = request_key(connection.identity, request)
        job = Job(row.number, request, connection.name, key, tuple(findings.repairs))
        if not findings.issues:
            return job
        return self._sent_though_unusable(row, cells, job) or RejectedRow(row.number, tuple(findings.issues))

    def _sent_though_unusable(self, row: Row, cells: Sequence[str], job: Job) -> SkippedRow | None:
        """What the sheet says of a row whose user was not found now, or whose id is written as nobody can read it."""
        says = self._says_what_was_sent
        if says is None or not isinstance(job.request, SendMessage):
            return None
        if self._user is not None and not job.request.user_id:
            return says.left_out_by_digits(row, job, self._user.cell(cells))
        return says.left_out(row, job, is_not_found=True) if topic_of_placeholder(job.request.user_id) else None

    def _once(self, row: Row, job: Job) -> Job | SkippedRow:
        """The job, unless the sheet itself says that it was sent, or another row sends, or sent, the same."""
        says = self._says_what_was_sent
        repeated = self._seen.earlier(job.key, row.number, remembers=says is None)
        if says is None:
            return job if repeated is None else duplicate_of(repeated, job)
        if repeated is None:
            called = self._called_sent.earlier(job.key, row.number, remembers=False)
            repeated = None if called == row.number else called
        left_out = says.left_out(row, job, is_repeated=repeated is not None)
        if repeated is not None:
            return left_out or duplicate_of(repeated, job)
        if left_out is None or left_out.issue.parameters.get(CASE) != LEFT_OUT_BEFORE:
            # A row that was left out for another one is none that this one repeats: it may come yet, and be open.
            self._seen.earlier(job.key, row.number)
        return left_out or job

    def _request(self, row: Row, cells: Sequence[str], connection: str, findings: RowFindings) -> Request | None:
        """The row's request; None, or one that is not to be used, where the findings hold an issue."""
        if self._kind is Kind.ENRICH:
            return self._topic.read(row, cells, findings)
        if self._user is not None:
            user_id = self._user.read(row.number, cells, findings)
            return SendMessage(user_id, self._message.read(row.number, cells, findings))
        message = self._message.read(row.number, cells, findings)
        if self._user_of_topic is None:
            return None
        return SendMessage(self._user_of_topic.read(row, cells, connection, findings), message)


def _warnings_about_columns(columns: ColumnMap, header: Sequence[str], chosen: Mapping[str, str]) -> list[str]:
    """What only the names of columns tell: a phone number has as many digits as a user id."""
    user = columns.fields.get("user_id")
    if user is None:
        return []
    name = header[user]
    warnings = []
    if names_phones(name):
        warnings.append(
            words(
                "Column '{name}' is used for user ids, but is named like phone numbers. Check that this is meant.",
                name=name,
            )
        )
    elif names_people(name):
        warnings.append(
            words(
                "Column '{name}' is used for user ids, but is named like the names of users. The service takes "
                "numbers.",
                name=name,
            )
        )
    if others := passed_over_users(header, columns, chosen):
        warnings.append(
            words(
                "Column '{name}' is used for user ids, since it names Telegram; {others} is not used for them.",
                name=name,
                others=others,
            )
        )
    return warnings


def _template(text: str, header: Sequence[str]) -> MessageTemplate:
    # Jinja2 costs a tenth of a second to import; most sheets bring their messages along.
    from hotline_batch.plan.message.template import MessageTemplate  # noqa: PLC0415 - see above

    return MessageTemplate(text, header)
