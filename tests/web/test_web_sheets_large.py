"""A sheet of 100,000 rows stays usable, and nothing is lost with the server."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.application.drafts.look import Look, Looks, look_at
from hotline_batch.application.drafts.request import OpenSheets
from hotline_batch.application.drafts.upload import Incoming
from hotline_batch.model.jobs import Kind
from hotline_batch.settings.load import load_settings
from tests.support.crm_export import crm_export
from tests.support.page.page_forms import hand_in, opened
from tests.support.page.page_server import Browser, PageServer
from tests.support.waiting import wait_until

PATIENCE_SECONDS = 60

ROWS = 100_000
FAULTY = 4_000


def large_sheet() -> bytes:
    """The first rows are faulty, then come those that are not."""
    faulty = "".join(f"x{number},Hallo {number}\n" for number in range(FAULTY))
    good = "".join(f"{987_000_000 + number},Hallo {number}\n" for number in range(FAULTY, ROWS))
    return f"user_id,message\n{faulty}{good}".encode()


def test_large_sheet_is_shown_in_parts(browser: Browser) -> None:
    """However much is wrong with it: a page that a telephone can show, and every faulty row can be reached."""
    browser.post("/practice", {"is_on": "yes"})

    page = hand_in(browser, "large.csv", large_sheet())

    assert "4,000 of 100,000 rows cannot be sent." in page.words
    assert len(page.answer.body) < 60_000
    assert "1 to 25 of 4,000" in page.words
    last = opened(browser, f"{page.address}?from=3976")
    assert "3,976 to 4,000 of 4,000" in last.words
    assert "Further ones" not in last.words
    assert "Send 96,000 messages in practice" in page.buttons
    assert f"Hallo {ROWS - 1}" in opened(browser, f"{page.address}?row={ROWS + 1}").words


def test_sheet_is_planned_once_however_often_it_is_shown(fresh_machine: Path) -> None:
    """Another choice is another plan; the same choices are the same one."""
    settings, looks = load_settings(), Looks()
    with Incoming(settings, "list.csv") as incoming:
        incoming.write(b"user_id,message\n987654321,Hallo\n")
        draft = incoming.keep(Kind.SEND, practice=True)

    first = looks.of(draft, settings)
    again = looks.of(draft, settings)

    assert first is again
    assert first.result(120).plan is again.result(120).plan
    looks.close()


def test_look_is_the_same_from_a_sheet_that_was_kept_open(fresh_machine: Path) -> None:
    """Nothing of the first reading is left in the second one."""
    settings, sheets = load_settings(), OpenSheets()
    with Incoming(settings, "export.xlsx") as incoming:
        incoming.write(crm_export(title=False))
        draft = incoming.keep(Kind.SEND, practice=True)

    looks = [look_at(draft, settings, sheets) for _ in range(2)]

    assert looks[0].seen == looks[1].seen
    assert [len(each.questions) for each in looks] == [1, 1]
    sheets.close()


def test_nothing_is_lost_with_the_server(fresh_machine: Path) -> None:
    """The next one shows the sheet as it was left, whatever was chosen."""
    with PageServer(fresh_machine / "page") as before:
        page = hand_in(before.browser(), "Export.xlsx", crm_export(20, faulty={}, hidden=()))
        page = page.press("Yes, row 3 names them")
        page.fill("own_text", "Hallo {{ Vorname }}, bis bald!").press("Use this text")

    with PageServer(fresh_machine / "page") as after:
        again = opened(after.browser(), page.address)

    assert "All 20 rows can be sent." in again.words
    assert "Hallo Sophie, bis bald!" in again.words


def test_page_that_waits_for_a_look_is_answered_at_the_end(
    browser: Browser, served: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that has not begun is given up then, and nobody waits for it for ever."""
    browser.post("/practice", {"is_on": "yes"})
    page = hand_in(browser, "list.csv", b"user_id,message\n1000001,Hallo\n")
    looks, goes_on, begun = served.app.state.desk.looks, threading.Event(), threading.Semaphore(0)
    asked_for: list[Future[Look]] = []

    def look_slowly(*asked: Any) -> Look:
        begun.release()
        goes_on.wait()
        return look_at(*asked)

    def note(*asked: Any) -> Future[Look]:
        asked_for.append(Looks.of(looks, *asked))
        return asked_for[-1]

    monkeypatch.setattr("hotline_batch.application.drafts.look.look_at", look_slowly)
    for number in range(2):  # as many as are looked at side by side
        sheet = f"user_id,message\n1000001,Servus {number}\n".encode()
        browser.upload("/sheets", "more.csv", sheet, {"kind": "send"}, field_name="file")
        assert begun.acquire(timeout=PATIENCE_SECONDS)
    looks.forget(page.address.rpartition("/")[2])
    monkeypatch.setattr(looks, "of", note)
    clicks = ThreadPoolExecutor(2)
    refused = clicks.submit(browser.post, f"{page.address}/choices", {"trial_rows": "many"})
    wait_until(lambda: bool(asked_for), PATIENCE_SECONDS)
    end = clicks.submit(looks.close)
    wait_until(asked_for[0].cancelled, PATIENCE_SECONDS)
    goes_on.set()

    assert 200 == refused.result(PATIENCE_SECONDS).status
    end.result(PATIENCE_SECONDS)
