"""Keys that open the page once, and the browsers that used one; on the disk there are digests alone."""

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

from hotline_batch.private_files import make_private_folder, write_private

KEY_SECONDS: Final = 3_600.0
"""How long a key opens the page that nobody has used."""

BROWSER_SECONDS: Final = 30 * 86_400.0
"""How long a browser is known after it was last seen."""

_SEEN_EVERY_SECONDS = 86_400.0
_KEY_BYTES = 32
_LONGEST = 200


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
        write_private(self._path, json.dumps(kept))


def _digest(secret: str) -> str:
    # The secrets are random and long, so that a plain digest cannot be turned round.
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
