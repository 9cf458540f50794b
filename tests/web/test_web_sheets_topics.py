"""A sheet of topics that is sent from the page: what the look-ups found is seen before anything goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.page.page_forms import hand_in, opened
from tests.support.page.page_runs import ended
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import INSTANCE_OF_TOPICS, Credentials

GROUP = 2101424779


def sheet_of(*topics: int) -> bytes:
    """One message for each topic."""
    rows = [f"https://t.me/c/{GROUP}/{topic},Hallo {topic}" for topic in topics]
    return "\n".join(["topic_link,message", *rows]).encode()


def lose(service: HostileServer, topic: int) -> None:
    """This topic's user is never found."""
    service.fault_for(f"{GROUP}/{topic}", named("error_500_not_applied"), times=50)


def test_sheet_with_a_topic_whose_user_is_not_found_can_be_sent(
    service: HostileServer, served: PageServer, browser: Browser
) -> None:
    """The first click sends nothing and says that a user was not found; the second sends the others, as agreed then."""
    lose(service, 102)
    page = hand_in(browser, "topics.csv", sheet_of(100, 101, 102, 103))

    asked = page.press("Send 4 messages")

    assert 409 == asked.answer.status
    assert "Now it is 3 messages: 1 row names a topic that cannot be sent to." in asked.words
    assert "1 of 4 rows cannot be sent" in asked.words
    assert "other runs sent" not in asked.words
    assert 200 == asked.follow("4").answer.status
    assert [] == [each for each in service.applied if "Hallo" in str(each)]
    done = asked.fill("leave_out", "yes").press("Send 3 messages")
    progress = ended(served.site.settings(), done)
    assert {"sent": 3, "invalid": 1} == {status.value: rows for status, rows in progress.counts.items() if rows}


def test_rows_whose_users_are_not_found_are_left_out_by_a_person(
    service: HostileServer, served: PageServer, browser: Browser
) -> None:
    """A click that does not say so starts nothing, and the number stays the new one."""
    lose(service, 102)
    asked = hand_in(browser, "topics.csv", sheet_of(100, 101, 102, 103)).press("Send 4 messages")

    again = asked.press("Send 3 messages")

    assert 409 == again.answer.status
    assert "1 row cannot be used" in again.words
    ended(served.site.settings(), again.fill("leave_out", "yes").press("Send 3 messages"))


def test_sheet_none_of_whose_users_is_found_sends_nothing(service: HostileServer, browser: Browser) -> None:
    """It has no button any more."""
    lose(service, 102)
    page = hand_in(browser, "topics.csv", sheet_of(102))

    asked = page.press("Send 1 message")

    assert "Now it is 0 messages: 1 row names a topic that cannot be sent to." in asked.words
    assert [] == [words for words in asked.buttons if words.startswith("Send")]


def test_topics_of_another_connection_are_not_called_unknown(
    service: HostileServer, browser: Browser, fresh_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their users are known; each row says whose they are."""
    first, second = service.credentials.instance, INSTANCE_OF_TOPICS
    monkeypatch.setattr(service, "credentials", Credentials(other_instances=(second,)))
    keys = 'api_key = "env:HOTLINE_API_KEY"'
    (fresh_machine / "hotline-batch.toml").write_text(
        f'send_rate = "200/s"\ndefault_connection = "support"\n'
        f'[connections.support]\ninstance = "{first}"\n{keys}\n[connections.sales]\ninstance = "{second}"\n{keys}\n',
        "utf-8",
    )

    asked = hand_in(browser, "topics.csv", sheet_of(5341, 5342)).press("Send 2 messages")

    assert "Now it is 0 messages: 2 rows name topics that cannot be sent to. They stand below" in asked.words
    assert "not found" not in asked.words
    assert "belongs to the connection sales" in asked.words


def test_clicks_in_vain_leave_nothing_that_needs_a_person(service: HostileServer, browser: Browser) -> None:
    """Whose user is not found, the sheet tells; the look-ups themselves ask nobody for anything."""
    lose(service, 102)

    hand_in(browser, "topics.csv", sheet_of(100, 102)).press("Send 2 messages")

    assert "Users of topics, for a send, 2 rows" in opened(browser, "/runs").words
    assert "No run is like that." in opened(browser, "/runs?needs=person").words
