"""A sheet in a browser: handed in, checked and started by mouse, on a desk and on a telephone, in either light."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import barriers, cut_off
from tests.browser.visitor import DESK, TELEPHONE, Visitor
from tests.browser.walk import answer, practise, press
from tests.support.crm_export import crm_export

WINDOWS = {"desk": DESK, "telephone": TELEPHONE, "large letters": {"width": 640, "height": 450}}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """The export on a person's disk."""
    path = tmp_path / "Kundenexport März.xlsx"
    path.write_bytes(crm_export(40, faulty={7: "12a4", 19: ""}, hidden=(30, 31)))
    return path


def handed_in(page: Page, export: Path, *, practice: bool = True) -> None:
    """The first page, a file chosen there, and the button pressed."""
    page.goto("/")
    if practice:
        practise(page)
    page.get_by_label("The sheet").set_input_files(export)
    press(page, page.get_by_role("button", name="Check the sheet"))


def answered(page: Page) -> None:
    """Its two questions answered."""
    answer(page, "Yes, row 3 names them")
    answer(page, "Leave them out")


@pytest.mark.parametrize(("window", "scheme"), [*((window, "light") for window in WINDOWS), ("telephone", "dark")])
def test_screens_of_a_sheet_fit_and_shut_nobody_out(
    admitted: Callable[..., Visitor], export: Path, window: str, scheme: str
) -> None:
    """Questions, the row with the names, faulty rows, the message with its forms, a wrong file, a started sheet."""
    page = admitted(color_scheme=scheme, viewport=WINDOWS[window]).page

    def look(what: str) -> None:
        assert [] == barriers(page), what
        assert [] == cut_off(page), what

    handed_in(page, export)
    look("questions")
    press(page, page.get_by_role("link", name="No, another row does"))
    look("the row with the names")
    page.go_back()
    answered(page)
    look("faulty rows")
    page.get_by_text("Change where it comes from").click()
    page.get_by_text("A text of your own").click()
    page.get_by_role("textbox", name="The text").fill("Hallo {{ Vorname }}, bis {{ Termin }}: {{ Betrag }}")
    answer(page, "Use this text")
    look("the message")
    page.get_by_text("All columns, with what stands in them").click()
    page.get_by_text("First a few rows, to see whether all is well").click()
    page.get_by_text(re.compile("^The file: ")).click()
    look("everything open")


def test_wrong_file_is_told_in_a_browser(admitted: Callable[..., Visitor], tmp_path: Path) -> None:
    """And where the keyboard goes on."""
    letter = tmp_path / "Brief.pdf"
    letter.write_bytes(b"%PDF-1.7\n")
    page = admitted().page

    handed_in(page, letter, practice=False)

    expect(page.get_by_role("alert").get_by_text("Brief.pdf is a PDF document")).to_be_visible()
    assert [] == barriers(page)


def test_placeholder_is_put_where_the_cursor_stands(admitted: Callable[..., Visitor], export: Path) -> None:
    """With JavaScript without a new page; the text is kept when it is used."""
    page = admitted().page
    handed_in(page, export)
    answered(page)
    page.get_by_text("Change where it comes from").click()
    page.get_by_text("A text of your own").click()
    text = page.get_by_role("textbox", name="The text")
    text.fill("Hallo !")
    text.press("ArrowLeft")

    page.get_by_role("button", name="Vorname", exact=True).click()

    expect(text).to_have_value("Hallo {{ Vorname }}!")
    answer(page, "Use this text")
    expect(page.get_by_text("Hallo Sophie!").first).to_be_visible()


def test_dropped_file_is_taken(admitted: Callable[..., Visitor]) -> None:
    """Onto the field, as from a folder."""
    page = admitted().page
    page.goto("/")
    transfer = page.evaluate_handle(
        "text => { const t = new DataTransfer(); t.items.add(new File([text], 'a.csv')); return t; }",
        "user_id,message\n987654321,Hallo\n",
    )

    page.locator("[data-drop]").dispatch_event("drop", {"dataTransfer": transfer})
    page.get_by_role("button", name="Check the sheet").click()

    expect(page.get_by_role("heading", name="a.csv")).to_be_visible()


def test_sheet_is_started_with_hasty_clicks(admitted: Callable[..., Visitor], export: Path) -> None:
    """Three of them are one run."""
    page = admitted().page
    handed_in(page, export)
    answered(page)
    page.get_by_label("Leave the 2 faulty rows out").check()

    page.get_by_role("button", name="Send 36 messages in practice").click(click_count=3, delay=1)

    page.wait_for_url(re.compile("/runs/[0-9a-z-]+$"))
    page.goto("/runs")
    expect(page.locator("main").get_by_role("link", name="Kundenexport März.xlsx")).to_have_count(1)


DROP = """([place, names]) => {
    const dropped = new DataTransfer();
    for (const name of names) dropped.items.add(new File(["user_id,message\\n987654321,Hallo\\n"], name));
    place.dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true, cancelable: true}));
}"""


def test_one_dropped_sheet_is_taken_and_several_are_not(admitted: Callable[..., Visitor]) -> None:
    """What stands in the field is what is handed in; of several it is said that one is too much."""
    page = admitted().page
    page.goto("/")
    place, field = page.locator("[data-drop]"), page.get_by_label("The sheet")

    def names() -> list[str]:
        return field.evaluate("field => [...field.files].map(file => file.name)")

    page.evaluate(DROP, [place.element_handle(), ["a.csv", "b.csv"]])
    assert [] == names()
    expect(page.get_by_text("Several files were dropped")).to_be_visible()

    page.evaluate(DROP, [place.element_handle(), ["one.csv"]])
    assert ["one.csv"] == names()
    expect(page.get_by_text("Several files were dropped")).to_be_hidden()
