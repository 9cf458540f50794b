"""Cells of a row -> the user or topic, the connection and the message of its request. What is wrong: the findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from hotline_batch.issues.issue import Issue
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Connection, GetTopicInfo
from hotline_batch.model.sheets import Row
from hotline_batch.plan.columns.recognition import ColumnMap
from hotline_batch.plan.findings import Oddity, RowFindings, SheetWarnings
from hotline_batch.plan.ids.numbers import placeholder_user, read_user_id
from hotline_batch.plan.ids.topic_links import Topic, TopicReading, read_group_id, read_topic_id, read_topic_link
from hotline_batch.plan.message.text import checked_message, exceeds_in_utf16, is_spoilt, stands_for_no_value
from hotline_batch.plan.visible_text import without_invisible_ends

if TYPE_CHECKING:
    from hotline_batch.plan.message.template import MessageTemplate

UserLookup: TypeAlias = Callable[[GetTopicInfo, str], int | Issue]
"""Topic and connection name -> the topic's user, or why there is none."""

SMALLEST_LIKELY_USER_ID = 10_000
"""Below lie row numbers, counts and column numbers; of the first accounts of Telegram hardly one is a customer."""

_LINK_BEHIND = marked("the hyperlink behind the cell was used: {link}")
_LINK_KEPT = marked("the link that the earlier result kept in hotline_topic_link was used: {link}")
_BLANK_AND_QUOTE = re.compile(r'\s+".*"\s*', re.DOTALL)


class UserField:
    """The column of user ids."""

    def __init__(self, header: Sequence[str], column: int, warnings: SheetWarnings) -> None:
        self._column = column
        self._name = header[column]
        self._warnings = warnings

    def read(self, row_number: int, cells: Sequence[str], findings: RowFindings) -> int:
        """The user, or 0."""
        if self._column in findings.unreadable:
            return 0
        text = cells[self._column]
        user_id = findings.value(read_user_id(text), self._name, text)
        if 0 < user_id < SMALLEST_LIKELY_USER_ID:
            self._warnings.add(Oddity.SMALL_ID, row_number)
        return user_id

    def cell(self, cells: Sequence[str]) -> str:
        """What stands there."""
        return cells[self._column]


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

    def read(self, row: Row, cells: Sequence[str], findings: RowFindings) -> GetTopicInfo | None:
        """The topic, or None with the reason among the findings."""
        link = self._link
        if link is None:
            return self._from_ids(cells, findings)
        if link in findings.unreadable:
            return None
        reading = read_topic_link(cells[link], self._groups)
        if isinstance(reading, Issue) and (row.remarks or self._own_link is not None):
            reading = self._behind(row, cells, link, reading, findings)
        match reading:
            case Topic(group_id, topic_id, repair):
                findings.repair(repair)
                return GetTopicInfo(group_id, topic_id)
            case Issue("topic_link_missing") if self._has_ids(cells):
                return self._from_ids(cells, findings)
            case Issue():
                findings.add(reading, self._header[link], cells[link])
                return None

    def _behind(self, row: Row, cells: Sequence[str], link: int, issue: Issue, findings: RowFindings) -> TopicReading:
        """The topic of the hyperlink that lies, or lay, behind a cell's text; else the issue closer to the person."""
        behind = next((each.detail for each in row.remarks if each.column == link and each.code == "link_target"), "")
        used = _LINK_BEHIND
        if not behind and self._own_link is not None and issue.code == "topic_link_not_a_link":
            behind = cells[self._own_link] if self._own_link < len(cells) else ""
            used = _LINK_KEPT
        if not behind:
            return issue
        target = read_topic_link(behind, self._groups)
        if isinstance(target, Topic):
            findings.repair(words(used, link=behind[:100]))
            return target
        return target if issue.code in {"topic_link_not_a_link", "topic_link_missing"} else issue

    def _has_ids(self, cells: Sequence[str]) -> bool:
        pair = (self._group, self._topic)
        return all(index is not None and bool(without_invisible_ends(cells[index])) for index in pair)

    def _from_ids(self, cells: Sequence[str], findings: RowFindings) -> GetTopicInfo | None:
        group, topic = self._group, self._topic
        if group is None or topic is None or group in findings.unreadable or topic in findings.unreadable:
            return None
        known = len(findings.issues)
        group_id = findings.value(read_group_id(cells[group]), self._header[group], cells[group])
        reading = read_topic_id(cells[topic], is_thread=self._topic_is_thread)
        topic_id = findings.value(reading, self._header[topic], cells[topic])
        return GetTopicInfo(group_id, topic_id) if len(findings.issues) == known else None


