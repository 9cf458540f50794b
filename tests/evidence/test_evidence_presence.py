"""A row's message is there only if it can be nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline_batch.evidence.rows import Said, Topic
from hotline_batch.evidence.verdicts import CannotTell, NotThere, Reason, There
from tests.evidence.story import ASKED_AT, GROUP, MINUTE, NOON, OPERATOR, STRANGER, TEXT, USER, Story


@pytest.fixture
def story() -> Story:
    return Story()


def test_message_in_the_users_topic_is_there_with_its_link(story: Story) -> None:
    """The plain case: the answer was lost, the message was not."""
    story.knows(USER)
    post = story.sent(ASKED_AT + 1, TEXT, USER)
    row = story.row()

    verdict = story.verdict(row)

    link = f"https://t.me/c/{GROUP}/{USER}/{post.number}"
    assert There(link, 1, (link,)) == verdict


@pytest.mark.parametrize("text", ["  Dear Anna, your parcel has arrived. \r\n", "Dear Anna,\tyour parcel has arrived."])
def test_text_is_compared_as_telegram_keeps_it(story: Story, text: str) -> None:
    """Trimmed, and a tab is a space."""
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)

    assert isinstance(story.verdict(story.row(text=text)), There)


def test_what_stands_around_the_text_is_learnt() -> None:
    """Hotline may put words before and behind it."""
    story = Story(before="📣 API:\n", behind="\n#sent")
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)

    assert isinstance(story.verdict(story.row()), There)


def test_other_words_around_the_text_prove_nothing(story: Story) -> None:
    """Confirmed rows had none."""
    story.knows(USER)
    story.sent(ASKED_AT + 1, f"Fwd: {TEXT}", USER)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.LIKE_IT is verdict.reason


@pytest.mark.parametrize("hours", [-7, 7])
def test_difference_of_the_clocks_is_learnt(hours: int) -> None:
    """A machine whose clock is hours off is told the same."""
    story = Story(clocks_differ=hours * 3600.0)
    story.knows(USER)
    post = story.sent(ASKED_AT + 1, TEXT, USER)
    story.post(NOON + hours * 3600 + 600 * MINUTE, "later", 0, sender=OPERATOR)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, There)
    assert verdict.link.endswith(f"/{post.number}")


def test_copy_by_an_operator_is_not_the_message(story: Story) -> None:
    """Only whoever posted the confirmed rows posts for the API."""
    story.knows(USER)
    story.post(ASKED_AT + 90, TEXT, USER, sender=OPERATOR)

    assert not isinstance(story.verdict(story.row()), There)


def test_nothing_is_learnt_where_somebody_copies_every_text_at_once(story: Story) -> None:
    """Then either of the two may be the API's poster."""
    for post in [post for post in story.posts if post.text.startswith("Hello")]:
        story.post(post.at + 1, post.text, post.user, sender=OPERATOR)
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.TOO_FEW_CONFIRMED is verdict.reason


def test_name_that_every_administrator_posts_under_proves_nothing() -> None:
    """An anonymous administrator's copy would look the same."""
    story = Story()
    for post in story.posts:
        post.sender = f"channel{GROUP}" if post.sender != OPERATOR else OPERATOR
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER, sender=f"channel{GROUP}")

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.ANYBODY_POSTS is verdict.reason


def test_fewer_than_three_confirmed_rows_teach_nothing(story: Story) -> None:
    """Two may agree by chance."""
    for row in story.rows[2:4]:
        story.change(row, said=Said.IN_DOUBT, topic=None)
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.TOO_FEW_CONFIRMED is verdict.reason


def test_rows_of_other_runs_teach_nothing(story: Story) -> None:
    """Only confirmed rows of the runs that were asked about count."""
    for row in list(story.rows):
        story.change(row, is_given=False)
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)

    assert isinstance(story.verdict(story.row()), CannotTell)


@pytest.mark.parametrize("seconds", [-600, -4, 25 * MINUTE])
def test_message_of_another_time_is_not_this_rows(story: Story, seconds: int) -> None:
    """Neither one from before the request, nor one later than any late post."""
    story.knows(USER)
    story.sent(ASKED_AT + seconds, TEXT, USER)

    assert not isinstance(story.verdict(story.row()), There)


def test_late_post_is_found(story: Story) -> None:
    """A service may post a quarter of an hour after we gave up."""
    story.knows(USER)
    story.sent(ASKED_AT + 15 * MINUTE, TEXT, USER)

    assert isinstance(story.verdict(story.row()), There)


def test_message_that_is_there_twice_is_told(story: Story) -> None:
    """One row, two messages."""
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)
    story.sent(ASKED_AT + 30, TEXT, USER)
    row = story.row()

    judged = next(each for each in story.judgement().rows if each.row == row)

    assert isinstance(judged.verdict, There)
    assert 2 == judged.verdict.copies
    assert judged.contradicts


