"""Words in an answer -> what they are about: the one table of what is recognised. Anything else proves nothing.

Whoever calls a row failed because of an answer says: certainly not posted. So a refusal is only what stands here, in
words whose source is known; a refusal in other words, or in another language, leaves the row in doubt.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import NamedTuple


class About(StrEnum):
    """What words are about."""

    BEHIND = "what happened behind the webhook"
    ROW = "this row: its user, topic or text"
    NAMES = "a user, a topic or a text, whatever it says of it"
    KEYS = "the keys"
    PACE = "the pace"
    ADDRESS = "the address: nothing listens there"
    FORM = "the form of the request"
    NOT_BEGUN = "a service that has not begun to work"
    QUOTA = "a quota, or a bill"
    BOT_CHECK = "a check for bots in front of the service"
    FIREWALL = "a firewall in front of the service"


class Words(NamedTuple):
    """A pattern with what it is about, an example that it is to find, who says so, and with which status alone."""

    about: About
    pattern: str
    example: str
    source: str
    status: int | None = None


# Between whom a refusal is about and what is said of it: numbers, names of ids, small words. Anything else might be
# another subject ("user database closed").
_WHO = r"\b(?:user|topic|thread|dialog(?:ue)?|chat|recipient)s?\b"
_SMALL = (
    r"(?:[\s\"'`#:=(),.@-]{0,4}\b(?:-?\d+|ids?|with|in|group|for|of|this|that|the|is|was|were|are|has|have|been|already|"
    r"currently|account|by|bot|user|topic|chat|link)\b){0,8}[\s\"'`#:=(),.-]{0,4}"
)
_TELEGRAM = "Telegram Bot API"
_TDLIB = "TDLib"
_HOTLINE = "Hotline's documentation"
_NGINX = "nginx, ngx_http_special_response.c"
_N8N = "n8n, abstract-server.ts"
_N8N_WEBHOOK = "n8n, webhook errors"
_N8N_NODE = "n8n, node-api.error.ts: what a node says of the service that it asked"
_NODE = "Node.js, errors of sockets"
_AXIOS = "Axios"
_USUAL = "usual in services of this kind"
_CLOUDFLARE = "Cloudflare, error pages"

RECOGNISED = (
    # ── behind the webhook: the message may have been posted before ──
    Words(About.BEHIND, r"time[- ]?d?[- ]?out|timedout", "timeout of 2000ms exceeded", _AXIOS),
    Words(
        About.BEHIND,
        r"socket hang ?up|\be(?:conn|pipe|hostun|netun|host|net)\w*|\beai again|\benotfound",
        "read ECONNRESET",
        _NODE,
    ),
    Words(
        About.BEHIND,
        r"\babort|offline|\bnetwork\b|unreachable|disconnect",
        "The connection was aborted, perhaps the server is offline",
        _N8N_NODE,
    ),
    Words(
        About.BEHIND,
        r"connection (?:\w+ ){0,5}(?:lost|refused|reset|closed|terminated|failed|error|cannot)|"
        r"refused the connection",
        "The connection to the server was closed unexpectedly",
        _N8N_NODE,
    ),
    Words(
        About.BEHIND,
        r"gateway|upstream|proxy|\bunavailable\b|bad response",
        "Bad gateway - the service failed to handle your request",
        _N8N_NODE,
    ),
    Words(
        About.BEHIND,
        r"not able to process|failed to process your request|could not be processed",
        "The service was not able to process your request",
        _N8N_NODE,
    ),
    Words(
        About.BEHIND,
        r"perhaps check your|please check you(?:r| are)\b|you are requesting could not be found",
        "Forbidden - perhaps check your credentials?",
        _N8N_NODE,
    ),
    Words(About.BEHIND, r"\[line \d+", "boom [line 6]", "n8n, Code node"),
    Words(
        About.BEHIND,
        r"error in workflow|problem executing|was cancell?ed|shutting down|crashed|no item to return",
        "Error in workflow",
        _N8N_WEBHOOK,
    ),
    Words(
        About.BEHIND,
        r"internal (?:server )?error|server error|out of memory|database (?:is locked|error|connection)|"
        r"sqlite busy|deadlock",
        "Internal Server Error",
        _USUAL,
    ),
    Words(
        About.BEHIND,
        r"\b(?:relation|role|column|table|schema|constraint|function|propert(?:y|ies)|undefined|module|node|"
        r"spreadsheet|worksheet)\b",
        'relation "user" does not exist',
        "PostgreSQL and JavaScript, errors of other steps",
    ),
    Words(About.BEHIND, r"\bsmtp\b|\bmailbox\b|\b5\.\d\.\d\b", "550 5.1.1 User unknown", "SMTP, errors of other steps"),
    Words(
        About.BEHIND,
        r"\b50[0-8]\b|\b52\d\b|\b(?:status(?: code)?|http|error(?: code)?)\W{0,3}(?:5\d\d|408|409|424|499)\b",
        "Request failed with status code 502",
        _AXIOS,
    ),
    Words(
        About.BEHIND,
        r"(?<!not )(?<!not be )(?<!n't )(?<!n't be )\b(?:sent|posted|delivered|queued|accepted)\b",
        "Posted, but the topic is closed",
        _USUAL,
    ),
    # ── this row ──
    Words(
        About.ROW,
        _WHO + _SMALL + r"(?:(?:can ?not|could not|can't|couldn't) be found|not found|(?:does|do)(?: not|n't) exist|"
        r"no longer exists?|not registered|unknown|invalid|missing|not a number)\b",
        "User 12345678 not found in our database",
        _HOTLINE,
    ),
    Words(
        About.ROW,
        _WHO + _SMALL + r"(?:blocked|banned|closed|deactivated|deleted|kicked|archived)\b",
        "Forbidden: user is deactivated",
        _TELEGRAM,
    ),
    Words(
        About.ROW,
        r"\b(?:no such|there is no|(?:could not|couldn't|can ?not|can't|unable to) find(?: the| this| any)?|"
        r"unknown|invalid|non-?existent)\W{1,3}(?:user|topic|thread|dialog(?:ue)?|chat|recipient|peer)\b",
        "Unknown user",
        _USUAL,
    ),
    Words(
        About.ROW,
        _WHO + _SMALL + r"no (?:open |active )?(?:dialog(?:ue)?|topic|chat)\b|"
        r"\bno (?:dialog(?:ue)?|topic|chat) (?:with|for|of|found)\b",
        "User 1001 has no dialog with this instance",
        _USUAL,
    ),
    Words(
        About.ROW,
        r"\bblocked by (?:the )?user\b|\bbot was (?:blocked|kicked)\b",
        "Forbidden: bot was blocked by the user",
        _TELEGRAM,
    ),
    Words(
        About.ROW,
        r"\bbot (?:is not a (?:member|participant)|can't (?:initiate|send))|\bbots can't send",
        "Forbidden: bot can't initiate conversation with a user",
        _TELEGRAM,
    ),
    Words(
        About.ROW,
        r"\b(?:not enough|have no) rights to (?:send|post|write)|\bchat (?:\w+ ){1,3}forbidden\b",
        "Bad Request: not enough rights to send text messages to the chat",
        _TELEGRAM,
    ),
    Words(
        About.ROW,
        r"\b(?:message|text)(?: text)? (?:is |was |must not be |must be )?"
        r"(?:too long|empty|non-empty|blank|missing)\b",
        "Bad Request: message is too long",
        _TELEGRAM,
    ),
    Words(About.ROW, r"\bpeer id invalid\b|\btopic (?:closed|deleted|id invalid)\b", "TOPIC_CLOSED", _TDLIB),
    Words(About.NAMES, _WHO + r"|\bmessages?\b", "Wrong token for this topic", _USUAL),
    # ── the keys ──
    Words(
        About.KEYS,
        r"\b(?:wrong|invalid|incorrect|unknown|missing|expired|revoked|no such|bad)(?: \w+){0,3} "
        r"(?:api ?key|x-api-key|(?<!unexpected )token|instance|credentials)\b|"
        r"\b(?:wrong|invalid|incorrect|expired|revoked) key\b",
        "Wrong instance or api_key",
        _USUAL,
    ),
    Words(
        About.KEYS,
        r"\b(?:api ?key|x-api-key|token|instance|credentials)\b(?:\W{1,3}\w+){0,4}?\W{1,3}(?:not found|"
        r"not valid|not active|not allowed|wrong|invalid|incorrect|unknown|expired|revoked|missing|required|"
        r"does not match)\b",
        "Instance 132099468746812345 not found",
        _USUAL,
    ),
    Words(
        About.KEYS,
        r"^\W*(?:unauthori[sz]ed|not authori[sz]ed|forbidden|access denied|"
        r"authori[sz]ation (?:data is wrong|required|failed))\W*$",
        "Authorization data is wrong!",
        "n8n, webhook authentication",
    ),
    # ── the pace ──
    Words(
        About.PACE,
        r"too many requests|retry after \d|rate[ -]?limit(?:s|ed)?\b|flood (?:wait|control)",
        "Too Many Requests: retry after 34",
        _TELEGRAM,
    ),
    Words(About.PACE, r"\bstatus(?: code)?\W{0,3}429\b", "Request failed with status code 429", _AXIOS),
    # ── the address ──
    Words(
        About.ADDRESS,
        r"\bwebhook\b.{0,300}\bnot registered\b|\bcannot (?:post|get|head) /|"
        r"(?:active|published) version not found|could not find workflow",
        'The requested webhook "POST topic_action" is not registered.',
        _N8N_WEBHOOK,
    ),
    Words(
        About.ADDRESS,
        r"no route matched|page not found|no (?:such )?route\b",
        "no Route matched with those values",
        "Kong, Traefik",
    ),
    # ── the form of the request ──
    Words(
        About.FORM,
        r"failed to parse|unknown encoding|unsupported (?:media type|charset|content)|unexpected token|"
        r"(?:invalid|malformed) (?:json|request|body)|entity too large|payload too large",
        "Failed to parse request body",
        "n8n, body parser",
    ),
    Words(About.FORM, r"\bbad request\b|unprocessable|validation (?:failed|error)", "Bad Request", "RFC 9110, 15.5.1"),
    # ── not begun; the same words with another status may stand in for a time-out (error_page of a proxy) ──
    Words(About.NOT_BEGUN, r"^database is not ready!$", "Database is not ready!", _N8N, 503),
    Words(About.NOT_BEGUN, r"^n8n is starting up\. please wait$", "n8n is starting up. Please wait", _N8N, 200),
    Words(
        About.NOT_BEGUN,
        r"^<html>\s*<head><title>503 service temporarily unavailable</title></head>\s*<body[^>]*>"
        r"\s*<center><h1>503 service temporarily unavailable</h1></center>\s*<hr>"
        r"<center>(?:nginx|openresty|tengine)[^<]*</center>\s*</body>\s*</html>\s*(?:<!--[^>]*-->\s*)*$",
        "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>"
        "\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable"
        "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
        _NGINX,
        503,
    ),
    # ── who stands in front ──
    Words(
        About.QUOTA,
        r"\bquota\b|payment required|insufficient (?:funds|credits?|balance)|"
        r"(?:monthly|daily|plan|execution|usage|account) limit|"
        r"subscription (?:has |is )?(?:expired|inactive|required|ended)",
        "Monthly quota exceeded",
        _USUAL,
    ),
    Words(
        About.BOT_CHECK,
        r"<title>just a moment\.\.\.</title>|cdn-cgi/challenge-platform|attention required! \| cloudflare",
        "<html><head><title>Just a moment...</title></head></html>",
        _CLOUDFLARE,
    ),
    Words(
        About.FIREWALL,
        r"error(?: code)?:? 10(?:0[5-9]|1[0-2]|20)\b|you have been blocked",
        "error code: 1020",
        _CLOUDFLARE,
    ),
)
"""Matched against one text in any case, underlines read as blanks."""

_MOST_LOOKED_AT = 20_000


def speaks_of(*texts: str, status: int) -> frozenset[About]:
    """What the words of texts in an answer with this status are about: several things, or nothing that is known."""
    plain = [text[:_MOST_LOOKED_AT].replace("_", " ").strip() for text in texts]
    return frozenset(
        words.about
        for words in RECOGNISED
        if words.status in (None, status) and any(map(_compiled(words.pattern).search, plain))
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
