"""The Chromium that is installed on this machine, driven by playwright; nothing is downloaded.

Debian and Ubuntu: ``apt-get install chromium``. It runs without a screen, looks up no names, and calls nobody at home.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NEEDED = ("HOTLINE_TESTS_NEED_CHROMIUM", "CI")
LEFT_OUT = "left out: Chromium is not installed; Debian: apt-get install chromium"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SWITCHES = (
    "--no-sandbox",  # for root in a container; it opens pages of this machine alone
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--font-render-hinting=none",
)


def is_needed() -> bool:
    """Whether the absence of a browser is a failure."""
    return any(os.environ.get(name, "").lower() in {"1", "true", "yes"} for name in NEEDED)


def find_chromium() -> str | None:
    """The path of the program; None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def running_chromium(path: str) -> Iterator[Browser]:
    """A browser without pages. It ends with the context, and so does the loop that playwright runs in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_SWITCHES)
        try:
            yield browser
        finally:
            browser.close()
