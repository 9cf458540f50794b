"""Every point at which a send can fail: whether the message may be there, what the row says, what happens next.

The table is the product's decision about each point, to be read as it stands; a test makes each one happen on a real
socket or a real file system and holds the program to its line. ``docs/delivery.md`` shows it to people.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotline_batch.model.jobs import Status
from hotline_batch.model.runs import Delivery

NO, MAYBE, YES = Delivery.NO, Delivery.MAYBE, Delivery.YES

TRY_AGAIN = "tried again after a pause; the run stops if nobody gets through"
STOP = "the run stops"
STOP_OR_PROBE = "the run stops; a 404 in the middle of a run is probed for about a minute first"
GO_ON = "the next row; three in a row stop the run"
NEXT = "the next row"
GO_ON_SLOWLY = "the next row, at half the pace; three in a row stop the run"
WAIT = "everybody waits as told, then tried again; over ten minutes: the run stops"
NO_REQUEST = "the row is not sent; with such a key nothing starts"
KILLED = "the run is over"
FREE_THE_RESERVE = "the reserve is freed and the outcome kept; the run stops"
WRITTEN_LATER = "written beside it, or by 'results' later"
ASKED_TO_END = "what is in flight ends, nothing new starts"
ENDS_AT_ONCE = "ends at once"
NEW_CONNECTION = "a new connection, no burst"
OTHER_CLOCK = "pace and time-outs do not look at that clock"
SECOND_YIELDS = "the second stops, or skips the row"
KNOWN_BY_CONTENT = "rows are known by what they ask, not by their number"

SEND = "sent"
NEVER = "never by itself; a person settles it"
ON_REQUEST = "only by 'retry'"
DONE = "not sent again"
MEND = "with a mended sheet"


@dataclass(frozen=True, slots=True)
class FailurePoint:
    """One line.

    ``delivered``: whether a request that meets this may have posted its message. ``status`` is the row's word once its
    tries are used up or the run has ended, with one of ``codes``; ``on_resume`` is what becomes of a row of that status.
    """

    id: str
    what: str
    delivered: Delivery
    status: Status
    in_the_run: str
    on_resume: str
    codes: tuple[str, ...] = ()


FAILURE_POINTS = (
    FailurePoint("P01", "the name of the service is not found", NO, Status.NOT_ATTEMPTED, TRY_AGAIN, SEND, ("unreachable",)),
    FailurePoint("P02", "the connection is refused, by the service or by a proxy", NO, Status.NOT_ATTEMPTED, TRY_AGAIN, SEND, ("unreachable",)),
    FailurePoint("P03", "no connection in time", NO, Status.NOT_ATTEMPTED, TRY_AGAIN, SEND, ("unreachable",)),
    FailurePoint("P04", "the certificate is not trusted, or no TLS", NO, Status.NOT_ATTEMPTED, STOP, SEND, ("certificate_refused",)),
    FailurePoint("P05", "the TLS handshake is cut or silent", NO, Status.NOT_ATTEMPTED, TRY_AGAIN, SEND, ("unreachable",)),
    FailurePoint("P06", "the proxy forbids it, or wants a password (403, 407)", NO, Status.NOT_ATTEMPTED, STOP, SEND, ("proxy_refused",)),
    FailurePoint("P07", "a key or a text that cannot travel", NO, Status.INVALID, NO_REQUEST, MEND, ("message_bad_characters",)),
    FailurePoint("P08", "an idle connection has died, and that can be seen", YES, Status.SENT, NEXT, DONE),
    FailurePoint("P09", "the connection breaks before the last byte left", NO, Status.FAILED, TRY_AGAIN, ON_REQUEST, ("connection_cut_while_sending",)),
    FailurePoint("P10", "the connection breaks without an answer", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("reply_lost",)),
    FailurePoint("P11", "no answer in time", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("reply_timeout",)),
    FailurePoint("P12", "the answer is cut, or cannot be read", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("reply_cut", "reply_lost", "reply_timeout", "reply_unreadable", "reply_empty")),
    FailurePoint("P13", "confirmed", YES, Status.SENT, NEXT, DONE),
    FailurePoint("P14", "confirmed in an unusual form: in a list, other types, more fields, another content type, a byte order mark", YES, Status.SENT, NEXT, DONE),
    FailurePoint("P15", "accepted, but not confirmed", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("accepted_unconfirmed",)),
    FailurePoint("P16", "a success without content, or with another content", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("reply_empty", "reply_unexpected", "reply_unreadable")),
    FailurePoint("P17", "a success that is a web page", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("reply_unreadable",)),
    FailurePoint("P18", "this very row is refused, in words that are known (user, topic, text), whatever the status", NO, Status.FAILED, NEXT, ON_REQUEST, ("api_refused",)),
    FailurePoint("P19", "the form of the request is refused (400, 413, 414, 415, 422)", NO, Status.FAILED, NEXT, ON_REQUEST, ("request_refused",)),
    FailurePoint("P20", "the keys or the address are refused (401, 403, 404, 405)", NO, Status.NOT_ATTEMPTED, STOP_OR_PROBE, SEND, ("credentials_refused", "endpoint_missing")),
    FailurePoint("P21", "asked to slow down (429, 425, also within a success), or not begun (n8n is starting, nginx's own 503)", NO, Status.FAILED, WAIT, ON_REQUEST, ("rate_limited", "service_not_ready")),
    FailurePoint("P22", "a redirect", MAYBE, Status.UNKNOWN, STOP, NEVER, ("redirected",)),
    FailurePoint("P23", "an error of the service (500)", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("server_error",)),
    FailurePoint("P24", "an error of a gateway (502, 504, 52x)", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("gateway_error",)),
    FailurePoint("P25", "unavailable (503), in any other words", MAYBE, Status.UNKNOWN, GO_ON_SLOWLY, NEVER, ("gateway_error",)),
    FailurePoint("P26", "killed before the intent is on the disk", NO, Status.NOT_ATTEMPTED, KILLED, SEND),
    FailurePoint("P27", "killed after the intent, before the first byte", NO, Status.UNKNOWN, KILLED, NEVER, ("interrupted_in_flight",)),
    FailurePoint("P28", "killed after the request, before the outcome is on the disk", MAYBE, Status.UNKNOWN, KILLED, NEVER, ("interrupted_in_flight",)),
    FailurePoint("P29", "killed after the outcome, before the result sheet", YES, Status.SENT, KILLED, DONE),
    FailurePoint("P30", "a power cut: what was told to the disk is there, in its order", MAYBE, Status.UNKNOWN, KILLED, NEVER, ("interrupted_in_flight",)),
    FailurePoint("P31", "the ledger cannot take an intent", NO, Status.NOT_ATTEMPTED, STOP, SEND),
    FailurePoint("P32", "the ledger cannot take an outcome", YES, Status.SENT, FREE_THE_RESERVE, DONE),
    FailurePoint("P33", "the result sheet cannot be written", YES, Status.SENT, WRITTEN_LATER, DONE),
    FailurePoint("P34", "the service posts the message after our time-out", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("reply_timeout",)),
    FailurePoint("P35", "Ctrl-C, SIGTERM or SIGHUP once", YES, Status.SENT, ASKED_TO_END, DONE),
    FailurePoint("P36", "Ctrl-C twice, in the middle of a request", MAYBE, Status.UNKNOWN, ENDS_AT_ONCE, NEVER, ("interrupted_in_flight",)),
    FailurePoint("P37", "the machine sleeps during a request", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("reply_timeout",)),
    FailurePoint("P38", "the machine sleeps between requests", YES, Status.SENT, NEW_CONNECTION, DONE),
    FailurePoint("P39", "the clock jumps", YES, Status.SENT, OTHER_CLOCK, DONE),
    FailurePoint("P40", "an error of our own while reading the answer", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("internal_error",)),
    FailurePoint("P41", "two processes on one run, or two runs with one message", NO, Status.SKIPPED, SECOND_YIELDS, DONE, ("already_sent", "possibly_sent")),
    FailurePoint("P42", "the sheet was edited or sorted between two runs", NO, Status.SKIPPED, KNOWN_BY_CONTENT, DONE, ("already_sent",)),
    FailurePoint("P43", "a success with an error that speaks of what happened behind the webhook, or that nobody knows", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("error_reported",)),
    FailurePoint("P44", "a gateway gave up (408, 499), or nobody knows what was done (409, 424, another 4xx in other words)", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("gateway_error", "reply_unexpected")),
    FailurePoint("P45", "confirmed and refused at once", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("reply_unexpected",)),
    FailurePoint("P46", "a confirmation that may be another row's: of another text, into another user's topic, or out of a cache", MAYBE, Status.UNKNOWN, GO_ON, NEVER, ("another_message", "another_topic", "reply_from_cache")),
    FailurePoint("P47", "turned away in front of the service: a check for bots, a firewall, a used-up quota (402)", NO, Status.NOT_ATTEMPTED, STOP, SEND, ("bot_check", "firewall_refused", "quota_used_up")),
)  # fmt: skip
"""P01 to P42 in the order of a request's way, then what answers were seen to hide."""
