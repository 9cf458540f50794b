"""Codes of user ids."""

from __future__ import annotations

from hotline_batch.issues.record import unusable
from hotline_batch.next_step import NextStep

FRACTION, SEVERAL, OTHER_SCRIPT, USERNAME = "fraction", "several", "other_script", "username"
"""Cases of an id that is no whole number."""
TOO_MANY_DIGITS = "digits"
"""Case of an id out of range."""
ZEROS = "zeros"
"""Case of an id that begins with zeros."""

SEVERAL_NUMBERS = "The cell holds several numbers, or its digits are grouped irregularly."
DIGITS_OF_ANOTHER_SCRIPT = "The cell holds digits of another script; write 0 to 9."

USER_IDS = (
    unusable(
        "user_id_missing",
        "The row has no user id.",
        "Fill in the user id and send the row again.",
        "The user id is missing.",
        task="fill in {things}",
        about="user_id",
    ),
    unusable(
        "user_id_not_a_number",
        "The user id is not a whole number.",
        "Write digits only, for example 987654321.",
        {
            "": "The user id must hold digits only.",
            FRACTION: "The user id is not a whole number.",
            SEVERAL: SEVERAL_NUMBERS,
            OTHER_SCRIPT: DIGITS_OF_ANOTHER_SCRIPT,
            USERNAME: "A username cannot be used; the service takes the user's number only.",
        },
        about="user_id",
    ),
    unusable(
        "user_id_is_negative",
        "A negative id is a chat, not a user.",
        "Use the id of the person, a positive number.",
        "A negative id belongs to a chat, not to a person.",
        about="user_id",
    ),
    unusable(
        "user_id_out_of_range",
        "No Telegram user has this id.",
        "Check the id: it lies between 1 and 1099511627775.",
        {
            "": "User ids lie between 1 and {largest}.",
            TOO_MANY_DIGITS: "The user id has {digits} digits; no id is that long.",
        },
        about="user_id",
    ),
    unusable(
        "user_id_is_a_phone_number",
        "This looks like a phone number.",
        "Use the Telegram user id; it has no + and no leading zeros.",
        {
            "": "This looks like a phone number: user ids have no +.",
            ZEROS: "This looks like a phone number: user ids do not start with 00.",
        },
        about="user_id",
    ),
    unusable(
        "user_id_leading_zeros",
        "The id starts with zeros, so it may be another kind of number.",
        "Check that this is a user id and write it without leading zeros.",
        about="user_id",
    ),
    unusable(
        "user_id_is_reserved",
        "This id belongs to Telegram itself, not to a person.",
        "Use the id of the person.",
        "{user} is Telegram's own service account.",
        about="user_id",
    ),
    unusable(
        "topic_without_user",
        "The topic belongs to a group chat; there is no user whose topic a message could go to.",
        "Use a topic of one person, or fill in a user id.",
        "The topic belongs to a group chat, so it has no user to send to.",
        task="replace {things} of group chats, which have no user",
        about="topic_link",
    ),
    unusable(
        "user_not_found",
        "The user of this topic could not be looked up.",
        "Send the sheet again; if that does not help, fill in the user id.",
        "The topic's user could not be looked up.",
        again="by the next send of this sheet",
        next_step=NextStep.SEND_SHEET_AGAIN,
    ),
)
