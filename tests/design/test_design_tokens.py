"""The palette: readable in light, dark and print, the same as in result workbooks, nothing from elsewhere."""

from __future__ import annotations

import re

import pytest
from jinja2 import Environment, StrictUndefined

from hotline_batch.design.stylesheet import FRAGMENTS, shared_stylesheet
from hotline_batch.model.jobs import Status
from hotline_batch.results.formatting import PRACTICE_COLOUR, STATUS_COLOURS

THEMES = ("light", "dark", "print")
PAPERS = ("ground", "surface")
TONES = ("good", "bad", "doubt", "mend", "quiet", "waiting")
TEXTS = (
    *((ink, paper) for ink in ("ink", "soft", "accent", "accent-strong") for paper in (*PAPERS, "sunken")),
    *((f"{tone}-ink", f"{tone}-tint") for tone in TONES),
    *((f"{tone}-ink", paper) for tone in TONES for paper in PAPERS),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("practice-ink", "practice"),
    ("accent", "accent-tint"),
    ("ink", "accent-tint"),
)
EDGES = tuple(("line-strong", paper) for paper in PAPERS)


def palette(theme: str) -> dict[str, str]:
    """The colours of a theme, those of the light one beneath."""
    parts = re.split(r"@media [^{]*\b(dark|print)\b[^{]*\{", shared_stylesheet())
    by_theme = {"light": parts[0]} | {parts[at]: parts[at + 1] for at in (1, 3)}
    found = re.compile(r"--([\w-]+): #([0-9a-f]{6});")
    return dict(found.findall(by_theme["light"])) | dict(found.findall(by_theme[theme]))


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read(theme: str) -> None:
    """4.5:1 for texts, 3:1 for the edges of fields."""
    colours = palette(theme)

    low = {
        (above, below): round(contrast(colours[above], colours[below]), 2)
        for pairs, least in ((TEXTS, 4.5), (EDGES, 3.0))
        for above, below in pairs
        if contrast(colours[above], colours[below]) < least
    }

    assert {} == low


def test_pages_and_workbooks_have_the_same_colours() -> None:
    """Who knows the result sheet knows the page."""
    colours = palette("light")

    shown = {status.value: "sent" if status is Status.ENRICHED else status.value.replace("_", "-") for status in Status}
    assert {status: colour.lower() for status, colour in STATUS_COLOURS.items()} == {
        status: colours[name] for status, name in shown.items()
    }
    assert PRACTICE_COLOUR.lower() == colours["practice"]


def test_stylesheet_fetches_nothing() -> None:
    """No font, no picture, no sheet from anywhere: pages work without a network."""
    assert not re.search(r"@import|@font-face|url\(|https?:", shared_stylesheet())


def test_fragments_hold_to_a_strict_content_security_policy() -> None:
    """The page forbids style attributes and scripts, and texts of strangers are escaped."""
    environment = Environment(loader=FRAGMENTS, autoescape=True, undefined=StrictUndefined)
    shared = environment.get_template("fragments.html.j2").module

    drawn = [
        shared.practice("Practice: <nothing> was sent.", "Practice"),
        shared.status("not_attempted", "not attempted"),
        shared.figure("1,200", "rows <sent>"),
        shared.shares([("sent", 3), ("failed", 0), ("unknown", 1)], "3 sent, 1 unknown"),
    ]

    page = "".join(map(str, drawn))
    assert not re.search(r"style=|<script|on\w+=", page)
    assert "&lt;nothing&gt;" in page
    assert "rows &lt;sent&gt;" in page
    assert ">not attempted</span>" in page
    assert re.findall(r'<rect class="fill-(\w+)" x="([\d.]+)" y="0" width="([\d.]+)"', page) == [
        ("sent", "0.00", "750.00"),
        ("unknown", "750.00", "250.00"),
    ]
