"""What each status is drawn in; strong enough for white paper and for a dark screen alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import cycle

from hotline_batch.model.jobs import Status

STATUS_COLOURS: Mapping[str, str] = {
    Status.SENT.value: "3F9B5B",
    Status.ENRICHED.value: "3F9B5B",
    Status.FAILED.value: "D64545",
    Status.UNKNOWN.value: "E0A100",
    Status.INVALID.value: "D9763A",
    Status.SKIPPED.value: "9A9A9A",
    Status.NOT_ATTEMPTED.value: "6D9BD1",
}

# The squares that Hotline puts before a topic: purple, yellow and black; black would vanish on a dark screen.
TOPIC_STATUS_COLOURS: Mapping[str, str] = {
    "user_answered": "8E5BC0",
    "support_answered": "D9AF1F",
    "closed": "6B7280",
}

PRACTICE_COLOUR = "FFD54F"
"""Behind the words that nothing of a run was real."""

OTHER_COLOUR = "4A90B8"

# For statuses that Hotline did not have when this was written: none like another, nor like those above.
_NEW_STATUS_COLOURS = ("4A90B8", "D9763A", "3F9B5B", "C2508F", "2BA6A0", "A67C52", "7F8FE0", "D64545")

WAITS_FOR_US = "user_answered"
"""The status of a dialog in which the customer spoke last."""


def topic_status_colours(statuses: Iterable[str]) -> Mapping[str, str]:
    """A colour for each status of dialogs, also for those that nobody knows yet; the same ones get the same again."""
    new = sorted({*statuses} - TOPIC_STATUS_COLOURS.keys())
    return {**TOPIC_STATUS_COLOURS, **dict(zip(new, cycle(_NEW_STATUS_COLOURS), strict=False))}
