"""Why a run ended early, for whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping

from hotline_batch.issues.codes import meaning_of
from hotline_batch.language.languages import SOURCE
from hotline_batch.language.reader import language_of_reader
from hotline_batch.language.words import marked, words

_SHORT: Mapping[str, str] = marked(
    {
        "too_many_failed": "More rows failed than the run was allowed to have.",
        "unknown_in_a_row": "Several rows in a row may or may not have been delivered.",
        "ledger_failed": "The ledger could not be used any more.",
        "worker_failed": "The worker could not begin.",
        "interrupted": "Somebody stopped it.",
    }
)


def stop_words(code: str, reason: str) -> str:
    """The reason as it was noted, which is English; in another language what its code means."""
    if not code or language_of_reader() == SOURCE:
        return reason
    return words(_SHORT[code]) if code in _SHORT else meaning_of(code) or reason
