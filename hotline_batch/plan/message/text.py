"""Message as written -> message as sent, or why it cannot be sent.

One rule for every message: CRLF and CR become LF, and nothing else is changed. Blanks around the text stay (Telegram
trims them itself), ``NA``, ``007`` and ``=1+1`` are texts like any other, and nothing is ever cut. The length is
counted after that, in Unicode code points, as Telegram's servers do for bots.
"""

from __future__ import annotations

import re

from hotline_batch.issues.issue import Issue
from hotline_batch.keys import RETURN_OF_A_WORKBOOK
from hotline_batch.plan.visible_text import is_invisible, without_invisible_ends
from hotline_batch.sheets.cells.cell import holds_error_word

LONGEST_MESSAGE = 4096
"""Code points; TDLib's message_text_length_max."""

_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by category that show nothing: Hangul fillers and the empty Braille pattern."""
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

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


def checked_message(text: str) -> str | Issue:
    """The message as it is sent; an Issue for one that is blank, too long, or holds what cannot be sent."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable() and (unsendable := _UNSENDABLE.search(text)):
        character = f"U+{ord(unsendable[0]):04X}"
        position = unsendable.start() + 1
        return Issue("message_bad_characters", parameters={"character": character, "position": position})
    if all(is_invisible(character) or character in _BLANK_LETTERS for character in text):
        return Issue("message_blank")
    if len(text) > LONGEST_MESSAGE:
        return Issue("message_too_long", parameters={"length": len(text), "longest": LONGEST_MESSAGE})
    return text


def exceeds_in_utf16(message: str) -> bool:
    """Whether editors that count UTF-16 units (an emoji is two) would call this message too long."""
    if len(message) * 2 <= LONGEST_MESSAGE or message.isascii():
        return False
    return len(message.encode("utf-16-le")) // 2 > LONGEST_MESSAGE


def stands_for_no_value(*texts: str) -> bool:
    """Whether one of these texts holds what a spreadsheet program shows instead of a value.

    >>> stands_for_no_value("Dear #N/A!"), stands_for_no_value("Loading..."), stands_for_no_value("Order #12")
    (True, True, False)
    """
    if not _MAY_BE_ERROR.search("\n".join(texts)):
        return False
    return any(holds_error_word(text) or _LOADING.fullmatch(without_invisible_ends(text)) for text in texts)


def is_spoilt(text: str) -> bool:
    """Whether letters of a text were lost, or read in a wrong encoding, before it came into the sheet, or a carriage
    return of a workbook became letters.

    >>> is_spoilt("GrÃ¶ÃŸe"), is_spoilt("РџСЂРёРІРµС‚"), is_spoilt("Größe, Привет, año"), is_spoilt("Dear Anna,_x000D_")
    (True, True, False, True)
    """
    return RETURN_OF_A_WORKBOOK in text or (not text.isascii() and _SPOILT.search(text) is not None)
