"""A correction on the page: written, looked at with to whom it goes and to whom not, sent once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline_batch.application.corrections.plan_correction import plan_correction
from hotline_batch.application.corrections.request import CorrectionRequest, PlannedCorrection
from hotline_batch.application.runs.going_on import PersonsWord, settle_rows
from hotline_batch.application.templates import keep_template
from hotline_batch.ledger.corrections import add_correction
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RunState
from hotline_batch.settings.model import Settings
from tests.support.ledgers.finished_runs import FIRST_USER, NAMES, send_list
from tests.support.page.page_forms import Visit, hand_in, opened
from tests.support.page.page_runs import becomes, run_of, write_connections_that_ask
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.hostile_server import HostileServer

REACHED = {FIRST_USER + place for place in range(len(NAMES))} - {FIRST_USER + 1, FIRST_USER + 3}


@pytest.fixture
def sent(service: HostileServer, fresh_machine: Path) -> RunSummary:
    """A run of seven rows: row 3 is in doubt, row 5 was refused, row 8 cannot be used, four got the message."""
    return send_list(service, fresh_machine, {3: "close_unanswered_applied", 5: "blocked_by_user_403"})


@pytest.fixture
def form(sent: RunSummary, browser: Browser) -> Visit:
    """What the correction is to say, as the page of the run leads there."""
    return opened(browser, f"/runs/{sent.run}").follow("Send a correction…")


def corrected(service: HostileServer) -> list[int]:
    """Who got a correction, once for each time."""
    return sorted(event.user_id for event in service.applied if event.message.startswith("Sorry"))


def test_correction_is_shown_then_sent(
    form: Visit, sent: RunSummary, served: PageServer, service: HostileServer
) -> None:
    """To whom, to whom not and why, with the first messages; nothing leaves before the button is pressed."""
    shown = form.fill("text", "Sorry, {{ Name }}: at 9, not at 8.").press("See to whom it goes")
    assert [] == corrected(service)
    for told in ("Send this correction to 4 rows?", f"Sorry, {NAMES[0]}: at 9", "failed to deliver", "is not known"):
        assert told in shown.words

    page = shown.press("Send 4 corrections")

    becomes(served.site.settings(), page, {Status.SENT: 4, Status.SKIPPED: 3})
    assert sorted(REACHED) == corrected(service)
    assert f"A correction of this run: {sent.run}" in page.reload().words
    assert f"Corrected by: {run_of(page)}" in opened(page.browser, f"/runs/{sent.run}").words


def test_correction_that_has_to_wait_says_until_when(form: Visit, fresh_machine: Path) -> None:
    """Whoever presses the button would wait for it otherwise, and wonder."""
    opens = (datetime.now(UTC) + timedelta(hours=2)).hour
    file = fresh_machine / "hotline-batch.toml"
    times = f'timezone = "UTC"\nbetween = "{opens:02}:00-{(opens + 1) % 24:02}:00"\n'
    file.write_text(f"{times}{file.read_text('utf-8')}", "utf-8")

    shown = form.fill("text", "Sorry").press("See to whom it goes")

    assert f"Only {opens:02}:00" in shown.words
    assert re.search(rf"Begins (today|tomorrow), {opens:02}:00", shown.words)


@pytest.mark.parametrize(("tick", "kept"), [("yes", ("00:00-23:59", "mon-sun")), ("", (None, None))])
def test_correction_keeps_to_the_hours_of_the_run_unless_somebody_says_otherwise(
    service: HostileServer, browser: Browser, served: PageServer, tick: str, kept: tuple[str | None, str | None]
) -> None:
    """Somebody chose that nobody is disturbed outside of them; what is urgent goes at once."""
    settings = served.site.settings()
    page = hand_in(browser, "list.csv", b"user_id,message\n1000001,Hello\n1000002,Hello\n")
    page = page.fill("opens", "00:00").fill("closes", "23:59").fill("days", "mon-sun").press("Keep these times")
    page = page.press("Send 2 messages")
    becomes(settings, page, {Status.SENT: 2})
    form = opened(browser, f"/runs/{run_of(page)}").follow("Send a correction…")
    ticks = form.tree.xpath("//input[@name='keeps_hours' and @checked]")

    shown = form.fill("text", "Sorry").fill("keeps_hours", tick).press("See to whom it goes")
    correction = shown.press("Send 2 corrections")

    assert 1 == len(ticks)
    assert "Only in the hours of this run 00:00–23:59; Mon–Sun" in form.words
    assert ("Only 00:00–23:59" in shown.words) is bool(tick)
    with Ledger(settings.ledger) as ledger:
        limits = ledger.run(run_of(correction)).options.limits
    assert kept == (limits.between, limits.days)
    becomes(settings, correction, {Status.SENT: 2})


def test_letters_that_nobody_sees_are_told_before_anything_is_sent(form: Visit) -> None:
    """They may turn what is read round: 8 is no 9 then."""
    shown = form.fill("text", "at \u202e8\u202c").press("See to whom it goes")

    assert "at \\u202e8\\u202c" in shown.words


def test_two_clicks_send_once(form: Visit, served: PageServer, service: HostileServer) -> None:
    """Both at one moment: one run, one message each."""
    shown = form.fill("text", "Sorry").press("See to whom it goes")

    with ThreadPoolExecutor(2) as clicks:
        pages = [each.result() for each in [clicks.submit(shown.press, "Send 4 corrections") for _ in range(2)]]

    page = next(page for page in pages if page.address.startswith("/runs/") and page.answer.status == 200)
    settings = served.site.settings()
    page = opened(page.browser, f"/runs/{_newest(page)}")
    becomes(settings, page, {Status.SENT: 4, Status.SKIPPED: 3})
    assert sorted(REACHED) == corrected(service)
    assert 303 == shown.browser.post(shown.tree.xpath("//main//form")[0].get("action"), _fields(shown)).status
    assert sorted(REACHED) == corrected(service)


def _newest(page: Visit) -> str:
    found = opened(page.browser, "/runs").tree.xpath("//main//a[starts-with(@href, '/runs/')]/@href")
    return str(found[0]).split("/")[2].partition("?")[0]


def _fields(page: Visit) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in page.tree.xpath("//main//form")[0].form_values()]


def test_correction_that_a_death_left_half_planned_is_in_nobodys_way(
    form: Visit, sent: RunSummary, served: PageServer, service: HostileServer
) -> None:
    """It might be begun by somebody at this moment, so the figures are seen once more; then it is sent."""
    settings = served.site.settings()
    with Ledger(settings.ledger) as ledger:
        dead = replace(ledger.run(sent.run), id="20260101-000000-dead", state=RunState.PLANNING)
        add_correction(ledger, dead, sent.run, 1)

    shown = form.fill("text", "Sorry").press("See to whom it goes").press("Send 4 corrections")
    page = shown.press("Send 4 corrections")

    assert "Something has changed meanwhile" in shown.words
    becomes(settings, page, {Status.SENT: 4, Status.SKIPPED: 3})
    assert sorted(REACHED) == corrected(service)


def test_second_correction_is_refused_and_says_what_can_be_done(
    form: Visit, served: PageServer, service: HostileServer
) -> None:
    page = form.fill("text", "Sorry").press("See to whom it goes").press("Send 4 corrections")
    becomes(served.site.settings(), page, {Status.SENT: 4, Status.SKIPPED: 3})

    refused = form.reload().fill("text", "Sorry again").press("See to whom it goes")
    nobody = refused.fill("again", "yes").press("See to whom it goes")

    assert "was corrected already" in refused.words
    assert "Choose to reach those whom it did not reach." in refused.words
    assert "nobody to correct" in nobody.words
    assert sorted(REACHED) == corrected(service)


def test_what_changed_since_it_was_shown_is_shown_again(
    form: Visit, sent: RunSummary, served: PageServer, service: HostileServer
) -> None:
    """A row in doubt was settled as delivered meanwhile: it is one more than was agreed to."""
    shown = form.fill("text", "Sorry").press("See to whom it goes")
    settle_rows(served.site.settings(), sent.run, PersonsWord.DELIVERED, "3", "")

    again = shown.press("Send 4 corrections")

    assert "Something has changed meanwhile" in again.words
    assert "Send this correction to 5 rows?" in again.words
    assert [] == corrected(service)


def test_template_that_was_changed_since_it_was_shown_is_shown_again(
    form: Visit, served: PageServer, service: HostileServer
) -> None:
    """Its name is the same, its text is not: nobody gets a text that nobody saw."""
    keep_template("apology", "Sorry, {{ Name }}: at 9.")
    shown = form.fill("template", "apology").press("See to whom it goes")
    assert f"Sorry, {NAMES[0]}: at 9." in shown.words
    keep_template("apology", "Sorry, {{ Name }}: never.", before="apology")

    again = shown.press("Send 4 corrections")

    assert "Something has changed meanwhile" in again.words
    assert f"Sorry, {NAMES[0]}: never." in again.words
    assert [] == corrected(service)
    becomes(served.site.settings(), again.press("Send 4 corrections"), {Status.SENT: 4, Status.SKIPPED: 3})
    assert {"never."} == {event.message.split(": ")[1] for event in service.applied if "Sorry" in event.message}


def test_template_that_is_changed_while_the_correction_is_planned_is_shown_again(
    form: Visit, served: PageServer, service: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was still the same when the button was pressed; the plan that nobody saw is forgotten."""
    keep_template("apology", "Sorry, {{ Name }}: at 9.")
    shown = form.fill("template", "apology").press("See to whom it goes")

    def changed_before(request: CorrectionRequest, settings: Settings) -> PlannedCorrection:
        keep_template("apology", "Sorry, {{ Name }}: never.", before="apology")
        return plan_correction(request, settings)

    monkeypatch.setattr("hotline_batch.web.screens.correction.plan_correction", changed_before)
    again = shown.press("Send 4 corrections")

    assert "Something has changed meanwhile" in again.words
    assert f"Sorry, {NAMES[0]}: never." in again.words
    assert [] == corrected(service)
    becomes(served.site.settings(), again.press("Send 4 corrections"), {Status.SENT: 4, Status.SKIPPED: 3})


