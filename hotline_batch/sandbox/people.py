"""A number -> the person or topic that bears it, always the same: formulas instead of a stored file.

The first person and the first group chat are the ones of Hotline's own documentation; everybody else is invented, and
so are their phone numbers. As in Telegram, an empty text stands for a name, username or phone that somebody keeps to
themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

# Telegram counts a supergroup's id down from here, and TDLib shifts message ids by 20 bits to make room for local ones.
_CHAT_ID_BASE = 10**12
_THREAD_STEP = 2**20

CHATS_PER_GROUP = 50


@dataclass(frozen=True, slots=True)
class Person:
    """A customer who writes to the company."""

    user_id: int
    first_name: str
    last_name: str
    username: str
    lang: str
    phone: str

    @property
    def name(self) -> str:
        """First and last name, as a topic is titled."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Frontend:
    """A connection as replies describe it, with the backend group that its dialogs live in."""

    name: str
    instance_id: str
    user_id: int
    group_id: int
    first_topic_id: int


@dataclass(frozen=True, slots=True)
class Topic:
    """One dialog in a backend group: with a person, or (``person`` is None) with a group chat ``chat_id`` belongs to.

    ``last_date`` is written as Hotline writes it, without a zone.
    """

    frontend: Frontend
    topic_id: int
    title: str
    status: str
    last_date: str
    person: Person | None
    frontend_chat_id: int | None = None

    @property
    def group_id(self) -> int:
        """The backend group as it appears in links, without -100."""
        return self.frontend.group_id

    @property
    def chat_id(self) -> int:
        """The backend group as Telegram's Bot API names it."""
        return -(_CHAT_ID_BASE + self.group_id)

    @property
    def thread_id(self) -> int:
        """The topic as TDLib names it."""
        return self.topic_id * _THREAD_STEP

    @property
    def link(self) -> str:
        """The link that Telegram copies for the topic."""
        return f"https://t.me/c/{self.group_id}/{self.topic_id}"


# The documentation sends instance 13209946874612345 and shows another instance_id in the reply: any connection may ask.
FRONTENDS = (
    Frontend("support_bot", "132099468746812345", 123456789, 2101424779, 5343),
    Frontend("sales_bot", "24310057985723456", 223456789, 1987654320, 118),
)

_JOHN = Person(987654321, "John", "Doe", "john1991", "en", "+12125550123")

# Language, dialling code, first names, last names; nothing between commas is no name.
_NAMES = (
    ("en", "+1", "Emma, Oliver, Grace, Liam, Ruby, Noah, Alice", "Carter, Hughes, Bennett, O'Neill, Reed"),
    ("de", "+49", "Jürgen, Anna, Käthe, Lukas, Sophie, Björn, Ute", "Müller, Schröder, Weiß, Böhm, Lang"),
    ("ru", "+7", "Иван, Алексей, Дмитрий, Сергей, Пётр, Никита, Юрий", "Иванов, Смирнов, Кузнецов, Соловьёв, Щербаков"),
    ("uk", "+380", "Олена, Тарас, Ганна, Ївга, Софія, Богдан, Юлія", "Шевченко, Бойко, Коваленко, Гнатюк, Мельник"),
    ("tr", "+90", "Ayşe, Mehmet, İbrahim, Zeynep, Çağla, Ömer, Işıl", "Yılmaz, Demir, Şahin, Öztürk, Çelik"),
    ("es", "+34", "María, José, Íñigo, Lucía, Begoña, Andrés, Inés", "García, Muñoz, Núñez, de la Fuente, Peña"),
    ("ar", "+971", "محمد, فاطمة, أحمد, مريم, يوسف, ليلى, خالد", "الحسن, المنصوري, حداد, خليل, "),
    ("he", "+972", "נועה, דוד, מיכל, יוסי, תמר, אורי, שירה", "כהן, לוי, מזרחי, פרץ, "),
    ("zh", "+86", "伟, 芳, 娜, 敏, 静, 丽, 强", "王, 李, 张, 刘, 陈"),
    ("hi", "+91", "आरव, प्रिया, विवान, अनन्या, रोहन, दिया, कबीर", "शर्मा, वर्मा, गुप्ता, सिंह, "),
)
_HANDLES = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "juniper", "koi")
_FIRMS = (
    "Nordlicht", "Kestrel", "Ромашка", "Anadolu", "Luz del Sur", "北方", "Blue Anchor", "Mühlbach", "Orbita", "Tulip",
)  # fmt: skip
_PURPOSES = ("Support Chat", "Orders", "Delivery", "Invoices", "Partner Chat")
_STATUSES = (
    "user_answered", "support_answered", "user_answered", "closed", "support_answered", "user_answered", "closed",
)  # fmt: skip

