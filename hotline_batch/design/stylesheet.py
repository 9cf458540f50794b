"""The files of the look -> one stylesheet, for whoever writes pages."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import PackageLoader

FRAGMENTS = PackageLoader("hotline_batch.design", "")
"""Finds ``fragments.html.j2``, the macros that pages share. None of them needs a style attribute or a script."""


def shared_stylesheet() -> str:
    """Palette, type and the parts that every page has. Nothing in it is fetched from anywhere."""
    folder = files("hotline_batch.design")
    return "\n".join(folder.joinpath(name).read_text("utf-8") for name in ("tokens.css", "parts.css"))
