"""The text that an earlier result sheet says was sent, and a message: whether they are the same."""

from __future__ import annotations

import re

from hotline_batch.keys import same_text
from hotline_batch.sheets.csv.guard import unguarded

# As re.escape writes them: what programs write for letters that an encoding does not know.
_LOST = re.compile(r"(?:\\?[?\ufffd])+")


def is_text_sent(kept: str, message: str) -> bool:
    """Whether a result sheet's text is the message, as far as it can tell: a CSV file that was saved as a workbook has
    an apostrophe before some texts, one in an old encoding a question mark for each letter that it does not know.
    """
    sent, now = same_text(unguarded(kept)), same_text(unguarded(message))
    if sent == now or _LOST.search(sent) is None:
        return sent == now
    return re.fullmatch(_LOST.sub(_any_letters, re.escape(sent)), now) is not None


def _any_letters(lost: re.Match[str]) -> str:
    """A letter beyond the first plane, such as an emoji, became two question marks in some programs."""
    count = len(lost[0].replace("\\", ""))
    return rf"(?:[?]|[^\x00-\x7f]){{{(count + 1) // 2},{count}}}"
