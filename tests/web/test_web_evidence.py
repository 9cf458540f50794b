"""Telegram's export, handed in on the page of a run: it says which messages in doubt arrived, and settles those."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

import hotline_batch
from hotline_batch.application.runs.progress import run_progress
from hotline_batch.model import RunSummary, Status
from hotline_batch.sandbox.server import Sandbox
from tests.support.page_forms import Visit, opened
from tests.support.page_server import Browser, PageServer

ROWS = 60
BUTTON = "See what it tells"


@pytest.fixture
def sandbox(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A service that loses some answers, after and before the message was posted."""
    with Sandbox(mishaps={"lost_reply": 0.08, "closed_early": 0.05}, seed=5) as running:
        values = {"ENDPOINT": running.url, "X_API_KEY": running.x_api_key, "INSTANCE": running.instance}
        for name, value in (values | {"API_KEY": running.api_key}).items():
            monkeypatch.setenv(f"HOTLINE_{name}", value)
        yield running


@pytest.fixture
def summary(sandbox: Sandbox, fresh_machine: Path) -> RunSummary:
    """A run with rows in doubt, and the group as it was exported afterwards."""
    people = sandbox.world.people[:ROWS]
    with (fresh_machine / "people.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(person.user_id, person.name, f"Order {person.user_id % 9973} is ready.") for person in people]
        csv.writer(file).writerows([("user_id", "Name", "message"), *rows])
    done = hotline_batch.send_sheet("people.csv", output="out.csv", rate="500/s", max_errors="90%", concurrency=1)
    sandbox.export(fresh_machine / "result.json")
    return done


@pytest.fixture
def page(summary: RunSummary, browser: Browser) -> Visit:
    """The page of that run."""
    assert summary.counts[Status.UNKNOWN]
    return opened(browser, f"/runs/{summary.run}")


def in_doubt(served: PageServer, page: Visit) -> int:
    """How many rows of that run are in doubt."""
    return run_progress(served.site.settings(), page.address.split("/")[2]).counts[Status.UNKNOWN]


def test_export_settles_what_it_proves(page: Visit, served: PageServer, sandbox: Sandbox, fresh_machine: Path) -> None:
    """First it is shown; a second click settles it, and nothing is sent by either."""
    before, posted = in_doubt(served, page), len(sandbox.world.messages)

    seen = page.upload(BUTTON, "result.json", (fresh_machine / "result.json").read_bytes())
    assert 200 == seen.answer.status
    assert before == in_doubt(served, page)
    assert "arrived" in seen.words
    settled = seen.press("Settle")

    assert before > in_doubt(served, page)
    assert "What people said" in settled.words
    assert posted == len(sandbox.world.messages)


def test_old_findings_settle_nothing(page: Visit, served: PageServer, fresh_machine: Path) -> None:
    """A second click, or a made-up name."""
    seen = page.upload(BUTTON, "result.json", (fresh_machine / "result.json").read_bytes())
    seen.press("Settle")
    after = in_doubt(served, page)

    again = seen.press("Settle")
    page.browser.post(f"{page.address}/evidence/settle", {"name": "guess"})

    assert 200 == again.answer.status
    assert after == in_doubt(served, page)


@pytest.mark.parametrize("content", [b"", b"{}", b"<html>", b'{"name": "Chat", "messages": ['])
def test_file_that_is_no_export_is_said(page: Visit, served: PageServer, content: bytes) -> None:
    """With how to make one, and without the place where it was kept for a moment."""
    before = in_doubt(served, page)

    told = page.upload(BUTTON, "wrong.json", content)

    assert 422 == told.answer.status
    assert "This file tells nothing" in told.words
    assert "/tmp" not in told.words  # noqa: S108 - as it must not be told
    assert before == in_doubt(served, page)
