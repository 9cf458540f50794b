"""Runs as a person looks at them: counts by the ledger itself, rows by page, one row with all its story, a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import hotline_batch
from hotline_batch.application.office.approvals import runs_to_approve
from hotline_batch.application.runs.going_on import PersonsWord, settle_rows
from hotline_batch.application.runs.views import listing
from hotline_batch.application.runs.views.listing import RunFilter, list_runs_page, show_run
from hotline_batch.application.runs.views.outcome import run_outcome
from hotline_batch.application.runs.views.rows import attempts_so_far, last_words, row_of_run, rows_of_run
from hotline_batch.errors import Delivery, NoSuchRun
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

FIRST = 1_000_001
ROWS = 12
BLANK = 6


@dataclass(frozen=True, slots=True)
class Sent:
    """A run with rows of many kinds, and the settings of its ledger."""

    settings: Settings
    summary: RunSummary


@pytest.fixture
def service() -> Iterator[HostileServer]:
    """A service that can be told to misbehave."""
    with HostileServer() as server:
        yield server


@pytest.fixture
def settings(service: HostileServer, ledger_url: str, tmp_path: Path) -> Settings:
    """A ledger in each of the two databases."""
    environ = service.credentials.environment(service.url)
    return load_settings(ledger=ledger_url, environ=environ, working_folder=tmp_path)


@pytest.fixture
def sent(service: HostileServer, settings: Settings, tmp_path: Path) -> Sent:
    """Twelve rows, a blank line among them: two in doubt, one refused, two that cannot be used, one twice."""
    lines = [f"{FIRST + place},Name {place},Hallo {place}" for place in range(ROWS)]
    lines[4:4] = ["", "12a4,Wrong,Hallo", ",Missing,Hallo"]
    (tmp_path / "list.csv").write_text("\n".join(["user_id,Name,message", *lines, lines[0]]), "utf-8")
    for user in (FIRST + 3, FIRST + 6):
        service.fault_for(user, named("close_unanswered_applied"))
    service.fault_for(FIRST + 8, named("blocked_by_user_403"))
    summary = hotline_batch.send_sheet(
        str(tmp_path / "list.csv"), output=str(tmp_path / "out.csv"), settings=settings, rate="500/s", concurrency=1
    )
    return Sent(settings, summary)


def test_counts_of_the_ledger_are_those_of_the_result_sheet(sent: Sent) -> None:
    """Whoever counts: by status, by reason with the same first rows, and how many need a person."""
    told = run_outcome(sent.settings, sent.summary.run)

    counted = show_run(sent.settings, sent.summary.run).summary
    assert replace(counted, result="", again=None, codes={}, row_numbers={}) == replace(told, codes={}, row_numbers={})
    assert dict(counted.codes) == dict(told.codes)
    assert dict(counted.row_numbers) == dict(told.row_numbers)
    assert {"reply_lost": 2, "duplicate_in_sheet": 1, "user_id_missing": 1}.items() <= told.codes.items()


def test_rows_come_in_pages(sent: Sent) -> None:
    """In the order of the sheet, none twice, none missing."""
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        found = rows_of_run(sent.settings, sent.summary.run, Status.SENT, after=after, most=4)
        seen += [shown.row.number for shown in found.rows]
        after = found.next_after

    assert 9 == len(seen) == len(set(seen)) == sent.summary.counts[Status.SENT]
    assert sorted(seen) == seen


def test_rows_of_one_reason(sent: Sent) -> None:
    """With the name of the person and the text that may have arrived."""
    found = rows_of_run(sent.settings, sent.summary.run, Status.UNKNOWN, code="reply_lost")

    assert [("Name 3", "Hallo 3"), ("Name 6", "Hallo 6")] == [(shown.name, shown.text) for shown in found.rows]
    assert () == tuple(rows_of_run(sent.settings, sent.summary.run, Status.UNKNOWN, code="other").rows)


def test_every_row_is_found_by_its_number(sent: Sent) -> None:
    """Blank lines have numbers and are no rows."""
    numbers = [number for number in range(1, 20) if _is_row(sent, number)]

    assert [*range(2, 6), *range(7, 18)] == numbers


def test_row_tells_attempts_and_what_people_said(sent: Sent) -> None:
    """Each request with what it proves, each word with its note."""
    settle_rows(sent.settings, sent.summary.run, PersonsWord.DELIVERED, "5", "seen")

    details = row_of_run(sent.settings, sent.summary.run, 5)

    assert [("reply_lost", Delivery.MAYBE)] == [(each.error_code, each.delivery) for each in details.attempts]
    assert [("delivered", "seen", "reply_lost")] == [(each.word, each.note, each.code_before) for each in details.said]
    assert ("Name", "Name 3") in details.cells
    assert details.said == last_words(sent.settings, sent.summary.run)


def test_attempts_of_several_rows_are_told_at_once(sent: Sent) -> None:
    """Those of each row by itself: one that failed at once, one in doubt, one that was never asked for."""
    told = attempts_so_far(sent.settings, sent.summary.run, [5, 7, 16])

    each = [row_of_run(sent.settings, sent.summary.run, number).shown.row.attempts for number in (5, 7, 16)]
    assert [1, 0, 1] == each
    assert dict(zip((5, 7, 16), each, strict=True)) == told
    with pytest.raises(NoSuchRun):
        attempts_so_far(sent.settings, sent.summary.run, [5, BLANK])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/anna/list.csv", "list.csv"),
        (r"C:\Users\anna\Kunden März.xlsx", "Kunden März.xlsx"),
        ("list.csv", "list.csv"),
        ("-", "standard input"),
    ],
)
def test_sheet_is_told_by_its_name_alone(sent: Sent, path: str, name: str) -> None:
    """Whichever system the run was made on: its folders are nobody else's business."""
    (listed,) = list_runs_page(sent.settings, RunFilter(), 1, 10).runs

    assert name == listing.sheet_name(replace(listed.run, sheet_path=path))


