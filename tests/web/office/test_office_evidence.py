"""Telegram's export on the page of an office: what one person compares is no concern of another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import hotline_batch
from hotline_batch.application.office.acting import acting_as
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.model.jobs import Status
from hotline_batch.sandbox.export import export_text
from hotline_batch.sandbox.server import Sandbox
from tests.support.page.office_server import OfficeBrowser, OfficeServer
from tests.support.sandbox_connection import connect_to
from tests.web.office.conftest import person

ROWS = 8
MOST_KEPT = 8


@pytest.fixture
def sandbox(office_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as running:
        connect_to(running, office_machine, monkeypatch)
        yield running


@pytest.fixture
def run(sandbox: Sandbox, office: OfficeServer, office_machine: Path) -> str:
    """A run of Anna's with one row in doubt."""
    people = sandbox.world.people[:ROWS]
    sandbox.faults.lose_reply(user_id=people[2].user_id)
    sheet = office_machine / "list.csv"
    lines = [f"{each.user_id},Dear {each.name}!" for each in people]
    sheet.write_text("\n".join(["user_id,message", *lines]), "utf-8")
    with acting_as(person(office, "anna")):
        return hotline_batch.send_sheet(sheet, rate="200/s").run


def compared(browser: OfficeBrowser, run: str, sandbox: Sandbox) -> str:
    """The name under which the page keeps what the export said."""
    export = export_text(sandbox.world).encode()
    shown = browser.upload(f"/runs/{run}/evidence", "result.json", export, {}, field_name="file")
    found = re.search(r'name="found" value="([^"]+)"', shown.text)
    assert found is not None, shown.text
    return found[1]


def test_what_others_compare_takes_nothing_away(sandbox: Sandbox, run: str, office: OfficeServer) -> None:
    """Anna looks at hers for a while, and Ben compares as many as are kept of one person."""
    anna, ben = office.signed_in("anna"), office.signed_in("ben")
    name = compared(anna, run, sandbox)
    for _ in range(MOST_KEPT):
        compared(ben, run, sandbox)

    answer = anna.post(f"/runs/{run}/evidence/settle", {"found": name})

    assert 303 == answer.status, answer.text
    with acting_as(person(office, "anna")):
        assert {Status.SENT: ROWS} == {
            status: rows for status, rows in run_progress(office.settings(), run).counts.items() if rows
        }
