"""A page as somebody without JavaScript uses it: reads, fills forms in, presses buttons, follows links."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event
from typing import Any

from lxml import html

from tests.support.page.page_server import Answer, Browser

_MOST_REDIRECTS = 5
_PATIENCE_SECONDS = 180.0
_LOOK_EVERY_SECONDS = 0.1


@dataclass
class Visit:
    """One page that is open in a browser."""

    browser: Browser
    address: str
    answer: Answer
    typed: dict[str, str] = field(default_factory=dict)

    @cached_property
    def tree(self) -> Any:
        """The page, parsed."""
        return html.fromstring(self.answer.text)

    @property
    def is_page(self) -> bool:
        """Whether it is a page at all, and no file."""
        return self.answer.headers.get("content-type", "").startswith("text/html")

    @property
    def words(self) -> str:
        """What can be read on it, blanks put together."""
        return _read(self.tree.xpath("//main")[0])

    @property
    def title(self) -> str:
        """The title of the page."""
        return str(self.tree.findtext(".//title"))

    @property
    def buttons(self) -> list[str]:
        """The words of all buttons of its content."""
        return [_read(button) for button in self.tree.xpath("//main//button")]

    def fill(self, name: str, text: str) -> Visit:
        """Type into a field, or tick a box with ``yes``."""
        assert self.tree.xpath(f"//main//*[@name='{name}']"), f"there is no field {name}"
        self.typed[name] = text
        return self

    @property
    def goes_on_at(self) -> str:
        """Where a page that only says that something takes a while goes on by itself; empty for any other."""
        if not self.tree.xpath("//*[@data-goes-on]"):
            return ""
        target = self.tree.xpath("//meta[@http-equiv='refresh']/@content")[0].partition("url=")[2]
        return str(target) or self.address

    def press(self, words: str, *, waits: bool = True) -> Visit:
        """Press the button that begins with these words, and see what comes: in the end, or at once."""
        found = [each for each in self.tree.xpath("//main//button") if _read(each).startswith(words)]
        assert found, f"there is no button '{words}' among {self.buttons}"
        return self.click(found[0], waits=waits)

    def click(self, button: Any, *, waits: bool = True) -> Visit:
        """Press this button of the page."""
        form = button.xpath("ancestor::form")[0]
        fields = [(name, self.typed.get(name, text)) for name, text in form.form_values()]
        names = {name for name, _ in fields}
        inside = {element.get("name") for element in form.xpath(".//*[@name]")}
        fields += [(name, text) for name, text in self.typed.items() if name in inside - names]
        if button.get("name"):
            fields.append((button.get("name"), button.get("value", "")))
        action = form.get("action").partition("#")[0]
        return visit(self.browser, action, self.browser.post(action, fields), waits=waits)

    def upload(self, words: str, name: str, content: bytes) -> Visit:
        """Choose a file in the form of the button with these words, and press it."""
        found = next(each for each in self.tree.xpath("//main//button") if _read(each).startswith(words))
        form = found.xpath("ancestor::form")[0]
        fields = {each: self.typed.get(each, text) for each, text in form.form_values() if each != "file"}
        answer = self.browser.upload(form.get("action"), name, content, fields, field_name="file")
        return visit(self.browser, form.get("action"), answer)

    def follow(self, words: str) -> Visit:
        """Follow the link with these words."""
        link = next(each for each in self.tree.xpath("//main//a") if _read(each) == words)
        target = link.get("href")
        return opened(self.browser, target if target.startswith("/") else f"{self.address.split('?')[0]}{target}")

    def reload(self, *, waits: bool = True) -> Visit:
        """The same address again."""
        return opened(self.browser, self.address, waits=waits)


def opened(browser: Browser, address: str, *, waits: bool = True) -> Visit:
    """Open an address; where it leads on, go on."""
    return visit(browser, address, browser.get(address.split("#", maxsplit=1)[0]), waits=waits)


def visit(browser: Browser, address: str, answer: Answer, *, waits: bool = True) -> Visit:
    """What came, or where it leads; behind a page that says that it takes a while, on a machine that is busy."""
    found = _led(browser, address, answer)
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    while waits and found.is_page and found.goes_on_at:
        assert time.monotonic() < ends_at, found.words
        Event().wait(_LOOK_EVERY_SECONDS)
        found = _led(browser, found.goes_on_at, browser.get(found.goes_on_at))
    return found


def _led(browser: Browser, address: str, answer: Answer) -> Visit:
    for _ in range(_MOST_REDIRECTS):
        if answer.status != 303:
            break
        address = re.sub("#.*", "", answer.headers["location"])
        answer = browser.get(address)
    return Visit(browser, address, answer)


def hand_in(browser: Browser, name: str, content: bytes, kind: str = "send") -> Visit:
    """Upload a sheet as the first page does."""
    return visit(browser, "/sheets", browser.upload("/sheets", name, content, {"kind": kind}, field_name="file"))


def _read(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())
