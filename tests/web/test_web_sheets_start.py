"""One sheet becomes one run, however it is clicked: three clicks, two windows, a killed program, a late look."""

from __future__ import annotations

import gc
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path

import pytest

from hotline_batch.application.drafts import become_run as become_run_module
from hotline_batch.application.drafts import look
from hotline_batch.application.drafts.become_run import Agreement, Started, become_run
from hotline_batch.application.drafts.draft import change_draft, read_draft, starting
from hotline_batch.application.drafts.request import digest_of, request_of
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.runs.forgetting import delete_run, prunable_runs, prune_runs
from hotline_batch.application.templates import keep_template
from hotline_batch.engine.session import CANARY
from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.runs import Run, RunState
from hotline_batch.settings.model import Settings
from tests.support.page.page_forms import Visit, hand_in, opened
from tests.support.page.page_runs import becomes, ended, run_of, write_connections
from tests.support.page.page_server import Browser, PageServer
from tests.support.service.hostile_server import HostileServer

ROWS = 6
SHEET = "user_id,message\n" + "".join(f"{1_000_001 + n},Hallo {n}\n" for n in range(ROWS))
BUTTON = f"Send {ROWS} messages"


@pytest.fixture
def page(service: HostileServer, browser: Browser) -> Visit:
    """A sheet that can be sent for real."""
    return hand_in(browser, "list.csv", SHEET.encode())


def runs_in(settings: Settings) -> list[str]:
    """Every run of the ledger."""
    with Ledger(settings.ledger) as ledger:
        return [run.id for run in ledger.runs()]


def draft_of(page: Visit) -> str:
    """The id of the sheet whose page this is."""
    return page.address.removeprefix("/sheets/")


def test_three_clicks_at_once_are_one_run(page: Visit, served: PageServer, service: HostileServer) -> None:
    """All of them lead to it, and every message arrives once."""
    with ThreadPoolExecutor(3) as clicks:
        found = [each.result() for each in [clicks.submit(page.press, BUTTON) for _ in range(3)]]

    assert 1 == len({run_of(each) for each in found})
    settings = served.site.settings()
    ended(settings, found[0])
    assert [run_of(found[0])] == runs_in(settings)
    assert ROWS == len(service.truth.applied)


def test_enter_in_a_field_of_the_button_starts_nothing(page: Visit, served: PageServer) -> None:
    """A browser without JavaScript presses the first button of the form then, which is none that sends."""
    form = next(each for each in page.tree.xpath("//main//form") if each.get("action", "").endswith("/start"))
    first = form.xpath(".//button")[0]
    fields = [*form.form_values(), (first.get("name"), first.get("value"))]

    answer = page.browser.post(form.get("action"), fields)

    assert (303, f"{page.address}#send") == (answer.status, answer.headers["location"])
    assert [] == runs_in(served.site.settings())


def test_click_in_a_second_window_after_the_first_leads_to_the_same_run(page: Visit, served: PageServer) -> None:
    """And its page says what became of the sheet."""
    second = page.reload()
    first = page.press(BUTTON)

    assert run_of(first) == run_of(second.press(BUTTON))
    again = second.reload()
    assert "This sheet was started" in again.words
    assert run_of(first) == run_of(again.follow("See the run"))
    ended(served.site.settings(), first)


def test_choice_in_another_window_is_seen_before_anything_is_sent(page: Visit, service: HostileServer) -> None:
    """What the button agreed to is what was shown, not what somebody chose since."""
    other = page.reload()
    other.fill("own_text", "Etwas anderes").press("Use this text")

    changed = page.press(BUTTON)

    assert "Something changed since you looked" in changed.words
    assert "Etwas anderes" in changed.words
    assert 0 == len(service.truth.applied)


def test_template_that_was_changed_meanwhile_is_seen_before_anything_is_sent(
    page: Visit, browser: Browser, served: PageServer, service: HostileServer
) -> None:
    """Its name is the same, its text is not: the page shows the new one, and the old one goes to nobody."""
    keep_template("greeting", "Guten Tag {{ user_id }}")
    shown = page.fill("template", "greeting").press("Use this template")
    assert "Guten Tag 1000001" in shown.words
    keep_template("greeting", "Auf Wiedersehen {{ user_id }}", before="greeting")

    changed = shown.press(BUTTON)

    assert "Something changed since you looked" in changed.words
    assert "Auf Wiedersehen 1000001" in changed.words
    assert 0 == len(service.truth.applied)
    ended(served.site.settings(), changed.press(BUTTON))
    assert ROWS == len(service.truth.applied)


