"""What can be sent and still looks wrong is told with its rows; what is fine is not."""

from __future__ import annotations

import pytest
from plan_examples import planner_for, rows_of

from hotline_batch.model.jobs import Job
from hotline_batch.plan.message.text import is_spoilt, stands_for_no_value

ERROR_WORDS = [
    "#REF!", "#N/A", "#NAME?", "Loading...", "Loading…", "#BEZUG!", "#NV", "#ССЫЛКА!", "#Н/Д", "#¿NOMBRE?",
    "#GETTING_DATA", "Err:502", "Fehler:508", "#VALEUR!", "Dear #N/A, your order",
    " #VALUE! ", "Загрузка...", "#ERROR!",
]  # fmt: skip
PLAIN_TEXTS = [
    "Order #12 is ready...", "#hashtag", "Loading the van took an hour...", "#NVIDIA", "Größe, Fußgänger, MENÜ»",
    "Привет, Рёбра! Ещё…", "Гёте", "В\u00a0доме",
    "año, señor, ¿cómo?", "20 °C ± 2", "Їжак і ґанок", "你好 👍", "crème brûlée «çà»", "Ärger – „MENÜ“", "",
]  # fmt: skip
SPOILT = [
    "Gr\ufffd\ufffde", "GrÃ¶ÃŸe", "KÃ¶ln", "donâ€™t", "ðŸ‘\u008d", "РџСЂРёРІРµС‚", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Ïðèâåò", "aï¿½b",
    "вЂ“ да",
]  # fmt: skip


@pytest.mark.parametrize("text", ERROR_WORDS)
def test_words_of_spreadsheet_errors_are_known_in_four_languages(text: str) -> None:
    assert stands_for_no_value(text)


@pytest.mark.parametrize("text", SPOILT)
def test_letters_that_an_encoding_spoilt_are_known(text: str) -> None:
    assert is_spoilt(text)


@pytest.mark.parametrize("text", PLAIN_TEXTS)
def test_plain_texts_are_not_doubted(text: str) -> None:
    assert not stands_for_no_value(text)
    assert not is_spoilt(text)


@pytest.mark.parametrize("text", ["привет", "Größe", "año", "don’t", "😀 ok", "Їжак"])
@pytest.mark.parametrize("wrong", ["cp1252", "cp1251", "latin-1"])
def test_utf8_read_in_another_encoding_is_known(text: str, wrong: str) -> None:
    """Whatever letters it becomes, wherever that encoding can read it at all."""
    try:
        spoilt = (text * 3).encode().decode(wrong)
    except UnicodeDecodeError:
        spoilt = (text * 3).encode().decode(wrong, "replace")

    assert is_spoilt(spoilt), spoilt


@pytest.mark.parametrize("more", [(), ("connection",)])
def test_doubtful_rows_are_sent_and_told(more: tuple[str, ...]) -> None:
    """The common way through planning and the thorough one tell the same."""
    planner = planner_for(("user_id", "message", *more))
    cells = [
        ["700000101", "#REF!"],
        ["700000102", "Gr\ufffd"],
        ["7001", "Hi"],
        ["700000103", ' "Hi"'],
        ["700000104", "Hi"],
    ]

    results = [row.decision for row in planner.plan(rows_of(*([*row, *[""] * len(more)] for row in cells)))]

    assert all(isinstance(result, Job) for result in results)
    error, spoilt, small, quoted = planner.warnings
    assert error.startswith("Row 2: the message holds a word that a spreadsheet program shows")
    assert spoilt.startswith("Row 3: letters of the message")
    assert small.startswith("Row 4: the id is smaller")
    assert quoted.startswith("Row 5: the message begins with a blank and a quotation mark")


def test_a_template_tells_of_error_words_in_its_columns() -> None:
    planner = planner_for(("user_id", "Name"), template="Dear {{ Name }}!")

    list(planner.plan(rows_of(["700000101", "Loading..."], ["700000102", "#NV"], ["700000103", "Ann"])))

    (warning,) = planner.warnings
    assert warning.startswith("2 rows (2, 3): the message holds a word")


def test_a_row_of_column_numbers_is_told() -> None:
    planner = planner_for(("user_id", "name", "message"))

    list(planner.plan(rows_of(["1", "2", "3"], ["700000101", "Ann", "Hello"])))

    assert "Row 2 holds the numbers of the columns (1, 2, 3), not a user." in planner.warnings[0]


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (["Summe", "", "Hi"], "('Summe')"),
        (["2", "Gesamt:", "Hi"], "('Gesamt:')"),
        (["1400000203", "Total", "Hi"], "('Total')"),
        (["", "Итого 2", ""], "('Итого 2')"),
        (["1400000203", "", "Hi"], "its id is the sum of all ids above"),
        (["2", "", "Hi"], "its id is the number of rows above"),
    ],
)
def test_a_total_at_the_end_is_told_with_its_row(last: list[str], why: str) -> None:
    planner = planner_for(("user_id", "name", "message"))

    list(planner.plan(rows_of(["700000101", "Ann", "Hi"], ["700000102", "Total Recall", "Hi"], last)))

    (warning,) = [warning for warning in planner.warnings if warning.startswith("Row 4, the last, looks like a total")]
    assert why in warning


@pytest.mark.parametrize(
    "below", [[["", "", " "]], [["", "Stand: 1.3.2026", ""]], [["\u00a0", " ", ""], ["Quelle: Kundenliste", "", ""]]]
)
def test_a_total_is_told_though_notes_or_blank_rows_stand_below(below: list[list[str]]) -> None:
    users = [["700000101", "Ann", "Hi"], ["700000102", "Bob", "Hi"]]

    for total in (["Summe", "", ""], ["1400000203", "", "Hi"]):
        planner = planner_for(("user_id", "name", "message"))

        list(planner.plan(rows_of(*users, total, *below)))

        (warning,) = [warning for warning in planner.warnings if "looks like a total" in warning]
        assert warning.startswith("Row 4, near the end, looks like a total")


def test_a_subtotal_with_users_below_is_not_told() -> None:
    planner = planner_for(("user_id", "name", "message"))

    list(planner.plan(rows_of(["700000101", "Ann", "Hi"], ["", "Summe", ""], ["700000102", "Bob", "Hi"])))

    assert [] == planner.warnings


def test_a_total_that_is_left_out_is_not_told() -> None:
    planner = planner_for(("user_id", "message"), rows="2")

    list(planner.plan(rows_of(["700000101", "Hi"], ["700000101", "Total"])))

    assert [] == planner.warnings


def test_a_user_at_the_end_is_no_total() -> None:
    planner = planner_for(("user_id", "name", "message"))

    list(planner.plan(rows_of(["700000101", "Total", "Hi"], ["700000102", "Ann", "The total is 5"])))

    assert [] == planner.warnings


def test_a_header_that_names_names_is_told() -> None:
    planner = planner_for(("Telegram-Username", "message"), column_map={"user_id": "Telegram-Username"})

    assert "named like the names of users" in planner.warnings[0]


def test_the_column_that_was_passed_over_is_told() -> None:
    """Only where the program preferred one, not where the person did."""
    header = ("Kunden-ID", "Telegram-ID", "message")

    assert "'Kunden-ID' is not used for them" in planner_for(header).warnings[0]
    assert [] == planner_for(header, column_map={"user_id": "Kunden-ID"}).warnings
