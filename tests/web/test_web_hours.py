"""A sheet that is sent later, or within hours: chosen before, seen while it waits, stopped at once."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hotline_batch.opening_hours.week import Week, hours_words
from tests.support.page.page_forms import Visit, opened
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.hostile_server import HostileServer


@pytest.fixture
def page(service: HostileServer, browser: Browser) -> Visit:
    """A sheet of three people, looked at."""
    sheet = "\n".join(["user_id,message", *(f"{987654321 + row},Message {row}" for row in range(3)), ""])
    return opened(browser, "/").upload("Check", "three.csv", sheet.encode())


def until(page: Visit, words: str) -> Visit:
    end = time.monotonic() + 180
    while words not in (page := page.reload()).words:
        assert time.monotonic() < end, page.words
        time.sleep(0.2)
    return page


def test_a_sheet_is_sent_on_another_day_and_says_when_while_it_waits(page: Visit, service: HostileServer) -> None:
    """The button sends the same messages; the run's page, and the list, tell until when it waits; a stop ends it."""
    another_day = datetime.now().astimezone() + timedelta(days=3)  # neither tomorrow nor, past midnight, the day after
    begins = f"{another_day:%Y-%m-%dT}09:00"
    day = f"{another_day.day} {another_day:%b %Y}, 09:00"

    page.fill("at", begins)
    page = page.press("Keep these times")
    confirmed = page.words
    kept = page.tree.xpath("//input[@name='at']")[0].get("value")
    run = page.press("Send 3 messages")
    waiting = until(run, "It waits, and goes on by itself")
    listed = opened(run.browser, "/runs").words
    stopped = until(waiting.press("Stop"), "Go on with")

    assert f"Begins {day}" in confirmed
    assert f"Ends about {day}" in confirmed
    assert begins == kept
    assert f"goes on by itself: {day}" in waiting.words
    assert "Ends about" in waiting.words
    assert f"waits until {day}" in listed
    assert "3" in stopped.words
    assert [] == service.requests


def test_hours_and_days_are_chosen_and_taken_back(page: Visit) -> None:
    """What is chosen stands beside the pace; empty fields leave it to the settings."""
    page.fill("opens", "09:00")
    page.fill("closes", "18:00")
    page.fill("days", "mon-fri")
    page.fill("holidays", "de-by")
    page = page.press("Keep these times")
    chosen = page.words
    fields = [_value(page, name) for name in ("opens", "closes", "holidays")]

    for name in ("opens", "closes", "days", "holidays"):
        page.fill(name, "")
    page = page.press("Keep these times")

    assert "Only 09:00–18:00; Mon–Fri; not on holidays (DE-BY)" in chosen
    assert ["09:00", "18:00", "DE-BY"] == fields
    assert "Only 09:00" not in page.words


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"at": "2020-01-01T09:00"}, "The time at which it is to begin has passed"),
        ({"at": "0026-12-01T09:00"}, "The time at which it is to begin has passed"),
        ({"at": "0001-01-01T00:00"}, "The time at which it is to begin has passed"),
        ({"at": "9999-12-31T23:59"}, "The time at which it is to begin has passed, or is none"),
        ({"opens": "09:00"}, "Say both, from when and until when"),
        ({"opens": "09:00", "closes": "09:00"}, "Say both, from when and until when"),
        ({"opens": "09:00", "closes": "18:00", "holidays": "Bavaria"}, "Not on holidays of: 'Bavaria' is no country"),
        ({"days": "mon-fri", "holidays": "DE-XX"}, "the holidays of DE-XX are not known. Known regions: BB, BE"),
    ],
)
def test_times_that_cannot_be_are_refused_where_they_were_said(page: Visit, fields: dict[str, str], said: str) -> None:
    """What was typed stands there still, to be mended; nothing of it counts, and nothing is sent beside it."""
    for name, text in fields.items():
        page.fill(name, text)

    refused = page.press("Keep these times")

    assert said in refused.words
    assert fields == {name: _value(refused, name) for name in fields}
    assert refused.tree.xpath("//details[@open][.//input[@name='at']]")
    assert [] == [button for button in refused.buttons if button.startswith("Send")]
    assert any(button.startswith("Send") for button in refused.follow("Go on without it").buttons)
    assert "Only " not in page.reload().words.partition("Later, or within hours")[0].partition("Pace")[2]


def _value(page: Visit, name: str) -> str:
    """What stands in a field, or is chosen there."""
    chosen = page.tree.xpath(f"//select[@name='{name}']/option[@selected]/@value")
    return str(chosen[0] if chosen else page.tree.xpath(f"//*[@name='{name}']")[0].get("value"))


def test_hours_of_the_settings_are_told_before_anything_is_sent(
    service: HostileServer, browser: Browser, fresh_machine: Path, served: PageServer
) -> None:
    """On which day, and when it begins."""
    other_days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    day = other_days[(datetime.now().astimezone().weekday() + 3) % 7]
    (fresh_machine / "hotline-batch.toml").write_text(f'days = "{day}"\n', "utf-8")
    sheet = b"user_id,message\n987654321,Hello\n"

    page = opened(browser, "/").upload("Check", "one.csv", sheet)

    assert f"Only {day.title()}" in page.words
    assert "Begins" in page.words


def test_hours_that_never_come_are_told_and_can_be_mended(
    service: HostileServer, browser: Browser, fresh_machine: Path
) -> None:
    """Chosen hours that are none of the connection's: nothing can be sent before others are chosen."""
    keys = 'instance = "13209946874612345"\napi_key = "env:HOTLINE_API_KEY"\nbetween = "09:00-10:00"\n'
    (fresh_machine / "hotline-batch.toml").write_text(f"[connections.bot]\n{keys}", "utf-8")
    page = opened(browser, "/").upload("Check", "one.csv", b"user_id,message\n987654321,Hello\n")
    page.fill("opens", "11:00")
    page.fill("closes", "12:00")

    refused = page.press("Keep these times")

    assert "Nothing may ever leave through the connection 'bot'" in refused.words, refused.words
    assert not [button for button in refused.buttons if button.startswith("Send 1")]
    assert "Send 1 message" in refused.press("Take the times back").buttons


@pytest.mark.parametrize(
    ("week", "told"),
    [
        (
            ("9-12,13-18", "mon,wed,sat", "DE-BY"),
            "09:00–12:00 and 13:00–18:00; Mon, Wed and Sat; not on holidays (DE-BY)",
        ),
        ((None, "mon-fri", None), "Mon–Fri"),
        (("22-6", None, "none"), "22:00–06:00"),
    ],
)
def test_hours_are_told_as_a_person_says_them(week: tuple[str | None, ...], told: str) -> None:
    assert told == hours_words(Week.parse(*week))
