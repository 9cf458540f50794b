"""Who did what -> shown, and checked against the chain that it was written in."""

from __future__ import annotations

from collections.abc import Sequence

from hotline_batch.application.office.acting import acting_person, needs
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import Action as Action
from hotline_batch.ledger.oversight.audit_log import AuditCheck as AuditCheck
from hotline_batch.ledger.oversight.audit_log import AuditEntry as AuditEntry
from hotline_batch.ledger.oversight.audit_log import newest_entries, record, verify
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings


@needs(Role.ADMINISTER)
def who_did_what(settings: Settings, most: int, *, before: int | None = None, run: str = "") -> Sequence[AuditEntry]:
    """The newest entries first; ``before`` leaves out those from that number on, ``run`` all that are not about it."""
    with Ledger(settings.ledger) as ledger:
        return newest_entries(ledger, most, before=before, run=run)


@needs(Role.ADMINISTER)
def verify_audit(settings: Settings) -> AuditCheck:
    """Whether every entry is as it was written, none is missing and none was put in between."""
    with Ledger(settings.ledger) as ledger:
        return verify(ledger)


@needs(Role.LOOK)
def record_download(settings: Settings, run_id: str, what: str) -> None:
    """Keep that whoever asks took a file of a run away; where that raises LedgerError, nothing may be given."""
    with Ledger(settings.ledger) as ledger:
        record(ledger, acting_person(), Action.DOWNLOADED, run_id, what=what)


@needs(Role.PREPARE)
def record_template_change(settings: Settings, name: str, *, is_removed: bool = False) -> None:
    """Keep that whoever asks changed, added or removed a message template."""
    with Ledger(settings.ledger) as ledger:
        action = Action.TEMPLATE_REMOVED if is_removed else Action.TEMPLATE_CHANGED
        record(ledger, acting_person(), action, template=name)
