"""The screens, the guard before them and the pages for what goes wrong -> one application."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from hotline_batch.application.drafts.draft import DraftMissing
from hotline_batch.errors import HotlineBatchError
from hotline_batch.web.error_pages import ErrorPages, http_error, told_error
from hotline_batch.web.guard.door import Door
from hotline_batch.web.guard.guard import Guard
from hotline_batch.web.kept_ledger import KeptLedger
from hotline_batch.web.reader import Reader
from hotline_batch.web.screens import (
    approvals,
    connections,
    ending,
    home,
    language,
    practice,
    runs,
    templates,
)
from hotline_batch.web.screens import help as help_screens
from hotline_batch.web.screens.run import actions as run_actions
from hotline_batch.web.screens.run import correction as run_correction
from hotline_batch.web.screens.run import evidence as run_evidence
from hotline_batch.web.screens.run import files as run_files
from hotline_batch.web.screens.run import overview as run
from hotline_batch.web.screens.run import rows
from hotline_batch.web.sheets import routes as sheets
from hotline_batch.web.sheets.desk import Desk
from hotline_batch.web.sheets.fresh_sheet import no_such_sheet
from hotline_batch.web.site import Site
from hotline_batch.web.static_files import static_file


def make_app(site: Site, door: Door, more: Sequence[Route] = ()) -> Starlette:
    """Everything that is served at ``site.address``; ``more`` are screens that only some pages have."""
    app = Starlette(
        routes=[
            Route("/static/{mark}/{name}", static_file),
            *home.ROUTES,
            *approvals.ROUTES,
            *runs.ROUTES,
            *run.ROUTES,
            *run_actions.ROUTES,
            *run_correction.ROUTES,
            *run_evidence.ROUTES,
            *run_files.ROUTES,
            *rows.ROUTES,
            *templates.ROUTES,
            *connections.ROUTES,
            *help_screens.ROUTES,
            *practice.ROUTES,
            *language.ROUTES,
            *(() if site.is_office else ending.ROUTES),
            *more,
            *sheets.ROUTES,
        ],
        middleware=[Middleware(Reader), Middleware(Guard, site=site, door=door), Middleware(ErrorPages)],
        exception_handlers={HTTPException: http_error, HotlineBatchError: told_error, DraftMissing: no_such_sheet},
    )
    app.state.site = site
    app.state.desk = Desk()
    app.state.findings = run_evidence.Findings()
    app.state.ledger = KeptLedger()
    return app


def close_app(app: Starlette) -> None:
    """Wait for what goes on, and let everything go."""
    app.state.desk.close()
    app.state.ledger.close()
