"""What is told of runs, by whom and in which time; a channel that fails is worth a note and nothing more."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hotline_batch.application.batch import send_sheet
from hotline_batch.application.notify import channels, with_apprise
from hotline_batch.application.notify.asking import try_channels
from hotline_batch.application.notify.channels import Ended, run_bounded
from hotline_batch.application.notify.news import FileNews, NewsKind, RunNews, is_failing
from hotline_batch.application.notify.outbox import OUTBOX, Outbox
from hotline_batch.application.notify.with_apprise import Verdict
from hotline_batch.application.notify.words import message_of, payload_of
from hotline_batch.ledger.database.transactions import writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.news import Told, news_of_run, note_told, take_news
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RunState
from hotline_batch.settings.model import Settings
from tests.support.batch_bench import Bench
from tests.support.mail_server import SilentServer
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until
from tests.support.webhook import Webhook

SUMMARY = RunSummary(
    run="20261126-180412-k3f9",
    kind=Kind.SEND,
    state=RunState.FINISHED,
    exit_code=3,
    rows=200,
    counts={Status.SENT: 189, Status.FAILED: 8, Status.UNKNOWN: 3},
    codes={"api_refused": 8, "connection_lost": 3},
    row_numbers={"api_refused": (3, 4, 9), "connection_lost": (17,)},
    result="/home/anna/contacts.results.xlsx",
    seconds=600.0,
    rate="18/min",
)
NEWS = RunNews((NewsKind.ENDED,), "contacts.xlsx", SUMMARY)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with HostileServer() as server:
        yield Bench(tmp_path, server.url)
    OUTBOX.take_troubles()


def telling(bench: Bench, *addresses: str) -> Settings:
    settings = bench.settings()
    return replace(settings, news=settings.news.to(addresses, "notify", bench.folder))


def send(bench: Bench, settings: Settings) -> str:
    sheet = bench.write_sheet(["Hello", "World"])
    return send_sheet(sheet, settings=settings, output=str(bench.result_path), force=True, duplicate_window="0").run


def test_the_headline_says_how_many_need_a_look() -> None:
    message = message_of(NEWS)

    assert "contacts.xlsx: 189 of 200 messages delivered, 11 need a look" == message.title
    assert "189 of 200 messages delivered, 11 need a look" == message.text.splitlines()[0]
    assert "8 rows (3, 4, 9, …): The service refused this row." in message.text


@pytest.mark.parametrize("kind", NewsKind)
def test_every_kind_has_words_of_its_own(kind: NewsKind) -> None:
    """One line as a title; sheet and run in the text, and no command."""
    message = message_of(replace(NEWS, kinds=(kind,)))

    assert message.title.startswith("contacts.xlsx")
    assert "\n" not in message.title
    assert "Run: 20261126-180412-k3f9" in message.text
    assert "hotline-batch" not in message.text
    assert kind.value == payload_of(replace(NEWS, kinds=(kind,)), message)["kind"]


def test_the_name_of_a_sheet_cannot_write_the_head_of_a_mail() -> None:
    message = message_of(replace(NEWS, sheet="a\r\nBcc: everybody@example.org" + "x" * 400))

    assert "\n" not in message.title
    assert len(message.title) < 200


def test_who_prepared_it_and_what_the_service_said_are_told_only_where_asked_for() -> None:
    news = replace(NEWS, summary=replace(SUMMARY, stop_reason="User 987654321 is blocked."))

    plain, asked = message_of(news), message_of(replace(news, prepared_by="anna@desk"))

    assert "anna" not in plain.text
    assert "987654321" not in plain.text
    assert "Prepared by: anna@desk" in asked.text
    assert "Reason: User 987654321 is blocked." in asked.text


def test_a_file_of_the_inbox_is_told_without_what_stands_in_it() -> None:
    message = message_of(FileNews("june.csv", "inbox"))

    assert "june.csv in the inbox could not be used" == message.title
    assert "Why is written in the note beside it." in message.text


@pytest.mark.parametrize(
    ("counts", "fails"),
    [
        ({Status.SENT: 5, Status.FAILED: 2}, False),
        ({Status.SENT: 9, Status.FAILED: 3}, True),
        ({Status.SENT: 2, Status.FAILED: 3, Status.NOT_ATTEMPTED: 195}, False),
        ({Status.SENT: 15, Status.FAILED: 4, Status.UNKNOWN: 1, Status.NOT_ATTEMPTED: 180}, True),
        ({Status.SENT: 15, Status.FAILED: 4, Status.INVALID: 90}, False),
    ],
)
def test_a_quarter_of_the_rows(counts: dict[Status, int], fails: bool) -> None:
    """Of all, or of those tried once there are enough; rows that cannot be used were known before."""
    assert fails is is_failing(counts)


def test_a_service_that_never_answers_delays_nobody(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is done and written long before; the other one is told meanwhile, and the time of this one ends."""
    others_are_told = threading.Event()

    def bounded(command: Sequence[str], given: bytes, environ: Mapping[str, str], seconds: float) -> Ended:
        if f":{silent.port}/".encode() not in given:
            return run_bounded(command, given, environ, seconds)
        others_are_told.wait(180)
        return run_bounded(command, given, environ, 3.0)

    monkeypatch.setattr(channels, "LIMIT_SECONDS", 180.0)
    monkeypatch.setattr(channels, "run_bounded", bounded)
    with SilentServer() as silent, Webhook() as hook:
        settings = telling(bench, f"json://127.0.0.1:{silent.port}/?rto=600&cto=600", hook.address)
        send(bench, settings)
        was_told = OUTBOX.take_troubles()
        wait_until(lambda: len(hook.taken) == 1)
        others_are_told.set()

        assert () == tuple(was_told)
        assert OUTBOX.wait(180)
    assert [Told("webhook via 127.0.0.1", "there was no answer in time")] == list(OUTBOX.take_troubles())


