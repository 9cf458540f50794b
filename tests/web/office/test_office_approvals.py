"""Two pairs of eyes on the page: what one prepared, another sees, approves or rejects; and nobody goes round it."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from hotline_batch.application.batch import request_from
from hotline_batch.application.exports.audit import who_did_what
from hotline_batch.application.office.acting import acting_as
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.runs.start import leave_for_approval
from hotline_batch.application.runs.views.listing import list_runs
from hotline_batch.application.runs.views.progress import wait_for_run
from hotline_batch.application.runs.workers import detached
from hotline_batch.application.runs.workers.detached import resume_detached, stop_run
from hotline_batch.errors import NotAllowed, RunInProgress
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.accounts import account_named
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import InboxPlace, RunState
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings
from tests.support.page.office_server import OfficeBrowser, OfficeServer
from tests.support.page.page_forms import hand_in, opened
from tests.support.service.hostile_server import HostileServer
from tests.web.office.conftest import person


@pytest.fixture
def office(careful_office: Callable[[str], OfficeServer]) -> Iterator[OfficeServer]:
    """Anna and Ben prepare and approve, Cleo approves, Lea looks; the connection asks for a second pair of eyes."""
    with careful_office("") as server:
        server.add("adam", Role.ADMINISTER)
        server.add("anna", Role.PREPARE, Role.APPROVE)
        server.add("ben", Role.PREPARE, Role.APPROVE)
        server.add("cleo", Role.APPROVE)
        server.add("lea", Role.LOOK)
        yield server


def prepared_by(office: OfficeServer, name: str, folder: Path, rows: int = 3) -> str:
    """A run that waits for somebody else, as the page leaves it."""
    sheet = folder / f"{name}-{rows}.csv"
    lines = [f"{1_000_001 + number},Order {number} of {name} is <b>ready</b>." for number in range(rows)]
    sheet.write_text("\n".join(["user_id,message", *lines]), "utf-8")
    settings = office.settings()
    with acting_as(person(office, name)):
        request = request_from(Kind.SEND, str(sheet), {"output": str(folder / f"{name}-{rows}.out.csv")})
        planned = plan_run(request, settings)
        leave_for_approval(settings, planned.run.id)
    assert planned.waits_for_approval
    return planned.run.id


def approve(browser: OfficeBrowser, run: str) -> int:
    """Press the button that the page shows; else send what it would send."""
    return browser.post(f"/runs/{run}/approve", {"seen": approval_digest(browser, run)}).status


def approval_digest(browser: OfficeBrowser, run: str) -> str:
    page = browser.get(f"/runs/{run}").text
    seen = re.search(r'/approve"[^>]*>\s*<input type="hidden" name="seen" value="([0-9a-f]+)"', page)
    return seen[1] if seen else ""


def test_button_below_a_sheet_asks_for_approval_and_sends_nothing(office: OfficeServer, service: HostileServer) -> None:
    """Whoever prepares reads what the button does before it is pressed, and what is waited for after it."""
    sheet = b"user_id,message\n1000001,One\n1000002,Two\n1000003,Three\n"

    page = hand_in(office.signed_in("anna"), "list.csv", sheet)

    assert "somebody else\u2019s approval: nothing is sent before" in page.words
    assert [] == [words for words in page.buttons if words.startswith(("Send", "Try"))]
    page = page.press("Ask for approval of 3 messages")
    assert "approv" in page.words
    assert [] == service.applied


def test_another_sees_what_would_be_sent_and_approves_it(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    run = prepared_by(office, "anna", tmp_path)
    ben = office.signed_in("ben")

    first, page = ben.get("/").text, ben.get(f"/runs/{run}").text

    assert "1 run waits for approval" in unescape(first)
    assert f'href="/runs/{run}#approval"' in first
    assert "For your approval: 3 messages" in page
    assert "Order 0 of anna is <b>ready</b>." in unescape(page)
    assert "<b>ready</b>" not in page
    assert "Approve 3 messages" in page
    assert 303 == approve(ben, run)
    progress = wait_for_run(office.settings(), run, 180)
    assert RunState.FINISHED is progress.run.state
    assert 3 == len(service.truth.requests)
    assert "Approved by ben" in ben.get(f"/runs/{run}").text


def test_another_sees_letters_that_turn_the_text_round(office: OfficeServer) -> None:
    """What is approved is what is sent, and not what it looks like."""
    anna = office.signed_in("anna")
    page = hand_in(anna, "list.csv", "user_id,message\n1000001,Pay \u202e001\u202c euros\n".encode())
    page.press("Ask for approval of 1 message")

    shown = opened(office.signed_in("ben"), "/").follow("1 message prepared by anna")

    assert "Pay \\u202e001\\u202c euros" in shown.words


def test_a_run_that_is_in_use_when_it_is_approved_is_told_as_approved(
    office: OfficeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word is kept; that somebody works on the run at this moment is said beside it."""

    def in_use(_ledger: Ledger, run_id: str, _settings: Settings, **_: object) -> None:
        raise RunInProgress(f"Somebody works on {run_id}.")

    run = prepared_by(office, "anna", tmp_path)
    ben = office.signed_in("ben")
    monkeypatch.setattr(detached, "hand_over", in_use)
    seen = approval_digest(ben, run)

    said = ben.post(f"/runs/{run}/approve", {"seen": seen})

    assert 409 == said.status
    assert "It is approved" in said.text
    assert f"Run {run} is approved, and somebody works on it at this moment." in unescape(said.text)
    assert "Approved by ben" in ben.get(f"/runs/{run}").text


