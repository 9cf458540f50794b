"""A run that did not go whole: its buttons say what else goes, and a band whether it is real."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hotline_batch.application.runs.going_on import PersonsWord, settle_rows
from hotline_batch.application.runs.workers.detached import resume_detached
from hotline_batch.model.jobs import Status
from hotline_batch.settings.model import Settings
from tests.support.page.page_forms import Visit, hand_in, opened
from tests.support.page.page_runs import becomes, ended, run_of, write_connections_that_ask
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

ROWS = 6
FIRST_USER = 1_000_001
SHEET = ("user_id,message\n" + "".join(f"{FIRST_USER + row},Hallo {row}\n" for row in range(ROWS))).encode()


def after_a_trial(served: PageServer, browser: Browser, **typed: str) -> Visit:
    """The page of a run whose first two rows went alone."""
    page = hand_in(browser, "list.csv", SHEET).fill("trial_rows", "2")
    for name, text in typed.items():
        page.fill(name, text)
    started = page.press("Try it with the first rows")
    ended(served.site.settings(), started)
    return started.reload()


def test_trying_again_says_what_else_goes(service: HostileServer, served: PageServer, browser: Browser) -> None:
    """Rows that are still to go are named on the button beside those that failed."""
    service.fault_for(FIRST_USER + 1, named("blocked_by_user_403"))
    page = after_a_trial(served, browser)

    assert "The 4 rows that are still to go go with it." in page.words
    page.press("Try 1 row again and go on with 4")

    becomes(served.site.settings(), page, {Status.SENT: ROWS})


def test_sending_again_says_what_else_goes(service: HostileServer, served: PageServer, browser: Browser) -> None:
    """Before the second click, with their number."""
    service.fault_for(FIRST_USER + 1, named("close_unanswered_applied"))
    page = after_a_trial(served, browser)

    sure = page.press("Send again")

    assert "the 4 rows that are still to go are sent as well" in sure.words
    sure.press("Send 1 message again and go on with 4")
    becomes(served.site.settings(), page, {Status.SENT: ROWS})
    assert ROWS + 1 == len(service.applied)


def test_button_of_a_page_that_is_old_sends_no_more_than_it_says(
    service: HostileServer, served: PageServer, browser: Browser
) -> None:
    """Somebody said in another tab meanwhile that a row in doubt did not arrive, which failed with the others then."""
    service.fault_for(FIRST_USER, named("blocked_by_user_403"))
    service.fault_for(FIRST_USER + 1, named("close_unanswered_not_applied"))
    old = after_a_trial(served, browser)
    old.reload().press("It did not arrive")

    told = old.press("Try 1 row again and go on with 4")

    assert "This click sent nothing. Look at it once more: these are the figures of now." in told.words
    assert 0 == len(service.applied)
    told.press("Try 2 rows again and go on with 4")
    becomes(served.site.settings(), old, {Status.SENT: ROWS})


def test_sending_again_from_a_page_that_is_old_sends_no_more_than_it_says(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """Neither at once nor through the question for names: somebody asked for another row as well meanwhile."""
    for user in (FIRST_USER, FIRST_USER + 1):
        service.fault_for(user, named("close_unanswered_applied"))
    page = after_a_trial(served, browser)
    sure = page.fill("row", "2").press("Send again")
    write_connections_that_ask(fresh_machine, service, "default")
    asked = sure.press("Send 1 message again and go on with 4")
    assert "type its name" in asked.words
    settle_rows(served.site.settings(), run_of(page), PersonsWord.RESEND, "3", "")

    for told in (
        sure.press("Send 1 message again and go on with 4"),
        asked.fill("confirm", "default").press("Go on"),
    ):
        assert "This click sent nothing. Look at it once more: these are the figures of now." in told.words

    assert 2 == len(service.applied)
    fresh = told.fill("row", "2").press("Send again").press("Send 1 message again and go on with 5")
    fresh.fill("confirm", "default").press("Go on")
    becomes(served.site.settings(), page, {Status.SENT: ROWS})
    assert ROWS + 2 == len(service.applied)


def test_second_click_on_sending_again_leads_to_the_run(
    service: HostileServer, served: PageServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while the first has asked for the rows already, and has handed nothing over yet."""
    for user in (FIRST_USER, FIRST_USER + 1):
        service.fault_for(user, named("close_unanswered_applied"))
    page = after_a_trial(served, browser)
    sure = page.fill("row", "2").press("Send again")
    goes_on, is_asked = threading.Event(), threading.Event()

    def slowly(settings: Settings, run_id: str) -> None:
        is_asked.set()
        goes_on.wait()
        resume_detached(settings, run_id)

    monkeypatch.setattr("hotline_batch.web.screens.settling.resume_detached", slowly)
    with ThreadPoolExecutor(1) as clicks:
        first = clicks.submit(sure.press, "Send 1 message again and go on with 4")
        is_asked.wait()
        second = sure.press("Send 1 message again and go on with 4")
        goes_on.set()
        answers = [first.result(), second]

    assert [(200, page.address)] * 2 == [(each.answer.status, each.address) for each in answers]
    assert "Something has changed meanwhile" not in second.words
    becomes(served.site.settings(), page, {Status.SENT: ROWS - 1, Status.UNKNOWN: 1})
    assert ROWS + 1 == len(service.applied)


