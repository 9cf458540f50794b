"""`/`: hand a sheet in, and see which runs need a person."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.web.pages import page


def home(request: Request) -> Response:
    """The first page."""
    return page(request, "home.html.j2")


ROUTES = [Route("/", home)]
