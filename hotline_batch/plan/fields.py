"""Cells of a row -> user, message, topic and connection of its request. What is wrong goes into the findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from hotline_batch.errors import TemplateError
from hotline_batch.model import Connection, GetTopicInfo, Problem, Row
from hotline_batch.plan.columns import ColumnMap
from hotline_batch.plan.doubts import SMALLEST_LIKELY_USER_ID, is_spoilt, may_be_doubtful, stands_for_no_value
from hotline_batch.plan.findings import Findings
from hotline_batch.plan.identifiers import (
    LARGEST_USER_ID,
    RESERVED_USER_IDS,
    Fault,
    read_user_id,
    without_invisible_ends,
)
from hotline_batch.plan.messages import checked_message, exceeds_in_utf16
from hotline_batch.plan.notices import Notice, Notices
from hotline_batch.plan.topic_links import Topic, TopicReading, read_group_id, read_topic_id, read_topic_link

if TYPE_CHECKING:
    from hotline_batch.plan.templating import MessageTemplate

UserLookup: TypeAlias = Callable[[GetTopicInfo, str], int | Fault]
"""Topic and connection name -> the topic's user, or why there is none."""

_USER_ID_DIGITS = 13
_BLANK_AND_QUOTE = re.compile(r'\s+".*"\s*', re.DOTALL)


class UserField:
    """The column of user ids."""

    def __init__(self, header: Sequence[str], column: int, notices: Notices) -> None:
        self._column = column
        self._name = header[column]
        self._notices = notices

    def read(self, row_number: int, cells: Sequence[str], findings: Findings) -> int:
        """The user, or 0."""
        user_id = self._read(cells[self._column], findings)
        if 0 < user_id < SMALLEST_LIKELY_USER_ID:
            self._notices.add(Notice.SMALL_ID, row_number)
        return user_id

    def _read(self, text: str, findings: Findings) -> int:
        if text.isdecimal() and text.isascii() and len(text) <= _USER_ID_DIGITS and text[0] != "0":
            user_id = int(text)
            if user_id <= LARGEST_USER_ID and user_id not in RESERVED_USER_IDS:
                if findings.unreadable and self._column in findings.unreadable:
                    return 0
                return user_id
        if self._column in findings.unreadable:
            return 0
        return findings.value(read_user_id(text), self._name, text)


class TopicFields:
    """The column of topic links, or those of group and topic ids; where a link is blank, the ids stand in for it.

    ``own_link`` is the column ``hotline_topic_link`` of an earlier result: it keeps what lay behind a cell's text.
    """

    def __init__(
        self,
        header: Sequence[str],
        columns: ColumnMap,
        groups: Mapping[str, int] = MappingProxyType({}),
        own_link: int | None = None,
    ) -> None:
        fields = columns.fields
        self._header = header
        self._groups = groups
        self._own_link = own_link
        self._link, self._group, self._topic = (fields.get(name) for name in ("topic_link", "group_id", "topic_id"))
        self._topic_is_thread = columns.topic_is_thread

    @property
    def column(self) -> str:
        """The header of the column that names the topic."""
        named = self._link if self._link is not None else self._topic
        return "" if named is None else self._header[named]

    def read(self, row: Row, cells: Sequence[str], findings: Findings) -> GetTopicInfo | None:
        """The topic, or None with the reason among the findings."""
        link = self._link
        if link is None:
            return self._from_ids(cells, findings)
        if link in findings.unreadable:
            return None
        reading = read_topic_link(cells[link], self._groups)
        if isinstance(reading, Fault) and (row.remarks or self._own_link is not None):
            reading = self._behind(row, cells, link, reading, findings)
        match reading:
            case Topic(group_id, topic_id, repair):
                findings.repair(repair)
                return GetTopicInfo(group_id, topic_id)
            case Fault("topic_link_missing") if self._has_ids(cells):
                return self._from_ids(cells, findings)
            case Fault():
                findings.fault(reading, self._header[link], cells[link])
                return None

    def _behind(self, row: Row, cells: Sequence[str], link: int, fault: Fault, findings: Findings) -> TopicReading:
        """The topic of the hyperlink that lies, or lay, behind a cell's text; else the fault closer to the person."""
        behind = next((each.detail for each in row.remarks if each.column == link and each.code == "link_target"), "")
        told = "the hyperlink behind the cell was used"
        if not behind and self._own_link is not None and fault.code == "topic_link_not_a_link":
            behind = cells[self._own_link] if self._own_link < len(cells) else ""
            told = "the link that the earlier result kept in hotline_topic_link was used"
        if not behind:
            return fault
        target = read_topic_link(behind, self._groups)
        if isinstance(target, Topic):
            findings.repair(f"{told}: {behind[:100]}")
            return target
        return target if fault.code in {"topic_link_not_a_link", "topic_link_missing"} else fault

    def _has_ids(self, cells: Sequence[str]) -> bool:
        pair = (self._group, self._topic)
        return all(index is not None and bool(without_invisible_ends(cells[index])) for index in pair)

    def _from_ids(self, cells: Sequence[str], findings: Findings) -> GetTopicInfo | None:
        group, topic = self._group, self._topic
        if group is None or topic is None or group in findings.unreadable or topic in findings.unreadable:
            return None
        known = len(findings.problems)
        group_id = findings.value(read_group_id(cells[group]), self._header[group], cells[group])
        reading = read_topic_id(cells[topic], is_thread=self._topic_is_thread)
        topic_id = findings.value(reading, self._header[topic], cells[topic])
        return GetTopicInfo(group_id, topic_id) if len(findings.problems) == known else None


