"""Folders that come with the program: inside the installed package, else beside it."""

from __future__ import annotations

from pathlib import Path


def templates_folder() -> Path:
    """Where the message templates lie, those of other languages each in a folder that is called as the language."""
    return _folder("templates")


def samples_folder() -> Path:
    """Where the sample sheets lie."""
    return _folder("sample_data")


def _folder(name: str) -> Path:
    package = Path(__file__).resolve().parent
    packaged = package / "_data" / name
    return packaged if packaged.is_dir() else package.parent / name
