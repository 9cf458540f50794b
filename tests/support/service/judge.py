"""Result rows against what the service applied -> complaints; none means that every row tells the truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.support.service.truth import AppliedMessage


@dataclass(frozen=True, slots=True)
class Claim:
    """What a result sheet says of one row: ``status`` is one of the contract's words."""

    user_id: int
    message: str
    status: str


def complaints(
    claims: Iterable[Claim], applied: Iterable[AppliedMessage], *, most_unknown: int | None = None
) -> list[str]:
    """Every lie and every duplicate, in words.

    Rows with the same user and message are judged together: of n applied copies, the rows that say ``sent`` and those
    that say ``unknown`` must be able to explain all, and no ``sent`` may lack its copy.
    """
    copies = Counter((event.user_id, event.message) for event in applied)
    said: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for claim in claims:
        said[claim.user_id, claim.message][claim.status] += 1
    found = []
    for key, statuses in said.items():
        sent, unknown, there = statuses["sent"], statuses["unknown"], copies.pop(key, 0)
        rows = statuses.total()
        if there < sent:
            found.append(f"{key}: {sent} said to be sent, {there} applied")
        elif there > rows:
            found.append(f"{key}: {there} copies for {rows} row(s)")
        elif there > sent + unknown:
            found.append(f"{key}: {there} applied, but only {sent} sent and {unknown} unknown")
    found.extend(f"{key}: applied {count} times without a row" for key, count in copies.items())
    doubts = sum(statuses["unknown"] for statuses in said.values())
    if most_unknown is not None and doubts > most_unknown:
        found.append(f"{doubts} rows are unknown, {most_unknown} at most are excused")
    return found
