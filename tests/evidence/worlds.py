"""Random worlds: what Hotline, Telegram, operators and clocks may do to the messages of runs, and the truth about it.

Independent of the code under test but for the two doors: the messages of an export, and the rows of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import NamedTuple

from hotline_batch.evidence.export.chat import Chat, ExportedMessage
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Said, Topic

START = 1_790_000_000.0
WORDS = ("order", "invoice", "ready", "please", "reply", "today", "parcel", "Größe", "заказ", "готов", "call", "back")


@dataclass(slots=True)
class Post:
    """A message as Telegram has it."""

    number: int
    at: float
    sender: str
    text: str
    topic: int
    reply_to: int = 0
    opens: bool = False
    is_service: bool = False
    is_edited: bool = False
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely each mishap is, per message, row or world."""

    lost_reply: float = 0.1
    nothing_posted: float = 0.05
    late: float = 0.03
    double: float = 0.02
    false_confirmation: float = 0.0
    failed: float = 0.03
    failed_but_there: float = 0.0
    deleted: float = 0.0
    changed: float = 0.0
    marked_edited: float = 0.1
    copied: float = 0.03
    shown_otherwise: float = 0.0
    misrouted: float = 0.0
    asked_late: float = 0.0


@dataclass(slots=True)
class Group:
    """A group of operators."""

    group_id: int
    posts: list[Post] = field(default_factory=list)
    topic_of: dict[tuple[int, int], int] = field(default_factory=dict)

    def post(self, at: float, sender: str, text: str, topic: int, **more: object) -> Post:
        """Telegram gives numbers in the order of posting."""
        post = Post(0, at, sender, text, topic, **more)  # type: ignore[arg-type] # the fields above
        self.posts.append(post)
        return post


@dataclass(slots=True)
class Wire:
    """A connection: the group and the poster that its messages arrive by, and what Hotline puts around a text."""

    identity: str
    group: Group
    sender: str
    before: str
    behind: str
    has_two_groups: bool = False


@dataclass(slots=True)
class Truth:
    """A row, and the messages that its requests posted."""

    row: AskedRow
    posts: list[Post] = field(default_factory=list)


class Way(NamedTuple):
    """What becomes of a text: how it is shown, in the topic that was opened at which place, and by how many seconds
    this machine's clock ran ahead then.
    """

    text: str
    shown: str
    place: int
    ahead: float = 0.0


@dataclass(frozen=True, slots=True)
class World:
    """What the code is given, and the truth."""

    rows: tuple[AskedRow, ...]
    known: KnownTopics
    confirmed: list[tuple[str, int, Topic]]
    looked_up: list[tuple[int, Topic]]
    chats: dict[int, Chat]
    truths: tuple[Truth, ...]
    owners: dict[Topic, int]
    is_untouched: bool


