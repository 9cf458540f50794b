"""An export says that a message is not there only if it is nowhere that it may be, in whatever shape."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import hotline_batch
from hotline_batch.application.evidence.settle import settle_by_evidence
from hotline_batch.application.evidence.verification import Finding, Verification, VerifiedRow
from hotline_batch.application.evidence.verify import verify_runs
from hotline_batch.evidence.verdicts import CannotTell, NotThere, Reason, There
from hotline_batch.ledger.history.asked_messages import users_of_topics
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.sandbox.export import export_text
from hotline_batch.sandbox.people import Person, Topic
from hotline_batch.sandbox.server import Sandbox
from hotline_batch.settings.load import load_settings
from tests.support.sandbox_connection import connect_to

LOST, NOT_POSTED = 3, 5
IN_DOUBT = (
    "update sheet_row set code = 'another_topic', topic_link = :link where number = :number and state = 'unknown'"
)
TWO_HOURS, A_DAY = 7_200.0, 86_400


def as_it_is(chat: dict[str, Any]) -> None:
    """No change of the file."""


@dataclass
class Desk:
    """A person with a sandbox, whose service has two groups: every second person is in each."""

    folder: Path
    sandbox: Sandbox

    @property
    def people(self) -> Sequence[Person]:
        """Those of one group."""
        return self.sandbox.world.people[:40:2]

    def topic(self, person: Person) -> Topic:
        """Where messages to this person go."""
        topic = self.sandbox.world.topic_of(person.user_id)
        assert topic is not None
        return topic

    def send(self, people: Sequence[Person], words: str = "Your parcel is here") -> str:
        """Send each of them a text of his own; the id of the run."""
        sheet = self.folder / "people.csv"
        rows = [f"{person.user_id},Dear {person.name}! {words}." for person in people]
        sheet.write_text("\n".join(["user_id,message", *rows]), "utf-8")
        return hotline_batch.send_sheet(sheet, force=True).run

    def send_with_mishaps(self, people: Sequence[Person]) -> str:
        """Row 3's reply is lost, row 5's message."""
        for row, mishap in ((LOST, "lost_reply"), (NOT_POSTED, "closed_early")):
            self.sandbox.faults.plan(mishap, user_id=people[row - 2].user_id)
        return self.send(people)

    def export(self, change: Callable[[dict[str, Any]], None] = as_it_is) -> Path:
        """The export of their group."""
        chat = json.loads(export_text(self.sandbox.world, self.topic(self.people[0]).group_id))
        change(chat)
        path = self.folder / "result.json"
        path.write_text(json.dumps(chat, ensure_ascii=False), "utf-8")
        return path

    def verify(self, run: str, change: Callable[[dict[str, Any]], None] = as_it_is) -> Verification:
        """What the export says."""
        return verify_runs(load_settings(), [run], self.export(change))

    def ledger(self) -> Ledger:
        """The one that was sent with."""
        return Ledger(load_settings().ledger)

    def tell(self, statement: str, **values: object) -> None:
        """Change what the ledger says, as another day would have."""
        with self.ledger() as ledger, ledger.engine.begin() as connection:
            connection.execute(text(statement), values)


@pytest.fixture
def desk(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with Sandbox() as running:
        connect_to(running, fresh_machine, monkeypatch)
        yield Desk(fresh_machine, running)


def row(found: Verification, number: int) -> VerifiedRow:
    return next(each for each in found.rows if each.number == number)


def posted(chat: dict[str, Any], words: str) -> dict[str, Any]:
    """The message of the file with this text."""
    return next(each for each in chat["messages"] if words in str(each["text"]))


def reason(found: Verification, number: int) -> Reason:
    verdict = row(found, number).verdict
    assert isinstance(verdict, CannotTell), verdict
    return verdict.reason


def test_message_is_there_or_not(desk: Desk) -> None:
    """The usual case, with earlier messages in the same topics."""
    desk.send(desk.people, "Your parcel will come")

    found = desk.verify(desk.send_with_mishaps(desk.people))

    assert isinstance(row(found, LOST).verdict, There)
    assert isinstance(row(found, NOT_POSTED).verdict, NotThere)
    assert 2 == len(found.to_settle)


@pytest.mark.parametrize(
    "shown",
    [
        "Dear  customer!\n\nYour   parcel is here.",
        "(1/4) Dear",
        "Here",
        [{"type": "text_link", "text": "Your parcel", "href": "https://example.com"}, " is here"],
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_text_that_telegram_shows_otherwise_is_not_called_absent(desk: Desk, shown: Any, is_known: bool) -> None:
    """Whether or not an earlier run told the topic."""
    if is_known:
        desk.send(desk.people, "Your parcel will come")
    run = desk.send_with_mishaps(desk.people)
    name = desk.people[LOST - 2].name

    found = desk.verify(run, lambda chat: posted(chat, f"{name}! Your parcel is").update(text=shown))

    assert Reason.LIKE_IT is reason(found, LOST)
    assert [] == [each for each in found.to_settle if each.number == LOST]


def test_export_from_the_day_before_on_tells_as_the_whole_one_does(desk: Desk) -> None:
    """What opened the topics is not in it; that their numbers are topics', replies told."""
    run = desk.send_with_mishaps(desk.people)

    def from_the_day_before_on(chat: dict[str, Any]) -> None:
        chat["messages"] = [each for each in chat["messages"] if each.get("action") != "topic_created"]
        posted(chat, "Good morning")["date_unixtime"] = str(int(time.time()) - A_DAY)

    found = desk.verify(run, from_the_day_before_on)

    assert isinstance(row(found, LOST).verdict, There)
    assert isinstance(row(found, NOT_POSTED).verdict, NotThere)
    assert [len(desk.people) - 2] == [group.topics for group in found.groups]


