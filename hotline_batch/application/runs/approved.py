"""What somebody else prepared -> approved and handed over to a worker at once, as a second signature does."""

from __future__ import annotations

from hotline_batch.application.office.acting import needs
from hotline_batch.application.office.approvals import approve_run
from hotline_batch.application.runs.detached import resume_detached
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings


@needs(Role.APPROVE)
def approve_and_start(settings: Settings, run_id: str, *, note: str = "", seen: str = "") -> None:
    """Approve a run, and have it sent. Raises as ``approve_run``, and as ``resume_detached``: then it is approved, and
    somebody has to start it.
    """
    approve_run(settings, run_id, note=note, seen=seen)
    resume_detached(settings, run_id)
