"""The XML of one part -> its elements, as the text flows by: each whole, in turn, and forgotten when it has passed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import Any, Final, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from hotline_batch.language.words import words
from hotline_batch.sheets.refusals import damaged, suspicious

_COMPATIBILITY: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_BRANCHES: Final = frozenset({f"{_COMPATIBILITY}Choice", f"{_COMPATIBILITY}Fallback"})
_UNDERSTOOD: Final = (
    "http://schemas.microsoft.com/office/",
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/",
)
"""How the namespaces begin that Excel knows: of alternate content a person sees the branch that asks for them."""
_DEEPEST: Final = 500
_MOST_ELEMENTS: Final = 500_000
"""Within one element; a row of an OpenDocument spreadsheet has 16,384 cells at most, of a few elements each."""


def bare(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


class XmlStream:
    """One parse of one part; ``root`` is its first tag, ``path`` the elements around the one that was given last.

    ``file`` and ``part`` are named where the XML is not well formed.
    """

    def __init__(self, chunks: Iterable[bytes], file: str, part: str) -> None:
        self.path: list[Element] = []
        self.root = ""
        self._chunks = chunks
        self._file = file
        self._part = part
        self._kept: Element | None = None
        self._namespaces: dict[str, str] = {}

    def elements(self, wanted: Collection[str], begun: Collection[str] = ()) -> Iterator[Element]:
        """Each element of the names that are ``wanted``, with all that it holds; of those ``begun``, at its start.

        A name without a namespace means that of the root. Of alternate content, only the branch is given that a person
        sees. SheetError where the XML is not well formed, or no program would write it.
        """
        parser: XMLPullParser[Element] = XMLPullParser(("start-ns", "start", "end"))
        names, starts = frozenset(wanted), frozenset(begun)
        try:
            for chunk in self._chunks:
                parser.feed(chunk)
                yield from self._elements_so_far(parser, names, starts)
                self._forget()
            parser.close()
            yield from self._elements_so_far(parser, names, starts)
        except ParseError as error:
            raise damaged(self._file, words("the XML of its part {part} is not valid", part=self._part)) from error

    def _elements_so_far(
        self, parser: XMLPullParser[Element], wanted: Collection[str], begun: Collection[str]
    ) -> Iterator[Element]:
        names = self._in_namespace(wanted)
        kept = self._kept
        for event, element in cast("Iterator[tuple[str, Any]]", parser.read_events()):
            if kept is not None and element is not kept:
                continue
            if event == "start":
                if not self.path:
                    self.root = element.tag
                    names = self._in_namespace(wanted)
                if element.tag in names or self._is_passed_over(element):
                    kept = self._kept = element
                self.path.append(element)
                if element.tag in begun and kept is None:
                    yield element
            elif event == "end":
                self.path.pop()
                if kept is not None:
                    kept = self._kept = None
                    if element.tag in names:
                        yield element
            else:
                prefix, namespace = element
                self._namespaces[prefix] = namespace

    def _in_namespace(self, names: Collection[str]) -> frozenset[str]:
        namespace = self.root.removesuffix(bare(self.root))
        return frozenset(name if name.startswith("{") else namespace + name for name in names)

    def _is_passed_over(self, element: Element) -> bool:
        """Whether it is a branch of alternate content, and not the first that is understood."""
        if element.tag not in _BRANCHES:
            return False
        alternatives = self.path[-1]
        required = element.get("Requires", "").split()
        understood = all(self._namespaces.get(prefix, "").startswith(_UNDERSTOOD) for prefix in required)
        if alternatives.get("chosen") or not (understood or element.tag.endswith("Fallback")):
            return True
        alternatives.set("chosen", "yes")
        return False

    def _forget(self) -> None:
        """Let go of all that is over, outside of the element that is being gathered."""
        if len(self.path) > _DEEPEST or (self._kept is not None and sum(1 for _ in self._kept.iter()) > _MOST_ELEMENTS):
            raise suspicious(self._file, words("its part {part} holds one row or text without an end", part=self._part))
        for parent, child in pairwise([*self.path, None]):
            if parent is None or parent is self._kept:
                return
            parent[:] = [] if child is None else [child]
