"""A row of the ledger -> the row of a result, of which every sheet, page and frame tells the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from hotline_batch.issues.issue import CASE, NONE
from hotline_batch.issues.left_out import CONNECTION, LEFT_OUT_BEFORE, LEFT_TO_ANOTHER, MESSAGE
from hotline_batch.issues.words import advice_for, words_of
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import GetTopicInfo, JobState, Kind, SendMessage, Status
from hotline_batch.model.runs import EarlierAnswer, RowRecord, Run, WhereToLook
from hotline_batch.model.sheets import OWN_PREFIX, TypedCell, own_columns
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.formatting import field_text, moment_of
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.settings.practice import is_practice, is_practice_mark, service_mark

NOTHING = marked("(empty)")
"""Shown where a field was, or is, missing or empty."""

_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a topic that another look-up found different; texts as they stand in cells, empty where missing."""

    field: str
    before: str
    now: str


def changes_of(record: RowRecord) -> tuple[FieldChange, ...]:
    """What differs from the earlier answer: nothing for a topic that was first seen, or that nobody asked about anew.

    Every field of the reply is compared by its text, so an id that became a string is no change; ``result`` only says
    that the call succeeded.
    """
    if record.earlier is None or record.state is not JobState.SUCCEEDED:
        return ()
    before, now = record.earlier.fields, record.fields
    names = dict.fromkeys((*now, *before))
    return tuple(
        FieldChange(name, was, is_now)
        for name in names
        if name != "result" and (was := field_text(before.get(name))) != (is_now := field_text(now.get(name)))
    )


def changes_text(changes: Iterable[FieldChange]) -> str:
    """Such as ``topic_status: user_answered -> closed; topic_title: John -> John Doe``."""
    return "; ".join(
        f"{one_line(change.field)}: {shown_value(change.before)} -> {shown_value(change.now)}" for change in changes
    )


def shown_value(text: str) -> str:
    """A value on one line; a missing one by a word."""
    return one_line(text, _LONGEST_VALUE) or words(NOTHING)


_TRIED = frozenset({Status.SENT, Status.UNKNOWN, Status.FAILED})
_POSTED_BEFORE = frozenset({"already_sent", "possibly_sent"})
_SAYS_POSTED = frozenset({"yes", "unknown"})
_NOT_WHOM = frozenset({"message", "connection"})
"""Fields of a send that do not say to whom it goes."""
_CUT_OFF = "digits_lost"
_LONGEST_TOPIC_STATUS = 60


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What became of one row of the sheet, in the words of the result.

    ``cells`` and ``typed`` are the input's, as in ``model.Row``. ``delivered`` is ``yes``, ``no`` or ``unknown``;
    ``code``, ``error`` and ``advice`` are empty for a row that is simply fine. ``finished_at`` is seconds since the
    epoch, UTC. ``recipient`` is the user who got the ``message``, or may have. ``reply`` is what a look-up found,
    ``topic_status`` the status of its dialog, ``changes`` what differs from the ``earlier`` answer. ``look`` helps to
    look into the topic of a row in doubt. ``is_as_before``: the row takes no part, so what an earlier result sheet says
    of its topic is still what is known. ``send_code``: of an enrichment, why the send whose result is enriched left the
    row out.
    """

    number: int
    cells: tuple[str, ...]
    typed: tuple[TypedCell, ...]
    status: Status
    delivered: str
    code: str
    error: str
    advice: str
    topic_link: str
    attempts: int
    http_status: int | None
    finished_at: float | None
    connection: str
    service: str
    run: str
    message: str
    chat_id: str
    thread_id: str
    recipient: str
    topic_status: str
    reply: Mapping[str, object]
    earlier: EarlierAnswer | None
    changes: tuple[FieldChange, ...]
    look: WhereToLook | None = None
    is_as_before: bool = False
    send_code: str = ""


def places_read(run: Run) -> Set[int]:
    """Where the input's columns stand that the run reads."""
    return {run.header.index(name) for name in run.columns.values() if name in run.header}


def result_rows(run: Run, records: Iterable[RowRecord], kept: KeptColumns | None = None) -> Iterator[ResultRow]:
    """The rows of a result, in the order of the records. Fields of replies that ``kept`` leaves out are not there."""
    return map(_RowMaker(run, kept).row, records)


