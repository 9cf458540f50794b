"""A run -> who was told how it goes."""

from __future__ import annotations

from collections.abc import Sequence

from hotline_batch.application.office.acting import needs
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.news import Told as Told
from hotline_batch.ledger.news import news_of_run
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings


@needs(Role.LOOK)
def told_of_run(settings: Settings, run_id: str) -> Sequence[Told]:
    """Who was told of a run, and who could not be; of each the last that is known."""
    with Ledger(settings.ledger) as ledger:
        found = (told for news in news_of_run(ledger, run_id) for told in news.told or ())
        return list({told.channel: told for told in found}.values())
