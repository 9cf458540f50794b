"""The screens, the guard before them and the pages for what goes wrong -> one application."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from hotline_batch.application.drafts.draft import DraftMissing
from hotline_batch.errors import HotlineBatchError
from hotline_batch.web.browser_choices import Reader
from hotline_batch.web.error_pages import ErrorPages, http_error, told_error
from hotline_batch.web.guard.door import Door
from hotline_batch.web.guard.guard import Guard
from hotline_batch.web.pages import static_file
from hotline_batch.web.screens import (
    connections,
    correction,
    evidence,
    going_on,
    home,
    run,
    run_actions,
    runs,
    settling,
    templates,
)
from hotline_batch.web.sheets import choosing, sheet_page, starting, uploading
from hotline_batch.web.sheets.sheet_page import Desk
from hotline_batch.web.sheets.uploading import no_such_sheet
from hotline_batch.web.site import KeptLedger, Site


def make_app(site: Site, door: Door, more: Sequence[Route] = ()) -> Starlette:
    """Everything that is served at ``site.address``; ``more`` are screens that only some pages have."""
    app = Starlette(
        routes=[
            Route("/static/{mark}/{name}", static_file),
            *home.ROUTES,
            *runs.ROUTES,
            *run.ROUTES,
            *run_actions.ROUTES,
            *going_on.ROUTES,
            *settling.ROUTES,
            *correction.ROUTES,
            *evidence.ROUTES,
            *templates.ROUTES,
            *connections.ROUTES,
            *(() if site.is_office else [home.END]),
            *more,
            *uploading.ROUTES,
            *sheet_page.ROUTES,
            *choosing.ROUTES,
            *starting.ROUTES,
        ],
        middleware=[Middleware(Reader), Middleware(Guard, site=site, door=door), Middleware(ErrorPages)],
        exception_handlers={HTTPException: http_error, HotlineBatchError: told_error, DraftMissing: no_such_sheet},
    )
    app.state.site = site
    app.state.desk = Desk()
    app.state.findings = evidence.Findings()
    app.state.ledger = KeptLedger()
    return app


def close_app(app: Starlette) -> None:
    """Wait for what goes on, and let everything go."""
    app.state.desk.close()
    app.state.ledger.close()
