"""The page in a browser: every screen fits every window, shuts nobody out, and says when nothing is real."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.looks import barriers, cut_off
from tests.browser.page_program import PageProgram
from tests.browser.visitor import DESK, TELEPHONE, Visitor

SCREENS = (
    *("/", "/practice", "/no-such-page", "/runs", "/connections", "/help", "/help/reply_lost"),
    *("/templates", "/templates/status_update", "/templates/new?from=status_update"),
)
WINDOWS = {"desk": DESK, "telephone": TELEPHONE, "large letters": {"width": 640, "height": 450}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screens_shut_nobody_out(admitted: Callable[..., Visitor], scheme: str) -> None:
    """axe finds nothing, with and without practice, in no light."""
    page = admitted(color_scheme=scheme).page

    for address in SCREENS:
        page.goto(address)
        assert [] == barriers(page), address
    page.get_by_role("switch", name="Practice").click()
    assert page.get_by_text("nothing on this page is sent for real").is_visible()
    assert [] == barriers(page)


@pytest.mark.parametrize("window", WINDOWS)
def test_screens_fit_every_window(admitted: Callable[..., Visitor], window: str) -> None:
    """A desk, a telephone, letters of twice the size: nothing is cut off."""
    page = admitted(viewport=WINDOWS[window]).page

    for address in SCREENS:
        page.goto(address)
        assert [] == cut_off(page), address


def test_a_stranger_is_shown_the_door_in_words(program: PageProgram, visit: Callable[..., Visitor]) -> None:
    """Who has no key reads what to do, and that page shuts nobody out either."""
    page = visit().page

    answer = page.goto(f"{program.origin}/")

    assert answer
    assert 403 == answer.status
    assert [] == barriers(page)
