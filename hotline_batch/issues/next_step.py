"""What a person can do about a row, as data; how it is done, each face of the program says itself."""

from __future__ import annotations

from enum import StrEnum


class NextStep(StrEnum):
    """One thing to do."""

    MEND_ROW = "mend_row"
    """Mend the sheet, and give the program those rows again."""
    SEND_SHEET_AGAIN = "send_sheet_again"
    SEND_ALL_THE_SAME = "send_all_the_same"
    """Send what was sent before once more, on purpose."""
    CHOOSE_MORE_ROWS = "choose_more_rows"
    INCLUDE_HIDDEN_ROWS = "include_hidden_rows"
    ASK_ANEW = "ask_anew"
    """Look the topic up although an answer is known."""
    CHECK_SETTINGS = "check_settings"
    """Mend the settings, then let the run go on."""
    RESUME = "resume"
    RETRY = "retry"
    RESOLVE = "resolve"
    """Look into the topic, then say what became of the row."""
