"""A template and its values -> a page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hotline_batch.application.runs.views.listing import sheet_name
from hotline_batch.design.stylesheet import FRAGMENTS
from hotline_batch.issues.words import words_of
from hotline_batch.language.formats import list_of, number
from hotline_batch.language.reader import language_of_reader
from hotline_batch.language.words import marked, speak_in_templates, words
from hotline_batch.people import PersonKind, Role
from hotline_batch.web import formatting
from hotline_batch.web.guard.door import person_of
from hotline_batch.web.guard.origin import SAFE_METHODS
from hotline_batch.web.next_steps import told_parts
from hotline_batch.web.practice import practice_of, practises_by_settings
from hotline_batch.web.reader import offered
from hotline_batch.web.screens.run.words import so_far
from hotline_batch.web.site import site_of
from hotline_batch.web.static_files import address_of_file

_environment = Environment(
    loader=ChoiceLoader([PackageLoader("hotline_batch.web", "templates"), FRAGMENTS]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    number=number,
    list_of=list_of,
    moment=formatting.moment,
    ending=formatting.ending,
    iso=formatting.iso_time,
    duration=formatting.duration,
    size=formatting.size,
    sheet_name=sheet_name,
    so_far=so_far,
    visible=formatting.visible,
    issue_words=words_of,
    told=told_parts,
)
speak_in_templates(_environment)
_environment.globals["file_address"] = address_of_file

NAVIGATION = (
    ("/", marked("Send a sheet")),
    ("/runs", marked("Runs")),
    ("/templates", marked("Templates")),
    ("/connections", marked("Connections")),
    ("/help", marked("Help")),
)

OFFICE_NAVIGATION = (("/accounts", marked("Accounts")), ("/audit", marked("Who did what")))
"""For administrators of an office."""


def page(request: Request, template: str, status_code: int = 200, /, **values: Any) -> HTMLResponse:
    """The page that a template makes of these values.

    Every template knows besides them: ``path`` (the address of now), ``navigation``, ``practice``, ``person`` (who
    asks), ``is_office``, ``language``, ``languages`` (those that can be chosen), and ``shown_at`` (where to come back
    to in another one).
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
        "navigation": [(address, words(title)) for address, title in screens],
        "practice": practice_of(request),
        "person": person,
        "is_office": is_office,
        # Asked by the pages that say it: it takes a look at the settings.
        "settings_practise": partial(practises_by_settings, request),
    }
    return _environment.get_template(template).render(known | dict(values))


def _shown_at(request: Request) -> str:
    """Where the same page is found again; empty for what a form led to."""
    if request.method not in SAFE_METHODS:
        return ""
    # Whoever is not known yet comes with a key, or a code, in the address.
    is_known = person_of(request).kind is not PersonKind.NOBODY
    return f"{request.url.path}?{request.url.query}" if is_known and request.url.query else request.url.path