def explained(run: Run, record: RowRecord, status: Status) -> tuple[str, str, str]:
    """Code, what happened, what to do; all empty for a row that is simply fine."""
    if record.state is JobState.REJECTED:
        told = [f"{issue.column}: {words_of(issue)}" if issue.column else words_of(issue) for issue in record.issues]
        return record.code, one_line("; ".join(told)), advice_for(record.code)
    if status is Status.UNKNOWN and record.state is JobState.IN_FLIGHT:
        advice = words(
            "Write the results again when the run has ended; if it was killed, go on with it (resume {run}).",
            run=run.id,
        )
        return "interrupted_in_flight", words("The row was on its way when this was written."), advice
    if status is Status.NOT_ATTEMPTED and not record.code:
        ended = words("The run ended before this row was done.")
        return "", ended, words("Go on with this run (resume {run}).", run=run.id)
    return record.code, one_line("; ".join(map(words_of, record.issues))), advice_for(record.code)


class _RowMaker:
    """Makes the rows of one run, which tells what is the same for all of them."""

    def __init__(self, run: Run, kept: KeptColumns | None) -> None:
        self._run = run
        self._kept = kept
        self._is_practice = is_practice(run)
        self._place_of = own_columns(run.header)
        self._reads_own_link = self._place_of.get("hotline_topic_link") in places_read(run)
        self._whom = {name for field, name in run.columns.items() if field not in _NOT_WHOM}

    def row(self, record: RowRecord) -> ResultRow:
        run, fields = self._run, record.fields
        is_send = run.kind is Kind.SEND
        status = record.status(run.kind)
        code, error, advice = explained(run, record, status)
        message, recipient = self._posted(record, status) if is_send else ("", "")
        return ResultRow(
            number=record.number,
            cells=record.cells,
            typed=record.typed,
            status=status,
            delivered=self._delivered(record),
            code=code,
            error=error,
            advice=advice,
            topic_link=self._topic_link(record),
            attempts=record.attempts,
            http_status=record.http_status,
            finished_at=self._finished_at(record),
            connection=record.connection,
            service=self._service(record),
            run=run.id,
            message=message,
            chat_id=self._of_reply(record, "chat_id") if is_send else "",
            thread_id=self._of_reply(record, "thread_id") if is_send else "",
            recipient=recipient,
            topic_status=one_line(field_text(fields.get("topic_status")), _LONGEST_TOPIC_STATUS),
            reply=self._kept_fields(fields) if status is Status.ENRICHED else {},
            earlier=record.earlier,
            changes=self._changes(record) if record.earlier else (),
            look=record.look,
            is_as_before=self._is_as_before(record),
            send_code="" if is_send else self._send_code(record),
        )

    def _send_code(self, record: RowRecord) -> str:
        """As the send's own result says it, or an enrichment of that."""
        code, status = (self._earlier_cell(record, f"hotline_{name}") for name in ("error_code", "status"))
        is_left_out = status.casefold() == Status.SKIPPED and code in LEFT_TO_ANOTHER
        return code if is_left_out else self._earlier_cell(record, "hotline_send_code")

    def _kept_fields(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        kept = self._kept
        return fields if kept is None else {name: fields[name] for name in fields if kept.keeps_own(name)}

    def _changes(self, record: RowRecord) -> tuple[FieldChange, ...]:
        kept = self._kept
        return tuple(change for change in changes_of(record) if kept is None or kept.keeps_own(change.field))

    def _delivered(self, record: RowRecord) -> str:
        return self._earlier_cell(record, "hotline_delivered") if self._was_posted(record) else record.delivered()

    def _was_posted(self, record: RowRecord) -> bool:
        """Whether a row that cannot be used now was posted before, or may have been, as an earlier result sheet says.

        Not where it is wrong to whom it goes: that may have become somebody else; a number whose digits a spreadsheet
        program has cut off is the same person still. Practice is no news beside what is real.
        """
        if record.state is not JobState.REJECTED or self._run.kind is not Kind.SEND:
            return False
        if self._earlier_cell(record, "hotline_delivered") not in _SAYS_POSTED:
            return False
        if is_practice_mark(self._earlier_cell(record, "hotline_service")) and not self._is_practice:
            return False
        return self._whom.isdisjoint(issue.column for issue in record.issues if issue.code != _CUT_OFF)

    def _posted(self, record: RowRecord, status: Status) -> tuple[str, str]:
        """The text that was posted, may have been, or was refused, and to whom; empty where nothing left the machine on
        purpose.

        A row that was posted before, or for another one, keeps what was posted, for the next generation of the sheet to
        compare; so does one that cannot be used now.
        """
        match record.request:
            case SendMessage(user_id, message) if status in _TRIED or record.code in _POSTED_BEFORE:
                return message, str(user_id)
            case None if message := _would_have(record, MESSAGE):
                return message, _would_have(record, "user")
            case None if _is_told_by_the_sheet(record) or self._was_posted(record):
                return self._earlier_text(record, "hotline_message"), self._earlier_cell(record, "hotline_recipient")
            case _:
                return "", ""

    def _service(self, record: RowRecord) -> str:
        """Through which service the row goes, or would have; for one that was posted before, through which that was."""
        is_of_a_send = self._run.kind is Kind.ENRICH and "hotline_delivered" in self._place_of
        if is_of_a_send and self._earlier_cell(record, "hotline_delivered") in _SAYS_POSTED:
            return self._earlier_cell(record, "hotline_service")
        if self._was_posted(record):
            return self._earlier_cell(record, "hotline_service")
        if connection := record.connection or _would_have(record, CONNECTION):
            identity = self._run.notes.identities.get(connection, "")
            return service_mark(self._run.endpoint, identity, practice=self._is_practice)
        stays = _is_told_by_the_sheet(record) or self._is_as_before(record)
        return self._earlier_cell(record, "hotline_service") if stays else ""

    def _is_as_before(self, record: RowRecord) -> bool:
        """Whether a row takes no part, and so keeps what an earlier result sheet says of its topic.

        What was practised is no news beside what is real.
        """
        if record.state is not JobState.SKIPPED:
            return False
        return self._is_practice or not is_practice_mark(self._earlier_cell(record, "hotline_service"))

    def _topic_link(self, record: RowRecord) -> str:
        """The link of the reply; a look-up's own topic otherwise, since that is where to look.

        A cell of ours that says which topic is meant stays, whatever becomes of its row.
        """
        if record.topic_link:
            return record.topic_link
        if isinstance(record.request, GetTopicInfo):
            return record.request.link
        stays = self._reads_own_link or self._is_as_before(record) or self._was_posted(record)
        return self._earlier_cell(record, "hotline_topic_link") if stays else ""

    def _of_reply(self, record: RowRecord, field: str) -> str:
        if self._is_as_before(record):
            return self._earlier_cell(record, f"{OWN_PREFIX}{field}")
        return field_text(record.fields.get(field))

    def _finished_at(self, record: RowRecord) -> float | None:
        is_told = self._run.kind is Kind.ENRICH or _is_told_by_the_sheet(record)
        if is_told and self._is_as_before(record):
            return moment_of(self._earlier_cell(record, "hotline_finished_at"))
        return record.finished_at

    def _earlier_cell(self, record: RowRecord, column: str) -> str:
        """What a result sheet that was used as a sheet again says in a column of ours, without the blanks with which
        databases fill columns of one width.
        """
        return self._earlier_text(record, column).strip()

    def _earlier_text(self, record: RowRecord, column: str) -> str:
        """The same as it is written there."""
        place = self._place_of.get(column, len(record.cells))
        return record.cells[place] if place < len(record.cells) else ""


def _is_told_by_the_sheet(record: RowRecord) -> bool:
    """Whether the row was left out for what an earlier result sheet, used as a sheet again, says of it."""
    return record.code in _POSTED_BEFORE or LEFT_OUT_BEFORE in {issue.parameters.get(CASE) for issue in record.issues}


def _would_have(record: RowRecord, what: str) -> str:
    """What a row that was left out would have sent, or through which connection, where that is known."""
    kept = record.issues[0].parameters if record.state is JobState.SKIPPED and record.issues else NONE
    return str(kept.get(what, ""))