def test_one_message_serves_one_row(story: Story) -> None:
    """Another row of this user has the same text: whose message it is, nobody can tell."""
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)
    story.row(at=ASKED_AT - 30)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.SAME_USER is verdict.reason


def test_message_of_another_run_that_was_not_asked_about_is_that_runs(story: Story) -> None:
    """The ledger knows of it all the same."""
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)
    story.change(story.row(at=ASKED_AT - 30), run="other", is_given=False)

    assert isinstance(story.verdict(story.row()), CannotTell)


def test_two_runs_with_one_text_an_hour_apart_are_told_apart(story: Story) -> None:
    """Each has its message."""
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)
    later = story.row(at=ASKED_AT + 60 * MINUTE)

    first, second = story.verdict(story.row()), story.verdict(later)

    assert isinstance(first, There)
    assert isinstance(second, NotThere)


def test_three_messages_for_two_rows_of_a_user_are_too_many(story: Story) -> None:
    """Whichever row it was, something was posted twice."""
    story.knows(USER)
    for seconds in (1, 40, 50):
        story.sent(ASKED_AT + seconds, TEXT, USER)
    story.row(at=ASKED_AT - 30)
    row = story.row()

    judged = next(each for each in story.judgement().rows if each.row == row)

    assert isinstance(judged.verdict, CannotTell)
    assert Reason.MORE_THAN_ROWS is judged.verdict.reason
    assert judged.contradicts


def test_text_of_one_user_alone_decides_in_a_topic_of_nobody_known(story: Story) -> None:
    """No other row can have posted it."""
    post = story.sent(ASKED_AT + 1, TEXT, STRANGER)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, There)
    assert verdict.link.endswith(f"/{STRANGER}/{post.number}")


def test_text_of_one_user_in_two_topics_decides_nothing(story: Story) -> None:
    """One of them is somebody else's, and nobody knows which."""
    story.sent(ASKED_AT + 1, TEXT, STRANGER)
    story.sent(ASKED_AT + 2, TEXT, STRANGER + 1)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.SEVERAL_TOPICS is verdict.reason


def test_text_that_somebody_else_posts_through_the_same_poster_decides_nothing(story: Story) -> None:
    """It stands in the topic of a user who has no such row."""
    story.knows(6)
    story.sent(ASKED_AT + 1, TEXT, STRANGER)
    story.sent(ASKED_AT + 5, TEXT, 6)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.NOT_OURS_ALONE is verdict.reason


def test_text_of_several_users_decides_by_count(story: Story) -> None:
    """As many topics with one message each as users: each has one."""
    story.sent(ASKED_AT + 1, TEXT, STRANGER)
    story.sent(ASKED_AT + 2, TEXT, STRANGER + 1)
    other = story.row(user=6)
    row = story.row()

    assert all(isinstance(story.verdict(each), There) for each in (row, other))


def test_fewer_messages_than_users_leave_each_of_them_open(story: Story) -> None:
    """Whose the one message is, nobody can tell; it is one to look up."""
    story.sent(ASKED_AT + 1, TEXT, STRANGER)
    story.row(user=6)
    row = story.row()

    verdict = story.verdict(row)

    assert isinstance(verdict, CannotTell)
    assert Reason.SAME_TEXT is verdict.reason
    assert (Topic(GROUP, STRANGER),) == story.judgement().to_look_up


def test_two_messages_in_one_topic_do_not_serve_two_users(story: Story) -> None:
    """One of the two users got both, and the other none."""
    story.sent(ASKED_AT + 1, TEXT, STRANGER)
    story.sent(ASKED_AT + 2, TEXT, STRANGER)
    story.row(user=6)

    assert isinstance(story.verdict(story.row()), CannotTell)


def test_row_that_failed_may_be_the_one_whose_message_it_is(story: Story) -> None:
    """A refusal that was none would make the count fit."""
    story.sent(ASKED_AT + 1, TEXT, STRANGER)
    story.row(Said.NOT_DELIVERED, user=6)

    assert isinstance(story.verdict(story.row()), CannotTell)


def test_look_up_says_whose_topic_it_is(story: Story) -> None:
    """Then the text of several users decides as well."""
    story.sent(ASKED_AT + 1, TEXT, STRANGER)
    other = story.row(user=6)
    row = story.row()
    story.looked_up = [(USER, Topic(GROUP, STRANGER))]

    assert isinstance(story.verdict(row), There)
    assert isinstance(story.verdict(other), NotThere)