@pytest.mark.parametrize(
    ("default", "other", "through"),
    [
        pytest.param("south", "13209946874612341", "south", id="another default"),
        pytest.param("north", "13209946874612342", "north", id="another instance of the same name"),
    ],
)
def test_connection_that_was_changed_meanwhile_is_seen_before_anything_is_sent(
    service: HostileServer, browser: Browser, fresh_machine: Path, default: str, other: str, through: str
) -> None:
    """The button of an open page sends through the connection that the page named, or not at all."""
    file = fresh_machine / "hotline-batch.toml"
    file.write_text(_two_connections("north", "13209946874612341"), "utf-8")
    page = hand_in(browser, "list.csv", SHEET.encode())
    assert re.search("Through north at", page.words)
    file.write_text(_two_connections(default, other), "utf-8")

    changed = page.press(BUTTON)

    assert "Something changed since you looked" in changed.words
    assert "a connection in the settings" in changed.words
    assert re.search(f"Through {through} at", changed.words)
    assert 0 == len(service.truth.applied)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda said: said.replace("200/s", "18/min"), id="another pace for all"),
        pytest.param(lambda said: f'{said}send_rate = "6/min"\n', id="another pace of a connection"),
        pytest.param(lambda said: f'{said}between = "03:00-03:01"\n', id="hours of a connection"),
    ],
)
def test_pace_that_was_changed_meanwhile_is_seen_before_anything_is_sent(
    service: HostileServer, browser: Browser, fresh_machine: Path, changed: Callable[[str], str]
) -> None:
    """The page named when it ends; who agreed to that did not agree to tomorrow."""
    file = fresh_machine / "hotline-batch.toml"
    file.write_text(_two_connections("south", "13209946874612341"), "utf-8")
    page = hand_in(browser, "list.csv", SHEET.encode())
    file.write_text(changed(file.read_text("utf-8")), "utf-8")

    seen = page.press(BUTTON)

    assert "Something changed since you looked" in seen.words
    assert 0 == len(service.truth.applied)


def test_setting_that_changes_no_connection_needs_no_second_look(
    service: HostileServer, browser: Browser, fresh_machine: Path, served: PageServer
) -> None:
    """Such as how long an answer may take."""
    file = fresh_machine / "hotline-batch.toml"
    file.write_text(_two_connections("north", "13209946874612341"), "utf-8")
    page = hand_in(browser, "list.csv", SHEET.encode())
    file.write_text(f"timeout = 20\n{_two_connections('north', '13209946874612341')}", "utf-8")

    ended(served.site.settings(), page.press(BUTTON))


def _two_connections(default: str, of_north: str) -> str:
    told = (
        f'[connections.{name}]\ninstance = "{instance}"\napi_key = "env:HOTLINE_API_KEY"\n'
        for name, instance in (("north", of_north), ("south", "13209946874612349"))
    )
    return f'send_rate = "200/s"\ndefault_connection = "{default}"\n' + "".join(told)


def test_rows_that_another_run_sent_meanwhile_change_the_number_on_the_button(
    page: Visit, browser: Browser, served: PageServer, service: HostileServer
) -> None:
    """Somebody sent part of them since the look: nothing is started, and the new number is named."""
    settings = served.site.settings()
    earlier = hand_in(browser, "part.csv", "\n".join(SHEET.splitlines()[:3]).encode()).press("Send 2 messages")
    ended(settings, earlier)

    changed = page.press(BUTTON)

    assert "Now it is 4 messages" in changed.words
    assert 2 == len(service.truth.applied)
    sent = changed.press("Send 4 messages")
    assert RunState.FINISHED is ended(settings, sent).state
    assert ROWS == len(service.truth.applied)


