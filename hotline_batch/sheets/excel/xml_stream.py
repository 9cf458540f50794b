"""The XML of one part -> calls for its elements, as it flows by: namespaces told apart, alternate content chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol
from xml.parsers import expat

from hotline_batch.sheets.zip_safety import damaged

_COMPATIBILITY: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006 "
_ALTERNATE_CONTENT: Final = f"{_COMPATIBILITY}AlternateContent"
_UNDERSTOOD: Final = (
    "http://schemas.microsoft.com/office/",
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/",
)
"""How the namespaces begin that Excel knows: of alternate content a person sees the branch that asks for them."""


class Handlers(Protocol):
    """Told of elements by the namespace, a blank, and the bare name. Speed counts: the parser calls them directly.

    What they do not know they hand to ``stream.start`` and ``stream.end``.
    """

    stream: XmlStream

    def begin(self, root: str, prefix: str) -> None:
        """The root's bare name, and what stands before the bare name of each element of its namespace."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""


class XmlStream:
    """One parse of one part; ``file`` and ``part`` are named where the XML is not well formed."""

    def __init__(self, handlers: Handlers, file: str, part: str) -> None:
        self._handlers = handlers
        self._file = file
        self._part = part
        self._namespaces: dict[str, str] = {}
        self._is_chosen: list[bool] = []
        self._skipped = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        """Its ``CharacterDataHandler`` belongs to the handlers."""
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._root
        self.parser.StartNamespaceDeclHandler = self._namespace
        handlers.stream = self

    def feed(self, chunks: Iterable[bytes]) -> Iterator[None]:
        """Parse chunk after chunk, with a pause after each. SheetError where the XML is not well formed."""
        try:
            for chunk in chunks:
                self.parser.Parse(chunk, False)
                yield
            self.parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, OverflowError) as error:
            raise damaged(self._file, f"the XML of its part {self._part} is not valid") from error
        yield

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins that the handlers do not know: choose the branch of alternate content, skip the others."""
        if not name.startswith(_COMPATIBILITY):
            return
        word = name.removeprefix(_COMPATIBILITY)
        if word == "AlternateContent":
            self._is_chosen.append(False)
        elif self._is_chosen and not self._is_chosen[-1] and (word == "Fallback" or self._is_understood(attributes)):
            self._is_chosen[-1] = True
        else:
            self._skipped = 1
            self.parser.StartElementHandler = self._skip
            self.parser.EndElementHandler = self._skip_end

    def end(self, name: str) -> None:
        """An element ends that the handlers do not know."""
        if name == _ALTERNATE_CONTENT:
            self._is_chosen.pop()

    def _namespace(self, prefix: str | None, namespace: str) -> None:
        self._namespaces[prefix or ""] = namespace

    def _root(self, name: str, *_: object) -> None:
        namespace, blank, word = name.rpartition(" ")
        self._handlers.begin(word, namespace + blank)
        self._resume()

    def _resume(self) -> None:
        self.parser.StartElementHandler = self._handlers.start
        self.parser.EndElementHandler = self._handlers.end

    def _is_understood(self, attributes: dict[str, str]) -> bool:
        required = attributes.get("Requires", "").split()
        return all(self._namespaces.get(prefix, "").startswith(_UNDERSTOOD) for prefix in required)

    def _skip(self, *_: object) -> None:
        self._skipped += 1

    def _skip_end(self, _: str) -> None:
        self._skipped -= 1
        if not self._skipped:
            self._resume()
