"""Evil text is made harmless; plain text stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.results.cell_safety import (
    CUT_MARK,
    LONGEST_CELL,
    csv_line,
    csv_text,
    one_line,
    printable,
    workbook_text,
)
from hotline_batch.sheets.csv.guard import unguarded

DANGEROUS = "=+-@\t\r\n\x00＝＋－＠"
EVIL = st.text(st.one_of(st.characters(), st.sampled_from(DANGEROUS + "\ud800\udfff\ufffe\u200b _x0D")), max_size=40)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+cmd|' /C calc'!A0",
        "-2+3+cmd",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\nx",
        "＝1+1",
        "＠x",
        "  =1+1",
        " \r",
        " \t=1",
        "\u00a0=1+1",
        "\u200b=1+1",
        "\ufeff@x",
        "-",
        "+",
        "-1\n=2",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str):
    """In CSV such a value starts with an apostrophe, which spreadsheet programs show as text."""
    assert csv_text(text) == "'" + text


@pytest.mark.parametrize("dropped", ["\ud800", "\ufffe", "\uffff"])
def test_what_no_cell_can_hold_hides_no_formula(dropped: str) -> None:
    """It is dropped; what then stands first is what a spreadsheet program would run."""
    assert "'=1+1" == csv_text(f"{dropped}=1+1")
    assert "1 + 1" == csv_text(f"{dropped}1 + 1")


@given(st.lists(EVIL, max_size=6))
def test_a_line_is_as_safe_as_each_of_its_cells(texts: list[str]) -> None:
    """Whatever the others are."""
    assert list(csv_line(texts)) == [csv_text(text) for text in texts]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", " =1", "\tx", "plain", "", "ärger", "'=1"])
def test_a_plain_neighbour_makes_no_cell_run(text: str) -> None:
    assert ["Anna", csv_text(text), "7"] == list(csv_line(["Anna", text, "7"]))


UNSEEN = (
    "\u2061\u2063\u2064\u180e\u034f\u115f\u1160\u3164\uffa0\u2800\ufe0f\u206a"
    "\ufff9\U000e0001\U0001d173\u00ad\u061c\u200b\u202e\x85"
)


@pytest.mark.parametrize("sign", ["=1+1", "+cmd", "-cmd", "@SUM(1)", "＝1+1"])
@pytest.mark.parametrize("unseen", UNSEEN, ids=lambda letter: f"U+{ord(letter):04X}")
def test_characters_that_show_nothing_cannot_hide_a_formula(unseen: str, sign: str):
    """Alone, several of them, or between blanks; what was put before the cell is taken off again exactly."""
    for text in (f"{unseen}{sign}", f"{unseen}{unseen}{sign}", f" {unseen} {sign}", f"'{unseen}{sign}"):
        assert "'" + text == csv_text(text)
        assert text == unguarded(csv_text(text))


@pytest.mark.parametrize("unseen", UNSEEN, ids=lambda letter: f"U+{ord(letter):04X}")
def test_characters_that_show_nothing_do_no_harm_alone(unseen: str):
    """Before plain text nothing is added."""
    assert f"{unseen}Hello" == csv_text(f"{unseen}Hello")


def test_control_characters_cannot_hide_a_formula():
    """What is dangerous before or after cleaning is defused."""
    assert csv_text("\x00=1") == "'=1"
    assert csv_text("\x01=1") == "'=1"
    assert csv_text("\x00abc") == "'abc"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "987654321",
        "-1002101424779",
        "+12125550123",
        "+49 (0)30 123-45.67",
        "-1.5",
        "Hello, world",
        "a=b",
        "'x",
        "NA",
    ],
)
def test_numbers_phones_and_plain_text_stay_in_csv(text: str):
    """Ids and phones are not damaged by the guard."""
    assert csv_text(text) == text


@given(EVIL)
def test_csv_text_is_never_run_and_always_encodable(text: str):
    """Whatever comes in, the cell starts harmlessly, or is a plain number, and can be written as UTF-8."""
    safe = csv_text(text)

    assert not safe.lstrip(" \u00a0\u3000").startswith(tuple(DANGEROUS)) or set(safe) <= set("+-0123456789 .()")
    assert "\x00" not in safe.encode().decode()


@given(EVIL)
def test_workbook_text_is_legal_xml_and_reads_back(text: str):
    """No character is left that a workbook cannot hold, and legal text without escapes stays itself."""
    safe = workbook_text(text)

    assert not [c for c in safe if (c < " " and c not in "\t\n") or "\ud800" <= c <= "\udfff" or c in "\ufffe\uffff"]
    if text.isprintable() and "_x" not in text:
        assert safe == text


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x00\x08\x1fa\x7f", "a\x7f"),
        ("a\ufffe\uffff\ud83db", "ab"),
        ("a_x000D_b", "a_x005F_x000D_b"),
        ("_x005F_x000D_", "_x005F_x005F_x005F_x000D_"),
        ("snake_xy_case", "snake_xy_case"),
        ("👩‍👩‍👧 é", "👩‍👩‍👧 é"),
    ],
)
def test_workbook_text_keeps_what_it_can(text: str, held: str):
    """Illegal characters go, line ends become one kind, escapes stay literal, the rest is untouched."""
    assert workbook_text(text) == held


def test_long_cell_is_cut_with_a_mark():
    """A cell is cut where a spreadsheet program would cut it, but says so."""
    cut = workbook_text("x" * (LONGEST_CELL + 1))

    assert len(cut) == LONGEST_CELL
    assert cut.endswith(CUT_MARK)
    assert workbook_text("x" * LONGEST_CELL) == "x" * LONGEST_CELL


@given(st.text(max_size=700))
def test_one_line_is_one_short_line(text: str):
    """No line end of any kind survives, and the length is bounded."""
    line = one_line(text)

    assert len(line) <= 500
    assert len(line.splitlines()) <= 1


def test_one_line_says_where_it_was_cut():
    """What stood on several lines is kept, with blanks between."""
    assert "Wrong user. See the page" == one_line("\x07Wrong user.\r\n\tSee \u2028the page\n")
    assert "x" * 500 == one_line("x" * 500)
    assert "x" * 499 + "…" == one_line("x" * 501)
    assert "Wron…" == one_line("Wrong user", 5)


def test_printable_text_can_stand_in_either_kind_of_sheet():
    """Names of fields that a service makes up become headers."""
    assert "Feld 1\n" == printable("Fe\x00ld\x1f 1\n\ud83d\ufffe\uffff")


@given(st.lists(st.one_of(st.text(st.sampled_from("ab1 "), max_size=4), EVIL), max_size=4))
def test_a_line_is_made_safe_as_each_of_its_texts_is(texts: list[str]):
    """However plain the other texts of the line, and wherever in a text the trouble stands."""
    assert [csv_text(text) for text in texts] == list(csv_line(texts))


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x1b", "\ufffe", "\ud83d"])
def test_a_control_character_in_the_midst_of_a_plain_line_is_dropped(character: str):
    """The first letter alone does not tell that a text is plain."""
    assert ["987654321", "Anna", "Berlin"] == list(csv_line(["987654321", f"An{character}na", "Berlin"]))