@pytest.mark.parametrize("began", ["never", "before"])
def test_a_run_that_was_stopped_while_it_waited_is_not_sent_by_an_approval(
    office: OfficeServer, service: HostileServer, tmp_path: Path, began: str
) -> None:
    """As that of a watched folder, which would have begun by itself; whoever wants it sent all the same goes on."""
    run, settings = prepared_by(office, "anna", tmp_path), office.settings()
    with Ledger(settings.ledger) as ledger:
        ledger.note(run, lambda notes: replace(notes, inbox=InboxPlace()))
        if began == "before":
            ended = {"state": RunState.STOPPED.value, "stop_code": "unreachable", "finished_at": time.time() - 60}
            ledger.change_run(run, **ended)
    ben = office.signed_in("ben")
    seen = approval_digest(ben, run)
    with acting_as(person(office, "anna")):
        stop_run(settings, run)

    said = ben.post(f"/runs/{run}/approve", {"seen": seen})

    assert 409 == said.status
    assert "somebody stopped it while it waited: nothing of it is sent" in unescape(said.text)
    assert RunState.INTERRUPTED is wait_for_run(settings, run, 180).run.state
    assert [] == service.applied
    with acting_as(person(office, "anna")):
        resume_detached(settings, run)
    assert RunState.FINISHED is wait_for_run(settings, run, 180).run.state
    assert 3 == len(service.truth.requests)


@pytest.mark.parametrize("setting", ["dry_run", "sandbox"])
def test_nothing_is_approved_where_the_settings_let_nothing_be_real(
    office: OfficeServer, service: HostileServer, office_machine: Path, tmp_path: Path, setting: str
) -> None:
    """An approval sends at once. It says why not, and the run can still be rejected."""
    run = prepared_by(office, "anna", tmp_path)
    seen = {"seen": digest_of(office.signed_in("ben"), run), "note": "as it is"}
    place = office_machine / "hotline-batch.toml"
    place.write_text(f"{setting} = true\n{place.read_text('utf-8')}", "utf-8")

    refused = office.signed_in("ben").post(f"/runs/{run}/approve", seen)

    assert 409 == refused.status
    assert f"The settings file says {setting} = true, so that nothing is sent for real." in unescape(refused.text)
    assert "approved" not in [entry.action for entry in who_did_what(office.settings(), 50, run=run)]
    assert 303 == office.signed_in("ben").post(f"/runs/{run}/reject", seen).status
    assert [] == service.applied


def test_whoever_approves_can_see_every_row(office: OfficeServer, tmp_path: Path) -> None:
    """Also of a sheet that has more than the first few."""
    run = prepared_by(office, "anna", tmp_path, rows=9)

    rows = opened(office.signed_in("cleo"), f"/runs/{run}").follow("See every row")

    assert 200 == rows.answer.status
    assert all(f"Order {number} of anna" in rows.words for number in range(9))


