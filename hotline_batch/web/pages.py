"""A template and its values -> a page; the files that pages need, and those that are written to be saved."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Match

from hotline_batch.application.runs.views.listing import sheet_name
from hotline_batch.design.stylesheet import FRAGMENTS, shared_stylesheet
from hotline_batch.issues.words import advice_for, words_of
from hotline_batch.language.formats import decimal, list_of, number
from hotline_batch.language.languages import language_of_reader
from hotline_batch.language.words import marked, speak_in_templates, words
from hotline_batch.model.runs import Run
from hotline_batch.people import PersonKind, Role
from hotline_batch.settings.practice import is_practice
from hotline_batch.web import wording
from hotline_batch.web.browser_choices import offered, practice_of, practises_by_settings
from hotline_batch.web.guard.door import SAFE_METHODS, person_of
from hotline_batch.web.next_steps import told_parts
from hotline_batch.web.site import site_of

_environment = Environment(
    loader=ChoiceLoader([PackageLoader("hotline_batch.web", "templates"), FRAGMENTS]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    number=number,
    decimal=decimal,
    list_of=list_of,
    moment=wording.moment,
    ending=wording.ending,
    iso=wording.iso_time,
    duration=wording.duration,
    size=wording.size,
    sheet_name=sheet_name,
    so_far=wording.so_far,
    visible=wording.visible,
    issue_words=words_of,
    advice_for=advice_for,
    told=told_parts,
)
speak_in_templates(_environment)

NAVIGATION = (
    ("/", marked("Send a sheet")),
    ("/runs", marked("Runs")),
    ("/templates", marked("Templates")),
    ("/connections", marked("Connections")),
    ("/help", marked("Help")),
)

OFFICE_NAVIGATION = (("/accounts", marked("Accounts")), ("/audit", marked("Who did what")))
"""For administrators of an office."""

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_FOR_A_YEAR = "public, max-age=31536000, immutable"


def page(request: Request, template: str, status_code: int = 200, /, **values: Any) -> HTMLResponse:
    """The page that a template makes of these values.

    Every template knows besides them: ``path`` (the address of now), ``navigation``, ``practice``, ``person`` (who
    asks), ``is_office``, ``language``, ``languages`` (those that can be chosen), ``shown_at`` (where to come back
    to in another one), and ``comes_back_to`` (the same, also for what a form led to).
    """
    return HTMLResponse(rendered(request, template, values), status_code)


def rendered(request: Request, template: str, values: Mapping[str, Any]) -> str:
    """The same as text; what a fragment is made with."""
    person, is_office = person_of(request), site_of(request).is_office
    screens = (*NAVIGATION, *(OFFICE_NAVIGATION if is_office and person.may(Role.ADMINISTER) else ()))
    known = {
        "path": request.url.path,
        "language": language_of_reader(),
        "languages": offered(),
        "shown_at": _shown_at(request),
        "comes_back_to": partial(_comes_back_to, request),
        "navigation": [(address, words(title)) for address, title in screens],
        "practice": practice_of(request),
        "person": person,
        "is_office": is_office,
        # Asked by the pages that say it: it takes a look at the settings.
        "settings_practise": partial(practises_by_settings, request),
    }
    return _environment.get_template(template).render(known | dict(values))


def about_run(run: Run) -> dict[str, Any]:
    """What the templates about a run know of it."""
    return {"run": run, "sheet": sheet_name(run), "is_practice": is_practice(run)}


def _shown_at(request: Request) -> str:
    """Where the same page is found again; empty for what a form led to."""
    if request.method not in SAFE_METHODS:
        return ""
    # Whoever is not known yet comes with a key, or a code, in the address.
    is_known = person_of(request).kind is not PersonKind.NOBODY
    return f"{request.url.path}?{request.url.query}" if is_known and request.url.query else request.url.path


def _comes_back_to(request: Request) -> str:
    """Where a page is found that shows the same; for what a form led to, the nearest one above it."""
    if shown_at := _shown_at(request):
        return shown_at
    place = request.url.path
    while place and not _is_page(request, place):
        place = place.rpartition("/")[0]
    return place or "/"


def _is_page(request: Request, place: str) -> bool:
    asked = {"type": "http", "path": place, "method": "GET"}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    mark: str


@cache
def _file(name: str) -> _File:
    folder = files("hotline_batch.web").joinpath("static")
    content = folder.joinpath(name).read_text("utf-8")
    if name == "page.css":
        more = (folder.joinpath(each).read_text("utf-8") for each in ("sheets.css", "office.css"))
        content = "\n".join([shared_stylesheet(), content, *more])
    encoded = content.encode("utf-8")
    return _File(encoded, sha256(encoded).hexdigest()[:12])


def address_of_file(name: str) -> str:
    """Where the file is found; a new address for every change, so that browsers may keep it."""
    return f"/static/{_file(name).mark}/{name}"


_environment.globals["file_address"] = address_of_file


def static_file(request: Request) -> Response:
    """One of the three files."""
    name = request.path_params["name"]
    if name not in _TYPES:
        raise HTTPException(404)
    found = _file(name)
    is_this_version = request.path_params["mark"] == found.mark
    headers = {"cache-control": _FOR_A_YEAR if is_this_version else "no-store"}
    return Response(found.content, media_type=_TYPES[name], headers=headers)


def file_answer(name: str, media_type: str, write: Callable[[str], object]) -> FileResponse:
    """A file of that name, to be saved. ``write`` is told the path, whose ending is that of the name."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-batch-"))
    try:
        path = folder / f"file{Path(name).suffix}"
        write(str(path))
        gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        return FileResponse(path, media_type=media_type, filename=name, background=gone)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
