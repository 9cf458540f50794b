"""What was done -> a run's trail as a file of JSON lines, who did what; and whether either is as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from hotline_batch.application.office.acting import acting_person, needs
from hotline_batch.errors import LedgerError, NoSuchRun
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_lines import FileCheck, check_lines
from hotline_batch.ledger.oversight.audit_log import Action as Action
from hotline_batch.ledger.oversight.audit_log import AuditCheck as AuditCheck
from hotline_batch.ledger.oversight.audit_log import AuditEntry as AuditEntry
from hotline_batch.ledger.oversight.audit_log import newest_entries, record, verify
from hotline_batch.ledger.oversight.run_audit import RunAuditCheck as RunAuditCheck
from hotline_batch.ledger.oversight.run_audit import audit_lines, digests_of, verify_run
from hotline_batch.people import Role
from hotline_batch.results.files.output import STANDARD_OUTPUT, check_target, write_output
from hotline_batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What a look at an audit file found, by itself and beside the ledger.

    ``first_wrong`` is the number of the first line, from 1, that is not as it was written, or is missing.
    ``differs_at`` is the first that the ledger has otherwise; ``later`` entries came after the file was written.
    ``is_in_ledger``: the run is there, so that both could be compared.
    """

    run: str
    lines: int
    first_wrong: int | None
    last_digest: str
    is_in_ledger: bool
    differs_at: int | None
    later: int

    @property
    def is_well(self) -> bool:
        """Whether the file is as it was written, as far as anybody can tell."""
        return self.first_wrong is None and self.differs_at is None


@needs(Role.LOOK)
def write_audit(settings: Settings, run_id: str, path: str, *, force: bool = False) -> int:
    """Write every attempt and resolution of a run; ``-`` is standard output. The number of lines.

    Raises OutputError where the file exists already or cannot be written.
    """
    lines = 0
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)

        def fill(stream: BinaryIO) -> None:
            nonlocal lines
            for line in audit_lines(ledger, run):
                stream.write(line)
                lines += 1

        if path != STANDARD_OUTPUT:
            check_target(path, run.sheet_path, force=force)
        write_output(path, fill, replace=force)
    return lines


@needs(Role.LOOK)
def verify_run_audit(settings: Settings, run_id: str) -> RunAuditCheck:
    """Whether all that was tried and said in a run is as it was written, none is missing, none was put in between."""
    with Ledger(settings.ledger) as ledger:
        return verify_run(ledger, ledger.run(run_id))


@needs(Role.LOOK)
def verify_audit_file(settings: Settings, path: str, run_id: str = "") -> CheckedFile:
    """Whether a file is as ``write_audit`` wrote it, and as the ledger has it, where that knows the run.

    ``run_id`` is the run that it has to be of. LedgerError where the file cannot be read, or is of another run.
    """
    try:
        with Path(path).open("rb") as stream:
            found = check_lines(stream)
    except OSError as error:
        raise LedgerError(words("{path} cannot be read: {strerror}.", path=path, strerror=reason_of(error))) from None
    if run_id and found.run and found.run != run_id:
        raise LedgerError(
            words("{path} tells of run {run}, not of run {run_id}.", path=path, run=found.run, run_id=run_id)
        )
    known = _digests_in_ledger(settings, run_id or found.run)
    return CheckedFile(
        run=found.run or run_id,
        lines=found.lines,
        first_wrong=found.first_wrong,
        last_digest=found.last_digest,
        is_in_ledger=known is not None,
        differs_at=_differs_at(found, known or ()) if known is not None else None,
        later=max(0, len(known or ()) - found.lines),
    )


def _digests_in_ledger(settings: Settings, run_id: str) -> Sequence[bytes] | None:
    if not run_id or not may_be_there(settings.ledger):
        return None
    with Ledger(settings.ledger) as ledger:
        try:
            return list(digests_of(ledger, ledger.run(run_id)))
        except NoSuchRun:
            return None


def _differs_at(found: FileCheck, known: Sequence[bytes]) -> int | None:
    """The first line whose digest is not the ledger's; what came later to the ledger is no difference."""
    pairs = zip_longest(found.digests, known[: len(found.digests)])
    return next((number for number, (told, kept) in enumerate(pairs, 1) if told != kept), None)


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
