"""The sample sheets that come with the program, for whoever tries it out in a folder of their own."""

from __future__ import annotations

from pathlib import Path

_FOLDER = "sample_data"


def samples_folder() -> Path:
    """Where the samples lie: inside the installed package, else beside it."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "_data" / _FOLDER
    return packaged if packaged.is_dir() else package.parent / _FOLDER


def sample_instead(sheet: str) -> Path | None:
    """The sample behind ``sample_data/NAME`` where the working folder has no such file; None for any other sheet."""
    named = Path(sheet)
    if named.parts[:-1] != (_FOLDER,) or named.exists():
        return None
    sample = samples_folder() / named.name
    return sample if sample.is_file() else None