def test_rows_that_an_older_run_sent_meanwhile_change_the_number_on_the_button(
    browser: Browser, served: PageServer, service: HostileServer
) -> None:
    """Also where the newest run of all is another one, which changed nothing."""
    settings = served.site.settings()
    older = hand_in(browser, "part.csv", "\n".join(SHEET.splitlines()[:3]).encode())
    older = older.fill("trial_rows", "1").press("Try it with the first rows")
    ended(settings, older)
    ended(settings, hand_in(browser, "other.csv", b"user_id,message\n2000001,Hallo\n").press("Send 1 message"))
    page = hand_in(browser, "list.csv", SHEET.encode())
    assert f"Send {ROWS - 1} messages" in page.buttons
    becomes(settings, older.reload().press("Go on with 1 row"), {Status.SENT: 2})

    changed = page.press(f"Send {ROWS - 1} messages")

    assert "Now it is 4 messages" in changed.words
    ended(settings, changed.press("Send 4 messages"))
    assert ROWS + 1 == len(service.truth.applied)


def test_program_that_is_killed_between_plan_and_start_leaves_nothing_to_be_sent(
    page: Visit, served: PageServer
) -> None:
    """The plan that nobody agreed to is forgotten, and the sheet can be started."""
    settings, draft_id = served.site.settings(), draft_of(page)
    draft = change_draft(settings, draft_id, lambda now: replace(now, run="20260101-000000-dead"))
    plan_run(request_of(draft, settings), settings, run_id=draft.run)

    other = page.fill("own_text", "Hallo {{ user_id }}").press("Use this text")
    assert "Hallo 1000001" in other.words
    started = other.press(BUTTON)

    assert "20260101-000000-dead" != run_of(started)
    assert [run_of(started)] == runs_in(settings)
    ended(settings, started)


def test_program_that_is_killed_after_the_start_finds_its_run(page: Visit, served: PageServer) -> None:
    """The sheet knew its run before there was one."""
    settings, draft_id = served.site.settings(), draft_of(page)
    outcome = become_run(settings, draft_id, Agreement(digest_of(read_draft(settings, draft_id), settings), ROWS))
    assert isinstance(outcome, Started)

    again = become_run(settings, draft_id, Agreement("whatever", ROWS))

    assert Started(outcome.run, is_new=False) == again
    assert "This sheet was started" in page.reload().words
    ended(settings, page.reload().follow("See the run"))


def test_end_is_told_by_the_clock(page: Visit) -> None:
    """Of today the time alone."""
    assert re.search(r"Ends about (tomorrow, )?\d\d:\d\d", page.words)


def test_trial_stops_after_its_rows_for_a_person_to_look(
    page: Visit, served: PageServer, service: HostileServer
) -> None:
    """The others wait, whoever goes on with them."""
    started = page.fill("trial_rows", "2").press("Try it with the first rows")

    progress = ended(served.site.settings(), started)
    assert RunState.STOPPED is progress.state
    assert CANARY == progress.run.stop_code
    assert 2 == len(service.truth.applied)


@pytest.mark.parametrize("typed", ["", " ", "0", "two"])
def test_trial_of_no_number_of_rows_sends_nothing(page: Visit, service: HostileServer, typed: str) -> None:
    """A field that was emptied does not stand for every row; said with a number, it goes."""
    refused = page.fill("trial_rows", typed).press("Try it with the first rows")

    assert 422 == refused.answer.status
    assert "Say how many of the first rows are to be tried, from 1 to 1,000." in refused.words
    assert 0 == len(service.truth.applied)
    assert BUTTON in refused.buttons
    assert refused.fill("trial_rows", "2").press("Try it with the first rows").address.startswith("/runs/")


def test_trial_of_a_sheet_whose_start_was_killed_is_a_trial(
    page: Visit, served: PageServer, service: HostileServer
) -> None:
    """In a tab that was open before: what was chosen with the button counts, whatever became of the start before."""
    settings = served.site.settings()
    change_draft(settings, draft_of(page), lambda now: replace(now, run="20260101-000000-dead"))

    started = page.fill("trial_rows", "2").press("Try it with the first rows")

    assert CANARY == ended(settings, started).run.stop_code
    assert 2 == len(service.truth.applied)


