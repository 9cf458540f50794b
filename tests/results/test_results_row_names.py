"""Whom a row is about: names as sheets have them, and nothing that was to be left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from result_examples import ENRICH_RUN, SEND_RUN, enriched, row_of, sent

from hotline_batch.results.rows.row_names import RowNames
from hotline_batch.run_options import ResultColumns, RunOptions


@pytest.mark.parametrize(
    ("header", "cells", "name"),
    [
        (("Kunden-ID", "Name", "Status"), ("1001", "Jürgen Müller", "ok"), "Jürgen Müller"),
        (("user_id", "Full name"), ("1001", " Ann  Lee "), "Ann Lee"),
        (("Nachname", "Vorname", "Kunden-ID"), ("Müller", "Jürgen", "1001"), "Jürgen Müller"),
        (("ID клиента", "Имя", "Фамилия"), ("1001", "Иван", "Иванов"), "Иван Иванов"),
        (("ID клиента", "ФИО"), ("1001", "Иван Иванов"), "Иван Иванов"),
        (("Vorname", "Kunden-ID"), ("Jürgen", "1001"), ""),
        (("Kunden-ID", "Status"), ("1001", "ok"), ""),
        (("hotline_name", "Firma"), ("old", "Müller & Söhne"), "Müller & Söhne"),
        (("Kunden-ID", "Name"), ("1001",), ""),
    ],
)
def test_name(header: tuple[str, ...], cells: tuple[str, ...], name: str) -> None:
    """The whole name, or the first and the last one; never a guess."""
    run = replace(SEND_RUN, header=header, columns={"user_id": header[0]})

    assert name == RowNames.of(run).name(row_of(run, sent(2, *cells)))


def test_title_of_the_topic_stands_for_a_missing_name() -> None:
    """Look-ups know the customer by the title of the dialog."""
    row = row_of(ENRICH_RUN, enriched(2, {"topic_title": "Ann Lee"}))

    assert "Ann Lee" == RowNames.of(ENRICH_RUN).name(row)


def test_columns_that_results_leave_out_are_left_out_here() -> None:
    """What must not stand in the result sheet stands in no report either."""
    header = ("Kunden-ID", "Name")
    run = replace(SEND_RUN, header=header, columns={"user_id": "Kunden-ID"})
    shy = replace(run, options=RunOptions(results=ResultColumns(leave_out=("name", "Kunden-ID", "personal_data"))))
    row = row_of(run, sent(2, "1001", "Ann Lee"))

    assert ("Ann Lee", "1001") == (RowNames.of(run).name(row), RowNames.of(run).user_id(row))
    assert ("", "") == (RowNames.of(shy).name(row), RowNames.of(shy).user_id(row))
    assert not RowNames.of(shy).shows_titles


def test_column_that_was_named_for_the_run_counts() -> None:
    """Not where the result leaves it out, nor once the cells are forgotten; what is named later goes before it."""
    header = ("Kunden-ID", "Name", "Mandant", "Kollege")
    run = replace(SEND_RUN, header=header, columns={"user_id": "Kunden-ID"}, options=RunOptions(name_column="mandant "))
    shy = replace(run, options=replace(run.options, results=ResultColumns(leave_out=("mandant",))))
    row = row_of(run, sent(2, "1001", "", "Ann Lee", "Bo"))

    assert "Ann Lee" == RowNames.of(run).name(row)
    assert "Bo" == RowNames.of(run, "Kollege").name(row)
    assert "" == RowNames.of(shy).name(row)
    assert () == RowNames.of(replace(run, header=())).name_places
