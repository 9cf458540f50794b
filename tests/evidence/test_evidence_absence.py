"""A row's message is not there only if the file would show it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline_batch.evidence.judge import judge
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Said, Topic
from hotline_batch.evidence.verdicts import CannotTell, NotThere, Reason
from tests.evidence.story import (
    ASKED_AT,
    BOT,
    CONNECTION,
    GROUP,
    MINUTE,
    NOON,
    OPERATOR,
    OTHER_GROUP,
    STRANGER,
    TEXT,
    USER,
    Story,
)


@pytest.fixture
def story() -> Story:
    """The user's topic is known, and nothing was posted there."""
    story = Story()
    story.knows(USER)
    return story


def reason(story: Story, row: AskedRow | None = None) -> Reason:
    """Why it cannot be told."""
    verdict = story.verdict(row or story.row())
    assert isinstance(verdict, CannotTell)
    return verdict.reason


@pytest.mark.parametrize("is_known", [True, False])
def test_message_is_not_there_as_of_the_newest_one(is_known: bool) -> None:
    """Also where the user's topic is not known: it is nowhere."""
    story = Story()
    if is_known:
        story.knows(USER)

    assert NotThere(NOON + 120 * MINUTE) == story.verdict(story.row())


@pytest.mark.parametrize("minutes", [0, 170])
def test_file_that_begins_after_the_row_or_shortly_before_it_proves_nothing(story: Story, minutes: int) -> None:
    """What came before is missing: a clock may have run hours ahead when the row was asked for."""
    story.post(NOON - minutes * MINUTE, "Good afternoon", 0, sender=OPERATOR)
    story.first_at = NOON - minutes * MINUTE

    assert Reason.STARTS_TOO_LATE is reason(story)


def test_group_that_is_an_hour_old_has_nothing_before(story: Story) -> None:
    """The file begins with its first message."""
    story.opened_at = NOON - 60 * MINUTE
    story.posts[0].at = NOON - 50 * MINUTE

    assert isinstance(story.verdict(story.row()), NotThere)


@pytest.mark.parametrize("minutes", [1, 19])
def test_file_that_ends_within_twenty_minutes_proves_nothing(story: Story, minutes: int) -> None:
    """The message may come late."""
    story.post(ASKED_AT + minutes * MINUTE, "still here", 1, sender=OPERATOR)
    story.last_at = ASKED_AT + minutes * MINUTE

    assert Reason.ENDS_TOO_EARLY is reason(story)


def test_missing_number_of_that_time_may_be_the_message(story: Story) -> None:
    """Somebody may have deleted it."""
    story.sent(ASKED_AT + 1, TEXT, USER, is_gone=True)

    assert Reason.MESSAGES_MISSING is reason(story)
    assert story.verdict(story.rows[-1]).is_hint  # type: ignore[union-attr] # seen above


def test_missing_number_of_another_time_does_not_matter(story: Story) -> None:
    """In every real group some are missing."""
    story.post(NOON - 600 * MINUTE, "gone", USER, is_gone=True)
    story.post(NOON - 500 * MINUTE, "there", USER, sender=OPERATOR)

    assert isinstance(story.verdict(story.row()), NotThere)


def test_confirmed_row_that_is_not_found_without_a_reason_makes_the_file_doubtful(story: Story) -> None:
    """Perhaps the texts are kept otherwise than was learnt."""
    story.confirmed(6, "A text that nobody ever posted: 12345 and so on", NOON + 5, is_posted=False)

    assert Reason.CONFIRMED_NOT_FOUND is reason(story)


def test_confirmed_row_that_a_deletion_explains_does_not_matter(story: Story) -> None:
    """Its number is missing, far from the row in doubt."""
    at = NOON - 300 * MINUTE
    story.confirmed(6, "Another text, which was deleted later on", at, is_posted=False)
    story.sent(at + 1, "Another text, which was deleted later on", 6, is_gone=True)
    story.post(NOON - 200 * MINUTE, "there", USER, sender=OPERATOR)

    assert isinstance(story.verdict(story.row()), NotThere)


def test_confirmed_row_that_a_change_explains_does_not_matter(story: Story) -> None:
    """A message of that time in its topic was edited."""
    at = NOON - 300 * MINUTE
    story.confirmed(6, "Another text, which was changed later on", at, is_posted=False)
    story.sent(at + 1, "xyz", 6, is_edited=True)

    assert isinstance(story.verdict(story.row()), NotThere)


