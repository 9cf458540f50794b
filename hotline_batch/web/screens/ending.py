"""`/end`: end the program, while runs go on."""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.web.pages import page


def end(request: Request) -> Response:
    """A last page, then the server ends."""
    last = page(request, "ended.html.j2")
    last.background = BackgroundTask(request.app.state.end)
    return last


ROUTES = [Route("/end", end, methods=["POST"])]
