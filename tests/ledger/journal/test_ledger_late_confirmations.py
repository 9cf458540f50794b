"""A confirmation that comes when a person had said that the message is not there: nothing of it is sent any more, and
whatever came of later attempts, the row was sent. The same in a file and on a server.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from hotline_batch.issues.issue import Issue
from hotline_batch.ledger import statements
from hotline_batch.ledger.journal.entries import Claim, Claimed, ClaimRefused, News, Postponed, Record
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.ledger import Ledger, PendingJob
from hotline_batch.ledger.oversight.run_audit import audit_lines, verify_run
from hotline_batch.ledger.resolutions import PersonsWord, Resolution, reopen_failed, resolve_rows
from hotline_batch.model.jobs import Attempt, Failed, Outcome, Succeeded, Unknown
from hotline_batch.model.runs import Delivery
from hotline_batch.people import Person, PersonKind
from tests.support.ledgers.ledger_examples import WALL, add_run, codes, hold_of, messages, records, settle_left, states
from tests.support.ledgers.postgresql import Database
from tests.support.waiting import wait_until

ANN = Person("ann@desk", PersonKind.SYSTEM)
LINK = "https://t.me/c/7/11"
YES = Succeeded(LINK, {"result": "message_sent"}, 200)
REFUSED = Failed(Issue.worded("api_refused", "No."), 400)
TO_WAIT = Postponed(WALL + 60, Issue.worded("rate_limited", "Too many."), 429)
SILENCE = Unknown(Issue.worded("reply_timeout", "Silence."))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A run with one row."""
    with Ledger(ledger_url) as opened:
        add_run(opened, "r", messages(1))
        opened.note("r", lambda notes: replace(notes, identities={"main": "instance-1"}))
        yield opened


def told(ledger: Ledger, *entries: Claim | Record, run_id: str = "r") -> list[News]:
    news: list[News] = []
    with Journal(
        ledger, run_id, WALL - 1e6, news.append, held=hold_of(ledger, run_id), identities={"main": "instance-1"}
    ) as journal:
        for entry in entries:
            journal.tell(entry)
    return news


def row(ledger: Ledger, run_id: str = "r") -> PendingJob:
    return ledger.next_pending(ledger.run(run_id), "main", -1, 1)[0]


def outcome(job: PendingJob, result: Outcome | Postponed) -> Record:
    number = job.attempts + 1
    delivery = Delivery.YES if isinstance(result, Succeeded) else Delivery.NO
    delivery = Delivery.MAYBE if isinstance(result, Unknown) else delivery
    code = "" if isinstance(result, Succeeded) else result.issue.code
    made = Attempt(number, WALL + number, 0.5, result.http_status, code, delivery)
    return Record(job, made, result, WALL + number + 0.5)


def tried_and_settled(ledger: Ledger) -> PendingJob:
    """The row as it was claimed the first time; it is to be tried again now."""
    first = row(ledger)
    told(ledger, Claim(first, WALL))
    with ledger.hold("r") as held:
        ledger.settle_stale(held, ledger.run("r"), WALL + 20)
        settle(ledger, WALL + 30)
    return first


def settle(ledger: Ledger, at: float) -> None:
    resolve_rows(ledger, "r", None, Resolution(PersonsWord.NOT_DELIVERED, ANN, at, ""))
    reopen_failed(ledger, "r")


def assert_sent(ledger: Ledger) -> None:
    (found,) = records(ledger, "r")
    assert (["succeeded"], [""]) == (states(ledger, "r"), codes(ledger, "r"))
    assert (LINK, "message_sent", 200) == (found.topic_link, found.fields.get("result"), found.http_status)
    assert not ledger.pending_rows("r")
    assert not ledger.open_rows("r")
    assert verify_run(ledger, ledger.run("r")).is_well
    with ledger.hold("r"):
        assert 0 == reopen_failed(ledger, "r")


def test_a_row_that_waits_for_its_next_attempt_is_sent_no_more(ledger: Ledger) -> None:
    """Also where a worker has read that it is to be sent. What was heard stands in the audit."""
    first = tried_and_settled(ledger)
    second = row(ledger)

    told(ledger, outcome(first, YES))
    news = told(ledger, Claim(second, WALL + 40))

    assert [ClaimRefused] == [type(each) for each in news]
    assert_sent(ledger)
    assert b'"late_answer"' in list(audit_lines(ledger, ledger.run("r")))[-1]


@pytest.mark.parametrize("result", [REFUSED, TO_WAIT, SILENCE], ids=["refused", "to_wait", "in_doubt"])
def test_it_counts_more_than_what_became_of_the_next_attempt(ledger: Ledger, result: Outcome | Postponed) -> None:
    first = tried_and_settled(ledger)
    second = row(ledger)
    told(ledger, Claim(second, WALL + 40))
    told(ledger, outcome(second, result))

    told(ledger, outcome(first, YES))

    assert_sent(ledger)