def test_confirmed_row_whose_message_is_nowhere_is_a_false_confirmation(story: Story) -> None:
    """All others are there, and nothing is missing."""
    row = story.confirmed(6, "A text that nobody ever posted: 12345 and so on", NOON + 5, is_posted=False)

    judged = next(each for each in story.judgement().rows if each.row == row)

    assert isinstance(judged.verdict, NotThere)
    assert judged.contradicts


def test_one_topic_alone_proves_nothing(story: Story) -> None:
    """Telegram exports single topics too, and the file does not say so."""
    chat = story.chat()
    one = Story()
    one.rows = [one.change(row, user_id=USER, topic=Topic(GROUP, USER)) for row in list(one.rows)]
    for post in one.posts:
        post.user = USER
    one.only_topic = USER
    one.knows(6)

    assert 2 <= len(chat.topics())
    assert Reason.ONE_TOPIC is reason(one, one.row(user=6))


def test_edited_message_that_could_be_it_leaves_it_open(story: Story) -> None:
    """It may have had this text."""
    story.sent(ASKED_AT + 1, "something else", USER, is_edited=True)

    assert Reason.EDITED is reason(story)


@pytest.mark.parametrize("more", [{"user": 1}, {"sender": OPERATOR}])
def test_edited_message_that_cannot_be_it_does_not_matter(story: Story, more: dict[str, object]) -> None:
    """It stands in another user's topic, or somebody else wrote it."""
    story.sent(ASKED_AT + 1, "something else", **{"user": USER, "is_edited": True, **more})  # type: ignore[arg-type]

    assert isinstance(story.verdict(story.row()), NotThere)


@pytest.mark.parametrize("text", [f"Re: {TEXT}", "Dear Anna, your parcel has arived"])
def test_message_like_it_leaves_it_open(story: Story, text: str) -> None:
    """Telegram or Hotline may keep a text otherwise than was learnt."""
    story.sent(ASKED_AT + 1, text, USER)

    assert Reason.LIKE_IT is reason(story)


LONG_TEXT = "\n".join(f"{number}. Dear Anna, parcel {number * 37} of yours has arrived." for number in range(12))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (LONG_TEXT, LONG_TEXT.replace("\n", "\n\n").replace(". ", ".   ")),
        (LONG_TEXT, f"(1/4) {LONG_TEXT[:200]}"),
        ("[Your parcel](https://example.com/track?parcel=12345678) is here", "Your parcel is here"),
        ('<a href="https://example.com/track?parcel=12345678">Here</a> <b>it is</b>', "Here it is"),
        (TEXT, "This message cannot be shown"),
    ],
)
@pytest.mark.parametrize("user", [USER, STRANGER, 0])
def test_text_that_is_shown_otherwise_leaves_it_open(story: Story, text: str, shown: str, user: int) -> None:
    """Whatever the poster wrote there at that time may be it: in the user's topic, a stranger's, or in none."""
    story.sent(ASKED_AT + 1, shown, user)

    assert Reason.LIKE_IT is reason(story, story.row(text=text))


@pytest.mark.parametrize("shown", [LONG_TEXT.replace("\n", "  \n\n"), LONG_TEXT.replace("Anna", "**Anna**")])
def test_copy_with_other_blanks_and_signs_leaves_it_open(story: Story, shown: str) -> None:
    """An operator's, or that of a poster of whom nothing was learnt."""
    story.post(ASKED_AT + 90, shown, USER, sender=OPERATOR)

    assert Reason.LIKE_IT is reason(story, story.row(text=LONG_TEXT))


def test_message_by_way_of_another_program_is_the_posters_too(story: Story) -> None:
    """As confirmed rows' messages are not marked; but it is the same sender."""
    story.sent(ASKED_AT + 1, "something else", USER, sender=f"{BOT} via @another")

    assert Reason.LIKE_IT is reason(story)


def test_other_messages_of_that_time_do_not_matter(story: Story) -> None:
    """What serves another row, what an operator wrote, what stands in others' topics, what came much earlier or later:
    the usual topic.
    """
    story.knows(6)
    story.confirmed(USER, "An earlier message to the same person", ASKED_AT - 30)
    story.row(text="A message in doubt to the same person", at=ASKED_AT + 30)
    story.sent(ASKED_AT + 31, "A message in doubt to the same person", USER)
    story.post(ASKED_AT + 60, "How can we help?", USER, sender=OPERATOR)
    story.sent(ASKED_AT + 2, "what a client wrote", 6)
    story.sent(ASKED_AT - 60 * MINUTE, "what the client wrote before", USER)
    story.sent(ASKED_AT + 60 * MINUTE, "what the client wrote later", USER)

    assert isinstance(story.verdict(story.row()), NotThere)


