"""The words of a request, as an answer may quote them -> what they leave of it, and what they are about themselves."""

from __future__ import annotations

import re
from html import unescape

from hotline_batch.client.answers.known_words import About, speaks_of
from hotline_batch.model.jobs import Request, SendMessage

_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_MARKS = re.compile(r"[*_~`|\\]+")
# What only makes an answer more doubtful, whoever says it.
_CAUTIONS = {About.BEHIND, About.NAMES}


class OwnWords:
    """The words of a message; a look-up has none."""

    def __init__(self, request: Request) -> None:
        text = " ".join(request.message.split()) if isinstance(request, SendMessage) else ""
        plain = " ".join(unescape(_TAG.sub(" ", text)).split())
        self._texts = dict.fromkeys(filter(None, (text, plain, " ".join(_MARKS.sub("", plain).split()))))

    def left_out_of(self, said: str) -> str:
        """What an answer says beside them, where it quotes them, in whatever letters and with whatever blanks.

        Of a part of them that stands by itself, nothing.
        """
        for text in self._texts:
            if len(text) <= len(said):  # what is shorter quotes no more than a part
                said = _whole(text).sub(" ", said)
        if said.strip() and any(map(_whole(said).search, self._texts)):
            return ""
        return said

    def speak_of(self, status: int) -> frozenset[About]:
        """What they are about themselves; nothing of it counts in an answer with this status."""
        return speaks_of(*self._texts, status=status) - _CAUTIONS


def _whole(text: str) -> re.Pattern[str]:
    """Finds a text that is no part of longer words."""
    words = r"\s+".join(map(re.escape, text.split()))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
