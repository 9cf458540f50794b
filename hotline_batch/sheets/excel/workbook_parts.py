"""The parts of an Open XML workbook -> its worksheets, and where its styles and shared texts are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree.ElementTree import Element

from hotline_batch.model.sheets import HEADER_NAME
from hotline_batch.sheets.cells.cell import LAST_ROW, Area
from hotline_batch.sheets.excel.values import NumberFormats
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.zip_safety import Package

_WHOLE_ROW = re.compile(r"(?:'(?P<quoted>.+)'|(?P<plain>.+))!\$(?P<row>[0-9]{1,7}):\$(?P=row)", re.DOTALL)
_TRUE = frozenset({"1", "true", "on"})


@dataclass(frozen=True, slots=True)
class WorkbookParts:
    """What the workbook says of itself; ``shared_strings`` and ``styles`` are empty where it has none.

    ``counts_from_1904``: its dates are numbered as in old programs of the Macintosh.
    """

    worksheets: tuple[Worksheet, ...]
    shared_strings: str
    styles: str
    counts_from_1904: bool


class LaidLink(NamedTuple):
    """A link over cells: ``relation`` names its target among the worksheet's relations, ``place`` a spot within."""

    area: Area
    relation: str
    place: str


def workbook_parts(package: Package) -> WorkbookParts:
    """What the workbook's own part and its relations say; charts, dialogs and macro sheets are no worksheets."""
    workbook = _workbook_part(package)
    root = package.xml(workbook)
    relations = package.relations(workbook)
    others = {kind: package.path(workbook, target) for kind, target in relations.values()}
    properties = next(_elements(root, "workbookPr"), None)
    return WorkbookParts(
        _worksheets(package, workbook, root),
        _existing(package, others.get("sharedStrings", ""), package.path(workbook, "sharedStrings.xml")),
        _existing(package, others.get("styles", ""), package.path(workbook, "styles.xml")),
        properties is not None and properties.get("date1904", "").lower() in _TRUE,
    )


def number_formats(package: Package, styles: str) -> NumberFormats:
    """The formats of a workbook's styles."""
    if not styles:
        return NumberFormats()
    root = package.xml(styles)
    # Conditional formats have formats of their own, under the same numbers.
    own, cells = next(_elements(root, "numFmts"), None), next(_elements(root, "cellXfs"), None)
    codes = {} if own is None else {_number(each): each.get("formatCode", "") for each in _elements(own, "numFmt")}
    return NumberFormats([] if cells is None else map(_number, _elements(cells, "xf")), codes)


def addresses_of(links: Sequence[LaidLink], package: Package, part: str) -> Sequence[Area]:
    """The areas of a worksheet's links, with their addresses; what leads nowhere is left out."""
    targets = package.relations(part) if any(link.relation for link in links) else {}
    found = []
    for area, relation, place in links:
        target = targets.get(relation, ("", ""))[1]
        if address := f"{target}#{place}" if place else target:
            found.append(area._replace(detail=address))
    return found


def _worksheets(package: Package, workbook: str, root: Element) -> tuple[Worksheet, ...]:
    relations = package.relations(workbook)
    view = next(_elements(root, "workbookView"), None)
    active = None if view is None else view.get("activeTab", "0")
    headers = dict(_header_rows(root))
    sheets = next(_elements(root, "sheets"), None)
    found = []
    for index, sheet in enumerate(() if sheets is None else _elements(sheets, "sheet")):
        relation = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        kind, target = relations.get(relation, ("worksheet", ""))
        if kind != "worksheet":
            continue
        part = package.path(workbook, target) if target else ""
        is_visible = sheet.get("state", "visible") == "visible"
        name = sheet.get("name", "")
        found.append(Worksheet(name, part, is_visible, str(index) == active, headers.get(name)))
    return tuple(found)


def _header_rows(root: Element) -> Iterator[tuple[str, int]]:
    """A worksheet and the row that a sheet of ours names its header; programs keep the name when rows move."""
    for name in _elements(root, "definedName"):
        found = _WHOLE_ROW.fullmatch(name.text or "") if name.get("name") == HEADER_NAME else None
        if found and 0 < int(found["row"]) <= LAST_ROW:
            yield (found["plain"] or found["quoted"].replace("''", "'")), int(found["row"])


def _workbook_part(package: Package) -> str:
    """The path of the part that names the worksheets."""
    named = next(
        (package.path("", target) for kind, target in package.relations("").values() if kind == "officeDocument"), ""
    )
    return named if named in package else "xl/workbook.xml"


def _existing(package: Package, *parts: str) -> str:
    return next((part for part in parts if part and part in package), "")


def _number(element: Element) -> int:
    """The number of a format; General where there is none that can be read."""
    text = element.get("numFmtId", "0")
    return int(text) if text.isdecimal() else 0


def _elements(root: Element, tag: str) -> Iterator[Element]:
    return (element for element in root.iter() if str(element.tag).rpartition("}")[2] == tag)
