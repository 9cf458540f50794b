"""`/templates`: message templates, looked at and tried out; one's own are written and changed here."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.exports.audit import record_template_change
from hotline_batch.application.templates import (
    LONGEST_NAME,
    ShownTemplate,
    TemplateChanged,
    forget_template,
    keep_template,
    listed_filters,
    listed_templates,
    mark_of_template,
    shown_template,
    try_out,
)
from hotline_batch.errors import HotlineBatchError
from hotline_batch.language.words import words
from hotline_batch.web.forms import with_form
from hotline_batch.web.pages import page
from hotline_batch.web.site import settings_of, site_of

_CELL = "cell."


def templates(request: Request) -> Response:
    """All of them."""
    listed = listed_templates()
    return page(
        request,
        "templates.html.j2",
        own=[head for head in listed if head.is_own],
        shipped=[head for head in listed if not head.is_own],
        filters=listed_filters(),
    )


def show(request: Request) -> Response:
    """One template, filled in with cells that can be typed."""
    template = _template(request)
    cells = {
        name.removeprefix(_CELL): value[:1_000]
        for name, value in request.query_params.items()
        if name.startswith(_CELL)
    }
    return page(request, "template.html.j2", template=template, cells=cells, tried=try_out(template.text, cells))


def new(request: Request) -> Response:
    """A form for a new one; with ``from``, it begins as a copy."""
    copied = shown_template(request.query_params.get("from", ""))
    name = words("{copied} copy", copied=copied.name) if copied else ""
    return _form(request, "", name, copied.text if copied else "")


def edit(request: Request) -> Response:
    """A form to change one of one's own."""
    template = _template(request)
    if not template.is_own:
        return RedirectResponse(f"/templates/new?from={quote(template.name)}", 303)
    return _form(request, template.name, template.name, template.text, seen=mark_of_template(template.name))


@with_form
def keep(request: Request, form: FormData) -> Response:
    """Keep what was written, or show how it would look; where it cannot be used, the form comes back with why."""
    before, name, text, seen = (str(form.get(field, "")) for field in ("before", "name", "text", "seen"))
    name = " ".join(name.split())
    if form.get("do") == "preview":
        return _form(request, before, name, text, seen=seen, shows_preview=True)
    try:
        keep_template(name, text, before=before, seen=seen)
    except TemplateChanged as error:
        return _form(request, before, name, text, seen=mark_of_template(before), error=error)
    except HotlineBatchError as error:
        return _form(request, before, name, text, seen=seen, error=error)
    _record(request, name)
    return RedirectResponse(f"/templates/{quote(name)}", 303)


def _record(request: Request, name: str, *, is_removed: bool = False) -> None:
    if site_of(request).is_office:
        record_template_change(settings_of(request), name, is_removed=is_removed)


@with_form
def forget(request: Request, form: FormData) -> Response:
    """Remove one of one's own; asked about once more."""
    template = _template(request)
    if not template.is_own:
        raise HTTPException(405)
    if form.get("sure") != "yes":
        return page(request, "template_forget.html.j2", template=template)
    forget_template(template.name)
    _record(request, template.name, is_removed=True)
    return RedirectResponse("/templates", 303)


def _form(
    request: Request, before: str, name: str, text: str, *, seen: str = "", shows_preview: bool = False, **more: Any
) -> Response:
    """``seen`` is the mark of the template that is changed, as it was when that began."""
    values = {"seen": seen, "error": None, "tried": try_out(text, {}) if shows_preview else None} | more
    status = 422 if values["error"] else 200
    return page(
        request, "template_form.html.j2", status, before=before, name=name, text=text, most=LONGEST_NAME, **values
    )


def _template(request: Request) -> ShownTemplate:
    found = shown_template(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    return found


ROUTES = [
    Route("/templates", templates),
    Route("/templates", keep, methods=["POST"]),
    Route("/templates/new", new),
    Route("/templates/{name}", show),
    Route("/templates/{name}/edit", edit),
    Route("/templates/{name}/forget", forget, methods=["POST"]),
]
