"""What goes wrong around the page: a killed server, impatient clicks, two tabs, a stop. Nothing is lost or twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.page_program import PageProgram
from tests.browser.visitor import Visitor
from tests.browser.walk import PATIENCE_SECONDS, download, hand_in, practise, press, send, wait_for_end, wait_until_sent
from tests.support.processes.journey import Machine, lies, people, read_sheet
from tests.support.service.hostile_server import HostileServer, named
from tests.support.service.truth import duplicates

PACE = 'send_rate = "{}"\n'
NO_ANSWER = ("CONNECTION_REFUSED", "CONNECTION_RESET", "EMPTY_RESPONSE")
"""What a browser says of a program that is gone; or that goes while it is asked."""


@pytest.fixture
def service(machine: Machine) -> Iterator[HostileServer]:
    """The real thing, as far as the program knows; it keeps its own record of what arrived."""
    with HostileServer() as server:
        machine.toward(server)
        machine.folder.joinpath("hotline-batch.toml").write_text(PACE.format("20/s"))
        yield server


@pytest.fixture
def page(service: HostileServer, admitted: Callable[..., Visitor]) -> Page:
    """The first page, for real."""
    return admitted().page


def test_run_outlives_the_server_and_the_next_page_shows_it(
    machine: Machine, admitted: Callable[..., Visitor], program: PageProgram, tmp_path: Path
) -> None:
    """Killed in the middle: the open page says so, the run goes on, and the next `ui` shows it, finished and true."""
    machine.folder.joinpath("hotline-batch.toml").write_text(PACE.format("5/s"))  # still going on when it is killed
    sheet = machine.write_sheet("people.csv", people(80))
    visitor = admitted()
    page = visitor.page
    practise(page)
    hand_in(page, sheet)
    send(page, "Send 80 messages in practice")
    wait_until_sent(page, 5)
    run = page.url

    program.kill()
    page.get_by_role("heading", name="The program does not answer").wait_for()
    before = page.locator("h1").inner_text()
    program.start()
    page.get_by_role("heading", name="The program does not answer").wait_for(state="hidden")

    assert "80" in before
    assert visitor.complaints
    assert set(visitor.complaints) <= {f"Failed to load resource: net::ERR_{reason}" for reason in NO_ANSWER}
    visitor.complaints.clear()
    assert wait_for_end(page) == "All 80 messages delivered"
    assert page.url == run
    page.goto("/runs")
    expect(page.get_by_role("row", name="people.csv")).to_have_count(1)
    expect(page.get_by_role("row", name="people.csv")).to_contain_text("80 of 80 delivered")


def test_page_that_is_refused_says_so_instead_of_asking_on(machine: Machine, page: Page) -> None:
    """Signed out in the middle, say: the program answers, so it is not said that it does not."""
    practise(page)
    hand_in(page, machine.write_sheet("people.csv", people(200)))
    send(page, "Send 200 messages in practice")
    wait_until_sent(page, 2)

    page.context.clear_cookies()

    page.get_by_role("heading", name="This browser does not know the page yet").wait_for()


def test_program_that_hangs_is_told_as_one_that_does_not_answer(
    machine: Machine, page: Page, program: PageProgram
) -> None:
    """A machine that is out of breath: the page says so meanwhile, and goes on by itself."""
    practise(page)
    hand_in(page, machine.write_sheet("people.csv", people(300)))
    send(page, "Send 300 messages in practice")
    wait_until_sent(page, 1)

    with program.asleep():
        page.get_by_role("heading", name="The program does not answer").wait_for()
    page.get_by_role("heading", name="The program does not answer").wait_for(state="hidden")


def test_tab_that_is_looked_at_again_and_again_asks_no_more_often(machine: Machine, page: Page) -> None:
    """One question at a time, however often somebody comes back to it."""
    practise(page)
    hand_in(page, machine.write_sheet("people.csv", people(300)))
    send(page, "Send 300 messages in practice")
    wait_until_sent(page, 1)

    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - playwright marks it
    page.evaluate("for (let n = 0; n < 20; n++) document.dispatchEvent(new Event('visibilitychange'))")
    looks = []
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while len(looks) < 4:
        assert time.monotonic() < ends_at, looks
        page.wait_for_timeout(100)
        looks = [request.timing["startTime"] for request in asked if request.url.endswith("/progress")]

    # The first may have been on its way before somebody came; after each the next one is two seconds away.
    assert all(later - earlier >= 1_900 for earlier, later in pairwise(looks[1:])), looks


def test_three_clicks_make_one_run(machine: Machine, page: Page, service: HostileServer) -> None:
    """Whatever a hand does that does not trust the first click."""
    sheet = people(15)
    hand_in(page, machine.write_sheet("people.csv", sheet))

    page.get_by_role("button", name="Send 15 messages").evaluate(
        "button => { for (let n = 0; n < 3; n++) button.click() }"
    )
    page.wait_for_url("**/runs/*")
    wait_for_end(page)

    assert 1 == len(machine.runs())
    assert {} == duplicates(service.applied)
    assert 15 == len(service.applied)


def test_two_tabs_start_one_run(machine: Machine, page: Page, service: HostileServer) -> None:
    """The second one is led to the run of the first."""
    hand_in(page, machine.write_sheet("people.csv", people(12)))
    other = page.context.new_page()
    other.goto(page.url)

    send(page, "Send 12 messages")
    other.get_by_role("button", name="Send 12 messages").click()
    other.wait_for_url("**/runs/*")

    assert page.url == other.url
    wait_for_end(page)
    assert 1 == len(machine.runs())
    assert 12 == len(service.applied)


def test_run_is_stopped_and_goes_on_without_sending_anything_twice(
    machine: Machine, page: Page, service: HostileServer, tmp_path: Path
) -> None:
    """What is on its way ends; the button says how many are left, and that none of the others is sent again."""
    machine.folder.joinpath("hotline-batch.toml").write_text(PACE.format("4/s"))
    sheet = people(60)
    hand_in(page, machine.write_sheet("people.csv", sheet))
    send(page, "Send 60 messages")
    wait_until_sent(page, 3)

    press(page, page.get_by_role("button", name="Stop"))
    stopped = wait_for_end(page)
    reached = len(service.applied)
    left = 60 - reached

    assert 0 < left < 60
    assert stopped == f"{reached} of 60 delivered, {left} still to go"
    expect(page.locator("#go-on")).to_contain_text("None of the others is sent again.")
    machine.folder.joinpath("hotline-batch.toml").write_text(PACE.format("200/s"))
    page.get_by_role("button", name=f"Go on with {left} rows").click()
    page.get_by_role("heading", name="All 60 messages delivered").wait_for()
    results = read_sheet(download(page, "CSV", tmp_path))
    assert [] == lies(results, service, sheet)


def test_rows_in_doubt_are_settled_by_a_person(machine: Machine, page: Page, service: HostileServer) -> None:
    """Each with its name and text; sending again is asked about twice and says what it risks."""
    rows = people(10)
    lost = [rows[2][0], rows[5][0]]
    for user in lost:
        service.fault_for(user, named("close_unanswered_applied"))
    lines = "\n".join(f"{user},Anna {user},{message}" for user, message in rows)
    sheet = machine.folder / "people.csv"
    sheet.write_text(f"user_id,Name,message\n{lines}\n", "utf-8")
    hand_in(page, sheet)
    send(page, "Send 10 messages")

    assert wait_for_end(page) == "8 of 10 delivered, 2 need a look"
    doubts = page.locator(".doubts")
    assert all(f"Anna {user}" in doubts.inner_text() for user in lost)
    page.get_by_label(f"Anna {lost[0]}").check()
    page.get_by_label("A note, for later").fill("seen in the topic")
    page.get_by_role("button", name="They arrived").click()
    page.get_by_role("heading", name="9 of 10 delivered, 1 needs a look").wait_for()
    press(page, page.get_by_role("button", name="Send again"))
    page.get_by_role("heading", name="Send this message again?").wait_for()
    expect(page.locator("main")).to_contain_text("A second copy cannot be taken back")
    assert 10 == len(service.applied)
    page.get_by_role("button", name="Send 1 message again").click()
    page.get_by_role("heading", name="All 10 messages delivered").wait_for()

    assert 11 == len(service.applied)
    page.goto(f"{page.url}/rows/4")
    expect(page.locator("main")).to_contain_text("seen in the topic")


def test_large_sheet_is_usable(machine: Machine, page: Page) -> None:
    """100,000 rows: read within the patience of a person, shown in pages, and any row of it."""
    sheet = machine.folder / "large.csv"
    rows = (
        "12a4,Hello" if number % 1_000 == 0 else f"{1_000_000 + number},Hello {number}" for number in range(1, 100_001)
    )
    sheet.write_text("user_id,message\n" + "\n".join(rows))

    hand_in(page, sheet)
    page.get_by_role("heading", name="What is to be mended").wait_for(timeout=120_000)

    expect(page.locator("main")).to_contain_text("100 of 100,000 rows cannot be sent.")
    assert len(page.content()) < 200_000
    assert page.locator("table.faulty tbody tr").count() <= 100
    page.get_by_label("Row", exact=True).fill("100001")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("heading", name="What will be posted").wait_for()
    expect(page.locator("#preview")).to_contain_text("cannot be used")
    expect(page.get_by_role("button", name="Send 99,900 messages")).to_be_visible()