def test_stranger_who_was_written_to_then_is_looked_up(story: Story) -> None:
    """Whose topic it is decides."""
    story.sent(ASKED_AT + 1, "what a client wrote", STRANGER)
    row = story.row()

    judgement = story.judgement()
    before = story.verdict(row)
    story.looked_up = [(77, Topic(GROUP, STRANGER))]

    assert isinstance(before, CannotTell)
    assert (Topic(GROUP, STRANGER),) == judgement.to_look_up
    assert isinstance(story.verdict(row), NotThere)


def test_nobody_is_looked_up_where_that_decides_nothing(story: Story) -> None:
    """A number of that time is missing besides."""
    story.sent(ASKED_AT + 1, "what a client wrote", STRANGER)
    story.post(ASKED_AT + 2, "gone", 1, is_gone=True)
    story.row()

    assert () == story.judgement().to_look_up


def test_text_of_another_row_that_cannot_be_its_leaves_it_open(story: Story) -> None:
    """That row was asked for three hours earlier, so the message in this user's topic is not its."""
    story.knows(6)
    story.row(user=6, text="The text of the other row", at=ASKED_AT - 180 * MINUTE)
    story.sent(ASKED_AT + 1, "The text of the other row", USER)

    assert Reason.LIKE_IT is reason(story)


def test_message_that_is_there_once_more_than_rows_leaves_it_open(story: Story) -> None:
    """One of the two may be this row's, without its stars."""
    story.confirmed(USER, "Dear Anna, come in", ASKED_AT - 10)
    story.sent(ASKED_AT + 1, "Dear Anna, come in", USER)

    assert Reason.LIKE_IT is reason(story, story.row(text="Dear *Anna*, come in"))


def test_message_that_may_be_either_rows_leaves_it_open(story: Story) -> None:
    """Two rows in doubt, one message: their texts look the same without the stars."""
    story.row(text="Dear Anna, come in", at=ASKED_AT - 10)
    story.sent(ASKED_AT + 1, "Dear Anna, come in", USER)

    assert Reason.LIKE_IT is reason(story, story.row(text="Dear *Anna*, come in"))


def test_part_of_the_text_that_is_another_rows_text_leaves_it_open() -> None:
    """Whatever stands around the texts of this service."""
    story = Story(before="📣 API:\n", behind="\n#sent")
    story.knows(USER)
    story.row(text="Dear Anna, come in", at=ASKED_AT - 10)
    story.sent(ASKED_AT + 1, "Dear Anna, come in", USER)

    assert Reason.LIKE_IT is reason(story, story.row(text="Dear Anna, come in and bring your papers"))


def test_topic_that_a_reply_to_the_row_named_is_looked_into(story: Story) -> None:
    """It is known to be another user's, and that reply confirmed nothing; but the message went there."""
    story.knows(6)
    story.sent(ASKED_AT + 1, TEXT, 6)
    row = story.row()

    named = story.change(row, named=Topic(GROUP, 6))

    assert Reason.LIKE_IT is reason(story, named)


def test_group_of_the_topic_that_a_reply_to_the_row_named_has_to_be_in_the_file(story: Story) -> None:
    """The message may be there."""
    row = story.change(story.row(), named=Topic(OTHER_GROUP, 6))

    assert Reason.GROUP_NOT_IN_FILE is reason(story, row)


def test_every_group_of_the_connection_has_to_be_in_the_file(story: Story) -> None:
    """Other runs went into another group as well."""
    story.groups = {CONNECTION: {GROUP, OTHER_GROUP}}

    assert Reason.GROUP_NOT_IN_FILE is reason(story)


@pytest.mark.parametrize("connection", [CONNECTION, "another"])
def test_topic_that_another_connection_knows_as_the_users_is_looked_into(story: Story, connection: str) -> None:
    """Both post into one group, perhaps through one poster."""
    story = Story()
    story.knows(USER, connection=connection)
    story.sent(ASKED_AT + 1, f"Re: {TEXT}", USER)

    assert Reason.LIKE_IT is reason(story)


def test_text_in_a_topic_of_nobody_known_leaves_it_open(story: Story) -> None:
    """A new topic may have been made for this user."""
    story.sent(ASKED_AT + 1, f"Re: {TEXT}", STRANGER)

    assert Reason.LIKE_IT is reason(story)


def test_text_in_the_topic_of_another_user_does_not_matter(story: Story) -> None:
    """It is that user's."""
    story.knows(6)
    story.sent(ASKED_AT + 1, TEXT, 6)

    assert isinstance(story.verdict(story.row()), NotThere)