@pytest.mark.parametrize("is_of_that_time", [True, False])
def test_message_that_telegram_desktop_could_not_show_is_missing(desk: Desk, is_of_that_time: bool) -> None:
    """Nothing but its number is in the file: at that time it leaves a row open, at another it does not matter."""
    run = desk.send_with_mishaps(desk.people)

    def with_one(chat: dict[str, Any]) -> None:
        messages = chat["messages"]
        at = messages.index(posted(chat, "Your parcel is")) + 2 if is_of_that_time else len(messages)
        for later in messages[at:]:
            later["id"] += 1
        messages.insert(at, {"id": messages[at - 1]["id"] + 1, "type": "unsupported"})

    found = desk.verify(run, with_one)

    assert isinstance(row(found, LOST).verdict, There)
    if is_of_that_time:
        assert Reason.MESSAGES_MISSING is reason(found, NOT_POSTED)
    else:
        assert isinstance(row(found, NOT_POSTED).verdict, NotThere)


def test_topic_that_the_reply_named_is_looked_into(desk: Desk) -> None:
    """It is known to be another person's, and so the reply confirmed nothing; but the message stands there."""
    desk.send(desk.people, "Your parcel will come")
    run = desk.send_with_mishaps(desk.people)
    others = desk.topic(desk.people[10])
    desk.tell(IN_DOUBT, link=others.link, number=LOST)
    words = f"{desk.people[LOST - 2].name}! Your parcel is"

    found = desk.verify(run, lambda chat: posted(chat, words).update(reply_to_message_id=others.topic_id))

    assert Reason.LIKE_IT is reason(found, LOST)


def test_group_of_the_topic_that_the_reply_named_has_to_be_in_the_file(desk: Desk) -> None:
    """A reply of another group: nothing in this one proves anything."""
    run = desk.send_with_mishaps(desk.people)
    desk.tell(IN_DOUBT, link="https://t.me/c/1234567/8", number=NOT_POSTED)

    assert Reason.GROUP_NOT_IN_FILE is reason(desk.verify(run), NOT_POSTED)


def test_group_that_an_earlier_run_went_into_has_to_be_in_the_file(desk: Desk) -> None:
    """The service has two groups, and this run's confirmed messages stand in one of them."""
    desk.send(desk.sandbox.world.people[1:9:2], "Your parcel will come")

    found = desk.verify(desk.send_with_mishaps(desk.people))

    assert Reason.GROUP_NOT_IN_FILE is reason(found, NOT_POSTED)
    assert isinstance(row(found, LOST).verdict, There)


@pytest.mark.parametrize(
    ("begins_behind_it", "expected"), [(False, Reason.BEFORE_REQUEST), (True, Reason.STARTS_TOO_LATE)]
)
def test_clock_that_ran_hours_ahead_leaves_it_open(desk: Desk, begins_behind_it: bool, expected: Reason) -> None:
    """The message was posted two hours before this machine says that it was asked for; also where the file does not
    hold it, since it begins later.
    """
    desk.send(desk.people, "Your parcel will come")
    run = desk.send_with_mishaps(desk.people)
    name, values = desk.people[LOST - 2].name, {"later": TWO_HOURS, "number": LOST}
    desk.tell(
        "update sheet_row set claimed_at = claimed_at + :later where number = :number and state = 'unknown'", **values
    )
    desk.tell(
        "update attempt set started_at = started_at + :later where position in "
        "(select position from sheet_row where number = :number and sheet_row.run_key = attempt.run_key "
        "and state = 'unknown')",
        **values,
    )

    def goes_on(chat: dict[str, Any]) -> None:
        last = chat["messages"][-1]
        last["date_unixtime"] = str(int(last["date_unixtime"]) + 20_000)
        if begins_behind_it:
            behind = chat["messages"].index(posted(chat, f"{name}! Your parcel is")) + 1
            chat["messages"] = chat["messages"][behind:]

    assert expected is reason(desk.verify(run, goes_on), LOST)


def test_message_of_a_run_under_another_address_of_the_service_is_not_taken_for_this_ones(desk: Desk) -> None:
    """The same person got the same text there just before; whose it is, nobody can tell."""
    desk.send(desk.people, "Your parcel will come")
    person = desk.people[NOT_POSTED - 2]
    other = desk.send([person])
    with desk.ledger() as ledger:
        ledger.note(other, lambda notes: replace(notes, identities={notes.connection: "another address"}))
    desk.tell("update sheet_row set key = null where run_key = (select max(run_key) from run)")

    run = desk.send_with_mishaps(desk.people)
    found = desk.verify(run)

    assert Finding.CANNOT_TELL is row(found, NOT_POSTED).finding
    assert isinstance(row(found, LOST).verdict, There)


@pytest.mark.parametrize("is_found_there", [True, False])
def test_topic_is_learnt_only_where_the_message_was_found(desk: Desk, is_found_there: bool) -> None:
    """A later send to this person is confirmed by that topic; the one that a stray reply named must not be it."""
    run = desk.send_with_mishaps(desk.people)
    named = desk.topic(desk.people[LOST - 2] if is_found_there else desk.sandbox.world.people[100])
    desk.tell(IN_DOUBT, link=named.link, number=LOST)
    found = desk.verify(run)

    settled = settle_by_evidence(load_settings(), run, found, {LOST})

    with desk.ledger() as ledger:
        identity = next(iter(ledger.run(run).notes.identities.values()))
        owners = users_of_topics(ledger, identity, [named.link], [desk.people[LOST - 2].user_id])
    assert (LOST,) == settled.delivered
    assert ({named.link: desk.people[LOST - 2].user_id} if is_found_there else {}) == owners