def test_connection_that_asks_for_its_name_gets_it_typed(
    service: HostileServer, browser: Browser, fresh_machine: Path, served: PageServer
) -> None:
    """Nothing goes through it by mistake."""
    (fresh_machine / "hotline-batch.toml").write_text(
        'send_rate = "200/s"\n[connections.live]\ninstance = "13209946874612345"\napi_key = "env:HOTLINE_API_KEY"\n'
        "confirm = true\n",
        "utf-8",
    )
    page = hand_in(browser, "list.csv", SHEET.encode())
    assert "Type live to send through it" in page.words

    refused = page.fill("confirm.1", "Live?").press(BUTTON)
    assert "The name of the connection is needed" in refused.words
    assert 0 == len(service.truth.applied)

    ended(served.site.settings(), refused.fill("confirm.1", "live").press(BUTTON))
    assert ROWS == len(service.truth.applied)


def test_one_of_several_connections_is_chosen_with_a_button(
    service: HostileServer, browser: Browser, fresh_machine: Path
) -> None:
    """Where nothing says which one is meant."""
    both = "".join(
        f'[connections.{name}]\ninstance = "1320994687461234{n}"\napi_key = "env:HOTLINE_API_KEY"\n'
        for n, name in enumerate(("north", "south"))
    )
    (fresh_machine / "hotline-batch.toml").write_text(both, "utf-8")

    page = hand_in(browser, "list.csv", SHEET.encode())
    assert "Through which connection?" in page.words
    page = page.press("south")

    assert re.search("Through south at", page.words)


@pytest.mark.parametrize("left", [["nord", "south"], ["nord"]])
def test_connection_that_was_renamed_since_is_chosen_anew(
    service: HostileServer, browser: Browser, fresh_machine: Path, served: PageServer, left: list[str]
) -> None:
    """What else was chosen holds on; also where one alone is left."""
    write_connections(fresh_machine, service, "north", "south")
    page = hand_in(browser, "list.csv", SHEET.encode()).press("north")
    page = page.fill("own_text", "Servus").press("Use this text")
    write_connections(fresh_machine, service, *left)

    refused = page.press(BUTTON)
    chosen = page.reload().press("nord")

    assert "Something changed since you looked" in refused.words
    assert "Servus" in chosen.words
    ended(served.site.settings(), chosen.press(BUTTON))
    assert ROWS == len(service.truth.applied)


@pytest.mark.parametrize("left", [["nord", "south"], ["nord"], []])
def test_connection_that_is_gone_is_in_the_way_of_no_practice(
    service: HostileServer, browser: Browser, fresh_machine: Path, served: PageServer, left: list[str]
) -> None:
    """Another one is asked for only where several are left."""
    write_connections(fresh_machine, service, "north", "south")
    page = hand_in(browser, "list.csv", SHEET.encode()).press("north").press("Practise with this sheet")
    write_connections(fresh_machine, service, *left)

    fresh = page.reload()
    if len(left) > 1:
        assert "Through which connection?" in fresh.words
        fresh = fresh.press("nord")

    ended(served.site.settings(), fresh.press(f"{BUTTON} in practice"))
    assert 0 == len(service.truth.applied)


def test_practice_asks_for_one_of_several_connections(
    service: HostileServer, browser: Browser, fresh_machine: Path, served: PageServer
) -> None:
    """As the real thing does, where nothing says which one is meant."""
    both = "".join(
        f'[connections.{name}]\ninstance = "1320994687461234{n}"\napi_key = "env:HOTLINE_API_KEY"\n'
        for n, name in enumerate(("north", "south"))
    )
    (fresh_machine / "hotline-batch.toml").write_text(both, "utf-8")
    browser.post("/practice", {"is_on": "yes"})

    page = hand_in(browser, "list.csv", SHEET.encode()).press("south")

    ended(served.site.settings(), page.press(f"{BUTTON} in practice"))
    assert 0 == len(service.truth.applied)


def test_without_a_connection_practice_is_offered(browser: Browser) -> None:
    """Nothing can be sent for real yet; the sheet is checked all the same."""
    page = hand_in(browser, "list.csv", SHEET.encode())
    assert "No connection is set up yet" in page.words

    page = page.press("Practise with this sheet")

    assert "Practice: nothing of this sheet is sent for real." in page.answer.text
    assert f"{BUTTON} in practice" in page.buttons