@pytest.mark.parametrize("result", [REFUSED, TO_WAIT, SILENCE, None], ids=["refused", "to_wait", "in_doubt", "killed"])
def test_it_is_kept_until_the_attempt_in_flight_comes_to_nothing(
    ledger: Ledger, result: Outcome | Postponed | None
) -> None:
    """That one is recorded as usual, in the audit; None: its worker died."""
    first = tried_and_settled(ledger)
    second = row(ledger)
    told(ledger, Claim(second, WALL + 40))

    told(ledger, outcome(first, YES))
    meanwhile = states(ledger, "r")
    if result is None:
        settle_left(ledger, "r", WALL + 60)
    else:
        told(ledger, outcome(second, result))

    assert ["in_flight"] == meanwhile
    assert_sent(ledger)
    with ledger.engine.connect() as connection:
        kept = connection.execute(text("select number, delivery from attempt order by number")).fetchall()
    assert ([1, 2], "yes") == ([number for number, _ in kept], kept[0][1])


def test_a_confirmation_of_the_attempt_in_flight_is_the_row_s(ledger: Ledger) -> None:
    first = tried_and_settled(ledger)
    second = row(ledger)
    told(ledger, Claim(second, WALL + 40))
    told(ledger, outcome(first, YES))

    told(ledger, outcome(second, replace(YES, topic_link=LINK, fields={"result": "message_sent", "nth": "2"})))

    assert_sent(ledger)
    assert "2" == records(ledger, "r")[0].fields["nth"]


def test_a_row_that_was_left_out_since_was_sent(ledger: Ledger) -> None:
    """Another run had the same message under way."""
    first = tried_and_settled(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(
            statements.SKIP, {"run_key": ledger.run_key("r"), "position": 0, "code": "possibly_sent", "parameters": ""}
        )

    told(ledger, outcome(first, YES))

    assert_sent(ledger)


def test_the_topic_of_another_user_confirms_nothing_late_either(ledger: Ledger) -> None:
    """What comes of the attempt in flight stands, and the attempt is kept as the doubt that it is."""
    add_run(ledger, "other", messages(1, 2001))
    other = row(ledger, "other")
    told(ledger, Claim(other, WALL), outcome(other, YES), run_id="other")
    first = tried_and_settled(ledger)
    second = row(ledger)
    told(ledger, Claim(second, WALL + 40))

    told(ledger, outcome(first, YES))
    told(ledger, outcome(second, REFUSED))

    assert (["failed"], ["api_refused"]) == (states(ledger, "r"), codes(ledger, "r"))
    with ledger.engine.connect() as connection:
        kept = connection.execute(
            text("select error_code, delivery from attempt where number = 1 and delivery <> 'yes'")
        ).one()
    assert ("another_topic", "maybe") == tuple(kept)


def test_a_person_s_word_on_the_topic_of_another_user_holds(ledger: Ledger) -> None:
    """A ledger of an earlier version calls such an attempt confirmed."""
    first = row(ledger)
    told(ledger, Claim(first, WALL), outcome(first, YES))
    with ledger.engine.begin() as connection:
        connection.execute(text("update sheet_row set state = 'unknown', code = 'another_topic'"))
    settle(ledger, WALL + 30)
    second = row(ledger)

    told(ledger, Claim(second, WALL + 40))
    told(ledger, outcome(second, REFUSED))

    assert (["failed"], ["api_refused"]) == (states(ledger, "r"), codes(ledger, "r"))


def test_one_that_is_being_kept_at_the_same_moment_is_waited_for(database: Database) -> None:
    """Else the end of the attempt in flight would not see it."""
    with Ledger(database.url) as ledger:
        add_run(ledger, "r", messages(1))
        first = tried_and_settled(ledger)
        second = row(ledger)
        assert [Claimed] == [type(each) for each in told(ledger, Claim(second, WALL + 40))]
        ended = threading.Thread(target=told, args=(ledger, outcome(second, REFUSED)))
        with ledger.engine.begin() as late, ledger.engine.connect() as looking:
            keep_late(late, ledger, first)
            ended.start()
            waits = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = :name")
            wait_until(lambda: looking.execute(waits, {"name": database.name}).scalar_one() > 0)
        ended.join(60)

        assert (["succeeded"], LINK) == (states(ledger, "r"), records(ledger, "r")[0].topic_link)


def keep_late(connection: Connection, ledger: Ledger, first: PendingJob) -> None:
    """What a journal does with the first attempt's confirmation, but for the audit."""
    run_key = ledger.run_key("r")
    attempt = {"position": 0, "number": 1, "started_at": WALL, "duration_seconds": 1.0, "http_status": 200}
    statements.ADD_ATTEMPT.execute(connection, [attempt | {"error_code": "", "delivery": "yes"}], run_key=run_key)
    values = {"position": first.position, "attempt": 1, "state": "succeeded", "code": "", "parameters": ""}
    more = {"as_cause": "", "http_status": 200, "not_before": None, "finished_at": WALL + 1, "topic_link": LINK}
    reply = '{"result": "message_sent"}'
    statements.RECORD.execute(connection, [values | more | {"reply": reply}], run_key=run_key)
