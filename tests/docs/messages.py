"""The program's source -> whether a line is something that it can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "hotline_batch"

# A pattern with fewer letters of its own would fit nearly any line.
_FEWEST_LETTERS = 10
_BEFORE = re.compile(r"^(?:Error: |Stopped early: )")
_SENTENCE_END = re.compile(r"([.:?]) ")
_BLANKS_AROUND = re.compile(r"^(?:\\\s)+|(?:\\\s)+$")  # as re.escape writes them


def is_said(line: str) -> bool:
    """Whether the line is made of sentences of the program, one after the other, with any values filled in."""
    return _is_made_of_sentences(_BEFORE.sub("", line)) or _is_made_of_sentences(line)


def _is_made_of_sentences(text: str) -> bool:
    ends = [*(found.end(1) for found in _SENTENCE_END.finditer(text)), len(text)]
    return any(
        sentence.fullmatch(text, 0, end) and (end == len(text) or _is_made_of_sentences(text[end:].lstrip()))
        for end in ends
        for sentence in _sentences()
    )


@cache
def _sentences() -> tuple[re.Pattern[str], ...]:
    """Every text of the source as a pattern."""
    patterns = {pattern for path in PACKAGE.rglob("*.py") for pattern in _patterns(ast.parse(path.read_text("utf-8")))}
    return tuple(re.compile(pattern) for pattern in patterns)


def _patterns(tree: ast.AST) -> Iterator[str]:
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in documentation:
            continue
        pieces: list[ast.expr] = []
        if isinstance(node, ast.JoinedStr):
            pieces = list(node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            pieces = [node]
        own = "".join(str(piece.value) for piece in pieces if isinstance(piece, ast.Constant))
        if sum(letter.isalpha() for letter in own) >= _FEWEST_LETTERS:
            yield _BLANKS_AROUND.sub("", "".join(_piece(piece) for piece in pieces))


def _piece(piece: ast.expr) -> str:
    if isinstance(piece, ast.Constant):
        # Some texts are filled in later, by str.format.
        return ".+?".join(re.escape(part) for part in re.split(r"\{\w*\}", str(piece.value)))
    return ".*?"  # nothing, too: words that are said only where they are due
