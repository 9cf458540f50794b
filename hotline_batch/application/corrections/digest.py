"""What a correction would send -> a digest of it: what a person saw is what they agree to."""

from __future__ import annotations

import hashlib
import json

from hotline_batch.model.jobs import Job, PlannedRow, SendMessage

_DIGITS = 16


class DigestOfMessages:
    """Equal for the same text, or text of a template, and the same rows with the same messages to the same users."""

    def __init__(self, text: str) -> None:
        self._digest = hashlib.sha256(json.dumps(text).encode())

    def add(self, planned: PlannedRow) -> None:
        """The next row; one that gets nothing does not count."""
        decision = planned.decision
        if isinstance(decision, Job):
            request = decision.request
            assert isinstance(request, SendMessage)  # noqa: S101 - a correction is a send
            said = [decision.row_number, decision.connection, request.user_id, request.message]
            self._digest.update(json.dumps(said).encode())

    def told(self) -> str:
        """As a form can hold it."""
        return self._digest.hexdigest()[:_DIGITS]