@pytest.mark.parametrize("setting", ["dry_run", "sandbox"])
def test_settings_that_let_nothing_be_real_hold_for_runs_that_are_there(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path, setting: str
) -> None:
    """No button of such a run sends anything, and each says why; what became of a row in doubt can be said."""
    service.fault_for(FIRST_USER, named("blocked_by_user_403"))
    service.fault_for(FIRST_USER + 1, named("close_unanswered_applied"))
    page = after_a_trial(served, browser)
    sure = page.press("Send again")
    (fresh_machine / "hotline-batch.toml").write_text(f'send_rate = "200/s"\n{setting} = true\n', "utf-8")

    refused = [
        page.press("Go on with 4 rows"),
        page.press("Try 1 row again"),
        page.press("Send again"),
        sure.press("Send 1 message again"),
    ]

    for answer in refused:
        assert 409 == answer.answer.status
        assert f"The settings file says {setting} = true, so that nothing is sent for real." in answer.words
    page.reload().press("It arrived")
    becomes(served.site.settings(), page, {Status.SENT: 1, Status.FAILED: 1, Status.NOT_ATTEMPTED: 4})
    assert 1 == len(service.applied)


@pytest.mark.parametrize("setting", ["dry_run", "sandbox"])
def test_practice_goes_on_where_nothing_may_be_real(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path, setting: str
) -> None:
    """It never was."""
    browser.post("/practice", {"is_on": "yes"})
    page = after_a_trial(served, browser)
    (fresh_machine / "hotline-batch.toml").write_text(f'send_rate = "200/s"\n{setting} = true\n', "utf-8")

    page.press("Go on with 4 rows")

    becomes(served.site.settings(), page, {Status.SENT: ROWS})
    assert 0 == len(service.applied)