def test_message_whose_topic_cannot_be_told_may_be_of_somebody_who_has_one_already(story: Story) -> None:
    """A confirmed row's second message stands in its topic, the first one's topic is lost."""
    story.confirmed(6, TEXT, ASKED_AT - 20, is_posted=False)
    story.sent(ASKED_AT + 5, TEXT, 6, answers=99)
    story.sent(ASKED_AT + 40, TEXT, 6)

    assert not isinstance(story.verdict(story.row()), There)


def test_message_in_another_topic_than_the_users_is_a_hint(story: Story) -> None:
    """A new topic may have been made for the same person."""
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, STRANGER)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.OTHER_TOPIC is verdict.reason
    assert verdict.is_hint


def test_count_decides_nothing_where_one_of_the_users_has_a_topic(story: Story) -> None:
    """Two messages in topics of nobody known, two users, but one of them belongs elsewhere."""
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, STRANGER)
    story.sent(ASKED_AT + 2, TEXT, STRANGER + 1)
    other = story.row(user=6)
    row = story.row()

    assert not any(isinstance(story.verdict(each), There) for each in (row, other))


def test_topic_that_two_users_were_said_to_have_is_nobodys(story: Story) -> None:
    """One of the two replies was wrong."""
    story.knows(USER)
    story.knows(6, USER)
    story.sent(ASKED_AT + 1, TEXT, USER)
    story.row(user=6)

    assert isinstance(story.verdict(story.row()), CannotTell)


def test_answer_within_the_topic_belongs_to_the_topic(story: Story) -> None:
    """A message that answers another one does not name its topic."""
    story.knows(USER)
    first = story.post(NOON - 60 * MINUTE, "a question", USER)
    story.chat()
    story.sent(ASKED_AT + 1, TEXT, USER, answers=first.number)

    assert isinstance(story.verdict(story.row()), There)


def test_topic_is_known_although_what_opened_it_is_not_in_the_file(story: Story) -> None:
    """The file begins later; that the number is a topic's, a reply told."""
    story.knows(USER)
    story.first_at = NOON - 2_000 * MINUTE
    story.sent(ASKED_AT + 1, TEXT, USER)

    assert isinstance(story.verdict(story.row()), There)


def test_connection_of_which_nothing_was_learnt_competes(story: Story) -> None:
    """The message may be of another connection's row, whose messages look the same."""
    story.change(story.row(user=6), connection="another")
    story.sent(ASKED_AT + 1, TEXT, STRANGER)

    assert not isinstance(story.verdict(story.row()), There)


def test_connection_that_writes_to_the_same_user_in_the_same_topic_competes(story: Story) -> None:
    """A service has got another address, and a run through that one sent the same: nobody can tell whose it is."""
    story.knows(USER)
    story.change(story.row(at=ASKED_AT - 30), connection="the same elsewhere", is_given=False)
    story.sent(ASKED_AT + 1, TEXT, USER)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, CannotTell)
    assert Reason.SAME_USER is verdict.reason


def test_run_that_repeats_another_ones_texts_is_not_matched_with_its_messages(story: Story) -> None:
    """A difference of the clocks by an hour would explain these as well; the rows of both runs say which it is."""
    earlier = [replace(row, run="earlier", is_given=False, asked_from=row.asked_from - 3600.0) for row in story.rows]
    for row in earlier:
        story.rows.append(replace(row, asked_until=row.asked_from + 2))
        story.sent(row.asked_from + 1, row.text, row.user_id)
    story.knows(USER)
    post = story.sent(ASKED_AT + 1, TEXT, USER)
    story.sent(ASKED_AT - 3599, TEXT, USER)

    verdict = story.verdict(story.row())

    assert isinstance(verdict, There)
    assert verdict.link.endswith(f"/{post.number}")


def test_clocks_that_could_differ_in_two_ways_teach_nothing(story: Story) -> None:
    """Every text is there twice, an hour apart, and the ledger knows of one run only."""
    for row in list(story.rows):
        story.sent(row.asked_from - 3599, row.text, row.user_id)
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)

    assert not isinstance(story.verdict(story.row()), There)


def test_difference_of_the_clocks_that_explains_a_small_part_of_the_file_is_none(story: Story) -> None:
    """Of twelve confirmed rows that lie within the file, three fit by chance."""
    for row in list(story.rows):
        story.posts = [post for post in story.posts if post.text != row.text]
        story.change(row, asked_from=row.asked_from - 100_000.0, asked_until=row.asked_until - 100_000.0)
    for number in range(12):
        at = NOON + 300 * number
        story.confirmed(1 + number % 4, f"A longer text with the number {number}", at, is_posted=number < 3)
    story.knows(USER)
    story.sent(ASKED_AT + 1, TEXT, USER)

    assert not isinstance(story.verdict(story.row()), There)
