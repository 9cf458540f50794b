"""A sheet that was started: used once more, or mended too late."""

from __future__ import annotations

import http.client
from collections.abc import Callable

import pytest

from hotline_batch.application.drafts import upload
from hotline_batch.application.drafts.draft import starting
from tests.support.page.page_forms import Visit, hand_in, opened
from tests.support.page.page_runs import ended
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.hostile_server import HostileServer

ROWS = 3
_BOUNDARY = "----x"


def sheet_of(rows: int) -> bytes:
    """One message for each user."""
    return ("user_id,message\n" + "".join(f"{1_000_001 + row},Hallo {row}\n" for row in range(rows))).encode()


@pytest.fixture
def page(service: HostileServer, browser: Browser) -> Visit:
    """A sheet that can be sent for real."""
    return hand_in(browser, "list.csv", sheet_of(ROWS))


@pytest.mark.parametrize("way", ["Check it again", "Practise with it"])
def test_sheet_used_once_more_leaves_out_what_was_sent_by_itself(
    page: Visit, served: PageServer, browser: Browser, service: HostileServer, way: str
) -> None:
    """Also where the run before sent it a second time on purpose: that was said of that run alone."""
    settings = served.site.settings()
    ended(settings, page.press(f"Send {ROWS} messages"))
    twice = hand_in(browser, "same.csv", sheet_of(ROWS)).press("Include what was sent before")
    started = twice.press(f"Send {ROWS} messages")
    ended(settings, started)

    again = opened(browser, started.address).reload().follow("Use this sheet once more").press(way)
    if way == "Practise with it":
        again = again.press("Use this sheet for real instead")

    assert "What was sent before is sent once more" not in again.words
    assert "There is nothing left to send from this sheet." in again.words
    assert 2 * ROWS == len(service.applied)


def test_mended_sheet_that_comes_after_the_start_is_told_as_not_taken(
    page: Visit, served: PageServer, browser: Browser, service: HostileServer
) -> None:
    """With the way to upload it anew; the sheet that was started stays what it was."""
    ended(served.site.settings(), page.press(f"Send {ROWS} messages"))

    told = page.upload("Check this file", "mended.csv", sheet_of(ROWS + 2))

    says_that_it_was_not_taken(told)
    assert "list.csv is a run now" in page.reload().words
    assert ROWS == len(service.applied)


def test_mended_sheet_that_is_still_arriving_when_its_sheet_is_started_is_told_as_not_taken(
    page: Visit, served: PageServer, browser: Browser, service: HostileServer
) -> None:
    """It changes nothing of what the pages say of the run."""
    end_upload = begin_upload(served, browser, f"{page.address}/file", "mended.csv", sheet_of(ROWS + 2))
    started = page.press(f"Send {ROWS} messages")
    ended(served.site.settings(), started)

    status, text = end_upload()

    assert 409 == status
    assert "mended.csv" in text
    assert "This file was not taken" in text
    assert "list.csv is a run now" in page.reload().words
    again = opened(browser, page.address).press("Check it again")
    assert f"{ROWS} rows are left out: sent before" in again.words
    assert ROWS == len(service.applied)


def test_mended_sheet_that_comes_while_its_sheet_is_being_started_is_told_as_not_taken(
    page: Visit, served: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is made of what was agreed to, and of nothing that arrives in the middle of that."""
    monkeypatch.setattr(upload, "_SECONDS_TO_WAIT", 0.0)
    settings = served.site.settings()

    with starting(settings, page.address.removeprefix("/sheets/"), 10):
        told = page.upload("Check this file", "mended.csv", sheet_of(ROWS + 2))

    assert "This file was not taken mended.csv" in told.words
    assert f"Send {ROWS} messages" in told.follow("See the run").buttons


def says_that_it_was_not_taken(told: Visit) -> None:
    assert 409 == told.answer.status
    assert "This file was not taken mended.csv" in told.words
    assert "whose place it was to take, was started before it had arrived" in told.words
    assert "what the run sends is left out of it by itself" in told.words
    assert "Send a sheet" in told.follow("Upload it as a new sheet").title


def begin_upload(
    served: PageServer, browser: Browser, path: str, name: str, content: bytes
) -> Callable[[], tuple[int, str]]:
    """Send the head of a file and wait; what is returned sends the rest, and gives the answer's status and text."""
    disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    body = f"--{_BOUNDARY}\r\n{disposition}\r\n\r\n".encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", served.site.port, timeout=60)
    connection.putrequest("POST", path, skip_host=True)
    headers = {
        "host": served.site.address,
        "origin": served.site.origin,
        "sec-fetch-site": "same-origin",
        "content-type": f"multipart/form-data; boundary={_BOUNDARY}",
        "content-length": str(len(body)),
        "cookie": "; ".join(f"{key}={value}" for key, value in browser.cookies.items()),
    }
    for key, value in headers.items():
        connection.putheader(key, value)
    connection.endheaders()
    connection.send(body[: len(body) // 2])

    def end() -> tuple[int, str]:
        connection.send(body[len(body) // 2 :])
        with connection.getresponse() as answer:
            told = answer.status, answer.read().decode()
        connection.close()
        return told

    return end
