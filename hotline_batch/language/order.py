"""Names -> the order in which a reader looks for them."""

from __future__ import annotations

from unicodedata import combining, normalize

# Letters that stand behind the one that they are made from; other marks count for nothing at first, as in the root
# collation of the Unicode CLDR (Spanish adds ñ). Letters that a language puts at its end, such as the Swedish ö, stand
# with the one that they look like.
_OWN_LETTERS = "йñ"


def name_order(name: str) -> tuple[tuple[tuple[str, bool], ...], str]:
    """The key to sort names by: capitals, accents and umlauts decide only between names that are otherwise alike."""
    letters = [
        (_without_marks(letter), letter in _OWN_LETTERS)
        for letter in normalize("NFC", name.casefold())
        if not combining(letter)
    ]
    return tuple(letters), name


def _without_marks(letter: str) -> str:
    return "".join(part for part in normalize("NFKD", letter) if not combining(part))
