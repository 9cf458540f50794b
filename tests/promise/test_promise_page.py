"""The page: whatever is pressed, in however old a tab, twice, or while the page, or a worker, dies at whichever line.

A person, or two in an office, hand sheets in, press any button that any open tab shows, look, and type commands beside
it; pages and workers die; the service misbehaves. No message comes twice but where a person asked for it, every row of
every run tells the truth, nothing leaves an office that one person alone has seen, the page has an answer to
everything, and in the end no row is left.

A short, always equal selection runs with all other tests. To search on, for as long as wanted:

    PROMISE_EXAMPLES=200 PROMISE_STEPS=40 pytest tests/promise/test_promise_page.py -n 0
"""

from __future__ import annotations

import csv
import io
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import newest_entries
from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import Run
from tests.promise import sessions
from tests.promise.ground import Ground, play
from tests.promise.happenings import FOR_A_DAY, IS_LONG, STEPS, TIMEOUT, contents, misfortunes, which
from tests.promise.ledger_truth import copies_of, rows_of_run, runs_begun, runs_planned, untrue_rows
from tests.promise.page_process import Dead, PageProcess, wait_for_the_end_of
from tests.promise.promise_model import Entry, Key, as_csv
from tests.promise.quiet import wait_until_quiet
from tests.support.ledgers.postgresql import Cluster
from tests.support.page.page_forms import Visit, opened
from tests.support.page.page_server import Browser
from tests.support.processes.programs import is_alive, usual_environment
from tests.support.service.pretend_api import Credentials

_MOST_TABS = 8
_LINES = st.one_of(st.just(0), st.just(0), st.just(0), st.integers(1, 4), st.integers(3, 25))
_SETTINGS = f'send_rate = "1000/s"\nconcurrency = 2\nattempts = 2\ntimeout = {TIMEOUT}\n'
_TWO_STEPS = ("prepared", "approved")
_PERSON = st.integers(0, 1)
_BUTTONS = "//main//form[@method='post' and not(@enctype)]//button[not(@hidden) and not(@type='button')]"


