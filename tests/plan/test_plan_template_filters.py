"""Dates, amounts and numbers in a message are written as the reader's language writes them, or the row is not sent."""

from __future__ import annotations

import pytest

from hotline_batch.errors import TemplateError
from hotline_batch.language.languages import reading_in
from hotline_batch.plan.message.filters import FILTER_LIST
from hotline_batch.plan.message.template import MessageTemplate
from hotline_batch.plan.message.template_bounds import MessageEnvironment
from hotline_batch.plan.message.template_files import load_template

HEADER = ("Betrag", "Fällig am")


def filled(text: str, amount: str = "1234.5", due: str = "2026-12-01", language: str = "de") -> str:
    with reading_in(language):
        return MessageTemplate(text, HEADER).render((amount, due)).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "amount", "due"),
    [
        ("de", "1.234,50 €", "01.12.2026"),
        ("ru", "1 234,50 €", "1 дек. 2026 г."),
        ("es", "1.234,50 €", "1 dic 2026"),
        ("en", "€1,234.50", "1 Dec 2026"),
    ],
)
def test_excels_amounts_and_dates_are_written_as_the_reader_does(language: str, amount: str, due: str) -> None:
    """Also in a column whose name has blanks."""
    assert f"{amount}, {due}" == filled("{{ Betrag|euro }}, {{ Fällig am|date }}", language=language)


@pytest.mark.parametrize(
    "text", ["1234.5", "1234,5", "1.234,50", "1,234.50", "1 234,50 €", "€1,234.50", "1234.50 EUR", "1'234.50"]
)
def test_amounts_are_read_however_they_are_written(text: str) -> None:
    assert "1.234,50 €" == filled("{{ Betrag|euro }}", text)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.34.56", "viel", "1.2345,6,7", "1e5", "½", "12,34,567.0"])
def test_what_could_be_another_amount_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="der Filter „euro“"):
        filled("{{ Betrag|euro }}", text)


@pytest.mark.parametrize("text", ["12/01/2026", "2026-02-30", "tomorrow", "2026", "14:30"])
def test_what_is_no_clear_day_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="der Filter „date“"):
        filled("{{ Fällig am|date }}", due=text)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ Fällig am|date('long') }}", "1. Dezember 2026"),
        ("{{ fällig_am | date('long', 'es') }}", "1 de diciembre de 2026"),
        ("{{ Betrag|number }}", "1.234,5"),
        ("{{ Betrag|number(2) }}", "1.234,50"),
        ("{{ (Betrag|float * 2)|euro }}", "2.469,00 €"),
        ("{{ Betrag|euro('en') }}", "€1,234.50"),
        ("{# {{ Betrag|euro }} #}{{ Fällig am|replace('-', '/') }}", "2026/12/01"),
    ],
)
def test_lengths_places_and_languages_can_be_named(template: str, said: str) -> None:
    assert said == filled(template)


@pytest.mark.parametrize(
    ("template", "amount", "said"),
    [
        ("{{ Betrag|euro }}", "1234.565", "1.234,57 €"),
        ("{{ Betrag|euro }}", "-0.005", "-0,01 €"),
        ("{{ Betrag|euro }}", "-0.004", "0,00 €"),
        ("{{ Betrag|number(2) }}", "0.125", "0,13"),
        ("{{ Betrag|number(0) }}", "2,5", "3"),
        ("{{ Betrag|number(1) }}", "-0,04", "0,0"),
        ("{{ Betrag|number }}", "-0.00", "0,00"),
        ("{{ Betrag|float|round(2) }}", "1234.565", "1234.57"),
        ("{{ Betrag|float|round }}", "0.5", "1"),
        ("{{ Betrag|float|round }}", "-2.5", "-3"),
        ("{{ Betrag|float|round(1) }}", "-0.04", "0.0"),
        ("{{ Betrag|int|round(-2) }}", "1250", "1300"),
        ("{{ Betrag|float|round(2, 'floor') }}", "1.999", "1.99"),
    ],
)
def test_halves_are_rounded_as_the_sheet_shows_them(template: str, amount: str, said: str) -> None:
    """Whoever compares the message with the sheet finds the same cents, and never minus nothing."""
    assert said == filled(template, amount)


def test_time_of_a_date_is_told() -> None:
    assert "01.12.2026, 14:30" == filled("{{ Fällig am|date }}", due="2026-12-01 14:30:00")
    assert "01.12.2026" == filled("{{ Fällig am|date }}", due="2026-12-01 00:00:00")


def test_blank_cell_stays_blank() -> None:
    assert "-  -soon" == filled("-{{ Betrag|euro }} {{ Fällig am|date }} -{{ Fällig am|date|default('soon') }}", "", "")


@pytest.mark.parametrize(
    "template", ["{{ Betrag|euro('xx-yy-zz') }}", "{{ Fällig am|date('huge') }}", "{{ Betrag|number(99) }}"]
)
def test_what_a_filter_does_not_know_is_told(template: str) -> None:
    with pytest.raises(TemplateError):
        filled(template)


def test_every_filter_is_listed() -> None:
    """With an example that works."""
    known = {name for name in MessageEnvironment().filters if not name.startswith("bounded_")}
    header = ("Due", "Amount", "Weight", "Name", "Code", "Phone", "Text", "Pieces", "Balance", "Items")
    cells = ("2026-12-01", "1234.5", "2.5", "Ann Lee", "a1", "0 1", "some text", "3", "-4", "b;a;b")

    assert known == set(FILTER_LIST)
    for example, _ in FILTER_LIST.values():
        assert MessageTemplate(example, header).render(cells)


def test_bundled_templates_work_with_excels_dates_and_amounts() -> None:
    header = ("Name", "Order", "Amount", "Due")
    with reading_in("de"):
        text = MessageTemplate(load_template("payment_reminder"), header).render(("Ann", "A1", "49.9", "2026-12-01"))

    assert "is due on 01.12.2026." in text
    assert "Open amount: 49,90\u00a0€" in text
