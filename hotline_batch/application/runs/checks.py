"""A run -> whether it may go on: its service, what this version knows of it, whether its cells are there."""

from __future__ import annotations

import logging
from collections.abc import Container
from datetime import UTC

from hotline_batch.application.connections import connections_of, endpoint_of
from hotline_batch.errors import LedgerError, SettingsError
from hotline_batch.language.formats import day
from hotline_batch.language.words import words
from hotline_batch.ledger.database.opening import damage_of, is_large
from hotline_batch.ledger.database.transactions import clocks
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run
from hotline_batch.next_step import NextStep, step
from hotline_batch.results.formatting import told_moment
from hotline_batch.settings.addresses import is_loopback, is_same_spelt_otherwise
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX, is_practice, practises

_log = logging.getLogger(__name__)


def check_same_service(run: Run, settings: Settings, connections: Container[str]) -> None:
    """SettingsError where the run was planned for another service or instance than the settings now name.

    ``connections`` are the only ones that matter: others of the settings were known when the run was planned, and may
    be gone or changed since.
    """
    if run.endpoint == PRIVATE_SANDBOX:
        return
    if run.endpoint != endpoint_of(settings, sandbox=False):
        raise SettingsError(
            words(
                "Run {run} was planned for {endpoint}, but the settings name {endpoint_2}. Set the endpoint it "
                "was planned for, or start a new run.",
                run=run.id,
                endpoint=run.endpoint,
                endpoint_2=settings.endpoint,
            )
        )
    now = {name: found.identity for name, found in connections_of(settings, run.id, sandbox=False).items()}
    if not run.notes.identities:
        raise LedgerError(
            words("The ledger does not tell through which instance run {run} was planned. Start a new run.", run=run.id)
        )
    for name, identity in run.notes.identities.items():
        if name not in connections:
            continue
        if name not in now:
            raise SettingsError(
                words(
                    "Run {run} needs the connection '{name}', which the settings no longer have.", run=run.id, name=name
                )
            )
        if now[name] != identity:
            raise SettingsError(
                words(
                    "Run {run} was planned for another instance of the connection '{name}' than the settings name "
                    "now. Set the instance it was planned for, or start a new run.",
                    run=run.id,
                    name=name,
                )
            )


_CLOCKS_DIFFER_SECONDS = 600.0
"""Machines that share a ledger seldom agree to the second, and five minutes to either side of its clock are nothing."""


def words_about_clocks(ledger: Ledger, settings: Settings) -> str:
    """What this machine's clock and that of the ledger's database say, where they differ by much; else empty.

    How long ago a message was sent, by whatever machine, goes by the clock of whoever asks: where it is ahead by days,
    all of a sheet would be sent again.
    """
    machine, database = clocks(ledger.engine)
    if abs(machine - database) <= _CLOCKS_DIFFER_SECONDS:
        return ""
    _log.warning("clocks differ", extra={"seconds": machine - database})
    zone = settings.timezone or UTC
    return words(
        "This machine's clock says {now}, but that of the ledger's database says {database}. What was sent before, and "
        "how long ago, is known by them: with a wrong clock a message could be sent twice.",
        now=told_moment(machine, zone),
        database=told_moment(database, zone),
    )


def check_clocks(ledger: Ledger, kind: Kind, settings: Settings) -> None:
    """LedgerError where messages are to be sent and this machine's clock is not that of the ledger's database."""
    if kind is Kind.SEND and (said := words_about_clocks(ledger, settings)):
        raise LedgerError(words("{said} Nothing was sent. Put the wrong clock right, then send.", said=said))


def check_sound(ledger: Ledger, kind: Kind) -> None:
    """LedgerError where messages are to be sent and the ledger's file is damaged, as far as a moment's look tells.

    What it does not find any more, though it was sent, would be sent again.
    """
    if kind is not Kind.SEND or is_large(ledger.engine) or not (damage := damage_of(ledger.engine)):
        return
    _log.error("ledger damaged", extra={"found": damage})
    raise LedgerError(
        words("The ledger is damaged, so it cannot tell for certain what was sent before. Nothing was sent."),
        step(NextStep.READ_DOCTOR),
    )


def check_spelling_of_service(ledger: Ledger, kind: Kind, settings: Settings, *, sandbox: bool) -> None:
    """SettingsError where messages are to go to a service of this machine that earlier runs know by another address.

    What was sent through a service of this machine is known by its address, since each may pass on what it gets to
    somebody else; under another spelling of it, all would be sent again.
    """
    endpoint = settings.endpoint
    if kind is not Kind.SEND or not is_loopback(endpoint) or practises(settings, sandbox=sandbox):
        return
    for run in ledger.runs():
        if run.kind is Kind.SEND and is_same_spelt_otherwise(run.endpoint, endpoint) and not is_practice(run):
            raise SettingsError(
                words(
                    "The settings name the service of this machine as {endpoint}, but run {run} knows it as "
                    "{earlier_endpoint}. Under another address, what was sent before would be sent again. Set the "
                    "endpoint to {earlier_endpoint}.",
                    endpoint=endpoint,
                    run=run.id,
                    earlier_endpoint=run.endpoint,
                )
            )


def check_known_state(run: Run) -> None:
    """LedgerError where only a newer version knows what state the run is in."""
    if not run.state.is_known:
        raise LedgerError(
            words(
                "Run {run} is in the state '{state}', which this version of hotline-batch does not know. Go on "
                "with the version that made it.",
                run=run.id,
                state=run.state.value,
            )
        )


class PrunedRun(LedgerError):
    """The cells of this run were forgotten."""


def check_not_pruned(run: Run) -> None:
    """PrunedRun where the cells of a run were forgotten, so that neither a sheet nor a message can be made of it."""
    if said := words_about_pruning(run):
        raise PrunedRun(
            words(
                "{said} It cannot go on and has no result sheet with its texts any more. What became of its rows is "
                "kept:",
                said=said,
            ),
            step(NextStep.SHOW_RUN, run=run.id),
        )


def words_about_pruning(run: Run) -> str:
    """When the cells of a run were forgotten, as a sentence; empty where they are still there."""
    moment = run.notes.pruned_at
    if moment is None:
        return ""
    return words(
        "Run {run} was pruned on {day}: its cells, messages and replies were forgotten.",
        run=run.id,
        day=day(moment, UTC),
    )


def kept_from_real_by(settings: Settings) -> str:
    """The setting that says of all sheets that nothing of them is real, or that they are only looked at; empty where
    none does.
    """
    return next((name for name in ("dry_run", "sandbox") if settings.option_defaults.get(name)), "")


def check_may_be_real(settings: Settings) -> None:
    """SettingsError where the settings keep everything from being real: no page and no function says otherwise."""
    if name := kept_from_real_by(settings):
        raise SettingsError(words("The settings file says {name} = true, so that nothing is sent for real.", name=name))


def check_run_may_be_real(settings: Settings, run: Run) -> None:
    """The same for a run that is there already: one that is practice, or only asks, goes on."""
    if run.kind is Kind.SEND and not is_practice(run):
        check_may_be_real(settings)
