"""`/runs`: all runs, filtered and searched, with what still needs a person."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.runs.views.listing import RunFilter, list_runs_page
from hotline_batch.model.jobs import Kind
from hotline_batch.web.pages import page
from hotline_batch.web.settings_of import settings_to_look
from hotline_batch.web.whole_numbers import whole_number

_RUNS_A_PAGE = 25
_LAST_PAGE = 999_999
_REALITY = {"real": False, "practice": True}


def runs(request: Request) -> Response:
    """The list."""
    asked = request.query_params
    kind = asked.get("kind", "")
    wanted = RunFilter(
        words=asked.get("words", "")[:200],
        kind=Kind(kind) if kind in set(Kind) else None,
        practice=_REALITY.get(asked.get("reality", "")),
        needs_a_person=asked.get("needs") == "person",
    )
    number = max(1, whole_number(asked.get("page", ""), _LAST_PAGE) or 1)
    settings, trouble = settings_to_look(request)
    found = list_runs_page(settings, wanted, number, _RUNS_A_PAGE)
    others = {name: asked.get(name, "") for name in ("words", "kind", "reality", "needs") if asked.get(name)}
    return page(
        request,
        "runs.html.j2",
        found=found,
        asked=asked,
        is_filtered=bool(others),
        newer=_address(others, number - 1) if number > 1 else "",
        older=_address(others, number + 1) if found.has_more else "",
        zone=settings.timezone,
        trouble=trouble,
    )


def _address(others: dict[str, str], number: int) -> str:
    return f"/runs?{urlencode({**others, 'page': number})}"


ROUTES = [Route("/runs", runs)]
