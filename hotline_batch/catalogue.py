"""The catalogue of error codes: code -> what it means, whether the message was delivered, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code. ``delivered`` and ``retry`` are ``yes``, ``no`` or ``unknown``/``by itself``/``after mending``."""

    code: str
    meaning: str
    delivered: str
    retry: str
    advice: str


_NEVER_SENT = "no"
_MEND = "after mending the sheet"

_ROW = (
    CodeEntry(
        "user_id_missing", "The row has no user id.", _NEVER_SENT, _MEND, "Fill in the user id and send the row again."
    ),
    CodeEntry(
        "user_id_not_a_number",
        "The user id is not a whole number.",
        _NEVER_SENT,
        _MEND,
        "Write digits only, for example 987654321.",
    ),
    CodeEntry(
        "user_id_is_negative",
        "A negative id is a chat, not a user.",
        _NEVER_SENT,
        _MEND,
        "Use the id of the person, a positive number.",
    ),
    CodeEntry(
        "user_id_out_of_range",
        "No Telegram user has this id.",
        _NEVER_SENT,
        _MEND,
        "Check the id: it lies between 1 and 1099511627775.",
    ),
    CodeEntry(
        "user_id_is_a_phone_number",
        "This looks like a phone number.",
        _NEVER_SENT,
        _MEND,
        "Use the Telegram user id; it has no + and no leading zeros.",
    ),
    CodeEntry(
        "user_id_leading_zeros",
        "The id starts with zeros, so it may be another kind of number.",
        _NEVER_SENT,
        _MEND,
        "Check that this is a user id and write it without leading zeros.",
    ),
    CodeEntry(
        "user_id_is_reserved",
        "This id belongs to Telegram itself, not to a person.",
        _NEVER_SENT,
        _MEND,
        "Use the id of the person.",
    ),
    CodeEntry(
        "digits_lost",
        "The spreadsheet program shortened this number; its digits are gone.",
        _NEVER_SENT,
        _MEND,
        "Format the column as text and paste the id again from its source.",
    ),
    CodeEntry(
        "ambiguous_number",
        "The separators in this number can be read in two ways.",
        _NEVER_SENT,
        _MEND,
        "Write the id with digits only.",
    ),
    CodeEntry(
        "cell_is_a_date",
        "The spreadsheet program turned this cell into a date.",
        _NEVER_SENT,
        _MEND,
        "Format the column as text and type the value again.",
    ),
    CodeEntry(
        "cell_is_true_or_false", "The cell holds TRUE or FALSE.", _NEVER_SENT, _MEND, "Type the value again as text."
    ),
    CodeEntry(
        "cell_is_a_formatted_number",
        "The cell holds a number; the text that is seen in it comes from its format and is not in the file.",
        _NEVER_SENT,
        _MEND,
        "Format the column as text and type what is to be sent.",
    ),
    CodeEntry(
        "cell_is_an_error",
        "The cell holds a spreadsheet error such as #N/A.",
        _NEVER_SENT,
        _MEND,
        "Repair the formula, or replace it by its value.",
    ),
    CodeEntry(
        "formula_without_value",
        "The cell holds a formula whose result is not stored in the file.",
        _NEVER_SENT,
        _MEND,
        "Open the file in the spreadsheet program, save it and try again.",
    ),
    CodeEntry(
        "cell_is_merged",
        "The cell is covered by a merged one, so it has no value of its own.",
        _NEVER_SENT,
        _MEND,
        "Unmerge the cells and fill in each row.",
    ),
    CodeEntry(
        "too_many_cells",
        "The row has more cells than the header has columns.",
        _NEVER_SENT,
        _MEND,
        "Put texts that hold the delimiter into double quotes, or save the sheet as XLSX.",
    ),
    CodeEntry(
        "too_few_cells",
        "The row has fewer cells than the header has columns.",
        _NEVER_SENT,
        _MEND,
        "Compare the row with its neighbours and complete it.",
    ),
    CodeEntry("message_blank", "The message is empty.", _NEVER_SENT, _MEND, "Write a message, or remove the row."),
    CodeEntry(
        "message_too_long",
        "The message has more than 4096 characters.",
        _NEVER_SENT,
        _MEND,
        "Shorten the text; Telegram takes 4096 characters.",
    ),
    CodeEntry(
        "message_bad_characters",
        "The message holds characters that cannot be sent.",
        _NEVER_SENT,
        _MEND,
        "Type the text again; it was damaged when it was copied or exported.",
    ),
    CodeEntry(
        "template_failed",
        "The template cannot be filled in with this row.",
        _NEVER_SENT,
        _MEND,
        "Check the cells that the template uses in this row.",
    ),
    CodeEntry(
        "topic_link_missing",
        "The row has no topic link.",
        _NEVER_SENT,
        _MEND,
        "Copy the link of the topic in Telegram into the cell.",
    ),
    CodeEntry(
        "topic_link_not_a_link",
        "The cell does not hold a topic link.",
        _NEVER_SENT,
        _MEND,
        "Copy the link of the topic; it looks like https://t.me/c/2101424779/5343.",
    ),
    CodeEntry(
        "topic_link_without_topic",
        "The link leads to a group, not to a topic.",
        _NEVER_SENT,
        _MEND,
        "Open the topic in Telegram and copy its own link.",
    ),
    CodeEntry(
        "topic_link_public_group",
        "The link names a public group, and its number is not known.",
        _NEVER_SENT,
        _MEND,
        "Use a link of the form https://t.me/c/GROUP/TOPIC.",
    ),
    CodeEntry(
        "topic_link_not_a_topic",
        "The link leads somewhere else: an invitation, a person or a bot.",
        _NEVER_SENT,
        _MEND,
        "Copy the link of the topic itself.",
    ),
    CodeEntry(
        "topic_is_general",
        "Topic 1 is the General topic; it is never a customer's dialog.",
        _NEVER_SENT,
        _MEND,
        "Use the link of the customer's topic.",
    ),
    CodeEntry(
        "topic_without_user",
        "The topic belongs to a group chat; there is no user whose topic a message could go to.",
        _NEVER_SENT,
        _MEND,
        "Use a topic of one person, or fill in a user id.",
    ),
    CodeEntry(
        "user_not_found",
        "The user of this topic could not be looked up.",
        _NEVER_SENT,
        "by the next send of this sheet",
        "Send the sheet again; if that does not help, fill in the user id.",
    ),
    CodeEntry(
        "group_id_missing", "The row has a topic id but no group id.", _NEVER_SENT, _MEND, "Fill in the group id."
    ),
    CodeEntry(
        "group_id_not_a_number",
        "The group id is not a whole number.",
        _NEVER_SENT,
        _MEND,
        "Write digits only, for example 2101424779.",
    ),
    CodeEntry(
        "group_id_out_of_range",
        "No Telegram group has this id.",
        _NEVER_SENT,
        _MEND,
        "Check the id; it is the first number of the topic link.",
    ),
    CodeEntry(
        "group_id_basic_group",
        "This is the id of a basic group, which cannot hold topics.",
        _NEVER_SENT,
        _MEND,
        "Use the id from the topic link.",
    ),
    CodeEntry(
        "topic_id_missing", "The row has a group id but no topic id.", _NEVER_SENT, _MEND, "Fill in the topic id."
    ),
    CodeEntry(
        "topic_id_not_a_number",
        "The topic id is not a whole number.",
        _NEVER_SENT,
        _MEND,
        "Write digits only, for example 5343.",
    ),
    CodeEntry(
        "topic_id_out_of_range",
        "No Telegram topic has this id.",
        _NEVER_SENT,
        _MEND,
        "Check the id; it is the second number of the topic link.",
    ),
    CodeEntry(
        "connection_unknown",
        "The row names a connection that the settings do not have.",
        _NEVER_SENT,
        _MEND,
        "Correct the name, or add the connection to hotline-batch.toml.",
    ),
)

