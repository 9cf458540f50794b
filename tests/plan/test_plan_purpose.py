"""What a sheet is for, seen from its columns."""

from __future__ import annotations

import pytest

from hotline_batch.model.jobs import Kind
from hotline_batch.model.sheets import Row
from hotline_batch.plan.columns.names import purpose_of
from hotline_batch.plan.columns.without_header import purpose_by_content


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


LINK = "https://t.me/c/2101424779/5343"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ((LINK,), Kind.ENRICH),
        ((LINK, "Anna", "Berlin"), Kind.ENRICH),
        ((LINK, "Your order is on its way."), Kind.SEND),
        ((LINK, "987654321"), Kind.SEND),
        (("987654321", "Hello"), Kind.SEND),
        (("Anna", "Berlin"), Kind.SEND),
    ],
)
def test_cells_tell_what_a_sheet_without_a_header_is_for(cells: tuple[str, ...], kind: Kind) -> None:
    """Links alone are looked up; a single text beside them may be the message."""
    header = tuple(f"column_{at}" for at in range(1, len(cells) + 1))

    assert kind is purpose_by_content(header, [Row(1, cells), Row(2, cells)], {}, has_template=False)


def test_what_a_person_says_goes_before_the_look_of_cells() -> None:
    """A column that is mapped to the message makes a send; a template that stands in the settings does not."""
    header, rows = ("column_1", "column_2"), [Row(1, (LINK, "Hello"))]

    assert Kind.SEND is purpose_by_content(header, rows, {"message": "column_2"}, has_template=True)
    assert Kind.ENRICH is purpose_by_content(header, rows, {}, has_template=True)
