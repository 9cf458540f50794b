"""Codes of messages and of templates that a row cannot fill in."""

from __future__ import annotations

from hotline_batch.issues.record import unusable

MESSAGES = (
    unusable(
        "message_blank",
        "The message is empty.",
        "Write a message, or remove the row.",
        task="write {things}",
        about="message",
    ),
    unusable(
        "message_too_long",
        "The message has more than 4096 characters.",
        "Shorten the text; Telegram takes 4096 characters.",
        "The message has {length} characters; Telegram takes {longest}.",
        task="shorten {things}",
        about="message",
    ),
    unusable(
        "message_bad_characters",
        "The message holds characters that cannot be sent.",
        "Type the text again; it was damaged when it was copied or exported.",
        "The message holds the character {character} at position {position}, which cannot be sent.",
        task="retype {things}",
        about="message",
    ),
    unusable(
        "template_failed",
        "The template cannot be filled in with this row.",
        "Check the cells that the template uses in this row.",
        "The template cannot be filled in with this row: {why}.",
        task="complete {things} for the template",
        about="row",
    ),
)
