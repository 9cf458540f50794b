"""`/connections`: the connections with a test of each, who hears of runs, and a look at everything; no key is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.connection_test import Tested, try_connection
from hotline_batch.application.doctor.diagnose import diagnose
from hotline_batch.application.doctor.findings import Finding
from hotline_batch.application.notify.asking import Told, destinations, try_channels
from hotline_batch.language.words import marked, translated
from hotline_batch.settings.model import ConnectionSettings, Settings, shown_instance
from hotline_batch.settings.practice import practises
from hotline_batch.web.pages import page
from hotline_batch.web.site import settings_of, settings_to_look, site_of
from hotline_batch.web.wording import rate_words

_KEPT = marked(
    {
        "env": "from an environment variable",
        "file": "from a file",
        "keyring": "from the keyring of this system",
    }
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A connection as it may be seen by anybody."""

    name: str
    instance: str
    key_from: str
    pace: str
    is_default: bool
    asks_for_name: bool
    needs_approval: bool


def connections(request: Request) -> Response:
    """The list."""
    return _page(request)


def test(request: Request) -> Response:
    """Ask the service once through one of them."""
    settings = settings_of(request)
    return _page(request, tested=try_connection(settings, request.path_params["name"]))


def test_news(request: Request) -> Response:
    """Send everybody who hears of runs a test message."""
    settings = settings_of(request)
    return _page(request, told=try_channels(settings))


def look(request: Request) -> Response:
    """Look at settings, keys, the way to the service, the clock, the ledger and the disk."""
    site = site_of(request)
    return _page(request, findings=list(diagnose(config=site.config, ledger=site.ledger, offline=False)))


def _page(
    request: Request, tested: Tested | None = None, findings: Sequence[Finding] = (), told: Sequence[Told] = ()
) -> Response:
    settings, trouble = settings_to_look(request)
    return page(
        request,
        "connections.html.j2",
        shown=[_shown(found, settings) for found in settings.connections.values()],
        is_sandbox=practises(settings, sandbox=False),
        tested=tested,
        findings=findings,
        news=destinations(settings),
        told=told,
        trouble=trouble,
    )


def _shown(found: ConnectionSettings, settings: Settings) -> _Shown:
    return _Shown(
        name=found.name,
        instance=shown_instance(found.instance),
        key_from=translated(_KEPT.get(found.api_key_source.shown.partition(":")[0], "")),
        pace=rate_words(str(found.send_rate or settings.send_rate)),
        is_default=found.name == settings.default_connection,
        asks_for_name=found.confirm,
        needs_approval=found.needs_approval,
    )


ROUTES = [
    Route("/connections", connections),
    Route("/connections/look", look, methods=["POST"]),
    Route("/connections/{name}/test", test, methods=["POST"]),
    Route("/news/test", test_news, methods=["POST"]),
]
