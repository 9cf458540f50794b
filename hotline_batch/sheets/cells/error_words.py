"""The words that spreadsheet programs show in place of a value that they could not compute."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = frozenset(
    # as files have them, old and new; Google's; then German, French, Spanish, Italian, Portuguese, Dutch, Polish,
    # Russian, as they stand in texts that were pasted from there
    """
    #NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CONNECT! #BLOCKED! #UNKNOWN! #FIELD! #CALC!
    #BUSY! #EXTERNAL! #PYTHON! #TIMEOUT! #ERROR! #MACRO?
    #NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF! #KALK! #FELD! #VALEUR! #NOM? #NOMBRE! #NUL! #PROPAGATION!
    #N/D #¡VALOR! #¡REF! #¿NOMBRE? #¡NUM! #¡NULO! #¡DIV/0! #¡DESBORDAMIENTO! #VALORE! #RIF! #NOME? #NULLO! #VALOR!
    #NÚM! #NULO! #N/B #WAARDE! #VERW! #NAAM? #GETAL! #LEEG! #DEEL/0! #N/D! #ARG! #ADR! #NAZWA? #LICZBA! #ZERO!
    #DZIEL/0! #Н/Д #ЗНАЧ! #ССЫЛКА! #ИМЯ? #ЧИСЛО! #ПУСТО! #ДЕЛ/0! #ПЕРЕНОС!
    """.split()  # noqa: SIM905 - a list of 70 words in quotes is hard to read
)
_OFFICE_CODE: Final = re.compile(r"(?:Err|Fehler|Ошибка|Erreur|Error):[0-9]{3}")
_UNMISTAKABLE: Final = re.compile("|".join(re.escape(word) for word in _WORDS if word[-1] in "!?A" or "_" in word))
"""Within a text, #NV may be a hashtag; #N/A and what ends in a mark is none."""


def is_error_word(text: str) -> bool:
    """Whether the whole text is such a word: ``#N/A``, ``#ЗНАЧ!``, ``Err:502``.

    >>> is_error_word(" #REF! "), is_error_word("#1 in town!")
    (True, False)
    """
    text = text.strip()
    return text in _WORDS or _OFFICE_CODE.fullmatch(text) is not None


def holds_error_word(text: str) -> bool:
    """Whether such a word stands alone, or unmistakably within a text.

    >>> holds_error_word("Dear #N/A,"), holds_error_word("#NV"), holds_error_word("Made in #NV")
    (True, True, False)
    """
    return _UNMISTAKABLE.search(text) is not None or is_error_word(text)
