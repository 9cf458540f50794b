"""A page as somebody without JavaScript uses it: reads, fills forms in, presses buttons, follows links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import html

from tests.support.page_server import Answer, Browser

_MOST_REDIRECTS = 5


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

    def press(self, words: str) -> Visit:
        """Press the button that begins with these words, and see what comes."""
        found = [each for each in self.tree.xpath("//main//button") if _read(each).startswith(words)]
        assert found, f"there is no button '{words}' among {self.buttons}"
        form = found[0].xpath("ancestor::form")[0]
        fields = [(name, self.typed.get(name, text)) for name, text in form.form_values()]
        names = {name for name, _ in fields}
        inside = {element.get("name") for element in form.xpath(".//*[@name]")}
        fields += [(name, text) for name, text in self.typed.items() if name in inside - names]
        if found[0].get("name"):
            fields.append((found[0].get("name"), found[0].get("value", "")))
        action = form.get("action").partition("#")[0]
        return visit(self.browser, action, self.browser.post(action, fields))

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

    def reload(self) -> Visit:
        """The same address again."""
        return opened(self.browser, self.address)


def opened(browser: Browser, address: str) -> Visit:
    """Open an address; where it leads on, go on."""
    return visit(browser, address, browser.get(address.split("#", maxsplit=1)[0]))


def visit(browser: Browser, address: str, answer: Answer) -> Visit:
    """What came, or where it leads."""
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
