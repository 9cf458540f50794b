"""A look -> parts of its page: the columns that are used, the source of messages, rows that cannot be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hotline_batch.application.drafts.choices import Source, source_of
from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.look import Look
from hotline_batch.application.drafts.request import text_of_template
from hotline_batch.application.drafts.seen import ColumnSeen, placeholder
from hotline_batch.application.templates import TemplateHead
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.web.forms import LAST_ROW, whole_number
from hotline_batch.web.sheets.questions import FIELD_WORDS

_ROWS_AT_ONCE = 25
_TOPIC = ("topic_link", "group_id", "topic_id")


@dataclass(frozen=True, slots=True)
class UsedField:
    """A field, and the column that holds it; None where none does and none has to."""

    field: str
    words: str
    column: ColumnSeen | None


def fields_of(look: Look) -> Sequence[UsedField]:
    """The fields that this kind of sheet has, in the order in which they matter; none before the sheet is planned."""
    if look.plan is None or look.seen is None:
        return ()
    columns = look.plan.columns
    shown = [field for field in _TOPIC if field in columns]
    if look.kind is Kind.SEND and "user_id" in columns:
        shown = ["user_id"]
    found = [UsedField(field, _capital(words(FIELD_WORDS[field])), look.seen.column(columns[field])) for field in shown]
    connection = columns.get("connection")
    if connection or look.plan.kind is Kind.SEND:
        column = look.seen.column(connection) if connection else None
        found.append(UsedField("connection", _capital(words(FIELD_WORDS["connection"])), column))
    return found


def _capital(said: str) -> str:
    return said[0].upper() + said[1:]


@dataclass(frozen=True, slots=True)
class MessagePart:
    """``is_open``: what is sent is not known yet. ``column`` is the one that holds messages, None where none does;
    ``likely`` is the one that is offered first.

    ``placeholders`` are those of the sheet's columns, each beside its column; ``dates`` and ``numbers`` are the first
    columns of a template that hold some.
    """

    source: Source
    is_open: bool
    column: ColumnSeen | None
    likely: str
    columns: Sequence[ColumnSeen]
    templates: Sequence[TemplateHead]
    template: str
    template_text: str
    own_text: str
    placeholders: Sequence[tuple[ColumnSeen, str]]
    example: str
    has_topics: bool
    dates: ColumnSeen | None
    numbers: ColumnSeen | None


def message_part(look: Look, draft: Draft, templates: Sequence[TemplateHead]) -> MessagePart | None:
    """What the page shows of the message; None for look-ups, and where the sheet could not be read yet."""
    if look.kind is not Kind.SEND or look.seen is None:
        return None
    source = source_of(draft)
    named = look.plan.columns.get("message") if look.plan else draft.options.column_map.get("message")
    others = {name for field, name in (look.plan.columns if look.plan else {}).items() if field != "message"}
    placeholders = [(column, placeholder(column.name)) for column in look.seen.columns]
    filled_in = [each for each in look.seen.columns if look.plan and each.index in look.plan.filled_in]
    return MessagePart(
        source=source,
        is_open=look.is_message_missing,
        column=look.seen.column(named) if named and source is Source.COLUMN else None,
        likely=named or next(iter(look.seen.named_as("message")), ""),
        columns=[each for each in look.seen.columns if each.name not in others],
        templates=templates,
        template=draft.options.template or "",
        template_text=text_of_template(draft),
        own_text=draft.own_text,
        dates=next((each for each in filled_in if each.dates), None),
        numbers=next((each for each in filled_in if each.numbers), None),
        placeholders=placeholders,
        has_topics=bool(look.seen.named_as("topic_link")),
        example=min((text for _, text in placeholders), key=len, default="{{ name }}"),
    )


@dataclass(frozen=True, slots=True)
class FaultyPart:
    """The part of the rows that cannot be used that is shown: from the ``first`` of them to the ``last``, from 1 on.

    ``before`` and ``after`` are where the parts beside this begin, None where there is none.
    """

    first: int
    last: int
    before: int | None
    after: int | None


def faulty_part(look: Look, asked_from: str) -> FaultyPart | None:
    """The part from there on; None where every row can be used."""
    if look.plan is None or not look.plan.tally.invalid:
        return None
    known = len(look.plan.tally.problems)
    first = min(max(whole_number(asked_from, LAST_ROW) or 1, 1), max(known, 1))
    after = first + _ROWS_AT_ONCE
    return FaultyPart(
        first=first,
        last=min(after - 1, known),
        before=max(1, first - _ROWS_AT_ONCE) if first > 1 else None,
        after=after if after <= known else None,
    )
