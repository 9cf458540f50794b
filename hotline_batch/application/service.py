"""Settings -> the service that a run talks to: clients by connection name."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from hotline_batch.application.practice import shares_of
from hotline_batch.client.topics import DEFAULT_USER_AGENT, TopicsClient
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX


@contextmanager
def open_service(
    settings: Settings,
    names: Sequence[str],
    timeout_seconds: float,
    *,
    sandbox: bool,
    mishaps: Collection[str] = (),
) -> Iterator[Mapping[str, TopicsClient]]:
    """Clients for these connections, by name; with ``sandbox``, a private sandbox that ends with the context.

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
            yield dict.fromkeys(names, client)
            return
        yield {name: stack.enter_context(client_of(settings, name, timeout_seconds)) for name in names}


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


def check_keys(run: Run, settings: Settings, names: Sequence[str]) -> None:
    """SettingsError where the key of one of these connections, or the file of trusted certificates, cannot be used."""
    if run.endpoint != PRIVATE_SANDBOX:
        with open_service(settings, names, settings.timeout, sandbox=False):
            pass
