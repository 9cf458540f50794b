"""A look -> which column is used for what, each with sample values, to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hotline_batch.application.drafts.look import Look
from hotline_batch.application.drafts.seen import ColumnSeen
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.web.sheets.questions import FIELD_WORDS


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
    if look.kind is Kind.SEND:
        shown = ["user_id"] if "user_id" in columns else [field for field in _TOPIC if field in columns]
    else:
        shown = [field for field in _TOPIC if field in columns]
    found = [UsedField(field, _capital(words(FIELD_WORDS[field])), look.seen.column(columns[field])) for field in shown]
    connection = columns.get("connection")
    if connection or look.plan.kind is Kind.SEND:
        column = look.seen.column(connection) if connection else None
        found.append(UsedField("connection", _capital(words(FIELD_WORDS["connection"])), column))
    return found


_TOPIC = ("topic_link", "group_id", "topic_id")


def _capital(said: str) -> str:
    return said[0].upper() + said[1:]
