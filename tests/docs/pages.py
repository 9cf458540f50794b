"""The pages of the documentation -> their commands and the messages that they quote."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GENERATED = ("codes.md", "reference.md")

RUN_ID = re.compile(r"\b\d{8}-\d{6}-[a-z0-9]{4}\b")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4,}.*$", re.MULTILINE)
# Within indented blocks commands stand behind paths, schedules and variables.
_COMMAND = re.compile(r"\bhotline-batch(?:\.exe)? [a-z].*")


def names() -> list[str]:
    """Every page that people wrote."""
    return sorted(path.name for path in DOCS.glob("*.md") if path.name not in GENERATED)


def text_of(name: str) -> str:
    """A page's text."""
    return (DOCS / name).read_text("utf-8")


def blocks(name: str, kind: str) -> list[str]:
    """The fenced blocks of a kind, such as ``sh`` or ``text``."""
    return [text for found, text in _FENCE.findall(text_of(name)) if found == kind]


def commands(name: str) -> list[str]:
    """Every command line of the page's ``sh`` blocks, in their order."""
    lines = [line for block in blocks(name, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("hotline-batch ")]


def commands_elsewhere(name: str) -> list[str]:
    """Command lines of indented blocks, such as schedules, and of the text, unless they hold placeholders."""
    prose = _FENCE.sub("", text_of(name))
    indented = [found[0].rstrip('" ^') for line in _INDENTED.findall(prose) for found in _COMMAND.finditer(line)]
    inline = re.findall(r"`(hotline-batch [a-z]+ [^`\n]+)`", prose)
    return [line for line in [*indented, *inline] if not re.search(r"(?<!\S)[A-Z]{3,}\b(?!=)", line)]


def quotes(name: str) -> list[str]:
    """The messages that the page quotes, a line each."""
    return [line.strip() for block in blocks(name, "text") for line in block.splitlines() if line.strip()]
