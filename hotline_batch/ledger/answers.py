"""What became of one look-up of a run, found by its key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from hotline_batch.ledger.failures import ledger_errors
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import JobState

_ANSWER = text("""
    select state, code, reason, reply from sheet_row
    where run_key = :run_key and key = :key and claimed_at > 0
    order by position limit 1
""")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a look-up ended: ``fields`` is the reply, empty unless it succeeded; ``code`` and ``reason`` say why not."""

    state: JobState
    code: str
    reason: str
    fields: Mapping[str, object]


class Answers:
    """The look-ups of one run."""

    def __init__(self, ledger: Ledger, run_id: str) -> None:
        self._engine = ledger.engine
        self._run_key = ledger.run_key(run_id)

    def of(self, key: bytes) -> Answer | None:
        """What became of the look-up with this key; None where the run has none, or never asked."""
        wanted = {"run_key": self._run_key, "key": key}
        with (
            ledger_errors("reading an answer"),
            self._engine.connect().execution_options(reads_only=True) as connection,
        ):
            found = connection.execute(_ANSWER, wanted).one_or_none()
        if found is None:
            return None
        fields = json.loads(found.reply) if found.reply else {}
        return Answer(JobState(found.state), found.code, found.reason, fields)
