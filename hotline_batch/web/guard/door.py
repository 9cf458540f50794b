"""Who may come in: one answer for the page of one's own machine, another for the page of an office."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from hotline_batch.people import NOBODY, Person
from hotline_batch.web.guard.origin import Refusal


class Door(Protocol):
    """Tells who a request comes from. The guard asks it before any screen is reached."""

    def refusal(self, request: Request) -> Refusal | None:
        """Why nothing of a request is looked at, whoever sends it; None where nothing speaks against it."""

    def is_open(self, path: str) -> bool:
        """Whether an address is for everybody."""

    async def person(self, request: Request) -> Person:
        """Who sends a request; NOBODY where that is not known.

        SettingsError, LedgerError where it cannot be told at present.
        """

    async def answer(self, request: Request) -> Response | None:
        """The answer at an address of the door's own; None at all others."""

    def turned_away(self, request: Request) -> Response:
        """The answer to somebody who is not known."""


def person_of(request: Request) -> Person:
    """Who sends a request, as the guard found."""
    found: Person = request.scope.get("state", {}).get("person", NOBODY)
    return found
