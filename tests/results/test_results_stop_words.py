"""Why a run stopped: as it was noted for who reads English, what its code means for all others."""

from __future__ import annotations

import pytest

from hotline_batch.engine.response_policy.decision import StopRun
from hotline_batch.issues.issue import Issue
from hotline_batch.language.languages import reading_in
from hotline_batch.results.verdict import stop_words

NOTED = "10 rows in a row failed (max_errors). The last: The user is not known."


def test_reason_is_told_as_it_was_noted() -> None:
    assert NOTED == stop_words("too_many_failed", NOTED)


@pytest.mark.parametrize("code", ["too_many_failed", "unknown_in_a_row", "ledger_failed", "credentials_refused"])
@pytest.mark.parametrize("language", ["de", "es", "ru"])
def test_others_read_what_the_code_means(code: str, language: str) -> None:
    with reading_in(language):
        told = stop_words(code, NOTED)

    assert told
    assert NOTED not in told
    assert told != stop_words(code, NOTED)


def test_code_that_nobody_knows_is_told_by_its_reason() -> None:
    """A newer program may have noted it."""
    with reading_in("de"):
        assert NOTED == stop_words("of_tomorrow", NOTED)


def test_reason_is_noted_in_english() -> None:
    """Whoever reads the ledger, a log or JSON later may read another language."""
    with reading_in("de"):
        assert "The service refused the keys." == StopRun(Issue("credentials_refused")).reason
