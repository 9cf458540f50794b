"""A draft -> what would be done with it, or what is still to be said about it: everything that the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.open_sheets import OpenSheets
from hotline_batch.application.drafts.request import connections_to_choose_from, digest_of, request_to_check
from hotline_batch.application.drafts.seen import SheetSeen, sheet_seen
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.plan_sheet import plan_sheet
from hotline_batch.application.planning.questions import Question, questions_of
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.errors import HotlineBatchError, OpenQuestions, SettingsError, SheetError, TemplateError
from hotline_batch.model import Kind
from hotline_batch.people import Role
from hotline_batch.plan.columns.names import purpose_of
from hotline_batch.plan.columns.recognition import ColumnsMissing
from hotline_batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class Look:
    """A draft, looked at. ``digest`` stands for all that it shows: whoever agrees to it names it.

    ``seen`` is None where the file cannot be read at all, or not before a question is answered. ``plan`` is None while
    something stands in the way: ``questions``; ``missing`` fields that no column holds; ``problem``, whatever else.
    ``connections`` are those to choose from, where one has to be chosen.
    """

    draft: Draft
    kind: Kind
    digest: str
    seen: SheetSeen | None = None
    plan: SheetPlan | None = None
    questions: Sequence[Question] = ()
    missing: Sequence[str] = ()
    problem: HotlineBatchError | None = None
    connections: Sequence[str] = ()

    @property
    def is_message_missing(self) -> bool:
        """Whether it is not yet known what is sent."""
        return "message" in self.missing


@needs(Role.PREPARE)
def look_at(draft: Draft, settings: Settings, sheets: OpenSheets) -> Look:
    """Plan the draft's sheet as far as that goes. What is wrong is in the look; no error of the tree is raised."""
    request = request_to_check(draft, settings)
    choose_from = connections_to_choose_from(draft, settings)
    # Before anything is read: a template that is changed meanwhile is another one then.
    looked_at = Look(draft, request.kind, digest_of(draft), connections=choose_from)
    look = _planned(looked_at, request, settings, sheets)
    if look.plan is not None:
        look = replace(look, kind=look.plan.kind)
    with suppress(SheetError), sheets.lend(request) as opened:
        seen = sheet_seen(opened)
        has_template = bool(draft.options.template or draft.options.message)
        of_columns = purpose_of(opened.sheet.header, draft.options.column_map, has_template=has_template)
        look = replace(look, seen=seen, kind=look.plan.kind if look.plan else draft.kind or of_columns)
    return look


def _planned(look: Look, request: SheetRequest, settings: Settings, sheets: OpenSheets) -> Look:
    try:
        return replace(look, plan=plan_sheet(request, settings, opens=sheets.lend))
    except OpenQuestions as found:
        beyond = found.beyond
        missing = beyond.fields if isinstance(beyond, ColumnsMissing) else ()
        return replace(look, questions=tuple(questions_of(found)), missing=missing, problem=None if missing else beyond)
    except ColumnsMissing as error:
        return replace(look, missing=error.fields, problem=error)
    except (SheetError, TemplateError, SettingsError) as error:
        return replace(look, problem=error)