_LEFT_OUT = (
    CodeEntry(
        "duplicate_in_sheet",
        "The same message to the same user, or the same topic, stands further up in this sheet.",
        "no, not by this row",
        "no need",
        "Nothing to do; the earlier row tells what became of it.",
    ),
    CodeEntry(
        "already_sent",
        "The same message was sent to this user before, within the duplicate window.",
        "yes, earlier",
        "only on purpose",
        "Nothing to do. To send it again all the same, use --duplicate-window 0.",
    ),
    CodeEntry(
        "possibly_sent",
        "An earlier run may have sent the same message to this user; it is not known.",
        "unknown",
        "only on purpose",
        "Settle the earlier row with 'hotline-batch resolve', then send this one.",
    ),
    CodeEntry(
        "reused_answer",
        "The topic was looked up a short while ago; that answer was used again (--max-age).",
        "no",
        "no need",
        "Nothing to do. To ask Hotline again, leave --max-age away.",
    ),
    CodeEntry(
        "not_selected",
        "The row was left out by --rows, --limit or --where.",
        "no",
        "yes",
        "Run again without the restriction to include it.",
    ),
    CodeEntry(
        "hidden_row",
        "The row is hidden in the workbook and was left out.",
        "no",
        "yes",
        "Use --hidden-rows include to send hidden rows too.",
    ),
)

