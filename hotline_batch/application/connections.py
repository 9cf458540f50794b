"""Settings -> the connections that a run goes through: what their messages are keyed by, and how fast each may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Connection, Kind
from hotline_batch.model.runs import Run
from hotline_batch.next_step import NextStep, step
from hotline_batch.settings.addresses import is_loopback
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX, practises, service_mark
from hotline_batch.settings.units import Rate

_BEFORE_INSTANCE = "#"


def endpoint_of(settings: Settings, *, sandbox: bool) -> str:
    """The endpoint as the ledger remembers it."""
    return PRIVATE_SANDBOX if sandbox else settings.endpoint


def connections_of(settings: Settings, run_id: str, *, sandbox: bool) -> dict[str, Connection]:
    """The connections that rows may name, and what stands for each of them in the keys of messages.

    The same message through the same instance is the same message, whatever the connection is called. A practice
    service on this machine is another world: what was sent there was not sent.
    """
    if sandbox:
        names: Sequence[str] = list(settings.connections) or [PRIVATE_SANDBOX]
        identities = dict.fromkeys(names, f"{PRIVATE_SANDBOX}:{run_id}")
    else:
        world = f"{settings.endpoint}{_BEFORE_INSTANCE}" if is_loopback(settings.endpoint) else ""
        identities = {name: world + found.instance for name, found in settings.connections.items()}
    endpoint = endpoint_of(settings, sandbox=sandbox)
    practice = practises(settings, sandbox=sandbox)
    marks = {found: service_mark(endpoint, found, practice=practice) for found in identities.values()}
    return {name: Connection(name, found, marks[found]) for name, found in identities.items()}


def names_of_instance(connections: Mapping[str, Connection], instance: str) -> Sequence[str]:
    """The names of the connections that are this instance; none for one that the settings do not know."""
    return [name for name, found in connections.items() if found.identity.rpartition(_BEFORE_INSTANCE)[2] == instance]


def default_connection(settings: Settings, chosen: str | None, known: Mapping[str, Connection]) -> str:
    """The connection of rows that name none. Raises SettingsError where that is not clear."""
    if chosen is not None and chosen not in known:
        raise SettingsError(
            words(
                "There is no connection '{chosen}'. Known: {known}.",
                chosen=chosen,
                known=", ".join(known) or words("none"),
            )
        )
    if chosen is not None:
        return chosen
    if settings.default_connection in known:
        return str(settings.default_connection)
    if len(known) == 1:
        return next(iter(known))
    if not known:
        raise SettingsError(words("No connection is set up."), step(NextStep.TRY_IN_SANDBOX))
    raise SettingsError(
        words("There are several connections ({known}).", known=", ".join(known)), step(NextStep.CHOOSE_CONNECTION)
    )


def connections_to_confirm(settings: Settings, used: Iterable[str], given: Iterable[str]) -> Sequence[str]:
    """Those of the used connections that are marked with ``confirm`` and whose name was not given yet."""
    marked = {name for name, found in settings.connections.items() if found.confirm}
    return sorted((marked & set(used)) - set(given))


def check_confirmed(settings: Settings, used: Iterable[str], given: Iterable[str]) -> None:
    """SettingsError where a connection that is used asks for its name, which is not among those given."""
    if asking := connections_to_confirm(settings, used, given):
        said = words("The connection '{name}' asks for its name before anything is sent.", name=asking[0])
        raise SettingsError(said, step(NextStep.CONFIRM_CONNECTION, name=asking[0]))


def rate_for(settings: Settings, kind: Kind, chosen: str | None, connection: str | None = None) -> Rate:
    """The allowed rate of a connection: chosen, else the connection's own, else the settings' for the command."""
    return Rate.parse(chosen, "rate") if chosen else settings.rate_for(kind, connection)


def rate_to_tell(run: Run, settings: Settings) -> str:
    """The rate of a run: the last one chosen for it, else that of the settings today. Refuses nothing."""
    chosen = run.notes.last_rate or run.options.limits.rate
    return chosen or str(settings.rate_for(run.kind, run.notes.connection or None))
