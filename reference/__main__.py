"""The program -> pages and a picture of docs/. Run it after a change of commands, settings, codes or results."""

from __future__ import annotations

from pathlib import Path

from reference.codes import codes_page
from reference.page import reference_page
from reference.picture import picture

DOCS = Path(__file__).resolve().parents[1] / "docs"

PAGES = {"reference.md": reference_page, "codes.md": codes_page, "result-sheet.svg": picture}
"""File name -> what makes its text."""


def main() -> None:
    """Write every page anew."""
    for name, made in PAGES.items():
        (DOCS / name).write_text(made(), "utf-8")


if __name__ == "__main__":
    main()
