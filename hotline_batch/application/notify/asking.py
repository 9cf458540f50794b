"""What a face asks about news: who is told, whether they can be, whether a test arrives, and what did not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from hotline_batch.application.notify.channels import channels_of, check, destination, send_to_all
from hotline_batch.application.notify.news import TestNews
from hotline_batch.application.notify.telling import tell_of_trial
from hotline_batch.application.notify.words import message_of
from hotline_batch.application.office.acting import needs
from hotline_batch.errors import LedgerError, SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.news import Told as Told
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings


@needs(Role.LOOK)
def destinations(settings: Settings) -> Sequence[Told]:
    """Everybody who is told how runs go, and why that cannot work, where it cannot.

    Nothing is sent; addresses that are kept elsewhere are fetched.
    """
    return [destination(channel) for channel in channels_of(settings)]


@needs(Role.PREPARE)
def try_channels(settings: Settings) -> Sequence[Told]:
    """Send everybody a test message, all at once; what became of each. None where nobody is to be told."""
    return send_to_all(channels_of(settings), TestNews(), message_of(TestNews()), settings)


@needs(Role.PREPARE)
def check_chosen_addresses(settings: Settings) -> None:
    """SettingsError where one of the addresses that were given now cannot be had, or is none that apprise knows."""
    if not settings.news.is_chosen:
        return
    for address in settings.news.addresses:
        found = check(address, settings)
        if found.problem.startswith(address.where):
            raise SettingsError(f"{found.problem}.")
        if found.problem:
            raise SettingsError(
                words(
                    "{where}: {channel} cannot be told: {problem}.",
                    where=address.where,
                    channel=found.channel,
                    problem=found.problem,
                )
            )


@needs(Role.PREPARE)
def keep_chosen_addresses(settings: Settings, run_id: str) -> None:
    """Note on a run where its news go, as far as that is no secret: whoever ends it, wherever, tells them."""
    if settings.news.is_chosen:
        chosen = settings.news.chosen_references
        with Ledger(settings.ledger) as ledger:
            ledger.note(run_id, lambda notes: replace(notes, notify=tuple(chosen)))


@needs(Role.PREPARE)
def tell_that_trial_waits(settings: Settings, run_id: str) -> None:
    """Have it told that the first rows of a run are done, and that nobody has looked at them yet."""
    with suppress(LedgerError), Ledger(settings.ledger) as ledger:
        tell_of_trial(ledger, ledger.run(run_id), settings)