# Any spread will do whose step shares no factor with its width: then no two people get one id.
_LOWEST_USER_ID, _USER_ID_WIDTH, _USER_ID_STEP = 200_000_011, 7_799_999_983, 1_618_033_987
_NEWEST = datetime(2025, 10, 9, 0, 24, 55, tzinfo=UTC)
_NEWEST_CHAT = datetime(2025, 10, 9, 0, 30, 0, tzinfo=UTC)
# Topics of people and of group chats take turns within every five numbers of a group.
_TOPIC_STEP = 5


def person(number: int) -> Person:
    """The person with this number, from 0 on; 0 is John Doe of the documentation."""
    if number == 0:
        return _JOHN
    user_id = _LOWEST_USER_ID + number * _USER_ID_STEP % _USER_ID_WIDTH
    lang, dialling_code, *names = _NAMES[number % len(_NAMES)]
    first_names, last_names = (those.split(", ") for those in names)
    turn = number // len(_NAMES)
    handle = f"{_HANDLES[number % len(_HANDLES)]}_{number}" if number % 3 else ""
    phone = f"{dialling_code}555{number * 7919 % 10**7:07}" if number % 4 else ""
    return Person(
        user_id,
        first_names[turn % len(first_names)],
        last_names[turn // len(first_names) % len(last_names)],
        handle,
        lang,
        phone,
    )


def topic_of_person(number: int) -> Topic:
    """The topic in which the dialog with person ``number`` is held."""
    somebody = person(number)
    frontend = FRONTENDS[number % len(FRONTENDS)]
    place = number // len(FRONTENDS)
    return Topic(
        frontend,
        frontend.first_topic_id + place * _TOPIC_STEP,
        somebody.name,
        _STATUSES[number % len(_STATUSES)],
        _written(_NEWEST - timedelta(minutes=number * 37 % (90 * 24 * 60))),
        somebody,
    )


def topic_of_chat(number: int) -> Topic:
    """The topic of group chat ``number``, from 0 on; 0 is the one of the documentation."""
    frontend = FRONTENDS[number % len(FRONTENDS)]
    place = number // len(FRONTENDS)
    firm, purpose = _FIRMS[number % len(_FIRMS)], _PURPOSES[number // len(_FIRMS) % len(_PURPOSES)]
    return Topic(
        frontend,
        frontend.first_topic_id + 1 + place * _TOPIC_STEP,
        "Somebiz Proposal Chat" if number == 0 else f"{firm} {purpose} {number}",
        _STATUSES[(number + 1) % len(_STATUSES)],
        _written(_NEWEST_CHAT - timedelta(minutes=number * 53)),
        None,
        -(_CHAT_ID_BASE + 1_234_567_890 + number * 1_000_003),
    )


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


# ── an id that none of them bears -> somebody who does, always the same, to practise with one's own sheet ────────────

NOBODY = frozenset({12345678, 700000123})
"""Numbers that no user and no topic has, to practise a refusal: one of Hotline's examples, one of the sample sheets."""

_LIKE = 997
# Each of these groups has a thousand million topics, so that no two strangers share one, and a topic tells whose it is.
# Their numbers lie above those of the sandbox's own people and of NOBODY, and below the largest that Telegram knows.
_FIRST_GROUP, _FIRST_TOPIC, _TOPICS = 2_200_000_000, 10**9, 10**9
_GROUPS = range(_FIRST_GROUP, _FIRST_GROUP + 2**40 // _TOPICS + 1)  # Telegram's user ids end at 2**40
_LOWEST_STRANGER, _USER_IDS = 8_000_000_009, 1_999_999_973


def topic_of_stranger(user_id: int) -> Topic:
    """The topic of a user whom the sandbox does not know."""
    group, topic = divmod(user_id, _TOPICS)
    return _somebody_in(_FIRST_GROUP + group, _FIRST_TOPIC + topic, user_id)


def topic_of_strangers_at(group_id: int, topic_id: int) -> Topic:
    """The topic at a place where the sandbox has none, with somebody in it: the stranger whose topic it is, if any."""
    if group_id in _GROUPS and _FIRST_TOPIC <= topic_id < _FIRST_TOPIC + _TOPICS:
        return topic_of_stranger((group_id - _FIRST_GROUP) * _TOPICS + topic_id - _FIRST_TOPIC)
    return _somebody_in(group_id, topic_id, _LOWEST_STRANGER + (group_id * 31 + topic_id) % _USER_IDS)


def _somebody_in(group_id: int, topic_id: int, user_id: int) -> Topic:
    like = topic_of_person(1 + user_id % _LIKE)
    assert like.person is not None  # noqa: S101 - it is the topic of a person
    frontend, person = replace(like.frontend, group_id=group_id), replace(like.person, user_id=user_id)
    return replace(like, frontend=frontend, topic_id=topic_id, person=person)
