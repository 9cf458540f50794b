"""A small group, a run of five rows, and what happens to the last one: the row that everything is about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hotline_batch.evidence.export.chat import Chat, ExportedMessage
from hotline_batch.evidence.judge import Judgement, judge
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Said, Topic
from hotline_batch.evidence.verdicts import Verdict

GROUP, OTHER_GROUP = 2_100_000_001, 2_100_000_002
BOT, OPERATOR = "user70", "user900"
NOON = 1_790_000_000
MINUTE = 60
RUN, CONNECTION = "run", "instance"
ASKED_AT = NOON + 60
TEXT = "Dear Anna, your parcel has arrived."
USER = 5
STRANGER = 8


@dataclass(slots=True)
class Post:
    at: float
    text: str
    user: int
    sender: str = BOT
    is_edited: bool = False
    answers: int | None = None
    number: int = 0
    is_gone: bool = False


@dataclass
class Story:
    """Users 1 to 4 have confirmed rows with messages; the row of user 5 is in doubt. Users 6 and 7 only have topics.

    Topic n is that of user n, as long as ``topics_of`` says so. All messages stand in one group, from a day before noon
    to two hours after it.
    """

    clocks_differ: float = 0.0
    before: str = ""
    behind: str = ""
    posts: list[Post] = field(default_factory=list)
    rows: list[AskedRow] = field(default_factory=list)
    known: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    looked_up: list[tuple[int, Topic]] = field(default_factory=list)
    groups: dict[str, set[int]] = field(default_factory=dict)
    opened_at: float = NOON - 9_000_000.0
    first_at: float = 0.0
    last_at: float = NOON * 2.0
    only_topic: int | None = None

    def __post_init__(self) -> None:
        self.post(NOON - 1440 * MINUTE, "Good morning", 0, sender=OPERATOR)
        for user in range(1, 5):
            self.confirmed(user, f"Hello user {user}, a text of your own.", NOON + 10 * user)
        self.post(NOON + 120 * MINUTE, "For the export", 0, sender=OPERATOR)

    def post(self, at: float, text: str, user: int, **more: object) -> Post:
        """A message in the topic of a user; user 0: outside of topics."""
        post = Post(at, text, user, **more)  # type: ignore[arg-type] # the fields above
        self.posts.append(post)
        return post

    def sent(self, at: float, text: str, user: int, **more: object) -> Post:
        """A message as the API posts it."""
        return self.post(at + self.clocks_differ, f"{self.before}{text}{self.behind}", user, **more)

    def row(self, said: Said = Said.IN_DOUBT, user: int = USER, text: str = TEXT, at: float = ASKED_AT) -> AskedRow:
        """A row that was asked for at this moment of our clock, and answered two seconds later."""
        topic = Topic(GROUP, user) if said is Said.CONFIRMED else None
        row = AskedRow(RUN, len(self.rows) + 2, said, user, CONNECTION, text, at, at + 2, topic)
        self.rows.append(row)
        return row

    def confirmed(self, user: int, text: str, at: float, *, is_posted: bool = True) -> AskedRow:
        """A confirmed row, and its message."""
        if is_posted:
            self.sent(at + 1, text, user)
        return self.row(Said.CONFIRMED, user, text, at)

    def knows(self, user: int, topic: int | None = None, connection: str = CONNECTION) -> None:
        """An earlier reply told the user's topic."""
        self.known.setdefault((connection, user), set()).add(user if topic is None else topic)

    def change(self, row: AskedRow, **changes: object) -> AskedRow:
        """The row otherwise."""
        changed = replace(row, **changes)  # type: ignore[arg-type] # the row's own fields
        self.rows[self.rows.index(row)] = changed
        return changed

    def chat(self) -> Chat:
        """The group as it is read; who is gone leaves a gap."""
        chat = Chat()
        chat.group_id = GROUP
        for user in range(1, 10):
            opening = ExportedMessage(user, int(self.opened_at) + user, "", "", 0, True, True, False)
            if self.only_topic in (None, user) and self.first_at < opening.posted_at:
                chat.add(opening)
        self.posts.sort(key=lambda post: post.at)
        for number, post in enumerate(self.posts, 100):
            post.number = number
            is_seen = self.first_at <= post.at <= self.last_at and self.only_topic in (None, post.user)
            if is_seen and not post.is_gone:
                reply_to = post.user if post.answers is None else post.answers
                chat.add(
                    ExportedMessage(
                        number, int(post.at), post.sender, post.text, reply_to, False, False, post.is_edited
                    )
                )
        chat.close()
        return chat

    def judgement(self) -> Judgement:
        """What is said of all rows."""
        confirmed = [(row.connection, row.user_id, row.topic) for row in self.rows if row.topic is not None]
        told = [(name, user, Topic(GROUP, topic)) for (name, user), topics in self.known.items() for topic in topics]
        return judge(self.rows, KnownTopics([*confirmed, *told], self.looked_up, self.groups), {GROUP: self.chat()})

    def verdict(self, row: AskedRow) -> Verdict:
        """What is said of this row."""
        return next(each.verdict for each in self.judgement().rows if each.row == row)
