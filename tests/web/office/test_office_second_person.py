"""Who is a second pair of eyes, and what that person is told: nobody approves what they prepared or asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hotline_batch.application.batch import request_from
from hotline_batch.application.exports.audit import who_did_what
from hotline_batch.application.office.acting import acting_as
from hotline_batch.application.office.approvals import approval_question
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.runs.start import leave_for_approval
from hotline_batch.application.runs.views.progress import wait_for_run
from hotline_batch.model.jobs import Kind
from hotline_batch.people import Role
from tests.support.page.office_server import OfficeServer
from tests.support.page.page_forms import Visit, opened
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.web.office.conftest import person

FIRST_USER = 1_000_001


@pytest.fixture
def office(careful_office: Callable[[str], OfficeServer]) -> Iterator[OfficeServer]:
    """Anna and Ben prepare and approve, Carl prepares, Cleo approves; the connection asks for a second pair of eyes."""
    with careful_office('send_rate = "200/s"\n') as server:
        server.add("adam", Role.ADMINISTER)
        server.add("anna", Role.PREPARE, Role.APPROVE)
        server.add("ben", Role.PREPARE, Role.APPROVE)
        server.add("carl", Role.PREPARE)
        server.add("cleo", Role.APPROVE)
        yield server


def prepared(office: OfficeServer, folder: Path, rows: int, trial_rows: int | None = None, **options: object) -> str:
    """A run of Anna's that waits for somebody else; ``trial_rows`` of it go first, and it stops then."""
    sheet = folder / "sheet.csv"
    lines = [f"{FIRST_USER + number},Order {number}" for number in range(rows)]
    sheet.write_text("\n".join(["user_id,message", *lines]), "utf-8")
    settings = office.settings()
    with acting_as(person(office, "anna")):
        request = request_from(Kind.SEND, str(sheet), {"output": str(folder / "out.csv"), **options})
        planned = plan_run(replace(request, trial_rows=trial_rows), settings)
        leave_for_approval(settings, planned.run.id)
    return planned.run.id


def seen_by(office: OfficeServer, name: str, run: str) -> Visit:
    return opened(office.signed_in(name), f"/runs/{run}")


def approved_by(office: OfficeServer, name: str, run: str) -> None:
    seen_by(office, name, run).press("Approve")
    wait_for_run(office.settings(), run, 180)


def taken_back_by(office: OfficeServer, name: str, run: str) -> None:
    browser = office.signed_in(name)
    assert 303 == browser.post(f"/runs/{run}/reject", {"note": "wrong", "seen": digest(office, run)}).status


def sent_again_by(office: OfficeServer, name: str, run: str) -> None:
    """Whoever that is has looked, and wants the rows in doubt sent once more."""
    seen_by(office, name, run).press("Send again").press("Send 1 message again")


def digest(office: OfficeServer, run: str) -> str:
    with acting_as(person(office, "cleo")):
        question = approval_question(office.settings(), run)
    assert question is not None
    return question.digest


def is_refused(office: OfficeServer, name: str, run: str) -> bool:
    """The page has no button for it, and what it would send is refused."""
    has_button = any(words.startswith("Approve") for words in seen_by(office, name, run).buttons)
    answer = office.signed_in(name).post(f"/runs/{run}/approve", {"seen": digest(office, run)})
    return not has_button and answer.status == 403


