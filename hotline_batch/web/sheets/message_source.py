"""A look -> where its messages come from, and what can be chosen instead: a column, a template, a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hotline_batch.application.drafts.choices import Source, source_of
from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.look import Look
from hotline_batch.application.drafts.seen import ColumnSeen, placeholder
from hotline_batch.application.templates import TemplateHead, template_text
from hotline_batch.errors import TemplateError
from hotline_batch.model.jobs import Kind


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
        template_text=_text_of(draft.options.template),
        own_text=draft.own_text,
        dates=next((each for each in filled_in if each.dates), None),
        numbers=next((each for each in filled_in if each.numbers), None),
        placeholders=placeholders,
        has_topics=bool(look.seen.named_as("topic_link")),
        example=min((text for _, text in placeholders), key=len, default="{{ name }}"),
    )


def _text_of(template: str | None) -> str:
    try:
        return template_text(template) if template else ""
    except TemplateError:
        return ""
