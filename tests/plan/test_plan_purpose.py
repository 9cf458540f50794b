"""What a sheet is for, seen from its columns."""

from __future__ import annotations

import pytest

from hotline_batch.model import Kind
from hotline_batch.plan.columns.names import purpose_of


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["user_id", "message"], Kind.SEND),
        (["Kunden-ID", "Nachricht", "Stadt"], Kind.SEND),
        (["topic_link", "message"], Kind.SEND),
        (["topic_link"], Kind.ENRICH),
        (["Name", "Topic link"], Kind.ENRICH),
        (["group_id", "topic_id"], Kind.ENRICH),
        (["group_id"], Kind.SEND),
        (["user_id", "topic_link"], Kind.ENRICH),
        (["topic_link", "hotline_message", "hotline_user_id"], Kind.ENRICH),
        (["user_id"], Kind.SEND),
        (["Stadt"], Kind.SEND),
        ([], Kind.SEND),
    ],
)
def test_columns_tell_what_a_sheet_is_for(header: list[str], kind: Kind) -> None:
    """Messages need a text; topics without a text are looked up; our own columns of an earlier result say nothing."""
    assert kind is purpose_of(header, (), has_template=False)


def test_text_from_elsewhere_makes_a_send_of_users() -> None:
    """A template of the settings is meant for sheets with users, not for lists of topics."""
    assert Kind.SEND is purpose_of(["user_id", "topic_link"], (), has_template=True)
    assert Kind.ENRICH is purpose_of(["topic_link"], (), has_template=True)


def test_column_that_a_person_mapped_counts() -> None:
    """Whatever it is called, and however the field is written."""
    assert Kind.SEND is purpose_of(["Link zum Topic", "Spruch"], ["Message"], has_template=False)
    assert Kind.ENRICH is purpose_of(["Spruch"], ["topic_link"], has_template=False)
