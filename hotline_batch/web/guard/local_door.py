"""The page of one's own machine: a key opens it once, then a cookie does; whoever has that is its user."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from filelock import FileLock
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hotline_batch.people import NOBODY, Person, user_of_the_system
from hotline_batch.private_files import make_private_folder, replace_text
from hotline_batch.web.error_pages import refusal_page
from hotline_batch.web.guard.door import Refusal
from hotline_batch.web.pages import page
from hotline_batch.web.site import Site

KEY_SECONDS: Final = 3_600.0
"""How long a key opens the page that nobody has used."""

BROWSER_SECONDS: Final = 30 * 86_400.0
"""How long a browser is known after it was last seen."""

_SEEN_EVERY_SECONDS = 86_400.0
_KEY_BYTES = 32
_LONGEST = 200
OPEN: Final = "/open"
"""The address that takes a one-time key."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Digest of a key -> when it ends; digest of a browser's cookie -> when it was last seen. Seconds since 1970."""

    keys: dict[str, float]
    browsers: dict[str, float]


class AccessKeys:
    """The keys of one ledger's page, shared by every process of this user. Survives a restart of the server."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = make_private_folder(folder) / "access.json"
        self._lock = FileLock(folder / "access.lock", mode=0o600)
        self._clock = clock

    def new_key(self) -> str:
        """A key that opens the page once, within the hour."""
        key = secrets.token_urlsafe(_KEY_BYTES)
        with self._lock:
            known = self._read()
            known.keys[_digest(key)] = self._clock() + KEY_SECONDS
            self._write(known)
        return key

    def admit(self, key: str) -> str | None:
        """Use a key up: the cookie of the browser that brought it, None where the key opens nothing (any more)."""
        cookie = secrets.token_urlsafe(_KEY_BYTES)
        with self._lock:
            known = self._read()
            if len(key) > _LONGEST or known.keys.pop(_digest(key), 0.0) <= self._clock():
                return None
            known.browsers[_digest(cookie)] = self._clock()
            self._write(known)
        return cookie

    def knows(self, cookie: str) -> bool:
        """Whether the cookie is that of a browser that was admitted."""
        if not cookie or len(cookie) > _LONGEST:
            return False
        digest, now = _digest(cookie), self._clock()
        seen = self._read().browsers.get(digest)
        if seen is None or now - seen > BROWSER_SECONDS:
            return False
        if now - seen > _SEEN_EVERY_SECONDS:
            with self._lock:
                known = self._read()
                known.browsers[digest] = now
                self._write(known)
        return True

    def _read(self) -> _Known:
        try:
            found = json.loads(self._path.read_text("utf-8"))
            return _Known(dict(found["keys"]), dict(found["browsers"]))
        except (OSError, ValueError, KeyError, TypeError):  # a damaged file admits nobody
            return _Known({}, {})

    def _write(self, known: _Known) -> None:
        now = self._clock()
        kept = {
            "keys": {digest: ends for digest, ends in known.keys.items() if ends > now},
            "browsers": {digest: seen for digest, seen in known.browsers.items() if now - seen <= BROWSER_SECONDS},
        }
        replace_text(self._path, json.dumps(kept))


def _digest(secret: str) -> str:
    # The secrets are random and long, so that a plain digest cannot be turned round.
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


class LocalDoor:
    """Lets in the browser that the program opened. It may do everything, as the command line may."""

    def __init__(self, site: Site, keys: AccessKeys) -> None:
        self._site = site
        self._keys = keys

    def refusal(self, _request: Request) -> Refusal | None:
        """Nothing beyond what the guard looks at itself."""
        return None

    def is_open(self, path: str) -> bool:
        """Whether an address is for everybody."""
        return path == OPEN

    async def person(self, request: Request) -> Person:
        """The user of the system, for the browsers that are known."""
        return user_of_the_system() if await self._is_known(request) else NOBODY

    async def answer(self, request: Request) -> Response | None:
        """The page that opens the page."""
        return await self._open(request) if request.url.path == OPEN else None

    def turned_away(self, request: Request) -> Response:
        """How to open the page."""
        return refusal_page(request, Refusal.NOT_ADMITTED)

    async def _is_known(self, request: Request) -> bool:
        value = request.cookies.get(self._site.cookie, "")
        return value != "" and await run_in_threadpool(self._keys.knows, value)

    async def _open(self, request: Request) -> Response:
        """Use a one-time key up and make this browser a known one."""
        key = QueryParams(request.url.query).get("key", "")
        is_only_a_look = request.method != "GET" or "prefetch" in request.headers.get("sec-purpose", "")
        cookie = None if is_only_a_look else await run_in_threadpool(self._keys.admit, key)
        if cookie is None:
            if await self._is_known(request):
                return RedirectResponse("/", 303)
            return refusal_page(request, Refusal.KEY_USED)
        # A page that goes on by itself, no redirect: a browser that was opened by another program holds a strict
        # cookie back until a page of ours asks.
        opened = page(request, "opened.html.j2")
        opened.set_cookie(self._site.cookie, cookie, int(BROWSER_SECONDS), httponly=True, samesite="strict")
        return opened