def test_the_settings_say_how_many_rows_go_first(
    service: HostileServer, browser: Browser, served: PageServer, fresh_machine: Path
) -> None:
    """Whoever presses the other button sends all of them, as ever."""
    (fresh_machine / "hotline-batch.toml").write_text('send_rate = "200/s"\ncanary = 2\n', "utf-8")
    page = hand_in(browser, "list.csv", SHEET.encode())

    ended(served.site.settings(), page.press("Try it with the first rows"))
    first = len(service.truth.applied)
    ended(served.site.settings(), hand_in(browser, "more.csv", SHEET.replace("Hallo", "Servus").encode()).press(BUTTON))

    assert (2, 2 + ROWS) == (first, len(service.truth.applied))


@pytest.mark.parametrize("setting", ["dry_run", "sandbox"])
def test_settings_that_let_nothing_be_real_hold_for_the_page(
    page: Visit, service: HostileServer, fresh_machine: Path, served: PageServer, setting: str
) -> None:
    """Also for a page that was open before, and for corrections of what was sent before; practice goes on."""
    ended(served.site.settings(), page.press(BUTTON))
    sent = page.reload().follow("See the run")
    older = hand_in(page.browser, "more.csv", SHEET.replace("Hallo", "Servus").encode())
    (fresh_machine / "hotline-batch.toml").write_text(f'send_rate = "200/s"\n{setting} = true\n', "utf-8")

    refused = older.press(BUTTON)
    fresh = older.reload()
    correction = sent.follow("Send a correction…").fill("text", "Sorry").press("See to whom it goes")

    assert f"The settings file says {setting} = true, so that nothing is sent for real." in refused.words
    assert f"They say {setting} = true" in fresh.words
    assert BUTTON not in fresh.buttons
    assert "This correction cannot be sent" in correction.words
    ended(served.site.settings(), fresh.press("Practise with this sheet").press(f"{BUTTON} in practice"))
    assert ROWS == len(service.truth.applied)


def test_what_was_practised_can_be_sent_for_real(service: HostileServer, browser: Browser, served: PageServer) -> None:
    """With everything that was chosen, after another check; what was practised counts as not sent."""
    browser.post("/practice", {"is_on": "yes"})
    page = hand_in(browser, "list.csv", SHEET.encode())
    practised = page.press(f"{BUTTON} in practice")
    ended(served.site.settings(), practised)
    assert 0 == len(service.truth.applied)

    real = page.reload().press("Check it for the real send")

    assert real.address != page.address
    assert "Practice: nothing of this sheet" not in real.answer.text
    ended(served.site.settings(), real.press(BUTTON))
    assert ROWS == len(service.truth.applied)


def test_sheet_that_was_started_takes_no_more_choices(page: Visit, served: PageServer) -> None:
    """Neither another file nor another text; the run goes on as it was agreed to."""
    run = page.press(BUTTON)

    assert "This sheet was started" in page.fill("own_text", "x").press("Use this text").words
    assert "This sheet was started" in page.upload("Check this file", "b.csv", b"user_id,message\n1,x\n").words
    ended(served.site.settings(), run)


def test_reload_shows_everything_that_was_chosen(page: Visit, browser: Browser) -> None:
    """Also in another server: it lies on the disk."""
    page.fill("own_text", "Hallo, wie geht es?").press("Use this text")

    assert "Hallo, wie geht es?" in opened(browser, page.address).words


def test_uploaded_sheet_goes_with_its_run(page: Visit, served: PageServer, fresh_machine: Path) -> None:
    """When the run is pruned, and when it is deleted."""
    settings = served.site.settings()
    started = page.press(BUTTON)
    ended(settings, started)
    again = page.reload().press("Check it again")
    assert 2 == len(list((fresh_machine / "ledger-uploads").iterdir()))

    prune_runs(settings, prunable_runs(settings, 0, include_unfinished=False))

    assert [draft_of(again)] == [path.name for path in (fresh_machine / "ledger-uploads").iterdir()]
    assert 404 == page.reload().answer.status
    delete_run(settings, run_of(started))