def test_whoever_prepared_it_can_neither_approve_nor_start_it(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    """Not by the buttons, which are not there, and not by what they would send."""
    run = prepared_by(office, "anna", tmp_path)
    anna = office.signed_in("anna")
    page = anna.get(f"/runs/{run}").text
    digest = "00" * 32

    assert "Waits for approval by another person: 3 messages" in page
    for button in ("Approve 3", "Go on with", "Send 3"):
        assert button not in page
    for address in ("approve", "go-on", "try-again"):
        assert anna.post(f"/runs/{run}/{address}", {"seen": digest}).status in {403, 409}
    assert [] == service.truth.requests


@pytest.mark.parametrize("name", ["lea", "adam"])
def test_whoever_may_not_approve_approves_nothing(
    office: OfficeServer, service: HostileServer, tmp_path: Path, name: str
) -> None:
    run = prepared_by(office, "anna", tmp_path)
    browser = office.signed_in(name)

    for address in ("approve", "reject", "go-on", "try-again", "stop", "ask-again"):
        assert 403 == browser.post(f"/runs/{run}/{address}", {"seen": "00" * 32, "note": "no"}).status
    page = browser.get(f"/runs/{run}").text
    assert "Approve 3" not in page
    assert [] == service.truth.requests


def test_whoever_only_approves_needs_no_other_role(office: OfficeServer, tmp_path: Path) -> None:
    """An approval starts what was prepared; preparing is another matter."""
    run = prepared_by(office, "anna", tmp_path)
    cleo = office.signed_in("cleo")

    assert 303 == approve(cleo, run)
    assert RunState.FINISHED is wait_for_run(office.settings(), run, 180).run.state
    assert 'type="file"' not in cleo.get("/").text


def test_rejection_is_told_with_its_reason(office: OfficeServer, service: HostileServer, tmp_path: Path) -> None:
    run = prepared_by(office, "anna", tmp_path)
    ben = office.signed_in("ben")

    nothing_said = ben.post(f"/runs/{run}/reject", {"note": " "})
    done = ben.post(f"/runs/{run}/reject", {"note": "Row 3 names <another> customer.", "seen": digest_of(ben, run)})

    assert (409, 303) == (nothing_said.status, done.status)
    page = office.signed_in("anna").get(f"/runs/{run}").text
    assert "Rejected by ben" in page
    assert "Row 3 names &lt;another&gt; customer." in page
    assert 409 == office.signed_in("anna").post(f"/runs/{run}/go-on").status
    assert [] == service.truth.requests


def digest_of(browser: OfficeBrowser, run: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', browser.get(f"/runs/{run}").text)
    return found[1] if found else ""


def test_page_that_is_out_of_date_approves_nothing(office: OfficeServer, tmp_path: Path) -> None:
    run = prepared_by(office, "anna", tmp_path)
    ben = office.signed_in("ben")

    for seen in ("", "00" * 32, "no digest", "ff" * 1000):
        assert 409 == ben.post(f"/runs/{run}/approve", {"seen": seen}).status


def test_of_many_who_decide_at_once_one_counts(office: OfficeServer, service: HostileServer, tmp_path: Path) -> None:
    """Several people and several clicks: one decision, one run, each message once; who decided is led to the run."""
    run = prepared_by(office, "anna", tmp_path)
    browsers = [office.signed_in(name) for name in ("ben", "cleo", "ben", "cleo")]
    seen = digest_of(browsers[0], run)
    statuses: list[int] = []
    clicks = [
        threading.Thread(target=lambda b=b: statuses.append(b.post(f"/runs/{run}/approve", {"seen": seen}).status))
        for b in browsers
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()

    decided = [entry.by for entry in who_did_what(office.settings(), 200, run=run) if entry.action == "approved"]
    assert 1 == len(decided)
    assert [303, 303, 409, 409] == sorted(statuses)
    wait_for_run(office.settings(), run, 180)
    assert 3 == len(service.truth.requests)


def test_several_people_work_at_once(office: OfficeServer, service: HostileServer, tmp_path: Path) -> None:
    """Each prepares, each approves the other's; everything is sent once, and the audit tells who did what."""
    runs = {name: prepared_by(office, name, tmp_path, rows) for name, rows in (("anna", 4), ("ben", 5))}
    browsers = {name: office.signed_in(name) for name in ("anna", "ben")}
    other = {"anna": "ben", "ben": "anna"}
    statuses: list[int] = []
    clicks = [
        threading.Thread(target=lambda n=name: statuses.append(approve(browsers[other[n]], runs[n]))) for name in runs
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()

    assert [303, 303] == statuses
    for run in runs.values():
        assert RunState.FINISHED is wait_for_run(office.settings(), run, 180).run.state
    assert 9 == len(service.truth.requests)
    told = {(entry.by, entry.action, entry.run) for entry in who_did_what(office.settings(), 200)}
    for name, run in runs.items():
        assert (name, "prepared", run) in told
        assert (other[name], "approved", run) in told
        assert (other[name], "started", run) in told


def test_downloads_are_in_the_audit(office: OfficeServer, tmp_path: Path) -> None:
    run = prepared_by(office, "anna", tmp_path)
    lea = office.signed_in("lea")

    assert 200 == lea.get(f"/runs/{run}/results.csv").status

    newest = who_did_what(office.settings(), 1)[0]
    assert ("lea", "downloaded", run, {"what": "results.csv"}) == (newest.by, newest.action, newest.run, newest.details)
    page = office.signed_in("adam").get("/audit").text
    assert "downloaded" in page
    assert "Everything is as it was written" in office.signed_in("adam").get("/audit?check=1").text


def test_whoever_only_looks_uploads_nothing(office: OfficeServer) -> None:
    lea = office.signed_in("lea")

    answer = lea.upload(
        "/sheets", "sheet.csv", b"user_id,message\n1000001,Hello\n", {"kind": "send"}, field_name="file"
    )

    assert 403 == answer.status, answer.text


def test_role_is_asked_for_below_the_routes(office: OfficeServer, tmp_path: Path) -> None:
    """A route that forgot it would still be refused: the application asks."""
    with Ledger(office.settings().ledger) as ledger:
        account = account_named(ledger, "lea")
    assert account is not None
    request = request_from(Kind.SEND, str(tmp_path / "sheet.csv"), {})
    with acting_as(account.person), pytest.raises(NotAllowed):
        plan_run(request, office.settings())


def test_correction_waits_for_another_person(office: OfficeServer, service: HostileServer, tmp_path: Path) -> None:
    """Whoever writes a correction on the page starts it no more than a sheet; whoever approves it starts it."""
    run = prepared_by(office, "anna", tmp_path)
    approve(office.signed_in("ben"), run)
    wait_for_run(office.settings(), run, 180)
    before = len(service.truth.requests)

    form = opened(office.signed_in("anna"), f"/runs/{run}/correct")
    page = form.fill("text", "Sorry").press("See to whom it goes").press("Send 3 corrections")
    correction = page.address.removeprefix("/runs/")

    assert "Waits for approval by another person: 3 messages" in page.words
    assert 403 == approve(office.signed_in("anna"), correction)
    assert before == len(service.truth.requests)
    assert 303 == approve(office.signed_in("ben"), correction)
    assert RunState.FINISHED is wait_for_run(office.settings(), correction, 180).run.state
    assert before + 3 == len(service.truth.requests)


def test_whoever_approves_a_file_of_a_folder_names_the_connection_that_asks_for_its_name(
    careful_office: Callable[[str], OfficeServer], office_machine: Path, service: HostileServer
) -> None:
    """Its watcher was not told the name, and nobody else was asked; an approval alone does not stand for it."""
    config, inbox = office_machine / "hotline-batch.toml", office_machine / "inbox"
    other = '[connections.other]\ninstance = "1"\napi_key = "env:SUPPORT_KEY"\n'
    inbox.mkdir()
    (inbox / "sheet.csv").write_text("user_id,message,connection\n1000001,Hello,support_bot\n", "utf-8")
    with careful_office("") as office:
        asks = config.read_text("utf-8").replace('approval = "required"', 'approval = "required"\nconfirm = true')
        config.write_text(f'default_connection = "other"\n{asks}\n{other}', "utf-8")
        office.add("adam", Role.ADMINISTER)
        office.add("ben", Role.APPROVE)
        watch = ("watch", inbox, "--for", "send", "--once", "--settle", "0", "--config", config)
        watched = subprocess.run((sys.executable, "-m", "hotline_batch", *watch), check=False)
        (run,) = [found.run.id for found in list_runs(office.settings(), 9)]

        asked = opened(office.signed_in("ben"), f"/runs/{run}").press("Approve")
        before = len(service.applied)
        ended = asked.fill("confirm", "support_bot").press("Go on")
        wait_for_run(office.settings(), run, 180)

    assert 4 == watched.returncode
    assert "Messages go through support_bot" in asked.words
    assert (0, f"/runs/{run}") == (before, ended.address)
    assert 1 == len(service.applied)
