"""Whether a person practises: a switch that the browser remembers, said on every page."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request

from hotline_batch.errors import HotlineBatchError
from hotline_batch.settings.practice import practises
from hotline_batch.web.settings_of import readable_settings_of
from hotline_batch.web.site import site_of

_ON = "on"
_DIVIDER = "."


@dataclass(frozen=True, slots=True)
class Practice:
    """The switch. ``mishaps`` are the names of those that requests shall meet."""

    is_on: bool
    mishaps: tuple[str, ...] = ()


def practice_of(request: Request) -> Practice:
    """How the switch stands in this browser. What was handed in keeps how it stood then."""
    word, *mishaps = request.cookies.get(cookie_name(request), "").split(_DIVIDER)
    return Practice(word == _ON, tuple(mishaps)) if word == _ON else Practice(is_on=False)


def practises_by_settings(request: Request) -> bool:
    """Whether nothing is real whatever the switch says: the settings name a sandbox of this machine."""
    with suppress(HotlineBatchError):  # what is wrong with them is told by the screens
        return practises(readable_settings_of(request)[0], sandbox=False)
    return False


def cookie_name(request: Request) -> str:
    """The name of the cookie that remembers it."""
    return f"{site_of(request).cookie}_practice"


def cookie_value(practice: Practice) -> str:
    """What it remembers."""
    return _DIVIDER.join((_ON, *practice.mishaps)) if practice.is_on else ""
