"""A ledger and what the clock says now -> a warning where that was later before: what guards by time goes by it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC

from hotline_batch.application.runs.checks import words_about_clocks
from hotline_batch.language.words import words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.results.formatting import told_moment
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)

# Machines that share a ledger seldom agree to the second.
_BACK_SECONDS = 300.0


def clock_warnings(ledger: Ledger, now: float, settings: Settings) -> Sequence[str]:
    """What is said where the clock is not that of the ledger's database, or a run of the ledger was planned later than
    now; nothing is held up by it here.
    """
    if differs := words_about_clocks(ledger, settings):
        return [words("{said} Put the wrong clock right before you send.", said=differs)]
    newest = ledger.newest_creation()
    if newest is None or newest[1] <= now + _BACK_SECONDS:
        return ()
    run, planned_at = newest
    _log.warning("clock set back", extra={"run": run})
    zone = settings.timezone or UTC
    return [
        words(
            "This machine's clock says {now}, but run {run} was planned on {planned}: the clock was set back, or it "
            "was ahead then, here or on another machine. What was sent before is known by that clock. Put it right "
            "before you send.",
            now=told_moment(now, zone),
            run=run,
            planned=told_moment(planned_at, zone),
        )
    ]
