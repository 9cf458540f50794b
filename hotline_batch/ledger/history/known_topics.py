"""Whose topic is whose, as confirmed sends told: a confirmation that names another's topic is none.

Only digests are kept, so that nothing of people is left when the cells of a run are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, text

from hotline_batch.issues.in_doubt import ANOTHER_THAN_BEFORE, ANOTHER_USERS
from hotline_batch.ledger.database.for_each_row import ForEachRow
from hotline_batch.ledger.schema import topic
from hotline_batch.model.jobs import TOPIC_LINK

_DIGEST_BYTES = 16

_KNOWN = text("""
    select person, topic from topic where person in :people
    union all
    select person, topic from topic where topic in :topics
""").bindparams(bindparam("people", expanding=True), bindparam("topics", expanding=True))

_LEARN = ForEachRow(
    """
    insert into topic (person, topic, place, learnt_at)
    select told.person, told.topic, told.place, told.learnt_at from told where true
    on conflict (person) do update set topic = excluded.topic, place = excluded.place, learnt_at = excluded.learnt_at
    """,
    person="bytea",
    topic="bytea",
    place="bytea",
    learnt_at="float8",
)


class LearntTopic(NamedTuple):
    """A confirmed send: through which service and instance, to whom, into which topic, when (since the epoch)."""

    identity: str
    user_id: int
    link: str
    learnt_at: float


class _Row(NamedTuple):
    person: bytes
    topic: bytes
    place: bytes
    learnt_at: float


def strangers(connection: Connection, told: Sequence[LearntTopic]) -> dict[int, str]:
    """Which of these confirmations, by their place, name a topic that cannot be the user's, and why.

    A topic is taken where an earlier confirmation gave it to another user; a user has one topic an instance. What is
    fit is learnt in the same transaction.
    """
    rows = {place: row for place, one in enumerate(told) if (row := _row(one))}
    if not rows:
        return {}
    people, topics = {row.person for row in rows.values()}, {row.topic for row in rows.values()}
    known = connection.execute(_KNOWN, {"people": list(people), "topics": list(topics)}).fetchall()
    owner_of = {bytes(row.topic): bytes(row.person) for row in known}
    topic_of = {bytes(row.person): bytes(row.topic) for row in known}
    found: dict[int, str] = {}
    new: list[_Row] = []
    for place, row in rows.items():
        if owner_of.get(row.topic, row.person) != row.person:
            found[place] = ANOTHER_USERS
        elif topic_of.get(row.person, row.topic) != row.topic:
            found[place] = ANOTHER_THAN_BEFORE
        elif row.person not in topic_of:
            owner_of[row.topic], topic_of[row.person] = row.person, row.topic
            new.append(row)
    _store(connection, new)
    return found


def learn(connection: Connection, told: Iterable[LearntTopic]) -> None:
    """Believe what is told, whatever was known before: the last word on each user counts."""
    last = {row.person: row for one in told if (row := _row(one))}
    _store(connection, list(last.values()))


def learn_by_a_persons_word(connection: Connection, told: Iterable[LearntTopic]) -> None:
    """A person says that this message is there, so this is the user's topic.

    Where it lies in another group than before, the dialogs have moved: what was known of the old group is forgotten.
    """
    for one in told:
        row = _row(one)
        if row is None:
            continue
        old = connection.execute(select(topic.c.place).where(topic.c.person == row.person)).scalar()
        if old is not None and bytes(old) != row.place:
            connection.execute(delete(topic).where(topic.c.place == old))
        _store(connection, [row])


def owners_of(
    connection: Connection, identity: str, links: Sequence[str], user_ids: Iterable[int]
) -> dict[str, int | None]:
    """Whose topics these are, those of which it is known; None: somebody's who is none of these users."""
    link_of = {_digest(identity, link): link for link in links}
    user_of = {_digest(identity, f"user {user_id}"): user_id for user_id in user_ids}
    query = select(topic.c.person, topic.c.topic).where(topic.c.topic.in_(list(link_of)))
    found = connection.execute(query).fetchall()
    return {link_of[bytes(row.topic)]: user_of.get(bytes(row.person)) for row in found}


def groups_known(connection: Connection, identity: str, groups: Iterable[int]) -> frozenset[int]:
    """Those of these groups in which a topic of somebody is known: dialogs that have moved leave none behind."""
    group_of = {_digest(identity, f"group {group_id}"): group_id for group_id in groups}
    found = connection.execute(select(topic.c.place).where(topic.c.place.in_(list(group_of))).distinct())
    return frozenset(group_of[bytes(row.place)] for row in found)


def _store(connection: Connection, rows: Sequence[_Row]) -> None:
    if rows:
        # In one order, so that two processes never wait for each other.
        _LEARN.execute(connection, [row._asdict() for row in sorted(rows)])


def _row(one: LearntTopic) -> _Row | None:
    """As it is stored; None where no topic is named by a link."""
    found = TOPIC_LINK.fullmatch(one.link)
    if not found:
        return None
    return _Row(
        person=_digest(one.identity, f"user {one.user_id}"),
        topic=_digest(one.identity, one.link),
        place=_digest(one.identity, f"group {found[1]}"),
        learnt_at=one.learnt_at,
    )


def _digest(identity: str, what: str) -> bytes:
    return sha256(f"{len(identity)}:{identity}|{what}".encode("utf-8", "surrogatepass")).digest()[:_DIGEST_BYTES]
