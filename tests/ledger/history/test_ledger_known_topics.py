"""Whose topic is whose: a confirmation that names another's is a doubt, until a person says that it is right."""

from __future__ import annotations

from dataclasses import replace

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.resolutions import PersonsWord, Resolution, resolve_rows
from hotline_batch.model.jobs import MessageSent, Reply, Request, SendMessage
from hotline_batch.people import Person, PersonKind
from tests.support.engine_bench import drive
from tests.support.ledgers.ledger_examples import WALL, add_run, codes, records, states

OPTIONS = {"connection": "main", "identities": {"main": "instance-1"}}

ANN = Person("ann@desk", PersonKind.SYSTEM)


class Answering:
    """Confirms each message with the topic that is told for its user."""

    def __init__(self, topics: dict[int, str]) -> None:
        self._topics = topics

    def perform(self, request: Request, _before_it_leaves: object) -> Reply:
        assert isinstance(request, SendMessage)
        link = f"https://t.me/c/{self._topics[request.user_id]}"
        return MessageSent(link, request.message, "-1001", "7", {"result": "message_sent"})


def send(ledger: Ledger, run_id: str, topics: dict[int, str], identity: str = "instance-1") -> list[str]:
    """Send one message to each user, confirmed with these topics; the codes of the rows."""
    add_run(ledger, run_id, [SendMessage(user, f"{run_id} {user}") for user in topics])
    ledger.note(run_id, lambda notes: replace(notes, identities={"main": identity}))
    drive(ledger, ledger.run(run_id), Answering(topics))
    return codes(ledger, run_id)


def test_the_topic_of_another_user_confirms_nothing(ledger: Ledger) -> None:
    """Within one run: the second row is in doubt, with the topic that was named."""
    told = send(ledger, "r", {1001: "7/11", 1002: "7/11", 1003: "7/13"})

    assert ["", "another_topic", ""] == told
    assert ["succeeded", "unknown", "succeeded"] == states(ledger, "r")
    assert records(ledger, "r")[1].topic_link == "https://t.me/c/7/11"


def test_what_earlier_runs_learnt_counts(ledger: Ledger) -> None:
    """Another user's topic, and another topic than the user's own."""
    send(ledger, "first", {1001: "7/11", 1002: "7/12"})

    assert ["another_topic"] == send(ledger, "second", {1003: "7/11"})
    assert ["another_topic"] == send(ledger, "third", {1002: "7/22"})
    assert ["", ""] == send(ledger, "fourth", {1001: "7/11", 1002: "7/12"})


def test_another_instance_has_topics_of_its_own(ledger: Ledger) -> None:
    send(ledger, "first", {1001: "7/11"})

    assert [""] == send(ledger, "second", {1001: "8/99"}, identity="instance-2")


def test_a_person_who_finds_the_message_there_settles_whose_topic_it_is(ledger: Ledger) -> None:
    """The topic was made anew: after one look nobody is asked again."""
    send(ledger, "first", {1001: "7/11"})
    send(ledger, "second", {1001: "7/22"})

    resolve_rows(ledger, "second", None, Resolution(PersonsWord.DELIVERED, ANN, WALL, "looked"))

    assert [""] == send(ledger, "third", {1001: "7/22"})


def test_dialogs_that_moved_to_another_group_are_asked_about_once(ledger: Ledger) -> None:
    """One row settled in the new group: what was known of the old one is forgotten, for everybody."""
    send(ledger, "first", {1001: "7/11", 1002: "7/12"})
    assert ["another_topic"] == send(ledger, "second", {1001: "8/1"})

    resolve_rows(ledger, "second", None, Resolution(PersonsWord.DELIVERED, ANN, WALL, "looked"))

    assert [""] == send(ledger, "third", {1002: "8/2"})


def test_nothing_of_people_is_kept(ledger: Ledger) -> None:
    """Digests alone, since they outlive the cells of a pruned run."""
    send(ledger, "r", {1001: "7/11"})

    with ledger.engine.connect() as connection:
        row = connection.exec_driver_sql("select * from topic").one()
    assert all(isinstance(value, bytes | float) for value in row)
