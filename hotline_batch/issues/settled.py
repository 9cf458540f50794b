"""Codes of rows that a person settled, and of those that were delivered with something to be told."""

from __future__ import annotations

from hotline_batch.issues.in_doubt import NOTED
from hotline_batch.issues.record import IssueRecord, refused
from hotline_batch.next_step import NextStep

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