class UserOfTopic:
    """Finds the user through the row's topic, where the sheet has no user ids."""

    def __init__(self, topics: TopicFields, find_user: UserLookup) -> None:
        self._topics = topics
        self._find_user = find_user

    def read(self, row: Row, cells: Sequence[str], connection: str, findings: RowFindings) -> int:
        """The user, or 0; a placeholder where that is all that is wrong with the row: its user was not found.

        Nothing is looked up for a row that cannot be used anyway.
        """
        topic = self._topics.read(row, cells, findings)
        if topic is None or findings.issues:
            return 0
        found = self._find_user(topic, connection)
        if isinstance(found, Issue):
            findings.add(found, self._topics.column, f"{topic.group_id}/{topic.topic_id}")
            return placeholder_user(topic)
        return found


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

    def read(self, cells: Sequence[str], findings: RowFindings) -> Connection:
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
            findings.add(Issue("connection_unknown", parameters={"names": names}), self._name, text)
            return self._default
        return connection

    def _alike(self, name: str) -> Connection | None:
        alike = [connection for known, connection in self._connections.items() if known.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None


class MessageField:
    """The message: a column of the sheet, or a template filled in with the row."""

    def __init__(
        self, header: Sequence[str], column: int | None, template: MessageTemplate | None, warnings: SheetWarnings
    ) -> None:
        self._header = header
        self._column = column
        self._template = template
        self._warnings = warnings
        self._name = header[column] if template is None and column is not None else ""
        self._told_when_blank = template.columns if template and template.is_plain else ()

    def read(self, row_number: int, cells: Sequence[str], findings: RowFindings) -> str:
        """The message as it is sent; empty with the reason among the findings."""
        text = self._written(row_number, cells, findings)
        if text is None:
            return ""
        message = checked_message(text)
        if isinstance(message, Issue):
            findings.add(message, self._name, text)
            return ""
        if message[0] == "/":
            self._warnings.add(Oddity.STARTS_WITH_SLASH, row_number)
        if exceeds_in_utf16(message):
            self._warnings.add(Oddity.LONG_IN_UTF16, row_number)
        if self._template is None and _BLANK_AND_QUOTE.match(message):
            self._warnings.add(Oddity.QUOTED, row_number)
        of_template = [cells[index] for index in self._template.columns] if self._template else []
        if stands_for_no_value(message, *of_template):
            self._warnings.add(Oddity.ERROR_WORD, row_number)
        if is_spoilt(message):
            self._warnings.add(Oddity.SPOILT, row_number)
        return message

    def _written(self, row_number: int, cells: Sequence[str], findings: RowFindings) -> str | None:
        if self._template is None:
            if self._column is None or self._column in findings.unreadable:
                return None
            text = cells[self._column]
            if "{{" in text:
                self._warnings.add(Oddity.BRACES, row_number)
            return text
        if findings.unreadable and not findings.unreadable.isdisjoint(self._template.columns):
            return None
        for index in self._told_when_blank:
            if not cells[index] or cells[index].isspace():
                self._warnings.add(Oddity.BLANK_IN_TEMPLATE, row_number, self._header[index])
        filled_in = self._template.filled_in(cells)
        if isinstance(filled_in, Issue):
            findings.issues.append(filled_in)
            return None
        return filled_in
