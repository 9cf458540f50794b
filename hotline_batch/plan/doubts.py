"""Texts, ids and rows that can be used and still look wrong -> a doubt that a person hears before anything is sent."""

from __future__ import annotations

import re

from hotline_batch.model import Job, PlannedRow, Row, SkippedRow
from hotline_batch.plan.identifiers import shown, without_invisible_ends
from hotline_batch.sheets.error_words import holds_error_word

SMALLEST_LIKELY_USER_ID = 10_000
"""Below lie row numbers, counts and column numbers; of the first accounts of Telegram hardly one is a customer."""

_LOADING = re.compile(
    r"(?:Loading|Загрузка|Wird geladen|Lädt|Cargando|Chargement|Caricamento|Carregando)(?:\.\.\.|…)", re.IGNORECASE
)
"""What Google Sheets shows until it has a value, and exports where it never got one."""
_MAY_BE_ERROR = ("#", "...", "…", "r:", "ка:")

# What the bytes 0x80 to 0xBF of UTF-8 become in Windows' Western and Cyrillic code pages.
_WESTERN = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_CYRILLIC = "[ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ\u0098\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї]"
_SPOILT = re.compile(
    f"[\ufffd\u0080-\u009f]|ï¿½|Г[„њјџ¶±©¤¦§]|[ÂÃ]{_WESTERN}|â€{_WESTERN}?|ðŸ{_WESTERN}|(?:[ÐÑ]{_WESTERN}){{3}}|(?:[РС]{_CYRILLIC}){{4}}"
    "|вЂ[™“”њќћ¦]|рџ[\u0080-\u00bf‚„…†‡€‰‹‘’“”•–—™›ЂЃѓЉЊЌЋЏђљњќћџЎўЈҐЁЄЇІіґёєјЅѕї]|[À-ÖØ-öø-ÿ]{5}"
)
# Every spoilt text holds one of these, and few others do: looking for one character costs a tenth.
_LEAD = re.compile("[\ufffd\u0080-\u009f\u00c0-\u00ff¤¦¬±µ¶·°ЂЃѓЉЊЌЋЏђљњќћџЎўЈҐЄЇІіґєјЅѕї„]|вЂ")

_TOTAL = re.compile(
    r"(?:gesamt(?:summe|betrag|anzahl|zahl|ergebnis)?|(?:zwischen)?summen?|anzahl|insgesamt|(?:grand|sub)?[ -]?totals?"
    r"|total(?:e|es)?(?: general)?|sum|count|итог[ои]?|всего|сумма|общий итог|количество|suma(?: total)?|cantidad)"
    r"(?:[\s:=.,№#()-]|[0-9])*",
    re.IGNORECASE,
)


def stands_for_no_value(text: str) -> bool:
    """Whether a text holds what a spreadsheet program shows instead of a value.

    >>> stands_for_no_value("Dear #N/A!"), stands_for_no_value("Loading..."), stands_for_no_value("Order #12")
    (True, True, False)
    """
    if not any(mark in text for mark in _MAY_BE_ERROR):
        return False
    return holds_error_word(text) or _LOADING.fullmatch(without_invisible_ends(text)) is not None


def is_spoilt(text: str) -> bool:
    """Whether letters of a text were lost, or read in a wrong encoding, before it came into the sheet.

    >>> is_spoilt("GrÃ¶ÃŸe"), is_spoilt("РџСЂРёРІРµС‚"), is_spoilt("Größe, Привет, año")
    (True, True, False)
    """
    return not text.isascii() and _LEAD.search(text) is not None and _SPOILT.search(text) is not None


def may_be_doubtful(text: str) -> bool:
    """Whether a text needs a closer look; cheap, and never False where one of the above is True."""
    return "#" in text or "..." in text or "…" in text or "r:" in text or "ка:" in text or is_spoilt(text)


def total_words(row: Row) -> str:
    """The cell that calls a row a total; empty where none does."""
    return next((cell for cell in row.cells if cell and _TOTAL.fullmatch(without_invisible_ends(cell))), "")


def counts_columns(row: Row) -> bool:
    """Whether the cells of a row are the numbers of its columns: 1, 2, 3."""
    filled = [(column, cell.strip()) for column, cell in enumerate(row.cells, 1) if cell.strip()]
    return len(filled) > 1 and all(cell == str(column) for column, cell in filled)


class DoubtfulEnds:
    """Looks at the first and the last row of a sheet of messages, and at what the ids between them add up to."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._rows = 0
        self._sum = 0
        self._last: PlannedRow | None = None

    def add(self, planned: PlannedRow) -> None:
        """Take note of the next row. It is done for a million rows, hence by place and not by name."""
        last, self._last = self._last, planned
        if last is None:
            self._look_at_first(planned)
            return
        self._rows += 1
        decision = last[1]
        if isinstance(decision, Job):
            self._sum += decision[1][0]

    def _look_at_first(self, planned: PlannedRow) -> None:
        if counts_columns(planned.row) and not isinstance(planned.decision, SkippedRow):
            cells = ", ".join(cell for cell in planned.row.cells if cell.strip())
            self.sentences.append(
                f"Row {planned.row.number} holds the numbers of the columns ({shown(cells)}), not a user. "
                "Delete it in the sheet, or leave it out."
            )

    def finish(self) -> None:
        """No more rows come."""
        if self._last is None:
            return
        row, decision = self._last
        if isinstance(decision, SkippedRow):
            return
        user = decision.request[0] if isinstance(decision, Job) else 0
        words = total_words(row)
        if words:
            why = f"looks like a total ('{shown(words)}')"
        elif self._rows > 1 and user and user == self._sum:
            why = "looks like a total: its id is the sum of all ids above"
        elif self._rows > 1 and user and user == self._rows:
            why = "looks like a total: its id is the number of rows above"
        else:
            return
        self.sentences.append(
            f"Row {row.number}, the last, {why}, not like a user. Delete it in the sheet, or leave it out."
        )
