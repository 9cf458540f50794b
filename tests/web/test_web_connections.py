"""Connections, the look at everything, help, practice: what is told, and that no key is."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest

from hotline_batch.issues.words import RECORDS
from hotline_batch.settings.practice import SANDBOX_TOKEN
from tests.support.page.page_forms import hand_in, opened
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.support.webhook import TOKEN, Webhook


def test_place_of_a_key_is_told_in_words(service: HostileServer, browser: Browser, fresh_machine: Path) -> None:
    """Not as the settings file has it, and not which file or variable it is."""
    (fresh_machine / "hotline-batch.toml").write_text(
        "".join(
            f'[connections.{name}]\ninstance = "1320994687461234{at}"\napi_key = "{key}"\n'
            for at, (name, key) in enumerate({"one": "env:HOTLINE_API_KEY", "two": "file:key.txt"}.items())
        ),
        "utf-8",
    )

    words = opened(browser, "/connections").words

    assert "Its key from an environment variable" in words
    assert "Its key from a file" in words
    assert "env:" not in words


def test_connection_is_tested(service: HostileServer, browser: Browser) -> None:
    """With one harmless question; keys are not shown."""
    page = opened(browser, "/connections")
    assert service.credentials.instance not in page.answer.text

    tested = page.press("Test it")

    assert "default works" in tested.words
    assert [] == service.applied


def test_page_of_connections_does_not_call_real_tests_practice(service: HostileServer, browser: Browser) -> None:
    """The switch changes what becomes of sheets; the service is asked for real."""
    browser.post("/practice", {"is_on": "yes"})

    page = opened(browser, "/connections")
    tested = page.press("Test it")

    assert "default works" in tested.words
    for each in (page, tested):
        assert "nothing on this page is sent for real" not in each.words
        assert "Practice does not reach here A test asks the real service" in each.words
    assert "nothing on this page is sent for real" in opened(browser, "/").answer.text


def test_refused_keys_are_said_with_the_cure(service: HostileServer, browser: Browser) -> None:
    """In the words of the page."""
    service.fault_next(named("unauthorized_401"))

    tested = opened(browser, "/connections").press("Test it")

    assert "default does not work yet" in tested.words
    assert "it refuses the keys" in tested.words


def test_everything_is_looked_at(service: HostileServer, browser: Browser) -> None:
    """What is in the way comes first, each with its cure."""
    looked = opened(browser, "/connections").press("Look at everything")

    assert "Nothing is in the way" in looked.words
    assert "present and well-formed" in looked.words
    assert service.credentials.api_key not in looked.answer.text


def test_settings_that_cannot_be_read_are_told_everywhere(fresh_machine: Path, browser: Browser) -> None:
    """Runs can be looked at all the same."""
    (fresh_machine / "hotline-batch.toml").write_text("endpoint = 7\n", "utf-8")

    for address in ("/", "/runs", "/connections"):
        page = opened(browser, address)
        assert 200 == page.answer.status
        assert "The settings cannot be used as they are" in page.words


def test_without_a_connection_practice_is_offered(browser: Browser) -> None:
    """By one click."""
    page = opened(browser, "/")
    assert "No connection is set up yet" in page.words

    practising = page.press("Practise")

    assert "nothing on this page is sent for real" in practising.answer.text
    assert "No connection is set up yet" not in practising.words


def test_practice_remembers_its_mishaps(browser: Browser) -> None:
    """Those alone that there are; switched off, nothing is left."""
    browser.post("/practice", [("is_on", "yes"), ("mishap", "lost_reply"), ("mishap", "made_up"), ("back", "/runs")])
    page = opened(browser, "/practice")
    assert ["lost_reply"] == [box.get("value") for box in page.tree.xpath("//input[@checked]")]

    page.press("Stop practising")

    assert "for real" not in browser.get("/runs").text


@pytest.mark.parametrize("code", RECORDS)
def test_every_code_is_explained(browser: Browser, code: str) -> None:
    """What it means, whether it was delivered, what to do."""
    page = opened(browser, f"/help/{code}")

    assert RECORDS[code].meaning in page.words
    assert "(resolve)" not in page.words
    assert "What to do" in page.words


def test_reasons_can_be_searched(browser: Browser) -> None:
    """By words of their meaning and of what to do."""
    assert "reply_lost" in opened(browser, "/help?words=connection+broke").words
    assert "No reason speaks of that" in opened(browser, "/help?words=zebra").words
    assert 404 == browser.get("/help/zebra").status


def test_program_is_ended_from_the_page(served: PageServer, browser: Browser) -> None:
    """Its last page says that runs go on."""
    answer = browser.post("/end")

    assert "Runs go on by themselves" in answer.text
    until = time.monotonic() + 120
    with suppress(OSError):
        while browser.get("/"):
            assert time.monotonic() < until


def test_settings_that_name_a_sandbox_are_practice_everywhere(
    fresh_machine: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the switch says."""
    assert "for real" not in browser.get("/runs").text
    for name, value in (
        ("ENDPOINT", "http://127.0.0.1:9/x"),
        ("X_API_KEY", SANDBOX_TOKEN),
        ("INSTANCE", "1"),
        ("API_KEY", "k"),
    ):
        monkeypatch.setenv(f"HOTLINE_{name}", value)

    for address in ("/", "/runs", "/help", "/nothing"):
        assert "the settings name a pretend service" in browser.get(address).text


@pytest.mark.parametrize(("rate", "told"), [("2000/d", "2,000 a day"), ("1/h", "1 an hour"), ("18/min", "18 a minute")])
def test_pace_is_told_in_words(
    service: HostileServer, browser: Browser, fresh_machine: Path, rate: str, told: str
) -> None:
    """Whatever its time is: where connections are told, and beside the button."""
    (fresh_machine / "hotline-batch.toml").write_text(f'send_rate = "{rate}"\n', "utf-8")

    assert f"{told} at most" in opened(browser, "/connections").words
    assert told in hand_in(browser, "list.csv", b"user_id,message\n987654321,Hallo\n").words


def test_who_hears_of_runs_is_shown_by_service_and_host_and_can_be_tried(
    fresh_machine: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No part of an address that is secret; who took the test message, and who did not."""
    with Webhook() as hook:
        monkeypatch.setenv("NEWS_ADDRESS", hook.address)
        (fresh_machine / "hotline-batch.toml").write_text(
            'notify = ["env:NEWS_ADDRESS", "json://127.0.0.1:1/another-token"]\n', "utf-8"
        )
        page = opened(browser, "/connections")
        tried = page.press("Send them a test message")

        assert ["Test message of hotline-batch"] == list(hook.titles)
    assert 2 == page.words.count("webhook via 127.0.0.1")
    assert "nobody takes the connection there." in tried.words
    assert not any(secret in page.answer.text + tried.answer.text for secret in (TOKEN, "another-token"))


def test_that_nobody_hears_of_runs_is_said(browser: Browser) -> None:
    assert "Nobody is told when a run ends" in opened(browser, "/connections").words
