"""Codes of rows that may have been delivered: nobody knows before a person looked. And of those that are settled since.

Also of those that were delivered, with something to be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline_batch.issues.issue import ANSWERED, LOOK_AND_SETTLE, IssueRecord, in_doubt, refused
from hotline_batch.next_step import NextStep

STRAY, CONTRADICTION, UNCONFIRMED = "stray", "contradiction", "unconfirmed"
"""Cases of an answer that is not as documented."""
FAR_TOO_LONG, NO_HTTP, NOT_THE_SERVICES = "far_too_long", "no_http", "not_the_services"
"""Cases of an answer that cannot be understood."""
ANOTHER_USERS, ANOTHER_THAN_BEFORE = "another_users", "another_than_before"
"""Cases of a confirmation that names another topic."""
NOTED = "noted"
"""Case of a person's word with a note."""

_NONE: Mapping[str, str] = MappingProxyType({})

IN_DOUBT = (
    in_doubt(
        "reply_timeout",
        "No answer arrived in time.",
        {"": "The request left, but no complete answer arrived in time."},
    ),
    in_doubt(
        "reply_lost",
        "The connection broke before an answer arrived.",
        {"": "The request left, but the connection broke before the answer was complete."},
    ),
    in_doubt("reply_cut", "The answer arrived incomplete.", {"": "The answer broke off in the middle."}),
    in_doubt(
        "reply_unreadable",
        "The answer could not be understood.",
        {
            "": "The answer could not be read.",
            FAR_TOO_LONG: "The answer was far longer than any answer of this service.",
            NO_HTTP: "The answer was not readable HTTP.",
            NOT_THE_SERVICES: "The answer is not the service's: {said}",
        },
    ),
    in_doubt("reply_empty", "The service answered without saying what it did.", _NONE),
    in_doubt(
        "reply_unexpected",
        "The answer is not the confirmation that the service documents.",
        {
            **ANSWERED,
            STRAY: "The answer may be another request's: more came over the same connection.",
            CONTRADICTION: "HTTP {status}: the service confirms and refuses at once.",
            UNCONFIRMED: "The answer is no confirmation: {said}",
        },
    ),
    in_doubt(
        "error_reported",
        "The service reported an error that does not prove that nothing was posted.",
        advice=f"Read the reason. {LOOK_AND_SETTLE}",
    ),
    in_doubt(
        "another_message",
        "The service confirmed another text than was sent, so it may be another row's confirmation.",
        {"": "The service confirmed another text than was sent, so this may be another row's confirmation."},
    ),
    in_doubt(
        "reply_from_cache",
        "A cache in between answered instead of the service.",
        {"": "A cache in between answered instead of the service ({header}), so this confirms nothing."},
        "Tell whoever runs the service or the proxy that answers to POST must not be kept. Look into the topic, then "
        "settle this row (resolve).",
    ),
    in_doubt(
        "another_topic",
        "The service answered about another topic than was asked for.",
        {
            ANOTHER_USERS: "The confirmation names the topic of another user.",
            ANOTHER_THAN_BEFORE: "The confirmation names another topic than this user's earlier messages went to.",
        },
        "After a send: look into the topic, then settle this row (resolve). After a look-up: try again later; if it "
        "stays so, tell Hotline support.",
    ),
    in_doubt(
        "accepted_unconfirmed",
        "The service took the request but does not confirm deliveries.",
        {"": "The service took the request, but does not say whether the message was posted."},
        "Tell Hotline support that the workflow answers before it works. Look into the topic, then settle this row "
        "(resolve).",
    ),
    in_doubt("server_error", "The service failed while it worked on the row."),
    in_doubt("gateway_error", "A gateway in front of the service gave up waiting, or had no room."),
    in_doubt(
        "redirected",
        "The service points to another address, which is never followed.",
        {"": "HTTP {status}: the service points elsewhere."},
        "Check the endpoint. Look into the topic before you settle this row (resolve).",
    ),
    in_doubt("interrupted_in_flight", "The program ended while this row was on its way.", _NONE),
    IssueRecord(
        "resend_asked",
        "A person asked to send this row again although it may have arrived; that is not done yet.",
        "unknown",
        "when the run goes on",
        "Continue the run (resume), or settle the row (resolve).",
        {"": "To be sent again, as {by} asked", NOTED: "To be sent again, as {by} asked: {note}"},
        NextStep.RESUME,
    ),
    in_doubt(
        "resend_failed",
        "The row was sent again as a person asked, and that failed; whether the first message arrived is not known.",
        _NONE,
    ),
    in_doubt(
        "internal_error",
        "The program met an error of its own while this row was on its way.",
        {"": "The program met an error of its own ({kind})."},
        "Look into the topic, then settle this row (resolve). Please report the error.",
    ),
)


SETTLED = (
    IssueRecord(
        "settled_as_delivered",
        "A person looked and said that the message was delivered, or Telegram's export of the group proved it.",
        "yes",
        "no need",
        "Nothing to do.",
        {"": "Settled as delivered by {by}", NOTED: "Settled as delivered by {by}: {note}"},
    ),
    refused(
        "settled_as_not_delivered",
        "A person looked and said that the message was not delivered, or Telegram's export of the group proved it.",
        "yes",
        "Try the failed rows again (retry).",
        NextStep.RETRY,
        {"": "Settled as not delivered by {by}", NOTED: "Settled as not delivered by {by}: {note}"},
    ),
)

DELIVERED = (
    IssueRecord(
        "reply_differs",
        "Delivered, but the confirmation shows the text as Telegram cleaned it, not quite as it was sent.",
        "yes",
        "no need",
        "Look into the topic and compare the text.",
        {"": "The confirmation shows the text as Telegram cleaned it."},
    ),
    IssueRecord(
        "reply_without_link",
        "Delivered, but the confirmation holds no topic link.",
        "yes",
        "no need",
        "Nothing to do.",
        {"": "The confirmation holds no topic link."},
    ),
)
