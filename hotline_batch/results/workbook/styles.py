"""How cells look: XlsxWriter's names for the properties of headers, links, statuses."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hotline_batch.model import Status

HEADER_LOOK: Final[Mapping[str, object]] = MappingProxyType({"bold": True, "bg_color": "#D9E1F2"})
LINK_LOOK: Final[Mapping[str, object]] = MappingProxyType({"font_color": "#0563C1", "underline": 1})

STATUS_FILLS: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.SENT: "#C6EFCE",
        Status.ENRICHED: "#C6EFCE",
        Status.FAILED: "#FFC7CE",
        Status.UNKNOWN: "#FFD966",
        Status.INVALID: "#F8CBAD",
        Status.SKIPPED: "#E7E6E6",
        Status.NOT_ATTEMPTED: "#DDEBF7",
    }
)

LINE_POINTS: Final = 15
"""How high a line of text is."""
