"""A result sheet that is used as a sheet again -> what it says itself of its rows: sent, or still to be mended."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeAlias

from hotline_batch.issues.cells import NOT_SEEN_IN_A_COPY
from hotline_batch.issues.issue import CASE, STILL_WRONG, STILL_WRONG_WORDS, Issue
from hotline_batch.issues.left_out import (
    BEFORE_THAT_RUN,
    BY_AN_EARLIER_RUN,
    BY_THAT_RUN,
    LEFT_OUT_BEFORE,
    LEFT_TO_ANOTHER,
    STILL_OPEN,
)
from hotline_batch.issues.words import meaning_of
from hotline_batch.keys import request_key
from hotline_batch.language.words import in_every_language
from hotline_batch.model.jobs import Connection, Job, RejectedRow, SendMessage, SkippedRow, Status
from hotline_batch.model.sheets import Row, own_columns
from hotline_batch.plan.duplicates import keeping
from hotline_batch.plan.findings import Oddity, SheetWarnings
from hotline_batch.plan.ids.numbers import Found, read_user_id, topic_of_placeholder
from hotline_batch.plan.ids.topic_links import Topic, read_topic_link
from hotline_batch.plan.message.sent_text import is_text_sent
from hotline_batch.plan.visible_text import without_invisible_ends
from hotline_batch.settings.practice import Origin, is_practice_mark, origin_of

SentAndCorrected: TypeAlias = Callable[[bytes, bytes | None, str], Issue | None]
"""The key of a message, that of what its row was sent since, if anything, and the run whose result the row stands in ->
why the message is not sent again, where it was sent and that corrected it, or was to."""

_ALREADY, _POSSIBLY = "already_sent", "possibly_sent"
_HIDDEN = "hidden_row"
_CAME_BACK_EMPTY = "formula_without_value"

_OF_OLDER_VERSIONS = "A result sheet does not show this."


@cache
def _added() -> re.Pattern[str]:
    """What was added to the sentence of a row when it was given back before, to whichever reader."""
    endings = [said.partition("{earlier}")[2].strip() for said in in_every_language(STILL_WRONG_WORDS)]
    beginnings = [_OF_OLDER_VERSIONS, *(f"{ending.partition('.')[0]}." for ending in endings)]
    return re.compile(f"(?:{'|'.join(map(re.escape, beginnings))}).*", re.DOTALL)


class EarlierResult:
    """Reads our own columns of a result sheet. ``ids`` are the columns whose text is judged anew wherever it stands.

    What was sent counts where it went through the same service as now, which ``connections`` tell by their names.
    ``corrected`` knows which messages were corrected later: the result of a correction has their text in its own
    column still, and beside it what was sent instead.
    """

    def __init__(
        self,
        header: Sequence[str],
        ids: Collection[int],
        connections: Mapping[str, Connection],
        warnings: SheetWarnings,
        corrected: SentAndCorrected | None = None,
    ) -> None:
        own = own_columns(header)

        def place(name: str) -> int:
            return own.get(name, -1)

        self._status, self._run, self._message = place("hotline_status"), place("hotline_run"), place("hotline_message")
        self._code, self._error = place("hotline_error_code"), place("hotline_error")
        self._topic_link, self._service = place("hotline_topic_link"), place("hotline_service")
        self._delivered, self._recipient = place("hotline_delivered"), place("hotline_recipient")
        self._connection, self._send_code = place("hotline_connection"), place("hotline_send_code")
        self._connections = connections
        self._corrected = corrected
        self._warnings = warnings
        self._header = header
        self._id_words = tuple(f"{header[index]}: " for index in ids)

    @property
    def is_one(self) -> bool:
        """Whether the header is that of a result sheet."""
        return self._status >= 0

    @property
    def topic_link(self) -> int | None:
        """The column of each row's own topic link; None where this is no result sheet."""
        return self._topic_link if self.is_one and self._topic_link >= 0 else None

    def is_called_sent(self, row: Row) -> bool:
        """Whether the row was sent, or may have been, whatever its text is now."""
        code, case = self._what_became_of(row)
        return bool(code) and case != LEFT_OUT_BEFORE

    def left_out(
        self, row: Row, job: Job, *, is_repeated: bool = False, is_not_found: bool = False
    ) -> SkippedRow | None:
        """Why this row is not sent again; None for one that is still open, or was sent with another text than now.

        ``is_repeated``: an earlier row sends the same now, so only what was sent itself is told of this one.
        ``is_not_found``: its user was asked for, and cannot be told.
        """
        code, case = self._what_became_of(row)
        if is_repeated and case == LEFT_OUT_BEFORE:
            return None
        if not isinstance(job.request, SendMessage):
            return None
        if not code:
            return self._sent_before_what_was_to_correct_it(row, job, job.request)
        connection = self._connections[job.connection]
        counts, oddity = self._counts(row, connection.service)
        was_sent = counts and case != LEFT_OUT_BEFORE
        if counts and not is_not_found and self._may_be_somebody_else(row, job.request.user_id):
            return None
        if counts and self._was_somebody_else(row, job.request.user_id):
            if was_sent and not is_repeated:
                self._warnings.add(Oddity.SENT_TO_ANOTHER, row.number)
            return None
        message = self._text(row)
        if message and not is_text_sent(message, job.request.message):
            corrected = self._sent_before_its_correction(row, job, job.request)
            if was_sent and corrected is None and not is_repeated:
                self._warnings.add(Oddity.SENT_OTHERWISE, row.number)
            return corrected
        if case == LEFT_OUT_BEFORE:
            oddity = Oddity.LEFT_OUT_BEFORE if counts else None
        if oddity and (counts or not is_repeated):
            self._warnings.add(oddity, row.number)
        return self._skipped(row, code, case) if counts else None

    def left_out_by_digits(self, row: Row, job: Job, user_cell: str) -> SkippedRow | None:
        """The same for a row whose user id cannot be read, but has the digits of whoever got its message.

        Programs that save CSV write numbers as they show them: 00987654321, +987654321, 987654321 EUR.
        """
        code, case = self._what_became_of(row)
        told = self._sent_to(row)
        if not code or told is None or not isinstance(job.request, SendMessage):
            return None
        is_same = re.sub(r"[^0-9]", "", user_cell).lstrip("0") == str(told)
        is_same = is_same and is_text_sent(self._text(row), job.request.message)
        counts, _ = self._counts(row, self._connections[job.connection].service)
        return self._skipped(row, code, case) if is_same and counts else None

    def _was_somebody_else(self, row: Row, user_id: int) -> bool:
        """Whether it was surely another user who got the message; another topic of the same group is another's."""
        if topics := self._topics(row, user_id):
            now, then = topics
            return now.group_id == then.group_id and now.topic_id != then.topic_id
        told = self._sent_to(row)
        return told is not None and told != user_id and not topic_of_placeholder(user_id)

    def _may_be_somebody_else(self, row: Row, user_id: int) -> bool:
        """Whether that can be told once its user is looked up: a topic of another group may be of the same one."""
        topics = self._topics(row, user_id)
        return topics is not None and topics[0].group_id != topics[1].group_id and self._sent_to(row) is not None

    def _topics(self, row: Row, user_id: int) -> tuple[Topic, Topic] | None:
        """The topic of a row whose user was not looked up, and the one that got its message, where both are told."""
        now = read_topic_link(topic_of_placeholder(user_id))
        then = read_topic_link(self._cell(row, self._topic_link))
        return (now, then) if isinstance(now, Topic) and isinstance(then, Topic) else None

    def _sent_to(self, row: Row) -> int | None:
        told = read_user_id(self._cell(row, self._recipient))
        return told.value if isinstance(told, Found) else None

    def key_sent(self, row: Row, default: Connection) -> bytes | None:
        """The key of the message that the sheet's own words tell, whatever stands beside them now."""
        user_id, message = self._sent_to(row), self._text(row)
        connection = self._connections.get(self._cell(row, self._connection), default)
        if user_id is None or not message or not self._counts(row, connection.service)[0]:
            return None
        return request_key(connection.identity, SendMessage(user_id, message))

    def _sent_before_its_correction(self, row: Row, job: Job, now: SendMessage) -> SkippedRow | None:
        """A row of the result of a correction, which holds in the sheet's own column what that corrected."""
        if self._corrected is None:
            return None
        identity = self._connections[job.connection].identity
        since = request_key(identity, SendMessage(now.user_id, self._text(row)))
        issue = self._corrected(job.key, since, self._cell(row, self._run))
        return SkippedRow(job.row_number, issue) if issue else None

    def _sent_before_what_was_to_correct_it(self, row: Row, job: Job, now: SendMessage) -> SkippedRow | None:
        """The same where the correction did not reach the row; it says what was sent, since its line says the other."""
        run = self._cell(row, self._run)
        issue = self._corrected(job.key, None, run) if self._corrected and run else None
        if issue is None:
            return None
        sent = keeping(issue, now.message, job.connection)
        return SkippedRow(job.row_number, replace(sent, parameters={**sent.parameters, "user": now.user_id}))

    def kept(self, row: Row, here: str) -> SkippedRow | None:
        """What the sheet says of a row that takes no part now, whatever its text; None for one that is still open.

        Text and service are kept beside it, for the next generation to compare; ``here`` is today's service. What was
        practised is no news beside what is real.
        """
        code, case = self._what_became_of(row)
        is_practice = is_practice_mark(self._cell(row, self._service))
        if not code or (is_practice and not is_practice_mark(here)):
            return None
        return self._skipped(row, code, case)

    def _skipped(self, row: Row, code: str, case: str) -> SkippedRow:
        return SkippedRow(row.number, Issue(code, parameters={CASE: case, "run": self._cell(row, self._run)}))

    def _what_became_of(self, row: Row) -> tuple[str, str]:
        """Code and case of a row that is left out; an empty code for one that is open.

        An enrichment of a send's result puts its own status there, and leaves what it says of delivery; why the send
        left a row out stands in a column of its own then.
        """
        run = self._cell(row, self._run)
        match self._cell(row, self._status).casefold(), self._cell(row, self._code):
            case Status.SENT, _:
                return _ALREADY, BY_THAT_RUN if run else BY_AN_EARLIER_RUN
            case Status.UNKNOWN, _:
                return _POSSIBLY, BY_THAT_RUN if run else BY_AN_EARLIER_RUN
            case Status.SKIPPED, code if code in LEFT_TO_ANOTHER and run:
                return code, LEFT_OUT_BEFORE
            case Status.SKIPPED, _ if self._code < 0:
                # Why it was left out, a person has taken away.
                return _POSSIBLY, BEFORE_THAT_RUN if run else BY_AN_EARLIER_RUN
            case Status.SKIPPED, code if code and code not in STILL_OPEN:
                # A code that is not known is of a newer version.
                known = _ALREADY if code == _ALREADY else _POSSIBLY
                return known, BEFORE_THAT_RUN if run else BY_AN_EARLIER_RUN
        if (code := self._cell(row, self._send_code)) in LEFT_TO_ANOTHER and run:
            return code, LEFT_OUT_BEFORE
        known = {"yes": _ALREADY, "unknown": _POSSIBLY}.get(self._cell(row, self._delivered).casefold(), "")
        return known, BEFORE_THAT_RUN if run else BY_AN_EARLIER_RUN

    def _counts(self, row: Row, here: str) -> tuple[bool, Oddity | None]:
        """Whether what the sheet says of a row holds for today's service, and what is worth a word about that."""
        match origin_of(self._cell(row, self._service), here):
            case Origin.HERE:
                return True, None
            case Origin.PRACTICE:
                return False, Oddity.PRACTISED
            case Origin.UNTOLD:
                return True, Oddity.SENT_SOMEWHERE
            case Origin.ELSEWHERE if is_practice_mark(here):
                # Practice shows what would be done, and the next result keeps what it knows of the real service.
                return True, None
            case Origin.ELSEWHERE:
                return False, Oddity.SENT_ELSEWHERE

    def still_hidden(self, row: Row) -> SkippedRow | None:
        """A row that was hidden in the person's workbook and left out; a result sheet shows it. None for all others."""
        is_so = self._cell(row, self._status) == Status.SKIPPED and self._cell(row, self._code) == _HIDDEN
        return SkippedRow(row.number, Issue(_HIDDEN)) if is_so else None

    def still_wrong(self, row: Row) -> RejectedRow | None:
        """A row that could not be used for a reason that this sheet no longer shows; None for all others."""
        code = self._cell(row, self._code)
        if code not in NOT_SEEN_IN_A_COPY or self._cell(row, self._status) != Status.INVALID:
            return None
        column = self._header[self._code]
        said = self._cell(row, self._error).removeprefix(f"{column}: ").removeprefix("hotline_error_code: ")
        if said.startswith(self._id_words) or (code == _CAME_BACK_EMPTY and self._is_filled_in(row, said)):
            return None
        earlier = _added().sub("", said).strip() or meaning_of(code)
        return RejectedRow(row.number, (Issue(code, column, code, {CASE: STILL_WRONG, "earlier": earlier}),))

    def _is_filled_in(self, row: Row, said: str) -> bool:
        """Whether something stands now in every cell that an earlier result says this of."""
        told = [at for at, name in enumerate(self._header) if name and f"; {name}: " in f"; {said}"]
        return bool(told) and all(self._cell(row, at) for at in told)

    def _text(self, row: Row) -> str:
        """The text that was posted, as it stands there: of what nobody sees in it, a part of a sign may be one, and
        blanks such as U+3000 are compared like any other letter.
        """
        text = row.cells[self._message] if 0 <= self._message < len(row.cells) else ""
        return "" if text.isspace() else text

    @staticmethod
    def _cell(row: Row, index: int) -> str:
        """A cell of ours without the blanks with which databases fill columns of one width, and what nobody sees."""
        return without_invisible_ends(row.cells[index]) if 0 <= index < len(row.cells) else ""