class UserOfTopic:
    """Finds the user through the row's topic, where the sheet has no user ids."""

    def __init__(self, topics: TopicFields, find_user: UserLookup) -> None:
        self._topics = topics
        self._find_user = find_user

    def read(self, row: Row, cells: Sequence[str], connection: str, findings: Findings) -> int:
        """The user, or 0. Nothing is looked up for a row that cannot be used anyway."""
        topic = self._topics.read(row, cells, findings)
        if topic is None or findings.problems:
            return 0
        found = self._find_user(topic, connection)
        if isinstance(found, Fault):
            findings.fault(found, self._topics.column, f"{topic.group_id}/{topic.topic_id}")
            return 0
        return found


class MessageField:
    """The message: a column of the sheet, or a template filled in with the row."""

    def __init__(
        self, header: Sequence[str], column: int | None, template: MessageTemplate | None, notices: Notices
    ) -> None:
        self._header = header
        self._column = column
        self._template = template
        self._notices = notices
        self._name = header[column] if template is None and column is not None else ""
        self._told_when_blank = template.columns if template and template.pattern else ()

    def read(self, row_number: int, cells: Sequence[str], findings: Findings) -> str:
        """The message as it is sent; empty with the reason among the findings."""
        text = self._written(row_number, cells, findings)
        if text is None:
            return ""
        message = checked_message(text)
        if isinstance(message, Fault):
            findings.fault(message, self._name, text)
            return ""
        if message[0] == "/":
            self._notices.add(Notice.STARTS_WITH_SLASH, row_number)
        if len(message) > 2048 and exceeds_in_utf16(message):
            self._notices.add(Notice.LONG_IN_UTF16, row_number)
        if self._template is None and _BLANK_AND_QUOTE.match(message):
            self._notices.add(Notice.QUOTED, row_number)
        if may_be_doubtful(message):
            of_template = [cells[index] for index in self._template.columns] if self._template else []
            if stands_for_no_value(message) or any(map(stands_for_no_value, of_template)):
                self._notices.add(Notice.ERROR_WORD, row_number)
            if is_spoilt(message):
                self._notices.add(Notice.SPOILT, row_number)
        return message

    def _written(self, row_number: int, cells: Sequence[str], findings: Findings) -> str | None:
        if self._template is None:
            if self._column is None or self._column in findings.unreadable:
                return None
            text = cells[self._column]
            if "{{" in text:
                self._notices.add(Notice.BRACES, row_number)
            return text
        if findings.unreadable and not findings.unreadable.isdisjoint(self._template.columns):
            return None
        for index in self._told_when_blank:
            if not cells[index] or cells[index].isspace():
                self._notices.add(Notice.BLANK_IN_TEMPLATE, row_number, self._header[index])
        try:
            return self._template.render(cells)
        except TemplateError as error:
            findings.problems.append(Problem("template_failed", "", "", str(error)))
            return None


class ConnectionField:
    """The column that names each row's connection; a blank cell means the default."""

    def __init__(
        self, header: Sequence[str], column: int | None, connections: Mapping[str, Connection], default: Connection
    ) -> None:
        self._column = column
        self._name = header[column] if column is not None else ""
        self._connections = connections
        self._default = default
        self._known: dict[str, Connection] = {"": default, **connections}

    def read(self, cells: Sequence[str], findings: Findings) -> Connection:
        """The row's connection; the default, with the reason among the findings, where there is none of that name."""
        if self._column is None or self._column in findings.unreadable:
            return self._default
        text = cells[self._column]
        connection = self._known.get(text)
        if connection is not None:
            return connection
        name = without_invisible_ends(text)
        connection = self._known.get(name) or self._alike(name)
        if connection is None:
            names = ", ".join(self._connections)
            fault = Fault("connection_unknown", f"The settings have no connection of this name; they have {names}.")
            findings.fault(fault, self._name, text)
            return self._default
        return connection

    def _alike(self, name: str) -> Connection | None:
        alike = [connection for known, connection in self._connections.items() if known.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None