def test_whoever_prepared_it_approves_it_neither_when_another_asks_once_more(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    """Ben rejects it, Carl asks once more: Anna is told that it is hers, Ben may decide anew."""
    run = prepared(office, tmp_path, 4)
    seen_by(office, "ben", run).fill("note", "row 3 names another customer").press("Reject")

    again = seen_by(office, "carl", run).press("Ask once more as it is")

    assert "anna prepared it" in again.words
    assert "You prepared it, so somebody else has to look at it" in seen_by(office, "anna", run).words
    assert is_refused(office, "anna", run)
    assert [] == service.applied
    asked = [entry.by for entry in who_did_what(office.settings(), 50, run=run) if entry.action == "asked for approval"]
    assert ["carl", "anna"] == asked
    approved_by(office, "ben", run)
    assert 4 == len(service.applied)


def test_whoever_asked_once_more_does_not_approve_it(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    """Nobody gets round a rejection alone: Ben, who prepares as well, asks for what Cleo rejected."""
    run = prepared(office, tmp_path, 4)
    seen_by(office, "cleo", run).fill("note", "no").press("Reject")

    again = seen_by(office, "ben", run).press("Ask once more as it is")

    assert "You asked for it, so somebody else has to look at it" in again.words
    assert is_refused(office, "ben", run)
    assert [] == service.applied


def test_an_approval_that_was_taken_back_covers_nothing_of_whoever_prepared_it(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    """A row in doubt that Carl wants sent again brings Anna no say in the rest of her own run."""
    service.fault_for(FIRST_USER, named("close_unanswered_applied"))
    run = prepared(office, tmp_path, 12, trial_rows=2)
    approved_by(office, "ben", run)
    before = len(service.applied)
    taken_back_by(office, "ben", run)

    sent_again_by(office, "carl", run)

    page = seen_by(office, "anna", run)
    assert "Waits for approval by another person: 11 messages" in page.words
    assert "anna prepared it; carl asked for it to be sent" in page.words
    assert is_refused(office, "anna", run)
    assert before == len(service.applied)
    assert "For your approval: 11 messages" in seen_by(office, "cleo", run).words


def test_whoever_prepared_it_has_no_say_in_what_goes_for_the_first_time(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    """Also where somebody approved it once; a row in doubt alone, that another asked for, may be hers to approve."""
    service.fault_for(FIRST_USER, named("close_unanswered_applied"))
    run = prepared(office, tmp_path, 12, trial_rows=2)
    approved_by(office, "ben", run)
    sent_again_by(office, "carl", run)
    assert is_refused(office, "anna", run)

    approved_by(office, "ben", run)

    assert 12 == len({event.user_id for event in service.applied})


def test_whoever_approved_it_learns_in_time_that_a_second_copy_takes_a_third_person(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    """In an office of two nobody could approve the rest any more; once it has gone, they are enough again."""
    service.fault_for(FIRST_USER, named("close_unanswered_applied"))
    run = prepared(office, tmp_path, 12, trial_rows=2)
    approved_by(office, "ben", run)

    asked = seen_by(office, "ben", run).press("Send again")

    assert "A third person has to approve it" in asked.words
    assert "Somebody else than you has to approve it." in seen_by(office, "anna", run).press("Send again").words
    asked.follow("Back, without sending").press("Go on with 10 rows")
    wait_for_run(office.settings(), run, 180)
    assert 12 == len({event.user_id for event in service.applied})
    alone = seen_by(office, "ben", run).press("Send again")
    assert "Somebody else than you has to approve it." in alone.words
    alone.press("Send 1 message again")
    approved_by(office, "anna", run)
    assert 13 == len(service.applied)


def test_a_second_copy_that_another_asked_for_may_be_approved_by_whoever_prepared_it(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    """Ben approved every message, and asks for one of them to be sent again: Anna is somebody else than he."""
    service.fault_for(FIRST_USER, named("close_unanswered_applied"))
    run = prepared(office, tmp_path, 3)
    approved_by(office, "ben", run)
    before = len(service.applied)
    sent_again_by(office, "ben", run)
    assert is_refused(office, "ben", run)

    approved_by(office, "anna", run)

    assert before + 1 == len(service.applied)


def test_whoever_approves_sees_each_row_that_goes_once_more(
    office: OfficeServer, service: HostileServer, tmp_path: Path
) -> None:
    """Those alone, where nothing else goes; else beside those that go for the first time."""
    for number in (0, 2, 4, 6, 8, 10):
        service.fault_for(FIRST_USER + number, named("close_unanswered_applied"))
    run = prepared(office, tmp_path, 12, concurrency=1)  # several rows in doubt at a time would stop it
    approved_by(office, "ben", run)
    page = seen_by(office, "carl", run)
    rows = re.findall(r'name="row" value="([0-9]+)"', page.answer.text)
    seen = ",".join(f"{number}:1" for number in rows)
    fields = [("word", "resend"), ("sure", "yes"), ("seen", seen), *(("row", number) for number in rows)]
    page.browser.post(f"/runs/{run}/settle", fields)

    shown = seen_by(office, "cleo", run)

    assert "For your approval: 6 messages" in shown.words
    every = shown.follow("See every row")
    assert all(f"Order {number}" in every.words for number in (0, 2, 4, 6, 8, 10))


def test_whoever_approves_sees_both_kinds_of_rows(office: OfficeServer, service: HostileServer, tmp_path: Path) -> None:
    service.fault_for(FIRST_USER, named("close_unanswered_applied"))
    run = prepared(office, tmp_path, 12, trial_rows=2)
    approved_by(office, "ben", run)
    sent_again_by(office, "carl", run)

    shown = seen_by(office, "cleo", run)

    assert "Order 0" in shown.follow("See every row that goes once more").words
    first = shown.follow("See every row that goes for the first time").words
    assert all(f"Order {number}" in first for number in range(2, 12))


def test_whoever_approves_is_told_when_it_begins(office: OfficeServer, service: HostileServer, tmp_path: Path) -> None:
    """Nothing is sent at once of what begins on another day, and nobody is told so."""
    run = prepared(office, tmp_path, 3, at="2099-03-02 09:00")

    page = seen_by(office, "ben", run)

    assert "Begins" in page.words
    assert "They go by themselves from then on: 2 Mar 2099, 9:00" in page.words.replace("09:00", "9:00")
    assert "at once" not in page.words
    page.press("Approve 3")
    assert [] == service.applied


def test_whoever_approves_is_told_its_hours(office: OfficeServer, tmp_path: Path) -> None:
    run = prepared(office, tmp_path, 3, days="mon-sun", between="00:00-23:59")

    page = seen_by(office, "ben", run)

    assert "00:00–23:59" in page.words
    assert "They are sent at once." not in page.words


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_a_second_click_leads_to_the_run(office: OfficeServer, tmp_path: Path, word: str) -> None:
    """The decision is there, and counts once."""
    run = prepared(office, tmp_path, 3)
    ben, said = office.signed_in("ben"), {"seen": digest(office, run), "note": "as it is"}

    answers = [ben.post(f"/runs/{run}/{word}", said) for _ in range(2)]

    assert [(303, f"/runs/{run}")] * 2 == [(each.status, each.headers["location"]) for each in answers]
    done = {"approve": "approved", "reject": "rejected"}[word]
    assert 1 == [entry.action for entry in who_did_what(office.settings(), 50, run=run)].count(done)


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [("approve", "approve", "was approved by ben already"), ("reject", "approve", "was rejected by ben already")],
)
def test_whoever_comes_second_is_led_to_the_run(
    office: OfficeServer, tmp_path: Path, first: str, then: str, told: str
) -> None:
    run = prepared(office, tmp_path, 3)
    said = {"seen": digest(office, run), "note": "as it is"}
    assert 303 == office.signed_in("ben").post(f"/runs/{run}/{first}", said).status

    answer = office.signed_in("cleo").post(f"/runs/{run}/{then}", said)

    assert 409 == answer.status
    assert f"Run {run} {told}." in answer.text
    assert f'href="/runs/{run}"' in answer.text