def test_list_counts_what_needs_a_person(sent: Sent) -> None:
    """In doubt, failed, not to be used; and whatever is to go, once nobody works on it."""
    (listed,) = list_runs_page(sent.settings, RunFilter(), 1, 10).runs

    assert 5 == listed.needing_a_person
    assert not list_runs_page(sent.settings, RunFilter(kind=Kind.ENRICH), 1, 10).runs
    assert list_runs_page(sent.settings, RunFilter(words="LIST csv", needs_a_person=True), 1, 10).runs


def test_list_counts_the_rows_of_its_own_page_alone(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a ledger with many runs the first page reads and counts those that it shows, and one to see that there are
    more.
    """
    made = []
    for name in ("a", "b", "c", "d", "e"):
        (tmp_path / f"{name}.csv").write_text(f"user_id,message\n{FIRST},Hallo {name}\n", "utf-8")
        summary = hotline_batch.send_sheet(
            str(tmp_path / f"{name}.csv"), output=str(tmp_path / f"{name}.out.csv"), settings=settings, rate="500/s"
        )
        made.append(summary.run)
    read: list[int | None] = []
    counted: list[str] = []
    read_runs, count = Ledger.runs, listing.progress_of
    monkeypatch.setattr(Ledger, "runs", lambda ledger, most=None: read.append(most) or read_runs(ledger, most))
    monkeypatch.setattr(listing, "progress_of", lambda ledger, run, s: counted.append(run.id) or count(ledger, run, s))

    first = list_runs_page(settings, RunFilter(), 1, 2)
    assert ([made[4], made[3]], True) == ([listed.run.id for listed in first.runs], first.has_more)
    assert [3] == read
    assert [made[4], made[3], made[2]] == counted
    counted.clear()
    last = list_runs_page(settings, RunFilter(words="csv"), 3, 2)
    assert ([made[0]], False) == ([listed.run.id for listed in last.runs], last.has_more)
    assert [made[0]] == counted


def test_list_without_a_ledger_makes_none(tmp_path: Path) -> None:
    """A look changes nothing."""
    settings = load_settings(ledger=f"sqlite:///{tmp_path / 'none.sqlite'}", environ={}, working_folder=tmp_path)

    assert not list_runs_page(settings, RunFilter(), 1, 10).runs
    assert not runs_to_approve(settings)
    assert [] == list(tmp_path.iterdir())


def _is_row(sent: Sent, number: int) -> bool:
    try:
        return row_of_run(sent.settings, sent.summary.run, number).shown.row.number == number
    except NoSuchRun:
        return False


def test_row_in_doubt_leads_to_the_topic_that_an_earlier_message_named(sent: Sent, tmp_path: Path) -> None:
    """There a person has to look; the doubtful reply itself named none."""
    (tmp_path / "before.csv").write_text(f"user_id,message\n{FIRST + 3},Earlier\n", "utf-8")
    hotline_batch.send_sheet(
        str(tmp_path / "before.csv"), output=str(tmp_path / "b.csv"), settings=sent.settings, rate="500/s"
    )

    first, second = rows_of_run(sent.settings, sent.summary.run, Status.UNKNOWN).rows

    assert first.topic_link.startswith("https://t.me/c/")
    assert "" == second.topic_link
