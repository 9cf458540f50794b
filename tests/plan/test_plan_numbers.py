"""User ids out of cells: exact, told where repaired, refused where digits are uncertain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import RECORDS
from hotline_batch.plan.ids.numbers import LARGEST_USER_ID, RESERVED_USER_IDS, Found, read_user_id
from hotline_batch.plan.visible_text import shown

USER_IDS = st.integers(1, LARGEST_USER_ID).filter(lambda value: value not in RESERVED_USER_IDS)


@given(USER_IDS)
def test_a_plain_id_is_read_as_it_stands(user_id: int) -> None:
    """Digits and nothing else need no repair."""
    assert Found(user_id) == read_user_id(str(user_id))


@pytest.mark.parametrize(
    "cell",
    [
        "987654321.0",
        "987654321.00",
        "987654321,0",
        " 987654321 ",
        "\u00a0987654321\ufeff",
        "\u200b987654321\u200e",
        "\u202a987654321\u202c",
        "987\u206065\u20604321",
        "'987654321",
        '="987654321"',
        "9.87654321E+08",
        "9,87654321E+08",
        "9.876543210e8",
        "987 654 321",
        "987\u00a0654\u00a0321",
        "987\u202f654\u202f321",
        "987'654'321",
        "987\u2019654\u2019321",
        "987.654.321",
        "987,654,321",
        "987,654,321.00",
        "９８７６５４３２１",
        "tg://user?id=987654321",
    ],
)
def test_what_spreadsheets_leave_around_an_id_is_taken_off_and_told(cell: str) -> None:
    """The same user, with a sentence that shows both the cell and the id."""
    reading = read_user_id(cell)

    assert isinstance(reading, Found)
    assert 987654321 == reading.value
    assert reading.repair.endswith("read as 987654321")
    assert reading.repair.isprintable()


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "user_id_missing"),
        (" \u00a0\u200b", "user_id_missing"),
        ("'", "user_id_missing"),
        ("12a4", "user_id_not_a_number"),
        ("tg://user?id=123456789abc", "user_id_not_a_number"),
        ("tg://user?id=123456789 or so", "user_id_not_a_number"),
        ("see tg://user?id=123456789", "user_id_not_a_number"),
        ("1_000", "user_id_not_a_number"),
        ("²", "user_id_not_a_number"),
        ("١٢٣٤٥٦", "user_id_not_a_number"),
        ("@support", "user_id_not_a_number"),
        ("12.5", "user_id_not_a_number"),
        ("1.5E+00", "user_id_not_a_number"),
        ("987 65 4321", "user_id_not_a_number"),
        ("987654321, 123456789", "user_id_not_a_number"),
        ("987.654,321", "user_id_not_a_number"),
        ("''987654321", "user_id_not_a_number"),
        ("0x3ade68b1", "user_id_not_a_number"),
        ("https://t.me/name", "user_id_not_a_number"),
        ("-987654321", "user_id_is_negative"),
        ("-1002101424779", "user_id_is_negative"),
        ("\u2212987654321", "user_id_is_negative"),
        ("0", "user_id_out_of_range"),
        ("000", "user_id_out_of_range"),
        (str(LARGEST_USER_ID + 1), "user_id_out_of_range"),
        ("9" * 5000, "user_id_out_of_range"),
        ("+12125550123", "user_id_is_a_phone_number"),
        (" +49 151 23456789", "user_id_is_a_phone_number"),
        ("0012125550123", "user_id_is_a_phone_number"),
        ("00123", "user_id_leading_zeros"),
        ("0987654321", "user_id_leading_zeros"),
        ("777000", "user_id_is_reserved"),
        ("777000.0", "user_id_is_reserved"),
        ("9.87654E+08", "digits_lost"),
        ("1.32099E+16", "digits_lost"),
        ("1E5", "digits_lost"),
        ("1E999999999", "digits_lost"),
        ("987.654", "ambiguous_number"),
        ("987,654", "ambiguous_number"),
        ("987.000", "ambiguous_number"),
        ("2025-10-09", "cell_is_a_date"),
        ("09.10.2025", "cell_is_a_date"),
        ("TRUE", "cell_is_true_or_false"),
        ("ЛОЖЬ", "cell_is_true_or_false"),
        ("#N/A", "cell_is_an_error"),
        ("#REF!", "cell_is_an_error"),
    ],
)
def test_a_cell_that_is_not_certainly_a_user_id_is_refused_with_its_reason(cell: str, code: str) -> None:
    """Each kind of doubt has its own code, and a record knows it."""
    reading = read_user_id(cell)

    assert isinstance(reading, Issue)
    assert code == reading.code
    assert code in RECORDS


@given(st.text())
def test_no_text_raises_and_what_is_found_is_a_possible_user(text: str) -> None:
    """Any text is either a user in range or a fault that has a record."""
    match read_user_id(text):
        case Found(value):
            assert 1 <= value <= LARGEST_USER_ID
        case Issue(code):
            assert code in RECORDS


@given(st.text(alphabet="0123456789.,'+-eE \u00a0\u200b=\"", max_size=16))
def test_no_spelling_yields_digits_that_the_cell_does_not_hold(text: str) -> None:
    """A number is only ever found by taking characters away, never by adding or moving digits."""
    reading = read_user_id(text)

    if isinstance(reading, Found):
        digits = "".join(c for c in text if c in "0123456789")
        assert digits.startswith(str(reading.value))


@given(st.text(st.characters(codec=None), max_size=200))
def test_a_shown_cell_is_one_short_printable_line(text: str) -> None:
    """Control characters and lone surrogates never reach a terminal, a ledger or a workbook."""
    line = shown(text)

    assert line.isprintable()
    line.encode("utf-8")