class Maker:
    """Makes one world from a seed."""

    def __init__(self, seed: int, odds: Odds | None = None) -> None:
        self.random = Random(seed)  # noqa: S311 - worlds, not secrets
        self.is_plain = odds is not None
        self.odds = odds or self._odds()
        self.usual_offset = self.random.choice([0.0, 0.0, 0.4, -2.7, 95.0, -250.0, 7200.0])
        self.offset = self.usual_offset
        self.truths: list[Truth] = []
        self.confirmed: list[tuple[str, int, Topic]] = []
        self.looked_up: list[tuple[int, Topic]] = []
        self.owners: dict[Topic, int] = {}

    def _odds(self) -> Odds:
        chance = self.random
        return Odds(
            lost_reply=chance.choice([0.05, 0.1, 0.3]),
            nothing_posted=chance.choice([0.02, 0.05, 0.2]),
            late=chance.choice([0.0, 0.03, 0.1]),
            double=chance.choice([0.0, 0.02, 0.15]),
            false_confirmation=chance.choice([0.0, 0.0, 0.03]),
            failed=chance.choice([0.0, 0.05]),
            failed_but_there=chance.choice([0.0, 0.0, 0.0, 0.1]),
            deleted=chance.choice([0.0, 0.0, 0.01, 0.1]),
            changed=chance.choice([0.0, 0.0, 0.02]),
            marked_edited=chance.choice([0.0, 0.1, 0.8]),
            copied=chance.choice([0.0, 0.05, 0.3]),
            shown_otherwise=chance.choice([0.0, 0.0, 0.02, 0.2]),
            misrouted=chance.choice([0.0, 0.0, 0.1]),
            asked_late=chance.choice([0.0, 0.0, 0.1]),
        )

    def make(self) -> World:
        """The whole story: topics, runs, what people do meanwhile, what is left of it in the file."""
        chance = self.random
        groups = [Group(2_100_000_000 + number) for number in range(1 if self.is_plain else chance.choice([1, 1, 2]))]
        wires = [self._wire(number, groups) for number in range(1 if self.is_plain else chance.choice([1, 1, 2, 3]))]
        wires += [] if self.is_plain else self._more_ways(wires, groups)
        users = list(range(1001, 1001 + chance.choice([chance.randint(4, 12), chance.randint(12, 40)])))
        for group in groups:
            group.post(START - 9_000_000, "", "", 1, is_service=True)
        for user in users:
            for wire in wires:
                if (id_of(wire), user) not in wire.group.topic_of and chance.random() < 0.97:
                    self._open_topic(wire, user, START - chance.uniform(100_000, 8_000_000))
        self._know(wires, users)
        at = START
        for number in range(chance.choice([1, 1, 2, 3])):
            self._run(number, wires, users, at)
            at += chance.choice([60.0, 600.0, 1500.0, 7200.0, 90_000.0]) + chance.uniform(0, 60)
        self._traffic(groups, wires, at)
        self._number(groups)
        self._change(groups, wires)
        chats = self._export(groups)
        given = self._given()
        known = KnownTopics(self.confirmed, self.looked_up)
        untouched = not self.odds.deleted and not self.odds.changed
        return World(given, known, self.confirmed, self.looked_up, chats, tuple(self.truths), self.owners, untouched)

    # ── who is there ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _wire(self, number: int, groups: list[Group]) -> Wire:
        chance = self.random
        group = chance.choice(groups)
        if self.is_plain:
            return Wire(f"inst{number}", group, "user70", "", "")
        sender = chance.choice([f"user{70 + number}", "user70", "user70", "user70", f"channel{group.group_id}"])
        before, behind = chance.choice([("", ""), ("", ""), ("📣 API:\n", ""), ("", "\n#api"), ("[", "]")])
        return Wire(f"inst{number}", group, sender, before, behind)

    def _more_ways(self, wires: list[Wire], groups: list[Group]) -> list[Wire]:
        """A service may have had another address, and may post into two groups."""
        chance = self.random
        more = [replace(wire, identity=f"{wire.identity}b") for wire in wires if chance.random() < 0.15]
        for wire in wires:
            others = [group for group in groups if group is not wire.group]
            if others and chance.random() < 0.3:
                more.append(replace(wire, group=others[0], has_two_groups=True))
        return more

    def _open_topic(self, wire: Wire, user: int, at: float) -> None:
        group = wire.group
        group.post(at, "", "", 0, opens=True, is_service=True)
        # Its number is not known yet; until then the topic is told by the place of the post.
        group.topic_of[id_of(wire), user] = len(group.posts) - 1

    def _know(self, wires: list[Wire], users: list[int]) -> None:
        """Topics that earlier runs and look-ups told; some of them stand for topics that are no more."""
        chance = self.random
        share = chance.choice([0.0, 0.3, 0.8, 1.0])
        self._told: list[tuple[str, Wire, int, int]] = []
        in_two_groups = {wire.identity for wire in wires if wire.has_two_groups}
        for wire in wires:
            for user in users:
                place = wire.group.topic_of.get((id_of(wire), user))
                # Of a group that no reply ever named nobody can know.
                is_needed = wire.identity in in_two_groups and user in users[:4]
                if place is None or (chance.random() > share and not is_needed):
                    continue
                how = "sent" if is_needed else chance.choice(["sent", "sent", "looked_up"])
                self._told.append((how, wire, user, place))
                if chance.random() < 0.06:  # a new topic was made for the same person since
                    if chance.random() < 0.5:
                        wire.group.posts[place].text = "gone"
                    self._open_topic(wire, user, START - chance.uniform(2_000, 90_000))

    # ── what a run does ──────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, number: int, wires: list[Wire], users: list[int], at: float) -> None:
        chance = self.random
        style = chance.choice(["own", "own", "one", "few"])
        chosen = [user for user in users if chance.random() < 0.9]
        jump_at = chance.randrange(len(chosen) + 1) if chance.random() < 0.15 and not self.is_plain else -1
        serial = chance.choice([0, 0, number])
        for place, user in enumerate(chosen):
            if place == jump_at:
                # A clock is never more than five minutes from what it was before: that is assumed.
                self.offset = self.usual_offset + chance.uniform(-140, 140)
            wire = chance.choice(wires) if chance.random() < 0.3 else wires[user % len(wires)]
            text = self._text(style, serial, user)
            at += chance.uniform(0.5, 4.0)
            self._row(f"run{number}", place + 2, wire, user, text, at)

    def _text(self, style: str, serial: int, user: int) -> str:
        if style == "one":
            return f"The office is closed tomorrow ({serial})"
        if style == "few":
            return f"{WORDS[user % 3]} {serial}: please call back"
        return f"Dear client {user}, your order {user * 7 + serial} is {WORDS[user % len(WORDS)]}."

    def _row(self, run: str, number: int, wire: Wire, user: int, text: str, at: float) -> None:
        chance, odds = self.random, self.odds
        place = wire.group.topic_of.get((id_of(wire), user))
        latency = chance.uniform(0.1, 2.5)
        said, posts, ended = Said.CONFIRMED, [at + latency * chance.uniform(0.1, 0.9)], at + latency
        draw = chance.random()
        kinds = (
            (odds.lost_reply, Said.IN_DOUBT, posts),
            (odds.nothing_posted, Said.IN_DOUBT, []),
            (odds.late, Said.IN_DOUBT, [at + chance.uniform(5, 880)]),
            (odds.failed, Said.NOT_DELIVERED, []),
            (odds.false_confirmation, Said.CONFIRMED, []),
            (odds.failed_but_there, Said.NOT_DELIVERED, posts),
        )
        for share, word, posted in kinds:
            if 0 <= draw < share:
                said, posts = word, list(posted)
            draw -= share
        if place is None:
            said, posts = Said.NOT_DELIVERED, []
        is_lost = said is Said.IN_DOUBT and bool(posts)
        way = self._astray(wire, place or 0, text, f"{text} ({run}, {number})", is_lost=is_lost)
        if posts and chance.random() < odds.double:
            # Nothing is posted later than 15 minutes after the request: that is assumed.
            posts.append(min(posts[0] + chance.choice([0.0, 0.7, chance.uniform(1, 600)]), at + 890))
        clock = way.ahead - self.offset
        row = AskedRow(run, number, said, user, wire.identity, way.text, at + clock, ended + clock)
        truth = Truth(row)
        self.truths.append(truth)
        if place is None:
            return
        if said is Said.CONFIRMED:
            self._told.append(("confirmed", wire, len(self.truths) - 1, place))
        if way.place != place:
            self._told.append(("named", wire, len(self.truths) - 1, way.place))
        for moment in posts:
            body = f"{wire.before}{way.shown}{wire.behind}"
            # That a clock was hours off and the message is gone besides is not reckoned with.
            truth.posts.append(wire.group.post(moment, wire.sender, body, -way.place, stays=way.ahead > 0))
        if chance.random() < odds.copied:
            self._copy(wire, place, way.text, at)

    def _astray(self, wire: Wire, place: int, text: str, unique: str, *, is_lost: bool) -> Way:
        """Now and then a message whose reply was lost goes into anybody's topic, as that reply said, or is asked for
        while this machine's clock runs ahead; and any message may be shown otherwise than it was sent.
        """
        chance, odds = self.random, self.odds
        if is_lost and chance.random() < odds.misrouted:
            topics = [each for (number, _), each in wire.group.topic_of.items() if number == id_of(wire)]
            return Way(unique, unique, chance.choice(topics))
        if is_lost and chance.random() < odds.asked_late:
            return Way(unique, unique, place, chance.uniform(0.0, 10_000.0))
        if chance.random() < odds.shown_otherwise:
            return Way(*self._otherwise(unique), place)
        return Way(text, text, place)

    def _otherwise(self, text: str) -> tuple[str, str]:
        """A text that only this row has, as it is sent, and as Telegram shows it."""
        return self.random.choice(
            [
                (text, text.replace(" ", " \n\n")),
                (text, f"(1/2) {text[: len(text) // 2]}"),
                (f"**{text}**, see [here](https://example.com/of?{len(text)})", f"{text}, see here"),
                (f"<b>{text}</b> <a href='https://example.com/of?{len(text)}'>more</a>", f"{text} more"),
                (text, "This message cannot be shown."),
            ]
        )

    def _copy(self, wire: Wire, place: int, text: str, at: float) -> None:
        """An operator copies the text, there or elsewhere."""
        chance = self.random
        operator = chance.choice(["user900", "user901", f"channel{wire.group.group_id}"])
        where = place if chance.random() < 0.7 else chance.choice(list(wire.group.topic_of.values()))
        body = chance.choice([text, f"{wire.before}{text}{wire.behind}", f"sent: {text}"])
        wire.group.post(at + chance.uniform(1, 1500), operator, body, -where)

    # ── what else happens ────────────────────────────────────────────────────────────────────────────────────────────

    def _traffic(self, groups: list[Group], wires: list[Wire], end: float) -> None:
        chance = self.random
        for wire in wires:
            places = list(wire.group.topic_of.values())
            for _ in range(chance.randint(0, 40)):
                if not places:
                    break
                sender = chance.choice([wire.sender, "user900", "user901", ""])
                text = " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))
                moment = chance.uniform(START - 7200, end + 3600)
                wire.group.post(moment, sender, text, -chance.choice(places), is_service=not sender)
        for group in groups:
            # Whoever exports writes something into the group first, as the steps say; some forget.
            late = 9000.0 if self.is_plain else chance.choice([5.0, 1300.0, 9000.0, 9000.0])
            group.post(end + late, "user900", "for the export", 1)
            if chance.random() < 0.9 or self.is_plain:
                group.post(START - chance.choice([10.0, 90_000.0]), "user900", "good morning", 1)

    def _number(self, groups: list[Group]) -> None:
        """Numbers in the order of posting; each message answers its topic's first one, or another one in it."""
        chance = self.random
        gaps = 0.0 if self.is_plain else chance.choice([0.0, 0.0, 0.02])
        for group in groups:
            opened = dict(enumerate(group.posts))
            number = 0
            group.posts.sort(key=lambda post: post.at)
            for post in group.posts:
                number += 1 + (chance.random() < gaps)
                post.number = number
            in_topic: dict[int, list[int]] = {}
            for post in group.posts:
                if post.opens:
                    post.topic = post.number
                elif post.topic <= 0:
                    post.topic = opened[-post.topic].number
                    before = [each for each in in_topic.get(post.topic, []) if each < post.number]
                    is_direct = not before or chance.random() < 0.8
                    post.reply_to = post.topic if is_direct else chance.choice(before)
                    in_topic.setdefault(post.topic, []).append(post.number)
            for (_, user), place in group.topic_of.items():
                self.owners[Topic(group.group_id, opened[place].number)] = user
            for how, wire, whose, place in self._told:
                if wire.group is not group:
                    continue
                topic = Topic(group.group_id, opened[place].number)
                if how == "confirmed":
                    truth = self.truths[whose]
                    truth.row = replace(truth.row, topic=topic)
                    self.confirmed.append((wire.identity, truth.row.user_id, topic))
                elif how == "named":
                    truth = self.truths[whose]
                    truth.row = replace(truth.row, named=topic)
                elif how == "sent":
                    self.confirmed.append((wire.identity, whose, topic))
                else:
                    self.looked_up.append((whose, topic))

    def _change(self, groups: list[Group], wires: list[Wire]) -> None:
        """People delete and change messages; topics go with all that is in them."""
        chance, odds = self.random, self.odds
        posters = {wire.sender for wire in wires}
        for group in groups:
            gone = {post.number for post in group.posts if post.opens and post.text == "gone"}
            kept = []
            for post in group.posts:
                if post.stays:
                    kept.append(post)
                    continue
                if post.number in gone or post.topic in gone or (not post.opens and chance.random() < odds.deleted):
                    continue
                if post.sender in posters and not post.is_service and chance.random() < odds.changed:
                    post.is_edited, post.text = True, chance.choice(["(changed)", post.text + " - done", "x"])
                post.is_edited = post.is_edited or (bool(post.sender) and chance.random() < odds.marked_edited)
                kept.append(post)
            group.posts = kept

    # ── what the code gets ───────────────────────────────────────────────────────────────────────────────────────────

    def _export(self, groups: list[Group]) -> dict[int, Chat]:
        chance = self.random
        chats = {}
        for group in groups:
            posts, way = group.posts, 1.0 if self.is_plain else chance.random()
            if way < 0.08:
                first = START + chance.choice([-3600.0, -60.0, 20.0])
                posts = [post for post in posts if post.at >= first]
            elif way < 0.16:
                last = START + chance.uniform(5, 2000)
                posts = [post for post in posts if post.at <= last]
            elif way < 0.24 and posts:
                topic = chance.choice([post.topic for post in posts])
                posts = [post for post in posts if post.topic == topic]
            elif way < 0.27:
                continue
            chats[group.group_id] = chat_of(group.group_id, posts)
        return chats

    def _given(self) -> tuple[AskedRow, ...]:
        runs = sorted({truth.row.run for truth in self.truths})
        given = {run for run in runs if self.random.random() < 0.8} or set(runs[:1])
        for truth in self.truths:
            truth.row = replace(truth.row, is_given=truth.row.run in given)
        return tuple(truth.row for truth in self.truths)


def chat_of(group_id: int, posts: list[Post]) -> Chat:
    """The group as it is read from a file."""
    chat = Chat()
    chat.group_id = group_id
    for post in posts:
        chat.add(
            ExportedMessage(
                number=post.number,
                posted_at=int(post.at),
                sender=post.sender,
                text=post.text if not post.is_service else "",
                reply_to=post.reply_to,
                is_service=post.is_service,
                opens_topic=post.opens,
                is_edited=post.is_edited,
            )
        )
    chat.close()
    return chat


def id_of(wire: Wire) -> int:
    """A number for a service, whatever its address."""
    return int(wire.identity.removeprefix("inst").removesuffix("b"))
