"""Dates and numbers of a workbook in messages: as the person chose, and otherwise as they always were."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.errors import SettingsError
from hotline_batch.model.sheets import CellKind, Row, TypedCell
from hotline_batch.plan.message.written_forms import (
    DATE_FORMS,
    NUMBER_FORMS,
    NumberCell,
    WrittenForms,
    date_as,
    number_as_shown,
)
from hotline_batch.sheets.cells.cell_text import number_text


@pytest.mark.parametrize(
    ("text", "form", "written"),
    [
        ("2026-12-01", "DD.MM.YYYY", "01.12.2026"),
        ("2026-12-01", "MM/DD/YYYY", "12/01/2026"),
        ("2026-12-01", "DD/MM/YYYY", "01/12/2026"),
        ("2026-12-01", "YYYY-MM-DD", "2026-12-01"),
        ("2026-12-01 14:30:00", "DD.MM.YYYY", "01.12.2026 14:30"),
        ("2026-12-01 14:30:05", "DD.MM.YYYY", "01.12.2026 14:30:05"),
        ("14:30:00", "DD.MM.YYYY", "14:30:00"),
        ("30:00:00", "DD.MM.YYYY", "30:00:00"),
        ("bald", "DD.MM.YYYY", "bald"),
    ],
)
def test_date_is_written_in_a_form(text: str, form: str, written: str) -> None:
    """Times and durations have no days to put in another order."""
    assert written == date_as(form, text)


@pytest.mark.parametrize(
    ("value", "number_format", "written"),
    [
        (1234.5, '#,##0.00 "€"', "1.234,50 €"),
        (1234.5, "#,##0.00 [$€-407]", "1.234,50 €"),
        (1234.5, "[$$-409]#,##0.00", "$1.234,50"),
        (1234.5, "0.00", "1234,50"),
        (1234.5, "0", "1235"),
        (1234.5, "#,##0", "1.235"),
        (0.19, "0%", "19%"),
        (0.195, "0.0 %", "19,5 %"),
        (2.5, "0.##", "2,5"),
        (2.0, "0.##", "2"),
        (-7.25, "0.00;[Red]-0.00", "-7,25"),
        (2026.0, "", "2026"),
        (59.97, "", "59,97"),
        (1234567.0, "#,##0", "1.234.567"),
        (-0.001, "0.00", "0,00"),
        (5.0, "0 \"Stück\"", "5 Stück"),
        (5.0, "0\\ \\€", "5 €"),
        (1.005, "0.00", "1,01"),
        (1500.0, "0,", "1500"),
        (1.5, "# ?/?", "1,5"),
        (1234.5, "0.00E+00", "1234,5"),
        (1.5, '[>1]0.0;0', "1,5"),
    ],
)  # fmt: skip
def test_number_is_written_as_its_cell_shows_it(value: float, number_format: str, written: str) -> None:
    """Its decimals, divided thousands, percent and words; a format that says more leaves the number as it is."""
    assert written == number_as_shown(value, number_format, number_text(value), ",", ".")


@given(
    value=st.decimals(-(10**9), 10**9, places=4, allow_nan=False),
    places=st.integers(0, 4),
    divides=st.booleans(),
    marks=st.sampled_from([(".", ","), (",", "."), (",", "\u00a0")]),
)
def test_number_reads_back_as_what_it_was(value: Decimal, places: int, divides: bool, marks: tuple[str, str]) -> None:
    """Whatever the marks are: no digit before the point is lost, and what was cut is less than half of the last one."""
    number_format = f"{'#,##0' if divides else '0'}{'.' if places else ''}{'0' * places}"

    written = number_as_shown(float(value), number_format, number_text(float(value)), *marks)

    read = Decimal(written.replace(marks[1], "").replace(marks[0], "."))
    assert abs(read - Decimal(number_text(float(value)))) <= Decimal(1).scaleb(-places) / 2
    assert written.count(marks[0]) == (1 if places else 0)


def test_only_the_columns_of_the_template_are_written_otherwise() -> None:
    """An id stays an id, whatever is chosen for numbers."""
    row = Row(
        2,
        ("987654321", "2026-12-01", "19.9"),
        typed=(
            TypedCell(0, CellKind.NUMBER, 987654321.0, "#,##0"),
            TypedCell(1, CellKind.DATE, 46357.0, "dd.mm.yyyy"),
            TypedCell(2, CellKind.NUMBER, 19.9, '0.00 "€"'),
        ),
    )

    forms = WrittenForms((1, 2), "DD.MM.YYYY", "1.234,50")

    assert ["987654321", "01.12.2026", "19,90 €"] == list(forms.of(row, row.cells))
    assert row.cells is WrittenForms((1,), None, None).of(row, row.cells)
    as_they_are = WrittenForms((1, 2), None, None).of(row, row.cells)
    assert row.cells == tuple(as_they_are)
    assert [False, False, True] == [isinstance(cell, NumberCell) for cell in as_they_are]
    assert not WrittenForms((), "DD.MM.YYYY", None).is_needed


@pytest.mark.parametrize(("dates", "numbers"), [("TT.MM.JJJJ", None), (None, "1'234.50"), ("", None)])
def test_form_that_is_not_known_is_refused(dates: str | None, numbers: str | None) -> None:
    """With those that are."""
    with pytest.raises(SettingsError, match="is no form that is known"):
        WrittenForms((0,), dates, numbers)


def test_first_forms_change_nothing() -> None:
    """They are how values are written where nobody chooses."""
    row = Row(
        2,
        ("2026-12-01", "0.19"),
        typed=(TypedCell(0, CellKind.DATE, 46357.0), TypedCell(1, CellKind.NUMBER, 0.19, "0%")),
    )

    assert row.cells == tuple(WrittenForms((0, 1), DATE_FORMS[0], NUMBER_FORMS[0]).of(row, row.cells))
