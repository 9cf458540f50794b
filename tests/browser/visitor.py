"""Somebody with a browser: opens pages, and sees to it that nothing leaves this machine and nothing breaks unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

DESK = {"width": 1280, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
WINDOWS = {"desk": DESK, "telephone": TELEPHONE, "letters of twice the size": {"width": 640, "height": 450}}
PATIENCE_MILLISECONDS = 90_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)  # a click ends before the page that it opens is there

_OWN = {"127.0.0.1", ""}


@dataclass  # without slots: playwright notes on it which of its methods listen
class Visitor:
    """A browser of its own, with its own cookies. ``complaints`` are what the browser itself found wrong."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def foreign_requests(self) -> list[str]:
        """Addresses outside of this machine that were asked for."""
        return [address for address in self.asked if urlsplit(address).hostname not in {*_OWN, None}]

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        # A page that says 4xx is a page: what was wrong stands on it.
        if message.type in {"error", "warning"} and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)


@contextmanager
def visiting(browser: Browser, **options: Any) -> Iterator[Visitor]:
    """A visitor; ``options`` are those of playwright's ``new_context``. Raises where something left this machine."""
    context = browser.new_context(**{"viewport": DESK, "accept_downloads": True, "locale": "en-GB", **options})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    try:
        visitor = Visitor(context, context.new_page())
        context.on("request", visitor._note)
        visitor._listen(visitor.page)
        yield visitor
        assert [] == visitor.foreign_requests()
    finally:
        context.close()
