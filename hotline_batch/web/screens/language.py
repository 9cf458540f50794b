"""`/language`: another language, which the browser remembers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.language.languages import meant_by
from hotline_batch.web.addresses import own_address
from hotline_batch.web.reader import cookie_name
from hotline_batch.web.site import site_of

ADDRESS = "/language"
_SECONDS_REMEMBERED = 400 * 24 * 3600  # as long as browsers keep a cookie at most


async def choose(request: Request) -> Response:
    """Go back to where the person was, in the language that was chosen."""
    async with request.form() as form:
        language = meant_by(str(form.get("language", "")))
        back = own_address(str(form.get("back", "/")))
    answer = RedirectResponse(back, 303)
    if language:
        answer.set_cookie(
            cookie_name(request),
            language,
            max_age=_SECONDS_REMEMBERED,
            httponly=True,
            samesite="strict",
            secure=site_of(request).is_office,
        )
    return answer


ROUTES = [Route(ADDRESS, choose, methods=["POST"])]
