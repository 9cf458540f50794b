"""A draft -> what is asked for with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.folder import sheet_file
from hotline_batch.application.planning.request import SheetRequest, Upload
from hotline_batch.application.templates import template_text
from hotline_batch.errors import TemplateError
from hotline_batch.ledger.run_records import options_as_json
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import RunNotes
from hotline_batch.settings.model import Settings

PRACTICE_RATE: Final = "10/s"
"""Nobody wants to wait for practice as for the real thing, and no group is in danger of being flooded."""


def request_of(draft: Draft, settings: Settings) -> SheetRequest:
    """The sheet and everything that was said about it."""
    options = draft.options
    if draft.is_practice and options.limits.rate is None:
        options = replace(options, limits=replace(options.limits, rate=PRACTICE_RATE))
    return SheetRequest(
        draft.kind or Kind.SEND,
        str(sheet_file(settings, draft)),
        options=options,
        remember=True,
        follows_columns=draft.kind is None,
        asks=True,
        upload=Upload(draft.id, draft.name),
        trial_rows=draft.trial_rows,
    )


def digest_of(draft: Draft) -> str:
    """Equal for the same sheet with the same choices and the same text of its template: what a person saw is what they
    agree to.
    """
    said = [draft.fingerprint, draft.kind, options_as_json(draft.options, RunNotes()), _text_of_template(draft)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _text_of_template(draft: Draft) -> str:
    try:
        return template_text(draft.options.template) if draft.options.template else ""
    except TemplateError:  # told where the sheet is planned
        return ""


def request_to_check(draft: Draft, settings: Settings) -> SheetRequest:
    """The same for a look alone, also before a connection is chosen.

    Whichever it will be: what is wrong with the sheet is the same, and told before that is answered.
    """
    request, choose_from = request_of(draft, settings), connections_to_choose_from(draft, settings)
    if not choose_from:
        return request
    return replace(request, options=replace(request.options, connection=choose_from[0]))


def connections_to_choose_from(draft: Draft, settings: Settings) -> Sequence[str]:
    """The connections, where none is chosen and nothing says which one is meant; none otherwise."""
    if draft.is_practice or draft.options.connection or settings.default_connection:
        return ()
    return tuple(settings.connections) if len(settings.connections) > 1 else ()