def test_copy_by_an_operator_leaves_it_open(story: Story) -> None:
    """Nobody knows where that was copied from."""
    story.post(ASKED_AT + 90, TEXT, USER, sender=OPERATOR)

    assert Reason.LIKE_IT is reason(story)


def test_message_from_shortly_before_the_request_leaves_it_open(story: Story) -> None:
    """Clocks are set now and then, by less than five minutes."""
    story.sent(ASKED_AT - 200, TEXT, USER)

    assert Reason.BEFORE_REQUEST is reason(story)


def test_message_from_hours_before_the_request_leaves_it_open(story: Story) -> None:
    """A clock may have been set by hours meanwhile, as that of summer is."""
    story.sent(ASKED_AT - 100 * MINUTE, TEXT, USER)

    assert Reason.BEFORE_REQUEST is reason(story)


@pytest.mark.parametrize("minutes", [100, 200])
def test_earlier_message_of_another_row_or_day_does_not_matter(story: Story, minutes: int) -> None:
    """It is that row's, be it in doubt as well; or it came more than three hours before."""
    if minutes < 180:
        story.row(at=ASKED_AT - minutes * MINUTE)
    story.sent(ASKED_AT - minutes * MINUTE + 1, TEXT, USER)

    assert isinstance(story.verdict(story.row()), NotThere)


def test_message_later_than_any_late_post_leaves_it_open(story: Story) -> None:
    """Twenty minutes are an assumption."""
    story.sent(ASKED_AT + 25 * MINUTE, TEXT, USER)

    assert Reason.LATER is reason(story)


@pytest.mark.parametrize(
    ("sent", "shown", "sender"),
    [
        ("Dear **Anna**, your [parcel](https://x.example/1) is here.", "Dear Anna, your parcel is here.", BOT),
        (TEXT, TEXT, f"{BOT} via user71"),
    ],
    ids=["marks and a link", "by way of another bot"],
)
@pytest.mark.parametrize(
    ("minutes", "why"), [(25, Reason.LATER), (-100, Reason.BEFORE_REQUEST)], ids=["late", "clock ahead"]
)
def test_text_that_is_shown_otherwise_counts_at_any_time(
    story: Story, sent: str, shown: str, sender: str, minutes: int, why: Reason
) -> None:
    """It may be a late post, or one of a clock that was set, as well as one that is shown as it was sent."""
    story.sent(ASKED_AT + minutes * MINUTE, shown, USER, sender=sender)

    assert why is reason(story, story.row(text=sent))


def test_group_that_is_not_in_the_file_proves_nothing(story: Story) -> None:
    """A user of this connection had a topic in another group."""
    row = story.row()
    known = KnownTopics(
        [(each.connection, each.user_id, each.topic) for each in story.rows if each.topic]
        + [(CONNECTION, USER, Topic(OTHER_GROUP, 7))]
    )

    judged = judge(story.rows, known, {GROUP: story.chat()})

    assert CannotTell(Reason.GROUP_NOT_IN_FILE) == next(each.verdict for each in judged.rows if each.row == row)


def test_connection_without_a_confirmed_row_has_no_known_group(story: Story) -> None:
    """Its messages may go anywhere."""
    row = story.row(user=6)
    row = story.change(row, connection="another")

    assert Reason.GROUP_UNKNOWN is reason(story, row)


def test_failed_row_that_is_there_contradicts_the_ledger(story: Story) -> None:
    """The refusal was none."""
    story.sent(ASKED_AT + 1, TEXT, USER)
    row = story.row(Said.NOT_DELIVERED)

    assert next(each for each in story.judgement().rows if each.row == row).contradicts


@pytest.mark.parametrize(("said", "contradicts"), [(Said.NOT_DELIVERED, False), (Said.A_PERSON_SAYS_SO, True)])
def test_what_is_not_there_contradicts_whoever_said_so(story: Story, said: Said, contradicts: bool) -> None:
    """A failed row agrees, a person's word does not."""
    row = story.row(said)

    judged = next(each for each in story.judgement().rows if each.row == row)

    assert isinstance(judged.verdict, NotThere)
    assert contradicts == judged.contradicts


def test_rows_that_were_not_asked_about_get_no_verdict(story: Story) -> None:
    """They only go along."""
    row = story.row()
    story.rows[0] = replace(story.rows[0], is_given=False)

    judgement = story.judgement()

    assert 4 == len(judgement.rows)
    assert row in {each.row for each in judgement.rows}
    assert 3 == judgement.confirmed_found