def test_each_kind_is_taken_once_whoever_asks(ledger_url: str, tmp_path: Path) -> None:
    """And what became of it is kept with the run."""
    with HostileServer() as server, Ledger(ledger_url) as ledger:
        bench = Bench(tmp_path, server.url, environment={"HOTLINE_BATCH_LEDGER": ledger_url})
        run = bench.plan(["Hello"]).id
        first = take_news(ledger, run, {"ended", "in_doubt"})
        second = take_news(ledger, run, {"ended", "in_doubt", "failing"})
        other = take_news(ledger, run, {"ended"}, occasion=2)
        note_told(ledger, run, ["ended"], [Told("Slack", "it did not take the message")])
        kept = {news.kind: news.told for news in news_of_run(ledger, run) if news.kind != "ended"}
        with writing(ledger.engine, "counting") as connection:
            rows = connection.exec_driver_sql("select count(*) from news").scalar()
        ledger.delete_run(run)
        with writing(ledger.engine, "counting") as connection:
            left = connection.exec_driver_sql("select count(*) from news").scalar()

    assert ({"ended", "in_doubt"}, {"failing"}, {"ended"}) == (first, second, other)
    assert {"in_doubt": None, "failing": None} == kept
    assert (4, 0) == (rows, left)


def test_a_ledger_that_takes_no_note_leaves_it_untold(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process might tell it, too; and the run is what it is."""

    def broken(*_arguments: object) -> None:
        raise ValueError

    monkeypatch.setattr("hotline_batch.application.notify.telling.take_news", broken)
    with Webhook() as hook:
        run = send(bench, telling(bench, hook.address))
        OUTBOX.wait(180)

        assert [] == list(hook.taken)
    with bench.ledger() as ledger:
        assert "finished" == ledger.run(run).state.value


def test_a_process_whose_time_is_up_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    """Also one that holds its output open."""
    child = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
    )
    body = f"{child}; sys.stdout.flush(); import time; time.sleep(600)"

    for seconds in (1.0, 10.0, 100.0):  # until the child is there
        began = time.monotonic()
        ended = run_bounded([sys.executable, "-c", body], b"", {}, seconds)
        took = time.monotonic() - began
        if ended.said:
            break

    assert ended.exit_code is None
    assert took < 300
    wait_until(lambda: not is_alive(int(ended.said)))


def test_a_process_ends_by_itself_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where whoever asked looks late: it says itself that there was no answer."""
    with SilentServer() as silent:
        asked = {"address": f"json://127.0.0.1:{silent.port}/?rto=600&cto=600", "title": "a", "text": "b"}
        given = json.dumps({**asked, "checks_only": False, "seconds": 0.5}).encode()

        ended = run_bounded(with_apprise.command(), given, os.environ, 300.0)

    assert Ended(0, Verdict.NO_ANSWER) == ended


def test_a_machine_that_is_slow_to_begin_takes_nothing_of_the_time_of_a_service(tmp_path: Path) -> None:
    """Its time begins when it is asked."""
    (tmp_path / "apprise.py").write_text(
        "import time\n"
        "from types import SimpleNamespace\n"
        "time.sleep(5)\n"
        "AppriseAsset = lambda **_: None\n"
        "NotifyFormat = SimpleNamespace(TEXT='text')\n"
        "Apprise = lambda **_: SimpleNamespace(add=lambda _: True, notify=lambda **_: True)\n"
    )
    given = json.dumps({"address": "json://x", "title": "a", "text": "b", "checks_only": False, "seconds": 4.0})
    packages = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    ended = run_bounded(with_apprise.command(), given.encode(), os.environ | {"PYTHONPATH": packages}, 300.0)

    assert Ended(0, Verdict.TAKEN) == ended


def test_a_machine_that_is_too_slow_to_begin_tells_nobody(tmp_path: Path) -> None:
    """Whoever asked is about to end the process: a message that goes out now would be called not told."""
    told = tmp_path / "told"
    (tmp_path / "apprise.py").write_text(
        "from pathlib import Path\n"
        "from types import SimpleNamespace\n"
        "AppriseAsset = lambda **_: None\n"
        "NotifyFormat = SimpleNamespace(TEXT='text')\n"
        f"notify = lambda **_: Path({str(told)!r}).write_text('told') and True\n"
        "Apprise = lambda **_: SimpleNamespace(add=lambda _: True, notify=notify)\n"
    )
    asked = {"address": "json://x", "title": "a", "text": "b", "checks_only": False, "seconds": 4.0}
    given = json.dumps(asked | {"begin_by": time.monotonic() - 0.1}).encode()
    packages = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    ended = run_bounded(with_apprise.command(), given, os.environ | {"PYTHONPATH": packages}, 300.0)

    assert Ended(0, Verdict.NO_ANSWER) == ended
    assert not told.exists()


def is_alive(process: int) -> bool:
    """Whether it runs; one that has ended may wait for somebody to ask how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_only_the_last_words_of_a_process_are_kept() -> None:
    ended = run_bounded([sys.executable, "-c", "print('x' * 100_000, 'the end')"], b"{}", {}, 30.0)

    assert ended.said.endswith("the end")
    assert len(ended.said) <= 2_000


def test_news_that_break_harm_nobody(caplog: pytest.LogCaptureFixture) -> None:
    outbox = Outbox()

    def breaks() -> tuple[Told, ...]:
        raise RuntimeError("secret")

    outbox.post(breaks)
    outbox.post(lambda: (Told("Slack", "no"), Told("Teams")))

    assert outbox.wait(180)
    assert [Told("Slack", "no")] == outbox.take_troubles()
    assert [] == list(outbox.take_troubles())


def test_nobody_to_be_told_is_nobody_to_be_tried(bench: Bench) -> None:
    assert [] == list(try_channels(bench.settings()))


def test_without_the_extra_it_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "find_spec", lambda _name: None)

    told = try_channels(telling(bench, "json://127.0.0.1:1/"))

    assert ["it needs an extra: install hotline-batch[notify], or set notify_command"] == [
        each.problem for each in told
    ]
