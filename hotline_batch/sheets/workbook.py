"""The parts of a workbook -> its worksheets, and the one that is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from hotline_batch.errors import SheetError
from hotline_batch.sheets.number_formats import styles_that_format
from hotline_batch.sheets.package import Package, damaged


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One worksheet; ``part`` is its path in the package, ``active`` whether the program opens the file on it."""

    name: str
    part: str
    visible: bool
    active: bool


def worksheets(package: Package) -> list[Worksheet]:
    """The worksheets in the order of their tabs, charts left out."""
    workbook = workbook_part(package)
    root = package.xml(workbook)
    relations = package.relations(workbook)
    view = next(_elements(root, "workbookView"), None)
    active = view.get("activeTab", "0") if view is not None else "0"
    found = []
    for index, sheet in enumerate(_elements(root, "sheet")):
        relation = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        kind, target = relations.get(relation, ("", ""))
        if kind != "worksheet":
            continue
        part = package.path(workbook, target)
        # Only parts of this name are checked before they are parsed.
        if part not in package or not part.lower().endswith(".xml"):
            raise damaged(package.name, f"its worksheet '{sheet.get('name', '')}' is missing")
        visible = sheet.get("state", "visible") == "visible"
        found.append(Worksheet(sheet.get("name", ""), part, visible, str(index) == active))
    if not found:
        raise damaged(package.name, "it has no worksheet")
    if len({sheet.name for sheet in found}) < len(found):
        raise damaged(package.name, "two worksheets have the same name")
    return found


def formatted_styles(package: Package) -> frozenset[int]:
    """The styles, by index, whose cells show something else than the number that they hold."""
    workbook = workbook_part(package)
    part = next(
        (package.path(workbook, target) for kind, target in package.relations(workbook).values() if kind == "styles"),
        "",
    )
    if not part or part not in package:
        return frozenset()
    root = package.xml(part)
    codes = {_format_number(each): each.get("formatCode", "") for each in _elements(root, "numFmt")}
    formats = next(_elements(root, "cellXfs"), None)
    return styles_that_format([] if formats is None else map(_format_number, _elements(formats, "xf")), codes)


def _format_number(element: Element) -> int:
    """The number of a format; General where there is none that can be read."""
    text = element.get("numFmtId", "0")
    return int(text) if text.isdecimal() else 0


def workbook_part(package: Package) -> str:
    """The path of the part that names the worksheets."""
    named = next(
        (package.path("", target) for kind, target in package.relations("").values() if kind == "officeDocument"), ""
    )
    return named if named in package else "xl/workbook.xml"


def _elements(root: Element, tag: str) -> Iterator[Element]:
    return (element for element in root.iter() if str(element.tag).rpartition("}")[2] == tag)


def choose_worksheet(found: Sequence[Worksheet], asked: str | None, name: str) -> tuple[Worksheet, str]:
    """The worksheet asked for, also a hidden one; else the only visible one; else the active one. And a notice of it.

    SheetError where the name is unknown, or where all worksheets are hidden.
    """
    names = ", ".join(f"'{sheet.name}'" + ("" if sheet.visible else " (hidden)") for sheet in found)
    if asked is not None:
        chosen = next((sheet for sheet in found if sheet.name == asked), None) or next(
            (sheet for sheet in found if sheet.name.strip().casefold() == asked.strip().casefold()), None
        )
        if chosen is None:
            raise SheetError(f"{name} has no worksheet '{asked}'. It has {names}. Correct --worksheet.")
        return chosen, f"Worksheet '{chosen.name}'"
    visible = [sheet for sheet in found if sheet.visible]
    if not visible:
        raise SheetError(f"All worksheets of {name} are hidden: {names}. Name one with --worksheet.")
    chosen = next((sheet for sheet in visible if sheet.active), visible[0])
    if len(found) == 1:
        return chosen, f"Worksheet '{chosen.name}'"
    return chosen, f"Worksheet '{chosen.name}' of {len(found)}: {names}. Choose another with --worksheet"


def only_filled_worksheet(
    names: Sequence[str], visible: Sequence[str], asked: str | None, is_filled: Callable[[str], bool], file: str
) -> str:
    """The worksheet asked for, else the only visible one with cells: old programs add empty ones by themselves.

    SheetError where the name is unknown, where no worksheet is left, or where several could be meant.
    """
    if asked is not None and asked not in names:
        raise SheetError(f"{file} has no worksheet '{asked}'. It has {', '.join(map(repr, names))}.")
    if asked is None and not visible:
        raise SheetError(f"{file} has no visible worksheet. Name one with --worksheet: {', '.join(names)}.")
    filled = [name for name in ([asked] if asked is not None else visible) if is_filled(name)]
    if len(filled) > 1:
        raise SheetError(
            f"{file} has several worksheets with cells: {', '.join(map(repr, filled))}. "
            "Name the one to read with --worksheet."
        )
    if not filled:
        raise SheetError(f"{file} is empty. Fill in a header row and at least one row below it.")
    return filled[0]
