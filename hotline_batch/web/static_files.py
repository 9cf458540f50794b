"""The stylesheet, the script and the picture of the page -> bytes, under addresses that change with what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hotline_batch.design.stylesheet import shared_stylesheet

_TYPES = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_FOR_A_YEAR = "public, max-age=31536000, immutable"


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


def static_file(request: Request) -> Response:
    """One of the three files."""
    name = request.path_params["name"]
    if name not in _TYPES:
        raise HTTPException(404)
    found = _file(name)
    is_this_version = request.path_params["mark"] == found.mark
    headers = {"cache-control": _FOR_A_YEAR if is_this_version else "no-store"}
    return Response(found.content, media_type=_TYPES[name], headers=headers)
