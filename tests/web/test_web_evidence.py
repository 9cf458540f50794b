"""Telegram's export is dropped on an ended run: what it proves is shown, and settled by one button."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import hotline_batch
from hotline_batch.application.runs.views.progress import run_progress, wait_for_run
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.sandbox.export import export_text
from hotline_batch.sandbox.server import Sandbox
from tests.support.page.page_server import Answer, Browser, PageServer
from tests.support.sandbox_connection import connect_to

ROWS = 12
LOST, NOT_POSTED, TWICE = 3, 7, 9


@pytest.fixture
def sandbox(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A service that loses one answer, loses one message, and posts one twice."""
    with Sandbox() as running:
        connect_to(running, fresh_machine, monkeypatch)
        yield running


@pytest.fixture
def sent(sandbox: Sandbox, fresh_machine: Path) -> RunSummary:
    people = sandbox.world.people[:ROWS]
    for row, mishap in ((LOST, "lost_reply"), (NOT_POSTED, "closed_early"), (TWICE, "posted_twice")):
        sandbox.faults.plan(mishap, user_id=people[row - 2].user_id)
    with (fresh_machine / "list.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user_id", "Name", "message"))
        writer.writerows((person.user_id, person.name, f"Dear {person.name}!") for person in people)
    return hotline_batch.send_sheet(fresh_machine / "list.csv")


def drop(browser: Browser, run: str, content: bytes, name: str = "result.json") -> Answer:
    return browser.upload(f"/runs/{run}/evidence", name, content, {}, field_name="file")


def counts(served: PageServer, run: str) -> dict[Status, int]:
    return {status: rows for status, rows in run_progress(served.site.settings(), run).counts.items() if rows}


def test_export_settles_rows_in_doubt_by_one_button(
    sandbox: Sandbox, sent: RunSummary, served: PageServer, browser: Browser
) -> None:
    """What it says is shown first; what was posted twice is listed, with links."""
    asked = browser.get(f"/runs/{sent.run}").text
    shown = drop(browser, sent.run, export_text(sandbox.world).encode())

    assert 'enctype="multipart/form-data"' in asked
    assert 200 == shown.status
    assert "2 of 2 rows in doubt can be settled." in shown.text
    assert "The message is there twice." in shown.text
    assert {Status.SENT: ROWS - 2, Status.UNKNOWN: 2} == counts(served, sent.run)

    name = re.search(r'name="found" value="([^"]+)"', shown.text)
    assert name
    settled = browser.post(f"/runs/{sent.run}/evidence/settle", {"found": name[1]})

    assert 303 == settled.status
    assert {Status.SENT: ROWS - 1, Status.FAILED: 1} == counts(served, sent.run)
    assert "SHA-256" in browser.get(f"/runs/{sent.run}").text


@pytest.mark.parametrize("button", ["settle", "look"])
def test_nothing_is_settled_by_a_name_that_nobody_gave(
    sent: RunSummary, served: PageServer, browser: Browser, button: str
) -> None:
    """Nor by one that is not kept any more; whoever pressed the button reads why."""
    answer = browser.post(f"/runs/{sent.run}/evidence/{button}", {"found": "guessed"})

    assert 400 == answer.status
    assert "not kept any more, so nothing was done. Choose the export once more." in answer.text
    assert 2 == counts(served, sent.run)[Status.UNKNOWN]


@pytest.mark.parametrize("content", [b"<html></html>", b"", b'{"name": "x"'])
def test_file_that_cannot_be_used_is_refused_with_its_cure(
    sent: RunSummary, served: PageServer, browser: Browser, content: bytes
) -> None:
    """In the name that the person gave it, without a command."""
    shown = drop(browser, sent.run, content, "messages.html")

    assert 400 == shown.status
    assert "messages.html" in shown.text
    assert "hotline-batch-" not in shown.text
    assert "--" not in re.sub(r"<[^>]*>", "", shown.text)
    assert 2 == counts(served, sent.run)[Status.UNKNOWN]


def test_row_in_doubt_leads_to_the_topic_that_an_earlier_reply_named(
    sandbox: Sandbox, fresh_machine: Path, browser: Browser
) -> None:
    """So that it can be looked into."""
    person = sandbox.world.people[20]
    sheet = fresh_machine / "one.csv"
    sheet.write_text(f"user_id,message\n{person.user_id},first\n", "utf-8")
    hotline_batch.send_sheet(sheet)
    sandbox.faults.lose_reply(user_id=person.user_id)
    sheet.write_text(f"user_id,message\n{person.user_id},second\n", "utf-8")

    again = hotline_batch.send_sheet(sheet, output=fresh_machine / "two.csv")

    topic = sandbox.world.topic_of(person.user_id)
    assert topic is not None
    assert f'href="{topic.link}"' in browser.get(f"/runs/{again.run}").text


def test_two_exports_at_once_are_not_compared(sent: RunSummary, browser: Browser) -> None:
    """One after the other they would be one file that says something else than either."""
    answer = browser.upload_all(
        f"/runs/{sent.run}/evidence", [("result.json", b"{}"), ("other.json", b"{}")], {}, field_name="file"
    )

    assert 400 == answer.status
    assert "Several files were chosen." in answer.text


def test_topics_that_decide_more_are_looked_up_by_one_button(
    sandbox: Sandbox, fresh_machine: Path, served: PageServer, browser: Browser
) -> None:
    """One text for all, and nobody knows whose the topics of the rows in doubt are: the service tells, at its pace."""
    (fresh_machine / "hotline-batch.toml").write_text('send_rate = "200/s"\nenrich_rate = "20/s"\n', "utf-8")
    people = sandbox.world.people[:ROWS]
    for row, mishap in ((LOST, "lost_reply"), (NOT_POSTED, "closed_early")):
        sandbox.faults.plan(mishap, user_id=people[row - 2].user_id)
    sheet = fresh_machine / "all.csv"
    sheet.write_text("\n".join(["user_id,message", *(f"{each.user_id},Closed tomorrow." for each in people)]), "utf-8")
    run = hotline_batch.send_sheet(sheet).run
    export = export_text(sandbox.world).encode()

    before = drop(browser, run, export).text
    name = re.search(r'name="found" value="([^"]+)"', before)
    assert name
    asked = browser.post(f"/runs/{run}/evidence/look", {"found": name[1]})
    look_ups = asked.headers["location"].removeprefix("/runs/")
    wait_for_run(served.site.settings(), look_ups, 180.0)
    after = drop(browser, run, export).text
    again = browser.post(f"/runs/{run}/evidence/look", {"found": name[1]})

    assert "0 of 2 rows in doubt can be settled." in before
    assert "Look 1 topic up" in before
    assert 303 == asked.status
    assert {Status.ENRICHED: 1} == counts(served, look_ups)
    assert "2 of 2 rows in doubt can be settled." in after
    assert "topic up" not in after
    assert f"/runs/{run}" == again.headers["location"]
