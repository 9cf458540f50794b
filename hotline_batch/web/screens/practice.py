"""`/practice`: the switch between practice and what is real, and the mishaps that practice shall meet."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.practice import practice_mishaps
from hotline_batch.web.addresses import own_address
from hotline_batch.web.pages import page
from hotline_batch.web.practice import Practice, cookie_name, cookie_value
from hotline_batch.web.site import site_of


def show(request: Request) -> Response:
    """What practice is, the switch, and the mishaps."""
    return page(request, "practice.html.j2", mishaps=practice_mishaps())


async def switch(request: Request) -> Response:
    """Turn it on or off, and go back to where the person was."""
    async with request.form() as form:
        known = {mishap.name for mishap in practice_mishaps()}
        chosen = tuple(str(name) for name in form.getlist("mishap") if name in known)
        practice = Practice(form.get("is_on") == "yes", chosen)
        back = own_address(str(form.get("back", "/")))
    answer = RedirectResponse(back, 303)
    name, is_secure = cookie_name(request), site_of(request).is_office
    if practice.is_on:
        answer.set_cookie(
            cookie_name(request), cookie_value(practice), httponly=True, samesite="strict", secure=is_secure
        )
    else:
        answer.delete_cookie(name, httponly=True, samesite="strict", secure=is_secure)
    return answer


ROUTES = [Route("/practice", show), Route("/practice", switch, methods=["POST"])]