def test_a_page_with_another_ledger_does_not_know_the_sheet(
    page: Visit, served: PageServer, service: HostileServer, fresh_machine: Path
) -> None:
    """It cannot tell what the sheet became: it would offer to send it again, and take its run from it."""
    settings = served.site.settings()
    started = page.press(BUTTON)
    ended(settings, started)

    with PageServer(fresh_machine, ledger=f"sqlite:///{fresh_machine}/ledger.db") as another:
        elsewhere = opened(another.browser(), page.address)

    assert 404 == elsewhere.answer.status
    assert run_of(started) == read_draft(settings, draft_of(page)).run
    assert ROWS == len(service.truth.applied)


def test_sheet_can_be_removed(page: Visit, fresh_machine: Path) -> None:
    """By whoever does not want to use it."""
    page.press("Do not use this sheet")

    assert [] == list((fresh_machine / "ledger-uploads").iterdir())
    assert 404 == page.reload().answer.status


def test_what_was_sent_before_is_sent_once_more_on_purpose_alone(
    page: Visit, browser: Browser, served: PageServer, service: HostileServer
) -> None:
    """It takes two steps, and both say what that means."""
    settings = served.site.settings()
    ended(settings, page.press(BUTTON))

    again = hand_in(browser, "again.csv", SHEET.encode())
    assert "Nothing is left to send." in again.words
    assert f"{ROWS} rows are left out: sent before" in again.words
    assert not [words for words in again.buttons if words.startswith("Send ")]
    once_more = again.press("Include what was sent before")

    assert "What was sent before is sent once more" in once_more.words
    assert "Nothing is left to send." in once_more.press("Leave out what was sent before").words
    ended(settings, once_more.press("Leave out what").press("Include what was sent before").press(BUTTON))
    assert 2 * ROWS == len(service.truth.applied)


