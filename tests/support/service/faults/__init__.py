"""The catalogue of faults: every way to fail that a service, or something on the way to it, has."""

from __future__ import annotations

from tests.support.service.exchange import Exchange
from tests.support.service.faults import answers, cuts, limits, poison, words
from tests.support.service.faults.fault import Applied, Fault, Stage, Verdict


def _answer_well(exchange: Exchange) -> None:
    exchange.answer(exchange.good_status, exchange.good_body())


ANSWER_WELL = Fault("answer_well", _answer_well, Verdict.SENT, Applied.YES)

OVER_PLAIN_OR_TLS = (
    ANSWER_WELL,
    *cuts.BEFORE_REQUEST,
    *cuts.UNANSWERED,
    *cuts.CUT_ANSWERS,
    *cuts.SLOW_OR_STALE,
    *answers.SERVER_ERRORS,
    *answers.UNCONFIRMED,
    answers.WORKFLOW_STARTED_LATE,
    *answers.ROW_REFUSALS,
    answers.RESULT_IS_A_LIST,
    *answers.CONFIRMED_AND_REFUSED,
    *answers.REFUSALS,
    *answers.NOT_USABLE,
    *answers.REDIRECTS,
    *answers.RESHAPED,
    *words.REPORTED,
    *words.BEHIND_A_GATEWAY,
    *words.YES_AND_NO,
    *words.FROM_A_CACHE,
    *words.NOT_FROM_A_CACHE,
    words.ANOTHER_USERS_TOPIC,
    *words.REFUSED_IN_OTHER_STATUSES,
    *words.BOT_CHECKS,
    *words.FIREWALLS,
    *words.QUOTAS,
    *words.MISSING,
    *limits.LIMITED,
    *limits.NOT_READY,
    *limits.LIMITED_ABSURD,
    *poison.POISON,
    *poison.ECHOES,
)
OVER_TLS_ONLY = (*cuts.HANDSHAKE, *cuts.TLS_CUT_ANSWERS)
GOING_DOWN = (cuts.GO_DOWN_APPLIED, cuts.GO_DOWN_NOT_APPLIED)
CATALOGUE: dict[str, Fault] = {fault.name: fault for fault in (*OVER_PLAIN_OR_TLS, *OVER_TLS_ONLY, *GOING_DOWN)}


def named(name: str) -> Fault:
    """The fault of that name; raises KeyError that lists the names."""
    try:
        return CATALOGUE[name]
    except KeyError:
        raise KeyError(f"No fault {name!r}. There are: {', '.join(CATALOGUE)}") from None


__all__ = [
    "ANSWER_WELL", "CATALOGUE", "GOING_DOWN", "OVER_PLAIN_OR_TLS", "OVER_TLS_ONLY",
    "Applied", "Fault", "Stage", "Verdict", "named",
]  # fmt: skip
