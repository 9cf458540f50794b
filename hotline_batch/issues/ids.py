"""Codes of user ids, topic links, group ids and topic ids."""

from __future__ import annotations

from hotline_batch.issues.issue import unusable
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
        "topic_of_another_connection",
        "The topic belongs to another connection than the message would go through, so it would go into another topic.",
        "Name the topic's own connection in a column 'connection', or send its rows through that one.",
        "The topic belongs to the connection {names}; through '{name}' the message would go into another topic.",
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


ELSEWHERE, DAMAGED = "elsewhere", "damaged"
"""Cases of a cell that holds no topic link."""
TELEGRAM_ITSELF, ACTION, PUBLIC_CHAT, CHAT_OR_ACTION, NOTHING_OPENED, PERSON = (
    "telegram_itself", "action", "public_chat", "chat_or_action", "nothing_opened", "person",
)  # fmt: skip
"""Cases of a link that leads somewhere else."""

TOPICS = (
    unusable(
        "topic_link_missing",
        "The row has no topic link.",
        "Copy the link of the topic in Telegram into the cell.",
        "The topic link is missing.",
        task="fill in {things}",
        about="topic_link",
    ),
    unusable(
        "topic_link_not_a_link",
        "The cell does not hold a topic link.",
        "Copy the link of the topic; it looks like https://t.me/c/2101424779/5343.",
        {
            ELSEWHERE: "The link leads to {host}, not to Telegram.",
            DAMAGED: "The numbers in the link are damaged.",
        },
        about="topic_link",
    ),
    unusable(
        "topic_link_without_topic",
        "The link leads to a group, not to a topic.",
        "Open the topic in Telegram and copy its own link.",
        "The link leads to a group; it has no topic number.",
        about="topic_link",
    ),
    unusable(
        "topic_link_public_group",
        "The link names a public group, and its number is not known.",
        "Use a link of the form https://t.me/c/GROUP/TOPIC.",
        "The link names a public group by its username; the group's number is not in it.",
        about="topic_link",
    ),
    unusable(
        "topic_link_not_a_topic",
        "The link leads somewhere else: an invitation, a person or a bot.",
        "Copy the link of the topic itself.",
        {
            TELEGRAM_ITSELF: "The link leads to Telegram itself, not to a topic.",
            ACTION: "The link is an invitation or an action, not a topic.",
            PUBLIC_CHAT: "The link leads to a person, a bot or a public chat, not to a topic.",
            CHAT_OR_ACTION: "The link leads to a person, a chat or an action, not to a topic.",
            NOTHING_OPENED: "The address does not show an opened topic.",
            PERSON: "The link leads to a person, not to a topic.",
        },
        about="topic_link",
    ),
    unusable(
        "topic_is_general",
        "Topic 1 is the General topic; it is never a customer's dialog.",
        "Use the link of the customer's topic.",
        about="topic_link",
    ),
    unusable(
        "group_id_missing",
        "The row has a topic id but no group id.",
        "Fill in the group id.",
        "The group id is missing.",
        task="fill in {things}",
        about="group_id",
    ),
    unusable(
        "group_id_not_a_number",
        "The group id is not a whole number.",
        "Write digits only, for example 2101424779.",
        {
            "": "The group id must hold digits only.",
            FRACTION: "The group id is not a whole number.",
            SEVERAL: SEVERAL_NUMBERS,
            OTHER_SCRIPT: DIGITS_OF_ANOTHER_SCRIPT,
            ZEROS: "The group id starts with zeros.",
        },
        about="group_id",
    ),
    unusable(
        "group_id_out_of_range",
        "No Telegram group has this id.",
        "Check the id; it is the first number of the topic link.",
        {
            "": "Group ids lie between 1 and {largest}.",
            TOO_MANY_DIGITS: "The group id has {digits} digits; no id is that long.",
        },
        about="group_id",
    ),
    unusable(
        "group_id_basic_group",
        "This is the id of a basic group, which cannot hold topics.",
        "Use the id from the topic link.",
        "A negative id without -100 is a basic group, which has no topics.",
        about="group_id",
    ),
    unusable(
        "topic_id_missing",
        "The row has a group id but no topic id.",
        "Fill in the topic id.",
        "The topic id is missing.",
        task="fill in {things}",
        about="topic_id",
    ),
    unusable(
        "topic_id_not_a_number",
        "The topic id is not a whole number.",
        "Write digits only, for example 5343.",
        {
            "": "The topic id must hold digits only.",
            FRACTION: "The topic id is not a whole number.",
            SEVERAL: SEVERAL_NUMBERS,
            OTHER_SCRIPT: DIGITS_OF_ANOTHER_SCRIPT,
            ZEROS: "The topic id starts with zeros.",
        },
        about="topic_id",
    ),
    unusable(
        "topic_id_out_of_range",
        "No Telegram topic has this id.",
        "Check the id; it is the second number of the topic link.",
        {
            "": "Topic ids lie between 2 and {largest}.",
            TOO_MANY_DIGITS: "The topic id has {digits} digits; no id is that long.",
        },
        about="topic_id",
    ),
    unusable(
        "connection_unknown",
        "The row names a connection that the settings do not have.",
        "Correct the name, or add the connection to hotline-batch.toml.",
        "The settings have no connection of this name; they have {names}.",
        about="connection",
    ),
)