def test_question_for_names_says_of_the_run_whether_it_is_real(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """The switch is on for what is handed in from now on; the run above this button is sent for real."""
    write_connections_that_ask(fresh_machine, service, "default")
    page = after_a_trial(served, browser, **{"confirm.1": "default"})
    browser.post("/practice", {"is_on": "yes"})

    asked = page.reload().press("Go on with 4 rows")

    assert "type its name" in asked.words
    assert "Practice:" not in asked.answer.text
    asked.fill("confirm", "default").press("Go on")
    becomes(served.site.settings(), page, {Status.SENT: ROWS})


def test_one_wrong_name_of_two_is_told_and_the_right_one_is_not_asked_for_again(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """Each in its turn would never be both."""
    write_connections_that_ask(fresh_machine, service, "north", "south")
    rows = [f"{FIRST_USER + row},Hallo {row},{('north', 'south')[row % 2]}" for row in range(ROWS)]
    sheet = "\n".join(["user_id,message,connection", *rows]).encode()
    page = hand_in(browser, "list.csv", sheet)
    assert "It holds for rows that name none in the column connection." in page.words
    page = page.press("north").fill("trial_rows", "2").fill("confirm.1", "north")
    started = page.fill("confirm.2", "south").press("Try it with the first rows")
    ended(served.site.settings(), started)
    address = f"{started.address}/go-on"

    asked = Visit(browser, address, browser.post(address, [("confirm", "north"), ("confirm", "South")]))

    assert "That is not the name" in asked.words
    assert asked.title.startswith("Error: ")
    assert "Messages go through south " in asked.words
    assert 1 == len(asked.tree.xpath("//input[@name='confirm' and @type='text']"))
    fields = [("confirm", name) for name in asked.tree.xpath("//input[@name='confirm' and @type='hidden']/@value")]
    assert 303 == browser.post(address, [*fields, ("confirm", "south")]).status
    becomes(served.site.settings(), started, {Status.SENT: ROWS})


def test_no_page_below_a_run_or_a_sheet_says_that_all_on_it_is_practice(
    service: HostileServer, served: PageServer, browser: Browser
) -> None:
    """Not even one that says why something was not done: what it is about may be real."""
    run = after_a_trial(served, browser).address
    browser.post("/practice", {"is_on": "yes"})

    for address in (f"{run}/rows?status=sent", f"{run}/correct", f"{run}/settle", "/sheets/20260101-000000-abcdefgh"):
        assert "nothing on this page is sent for real" not in browser.get(address).text, address
    assert "nothing on this page is sent for real" in browser.get("/").text


def test_switch_on_a_page_that_a_form_led_to_comes_back_to_one_that_is_there(
    service: HostileServer, served: PageServer, browser: Browser
) -> None:
    """To the sheet whose start was refused, and to the run whose rows are asked about."""
    sheet = hand_in(browser, "list.csv", b"user_id,message\n1000001,Hallo\n12a,Hallo\n")
    service.fault_for(FIRST_USER + 1, named("close_unanswered_applied"))
    run = after_a_trial(served, browser)

    places = {}
    for shown in (sheet.press("Send 1 message"), run.press("Send again")):
        back = shown.tree.xpath("//form[@action='/practice']//input[@name='back']/@value")[0]
        answer = browser.post("/practice", {"back": back, "is_on": "yes"})
        places[answer.headers["location"]] = opened(browser, answer.headers["location"]).answer.status

    assert {sheet.address: 200, run.address: 200} == places


def test_switch_comes_back_to_the_same_part_of_a_list(browser: Browser) -> None:
    """With what was searched for."""
    page = opened(browser, "/runs?kind=send&words=list")

    assert ["/runs?kind=send&words=list"] == page.tree.xpath("//form[@action='/practice']//input[@name='back']/@value")


@pytest.mark.parametrize("link", ["https://evil.example/t.me/c/1/2", "javascript:alert(1)"])
def test_only_links_to_topics_are_links(browser: Browser, link: str) -> None:
    """A sheet from elsewhere may call itself a result, and lead whoever looks into a topic to a page of its own."""
    rows_of_the_sheet = f"987654321,Hallo,sent,{link},r\n987654322,Hi,,,\n"
    sheet = f"user_id,message,hotline_status,hotline_topic_link,hotline_run\n{rows_of_the_sheet}"
    browser.post("/practice", {"is_on": "yes"})
    run = run_of(hand_in(browser, "list.csv", sheet.encode()).press("Send 1 message in practice"))

    row = opened(browser, f"/runs/{run}/rows/2")
    rows = opened(browser, f"/runs/{run}/rows?status=skipped")

    for page in (row, rows):
        assert "987654321" in page.words
        assert [] == [each for each in page.tree.xpath("//a/@href") if each == link]
