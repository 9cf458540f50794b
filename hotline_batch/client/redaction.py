"""Server text -> text without our secrets, without markup and control characters, short enough for a cell."""

from __future__ import annotations

import base64
import html
import html.entities
import re
from collections.abc import Iterable
from functools import cache, cached_property

_REASON_CHARACTERS = 300
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_NOT_PRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+"
)
_SPACES = re.compile(r"\s+")
_DEEPEST = 20
_URL_LETTERS = str.maketrans("+/", "-_")
_FEWEST_LETTERS = 8
"""Fewer letters of Base64 may come about by chance."""
_SMALLEST_NUMBER = 100_000
"""Smaller numbers are everywhere: for a key of zeros, or of zeros and a 1, every count would be hidden."""
_MARKS_OF_ESCAPES = re.compile(r"[\\%&]")


class Redactor:
    """Replaces secrets by value wherever a server echoes them, also in JSON, URL, HTML or Base64, nested or not."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._plain = _any_of(form for secret in self._secrets for form in _spellings(secret))
        # As a number, a key of more than 15 digits comes back rounded from a service of JavaScript.
        numbers = (float(secret) for secret in self._secrets if secret.isascii() and secret.isdecimal())
        self._numbers = frozenset(number for number in numbers if number >= _SMALLEST_NUMBER)

    @cached_property
    def _escaped(self) -> re.Pattern[str] | None:
        # Made when the first text with an escape comes: it costs as much as ten requests.
        return _any_of(map(_in_any_escape, self._secrets))

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        if self._plain is None:
            return text
        text = self._plain.sub("***", text)
        if not text.isprintable():
            # A result sheet drops what no cell may hold, which would put the pieces of a secret together.
            kept = _NOT_PRINTABLE.sub("", text)
            if self._plain.search(kept):
                text = self._plain.sub("***", kept)
        if _MARKS_OF_ESCAPES.search(text) is None or self._escaped is None:
            return text
        return self._escaped.sub("***", text)

    def fields(self, value: object) -> object:
        """A parsed JSON value without secrets, in keys and values; nesting beyond 20 levels is cut."""
        return self._cleaned(value, 0)

    def _cleaned(self, value: object, depth: int) -> object:
        if isinstance(value, str):
            return self.text(value)
        if depth >= _DEEPEST:
            return "…"
        if isinstance(value, dict):
            return {self.text(str(key)): self._cleaned(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self._cleaned(item, depth + 1) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            # A key of digits may be echoed as a number, or as part of one.
            cleaned = "***" if self._is_secret_number(value) else self.text(str(value))
            return value if cleaned == str(value) else cleaned
        return value

    def _is_secret_number(self, value: object) -> bool:
        if not self._numbers or isinstance(value, bool) or not isinstance(value, int | float):
            return False
        try:
            return float(value) in self._numbers
        except OverflowError:
            return False

    def reason(self, text: str) -> str:
        """One plain line for a person: no tags, no control characters, at most 300 characters."""
        text = self.text(text)
        joined = _NOT_PRINTABLE.sub("", html.unescape(_TAGS.sub("", text)))
        if self._plain is not None and self._plain.search(joined):
            text = self._plain.sub("***", joined)  # the secret was cut into pieces by tags
        plain = html.unescape(_TAGS.sub(" ", text))
        line = _SPACES.sub(" ", _NOT_PRINTABLE.sub(" ", self.text(plain))).strip()
        return line if len(line) <= _REASON_CHARACTERS else f"{line[: _REASON_CHARACTERS - 1]}…"


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = "|".join(patterns)
    return re.compile(alternatives) if alternatives else None


def _spellings(secret: str) -> tuple[str, ...]:
    """Patterns for the secret as it is, in hex, and in Base64 wherever it stands in what was encoded."""
    return re.escape(secret), f"(?i:{secret.encode().hex()})", *_in_base64(secret)


def _in_base64(secret: str) -> tuple[str, ...]:
    raw = secret.encode()
    found: set[str] = set()
    for before in range(3):  # bytes of the group of three in which the secret begins
        whole = (len(raw) + before) // 3 * 3 - before
        # Letters that also tell of neighbours are left out: they differ from text to text.
        letters = base64.b64encode(b"\0" * before + raw[:whole])[(0, 2, 3)[before] :].decode()
        found |= {letters, letters.translate(_URL_LETTERS)}
        if before == 0:
            found |= {base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    longest_first = sorted((letters for letters in found if len(letters) >= _FEWEST_LETTERS), key=len, reverse=True)
    return tuple(re.escape(letters) + "={0,2}" for letters in longest_first)


def _in_any_escape(secret: str) -> str:
    """A pattern for the secret with any of its characters escaped in any of the usual ways, also several times over.

    The numbers are bounds: without them a long row of backslashes would take hours.
    """
    return "".join(map(_character_in_any_escape, secret))


@cache
def _character_in_any_escape(character: str) -> str:
    code = ord(character)
    named = [re.escape(name) for name, value in html.entities.html5.items() if value == character]
    entities = "|".join(
        [rf"#0{{0,6}}{code}", rf"#[xX]0{{0,6}}(?i:{code:x})", *(name.removesuffix(";") for name in named)]
    )
    escapes = [
        rf"\\{{0,15}}{re.escape(character)}",  # JSON, once or nested
        rf"\\{{1,15}}(?:u00|x)(?i:{code:02x})",  # JSON and JavaScript
        rf"%(?:25){{0,4}}(?i:{code:02x})",  # URL, once or nested
        rf"&(?:amp;){{0,4}}(?:{entities});?",  # HTML, once or nested
    ]
    return f"(?:{'|'.join(escapes)})"
