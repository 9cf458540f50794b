"""A message -> whether letters of it were lost, or a value never came, before it was written into the sheet."""

from __future__ import annotations

import re

from hotline_batch.plan.visible_text import without_invisible_ends
from hotline_batch.sheets.error_words import holds_error_word

_LOADING = re.compile(
    r"(?:Loading|Загрузка|Wird geladen|Lädt|Cargando|Chargement|Caricamento|Carregando)(?:\.\.\.|…)", re.IGNORECASE
)
"""What Google Sheets shows until it has a value, and exports where it never got one."""
_MAY_BE_ERROR = re.compile(r"#|\.\.\.|…|r:|ка:")

# What the bytes 0x80 to 0xBF of UTF-8 become in Windows' Western and Cyrillic code pages.
_WESTERN = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_CYRILLIC = "[ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ\u0098\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї]"
# Each of the patterns begins with one of these letters; at any other the whole choice would be tried for nothing.
_LEAD = "[\ufffd\u0080-\u009fÀ-ÿГРСвр]"
_SPOILT = re.compile(
    f"(?={_LEAD})(?:[\ufffd\u0080-\u009f]|ï¿½|Г[„њјџ¶±©¤¦§]|[ÂÃ]{_WESTERN}|â€{_WESTERN}?|ðŸ{_WESTERN}"
    f"|(?:[ÐÑ]{_WESTERN}){{3}}|(?:[РС]{_CYRILLIC}){{4}}|вЂ[™“”њќћ¦]"
    "|рџ[\u0080-\u00bf‚„…†‡€‰‹‘’“”•–—™›ЂЃѓЉЊЌЋЏђљњќћџЎўЈҐЁЄЇІіґёєјЅѕї]|[À-ÖØ-öø-ÿ]{5})"
)


def stands_for_no_value(text: str) -> bool:
    """Whether a text holds what a spreadsheet program shows instead of a value.

    >>> stands_for_no_value("Dear #N/A!"), stands_for_no_value("Loading..."), stands_for_no_value("Order #12")
    (True, True, False)
    """
    if not _MAY_BE_ERROR.search(text):
        return False
    return holds_error_word(text) or _LOADING.fullmatch(without_invisible_ends(text)) is not None


def is_spoilt(text: str) -> bool:
    """Whether letters of a text were lost, or read in a wrong encoding, before it came into the sheet.

    >>> is_spoilt("GrÃ¶ÃŸe"), is_spoilt("РџСЂРёРІРµС‚"), is_spoilt("Größe, Привет, año")
    (True, True, False)
    """
    return not text.isascii() and _SPOILT.search(text) is not None
