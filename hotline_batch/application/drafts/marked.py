"""A draft -> its sheet with the bad cells marked, a note on each, to mend it in."""

from __future__ import annotations

from pathlib import Path

from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.open_sheets import OpenSheets
from hotline_batch.application.drafts.request import request_to_check
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.plan_sheet import plan_sheet
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings


@needs(Role.PREPARE)
def write_marked_draft(draft: Draft, settings: Settings, sheets: OpenSheets, place: Path) -> None:
    """Write the marked sheet, an .xlsx. Raises what planning raises, OutputError where it cannot be written."""
    plan_sheet(request_to_check(draft, settings), settings, marked=str(place), opens=sheets.lend)


def marked_name(draft: Draft) -> str:
    """What the marked sheet is called."""
    return f"{Path(draft.name).stem} to mend.xlsx"
