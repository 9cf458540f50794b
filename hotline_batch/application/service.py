"""Settings -> the service that a run talks to: clients by connection name, and what their messages are keyed by."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from hotline_batch.application.practice import shares_of
from hotline_batch.client.topics import DEFAULT_USER_AGENT, TopicsClient
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Connection, Kind
from hotline_batch.next_step import NextStep, step
from hotline_batch.settings.addresses import is_loopback
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX, practises, service_mark
from hotline_batch.settings.units import Rate


@dataclass(frozen=True, slots=True)
class Service:
    """Where requests go. ``clients`` has one client for each connection name that rows may use."""

    endpoint: str
    clients: Mapping[str, TopicsClient]


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
        world = f"{settings.endpoint}#" if is_loopback(settings.endpoint) else ""
        identities = {name: world + found.instance for name, found in settings.connections.items()}
    endpoint = endpoint_of(settings, sandbox=sandbox)
    practice = practises(settings, sandbox=sandbox)
    marks = {found: service_mark(endpoint, found, practice=practice) for found in identities.values()}
    return {name: Connection(name, found, marks[found]) for name, found in identities.items()}


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


def rate_for(settings: Settings, kind: Kind, chosen: str | None, connection: str | None = None) -> Rate:
    """The allowed rate of a connection: chosen, else the connection's own, else the settings' for the command."""
    return Rate.parse(chosen, "rate") if chosen else settings.rate_for(kind, connection)


@contextmanager
def open_service(
    settings: Settings,
    names: Sequence[str],
    timeout_seconds: float,
    *,
    sandbox: bool,
    mishaps: Collection[str] = (),
) -> Iterator[Service]:
    """Clients for these connections; with ``sandbox``, a private sandbox that ends with the context.

    It knows every user and topic but a few numbers, so that people can practise with a sheet of their own. ``mishaps``
    are the names of those that some of its requests meet. Raises SettingsError where a key is missing.
    """
    with ExitStack() as stack:
        if sandbox:
            from hotline_batch.sandbox.server import Sandbox  # noqa: PLC0415 - its web server is needed here alone

            # Another seed each time: what went wrong with a row may go well when it is tried again.
            seed = secrets.randbits(32)
            pretend = stack.enter_context(Sandbox(mishaps=shares_of(mishaps), seed=seed, knows_everybody=True))
            client = TopicsClient(
                pretend.x_api_key,
                pretend.instance,
                pretend.api_key,
                endpoint=pretend.url,
                timeout_seconds=timeout_seconds,
            )
            stack.callback(client.close)
            yield Service(PRIVATE_SANDBOX, dict.fromkeys(names, client))
            return
        clients = {name: stack.enter_context(client_of(settings, name, timeout_seconds)) for name in names}
        yield Service(settings.endpoint, clients)


def client_of(settings: Settings, name: str, timeout_seconds: float) -> TopicsClient:
    """A client with the keys of a connection. SettingsError where one is missing."""
    connection = settings.connections[name]
    return TopicsClient(
        settings.required_x_api_key(),
        connection.instance,
        connection.api_key,
        endpoint=settings.endpoint,
        timeout_seconds=timeout_seconds,
        ca_file=settings.ca_file,
        proxy=settings.proxy,
        user_agent=settings.user_agent or DEFAULT_USER_AGENT,
    )