def test_correction_of_practice_is_what_was_seen(browser: Browser, served: PageServer) -> None:
    """Each look at it has a pretend Hotline of its own; that is no change."""
    browser.post("/practice", {"is_on": "yes"})
    sent = hand_in(browser, "list.csv", b"user_id,message\n1000001,Hallo\n").press("Send 1 message in practice")
    becomes(served.site.settings(), sent, {Status.SENT: 1})

    shown = sent.reload().follow("Send a correction…").fill("text", "Sorry").press("See to whom it goes")

    becomes(served.site.settings(), shown.press("Send 1 correction"), {Status.SENT: 1})


@pytest.mark.parametrize(
    ("text", "told"), [("", "The correction has no text yet"), ("{{ Nam }}", "no such column"), (" ", "no text yet")]
)
def test_what_cannot_be_sent_comes_back_with_why(form: Visit, text: str, told: str) -> None:
    page = form.fill("text", text).press("See to whom it goes")

    assert told in page.words
    assert 422 == page.answer.status
    assert page.title.startswith("Error: ")
    assert told in " ".join(page.tree.xpath("//*[@role='alert']")[0].text_content().split())


def test_one_wrong_name_of_two_is_told_and_the_right_one_is_kept(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """Both connections ask for their names; each in its turn would never be both."""
    write_connections_that_ask(fresh_machine, service, "north", "south")
    rows = [f"{FIRST_USER + row},Hallo {row},{('north', 'south')[row]}" for row in range(2)]
    page = hand_in(browser, "list.csv", "\n".join(["user_id,message,connection", *rows]).encode()).press("north")
    page = page.fill("confirm.1", "north").fill("confirm.2", "south").press("Send 2 messages")
    becomes(served.site.settings(), page, {Status.SENT: 2})
    form = opened(browser, f"/runs/{run_of(page)}").follow("Send a correction…")
    asked = form.fill("text", "Sorry").press("See to whom it goes").press("Send 2 corrections")
    assert "type their names" in asked.words
    fields = [pair for pair in _fields(asked) if pair[0] != "confirm"]

    names = [("confirm", "north"), ("confirm", "South")]
    told = Visit(browser, asked.address, browser.post(form.address, [*fields, *names]))

    assert ["That is not the name"] == [each.findtext("h2") for each in told.tree.xpath("//main//*[@role='alert']")]
    assert ["north"] == told.tree.xpath("//input[@name='confirm' and @type='hidden']/@value")
    assert 1 == len(told.tree.xpath("//input[@name='confirm' and @type='text']"))
    assert [] == corrected(service)
    answer = browser.post(form.address, [*_fields(told), ("confirm", "south")])
    assert 303 == answer.status
    becomes(served.site.settings(), opened(browser, answer.headers["location"]), {Status.SENT: 2})


def test_text_can_be_changed_after_it_was_looked_at(form: Visit, service: HostileServer) -> None:
    """A browser forgets it on the way back where the page is served with TLS."""
    shown = form.fill("text", "Sorry, {{ Name }}").fill("include_unknown", "yes").press("See to whom it goes")

    again = shown.press("Change it")

    assert "Sorry, {{ Name }}" == again.tree.xpath("//textarea")[0].text.strip()
    assert 1 == len(again.tree.xpath("//input[@name='include_unknown' and @checked]"))
    assert [] == corrected(service)
