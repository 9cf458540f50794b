"""The columns of a sheet -> what it is for, where nobody said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hotline_batch.model import OWN_PREFIX, Kind
from hotline_batch.plan.columns.names import ALIASES, normalised


def purpose_of(header: Sequence[str], mapped: Iterable[str], *, has_template: bool) -> Kind:
    """Messages to users, if the sheet holds both or ``has_template``; look-ups, if it names topics instead.

    ``mapped`` are fields that a person gave a column. Where the columns say nothing, it is a send: its errors say what
    is missing.
    """
    forms = {normalised(name) for name in header if not name.strip().casefold().startswith(OWN_PREFIX)}
    forms |= {normalised(field) for field in mapped}
    named = {field for field, aliases in ALIASES.items() if forms & {*aliases, normalised(field)}}
    if "message" in named or (has_template and "user_id" in named):
        return Kind.SEND
    names_topics = "topic_link" in named or {"group_id", "topic_id"} <= named
    return Kind.ENRICH if names_topics else Kind.SEND
