"""A run that is over: what became of it in one sentence, what is to be done, and that done by a click."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import hotline_batch
from hotline_batch.application.runs.going_on import PersonsWord, settle_rows
from hotline_batch.application.runs.views.progress import run_progress, wait_for_run
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from tests.support.ledgers.finished_runs import FIRST_USER, NAMES, send_list
from tests.support.page.page_forms import Visit, opened
from tests.support.page.page_runs import becomes, run_of
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.faults import named
from tests.support.service.faults.late import answer_when
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until

LOST = "close_unanswered_applied"
REFUSED = "blocked_by_user_403"


@pytest.fixture
def doubtful(service: HostileServer, fresh_machine: Path) -> RunSummary:
    """A run with two rows in doubt; both messages arrived."""
    return send_list(service, fresh_machine, {3: LOST, 5: LOST})


@pytest.fixture
def page(doubtful: RunSummary, browser: Browser) -> Visit:
    """Its page."""
    return opened(browser, f"/runs/{doubtful.run}")


def counts_of(served: PageServer, page: Visit) -> dict[Status, int]:
    """What the ledger says of the run whose page this is; only what there is."""
    progress = run_progress(served.site.settings(), page.address.split("/")[2])
    return {status: rows for status, rows in progress.counts.items() if rows}


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_page_begins_with_the_verdict(page: Visit) -> None:
    """Then what needs a person: whom it is about, and what was written to them."""
    assert page.title.startswith("4 of 7 delivered, 3 need a look")
    words = page.words
    assert words.index("4 of 7 delivered") < words.index("Did these 2 messages arrive?") < words.index("Results")
    for name in (NAMES[1], NAMES[3]):
        assert f"Hallo {name}" in words
    assert "1 row cannot be used" in words


def test_list_says_what_needs_a_person(doubtful: RunSummary, browser: Browser) -> None:
    """By whom, which sheet, how much."""
    words = opened(browser, "/runs").words

    assert "list.csv" in words
    assert "4 of 6 delivered" in words
    assert "3 rows" in words


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("words=LIST", True),
        ("words=lis+csv", True),
        ("words=other", False),
        ("needs=person", True),
        ("kind=enrich", False),
        ("kind=send", True),
        ("reality=real", True),
        ("reality=practice", False),
        ("page=2", False),
        ("page=99999999999&kind=nonsense&reality=x", True),
    ],
)
def test_runs_can_be_looked_for(doubtful: RunSummary, browser: Browser, query: str, is_there: bool) -> None:
    """By words of the sheet, the person or the id; by what they did; by what is real."""
    answer = browser.get(f"/runs?{query}")

    assert 200 == answer.status
    assert is_there == (doubtful.run in answer.text)


def test_results_come_before_what_telegram_could_tell(
    service: HostileServer, browser: Browser, fresh_machine: Path
) -> None:
    """Where nothing is in doubt it is only a proof."""
    words = opened(browser, f"/runs/{send_list(service, fresh_machine).run}").words

    assert words.index("Your sheet with what became") < words.index("Prove it by Telegram")
    assert words.index("Your sheet with what became") < words.index("Was the message wrong?")


def test_what_telegram_could_tell_comes_first_where_it_may_settle_something(page: Visit) -> None:
    """Right behind the messages that are in doubt."""
    assert page.words.index("Or let Telegram tell") < page.words.index("Your sheet with what became")


def test_list_of_rows_tells_what_happened_where_something_did(page: Visit) -> None:
    """Of what was delivered nothing else is to be told."""
    names = "//thead//th/text()"

    assert "What happened" not in opened(page.browser, f"{page.address}/rows?status=sent").tree.xpath(names)
    assert "What happened" in opened(page.browser, f"{page.address}/rows?status=unknown").tree.xpath(names)


def test_row_tells_its_whole_story(page: Visit) -> None:
    """Cells, message, every attempt with what it proves."""
    row = opened(page.browser, f"{page.address}/rows/3")

    assert "Row 3 in doubt" in row.words
    for told in (NAMES[1], f"Hallo {NAMES[1]}", "may have been delivered", str(FIRST_USER + 1)):
        assert told in row.words


def test_names_of_customers_are_text(page: Visit) -> None:
    """Whatever they hold."""
    rows = page.browser.get(f"{page.address}/rows?status=sent").text

    assert "&lt;b&gt;Bold&lt;/b&gt;" in rows
    assert "<b>Bold" not in rows


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/rows/3",
        "/rows?status=sent",
        "/progress",
        "/results.xlsx",
        "/results.csv",
        "/report.html",
        "/attempts.jsonl",
    ],
)
def test_run_that_is_not_there_is_said(browser: Browser, path: str) -> None:
    """With the way to those that are."""
    answer = browser.get(f"/runs/20200101-000000-zzzz{path}")

    assert 404 == answer.status
    assert "There is no such run" in answer.text


@pytest.mark.parametrize("path", ["/rows/99", "/rows/0", "/rows/x", "/rows/-1", "/rows?status=nonsense", "/rows"])
def test_row_that_is_not_there_is_said(page: Visit, path: str) -> None:
    """As every page that is not there."""
    assert 404 == page.browser.get(f"{page.address}{path}").status


def test_reasons_lead_to_rows_and_to_their_meaning(page: Visit) -> None:
    """And say what to do without a command."""
    addresses = set(page.tree.xpath("//main//a/@href"))

    assert {f"{page.address}/rows/3", f"{page.address}/rows/8", "/help/reply_lost"} <= addresses
    assert "Write digits only, for example 987654321." in page.words


# ── downloads ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_results_can_be_downloaded(page: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under the sheet's name; what was written for it is gone afterwards."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))

    table = page.browser.get(f"{page.address}/results.csv")
    workbook = page.browser.get(f"{page.address}/results.xlsx")
    report = page.browser.get(f"{page.address}/report.html")
    attempts = page.browser.get(f"{page.address}/attempts.jsonl")

    lines = list(csv.DictReader(io.StringIO(table.body.decode("utf-8-sig")), delimiter=";"))
    assert ["sent", "unknown"] == [line["hotline_status"] for line in lines[:2]]
    assert zipfile.is_zipfile(io.BytesIO(workbook.body))
    assert "4 of 7 delivered" in report.text
    assert 6 == len(attempts.body.splitlines())
    for answer, ending in ((table, "csv"), (workbook, "xlsx"), (report, "html")):
        assert answer.headers["content-disposition"].startswith('attachment; filename="list.')
        assert answer.headers["content-disposition"].endswith(f'.{ending}"')
    wait_until(lambda: not list((tmp_path / "scratch").iterdir()))


# ── rows in doubt ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_person_says_that_messages_arrived(page: Visit, served: PageServer, service: HostileServer) -> None:
    """With a note; nothing is sent, and the page says who said what."""
    after = page.fill("note", "seen in the topic").fill("row", "3,5").press("They arrived")

    assert {Status.SENT: 6, Status.INVALID: 1} == counts_of(served, after)
    assert "Did these" not in after.words
    assert "seen in the topic" in after.words
    assert 6 == len(service.applied)


def test_one_of_several_is_settled_alone(page: Visit, served: PageServer) -> None:
    """What is not ticked stays in doubt."""
    after = page.fill("row", "3").press("They did not arrive")

    assert {Status.SENT: 4, Status.FAILED: 1, Status.UNKNOWN: 1, Status.INVALID: 1} == counts_of(served, after)
    assert "Did this message arrive?" in after.words


def test_all_of_them_are_those_that_are_shown(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """A row that somebody wants sent again is none of these: its answer is given."""
    summary = send_list(service, fresh_machine, {3: LOST, 4: LOST, 5: LOST})
    settle_rows(served.site.settings(), summary.run, PersonsWord.RESEND, "3", "")

    page = opened(browser, f"/runs/{summary.run}")

    assert "Did these 2 messages arrive?" in page.words
    assert ["4,5", "4", "5"] == page.tree.xpath("//input[@name='row']/@value")
    page.fill("row", "4,5").press("They arrived")
    assert 1 == counts_of(served, page)[Status.UNKNOWN]


def test_rows_of_one_reason_are_counted_by_themselves(page: Visit, served: PageServer) -> None:
    """Whoever looks at some of them is told how many these are."""
    settle_rows(served.site.settings(), run_of(page), PersonsWord.RESEND, "3", "")
    address = f"/runs/{run_of(page)}/rows?status=unknown"

    headings = [opened(page.browser, f"{address}{code}").tree.findtext(".//h1") for code in ("&code=resend_asked", "")]

    assert ["1 row in doubt", "2 rows in doubt"] == headings


def test_nothing_ticked_changes_nothing(page: Visit, served: PageServer) -> None:
    """And is said, where the messages can be ticked; the note stands there again."""
    after = page.fill("note", "seen in the topic").press("They arrived")

    assert 400 == after.answer.status
    assert "Tick the messages that you mean" in after.words
    assert 2 == counts_of(served, page)[Status.UNKNOWN]
    settled = after.fill("row", "3,5").press("They arrived")
    assert "seen in the topic" in settled.words
    assert 6 == counts_of(served, settled)[Status.SENT]


def test_enter_in_the_note_loses_neither_it_nor_the_ticks(page: Visit, served: PageServer) -> None:
    """It presses none of the buttons that settle."""
    fields = [("word", ""), ("seen", "3:1"), ("seen", "5:1"), ("row", "5"), ("note", 'he says "yes"')]
    answer = page.browser.post(f"/runs/{run_of(page)}/settle", fields)
    after = Visit(page.browser, page.address, answer)

    assert "Say whether they arrived" in after.words
    assert ["5"] == after.tree.xpath("//input[@name='row' and @checked]/@value")
    assert ['he says "yes"'] == after.tree.xpath("//input[@name='note']/@value")
    assert 2 == counts_of(served, page)[Status.UNKNOWN]


def test_send_again_asks_twice_and_says_what_it_risks(page: Visit, served: PageServer, service: HostileServer) -> None:
    """The first click sends nothing; the second sends what was ticked, once."""
    sure = page.fill("row", "3").press("Send again")

    assert "may have arrived the first time" in sure.words
    assert "twice" in sure.words
    assert 6 == len(service.applied)
    assert 2 == counts_of(served, page)[Status.UNKNOWN]

    sure.press("Send 1 message again")
    becomes(served.site.settings(), page, {Status.SENT: 5, Status.UNKNOWN: 1, Status.INVALID: 1})
    assert 2 == len(service.applied_for(FIRST_USER + 1))
    assert 7 == len(service.applied)


def test_three_clicks_on_send_again_send_once(page: Visit, served: PageServer, service: HostileServer) -> None:
    """Whoever is impatient sends no third copy."""
    sure = page.fill("row", "3,5").press("Send again")

    with ThreadPoolExecutor(3) as clicks:
        _ = [each.result() for each in [clicks.submit(sure.press, "Send 2 messages again") for _ in range(3)]]

    becomes(served.site.settings(), page, {Status.SENT: 6, Status.INVALID: 1})
    assert [2, 2] == [len(service.applied_for(FIRST_USER + place)) for place in (1, 3)]


def test_old_question_sends_nothing_again(page: Visit, served: PageServer, service: HostileServer) -> None:
    """A window in which it was asked before the message was sent again, and got lost again, is no new agreement."""
    old = page.fill("row", "3").press("Send again")
    service.fault_for(FIRST_USER + 1, named(LOST))
    page.fill("row", "3").press("Send again").press("Send 1 message again")
    wait_until(lambda: len(service.applied_for(FIRST_USER + 1)) == 2)
    wait_for_run(served.site.settings(), run_of(page), 180)

    after = old.press("Send 1 message again")

    assert 2 == len(service.applied_for(FIRST_USER + 1))
    assert 2 == counts_of(served, after)[Status.UNKNOWN]


@pytest.mark.parametrize("word", ["They arrived", "They did not arrive"])
def test_old_page_says_nothing_of_a_message_that_was_sent_again_since(
    page: Visit, served: PageServer, service: HostileServer, word: str
) -> None:
    """Whoever looked into the topic before the second try knows nothing of it."""
    old = page.reload()
    service.fault_for(FIRST_USER + 1, named(LOST))
    page.fill("row", "3").press("Send again").press("Send 1 message again")
    wait_until(lambda: len(service.applied_for(FIRST_USER + 1)) == 2)
    wait_for_run(served.site.settings(), run_of(page), 180)

    after = old.fill("row", "3").fill("note", "not there").press(word)

    assert 200 == after.answer.status
    assert "A message was tried once more since you looked." in after.words
    assert ["not there"] == after.tree.xpath("//input[@name='note']/@value")
    assert 2 == counts_of(served, after)[Status.UNKNOWN]


@pytest.mark.parametrize("rows", ["3", ""])
def test_nothing_is_said_of_rows_while_somebody_works_on_the_run(
    page: Visit, served: PageServer, service: HostileServer, rows: str
) -> None:
    """Whoever presses then reads so, and that nothing was kept; not how far the run is."""
    old, is_answered = page.reload(), threading.Event()
    service.fault_for(FIRST_USER + 1, answer_when(is_answered))
    page.fill("row", "3").press("Send again").press("Send 1 message again")
    wait_until(lambda: len(service.applied_for(FIRST_USER + 1)) == 2)

    after = old.fill("row", rows).fill("note", "not there").press("They arrived")
    is_answered.set()

    assert 409 == after.answer.status
    assert "Somebody works on this run already" in after.words
    becomes(served.site.settings(), page, {Status.SENT: 5, Status.UNKNOWN: 1, Status.INVALID: 1})


def test_word_about_rows_that_are_to_be_sent_again_is_missed_aloud(page: Visit, served: PageServer) -> None:
    """Somebody else has asked for them meanwhile, so that none can be ticked any more."""
    settle_rows(served.site.settings(), run_of(page), PersonsWord.RESEND, "3,5", "")

    after = page.press("They arrived")

    assert ["Nothing was chosen"] == [each.findtext("h2") for each in after.tree.xpath("//main//*[@role='alert']")]


def test_settled_by_another_window_meanwhile(page: Visit, served: PageServer) -> None:
    """The second word finds nothing to settle, and the page shows how it stands."""
    other = page.reload()
    page.fill("row", "3,5").press("They arrived")

    after = other.fill("row", "3,5").press("They did not arrive")

    assert 200 == after.answer.status
    assert "Rows 3, 5 were settled otherwise since you looked" in after.words
    assert {Status.SENT: 6, Status.INVALID: 1} == counts_of(served, after)


@pytest.mark.parametrize("word", ["They arrived", "They did not arrive"])
def test_some_of_them_settled_by_another_window_meanwhile(page: Visit, served: PageServer, word: str) -> None:
    """The word holds for the others; of those that became something else it is told that it does not."""
    other = page.reload()
    page.fill("row", "3").press("They arrived")

    after = other.fill("row", "3,5").press(word)

    is_otherwise = word == "They did not arrive"
    assert is_otherwise == ("Row 3 was settled otherwise since you looked" in after.words)
    assert (5 if is_otherwise else 6) == counts_of(served, page)[Status.SENT]
    assert Status.UNKNOWN not in counts_of(served, page)


def test_second_of_two_clicks_finds_what_it_said(page: Visit, served: PageServer) -> None:
    """Though another row is still in doubt."""
    other = page.reload()
    page.fill("row", "3").press("They arrived")

    after = other.fill("row", "3").press("They arrived")

    assert 200 == after.answer.status
    assert "Did this message arrive?" in after.words
    assert 5 == counts_of(served, page)[Status.SENT]


def test_settings_leave_names_out_of_what_is_downloaded(page: Visit, fresh_machine: Path) -> None:
    """As of whatever sheet is written, also of a run from before."""
    (fresh_machine / "hotline-batch.toml").write_text('leave_out = ["Name"]', "utf-8")

    told = page.browser.get(f"{page.address}/results.csv").text

    assert "user_id;message" in told.replace(",", ";")
    assert NAMES[0] not in told.replace(f"Hallo {NAMES[0]}", "")


# ── going on ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_failed_rows_are_tried_again(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """Those alone."""
    summary = send_list(service, fresh_machine, {4: REFUSED})
    page = opened(browser, f"/runs/{summary.run}")
    assert "trying again sends nothing twice" in page.words

    page.press("Try 1 row again")

    becomes(served.site.settings(), page, {Status.SENT: 6, Status.INVALID: 1})
    assert 6 == len(service.applied)


def test_stopped_run_goes_on_with_the_rest(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """The button says with how many rows; none of the others is sent again, however often it is clicked."""
    summary = send_list(service, fresh_machine, {3: LOST, 4: LOST, 5: LOST})
    page = opened(browser, f"/runs/{summary.run}")
    to_go = summary.counts[Status.NOT_ATTEMPTED]
    assert to_go
    assert "The run stopped early" in page.words
    assert "None of the others is sent again." in page.words

    with ThreadPoolExecutor(3) as clicks:
        words = f"Go on with {to_go} row"
        _ = [each.result() for each in [clicks.submit(page.press, words) for _ in range(3)]]

    becomes(served.site.settings(), page, {Status.SENT: 3, Status.UNKNOWN: 3, Status.INVALID: 1})
    assert [1] * len(NAMES) == [len(service.applied_for(FIRST_USER + place)) for place in range(len(NAMES))]


def test_connection_that_asks_for_its_name_is_confirmed_here(
    service: HostileServer, served: PageServer, browser: Browser, fresh_machine: Path
) -> None:
    """A wrong name, or none, sends nothing."""
    summary = send_list(service, fresh_machine, {4: REFUSED})
    (fresh_machine / "hotline-batch.toml").write_text(
        'send_rate = "200/s"\n[connections.default]\n'
        f'instance = "{service.credentials.instance}"\napi_key = "env:HOTLINE_API_KEY"\nconfirm = true\n',
        "utf-8",
    )
    page = opened(browser, f"/runs/{summary.run}")

    asked = page.press("Try 1 row again")
    assert "type its name" in asked.words
    again = asked.fill("confirm", "defautl").press("Go on")
    assert "type its name" in again.words
    assert 5 == len(service.applied)

    again.fill("confirm", "default").press("Go on")
    becomes(served.site.settings(), page, {Status.SENT: 6, Status.INVALID: 1})
    assert 6 == len(service.applied)


def test_practice_says_so(fresh_machine: Path, browser: Browser) -> None:
    """In the list and on its page, whatever the switch says."""
    (fresh_machine / "p.csv").write_text("user_id,message\n987654321,Hallo\n", "utf-8")
    summary = hotline_batch.send_sheet("p.csv", sandbox=True, rate="100/s", output="p.results.csv")

    assert "practice" in opened(browser, "/runs").words
    page = opened(browser, f"/runs/{summary.run}")
    assert "nothing of this run was sent for real" in page.answer.text
    assert "Telegram Desktop" not in page.words
