"""What is typed beside the button that sends, and not kept, is no part of what is sent: the page says so first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor
from tests.browser.walk import answer, hand_in, practise, send, wait_for_end
from tests.support.processes.journey import Machine, people

NOT_KEPT = "Something is not kept yet"


@pytest.fixture
def page(machine: Machine, admitted: Callable[..., Visitor]) -> Page:
    """A sheet of three people, looked at in practice."""
    page = admitted().page
    practise(page)
    page.goto("/")
    hand_in(page, machine.write_sheet("people.csv", people(3)))
    return page


def type_a_time(page: Page) -> None:
    page.get_by_text("Later, or within hours").click()
    page.get_by_label("Not before").fill("2099-03-02T09:00")


def type_half_a_time(page: Page) -> None:
    page.get_by_text("Later, or within hours").click()
    page.get_by_label("Not before").press_sequentially("03022099")


def type_half_of_the_hours(page: Page) -> None:
    page.get_by_text("Later, or within hours").click()
    page.get_by_label("Only from").press_sequentially("09")


def write_a_text(page: Page) -> None:
    page.get_by_text("Change where it comes from").click()
    page.get_by_text("A text of your own").click()
    page.get_by_role("textbox", name="The text").fill("Another text")


def choose_another_column(page: Page) -> None:
    page.get_by_label("The Telegram IDs of the users").select_option("message")


def choose_another_file(page: Page) -> None:
    page.get_by_text("Another file instead").click()
    page.locator("main input[type=file]").set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": b"a"})


@pytest.mark.parametrize(
    "change",
    [
        type_a_time,
        type_half_a_time,
        type_half_of_the_hours,
        write_a_text,
        choose_another_column,
        choose_another_file,
    ],
)
def test_what_is_not_kept_keeps_a_run_from_starting(page: Page, change: Callable[[Page], None]) -> None:
    """Nothing is sent at another time, or with another text, than the person believes."""
    at = page.url
    change(page)

    page.get_by_role("button", name="Send 3 messages").click()

    warning = page.get_by_role("alert").filter(has_text=NOT_KEPT)
    expect(warning).to_be_focused()
    assert at == page.url
    page.get_by_role("button", name="Take it back").click()
    expect(warning).to_be_hidden()
    expect(page.get_by_role("button", name="Send 3 messages")).to_be_focused()
    send(page, "Send 3 messages")
    assert "All 3 messages delivered" == wait_for_end(page)


def test_the_page_leads_to_what_is_not_kept(page: Page) -> None:
    """Also where it was folded away again; once it is kept, it counts."""
    type_a_time(page)
    page.get_by_text("Later, or within hours").click()
    page.get_by_role("button", name="Send 3 messages").click()

    page.get_by_role("button", name="Go there").click()

    expect(page.get_by_label("Not before")).to_be_focused()
    answer(page, "Keep these times")
    assert "2 Mar 2099" in page.locator("#send").inner_text()
    send(page, "Send 3 messages")
    expect(page.get_by_text("It waits, and goes on by itself")).to_be_visible()


def test_columns_of_one_name_are_no_choice_of_a_person(machine: Machine, admitted: Callable[..., Visitor]) -> None:
    """The browser marks one of two that are both marked: nobody chose it, so it keeps nothing from starting."""
    page = admitted().page
    practise(page)
    page.goto("/")
    sheet = machine.folder / "twice.csv"
    sheet.write_text("user_id,Text,Text\n1000001,one,two\n1000002,one,two\n", "utf-8")
    hand_in(page, sheet)
    page.get_by_text("A text of your own").click()
    page.get_by_role("textbox", name="The text").fill("Hello")
    answer(page, "Use this text")

    send(page, "Send 2 messages")

    assert "All 2 messages delivered" == wait_for_end(page)
