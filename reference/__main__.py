"""The program -> docs/reference.md and docs/codes.md. Run it after a change of commands, settings or codes."""

from __future__ import annotations

from pathlib import Path

from reference.codes import codes_page
from reference.page import reference_page

DOCS = Path(__file__).resolve().parents[1] / "docs"

PAGES = {"reference.md": reference_page, "codes.md": codes_page}
"""File name -> what makes its text."""


def main() -> None:
    """Write every page anew."""
    for name, made in PAGES.items():
        (DOCS / name).write_text(made(), "utf-8")


if __name__ == "__main__":
    main()
