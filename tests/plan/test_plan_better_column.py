"""Where the chosen column holds no ids and another one does, that one is offered; nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from plan_examples import planner_for, rows_of

from hotline_batch.model.jobs import Kind
from hotline_batch.next_step import Advised, NextStep

HEADER = ("Vorgang", "Telegram", "Text", "Handy", "Datum")
IDS = [str(987654321 + number) for number in range(40)]


def offered(rows: Sequence[Sequence[str]], column: str = "Vorgang", header: Sequence[str] = HEADER) -> list[str]:
    """The columns that are offered for the user ids."""
    planner = planner_for(header, column_map={"user_id": column, "message": "Text"}, kind=Kind.SEND)
    list(planner.plan(rows_of(*rows)))
    steps = [step for told in planner.warnings if isinstance(told, Advised) for step in told.steps]
    return [str(step.parameters["column"]) for step in steps if step.action is NextStep.MAP_COLUMN]


@pytest.mark.parametrize("number", ["A-{}", "{}", "", "2026/{}"], ids=["words", "numbers of rows", "blank", "dates"])
def test_column_with_ids_is_offered(number: str) -> None:
    rows = [(number.format(place), user, "Hallo", f"49170{user}", "20261122") for place, user in enumerate(IDS, 1)]

    assert ["Telegram"] == offered(rows)


def test_sentence_names_both_columns_and_how_many_rows() -> None:
    planner = planner_for(HEADER, column_map={"user_id": "Vorgang", "message": "Text"}, kind=Kind.SEND)
    list(planner.plan(rows_of(*(("A", user, "Hallo", "", "") for user in IDS))))

    said = [told.text for told in planner.warnings if isinstance(told, Advised)]

    assert 1 == len(said)
    assert said[0].startswith("In 40 of 40 rows the column 'Vorgang' holds no id of a Telegram user")
    assert said[0].endswith("the column 'Telegram' seems to hold one.")


def test_nothing_is_offered_where_most_rows_have_an_id() -> None:
    rows = [(user if place % 2 else "?", user, "Hallo", "", "") for place, user in enumerate(IDS[:39], 1)]

    assert [] == offered(rows)


@pytest.mark.parametrize(
    "cells", [("", "Text"), ("4711", "Text"), ("20261122", "Text")], ids=["blank", "small", "one for all"]
)
def test_column_that_holds_no_ids_either_is_not_offered(cells: tuple[str, str]) -> None:
    """Not even one whose numbers have as many digits, where they are the same in each row."""
    assert [] == offered([("A", cells[0], cells[1], "", "") for _ in IDS])


def test_columns_of_phone_numbers_are_not_offered() -> None:
    assert [] == offered([("A", "", "Hallo", f"491709{user}"[:12], "") for user in IDS])


def test_two_columns_with_ids_are_no_offer() -> None:
    """Which of them is meant, a person knows."""
    header = ("Vorgang", "Telegram", "Text", "Telegram 2")

    assert [] == offered([("A", user, "Hallo", str(int(user) + 1000)) for user in IDS], header=header)


def test_first_rows_of_a_long_sheet_tell() -> None:
    """The ids of all others need no room."""
    rows = [("A", str(987654321 + number), "Hallo", "", "") for number in range(5_000)]

    assert ["Telegram"] == offered(rows)
