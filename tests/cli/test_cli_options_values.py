"""Options of a command -> choices."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.cli.options.values import given_values, limits_of, request_of, with_defaults
from hotline_batch.model.jobs import Kind
from hotline_batch.run_options import Limits

NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1)


@given(st.dictionaries(NAMES, NAMES))
def test_mapping_is_read_pair_by_pair(pairs: dict[str, str]) -> None:
    """FIELD=COLUMN, as often as it is given."""
    texts = [f"{field}={column}" for field, column in pairs.items()]

    choices = request_of(Kind.SEND, {"sheet": "contacts.csv", "column_map": texts})

    assert pairs == choices.options.column_map


def test_column_may_hold_an_equals_sign() -> None:
    """Only the first one divides."""
    choices = request_of(Kind.SEND, {"sheet": "contacts.csv", "column_map": ["message=a=b"]})

    assert {"message": "a=b"} == choices.options.column_map


@pytest.mark.parametrize("text", ["user_id", "=Kunden-ID", "user_id=", " = "])
def test_mapping_without_two_sides_is_refused(text: str) -> None:
    """The words show how it is written."""
    with pytest.raises(click.UsageError, match="FIELD=COLUMN"):
        request_of(Kind.SEND, {"sheet": "contacts.csv", "column_map": [text]})


def test_how_to_drive_is_kept_apart_from_what_to_send() -> None:
    """The same options drive a new run and one that goes on."""
    options = {"sheet": "contacts.csv", "column_map": [], "rate": "5/s", "concurrency": 2, "quiet": True}

    choices = request_of(Kind.ENRICH, options)

    assert "contacts.csv" == choices.sheet
    assert Limits(rate="5/s", concurrency=2) == choices.options.limits == limits_of(options)


def test_flag_goes_before_the_settings_file() -> None:
    """What was typed counts, else the file."""
    options = {"rate": "5/s", "concurrency": None, "column_map": (), "yes": False}

    settled = with_defaults(options, {"rate": "1/s", "concurrency": 3, "unheard_of": 1})

    assert {"rate": "5/s", "concurrency": 3, "column_map": (), "yes": False} == settled


@pytest.mark.parametrize(
    ("default", "texts"),
    [
        ("Status=open", ("Status=open",)),
        (["Status=open", "City!=Bonn"], ("Status=open", "City!=Bonn")),
        ({"user_id": "Kunden-ID", "message": "Text"}, ("user_id=Kunden-ID", "message=Text")),
    ],
)
def test_option_that_may_be_repeated_has_a_default_of_one_text_or_several(
    default: object, texts: tuple[str, ...]
) -> None:
    """A text is one value, not one for each of its letters."""
    settled = with_defaults({"where": (), "column_map": ()}, {"where": default, "map": default})

    assert {"where": texts, "column_map": texts} == settled


@pytest.mark.parametrize("given", [{"message": "Hello"}, {"template": "follow_up"}])
@pytest.mark.parametrize("default", [{"message": "Bye"}, {"template": "status_update"}])
def test_message_that_was_typed_goes_before_any_of_the_settings_file(
    given: dict[str, str], default: dict[str, str]
) -> None:
    """Text and template are two ways to say the same, so the file's is no contradiction."""
    options = {"message": None, "template": None} | given

    assert options == with_defaults(options, default)


def test_values_of_the_command_line_are_told_by_the_names_of_the_settings() -> None:
    """What was not given is left out."""
    options = {"as_json": True, "column_map": ("a=b",), "rate": "5/s", "limit": None, "yes": False, "where": ()}

    assert {"json": True, "map": ("a=b",), "rate": "5/s"} == given_values(options)
