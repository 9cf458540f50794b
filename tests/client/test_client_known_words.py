"""The table of words: each finds what it is for, refusals that people meet are known, and nothing else is."""

from __future__ import annotations

import time

import pytest

from hotline_batch.client.answers.known_words import RECOGNISED, About, Words, speaks_of

REFUSALS = (About.ROW, About.KEYS, About.PACE, About.QUOTA, About.NOT_BEGUN)


def is_refusal(text: str, status: int = 200) -> bool:
    about = speaks_of(text, status=status)
    return About.BEHIND not in about and bool(about & set(REFUSALS))


@pytest.mark.parametrize("words", RECOGNISED, ids=lambda words: " ".join(words.example[:40].split()))
def test_each_finds_its_example_and_tells_its_source(words: Words) -> None:
    """In any case, also where the words are joined by underlines."""
    status = words.status or 200

    assert words.about in speaks_of(words.example, status=status)
    assert words.about in speaks_of(words.example.upper(), status=status)
    assert words.source


@pytest.mark.parametrize(
    "text",
    [
        "User 12345678 not found in our database",
        "Topic 5343 in group 2101424779 not found in our database",
        "user not found",
        "USER_NOT_FOUND",
        "user_id is missing or not a number",
        "Could not find user 17",
        "Dialog 17 does not exist",
        "No topic for this user",
        "Bad Request: chat not found",
        "Bad Request: message thread not found",
        "Bad Request: TOPIC_CLOSED",
        "Bad Request: message is too long",
        "Bad Request: message text is empty",
        "Bad Request: PEER_ID_INVALID",
        "Bad Request: not enough rights to send text messages to the chat",
        "Forbidden: bot was blocked by the user",
        "Forbidden: bot was kicked from the supergroup chat",
        "Forbidden: user is deactivated",
        "Forbidden: bot can't initiate conversation with a user",
        "403 - Forbidden: bot is not a member of the channel chat",
        "CHAT_WRITE_FORBIDDEN",
    ],
)
def test_refusals_of_a_row_are_known(text: str) -> None:
    """Hotline's, Telegram's and TDLib's."""
    assert is_refusal(text)
    assert About.ROW in speaks_of(text, status=200)


@pytest.mark.parametrize(
    "text",
    [
        "timeout of 2000ms exceeded",
        "ETIMEDOUT",
        "socket hang up",
        "read ECONNRESET",
        "Error: write EPIPE",
        "getaddrinfo ENOTFOUND api.telegram.org",
        "The service refused the connection - perhaps it is offline",
        "502 Bad Gateway",
        "Request failed with status code 504",
        "boom [line 6]",
        "Cannot read properties of undefined (reading 'user')",
        'password authentication failed for user "n8n"',
        'relation "topic" does not exist',
        "550 5.1.1 User unknown",
        "User not found: read ECONNRESET",
        "Chat not found (upstream request timeout)",
        "Message was posted, but the topic is closed",
        "Authorization failed - please check your credentials",
        "permission denied for table messages",
        "Invalid or unexpected token",
        "message is not modified",
        "Bad Request",
        "Benutzer nicht gefunden",
        "Пользователь заблокировал бота",
        "用户不存在",
        "utilisateur introuvable",
        "Not Found",
        "Something went wrong",
        "",
    ],
)
def test_everything_else_is_no_refusal(text: str) -> None:
    """What happened behind, words of other steps, other languages, words that nobody knows."""
    assert not is_refusal(text)


@pytest.mark.parametrize(("status", "known"), [(200, True), (503, False)])
def test_a_start_is_known_with_its_own_status_alone(status: int, known: bool) -> None:
    """A proxy may show the same words instead of a time-out (error_page), with a status of its own."""
    assert known == is_refusal("n8n is starting up. Please wait", status)
    assert not is_refusal("n8n is starting up. Please wait...", status)


@pytest.mark.parametrize("piece", ["user ", "user 1 ", "topic.", "chat is ", "(((", "connection a ", "webhook "])
def test_no_text_takes_long(piece: str) -> None:
    """However often a text begins like one that is known: four times the text is four times the work, not sixteen.

    Of this thread's own time on a processor the shortest of three counts, whatever else the machine does.
    """

    def work(pieces: int) -> float:
        return min(_seconds_of_work(piece * pieces) for _ in range(3))

    assert work(20_000) < 8 * work(5_000) + 0.01


def _seconds_of_work(text: str) -> float:
    started = time.thread_time()
    speaks_of(text, status=200)
    return time.thread_time() - started