def test_look_in_the_midst_of_a_start_leaves_it_alone(
    page: Visit, served: PageServer, service: HostileServer, fresh_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that is agreed to at this moment is none that a killed program left, whoever opens the sheet just then."""
    looks, check = [], become_run_module.ready_to_start

    def looked_at_meanwhile(settings: Settings, run: Run) -> Sequence[str]:
        with PageServer(fresh_machine / "another") as another:
            looks.append(another.browser().get(page.address).status)
        return check(settings, run)

    monkeypatch.setattr("hotline_batch.application.drafts.become_run.ready_to_start", looked_at_meanwhile)

    ended(served.site.settings(), page.press(BUTTON))

    assert [200] == looks
    assert ROWS == len(service.truth.applied)


def test_start_for_which_there_is_no_room_is_told_once(
    page: Visit, served: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the sheet is there again afterwards, and starts it once there is room."""

    def full(*_: object, **__: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hotline_batch.application.drafts.become_run.plan_run", full)
        told = page.press(BUTTON)

    assert "It says: No space left on device." in told.words
    assert BUTTON in page.reload().buttons
    ended(served.site.settings(), page.press(BUTTON))


def test_start_that_fails_after_a_while_is_told_to_the_person_alone(
    page: Visit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the program's to say; no traceback stands in the log besides."""
    ends = threading.Event()

    def fails(*_: object, **__: object) -> None:
        ends.wait()
        raise LedgerError("The disk sleeps.")

    monkeypatch.setattr("hotline_batch.web.sheets.starting._START_SECONDS", 0.05)
    monkeypatch.setattr("hotline_batch.application.drafts.become_run.plan_run", fails)
    waiting = page.press(BUTTON, waits=False)
    ends.set()

    told = waiting.reload()
    gc.collect()

    assert "Nothing was sent." in told.words
    assert "The disk sleeps." in told.words
    assert [] == [record.message for record in caplog.records if record.name == "asyncio"]


def test_start_that_takes_long_is_told_and_goes_on_by_itself(
    page: Visit, served: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page asks again by itself; as soon as there is a run, it leads there."""
    monkeypatch.setattr("hotline_batch.web.sheets.starting._START_SECONDS", 0.05)
    settings = served.site.settings()
    with starting(settings, draft_of(page), 60):
        waiting = page.press(BUTTON, waits=False)
        assert "Getting ready" in waiting.words
        assert waiting.address == page.reload(waits=False).address
        assert [waiting.address] == [
            target.partition("url=")[2] for target in waiting.tree.xpath("//meta[@http-equiv='refresh']/@content")
        ]

    monkeypatch.setattr("hotline_batch.web.sheets.starting._START_SECONDS", 180)
    started = waiting.reload()

    ended(settings, started)
    assert run_of(started) == run_of(page.reload().follow("See the run"))


def test_start_that_took_long_and_did_not_happen_says_why(
    page: Visit, served: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a script asked before the person saw it, and where the sheet takes long to read."""
    monkeypatch.setattr("hotline_batch.web.sheets.starting._START_SECONDS", 0.05)
    settings, draft_id = served.site.settings(), draft_of(page)
    with starting(settings, draft_id, 60):
        waiting = page.press(BUTTON, waits=False)
        assert "Getting ready" in waiting.words
        change_draft(settings, draft_id, lambda now: replace(now, own_text="x", kind=Kind.ENRICH))
    monkeypatch.setattr("hotline_batch.web.sheets.starting._START_SECONDS", 180)
    monkeypatch.setattr("hotline_batch.web.sheets.sheet_page._LOOK_SECONDS", 0)

    asked = page.browser.get(waiting.address, sec_fetch_dest="empty", sec_fetch_mode="cors")
    seen = waiting.reload()

    assert "data-goes-on" not in asked.text
    assert "Something changed since you looked" in seen.words
    assert "Something changed since you looked" not in page.reload(waits=False).words


def test_sheet_that_takes_long_to_read_says_so(page: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of the file; it goes on by itself."""
    may_be_read, read = threading.Event(), look.look_at
    monkeypatch.setattr(look, "look_at", lambda *asked: may_be_read.wait(180) and read(*asked))
    monkeypatch.setattr("hotline_batch.web.sheets.sheet_page._LOOK_SECONDS", 0.05)

    waiting = page.fill("own_text", "anders").press("Use this text", waits=False)

    assert "Reading the sheet" in waiting.words
    assert "list.csv" in waiting.words
    assert waiting.address == waiting.goes_on_at
    may_be_read.set()
    assert f"All {ROWS} rows can be sent." in waiting.reload().words


def test_row_that_was_asked_for_is_still_asked_for_once_the_sheet_is_read(
    page: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a script as by hand; nothing else of an address is taken along."""
    monkeypatch.setattr("hotline_batch.web.sheets.sheet_page._LOOK_SECONDS", 0)
    monkeypatch.setattr(look, "look_at", lambda *_: threading.Event().wait(1))
    address = f"/sheets/{draft_of(page)}"
    page.fill("own_text", "anders").press("Use this text", waits=False)

    asked, other = page.browser.get(f"{address}?row=3&x=y").text, page.browser.get(f"{address}?row=three").text

    assert f'data-goes-on="{address}?row=3"' in asked
    assert f'href="{address}?row=3"' in asked
    assert f'data-goes-on="{address}"' in other


def test_practice_knows_whoever_it_knows_on_the_terminal(browser: Browser, served: PageServer) -> None:
    """Everybody but the number that stands for somebody unknown."""
    browser.post("/practice", {"is_on": "yes"})
    page = hand_in(browser, "own.csv", b"user_id,message\n5550001234,Hallo\n700000123,Hallo\n")

    progress = ended(served.site.settings(), page.press("Send 2 messages in practice"))

    assert (1, 1) == (progress.counts[Status.SENT], progress.counts[Status.FAILED])


def test_users_of_topics_are_looked_up_before_the_send(browser: Browser, served: PageServer) -> None:
    """The sheet names topics; what is asked for that is told before, and the messages go to whoever is in them."""
    browser.post("/practice", {"is_on": "yes"})
    sheet = b"topic_link,message\nhttps://t.me/c/2101424779/5343,Hallo\nhttps://t.me/c/77/88,Hallo\n"
    page = hand_in(browser, "topics.csv", sheet)
    assert "The sheet names topics: their users are looked up first" in page.words

    started = page.press("Send 2 messages in practice")

    progress = ended(served.site.settings(), started)
    assert 2 == progress.counts[Status.SENT]