class PageInUse(Ground):
    """A page, the tabs that are open, and what people do in them; an office's where the ledger is in a database."""

    def __init__(self, cluster: Cluster | None) -> None:
        super().__init__(cluster)
        self._environment = {
            **usual_environment(),
            **{name: str(self._folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")},
            **Credentials().environment(self._server.url),
            "HOTLINE_BATCH_LEDGER": self._ledger_url,
        }
        self._page = self._served()
        self._tabs: list[Visit] = []
        self._workers: list[int] = []
        self._sheets: dict[str, Sequence[Entry]] = {}
        self._is_to_be_sent_again: set[str] = set()
        self._copies_asked_for: set[tuple[Key, object]] = set()
        self._misjudged: set[Key] = set()
        self._texts = 0

    # ── a person at the page ─────────────────────────────────────────────────────────────────────────────────────────

    @initialize(entries=contents, misfortune=misfortunes)
    def begin(self, entries: list[Entry], misfortune: list[str]) -> None:
        self._hand_in(entries, 0)
        self.send(0, 0, 1, misfortune)
        self.approve(0, 0, 1, misfortune)

    @rule(entries=contents, is_new=st.sampled_from([True, True, False]), who=_PERSON)
    def hand_a_sheet_in(self, entries: list[Entry], is_new: bool, who: int) -> None:
        """With messages that nobody got yet, or with some that others have."""
        tag = f" {len(self._sheets)}" if is_new else ""
        self._hand_in([(user, message and message + tag) for user, message in entries], who)

    @rule(tab=which, line=_LINES, clicks=st.sampled_from([1, 1, 2, 3]), misfortune=misfortunes)
    def send(self, tab: int, line: int, clicks: int, misfortune: list[str]) -> None:
        """The big button of a sheet, as it is after another look."""
        sheets = [each for each in self._tabs if self._draft_of(each)]
        if sheets and (chosen := self._looked(sheets[-1 - tab % len(sheets)].reload)):
            self._press_the(chosen, "//main//button[@name='how' and @value='all']", line, clicks, misfortune)

    @rule(run=which, line=_LINES, clicks=st.sampled_from([1, 1, 2]), misfortune=misfortunes)
    def approve(self, run: int, line: int, clicks: int, misfortune: list[str]) -> None:
        """What another person of the office prepared."""
        for who in range(len(self._page.browsers)):
            if page := self._look_at_a_run(run, who):
                approving = "//main//form[contains(@action, '/approve')]//button"
                self._press_the(page, approving, line, clicks, misfortune)

    @rule(tab=which, button=st.integers(0, 40), line=_LINES, clicks=st.sampled_from([1, 1, 2]), misfortune=misfortunes)
    def press_something(self, tab: int, button: int, line: int, clicks: int, misfortune: list[str]) -> None:
        """Any button of a tab, which may show what was so long ago."""
        chosen = self._tabs[tab % len(self._tabs)] if self._tabs else None
        buttons = chosen.tree.xpath(_BUTTONS) if chosen else []
        if chosen and buttons:
            self._press(chosen, buttons[button % len(buttons)], line, clicks, misfortune)

    @rule(
        run=which,
        who=_PERSON,
        button=st.integers(0, 12),
        line=_LINES,
        clicks=st.sampled_from([1, 1, 2]),
        misfortune=misfortunes,
    )
    def press_something_about_a_run(
        self, run: int, who: int, button: int, line: int, clicks: int, misfortune: list[str]
    ) -> None:
        """As its page is now."""
        if page := self._look_at_a_run(run, who):
            buttons = page.tree.xpath(_BUTTONS)
            if buttons:
                self._press(page, buttons[button % len(buttons)], line, clicks, misfortune)

    @rule(run=which, who=_PERSON, line=_LINES, clicks=st.sampled_from([1, 1, 2]), misfortune=misfortunes)
    def correct(self, run: int, who: int, line: int, clicks: int, misfortune: list[str]) -> None:
        """With two steps, as whoever reads what is asked."""
        page = self._look_at_a_run(run, who, "/correct")
        for _ in range(2):
            if page and self._press_the(
                page, "//main//form[contains(@action, '/correct')]//button", line, clicks, misfortune
            ):
                page = self._tabs[-1]

    @rule(chosen=which, link=which, way=st.sampled_from(["a run", "again", "a link"]), who=_PERSON)
    def look_around(self, chosen: int, link: int, way: str, who: int) -> None:
        tab = self._tabs[chosen % len(self._tabs)] if self._tabs else None
        if way == "a run":
            self._look_at_a_run(chosen, who)
        elif tab and way == "again":
            self._looked(tab.reload)
        elif tab and (links := tab.tree.xpath("//main//a[starts-with(@href, '/') and not(@download)]/@href")):
            self._looked(lambda: opened(tab.browser, links[link % len(links)]))

    # ── beside the page ──────────────────────────────────────────────────────────────────────────────────────────────

    @rule(run=which, command=st.sampled_from(["stop", "resume", "retry"]), misfortune=misfortunes)
    def type_a_command(self, run: int, command: str, misfortune: list[str]) -> None:
        if runs := self._runs():
            self._plan(misfortune)
            self._ask(command, runs[run % len(runs)].id)
            self._judge()

    @rule(requests=st.integers(0, 4), number=st.sampled_from([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
    def end_the_workers(self, requests: int, number: signal.Signals) -> None:
        count = len(self._server.requests) + requests
        self._server.wait_until(lambda: len(self._server.requests) >= count or not any(map(is_alive, self._workers)))
        for worker in self._workers:
            with suppress(ProcessLookupError):
                os.kill(worker, number)
        self._wait()
        self._judge()

    @rule()
    def wait(self) -> None:
        """Until nobody works any more; what the service had put off happens."""
        self._wait()
        self._server.apply_late_now()
        self._judge()

    @rule()
    def end_the_page(self) -> None:
        """And open another one."""
        self._page.end()
        self._serve_anew()

    # ── what everything is made of ───────────────────────────────────────────────────────────────────────────────────

    def _hand_in(self, entries: Sequence[Entry], who: int) -> None:
        browser, content = self._browser(who), as_csv(entries).encode()
        answer = browser.upload("/sheets", "sheet.csv", content, {"kind": "send"}, field_name="file")
        assert answer.status == 303, answer.text
        if page := self._looked(lambda: opened(browser, answer.headers["location"])):
            self._sheets[self._draft_of(page)] = entries

    def _press_the(self, page: Visit, found_by: str, line: int, clicks: int, misfortune: Sequence[str]) -> bool:
        """Press the first button of these, if there is one; whether there is."""
        found = page.tree.xpath(found_by)
        if found:
            self._press(page, found[0], line, clicks, misfortune)
        return bool(found)

    def _press(self, page: Visit, button: Any, line: int, clicks: int, misfortune: Sequence[str]) -> None:
        self._plan(misfortune)
        self._excuse(page, button)
        self._page.die_at(line)
        for name, text in (("leave_out", "yes"), ("note", "looked"), ("text", f"Correction {self._texts}")):
            fields = button.xpath(f"ancestor::form//*[@name='{name}' and not(@type='hidden')]")
            if fields and not (fields[0].text or "").strip():
                page.fill(name, text)
                self._texts += name == "text"
        with ThreadPoolExecutor(clicks) as pool:
            pressed = [pool.submit(self._answered, lambda: page.click(button)) for _ in range(clicks)]
            answers = [found.result() for found in pressed]
        self._page.die_at(0)
        for answer in answers:
            self._keep(answer, made_of=page)
        if not self._page.is_alive:
            self._page.end()
            self._serve_anew()
        self._judge()

    def _excuse(self, page: Visit, button: Any) -> None:
        """What a person asks for by this button, or says that may not be so."""
        form = button.xpath("ancestor::form")[0]
        fields = dict(form.form_values()) | {button.get("name") or "": button.get("value")}
        action = form.get("action")
        draft = self._draft_of(page)
        if action.endswith("/choices") and fields.get("sent_before") == "again":
            self._is_to_be_sent_again.add(draft)
        if action.endswith("/start") and draft in self._is_to_be_sent_again:
            for user, message in set(self._sheets[draft]):
                if user.isdigit():
                    self._ask_for_a_copy((int(user), message), draft)
        if action.endswith("/settle"):
            self._server.apply_late_now()
            run, word = action.split("/")[2], fields.get("word")
            rows = {str(row.number): row for row in rows_of_run(self._ledger_url, run)}
            copies = copies_of(self._server)
            for number in ",".join(each for name, each in form.form_values() if name == "row").split(","):
                row = rows.get(number)
                if row is None or row.key is None:
                    continue
                is_wrong = word == "not_delivered" and copies[row.key] > 0
                if is_wrong or (word == "resend" and fields.get("sure") == "yes"):
                    self._ask_for_a_copy(row.key, (run, row.number, row.attempts))
                if is_wrong or word == "delivered":
                    self._misjudged.add(row.key)

    def _ask_for_a_copy(self, key: Key, asked: object) -> None:
        """However often it is asked for: one run is made of a sheet, and a row is tried once more."""
        if (key, asked) not in self._copies_asked_for:
            self._copies_asked_for.add((key, asked))
            self._truth.excuses[key] += 1

    def _look_at_a_run(self, which: int, who: int, at: str = "") -> Visit | None:
        runs = runs_planned(self._ledger_url)
        address = f"/runs/{runs[which % len(runs)].id}{at}" if runs else ""
        return self._looked(lambda: opened(self._browser(who), address)) if runs else None

    def _browser(self, who: int) -> Browser:
        return self._page.browsers[who % len(self._page.browsers)]

    def _looked(self, look: Any) -> Visit | None:
        return self._keep(self._answered(look))

    def _answered(self, ask: Any) -> Visit | None:
        """What came; none where the page died over it."""
        try:
            page: Visit = ask()
        except Dead:
            if not self._page.has_died():
                raise
            return None
        return page

    def _keep(self, page: Visit | None, made_of: Visit | None = None) -> Visit | None:
        """A tab more."""
        if page is None:
            return None
        assert page.answer.status < 500, page.words
        if not page.is_page:
            return None
        assert "Traceback" not in page.answer.text
        self._tabs = [*self._tabs, page][-_MOST_TABS:]
        draft = self._draft_of(page)
        if draft and draft not in self._sheets and made_of:
            self._sheets[draft] = self._sheets[self._draft_of(made_of)]
        return page

    @staticmethod
    def _draft_of(page: Visit) -> str:
        parts = page.address.partition("?")[0].split("/")
        return parts[2] if len(parts) > 2 and parts[1] == "sheets" else ""

    def _serve_anew(self) -> None:
        self._workers += self._page.new_workers()
        before, self._page = self._page, self._served()
        for tab in self._tabs:
            tab.browser = self._page.browsers[before.browsers.index(tab.browser)]

    def _served(self) -> PageProcess:
        return PageProcess(self._folder, _SETTINGS, self._environment, is_office=self._database is not None)

    def _ask(self, command: str, run: str) -> None:
        _, machine = self._next_command()
        drive = [] if command == "stop" else ["--yes", "--json", "--rate", "1000/s"]
        ended = sessions.run(machine, [command, run, *drive])
        assert ended.exit_code in {0, 1, 2, 3, 4, 130}, ended

    def _plan(self, misfortune: Sequence[str]) -> None:
        self._let_happen(name for name in misfortune if not name.startswith(FOR_A_DAY))

    def _wait(self) -> None:
        self._workers += self._page.new_workers()
        wait_for_the_end_of(self._workers)
        self._workers = []
        wait_until_quiet(self._server)

    def _runs(self) -> list[Run]:
        return runs_begun(self._ledger_url)

    # ── judgement ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge(self) -> None:
        self._workers = [worker for worker in [*self._workers, *self._page.new_workers()] if is_alive(worker)]
        copies = copies_of(self._server)
        wrong = [f"{key}: {count} copies" for key, count in copies.items() if count > 1 + self._truth.excuses[key]]
        if not self._workers:
            wait_until_quiet(self._server)
            wrong += untrue_rows(self._ledger_url, self._server, self._misjudged)
            wrong += [*self._untrue_results(), *self._not_approved()]
        assert not wrong, wrong

    def _untrue_results(self) -> list[str]:
        wrong = []
        for run in self._runs():
            answer = self._browser(0).get(f"/runs/{run.id}/results.csv")
            assert answer.status == 200, answer.text
            text = answer.body.decode("utf-8-sig")
            dialect = csv.Sniffer().sniff(text.splitlines()[0], ",;")
            told = list(csv.DictReader(io.StringIO(text, newline=""), dialect=dialect))
            rows = rows_of_run(self._ledger_url, run.id)
            if [row["hotline_row"] for row in told] != [str(row.number) for row in rows]:
                wrong.append(f"{run.id}: {told}")
                continue
            for seen, row in zip(told, rows, strict=True):
                if (seen["hotline_status"] == "sent") != (row.state is JobState.SUCCEEDED):
                    wrong.append(f"{run.id}: {seen} is {row}")
        return wrong

    def _not_approved(self) -> list[str]:
        """In an office nothing leaves that nobody but whoever prepared it has seen."""
        wrong = []
        with Ledger(self._ledger_url) as ledger:
            for run in self._runs() if self._database else ():
                told = newest_entries(ledger, 1000, run=run.id)
                by = {action: {entry.by for entry in told if entry.action == action} for action in _TWO_STEPS}
                is_tried = any(row.attempts for row in rows_of_run(self._ledger_url, run.id))
                if is_tried and not by["approved"] - by["prepared"]:
                    wrong.append(f"{run.id} was begun: {by}")
        return wrong

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _bring_to_an_end(self) -> None:
        """Every run can be gone on with, and no row is left."""
        self._server.heal()
        self._wait()
        self._server.apply_late_now()
        for run in self._runs():
            self._ask("resume", run.id)
            left = [row for row in rows_of_run(self._ledger_url, run.id) if row.state is JobState.PENDING]
            assert not left or self._database, run  # in an office somebody else may have to agree
        self._judge()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            with suppress(AssertionError, ValueError):
                self._page.end()


@pytest.mark.parametrize("whose", ["of_a_person", "of_an_office"])
def test_page_keeps_the_promise_whatever_is_pressed(whose: str, request: pytest.FixtureRequest) -> None:
    """No sequence of clicks, looks, commands, faults and deaths makes a row lie, or a message come twice."""
    cluster: Cluster | None = request.getfixturevalue("postgresql") if whose == "of_an_office" else None
    play(PageInUse, cluster, examples=4, steps=STEPS if IS_LONG else 15)