_API = (
    CodeEntry(
        "unreachable",
        "The Hotline service could not be reached.",
        "no",
        "yes",
        "Check the network, then continue with 'hotline-batch resume'.",
    ),
    CodeEntry(
        "certificate_refused",
        "The service cannot be trusted: its certificate is not accepted, or it speaks no HTTPS under this address.",
        "no",
        "after mending the settings",
        "Check the address (setting endpoint); for a certificate, ask your administrator about the company's "
        "(setting ca_file). Then resume.",
    ),
    CodeEntry(
        "proxy_refused",
        "The proxy did not let the request through.",
        "no",
        "after mending the settings",
        "Ask your administrator about the proxy settings, then resume.",
    ),
    CodeEntry(
        "connection_cut_while_sending",
        "The connection broke before the request had left completely.",
        "no",
        "yes",
        "Nothing was delivered; 'hotline-batch retry' sends these rows again.",
    ),
    CodeEntry(
        "credentials_refused",
        "The service refused the keys.",
        "no",
        "after mending the settings",
        "Check the owner's token, and the instance and key of the connection; 'hotline-batch doctor' says where they "
        "come from. n8n answers the same to a User-Agent that it takes for a bot (its option 'Ignore Bots'): if the "
        "keys are right, change the setting user_agent. Then resume.",
    ),
    CodeEntry(
        "bot_check",
        "A check for bots (Cloudflare) stands in front of the service and lets nobody through.",
        "no",
        "after mending the settings",
        "Ask Hotline support, or whoever runs the service, to let this program pass; another setting user_agent may "
        "help. Then resume.",
    ),
    CodeEntry(
        "firewall_refused",
        "A firewall in front of the service lets nobody from this network through.",
        "no",
        "after mending the settings",
        "Tell Hotline support, or whoever runs the service, what the reason says, and from which network you send. "
        "Then resume.",
    ),
    CodeEntry(
        "quota_used_up",
        "A quota of the service is used up, or it is not paid for.",
        "no",
        "yes",
        "Read the reason; ask whoever pays for the service. When there is room again, resume.",
    ),
    CodeEntry(
        "endpoint_missing",
        "Nothing answers under this address of the service.",
        "no",
        "after mending the settings",
        "Check the endpoint; during maintenance wait some minutes, then resume.",
    ),
    CodeEntry(
        "rate_limited",
        "The service asked to slow down, and the row's attempts were used up.",
        "no",
        "yes",
        "Lower --rate, then 'hotline-batch retry'.",
    ),
    CodeEntry(
        "service_not_ready",
        "The service had not begun to work yet, or had no room, and the row's attempts were used up.",
        "no",
        "yes",
        "Wait some minutes, then 'hotline-batch retry'.",
    ),
    CodeEntry(
        "rate_limited_too_long",
        "The service asked for a longer pause than ten minutes.",
        "no",
        "yes",
        "Continue with 'hotline-batch resume' after the time that is named.",
    ),
    CodeEntry(
        "api_refused",
        "The service refused this row.",
        "no",
        "after mending the row",
        "Read the reason; often the user or topic does not exist. Then mend the row and send it again.",
    ),
    CodeEntry(
        "request_refused",
        "The service could not read the request.",
        "no",
        "after mending the row",
        "Check the row for unusual characters; if all rows are refused, check the endpoint.",
    ),
    CodeEntry(
        "reply_timeout",
        "No answer arrived in time.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "reply_lost",
        "The connection broke before an answer arrived.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "reply_cut",
        "The answer arrived incomplete.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "reply_unreadable",
        "The answer could not be understood.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "reply_empty",
        "The service answered without saying what it did.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "reply_unexpected",
        "The answer is not the confirmation that the service documents.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "error_reported",
        "The service reported an error that does not prove that nothing was posted.",
        "unknown",
        "never by itself",
        "Read the reason. Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "another_message",
        "The service confirmed another text than was sent, so it may be another row's confirmation.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "reply_from_cache",
        "A cache in between answered instead of the service.",
        "unknown",
        "never by itself",
        "Tell whoever runs the service or the proxy that answers to POST must not be kept. Look into the topic; then "
        "settle the row.",
    ),
    CodeEntry(
        "another_topic",
        "The service answered about another topic than was asked for.",
        "unknown",
        "never by itself",
        "After a send: look into the topic; then settle the row with 'hotline-batch resolve'. After a look-up: try "
        "again later; if it stays so, tell Hotline support.",
    ),
    CodeEntry(
        "accepted_unconfirmed",
        "The service took the request but does not confirm deliveries.",
        "unknown",
        "never by itself",
        "Tell Hotline support that the workflow answers before it works; then settle the row.",
    ),
    CodeEntry(
        "server_error",
        "The service failed while it worked on the row.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "gateway_error",
        "A gateway in front of the service gave up waiting, or had no room.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "redirected",
        "The service points to another address, which is never followed.",
        "unknown",
        "never by itself",
        "Check the endpoint. Look into the topic before you settle the row.",
    ),
    CodeEntry(
        "interrupted_in_flight",
        "The program ended while this row was on its way.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "resend_asked",
        "A person asked to send this row again although it may have arrived; that is not done yet.",
        "unknown",
        "when the run goes on",
        "Go on with 'hotline-batch resume', or settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "resend_failed",
        "The row was sent again as a person asked, and that failed; whether the first message arrived is not known.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row with 'hotline-batch resolve'.",
    ),
    CodeEntry(
        "internal_error",
        "The program met an error of its own while this row was on its way.",
        "unknown",
        "never by itself",
        "Look into the topic; then settle the row. Please report the error.",
    ),
    CodeEntry(
        "settled_as_delivered",
        "A person looked and said that the message was delivered.",
        "yes",
        "no need",
        "Nothing to do.",
    ),
    CodeEntry(
        "settled_as_not_delivered",
        "A person looked and said that the message was not delivered.",
        "no",
        "yes",
        "'hotline-batch retry' sends these rows again.",
    ),
    CodeEntry(
        "reply_differs",
        "Delivered, but the confirmation shows the text as Telegram cleaned it, not quite as it was sent.",
        "yes",
        "no need",
        "Look into the topic and compare the text.",
    ),
    CodeEntry(
        "reply_without_link", "Delivered, but the confirmation holds no topic link.", "yes", "no need", "Nothing to do."
    ),
)

CATALOGUE: Mapping[str, CodeEntry] = MappingProxyType({entry.code: entry for entry in (*_ROW, *_LEFT_OUT, *_API)})
"""Every code that a result sheet can hold."""


def advice_for(code: str) -> str:
    """What to do about a code; empty for a code that needs nothing or is not known."""
    entry = CATALOGUE.get(code)
    return entry.advice if entry else ""
